//! The files that a state has seen, by the keys that signed them.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use chrono::{DateTime, Utc};

use crate::LicenseDigest;
use crate::files::error::OlderFile;
use crate::files::{ContentsDigest, RevocationList, Status, TimeStatement, Verified, VersionedFile};

/// All 32 bytes of a public key.
pub(super) type PublicKey = [u8; 32];

/// A number that only increases, and the digest of the contents that were seen with it; 0 for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Numbered {
    pub(super) number: u32,
    pub(super) digest: ContentsDigest,
}

impl Numbered {
    pub(super) const NONE: Numbered = Numbered { number: 0, digest: ContentsDigest::NONE };

    /// `None` for no number.
    pub(super) fn digest(self) -> Option<ContentsDigest> {
        (self.number > 0).then_some(self.digest)
    }

    /// Whether a file may follow this one: it is newer, or the same.
    pub(super) fn check(self, file: VersionedFile, found: Numbered) -> Result<(), OlderFile> {
        let is_another = found.number == self.number && found.digest != self.digest;
        if found.number < self.number || is_another {
            return Err(OlderFile { file, found: found.number, seen: self.number });
        }
        Ok(())
    }
}

/// The files of one key that the state has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Signer {
    /// The newest list of the key.
    pub(super) list: Numbered,
    /// The time of issue of the newest recovery of the key that was used.
    pub(super) recovery: Option<DateTime<Utc>>,
}

/// The status of a license, and the list with this status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SeenStatus {
    pub(super) status: Status,
    pub(super) list: u32,
}

/// The lists and recoveries that a state has seen, each with the keys that signed it. So everything that only a stolen key
/// signed can be forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Seen {
    pub(super) signers: BTreeMap<PublicKey, Signer>,
    /// Each of the keys is among the signers.
    pub(super) statuses: BTreeMap<(LicenseDigest, PublicKey), SeenStatus>,
    /// The recoveries that were used, oldest first, [`MAX_RECOVERIES`] at most. They stay when a signer is forgotten: whoever
    /// carries a recovery can take signatures away, and its contents stay the same.
    pub(super) recoveries: Vec<ContentsDigest>,
}

/// The largest number of statuses that are kept, so that the file stays small.
const MAX_STATUSES: usize = 1_024;
/// The largest number of recoveries that are kept. Their number is one byte.
const MAX_RECOVERIES: usize = 255;

impl Seen {
    pub(super) const fn nothing() -> Seen {
        Seen { signers: BTreeMap::new(), statuses: BTreeMap::new(), recoveries: Vec::new() }
    }

    /// The list with the highest sequence.
    pub(super) fn list(&self) -> Numbered {
        let lists = self.signers.values().map(|signer| signer.list);
        lists.max_by_key(|list| list.number).unwrap_or(Numbered::NONE)
    }

    /// Keeps a list as seen, with the statuses of these licenses.
    pub(super) fn saw_list(
        &mut self,
        list: &Verified<RevocationList>,
        licenses: impl IntoIterator<Item = LicenseDigest>,
    ) -> Result<(), OlderFile> {
        let found = Numbered { number: list.sequence, digest: list.digest() };
        self.list().check(VersionedFile::RevocationList, found)?;
        for key in list.signers() {
            self.signer(*key).list = found;
        }
        // Statuses of licenses that the product no longer has are kept too: these may be entered again.
        let held = self.end_holds(list.sequence);
        for license in held.into_iter().chain(licenses) {
            if let Some(status) = list.status_of(&license) {
                self.keep(license, list.signers(), SeenStatus { status, list: list.sequence });
            }
        }
        Ok(())
    }

    /// Ends the holds of earlier lists, and returns their licenses. The holds of this list stay.
    fn end_holds(&mut self, sequence: u32) -> BTreeSet<LicenseDigest> {
        let is_ended = |seen: &SeenStatus| seen.status == Status::OnHold && seen.list != sequence;
        let ended = self.statuses.iter().filter(|(_, seen)| is_ended(seen)).map(|((license, _), _)| *license).collect();
        self.statuses.retain(|_, seen| !is_ended(seen));
        ended
    }

    /// Keeps the status of a license, for each of the keys that signed it. A revocation is for ever.
    fn keep(&mut self, license: LicenseDigest, keys: &[PublicKey], status: SeenStatus) {
        for key in keys {
            let of_the_key = (license, *key);
            match self.statuses.get(&of_the_key).map(|seen| seen.status) {
                Some(Status::Revoked(_)) => continue,
                Some(Status::OnHold) => {}
                None if self.statuses.len() < MAX_STATUSES => {}
                // A revocation takes the place of a hold.
                None => {
                    let hold = self.statuses.iter().find(|(_, seen)| seen.status == Status::OnHold);
                    let Some(hold) = hold.map(|(hold, _)| *hold).filter(|_| status.status != Status::OnHold) else {
                        continue;
                    };
                    self.statuses.remove(&hold);
                }
            }
            self.statuses.insert(of_the_key, status);
        }
    }

    /// The status of a license, from the lists of all keys: the earliest revocation, or else the latest hold.
    pub(super) fn status_of(&self, license: &LicenseDigest) -> Option<SeenStatus> {
        let of_the_license = (*license, [0; 32])..=(*license, [u8::MAX; 32]);
        let seen = self.statuses.range(of_the_license).map(|(_, seen)| *seen);
        seen.reduce(|one, other| match (one.status, other.status) {
            (Status::Revoked(_), Status::Revoked(_)) if other.list < one.list => other,
            (Status::OnHold, Status::OnHold) if other.list > one.list => other,
            (Status::OnHold, Status::Revoked(_)) => other,
            _ => one,
        })
    }

    /// Keeps a recovery that was used.
    pub(super) fn saw_recovery(&mut self, statement: &Verified<TimeStatement>) {
        for key in statement.signers() {
            self.signer(*key).recovery = Some(statement.issued_at);
        }
        self.recoveries.push(statement.digest());
        let beyond = self.recoveries.len().saturating_sub(MAX_RECOVERIES);
        self.recoveries.drain(..beyond);
    }

    /// Forgets everything that only these keys signed, but for the contents of recoveries. Returns the remaining times of
    /// recoveries if one was forgotten.
    pub(super) fn forget<'k>(&mut self, keys: impl IntoIterator<Item = &'k PublicKey>) -> Option<LastRecovery> {
        let mut forgets_a_recovery = false;
        for key in keys {
            let Some(forgotten) = self.signers.remove(key) else { continue };
            forgets_a_recovery |= forgotten.recovery.is_some();
            self.statuses.retain(|(_, said_by), _| said_by != key);
        }
        let last = self.signers.values().filter_map(|signer| signer.recovery).max();
        forgets_a_recovery.then_some(LastRecovery(last))
    }

    fn signer(&mut self, key: PublicKey) -> &mut Signer {
        self.signers.entry(key).or_insert(Signer { list: Numbered::NONE, recovery: None })
    }
}

/// The time of issue of the last recovery, if there is one.
pub(super) struct LastRecovery(pub(super) Option<DateTime<Utc>>);
