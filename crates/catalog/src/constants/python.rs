use super::{Constant, NOTICE, REMINDER_DAYS, constants_of, reminder_days};
use crate::{Catalog, Code};

pub(crate) fn constants(catalog: &Catalog) -> String {
    let mut source = format!("# {NOTICE}\n");
    for product in catalog.products() {
        source += &format!("\n\n#: {}\nclass {}:\n", product.name, class(&product.code));
        for Constant { identifier, comment, number, .. } in constants_of(product) {
            source += &format!("    #: {comment}\n    {identifier} = {number}\n");
        }
        let days: String = reminder_days(product).iter().map(|days| format!("{days}, ")).collect();
        source += &format!("    #: {REMINDER_DAYS}\n    REMINDER_DAYS = ({})\n", tuple(days.trim_end()));
    }
    source
}

/// A tuple of one item keeps its comma.
fn tuple(items: &str) -> &str {
    if items.matches(',').count() > 1 { items.trim_end_matches(',') } else { items }
}

/// `acme-studio` as `AcmeStudio`. Different codes give different classes: a word begins with a capital letter, or with an
/// underscore before a digit.
fn class(code: &Code) -> String {
    let mut class = String::new();
    for word in code.as_str().split('-') {
        if word.starts_with(|first: char| first.is_ascii_digit()) {
            class.push('_');
        }
        let mut characters = word.chars();
        class.extend(characters.next().map(|first| first.to_ascii_uppercase()));
        class.push_str(characters.as_str());
    }
    if matches!(class.as_str(), "True" | "False" | "None") { class + "_" } else { class }
}
