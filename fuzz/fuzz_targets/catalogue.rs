//! Any text as a catalogue.
#![no_main]

use std::collections::BTreeSet;

use keyward_catalog::{Catalog, Language};
use keyward_core::{Day, Serial};
use keyward_issuer::order::{Approval, Order};
use keyward_issuer::policy::{Decision, History, Policy};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let catalog = match Catalog::parse(text, "catalog.toml") {
        Ok(catalog) => catalog,
        Err(problems) => {
            assert!(!problems.as_slice().is_empty(), "refused for nothing");
            assert!(!problems.to_string().is_empty());
            let positions: Vec<_> = problems.as_slice().iter().map(|problem| problem.position).collect();
            assert!(positions.is_sorted(), "problems in the order of the file: {positions:?}");
            let lines = text.matches('\n').count() + 1;
            assert!(positions.iter().all(|position| position.line <= lines), "{positions:?} of {lines}");
            return;
        }
    };
    assert!(catalog.changes_against(&catalog).is_ok(), "a catalogue has not changed against itself");

    for offer in catalog.offers() {
        let mut order = Order::of_offer(offer.code.as_str(), Serial::from_bytes([1; 8]));
        // A stopgap without a paid license on record needs one.
        order.approval = Some(Approval { by: "Ada".to_owned(), reason: "a late order".to_owned() });
        let Ok(Decision::Permitted(permitted)) = Policy::new(&catalog, Day::FIRST).decide(&order, &History::default())
        else {
            panic!("an offer makes a license");
        };
        let claims = permitted.claims();
        assert_eq!((claims.product(), claims.edition()), (offer.product, offer.edition));
        let names = catalog.describe(claims);
        assert_eq!(Some(&names.product), catalog.product_by_number(offer.product).map(|product| &product.name));
        assert_eq!(names.features.len(), claims.features().iter().count());
        assert_eq!(names.limits.len(), claims.limits().as_slice().len());
        assert_eq!(catalog.offer(offer.code.as_str()).as_ref().map(|found| &found.code), Ok(&offer.code));
    }

    serde_json::to_string(&catalog).expect("a catalogue is written as JSON");
    for language in [Language::Rust, Language::C, Language::Python, Language::JavaScript] {
        let constants = catalog.constants(language);
        assert_eq!(constants, catalog.constants(language));
        let code = without_comments(&constants, language);
        assert!(code.is_ascii(), "a name has left its comment: {code}");
        let editions: usize = catalog.products().iter().map(|product| product.editions.len()).sum();
        assert_eq!(code.matches("EDITION_").count() >= editions, true, "{code}");
        if language == Language::C {
            let macros = code.lines().filter_map(|line| line.strip_prefix("#define ")?.split(' ').next());
            let all: Vec<&str> = macros.collect();
            assert_eq!(all.len(), all.iter().collect::<BTreeSet<_>>().len(), "a macro defined twice: {all:?}");
            assert!(code.lines().all(|line| line.is_empty() || line.starts_with('#')), "{code}");
        }
    }
});

/// The program as a compiler sees it.
fn without_comments(source: &str, language: Language) -> String {
    let begins = match language {
        Language::Rust => "//",
        Language::Python => "#",
        _ => return without_blocks(source),
    };
    source.lines().filter(|line| !line.trim_start().starts_with(begins)).map(|line| format!("{line}\n")).collect()
}

fn without_blocks(source: &str) -> String {
    let mut code = String::new();
    let mut rest =
        source.strip_prefix("// ").and_then(|source| source.split_once('\n')).map_or(source, |(_, rest)| rest);
    while let Some((before, comment)) = rest.split_once("/*") {
        code.push_str(before);
        let (comment, after) = comment.split_once("*/").expect("a comment ends");
        assert!(!comment.contains("/*") && !comment.contains('\n'), "{comment}");
        rest = after;
    }
    code + rest
}
