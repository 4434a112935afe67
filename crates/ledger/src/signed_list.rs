//! The numbers of revocation lists.

use chrono::{DateTime, TimeDelta, Utc};
use keyward_core::KeyId;
use keyward_verifier::files::ContentsDigest;

use crate::table::row;
use crate::value::stored_as;

row! {
    /// A revocation list. Its number stands for its contents, and never for others.
    ///
    /// A product accepts no list with a lower number than one that it has seen, whichever keys signed both. So the lists of a
    /// ledger are numbered in one row, also when the signing key changes.
    pub SignedList in "signed_lists" {
        /// The number, from 1.
        pub number: u32, Plain;
        /// The id of the signing key.
        pub signing_key: KeyId, Plain;
        /// The time at which it was numbered, in milliseconds since 1970.
        pub at: i64, Plain;
        /// The digest of the contents that were to be signed.
        pub digest: ContentsDigest, Plain;
        /// SHA-256 over the licenses on the list with their statuses.
        pub licenses: Vec<u8>, Plain;
        /// The signed file. A list that a newer one has replaced has none, nor has one whose signer failed.
        pub file: Option<String>, No;
    }
}

stored_as! {
    ContentsDigest, Vec<u8>, Blob, |digest| digest.to_bytes().to_vec(), |stored| {
        let bytes = stored.try_into().map_err(|stored: Vec<u8>| format!("{} bytes instead of 16", stored.len()))?;
        Ok(ContentsDigest::from_bytes(bytes))
    };
}

/// Whether a list is due, as far as that follows without its contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    /// Whatever its contents are.
    Now,
    /// If its contents are others than those of the list before.
    IfChanged,
    /// Not yet.
    Later,
}

impl SignedList {
    /// The next list is due after so long, also without a change.
    pub const MAX_AGE: TimeDelta = TimeDelta::days(1);

    /// No list follows another sooner.
    pub const MIN_AGE: TimeDelta = TimeDelta::minutes(1);

    /// Whether the next list is due, if this is the newest.
    pub(crate) fn next_is_due(&self, now: DateTime<Utc>) -> Due {
        // A clock that was ahead and is right again does not keep lists away.
        let age = now.timestamp_millis().abs_diff(self.at);
        let is_under = |bound: TimeDelta| u64::try_from(bound.num_milliseconds()).is_ok_and(|bound| age < bound);
        match () {
            () if is_under(SignedList::MIN_AGE) => Due::Later,
            // Its signer failed.
            () if self.file.is_none() => Due::Now,
            () if is_under(SignedList::MAX_AGE) => Due::IfChanged,
            () => Due::Now,
        }
    }
}
