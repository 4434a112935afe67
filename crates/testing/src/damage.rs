//! Damages keys, and reads the result.

use std::cell::Cell;

use ed25519_dalek::VerifyingKey;
use keyward_core::{KeyTextError, LicenseKey, Repaired, Verdict, repair};

use crate::vectors::{is_genuine, key_id, signing_key, vectors};

pub const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A key as groups of characters, to damage.
pub type Groups = Vec<Vec<u8>>;

pub fn groups(text: &str) -> Groups {
    text.split('-').map(|group| group.as_bytes().to_vec()).collect()
}

pub fn with_separators(groups: &[Vec<u8>]) -> String {
    groups.iter().map(|group| String::from_utf8_lossy(group)).collect::<Vec<_>>().join("-")
}

pub fn without_separators(groups: &[Vec<u8>]) -> String {
    String::from_utf8(groups.concat()).unwrap()
}

/// Reads and repairs like a verifier that trusts the vectors' key, and counts the signatures it verifies.
pub struct Judge {
    pub verifying_key: VerifyingKey,
    pub signatures: Cell<usize>,
}

impl Judge {
    pub fn new() -> Judge {
        Judge { verifying_key: signing_key().verifying_key(), signatures: Cell::new(0) }
    }

    /// The key of the text, repaired if necessary.
    pub fn read(&self, text: &str) -> Result<LicenseKey, KeyTextError> {
        match text.parse() {
            Err(error @ KeyTextError::Damaged(_)) => self.repair(text).map(|repaired| repaired.key).ok_or(error),
            read => read,
        }
    }

    pub fn repair(&self, text: &str) -> Option<Repaired> {
        self.signatures.set(0);
        repair(text, |candidate| {
            let key = candidate.key();
            // Like a verifier: the hint first, then the signature.
            if key.hint() != key_id().hint() {
                return Verdict::Refused;
            }
            self.signatures.set(self.signatures.get() + 1);
            if is_genuine(&self.verifying_key, key) { Verdict::Genuine } else { Verdict::Refused }
        })
    }
}

/// The key of the first vector, as text and parsed.
pub fn typical() -> (String, LicenseKey) {
    let text = vectors().cases[0].text.clone();
    let key = text.parse().unwrap();
    (text, key)
}

/// Whether the reported repairs are all differences between the typed text and the key. Only the first 16 repairs are
/// reported; the text is compared up to the last of these.
pub fn explains(repaired: &Repaired, typed: &str) -> bool {
    let mut told = groups(&repaired.key.to_string());
    let count = told.len();
    for repair in repaired.repairs.iter() {
        told[usize::from(repair.group()) - 1] = repair.typed().as_str().replace('-', "").into_bytes();
    }
    let is_of_a_key = |character: &u8| ALPHABET.contains(character) || *character == b'?';
    let mut typed: Vec<u8> = typed.bytes().filter(is_of_a_key).collect();
    if let [.., last] = &repaired.repairs[..] {
        if repaired.repairs.len() == 16 {
            return typed.starts_with(&told[..usize::from(last.group())].concat());
        }
    }
    let mut told = told.concat();
    if typed.len() >= (count + 4) * 5 {
        // A row typed twice is reported group by group, not in the sequence of the text.
        told.sort_unstable();
        typed.sort_unstable();
    }
    told == typed
}
