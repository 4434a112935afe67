//! Advice on an outcome. If a wrong clock is the probable cause, the advice names it.

use std::borrow::Cow;

use chrono::{DateTime, TimeDelta, Utc};
use keyward_verifier::files::FileError;
use keyward_verifier::{License, Outcome};

use super::Assessment;
use crate::assess::evidence::advice_on_file;
use crate::assess::state_store::StateStore;
use crate::io::clock;

/// The longest usual time from the sale of a license to its first day.
const LONG_BEFORE: TimeDelta = TimeDelta::days(60);
/// The longest usual delay of a customer's next license, list or file.
const LONG_AFTER: TimeDelta = TimeDelta::days(365);

impl Assessment {
    /// The advice for an outcome. If a file is refused, it is the outcome of the file's error.
    pub(super) fn advice(&self, outcome: Outcome, error: Option<&FileError>) -> Option<Cow<'static, str>> {
        let usual = error.map_or_else(|| outcome.advice(), advice_on_file);
        self.of_the_clock(outcome, error, usual.unwrap_or_default()).map(Cow::Owned).or(usual.map(Cow::Borrowed))
    }

    /// The advice on the clock, if the request is about now and the clock is the probable cause.
    fn of_the_clock(&self, outcome: Outcome, error: Option<&FileError>, usual: &str) -> Option<String> {
        let reading = self.clock.as_ref()?;
        let today = self.clock_says.date_naive();
        let is_file_ahead = matches!(error, Some(FileError::NotYet { .. } | FileError::ListNotYet { .. }));
        let is_early = is_file_ahead || matches!(outcome, Outcome::NotYetValid | Outcome::ClockSuspect);
        if is_early && clock::is_impossible(self.clock_says) {
            return Some(format!("this machine's clock says {today}; set it"));
        }
        if outcome == Outcome::ClockSuspect {
            return Some(format!("set the clock; if it is right, {}", self.recovery()));
        }
        if reading.suspect().is_some() {
            let is_good_by_the_clock = self.late_by(outcome, error, self.clock_says)? <= TimeDelta::zero();
            return is_good_by_the_clock.then(|| {
                format!(
                    "this machine's clock says {today}; if that is not today, set it; if it is, {}",
                    self.recovery()
                )
            });
        }
        let is_far = is_file_ahead
            || self.early_by(outcome).is_some_and(|early| early > LONG_BEFORE)
            || self.late_by(outcome, error, self.request.at).is_some_and(|late| late > LONG_AFTER);
        is_far.then(|| format!("this machine's clock says {today}; if that is not today, set it; if it is, {usual}"))
    }

    /// The advice that undoes a time from a clock or a file that was ahead.
    pub fn recovery(&self) -> String {
        match self.store.as_ref().and_then(StateStore::state) {
            Some(state) if !self.is_ahead_by_files => {
                let state = state.id();
                format!("the clock ran ahead once: ask the vendor's support for a recovery of the state {state}")
            }
            _ => "a file that was used is dated ahead: ask the vendor for it again".to_owned(),
        }
    }

    fn early_by(&self, outcome: Outcome) -> Option<TimeDelta> {
        let opens = self.answer.accepted().iter().map(|license| license.standing(self.request.at).opens_at()).min()?;
        (outcome == Outcome::NotYetValid).then(|| opens.signed_duration_since(self.request.at))
    }

    /// The time since the end of the license, the list or the file; negative before the end. `None` for other outcomes.
    fn late_by(&self, outcome: Outcome, error: Option<&FileError>, at: DateTime<Utc>) -> Option<TimeDelta> {
        match (outcome, error) {
            (Outcome::Expired, _) => {
                let closes = |license: &License| license.standing(at).grace_closes_at();
                let latest = self.answer.accepted().iter().filter_map(closes).max()?;
                Some(at.signed_duration_since(latest))
            }
            (_, Some(FileError::Stale { expired_at })) => Some(at.signed_duration_since(*expired_at)),
            (_, Some(FileError::StaleList { .. })) => {
                let (list, days) = (self.request.list.as_ref()?, self.max_staleness?);
                at.signed_duration_since(list.issued_at).checked_sub(&TimeDelta::days(days.into()))
            }
            _ => None,
        }
    }
}
