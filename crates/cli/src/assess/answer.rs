use chrono::{DateTime, Utc};
use keyward_verifier::{Holding, License, LicenseDigest, ReminderDays, VerifyError, held};

use crate::exit::Exit;

/// What came of each key.
#[derive(Debug, Default)]
pub struct Answer {
    licenses: Vec<License>,
    /// The position of each license in the input, from 1.
    positions: Vec<usize>,
    refused: Vec<Refused>,
    /// How many keys there were.
    pub keys: usize,
}

/// A key that was refused.
#[derive(Debug)]
pub struct Refused {
    /// Its position in the input, from 1.
    pub position: usize,
    pub error: VerifyError,
}

/// What to report: the license that counts, or a refusal.
#[derive(Debug)]
pub enum Verdict<'a> {
    Licensed(Holding<'a>),
    Refused(&'a Refused),
}

impl Answer {
    pub fn of(texts: &[String], verify: impl Fn(&str) -> Result<License, VerifyError>) -> Answer {
        let mut answer = Answer { licenses: Vec::new(), positions: Vec::new(), refused: Vec::new(), keys: texts.len() };
        for (position, text) in (1..).zip(texts) {
            match verify(text) {
                Ok(license) => {
                    answer.licenses.push(license);
                    answer.positions.push(position);
                }
                Err(error) => answer.refused.push(Refused { position, error }),
            }
        }
        answer
    }

    /// The licenses with their positions in the input, from 1.
    pub fn licenses(&self) -> impl Iterator<Item = (usize, &License)> {
        self.positions.iter().copied().zip(&self.licenses)
    }

    /// The keys that were refused, in the order of the input.
    pub fn refused(&self) -> &[Refused] {
        &self.refused
    }

    /// The license that counts at that time; if there is none, the refusal of the key that passed the most checks, which
    /// is the one with the largest exit code, and of equals the first.
    pub fn verdict(&self, at: DateTime<Utc>) -> Option<Verdict<'_>> {
        let licensed = held(&self.licenses, at, &ReminderDays::default()).map(Verdict::Licensed);
        licensed.or_else(|| self.refusal().map(Verdict::Refused))
    }

    /// The refusal of the key that passed the most checks.
    pub fn refusal(&self) -> Option<&Refused> {
        let passed = |refused: &&Refused| Exit::for_code(refused.error.code()).number();
        self.refused.iter().rev().max_by_key(passed)
    }

    /// What a revocation list may name: the licenses that were accepted, and those that are withdrawn.
    pub fn digests(&self) -> impl Iterator<Item = LicenseDigest> + '_ {
        let withdrawn = self.refused.iter().filter_map(|refused| match refused.error {
            VerifyError::Revoked { digest, .. } | VerifyError::OnHold { digest, .. } => Some(digest),
            _ => None,
        });
        self.licenses.iter().map(License::digest).chain(withdrawn)
    }

    /// How many keys were accepted.
    pub fn accepted(&self) -> usize {
        self.licenses.len()
    }

    /// The position in the input, from 1, of the key that the verdict is on.
    pub fn position(&self, verdict: &Verdict<'_>) -> Option<usize> {
        match verdict {
            Verdict::Licensed(holding) => {
                let is_it = |license: &License| std::ptr::eq(license, holding.license());
                self.positions.get(self.licenses.iter().position(is_it)?).copied()
            }
            Verdict::Refused(refused) => Some(refused.position),
        }
    }

    /// What came of the keys that the verdict is not on, in the order of the input.
    pub fn others(&self, at: DateTime<Utc>, verdict: &Verdict<'_>) -> Vec<Other> {
        let licensed = self.positions.iter().zip(&self.licenses).map(|(position, license)| {
            let standing = license.standing(at);
            let message = format!("license {}: {standing}", license.claims().serial());
            Other { position: *position, code: standing.code(), message }
        });
        let refused = self.refused.iter().map(Refused::remark);
        let reported = self.position(verdict);
        let mut others: Vec<Other> = licensed.chain(refused).filter(|other| Some(other.position) != reported).collect();
        others.sort_by_key(|other| other.position);
        others
    }
}

impl Refused {
    /// What is remarked where the report is on another key.
    pub fn remark(&self) -> Other {
        Other { position: self.position, code: self.error.code(), message: self.error.to_string() }
    }
}

/// A key that the report is not on.
#[derive(Debug)]
pub struct Other {
    /// Its position in the input, from 1.
    pub position: usize,
    pub code: &'static str,
    pub message: String,
}
