use std::collections::HashMap;

use keyward_core::{Claims, Day, Kind, Serial};

use super::{Action, IssueRecord};
use crate::policy::{Refusal, same_customer};

/// What was issued before, in that order. Empty where nothing is on record.
#[derive(Debug, Default)]
pub struct History {
    records: Vec<IssueRecord>,
    places: HashMap<Serial, usize>,
}

/// A serial that is on record twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("license {serial} is on record already: each serial is issued once")]
pub struct HistoryError {
    /// The serial.
    pub serial: Serial,
}

impl History {
    /// The records, oldest first.
    pub fn records(&self) -> &[IssueRecord] {
        &self.records
    }

    /// One more record.
    ///
    /// # Errors
    ///
    /// [`HistoryError`] if its serial is on record already.
    pub fn push(&mut self, record: IssueRecord) -> Result<(), HistoryError> {
        let serial = record.serial();
        if self.places.contains_key(&serial) {
            return Err(HistoryError { serial });
        }
        self.places.insert(serial, self.records.len());
        self.records.push(record);
        Ok(())
    }

    /// The record of that license.
    pub fn find(&self, serial: Serial) -> Option<&IssueRecord> {
        self.records.get(*self.places.get(&serial)?)
    }

    /// The record of the license that the order with that id made.
    pub(crate) fn find_order(&self, id: &str) -> Option<&IssueRecord> {
        self.records.iter().find(|record| record.order().is_some_and(|placed| placed.id == id))
    }

    /// The record of that license, if no reissue took its place.
    pub(crate) fn unreplaced(&self, serial: Serial) -> Result<&IssueRecord, Refusal> {
        let record = self.find(serial).ok_or(Refusal::NotOnRecord { serial })?;
        match self.latest_reissue(serial) {
            by if by == serial => Ok(record),
            by => Err(Refusal::Replaced { serial, by }),
        }
    }

    /// The last of the reissues that began with that license, or itself. A license is on record before what replaces
    /// it, so that looking onward ends.
    pub(crate) fn latest_reissue(&self, serial: Serial) -> Serial {
        let mut latest = serial;
        let start = self.places.get(&serial).copied().unwrap_or_default();
        for record in self.records.iter().skip(start) {
            if record.action() == Action::Reissue && record.replaces() == Some(latest) {
                latest = record.serial();
            }
        }
        latest
    }

    /// The license that was first issued and then, perhaps several times, reissued as this one.
    fn original(&self, serial: Serial) -> Serial {
        let before = |serial: &Serial| {
            let record = self.find(*serial).filter(|record| record.action() == Action::Reissue)?;
            // Only backward: a record that was tampered with may go round in circles.
            record.replaces().filter(|replaced| self.places.get(replaced) < self.places.get(serial))
        };
        std::iter::successors(Some(serial), before).last().unwrap_or(serial)
    }

    /// Whether that license, or the one it is a reissue of, is a renewal.
    pub(crate) fn is_renewal(&self, serial: Serial) -> bool {
        self.find(self.original(serial)).is_some_and(|record| record.action() == Action::Renewal)
    }

    /// The earliest first day and the latest last day of a license and all its reissues, if it is on record.
    pub(crate) fn days_of_all(&self, serial: Serial) -> Option<(Day, Day)> {
        let original = self.original(serial);
        let same = || self.records.iter().filter(|record| self.original(record.serial()) == original);
        let first = same().map(|record| record.claims().valid_from()).min()?;
        let last = same().map(|record| record.claims().valid_through().unwrap_or(Day::LAST)).max()?;
        Some((first, last))
    }

    /// The renewal of that license, or of any that it is a reissue of.
    pub(crate) fn renewal_of(&self, serial: Serial) -> Option<&IssueRecord> {
        let original = self.original(serial);
        let mut renewals = self.records.iter().filter(|record| record.action() == Action::Renewal);
        renewals.find(|renewal| renewal.replaces().map(|replaced| self.original(replaced)) == Some(original))
    }

    /// The paid license that these claims, of a stopgap, would bridge: the last one with an end for the same product,
    /// environment and machine that the same customer has.
    pub(crate) fn latest_paid(&self, stopgap: &Claims, customer: Option<&str>) -> Option<&IssueRecord> {
        self.records.iter().rev().find(|record| {
            record.claims().kind() == Kind::Standard
                && record.claims().valid_through().is_some()
                && is_same_place(record, stopgap, customer)
        })
    }

    /// The latest stopgap that bridges the same paid license already; where that is not known, one of the same customer's,
    /// or of nobody's like this one, that bridges one not known either. One that is being replaced does not count.
    pub(crate) fn stopgap(
        &self,
        bridged: Option<Serial>,
        stopgap: &Claims,
        customer: Option<&str>,
        replaced: Option<Serial>,
    ) -> Option<&IssueRecord> {
        let bridged = bridged.map(|serial| self.original(serial));
        let replaced = replaced.map(|serial| self.original(serial));
        self.records.iter().rev().find(|record| {
            record.claims().kind() == Kind::Stopgap
                && record.bridges().map(|serial| self.original(serial)) == bridged
                && (bridged.is_some()
                    || is_same_place(record, stopgap, customer)
                    || is_nobodys(record, stopgap, customer))
                && Some(self.original(record.serial())) != replaced
        })
    }
}

/// Whether a license is the same customer's, for the same product, environment and machine. Where no customer is named,
/// the licensee tells; where neither is, nothing does.
fn is_same_place(record: &IssueRecord, claims: &Claims, customer: Option<&str>) -> bool {
    let same_customer = match (customer, record.customer()) {
        (Some(customer), Some(other)) => same_customer(customer, other),
        _ => claims.licensee().is_some() && claims.licensee() == record.claims().licensee(),
    };
    same_customer && is_for_the_same(record.claims(), claims)
}

/// Whether neither says whose it is, and both are for the same product, environment and machine.
fn is_nobodys(record: &IssueRecord, claims: &Claims, customer: Option<&str>) -> bool {
    let named = [customer.is_some(), record.customer().is_some()];
    let licensees = [claims.licensee(), record.claims().licensee()];
    named == [false; 2] && licensees == [None; 2] && is_for_the_same(record.claims(), claims)
}

fn is_for_the_same(other: &Claims, claims: &Claims) -> bool {
    claims.product() == other.product()
        && claims.environment() == other.environment()
        && claims.fingerprint() == other.fingerprint()
}
