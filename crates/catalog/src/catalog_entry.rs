//! The properties that products, editions, features and limits share.

use crate::entry_kind::EntryKind;
use crate::{Code, EditionEntry, FeatureEntry, LimitEntry, Position, ProductEntry};

/// An entry of the catalogue with a number in keys.
pub(crate) trait CatalogEntry {
    const KIND: EntryKind;
    fn number(&self) -> u64;
    fn code(&self) -> &Code;
    fn name(&self) -> &str;
    fn is_deprecated(&self) -> bool;
    fn position(&self) -> Position;
}

macro_rules! catalog_entries {
    ($($kind:ident $entry:ty: $self:ident => $number:expr;)*) => {$(
        impl CatalogEntry for $entry {
            const KIND: EntryKind = EntryKind::$kind;
            fn number(&$self) -> u64 {
                u64::from($number)
            }
            fn code(&self) -> &Code {
                &self.code
            }
            fn name(&self) -> &str {
                &self.name
            }
            fn is_deprecated(&self) -> bool {
                self.deprecated
            }
            fn position(&self) -> Position {
                self.position
            }
        }
    )*};
}

catalog_entries! {
    Product ProductEntry: self => self.number.0;
    Edition EditionEntry: self => self.number.0;
    Feature FeatureEntry: self => self.bit.bit();
    Limit LimitEntry: self => self.id;
}
