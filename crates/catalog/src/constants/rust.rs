use super::{Constant, NOTICE, REMINDER_DAYS, constants_of, reminder_days};
use crate::entry_kind::EntryKind;
use crate::{Catalog, Code};

pub(crate) fn constants(catalog: &Catalog) -> String {
    let mut source = format!("// {NOTICE}\n");
    for product in catalog.products() {
        let types = if product.features.is_empty() { "Edition, Product" } else { "Edition, Feature, Product" };
        // A product uses some of the constants.
        source +=
            &format!("\n/// {}\n#[allow(dead_code)]\npub mod {} {{\n", markdown(&product.name), module(&product.code));
        source += &format!("    use keyward_verifier::{{{types}}};\n\n");
        for Constant { entry, identifier, comment, number } in constants_of(product) {
            let constant = match entry {
                EntryKind::Product => format!("Product = Product({number})"),
                EntryKind::Edition => format!("Edition = Edition({number})"),
                EntryKind::Feature => format!("Feature = Feature::new({number})"),
                EntryKind::Limit | EntryKind::Offer => format!("u8 = {number}"),
            };
            source += &format!("    /// {}\n    pub const {identifier}: {constant};\n", markdown(&comment));
        }
        let days = reminder_days(product);
        source += &format!(
            "    /// {REMINDER_DAYS}\n    pub const REMINDER_DAYS: [u16; {}] = [{}];\n}}\n",
            days.len(),
            days.join(", ")
        );
    }
    source
}

/// The code as the name of a module. A reserved word gets an underscore at its end, where no code has one.
fn module(code: &Code) -> String {
    const RESERVED: &[&str] = &[
        "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
        "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
        "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super",
        "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
    ];
    let module = code.as_str().replace('-', "_");
    if RESERVED.contains(&module.as_str()) { module + "_" } else { module }
}

/// The text with the characters escaped that Markdown takes for links, tags or emphasis.
fn markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '~' | '#') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}
