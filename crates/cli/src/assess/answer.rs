use chrono::{DateTime, Utc};
use keyward_verifier::{Entitlement, License, LicenseDigest, Outcome, ReminderDays, VerifyError, combine};

/// The results for several keys: `T` for each that is accepted.
#[derive(Debug)]
pub struct Answer<T = License> {
    accepted: Vec<T>,
    /// The position of each accepted key in the input, from 1.
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

/// The subject of the report: the license that counts, or a refusal.
#[derive(Debug)]
pub enum Verdict<'a> {
    Licensed(Entitlement<'a>),
    Refused(&'a Refused),
}

/// The result for a key that the report is not on.
#[derive(Debug)]
pub struct Other {
    /// Its position in the input, from 1.
    pub position: usize,
    pub outcome: Outcome,
    pub message: String,
}

impl<T> Answer<T> {
    pub fn of(results: impl IntoIterator<Item = Result<T, VerifyError>>) -> Answer<T> {
        let mut answer = Answer { accepted: Vec::new(), positions: Vec::new(), refused: Vec::new(), keys: 0 };
        for (position, result) in (1..).zip(results) {
            answer.keys = position;
            match result {
                Ok(accepted) => {
                    answer.accepted.push(accepted);
                    answer.positions.push(position);
                }
                Err(error) => answer.refused.push(Refused { position, error }),
            }
        }
        answer
    }

    /// The accepted keys.
    pub fn accepted(&self) -> &[T] {
        &self.accepted
    }

    /// The accepted keys with their positions in the input, from 1.
    pub fn with_positions(&self) -> impl Iterator<Item = (usize, &T)> {
        self.positions.iter().copied().zip(&self.accepted)
    }

    /// The keys that were refused, in the order of the input.
    pub fn refused(&self) -> &[Refused] {
        &self.refused
    }

    /// The refusal of the key that passed the most checks, which is the one with the largest number; of equals the
    /// first.
    pub fn refusal(&self) -> Option<&Refused> {
        self.refused.iter().rev().max_by_key(|refused| refused.error.outcome().number())
    }
}

impl Answer {
    /// The license that counts at that time; without one, the refusal of the key that passed the most checks.
    pub fn verdict(&self, at: DateTime<Utc>) -> Option<Verdict<'_>> {
        let licensed = combine(&self.accepted, at, &ReminderDays::default()).map(Verdict::Licensed);
        licensed.or_else(|| self.refusal().map(Verdict::Refused))
    }

    /// The licenses that a revocation list may name: those accepted, and those revoked or on hold.
    pub fn digests(&self) -> impl Iterator<Item = LicenseDigest> + '_ {
        let revoked_or_on_hold = self.refused.iter().filter_map(|refused| match refused.error {
            VerifyError::Revoked { digest, .. } | VerifyError::OnHold { digest, .. } => Some(digest),
            _ => None,
        });
        self.accepted.iter().map(License::digest).chain(revoked_or_on_hold)
    }

    /// The position in the input, from 1, of the key that the verdict is on.
    pub fn position(&self, verdict: &Verdict<'_>) -> Option<usize> {
        match verdict {
            Verdict::Licensed(entitlement) => self.positions.get(entitlement.index()).copied(),
            Verdict::Refused(refused) => Some(refused.position),
        }
    }

    /// The results for the keys that the verdict is not on, in the order of the input.
    pub fn others(&self, at: DateTime<Utc>, verdict: &Verdict<'_>) -> Vec<Other> {
        let licensed = self.with_positions().map(|(position, license)| {
            let standing = license.standing(at);
            let message = format!("license {}: {standing}", license.claims().serial());
            Other { position, outcome: standing.outcome(), message }
        });
        let refused = self.refused.iter().map(Refused::as_other);
        let reported = self.position(verdict);
        let mut others: Vec<Other> = licensed.chain(refused).filter(|other| Some(other.position) != reported).collect();
        others.sort_by_key(|other| other.position);
        others
    }
}

impl Refused {
    /// The result for a key that the report is not on.
    pub fn as_other(&self) -> Other {
        Other { position: self.position, outcome: self.error.outcome(), message: self.error.to_string() }
    }
}
