use chrono::{DateTime, Utc};
use keyward_grace::{ClockEvidence, ReminderDays};
use keyward_issuer::{LicenseDigest, LicenseKey};
use keyward_verifier::files::{FileError, PersistentState, Roots, StateId};
use keyward_verifier::{License, Verifier, combine};

use crate::vendor::{PRODUCT, Published, ROOTS_ROTATED_ON, Vendor, noon};

/// A product at a customer's site, with its licenses and the files that were carried in.
pub struct Site<'v> {
    pub vendor: &'v Vendor,
    pub state: PersistentState,
    pub roots: Roots,
    /// The indexes of its files among the published ones.
    pub bundle: usize,
    pub list: Option<usize>,
    /// Its newest three licenses.
    pub licenses: Vec<LicenseKey>,
    /// The error of the clock, in seconds.
    pub drift: i64,
}

/// The result of a start.
#[derive(Debug, PartialEq, Eq)]
pub enum Start {
    Usable,
    Refused { why: String, clock_is_suspect: bool },
}

impl<'v> Site<'v> {
    pub fn new(vendor: &'v Vendor, number: u64) -> Site<'v> {
        Site {
            vendor,
            state: PersistentState::new(StateId::from_bytes(number.to_be_bytes()), None),
            roots: vendor.roots_1.clone(),
            bundle: 0,
            list: None,
            licenses: Vec::new(),
            drift: 0,
        }
    }

    /// Carries in the newest files.
    pub fn carry(&mut self, day: u32) {
        if day >= ROOTS_ROTATED_ON && self.roots.version() == 1 {
            self.roots = self.roots.next(&self.vendor.roots_2).unwrap();
            self.state.saw_roots(&self.roots).unwrap();
        }
        self.bundle = Published::newest(&self.vendor.bundles, day).unwrap();
        self.list = Published::newest(&self.vendor.lists, day);
    }

    pub fn enter(&mut self, key: &LicenseKey) {
        self.licenses.push(key.clone());
        if self.licenses.len() > 3 {
            self.licenses.remove(0);
        }
    }

    /// Starts the product: reads its files, its state and its clock, and verifies its licenses.
    pub fn start(&mut self, clock: DateTime<Utc>) -> Start {
        let kept = self.state.to_bytes();
        self.state = PersistentState::from_bytes(&kept, None, self.state.writes()).unwrap().next_write();
        let refused = |why: String, clock_is_suspect| Start::Refused { why, clock_is_suspect };
        self.verify(clock).unwrap_or_else(|refusal| refused(refusal, false))
    }

    pub fn verify(&mut self, clock: DateTime<Utc>) -> Result<Start, String> {
        let bundle = self.vendor.bundle(self.bundle, &self.roots).map_err(FileError::to_string)?;
        self.state.saw_bundle(bundle).map_err(|error| error.to_string())?;
        let mut evidence = ClockEvidence::new(clock).built(noon(0)).issued(bundle.evidence_of_time().unwrap());
        let list = self.list.map(|place| self.vendor.list(place, bundle)).transpose().map_err(FileError::to_string)?;
        if let Some(list) = list {
            evidence = evidence.issued(list.evidence_of_time().unwrap());
            let held = self.licenses.iter().map(LicenseDigest::of);
            self.state.saw_list(list, held).map_err(|error| error.to_string())?;
        }
        let mut verifier = Verifier::with_bundle(bundle, PRODUCT).state(&self.state);
        if let Some(list) = list {
            verifier = verifier.revocations(list);
        }
        let mut refusal = None;
        let licenses: Vec<License> = self
            .licenses
            .iter()
            .filter_map(|key| verifier.verify_key(key.clone()).map_err(|error| refusal = Some(error.to_string())).ok())
            .collect();
        let reading = evidence.read(self.state.mark(), licenses.iter().map(License::claims));
        self.state.keep_mark(*reading.mark());
        let clock_is_suspect = reading.suspect().is_some();
        Ok(match combine(&licenses, reading.now(), &ReminderDays::default()) {
            Some(entitlement) if entitlement.standing().is_usable() => Start::Usable,
            Some(entitlement) => Start::Refused { why: entitlement.standing().to_string(), clock_is_suspect },
            None => {
                let why = refusal.unwrap_or_else(|| "there is no license".to_owned());
                Start::Refused { why, clock_is_suspect }
            }
        })
    }
}
