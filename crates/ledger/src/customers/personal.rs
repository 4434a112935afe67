//! What an erasure removes. This is the only list: a column with a personal value that is not here fails a test.

use crate::activation::Activation;
use crate::approval::Approval;
use crate::customer::Customer;
use crate::error::LedgerError;
use crate::id::CustomerId;
use crate::license::{KeyRow, License};
use crate::table::Row;

/// A row whose personal columns are emptied.
pub(super) trait Erase: Row {
    /// The columns.
    #[cfg(test)]
    const COLUMNS_ERASED: &'static [&'static str];

    /// Empties them.
    fn erase(&mut self);
}

macro_rules! erased {
    ($($row:ident: $($column:ident),*;)*) => { $(
        impl Erase for $row {
            #[cfg(test)]
            const COLUMNS_ERASED: &'static [&'static str] = &[$(stringify!($column)),*];

            fn erase(&mut self) {
                $(self.$column = None;)*
            }
        }
    )* };
}

erased! {
    Customer: name, sort_name, company, email, email_key, domain, contacts, notes;
    License: metadata, notes, subscription_name;
    Activation: name, release_reason;
    Approval: order_json, order_digest, refusals, reason;
}

/// A key without the personal texts that stand beside it: the reason, the approval, the name of the subscription, and that of
/// the customer, if the key was imported with one. Later orders need the rest.
pub(super) fn without_personal_texts(key: KeyRow, customer: Option<CustomerId>) -> Result<KeyRow, LedgerError> {
    let circumstances = key.record(customer)?.without_personal_texts().circumstances();
    Ok(KeyRow { circumstances, ..key })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generator::Generator;
    use crate::license::DeletedKey;
    use crate::table::Audited;

    fn personal<R: Row>() -> Vec<&'static str> {
        let personal = R::COLUMNS.iter().filter(|column| column.audited == Audited::Personal);
        personal.map(|column| column.name).collect()
    }

    #[test]
    fn every_personal_column_is_erased() {
        assert_eq!(personal::<Customer>(), Customer::COLUMNS_ERASED);
        assert_eq!(personal::<License>(), License::COLUMNS_ERASED);
        assert_eq!(personal::<Activation>(), Activation::COLUMNS_ERASED);
        assert_eq!(personal::<Approval>(), Approval::COLUMNS_ERASED);
        assert_eq!(personal::<KeyRow>(), ["circumstances"], "erased by `without_personal_texts`");
        assert!(personal::<Generator>().is_empty() && personal::<DeletedKey>().is_empty());
    }
}
