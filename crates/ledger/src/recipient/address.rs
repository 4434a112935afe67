//! E-mail addresses.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use keyward_core::is_invisible;

use super::domain::{Domain, DomainError};

/// Exactly one e-mail address, such as `grace@acme.example`.
///
/// It is a dot-atom (RFC 5322, section 3.2.3) in ASCII, `@` and a [`Domain`], of at most 254 bytes. Everything else that
/// mail knows is refused: names beside the address, lists, quotes, comments, numbers for domains, routes. The local part
/// is kept as it was written. Addresses that differ in case alone are equal: no mail server in use tells them apart.
///
/// `Debug` does not show the address, so that it gets into no log.
#[derive(Clone)]
pub struct EmailAddress {
    text: String,
    domain: Domain,
}

impl EmailAddress {
    /// The address, with its domain in lower case.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The domain.
    pub const fn domain(&self) -> &Domain {
        &self.domain
    }

    /// The address as it is compared: equal addresses have the same.
    pub(crate) fn compared(&self) -> String {
        self.text.to_ascii_lowercase()
    }

    /// Whether mail to both reaches one mailbox, as far as their texts tell: without regard to case, and to a tag after `+`.
    pub(super) fn is_mailbox_of(&self, other: &EmailAddress) -> bool {
        self.domain == other.domain && self.mailbox().eq_ignore_ascii_case(other.mailbox())
    }

    /// The part before the `@`, without a tag.
    fn mailbox(&self) -> &str {
        let local = self.text.split_once('@').map_or("", |(local, _)| local);
        // An address such as `+1@acme.example` has no mailbox before a tag.
        local.split_once('+').map(|(mailbox, _)| mailbox).filter(|mailbox| !mailbox.is_empty()).unwrap_or(local)
    }
}

impl FromStr for EmailAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<EmailAddress, AddressError> {
        if let Some(character) = text.chars().find(|character| is_invisible(*character)) {
            return Err(AddressError::Invisible { character });
        }
        // A list is told as such, before its parts are judged.
        if text.matches('@').count() > 1 || text.contains([',', ';']) {
            return Err(AddressError::Several);
        }
        let (local, domain) = text.split_once('@').ok_or(AddressError::NoAt)?;
        let local = local_part(local)?;
        let domain: Domain = domain.parse()?;
        let text = format!("{local}@{}", domain.as_str());
        if text.len() > AddressError::MAX_BYTES {
            return Err(AddressError::TooLong { bytes: text.len() });
        }
        Ok(EmailAddress { text, domain })
    }
}

/// Checks the part before the `@`.
fn local_part(local: &str) -> Result<&str, AddressError> {
    const MAX_BYTES: usize = 64;
    // Characters of an atom but `%` and `!`: old mail servers read a route to another domain in them.
    let is_usual = |character: char| character.is_ascii_alphanumeric() || "#$&'*+-/=?^_`{|}~.".contains(character);
    if let Some(character) = local.chars().find(|character| !is_usual(*character)) {
        return Err(AddressError::Character { character });
    }
    if local.len() > MAX_BYTES {
        return Err(AddressError::TooLong { bytes: local.len() });
    }
    if local.split('.').any(str::is_empty) {
        return Err(AddressError::Dots);
    }
    // A program that sends mail could read it as an option.
    if local.starts_with('-') {
        return Err(AddressError::Character { character: '-' });
    }
    Ok(local)
}

impl PartialEq for EmailAddress {
    fn eq(&self, other: &EmailAddress) -> bool {
        self.text.eq_ignore_ascii_case(&other.text)
    }
}

impl Eq for EmailAddress {}

impl Hash for EmailAddress {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.compared().hash(state);
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(…)")
    }
}

/// A text is not exactly one e-mail address. The message does not show the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// More than one address, or a list.
    #[error("there is more than one address: give exactly one")]
    Several,
    /// No `@`.
    #[error("there is no @: give one address, such as grace@acme.example")]
    NoAt,
    /// A character that can't be seen.
    #[error("the address has the invisible character U+{:04X}: remove it", *.character as u32)]
    Invisible {
        /// The character.
        character: char,
    },
    /// A character that the part before the `@` may not have, or not there.
    #[error("the part before the @ has a {character:?} in it: give the address alone, in letters from a to z")]
    Character {
        /// The character.
        character: char,
    },
    /// The part before the `@` is empty, or has a dot at an end, or two in a row.
    #[error("the part before the @ is empty, or a dot is in the wrong place: compare the address with its original")]
    Dots,
    /// Longer than 64 bytes before the `@`, or than 254 bytes together.
    #[error("the address has {bytes} bytes: at most 64 are before the @, and {} together", AddressError::MAX_BYTES)]
    TooLong {
        /// The length of the part that is too long.
        bytes: usize,
    },
    /// The part after the `@` is not a domain.
    #[error(transparent)]
    Domain(#[from] DomainError),
}

impl AddressError {
    /// RFC 5321, section 4.5.3.1.3: a path of 256 bytes has angle brackets around the address.
    const MAX_BYTES: usize = 254;
}
