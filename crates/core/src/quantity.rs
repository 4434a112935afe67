use core::fmt;
use core::num::NonZeroU32;
use core::str::FromStr;

/// A number of seats or activations: a whole number from 1 to 4,294,967,295, or unlimited. 0 is not a quantity.
///
/// Written `25` or `unlimited`; in JSON `25` or `null`. Unlimited is greater than any number.
///
/// ```
/// use keyward_core::Quantity;
///
/// let seats: Quantity = "25".parse()?;
/// assert!(seats < Quantity::Unlimited);
/// assert_eq!("unlimited".parse(), Ok(Quantity::Unlimited));
/// assert!("0".parse::<Quantity>().is_err());
/// # Ok::<(), keyward_core::QuantityError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quantity {
    // Variants are ordered as their values are.
    /// This number.
    Of(NonZeroU32),
    /// Not limited.
    Unlimited,
}

impl Quantity {
    /// The number; `None` if it is unlimited.
    pub const fn number(self) -> Option<NonZeroU32> {
        match self {
            Quantity::Of(number) => Some(number),
            Quantity::Unlimited => None,
        }
    }

    /// The quantity of the number in a key, in which 0 means unlimited.
    pub(crate) const fn from_wire(number: u32) -> Quantity {
        match NonZeroU32::new(number) {
            Some(number) => Quantity::Of(number),
            None => Quantity::Unlimited,
        }
    }

    pub(crate) const fn to_wire(self) -> u32 {
        match self {
            Quantity::Of(number) => number.get(),
            Quantity::Unlimited => 0,
        }
    }
}

impl From<NonZeroU32> for Quantity {
    fn from(number: NonZeroU32) -> Quantity {
        Quantity::Of(number)
    }
}

/// A text is not a quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a whole number from 1 to 4294967295, or unlimited")]
pub struct QuantityError;

impl FromStr for Quantity {
    type Err = QuantityError;

    /// Reads digits alone, without a sign, or `unlimited`.
    fn from_str(text: &str) -> Result<Quantity, QuantityError> {
        match text {
            "unlimited" => Ok(Quantity::Unlimited),
            digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().map(Quantity::Of).map_err(|_| QuantityError)
            }
            _ => Err(QuantityError),
        }
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Quantity::Of(number) => number.fmt(f),
            Quantity::Unlimited => f.pad("unlimited"),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn a_quantity_is_read_as_it_is_written() {
        for text in ["1", "25", "4294967295", "unlimited"] {
            assert_eq!(text.parse::<Quantity>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn zero_and_other_texts_are_no_quantity_and_the_error_names_the_range() {
        for text in ["0", "", "+1", "-1", "1.5", " 1", "4294967296", "Unlimited", "all", "٣"] {
            assert_eq!(text.parse::<Quantity>(), Err(QuantityError), "{text:?}");
        }
        assert_eq!(QuantityError.to_string(), "expected a whole number from 1 to 4294967295, or unlimited");
    }

    #[test]
    fn unlimited_is_more_than_any_number() {
        let of = |number| Quantity::from_wire(number);
        assert!(of(2) > of(1));
        assert_eq!(Quantity::Unlimited.max(of(u32::MAX)), Quantity::Unlimited);
        assert_eq!(of(3).max(of(25)), of(25));
    }
}
