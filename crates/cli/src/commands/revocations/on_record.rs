use std::collections::HashSet;
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
    /// The named licenses that are not on record, in words: their chains are not known.
    pub unknown: Vec<String>,
}

/// Whether the other licenses of the chains are changed too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithChain {
    /// They are named.
    Named,
    Changed,
}

impl OnRecord {
    /// # Errors
    ///
    /// A serial or a digest that is not on record. With its chain, a key that is not on record either.
    pub fn find(
        record: &Path,
        serials: &[Serial],
        named: &[NamedLicense],
        chain: WithChain,
    ) -> anyhow::Result<OnRecord> {
        let path = existing(record)?;
        let mut record = RecordFile::open(path)?;
        let mut found = OnRecord::default();
        let mut named_serials = serials.to_vec();
        for serial in serials {
            match record.find(*serial)? {
                Some(license) => found.named.push(license.digest()),
                None => bail!("{} has no license {serial}: nothing was changed", path.display()),
            }
        }
        // Digests are looked for in all lines, since a digest does not say the serial.
        let mut wanted: HashSet<LicenseDigest> = named.iter().map(NamedLicense::digest).collect();
        if !wanted.is_empty() {
            for license in record.records()? {
                let license = license?;
                if wanted.remove(&license.digest()) {
                    named_serials.push(license.serial());
                }
            }
        }
        for license in named.iter().filter(|license| wanted.contains(&license.digest())) {
            let missing = in_words_of(license);
            // A key that was pasted is a license, of another record perhaps. A digest may be mistyped.
            if chain == WithChain::Named && matches!(license, NamedLicense::Key(_)) {
                found.unknown.push(missing);
                continue;
            }
            bail!(
                "{} has no license {missing}: nothing was changed; check the license and the record, or leave --record \
                 out to change it without its chain",
                path.display()
            );
        }
        for serial in named_serials {
            found.chain.extend(record.license(serial)?);
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

/// A license as it was named: by its digest, or by the serial in its key.
fn in_words_of(license: &NamedLicense) -> String {
    match license {
        NamedLicense::Digest(digest) => format!("with the digest {digest}"),
        NamedLicense::Key(key) => match key.unverified_serial() {
            Some(serial) => format!("{serial} with the digest {}", license.digest()),
            None => format!("with the digest {}", license.digest()),
        },
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
