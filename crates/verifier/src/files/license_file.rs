use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use chrono::{DateTime, Utc};
use keyward_core::{Claims, LicenseKey};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::files::payload::sealed::Sealed;
use crate::files::signing_key_payload::SigningKeyPayload;
use crate::files::text::{LineBreaks, Texts, check};
use crate::files::{FileKind, NotPermitted, Payload, PayloadError, PublicNames, Purpose, TrustBundle, wire};

const MAX_LICENSES: usize = 64;
const MAX_CONTACTS: usize = 16;
const MAX_METADATA_BYTES: usize = 10 << 10;

/// License keys, with the licensee, contacts, a note and metadata.
///
/// A license file does not expire; the licenses in it have their own dates. It does not prove the licenses: verify each
/// with a [`Verifier`](crate::Verifier), like a typed key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LicenseFile {
    /// The time at which it was signed.
    #[serde(with = "wire::time")]
    pub issued_at: DateTime<Utc>,
    /// The license keys, 1 to 64.
    #[serde(with = "keys")]
    pub licenses: Vec<LicenseKey>,
    /// The licensee.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licensee: Option<Party>,
    /// Contacts for questions, 16 at most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<Contact>,
    /// Data for the vendor's own programs, 10 KB of JSON at most.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub metadata: Map<String, Value>,
    /// A note to the customer, 4,000 bytes at most, which may have line breaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The public names of the numbers in the keys.
    #[serde(default, skip_serializing_if = "PublicNames::is_empty")]
    pub names: PublicNames,
}

/// The licensee of a license file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// A person or a company. Each of these texts has 256 bytes at most.
    pub name: String,
    /// The company, if `name` is a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// The e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// A contact for questions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The subject, such as "support" or "purchasing".
    pub role: String,
    /// The person or company.
    #[serde(flatten)]
    pub party: Party,
}

impl LicenseFile {
    pub(super) const FIELDS: &[&str] = &["issued_at", "licenses", "licensee", "contacts", "metadata", "note", "names"];

    /// A file with these licenses, and nothing else.
    pub fn new(issued_at: DateTime<Utc>, licenses: Vec<LicenseKey>) -> LicenseFile {
        LicenseFile {
            issued_at,
            licenses,
            licensee: None,
            contacts: Vec::new(),
            metadata: Map::new(),
            note: None,
            names: PublicNames::default(),
        }
    }

    /// Reads metadata as strictly as files: a JSON object, in which no object has the same name twice.
    ///
    /// # Errors
    ///
    /// JSON of another form.
    pub fn metadata_from_json(json: &str) -> Result<Map<String, Value>, PayloadError> {
        match wire::strict(json.as_bytes())? {
            Value::Object(metadata) => Ok(metadata),
            _ => Err(PayloadError::Invalid("metadata has to be a JSON object, and this is none".to_string())),
        }
    }

    pub(super) fn check(&self, texts: Texts) -> Result<(), PayloadError> {
        within("license keys", self.licenses.len(), 1, MAX_LICENSES)?;
        within("contacts", self.contacts.len(), 0, MAX_CONTACTS)?;
        let metadata = serde_json::to_vec(&self.metadata).map_or(usize::MAX, |json| json.len());
        within("bytes of metadata", metadata, 0, MAX_METADATA_BYTES)?;
        if let Some(licensee) = &self.licensee {
            licensee.check("the licensee", texts)?;
        }
        for contact in &self.contacts {
            check("the role of a contact", &contact.role, 256, LineBreaks::Refused, texts)?;
            contact.party.check("a contact", texts)?;
        }
        if let Some(note) = &self.note {
            check("the note", note, 4_000, LineBreaks::Allowed, texts)?;
        }
        self.names.check(texts)
    }
}

impl Party {
    fn check(&self, owner: &str, texts: Texts) -> Result<(), PayloadError> {
        let parts = [("name", Some(&self.name)), ("company", self.company.as_ref()), ("email", self.email.as_ref())];
        for (part, text) in parts {
            if let Some(text) = text {
                check(&format!("the {part} of {owner}"), text, 256, LineBreaks::Refused, texts)?;
            }
        }
        Ok(())
    }
}

fn within(name: &str, found: usize, min: usize, max: usize) -> Result<(), PayloadError> {
    match (min..=max).contains(&found) {
        true => Ok(()),
        false => Err(PayloadError::Invalid(format!("there are {found} {name}, and {min} to {max} are possible"))),
    }
}

/// Shows the serials of the licenses, never their keys.
impl core::fmt::Debug for LicenseFile {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let serials: Vec<_> = self.licenses.iter().map(LicenseKey::unverified_serial).collect();
        f.debug_struct("LicenseFile")
            .field("issued_at", &self.issued_at)
            .field("licenses", &serials)
            .field("licensee", &self.licensee)
            .finish_non_exhaustive()
    }
}

impl LicenseFile {
    /// The claims of its licenses, without those that can't be decoded.
    pub(super) fn readable_claims(&self) -> impl Iterator<Item = Claims> {
        self.licenses.iter().filter_map(|key| key.unverified_claims().ok())
    }

    /// What it says beside licenses and names: the first of it.
    pub(super) fn addition(&self) -> Option<&'static str> {
        [
            (self.licensee.is_some(), "a licensee"),
            (!self.contacts.is_empty(), "contacts"),
            (!self.metadata.is_empty(), "metadata"),
            (self.note.is_some(), "a note"),
        ]
        .into_iter()
        .find_map(|(is_there, name)| is_there.then_some(name))
    }
}

impl Sealed for LicenseFile {}

impl Payload for LicenseFile {
    const KIND: FileKind = FileKind::LicenseFile;

    fn issued_at(&self) -> DateTime<Utc> {
        self.issued_at
    }

    fn to_bytes(&self) -> Result<Vec<u8>, PayloadError> {
        self.check(Texts::Read)?;
        wire::to_json(self)
    }

    fn check_new(&self) -> Result<(), PayloadError> {
        self.check(Texts::Written)
    }

    fn from_bytes(bytes: &[u8]) -> Result<LicenseFile, PayloadError> {
        let file: LicenseFile = wire::from_json(bytes, &[("", LicenseFile::FIELDS)])?;
        file.check(Texts::Read)?;
        Ok(file)
    }
}

impl SigningKeyPayload for LicenseFile {
    const PURPOSES: &[Purpose] = &[Purpose::LicenseFiles];

    /// A key that may sign trials alone can't put a paid license into a file with another licensee.
    fn permitted(&self, bundle: &TrustBundle, public_key: &[u8; 32]) -> Result<(), NotPermitted> {
        let Some(delegated) = bundle.key(public_key) else { return Ok(()) };
        self.readable_claims().try_for_each(|claims| delegated.may_sign.permits_license(&claims))
    }
}

mod keys {
    use super::*;

    pub fn serialize<S: Serializer>(keys: &[LicenseKey], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(keys.iter().map(LicenseKey::to_string))
    }

    /// The keys were written by a program: they are not repaired, and have one spelling.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<LicenseKey>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        let key = |text: &String| text.parse().ok().filter(|key: &LicenseKey| key.to_string() == *text);
        texts
            .iter()
            .map(|text| key(text).ok_or_else(|| D::Error::custom("a license key in it is not in its canonical text")))
            .collect()
    }
}
