use std::path::Path;
use std::sync::Arc;

use anyhow::bail;
use keyward_grace::standing;
use keyward_issuer::Serial;
use keyward_issuer::record::{Action, IssueRecord, RecordFile};
use keyward_verifier::files::{RevocationList, Status};
use keyward_verifier::{Kind, LicenseDigest, State};

use crate::args::licenses::NamedLicense;
use crate::io::clock;
use crate::io::record::existing;

/// The licenses of a change as the record has them.
#[derive(Debug, Default)]
pub struct OnRecord {
    /// The licenses that serials name.
    pub named: Vec<LicenseDigest>,
    /// All licenses in the chains of the named licenses: reissues, renewals and stopgaps, and the licenses that they
    /// follow.
    chain: Vec<Arc<IssueRecord>>,
}

impl OnRecord {
    pub fn find(record: &Path, serials: &[Serial], named: &[NamedLicense]) -> anyhow::Result<OnRecord> {
        let path = existing(record)?;
        let mut record = RecordFile::open(path)?;
        let mut found = OnRecord::default();
        for serial in serials {
            match record.find(*serial)? {
                Some(license) => found.named.push(license.digest()),
                None => bail!("{} has no license {serial}: nothing was changed", path.display()),
            }
        }
        let of_key = |license: &NamedLicense| match license {
            NamedLicense::Key(key) => key.unverified_serial(),
            NamedLicense::Digest(_) => None,
        };
        for serial in serials.iter().copied().chain(named.iter().filter_map(of_key)) {
            let license = record.license(serial)?;
            // A key with the serial of another license belongs to none.
            let digests: Vec<LicenseDigest> = license.iter().map(|record| record.digest()).collect();
            if named
                .iter()
                .map(NamedLicense::digest)
                .chain(found.named.iter().copied())
                .any(|one| digests.contains(&one))
            {
                found.chain.extend(license);
            }
        }
        found.chain.sort_by_key(|record| record.serial());
        found.chain.dedup_by_key(|record| record.serial());
        Ok(found)
    }

    /// The other licenses of the chains, without those that have expired and those that have the status already.
    pub fn others<'a>(
        &'a self,
        changed: &'a [LicenseDigest],
        list: &'a RevocationList,
        has_status: impl Fn(Option<Status>) -> bool + 'a,
    ) -> impl Iterator<Item = &'a IssueRecord> {
        let now = clock::now();
        let others = self.chain.iter().map(Arc::as_ref).filter(|record| !changed.contains(&record.digest()));
        others.filter(move |record| {
            standing(record.claims(), now).state() != State::Expired && !has_status(list.status_of(&record.digest()))
        })
    }
}

/// The serial, and how the license came about: "0102030405060708 (renewal)".
pub fn in_words(record: &IssueRecord) -> String {
    let came_about = match (record.claims().kind(), record.details().action) {
        (Kind::Stopgap, _) => "stopgap",
        (_, Action::Reissue) => "reissue",
        (_, Action::Locked) => "locked to one machine",
        (_, Action::Renewal) => "renewal",
        (_, Action::Issue) => "original",
    };
    format!("{} ({came_about})", record.serial())
}
