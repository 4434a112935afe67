use super::{Constant, NOTICE, REMINDER_DAYS, constants_of, reminder_days, upper, within_comment};
use crate::Catalog;

pub(crate) fn constants(catalog: &Catalog) -> String {
    let mut source = format!("// {NOTICE}\n");
    for product in catalog.products() {
        let (name, object) = (within_comment(&product.name), upper(&product.code));
        source += &format!("\n/** {name} */\nexport const {object} = Object.freeze({{\n");
        for Constant { identifier, comment, number, .. } in constants_of(product) {
            source += &format!("  /** {} */\n  {identifier}: {number},\n", within_comment(&comment));
        }
        let days = reminder_days(product).join(", ");
        source += &format!("  /** {REMINDER_DAYS} */\n  REMINDER_DAYS: Object.freeze([{days}]),\n}});\n");
    }
    source
}
