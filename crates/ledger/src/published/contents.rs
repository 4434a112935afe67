//! The licenses on the next revocation list.

use chrono::{DateTime, Utc};
use keyward_verifier::LicenseDigest;
use keyward_verifier::files::{Payload, PayloadError, Reason, RevocationList, Status};
use sha2::{Digest, Sha256};

use crate::database::Tx;
use crate::error::LedgerError;
use crate::signed_list::SignedList;
use crate::value::Field;

/// The keys that are revoked, with the reason: those of revoked licenses, single keys, and those of deleted licenses that had
/// left.
const REVOKED: [&str; 2] = [
    "select digest, revoked_for from license_keys where status = 'revoked'",
    "select digest, revoked_for from deleted_keys where revoked_for is not null",
];

/// The keys that are on hold: all those of a license that is suspended or inactive.
const HELD: &str = "select k.digest from licenses l join license_keys k on k.license = l.id \
                    where l.hold is not null and k.status <> 'revoked'";

/// A list of that number, from the states of all licenses.
pub(super) async fn list(tx: &mut Tx, number: u32, now: DateTime<Utc>) -> Result<RevocationList, LedgerError> {
    let mut licenses: Vec<(Status, LicenseDigest)> = Vec::new();
    for sql in REVOKED {
        tx.each(sql, Vec::new(), |(digest, reason): (Vec<u8>, Option<String>)| {
            let reason = Option::<Reason>::from_stored(reason).map_err(|_| damaged("the reason of a revocation"))?;
            licenses.push((Status::Revoked(reason.unwrap_or(Reason::Unspecified)), digest_of(digest)?));
            Ok(())
        })
        .await?;
    }
    tx.each(HELD, Vec::new(), |(digest,): (Vec<u8>,)| {
        licenses.push((Status::OnHold, digest_of(digest)?));
        Ok(())
    })
    .await?;
    // In their order, each is added at the end of its section, without moving others.
    licenses.sort_unstable();
    let next_update = now.checked_add_signed(SignedList::MAX_AGE).ok_or(LedgerError::Clock { at: now })?;
    let mut list = RevocationList::new(number, now, next_update);
    licenses.into_iter().for_each(|(status, digest)| list.set(digest, status));
    Ok(list)
}

/// A digest that two lists share if they say the same of the same licenses.
pub(super) fn licenses_digest(list: &RevocationList) -> Result<Vec<u8>, PayloadError> {
    let mut sections = list.clone();
    (sections.sequence, sections.issued_at, sections.next_update) = (1, DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH);
    Ok(Sha256::digest(sections.to_bytes()?).to_vec())
}

fn digest_of(stored: Vec<u8>) -> Result<LicenseDigest, LedgerError> {
    LicenseDigest::from_stored(stored).map_err(|_| damaged("the digest of a license key"))
}

fn damaged(what: &str) -> LedgerError {
    LedgerError::Damaged { what: what.to_owned() }
}
