use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use keyward_grace::standing;
use keyward_issuer::record::{Action, IssueRecord, RecordFile};
use keyward_issuer::{Day, Serial};
use keyward_verifier::{Kind, State};

use crate::words::{counted, harmless};

/// Remarks on a license whose key is written. A remark that can't be determined is left out, since the work is done.
pub fn of(issued: &IssueRecord, record: &mut RecordFile, now: DateTime<Utc>) -> impl Iterator<Item = String> {
    [
        lapsed(issued, record, now),
        later_terms(issued, record),
        locked_keys(issued, record),
        Ok(owner(issued)),
        Replacements::default().remark(issued.serial(), record),
    ]
    .into_iter()
    .flatten()
    .flatten()
}

/// The license keys that took the place of others. Each license on record is read once, however many of its keys are asked for.
#[derive(Debug, Default)]
pub struct Replacements {
    /// The last reissue of each key, for all keys of the licenses that were read.
    latest: HashMap<Serial, Serial>,
    /// The license beside which a key for a machine stands.
    of_machines: HashMap<Serial, Serial>,
}

impl Replacements {
    /// A remark on a license that was issued for the same order before, and has another one in its place now.
    pub fn remark(&mut self, serial: Serial, record: &mut RecordFile) -> anyhow::Result<Option<String>> {
        if !self.latest.contains_key(&serial) {
            self.read(&record.license(serial)?);
        }
        let license = self.of_machines.get(&serial);
        let current = license.unwrap_or(&serial);
        let latest = self.latest.get(current).filter(|latest| *latest != current);
        Ok(latest.map(|latest| match license {
            None => format!(
                "License {serial} was issued for this order before, and license {latest} has replaced it since: deliver that one."
            ),
            Some(license) => format!(
                "License {serial} was issued for this order before, for a machine of license {license}, and license {latest} has \
                 replaced that one since: the machine gets another by a new request, with the new key in the product."
            ),
        }))
    }

    /// Takes the keys of a license, the oldest first.
    fn read(&mut self, keys: &[Arc<IssueRecord>]) {
        // The successors of a key come after it. If two of them replace it, the first counts.
        for key in keys.iter().rev() {
            let latest = *self.latest.entry(key.serial()).or_insert_with(|| key.serial());
            if let Some(replaced) = key.details().replaces.filter(|_| key.details().action == Action::Reissue) {
                self.latest.insert(replaced, latest);
            }
            self.of_machines.extend(key.license_of_locked().map(|license| (key.serial(), license)));
        }
    }
}

/// A remark that a renewal begins where the old term ended, however long ago that was: the buyer may not expect it.
pub fn lapsed(issued: &IssueRecord, record: &mut RecordFile, now: DateTime<Utc>) -> anyhow::Result<Option<String>> {
    let gone = days_gone(issued, now);
    let Some(serial) = issued.details().replaces.filter(|_| gone > 0) else { return Ok(None) };
    let Some(old) = record.find(serial)? else { return Ok(None) };
    if standing(old.claims(), now).state() != State::Expired {
        return Ok(None);
    }
    let begins = issued.claims().valid_from();
    Ok(Some(format!(
        "The term began on {begins}, when license {serial} had ended: {} of it are gone. To sell from today, issue a new \
         license.",
        counted(usize::try_from(gone)?, "day")
    )))
}

/// The number of days of a renewal that had passed by that time.
pub fn days_gone(issued: &IssueRecord, now: DateTime<Utc>) -> u32 {
    let today = Day::from_date(now.date_naive()).ok().filter(|_| issued.details().action == Action::Renewal);
    today.map_or(0, |today| today.number().saturating_sub(issued.claims().valid_from().number()))
}

/// A remark on the licenses that a reissue does not change: the renewals of the license that it replaces.
fn later_terms(issued: &IssueRecord, record: &mut RecordFile) -> anyhow::Result<Option<String>> {
    if issued.details().action != Action::Reissue {
        return Ok(None);
    }
    let chain = record.license(issued.serial())?;
    let reissues = chain.iter().filter(|one| one.details().action == Action::Reissue);
    let replaced: HashSet<Serial> = reissues.filter_map(|one| one.details().replaces).collect();
    let is_later = |one: &&Arc<IssueRecord>| {
        one.claims().kind() == Kind::Standard && one.claims().valid_from() > issued.claims().valid_from()
    };
    let later = chain.iter().filter(is_later).filter(|one| !replaced.contains(&one.serial()));
    let serials: Vec<String> = later.map(|one| one.serial().to_string()).collect();
    Ok((!serials.is_empty()).then(|| {
        format!(
            "The term after it stays as it was sold, in license {}: to change it too, reissue that one.",
            serials.join(" and license ")
        )
    }))
}

/// A remark on the keys for single machines that a reissue does not change: those of the license that it replaces.
fn locked_keys(issued: &IssueRecord, record: &mut RecordFile) -> anyhow::Result<Option<String>> {
    let Some(replaced) = issued.details().replaces.filter(|_| issued.details().action == Action::Reissue) else {
        return Ok(None);
    };
    let chain = record.license(issued.serial())?;
    let locked = chain.iter().filter(|one| one.license_of_locked() == Some(replaced));
    let serials: Vec<String> = locked.map(|one| one.serial().to_string()).collect();
    Ok((!serials.is_empty()).then(|| {
        format!(
            "Its keys for single machines stay as they were: license {}. Each machine gets another by a new request, with the \
             new key in the product.",
            serials.join(" and license ")
        )
    }))
}

/// A remark on the owner of a key that a request asked for: anyone who has seen a license key can make a request for it.
fn owner(issued: &IssueRecord) -> Option<String> {
    issued.license_of_locked()?;
    let customer = issued.details().customer.as_ref().map(|customer| format!("customer {customer}"));
    let licensee = issued.claims().licensee().map(|licensee| format!("licensee {licensee}"));
    let named: Vec<String> = customer.into_iter().chain(licensee).collect();
    (!named.is_empty()).then(|| {
        let named = harmless(&named.join(", "));
        format!("A request does not prove who sends it: give the key to the owner of the license alone ({named}).")
    })
}
