//! Domains of e-mail addresses.

use std::str::FromStr;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use keyward_core::is_invisible;

/// The domain of an e-mail address, such as `acme.example`: lower case, in ASCII, with two labels or more.
///
/// A domain with other letters is written as DNS writes it (IDNA, UTS #46): `müller.example` is `xn--mller-kva.example`.
/// So two domains that look alike to a reader are still two.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Domain(String);

impl Domain {
    /// The domain as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the other domain, or a subdomain of it. Whole labels are compared: `evil-acme.example` is not within
    /// `acme.example`.
    pub fn is_within(&self, other: &Domain) -> bool {
        self.0.strip_suffix(other.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }
}

impl FromStr for Domain {
    type Err = DomainError;

    fn from_str(text: &str) -> Result<Domain, DomainError> {
        // The conversion drops some invisible characters, so that the stored domain would not be the one that was typed.
        if let Some(character) = text.chars().find(|character| is_invisible(*character)) {
            return Err(DomainError::Invisible { character });
        }
        let ascii = Uts46::new()
            .to_ascii(text.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::Verify)
            .map_err(|_| DomainError::Name)?;
        let (_, last) = ascii.rsplit_once('.').ok_or(DomainError::OneLabel)?;
        if last.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(DomainError::Number);
        }
        Ok(Domain(ascii.into_owned()))
    }
}

/// A text is not the domain of an e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DomainError {
    /// DNS has no such name: a strange character, an empty label, a dot at the end, or too long.
    #[error("the domain is not a name in DNS: write letters, digits and hyphens, with single dots between them")]
    Name,
    /// A character that can't be seen.
    #[error("the domain has the invisible character U+{:04X}: remove it", *.character as u32)]
    Invisible {
        /// The character.
        character: char,
    },
    /// A name without a dot, such as `localhost`.
    #[error("the domain has no dot: write it whole, such as `acme.example`")]
    OneLabel,
    /// A number of an address of the internet, such as `127.0.0.1`.
    #[error("the domain is a number: write a name, such as `acme.example`")]
    Number,
}
