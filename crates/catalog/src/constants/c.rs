use std::collections::BTreeSet;

use super::{Constant, NOTICE, REMINDER_DAYS, constants_of, reminder_days, upper, within_comment};
use crate::Catalog;

pub(crate) fn constants(catalog: &Catalog) -> String {
    let mut source = format!("/* {NOTICE} */\n#ifndef KEYWARD_CATALOG_H\n#define KEYWARD_CATALOG_H\n");
    let mut taken = BTreeSet::new();
    for product in catalog.products() {
        source.push('\n');
        let prefix = upper(&product.code);
        let mut define = |comment: &str, identifier: &str, value: &str| {
            let identifier = unique(format!("{prefix}_{identifier}"), &mut taken);
            source += &format!("/* {} */\n#define {identifier} {value}\n", within_comment(comment));
        };
        for Constant { identifier, comment, number, .. } in constants_of(product) {
            define(&comment, &identifier, &format!("{number}u"));
        }
        // An initializer is never empty in C99.
        let days = reminder_days(product);
        define(&format!("The number of {prefix}_REMINDER_DAYS"), "REMINDER_DAYS_COUNT", &format!("{}u", days.len()));
        if !days.is_empty() {
            define(REMINDER_DAYS, "REMINDER_DAYS", &format!("{{ {} }}", days.join(", ")));
        }
    }
    source + "\n#endif\n"
}

/// Macros have no modules: `PRODUCT` of a product `a-edition` and edition `product` of a product `a` have the same name. The
/// later one gets an underscore at its end, where no code has one.
fn unique(mut identifier: String, taken: &mut BTreeSet<String>) -> String {
    while !taken.insert(identifier.clone()) {
        identifier.push('_');
    }
    identifier
}
