use super::{Constant, NOTICE, REMINDER_DAYS, constants_of, reminder_days};
use crate::nearest::Noun;
use crate::{Catalog, Code};

pub(crate) fn constants(catalog: &Catalog) -> String {
    let mut source = format!("// {NOTICE}\n");
    for product in catalog.products() {
        let types = if product.features.is_empty() { "Edition, Product" } else { "Edition, Feature, Product" };
        // A product asks for some of the constants, and has no use for the others.
        source +=
            &format!("\n/// {}\n#[allow(dead_code)]\npub mod {} {{\n", markdown(&product.name), module(&product.code));
        source += &format!("    use keyward_verifier::{{{types}}};\n\n");
        for Constant { noun, identifier, comment, number } in constants_of(product) {
            let constant = match noun {
                Noun::Product => format!("Product = Product({number})"),
                Noun::Edition => format!("Edition = Edition({number})"),
                Noun::Feature => format!("Feature = Feature::new({number})"),
                Noun::Limit | Noun::Offer => format!("u8 = {number}"),
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

/// The code as a name for a module; those that are reserved get an underscore, which no code ends with.
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

/// The text as it is, in documentation that would take some characters for links, tags or emphasis.
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
