//! What products, editions, features and limits are alike in.

use crate::nearest::Noun;
use crate::{Code, EditionEntry, FeatureEntry, LimitEntry, Place, ProductEntry};

/// What has a number in keys.
pub(crate) trait Numbered {
    const NOUN: Noun;
    fn number(&self) -> u64;
    fn code(&self) -> &Code;
    fn name(&self) -> &str;
    fn is_deprecated(&self) -> bool;
    fn place(&self) -> Place;
}

macro_rules! numbered {
    ($($noun:ident $entry:ty: $self:ident => $number:expr;)*) => {$(
        impl Numbered for $entry {
            const NOUN: Noun = Noun::$noun;
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
            fn place(&self) -> Place {
                self.place
            }
        }
    )*};
}

numbered! {
    Product ProductEntry: self => self.number.0;
    Edition EditionEntry: self => self.number.0;
    Feature FeatureEntry: self => self.bit.bit();
    Limit LimitEntry: self => self.id;
}
