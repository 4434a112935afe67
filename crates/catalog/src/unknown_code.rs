use std::fmt;

use crate::entry_kind::EntryKind;
use crate::message::{closest, listed, quoted};

/// The catalogue has no entry with this code. The error names the closest code, or the codes that there are.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownCode {
    /// The kind of the entry: a product, an edition, a feature, a limit or an offer.
    pub entry: EntryKind,
    /// The unknown code.
    pub code: String,
    /// The code of the product in which the entry was looked up; `None` for products and offers.
    pub product: Option<String>,
    /// The closest known code.
    pub suggestion: Option<String>,
    /// The first sixteen known codes, for the message.
    pub known: Vec<String>,
    /// The number of known codes after these.
    pub omitted: usize,
}

impl UnknownCode {
    pub(crate) fn new<'a>(
        entry: EntryKind,
        code: &str,
        product: Option<&str>,
        known: impl Iterator<Item = &'a str>,
    ) -> UnknownCode {
        const MAX_LISTED: usize = 16;
        let all: Vec<&str> = known.collect();
        UnknownCode {
            entry,
            code: code.to_owned(),
            product: product.map(str::to_owned),
            suggestion: closest(code, all.iter().copied()).map(str::to_owned),
            known: all.iter().take(MAX_LISTED).map(|code| (*code).to_owned()).collect(),
            omitted: all.len().saturating_sub(MAX_LISTED),
        }
    }
}

impl fmt::Display for UnknownCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no {} {}", self.entry, quoted(&self.code))?;
        if let Some(product) = &self.product {
            write!(f, " in product `{product}`")?;
        }
        if let Some(code) = &self.suggestion {
            return write!(f, ": did you mean `{code}`?");
        }
        match self.known.as_slice() {
            [] => write!(f, ": there are no {}s", self.entry),
            [code] => write!(f, ": the only {} is `{code}`", self.entry),
            known => write!(f, ": the {}s are {}", self.entry, listed(known)),
        }?;
        if self.omitted > 0 { write!(f, ", and {} more", self.omitted) } else { Ok(()) }
    }
}

impl std::error::Error for UnknownCode {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_lists_the_first_sixteen_codes() {
        let known: Vec<String> = (0..20).map(|number| format!("offer-{number}")).collect();
        let unknown = UnknownCode::new(EntryKind::Offer, "x", None, known.iter().map(String::as_str));
        assert!(unknown.to_string().ends_with("`offer-14`, `offer-15`, and 4 more"), "{unknown}");
    }
}
