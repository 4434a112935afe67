use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use keyward_core::Outcome;

use crate::LicenseDigest;
use crate::files::age::Age;
use crate::files::payload::sealed::Sealed;
use crate::files::signing_key_payload::SigningKeyPayload;
use crate::files::{FileError, FileKind, Payload, PayloadError, Purpose, wire};

/// The licenses that a vendor has revoked or put on hold, by their digests.
///
/// Each takes 16 bytes: a million are read in a fraction of a second, and one is found in about twenty comparisons.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RevocationList {
    /// The number of the list, from 1. It only increases.
    pub sequence: u32,
    /// The time at which it was signed.
    pub issued_at: DateTime<Utc>,
    /// The time by which the next list is available.
    pub next_update: DateTime<Utc>,
    /// Sorted by status.
    sections: Vec<Section>,
}

/// The licenses with one status, sorted, each of them once.
#[derive(Clone, PartialEq, Eq)]
struct Section {
    status: Status,
    digests: Vec<LicenseDigest>,
}

/// The status of a license on a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Status {
    /// Revoked for ever.
    Revoked(Reason),
    /// On hold until a later list releases it.
    OnHold,
}

/// The reason why a license was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// No reason is given.
    Unspecified,
    /// The key was published.
    Leaked,
    /// The customer was refunded.
    Refunded,
    /// Another license took its place.
    Superseded,
    /// It was never paid.
    Unpaid,
    /// The customer broke its terms.
    TermsBroken,
    /// It was issued by mistake.
    IssuedWrongly,
    /// It was signed with a stolen key.
    Forged,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Reason; 8] = [
        Reason::Unspecified,
        Reason::Leaked,
        Reason::Refunded,
        Reason::Superseded,
        Reason::Unpaid,
        Reason::TermsBroken,
        Reason::IssuedWrongly,
        Reason::Forged,
    ];

    /// The code, the same in every language, such as `terms-broken`.
    pub const fn code(self) -> &'static str {
        match self {
            Reason::Unspecified => "unspecified",
            Reason::Leaked => "leaked",
            Reason::Refunded => "refunded",
            Reason::Superseded => "superseded",
            Reason::Unpaid => "unpaid",
            Reason::TermsBroken => "terms-broken",
            Reason::IssuedWrongly => "issued-wrongly",
            Reason::Forged => "forged",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Status {
    const ON_HOLD: u8 = 64;
    /// From here to the next, a section needs a newer reader.
    const FIRST_OF_LATER_VERSIONS: u8 = 65;
    const LAST_OF_LATER_VERSIONS: u8 = 127;

    /// The number in a list: reasons from 0 to 63, in the order of [`Reason::ALL`], and 64 on hold.
    pub(super) fn number(self) -> u8 {
        match self {
            Status::Revoked(reason) => reason as u8,
            Status::OnHold => Status::ON_HOLD,
        }
    }

    pub(super) fn from_number(number: u8) -> Option<Status> {
        match number {
            Status::ON_HOLD => Some(Status::OnHold),
            _ => Reason::ALL.get(usize::from(number)).copied().map(Status::Revoked),
        }
    }

    /// The outcome of a license with this status: revoked or on hold.
    pub const fn outcome(self) -> Outcome {
        match self {
            Status::Revoked(_) => Outcome::Revoked,
            Status::OnHold => Outcome::OnHold,
        }
    }

    /// The code of the [`outcome`](Status::outcome), such as `on-hold`.
    pub const fn code(self) -> &'static str {
        self.outcome().code()
    }
}

impl RevocationList {
    /// An empty list.
    pub const fn new(sequence: u32, issued_at: DateTime<Utc>, next_update: DateTime<Utc>) -> RevocationList {
        RevocationList { sequence, issued_at, next_update, sections: Vec::new() }
    }

    /// The status of that license; `None` if the list does not name it.
    pub fn status_of(&self, license: &LicenseDigest) -> Option<Status> {
        let section = self.sections.iter().find(|section| section.digests.binary_search(license).is_ok())?;
        Some(section.status)
    }

    /// Revokes a license or puts it on hold; its earlier status on this list is replaced.
    pub fn set(&mut self, license: LicenseDigest, status: Status) {
        self.remove(&license);
        let section = match self.sections.binary_search_by_key(&status, |section| section.status) {
            Ok(index) => self.sections.get_mut(index),
            Err(index) => {
                self.sections.insert(index, Section { status, digests: Vec::new() });
                self.sections.get_mut(index)
            }
        };
        if let Some(section) = section {
            if let Err(index) = section.digests.binary_search(&license) {
                section.digests.insert(index, license);
            }
        }
    }

    /// Removes a license from the list. That ends a hold; products that have seen it revoked still refuse it.
    pub fn remove(&mut self, license: &LicenseDigest) {
        for section in &mut self.sections {
            if let Ok(index) = section.digests.binary_search(license) {
                section.digests.remove(index);
            }
        }
        self.sections.retain(|section| !section.digests.is_empty());
    }

    /// Every license on the list with its status, by status and digest.
    pub fn iter(&self) -> impl Iterator<Item = (LicenseDigest, Status)> + '_ {
        self.sections.iter().flat_map(|section| section.digests.iter().map(|digest| (*digest, section.status)))
    }

    /// The number of licenses on the list.
    pub fn len(&self) -> usize {
        self.sections.iter().map(|section| section.digests.len()).sum()
    }

    /// Whether the list is empty.
    pub fn is_empty(&self) -> bool {
        self.sections.is_empty()
    }

    /// Its age in whole days; 0 if `now` is before its issue.
    pub fn age_days(&self, now: DateTime<Utc>) -> u32 {
        u32::try_from(now.signed_duration_since(self.issued_at).num_days().max(0)).unwrap_or(u32::MAX)
    }

    /// Whether the list is dated more than a day after `now`: it, the clock, or both are wrong, and its age is not known.
    pub fn is_ahead(&self, now: DateTime<Utc>) -> bool {
        Age::at(now, self.issued_at, DateTime::<Utc>::MAX_UTC) == Age::Ahead
    }

    /// Whether the list is no older than `max`, and not dated ahead: such a list would stay new until its date.
    ///
    /// # Errors
    ///
    /// [`FileError::StaleList`]; and [`FileError::ListNotYet`] if it was issued more than a day after `now`.
    pub fn no_older_than(&self, max: TimeDelta, now: DateTime<Utc>) -> Result<(), FileError> {
        let end = self.issued_at.checked_add_signed(max).unwrap_or(DateTime::<Utc>::MAX_UTC);
        let (sequence, issued_at) = (self.sequence, self.issued_at);
        match Age::at(now, issued_at, end) {
            Age::Ahead => Err(FileError::ListNotYet { sequence, issued_at }),
            Age::Within => Ok(()),
            Age::TooOld => {
                let max_days = u32::try_from(max.num_days()).unwrap_or_default();
                Err(FileError::StaleList { sequence, age_days: self.age_days(now), max_days })
            }
        }
    }

    /// The first moment at which the list is older than `max`. A product that refuses such a list gives it to
    /// [`ClockEvidence::held_until`](crate::ClockEvidence::held_until).
    pub fn too_old_at(&self, max: TimeDelta) -> DateTime<Utc> {
        let after = max.checked_add(&TimeDelta::microseconds(1));
        after.and_then(|after| self.issued_at.checked_add_signed(after)).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// Revokes many licenses at once.
    fn revoke_unspecified(&mut self, mut digests: Vec<LicenseDigest>) {
        if digests.is_empty() {
            return;
        }
        let status = Status::Revoked(Reason::Unspecified);
        if let Some(first) = self.sections.first_mut().filter(|section| section.status == status) {
            digests.append(&mut first.digests);
            self.sections.remove(0);
        }
        digests.sort_unstable();
        digests.dedup();
        self.sections.insert(0, Section { status, digests });
    }

    fn check(&self) -> Result<(), PayloadError> {
        let invalid = |why: &str| Err(PayloadError::Invalid(why.to_string()));
        if self.sequence == 0 {
            return invalid("sequences begin with 1");
        }
        if self.next_update < self.issued_at {
            return invalid("the next list is due before this one was issued");
        }
        if ![self.issued_at, self.next_update].into_iter().all(wire::can_be_written) {
            return invalid("a time in it is beyond the year 9999");
        }
        Ok(())
    }
}

/// Shows the number of licenses, and not their digests.
impl fmt::Debug for RevocationList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RevocationList")
            .field("sequence", &self.sequence)
            .field("issued_at", &self.issued_at)
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

impl Sealed for RevocationList {}

/// In this order, all big-endian: the sequence (4 bytes); the time of issue and the time by which the next list is
/// available, each in seconds since 1970-01-01 UTC (8 bytes); then for each status, ascending, its number (1 byte), how many
/// licenses have it (4 bytes) and their digests, ascending (16 bytes each). A status up to 63 is a reason for which licenses
/// are revoked: an unknown one is read as unspecified, since the license is revoked whatever the reason. A status above 127
/// is for later readers, and ignored. A list with any other unknown status needs a newer reader.
impl Payload for RevocationList {
    const KIND: FileKind = FileKind::RevocationList;

    fn issued_at(&self) -> DateTime<Utc> {
        self.issued_at
    }

    fn to_bytes(&self) -> Result<Vec<u8>, PayloadError> {
        self.check()?;
        let mut bytes = Vec::with_capacity(self.len().saturating_mul(16).saturating_add(64));
        bytes.extend(self.sequence.to_be_bytes());
        bytes.extend(self.issued_at.timestamp().to_be_bytes());
        bytes.extend(self.next_update.timestamp().to_be_bytes());
        for Section { status, digests } in &self.sections {
            let count = u32::try_from(digests.len())
                .map_err(|_| PayloadError::Invalid(format!("there are {} licenses in it", digests.len())))?;
            bytes.push(status.number());
            bytes.extend(count.to_be_bytes());
            digests.iter().for_each(|digest| bytes.extend(digest.to_bytes()));
        }
        Ok(bytes)
    }

    fn from_bytes(bytes: &[u8]) -> Result<RevocationList, PayloadError> {
        let list = read(bytes)?;
        list.check()?;
        Ok(list)
    }
}

impl SigningKeyPayload for RevocationList {
    const PURPOSES: &[Purpose] = &[Purpose::Revocations];
}

fn read(bytes: &[u8]) -> Result<RevocationList, PayloadError> {
    let ends = || PayloadError::Invalid("it ends too early".to_string());
    let (sequence, rest) = bytes.split_first_chunk().ok_or_else(ends)?;
    let (issued_at, rest) = rest.split_first_chunk().ok_or_else(ends)?;
    let (next_update, mut rest) = rest.split_first_chunk().ok_or_else(ends)?;
    let (mut sections, mut later_reasons) = (Vec::new(), Vec::new());
    let mut last = None;
    while let Some((number, after)) = rest.split_first() {
        if last.replace(*number) >= Some(*number) {
            return Err(PayloadError::Invalid("its sections are not in order".to_string()));
        }
        let (count, after) = after.split_first_chunk().ok_or_else(ends)?;
        if (Status::FIRST_OF_LATER_VERSIONS..=Status::LAST_OF_LATER_VERSIONS).contains(number) {
            // Its contents are those of a later version.
            return Err(PayloadError::NeedsNewer(format!("that licenses have the status {number}")));
        }
        let length = usize::try_from(u32::from_be_bytes(*count)).ok().and_then(|count| count.checked_mul(16));
        let (digests, after) = length.and_then(|length| after.split_at_checked(length)).ok_or_else(ends)?;
        rest = after;
        if digests.is_empty() {
            return Err(PayloadError::Invalid("a section has no licenses".to_string()));
        }
        match Status::from_number(*number) {
            Some(status) => sections.push(Section { status, digests: sorted(digests)? }),
            None if *number < Status::ON_HOLD => later_reasons.extend(sorted(digests)?),
            None => {}
        }
    }
    // Bounds are checked last, so that a list of a later version is refused for its version first.
    let (issued_at, next_update) = (time(*issued_at)?, time(*next_update)?);
    let mut list =
        RevocationList { sections, ..RevocationList::new(u32::from_be_bytes(*sequence), issued_at, next_update) };
    list.revoke_unspecified(later_reasons);
    Ok(list)
}

fn sorted(bytes: &[u8]) -> Result<Vec<LicenseDigest>, PayloadError> {
    let digests = bytes.chunks_exact(16).filter_map(|digest| digest.try_into().ok());
    let digests: Vec<LicenseDigest> = digests.map(LicenseDigest::from_bytes).collect();
    if !digests.is_sorted_by(|one, next| one < next) {
        return Err(PayloadError::Invalid("its licenses are not in order".to_string()));
    }
    Ok(digests)
}

fn time(bytes: [u8; 8]) -> Result<DateTime<Utc>, PayloadError> {
    DateTime::from_timestamp(i64::from_be_bytes(bytes), 0)
        .filter(|time| wire::can_be_written(*time))
        .ok_or_else(|| PayloadError::Invalid("a time in it is beyond the year 9999".to_string()))
}
