//! Names and contacts.

use std::fmt;
use std::str::FromStr;

use keyward_core::is_invisible;
use serde::{Deserialize, Serialize};

use crate::recipient::{EmailAddress, Trade};

/// The name of a person or a company: one line of at most 200 bytes that can be seen.
///
/// `Debug` does not show it, so that it gets into no log.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Name(String);

impl Name {
    /// The most bytes of a name.
    pub const MAX_BYTES: usize = 200;

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Name(…)")
    }
}

/// A text is not a name. The message does not show the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// It is empty, or has white space around it.
    #[error("the name is empty, or has white space around it: give the name alone, or none")]
    Space,
    /// A character that can't be seen.
    #[error("the name has the invisible character U+{:04X}: remove it", *.character as u32)]
    Invisible {
        /// The character.
        character: char,
    },
    /// It is too long.
    #[error("the name has {bytes} bytes, and at most {} are kept: shorten it", Name::MAX_BYTES)]
    TooLong {
        /// Its length.
        bytes: usize,
    },
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Name, NameError> {
        if let Some(character) = text.chars().find(|character| is_invisible(*character)) {
            return Err(NameError::Invisible { character });
        }
        if text.is_empty() || text.trim() != text {
            return Err(NameError::Space);
        }
        if text.len() > Name::MAX_BYTES {
            return Err(NameError::TooLong { bytes: text.len() });
        }
        Ok(Name(text.to_owned()))
    }
}

/// What a contact is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ContactRole {
    /// Everything.
    General,
    /// The renewal: this person is told that a license ends.
    Renewal,
    /// Invoices.
    Billing,
    /// The installation.
    Technical,
}

/// A person who is linked to a customer's licenses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The name, if it is known.
    pub name: Option<Name>,
    /// The address.
    pub email: EmailAddress,
    /// What the person is asked about.
    pub role: ContactRole,
    /// Whether the person works for a reseller, and so receives no license.
    pub trade: Trade,
}

/// A contact, as it is stored.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    email: String,
    role: ContactRole,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    reseller: bool,
}

/// The contacts as JSON; `None` for none.
pub(crate) fn written(contacts: &[Contact]) -> Option<String> {
    let stored = contacts.iter().map(|contact| Stored {
        name: contact.name.as_ref().map(|name| name.0.clone()),
        email: contact.email.as_str().to_owned(),
        role: contact.role,
        reseller: contact.trade == Trade::Reseller,
    });
    let stored: Vec<Stored> = stored.collect();
    (!stored.is_empty()).then(|| serde_json::to_string(&stored).unwrap_or_default())
}

/// The contacts of that JSON; `None` for a text that [`written`] does not write.
pub(crate) fn read(text: &str) -> Option<Vec<Contact>> {
    let stored: Vec<Stored> = serde_json::from_str(text).ok()?;
    let contact = |stored: Stored| {
        Some(Contact {
            name: stored.name.map(|name| name.parse().ok()).map_or(Some(None), |name| name.map(Some))?,
            email: stored.email.parse().ok()?,
            role: stored.role,
            trade: if stored.reseller { Trade::Reseller } else { Trade::EndUser },
        })
    };
    stored.into_iter().map(contact).collect()
}
