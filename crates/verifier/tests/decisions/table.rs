//! The lines of `decisions.json`: the inputs of a product, and the verifier's results.

use std::num::NonZeroU32;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use keyward_verifier::{
    ClockEvidence, Day, Environment, Features, Fingerprint, HighWaterMark, License, Product, Quantity, ReminderDays,
    SeatStanding, Standing, TrustedKey, Verifier, VerifyError, combine, seat_standing,
};
use serde::Serialize;

pub type Instant = DateTime<Utc>;

/// Typed license keys, the settings of the product's verifier, and the time.
#[derive(Serialize, Clone)]
pub struct Question {
    pub name: String,
    pub trusted_keys: Vec<String>,
    pub product: u32,
    pub environment: Environment,
    pub fingerprint: Option<Fingerprint>,
    pub released: Option<Day>,
    pub repair: bool,
    pub licenses: Vec<String>,
    pub now: Instant,
    pub reminder_days: Vec<u16>,
}

#[derive(Serialize)]
pub struct Decision {
    #[serde(flatten)]
    question: Question,
    results: Vec<Outcome>,
    held: Option<Entitlement>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Outcome {
    Refused { code: &'static str, message: String },
    Accepted(Box<Accepted>),
}

#[derive(Serialize)]
struct Accepted {
    code: Option<&'static str>,
    digest: String,
    state: &'static str,
    usable: bool,
    days_left: Option<u32>,
    next_reminder: Option<Day>,
    valid_through: Option<Day>,
    grace_through: Option<NaiveDate>,
    opens_at: Instant,
    closes_at: Option<Instant>,
    grace_closes_at: Option<Instant>,
    notice: Option<&'static str>,
    text: String,
    repairs: Vec<String>,
}

#[derive(Serialize)]
struct Entitlement {
    index: usize,
    state: &'static str,
    usable: bool,
    days_left: Option<u32>,
    next_reminder: Option<Day>,
    successor_held: bool,
    features: Option<Features>,
    seats: Option<NonZeroU32>,
    unlimited_seats: bool,
}

impl Question {
    pub fn decided(self) -> Decision {
        let reminders = ReminderDays::new(&self.reminder_days).unwrap();
        let answers = self.answers();
        let results = answers.iter().map(|answer| Outcome::of(answer, self.now, &reminders)).collect();
        let held = self.entitlement(answers, &reminders);
        Decision { question: self, results, held }
    }

    fn answers(&self) -> Vec<Result<License, VerifyError>> {
        let keys = trusted(&self.trusted_keys);
        let mut verifier = Verifier::new(&keys, Product(self.product)).environment(self.environment);
        if let Some(fingerprint) = self.fingerprint {
            verifier = verifier.machine(fingerprint);
        }
        if let Some(day) = self.released {
            verifier = verifier.released(day);
        }
        if !self.repair {
            verifier = verifier.without_repair();
        }
        self.licenses.iter().map(|text| verifier.verify(text)).collect()
    }

    /// The entitlement of the accepted licenses. The index is among all texts.
    fn entitlement(&self, answers: Vec<Result<License, VerifyError>>, reminders: &ReminderDays) -> Option<Entitlement> {
        let accepted = answers.into_iter().enumerate().filter_map(|(index, answer)| Some((index, answer.ok()?)));
        let (indices, licenses): (Vec<usize>, Vec<License>) = accepted.unzip();
        let entitlement = combine(&licenses, self.now, reminders)?;
        let (standing, grant) = (entitlement.standing(), entitlement.grant());
        Some(Entitlement {
            index: indices[entitlement.index()],
            state: standing.code(),
            usable: standing.is_usable(),
            days_left: standing.days_left(),
            next_reminder: standing.next_reminder(),
            successor_held: standing.has_successor(),
            features: grant.map(|grant| grant.features()),
            seats: grant.and_then(|grant| grant.seats().number()),
            unlimited_seats: grant.is_some_and(|grant| grant.seats() == Quantity::Unlimited),
        })
    }
}

impl Outcome {
    fn of(answer: &Result<License, VerifyError>, now: Instant, reminders: &ReminderDays) -> Outcome {
        match answer {
            Err(refusal) => Outcome::Refused { code: refusal.code(), message: refusal.to_string() },
            Ok(license) => {
                let standing = license.standing_with_reminders(now, reminders);
                Outcome::Accepted(Box::new(Accepted::of(license, &standing)))
            }
        }
    }
}

impl Accepted {
    fn of(license: &License, standing: &Standing) -> Accepted {
        Accepted {
            code: None,
            digest: license.digest().to_string(),
            state: standing.code(),
            usable: standing.is_usable(),
            days_left: standing.days_left(),
            next_reminder: standing.next_reminder(),
            valid_through: standing.valid_through(),
            grace_through: standing.grace_through(),
            opens_at: standing.opens_at(),
            closes_at: standing.closes_at(),
            grace_closes_at: standing.grace_closes_at(),
            notice: standing.notice(),
            text: standing.to_string(),
            repairs: license.repairs().iter().map(ToString::to_string).collect(),
        }
    }
}

fn trusted(keys: &[String]) -> Vec<TrustedKey> {
    keys.iter().map(|digits| TrustedKey::from_hex(digits).unwrap()).collect()
}

/// One reading of a clock, with the licenses at that time.
#[derive(Serialize, Clone)]
pub struct Reading {
    pub name: String,
    pub licenses: Vec<String>,
    pub trusted_keys: Vec<String>,
    pub product: u32,
    pub mark: Option<String>,
    pub clock: Instant,
    pub built: Option<Instant>,
    pub issued: Option<Instant>,
    pub running_seconds: i64,
    pub tolerance_seconds: Option<i64>,
}

#[derive(Serialize)]
pub struct Read {
    #[serde(flatten)]
    reading: Reading,
    now: Instant,
    suspect: Option<Suspicion>,
    pub mark_after: String,
}

#[derive(Serialize)]
struct Suspicion {
    behind_by_seconds: i64,
    backward_steps: u32,
    largest_step_seconds: i64,
}

impl Reading {
    pub fn read(self) -> Read {
        let mut evidence = ClockEvidence::new(self.clock).running(TimeDelta::seconds(self.running_seconds));
        if let Some(at) = self.built {
            evidence = evidence.built(at);
        }
        if let Some(at) = self.issued {
            evidence = evidence.issued(at);
        }
        if let Some(seconds) = self.tolerance_seconds {
            evidence = evidence.tolerance(TimeDelta::seconds(seconds));
        }
        let keys = trusted(&self.trusted_keys);
        let verifier = Verifier::new(&keys, Product(self.product));
        let licenses: Vec<License> = self.licenses.iter().flat_map(|text| verifier.verify(text)).collect();
        let mark = self.mark.as_deref().map_or_else(HighWaterMark::default, |kept| mark(kept).unwrap());
        let reading = evidence.read(&mark, licenses.iter().map(License::claims));
        let suspect = reading.suspect().map(|suspect| Suspicion {
            behind_by_seconds: suspect.behind_by.num_seconds(),
            backward_steps: suspect.backward_steps,
            largest_step_seconds: suspect.largest_step.num_seconds(),
        });
        Read { now: reading.now(), suspect, mark_after: kept(reading.mark()), reading: self }
    }
}

/// A mark that is taken back.
#[derive(Serialize)]
pub struct Recovery {
    name: &'static str,
    mark: String,
    issued: Instant,
    pub mark_after: Option<String>,
    error: Option<String>,
}

impl Recovery {
    pub fn of(name: &'static str, kept_mark: &str, issued: Instant) -> Recovery {
        let recovered = mark(kept_mark).and_then(|mark| mark.recovered(issued).map_err(|error| error.to_string()));
        let (mark_after, error) = match recovered {
            Ok(mark) => (Some(kept(&mark)), None),
            Err(error) => (None, Some(error)),
        };
        Recovery { name, mark: kept_mark.to_owned(), issued, mark_after, error }
    }
}

fn mark(kept: &str) -> Result<HighWaterMark, String> {
    HighWaterMark::from_bytes(&hex::decode(kept).unwrap()).map_err(|error| error.to_string())
}

fn kept(mark: &HighWaterMark) -> String {
    hex::encode(mark.to_bytes())
}

/// Seats in use beside those licensed.
#[derive(Serialize)]
pub struct Seats {
    licensed: Quantity,
    in_use: u32,
    result: SeatResult,
}

#[derive(Serialize)]
struct SeatResult {
    code: &'static str,
    left: Option<u32>,
    by: Option<NonZeroU32>,
}

impl Seats {
    pub fn of(licensed: Option<u32>, in_use: u32) -> Seats {
        let licensed = licensed.map_or(Quantity::Unlimited, |seats| Quantity::Of(NonZeroU32::new(seats).unwrap()));
        let standing = seat_standing(licensed, in_use);
        let (left, by) = match standing {
            SeatStanding::Within { left } => (Some(left), None),
            SeatStanding::Over { by } => (None, Some(by)),
            SeatStanding::Unlimited => (None, None),
        };
        Seats { licensed, in_use, result: SeatResult { code: standing.code(), left, by } }
    }
}
