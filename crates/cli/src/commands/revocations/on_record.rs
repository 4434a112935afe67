use std::collections::{HashMap, HashSet};
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
    /// The keys of the terms of the named licenses: each is one sale, with its reissues and locked keys.
    terms: HashSet<Serial>,
    /// The named licenses that are not on record, in words: their chains are not known.
    pub unknown: Vec<String>,
}

/// The other licenses of the chains that are changed too. The others are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithChain {
    Nothing,
    /// The keys of the same terms.
    Term,
    /// Other terms and stopgaps too.
    AllTerms,
}

/// The other licenses of a chain.
pub struct Others<'a> {
    pub of_term: Vec<&'a IssueRecord>,
    pub of_other_terms: Vec<&'a IssueRecord>,
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
            let missing = license.in_words();
            // A twin has the serial and perhaps the claims of the license, and ends nothing.
            if let NamedLicense::Key(key) = license {
                let known = key.unverified_serial().map(|serial| record.find(serial)).transpose()?.flatten();
                if let Some(known) = known {
                    bail!(
                        "{} has license {} with another digest, so this key is altered or forged, and its revocation would end \
                         nothing: nothing was changed; name the license with --serial {}",
                        path.display(),
                        known.serial(),
                        known.serial()
                    );
                }
            }
            // A key that was pasted is a license, of another record perhaps. A digest may be mistyped.
            if chain == WithChain::Nothing && matches!(license, NamedLicense::Key(_)) {
                found.unknown.push(missing);
                continue;
            }
            bail!(
                "{} has no license {missing}: nothing was changed; check the license and the record, or leave --record \
                 out to change it without its chain",
                path.display()
            );
        }
        for serial in &named_serials {
            found.chain.extend(record.license(*serial)?);
        }
        found.chain.sort_by_key(|record| record.serial());
        found.chain.dedup_by_key(|record| record.serial());
        found.terms = terms(&found.chain, named_serials);
        Ok(found)
    }

    /// The other licenses of the chains, without those that have expired and those that have the status already.
    pub fn others(
        &self,
        changed: &[LicenseDigest],
        list: &RevocationList,
        has_status: impl Fn(Option<Status>) -> bool,
    ) -> Others<'_> {
        let now = clock::now();
        let others = self.chain.iter().map(Arc::as_ref).filter(|record| !changed.contains(&record.digest()));
        let others = others.filter(|record| {
            standing(record.claims(), now).state() != State::Expired && !has_status(list.status_of(&record.digest()))
        });
        let (of_term, of_other_terms) = others.partition(|record| self.terms.contains(&record.serial()));
        Others { of_term, of_other_terms }
    }
}

/// The keys of the same terms: those that reissues and locked keys lead to, from one to the other.
fn terms(chain: &[Arc<IssueRecord>], named: Vec<Serial>) -> HashSet<Serial> {
    let mut beside: HashMap<Serial, Vec<Serial>> = HashMap::new();
    for record in chain.iter().filter(|record| matches!(record.details().action, Action::Reissue | Action::Locked)) {
        let Some(replaced) = record.details().replaces else { continue };
        beside.entry(replaced).or_default().push(record.serial());
        beside.entry(record.serial()).or_default().push(replaced);
    }
    let (mut found, mut next) = (HashSet::new(), named);
    while let Some(serial) = next.pop() {
        if found.insert(serial) {
            next.extend(beside.get(&serial).into_iter().flatten().copied());
        }
    }
    found
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
