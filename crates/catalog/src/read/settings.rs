//! The settings that the catalogue has for all products, and a product for itself.

use std::num::NonZeroU32;

use keyward_core::{Claims, Day, Quantity, Term, TermError};
use keyward_grace::ReminderDays;
use toml::de::DeValue;

use crate::entry::{KindRules, ProductEntry, SeatRange};
use crate::problem::ProblemKind;
use crate::section::{Located, Log, Section, ValueError, expected, number};

#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) grace_days: Option<u8>,
    pub(crate) reminder_days: ReminderDays,
    pub(crate) max_trial_days: u16,
    pub(crate) max_stopgap_days: u16,
    pub(crate) max_term: Term,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            grace_days: None,
            reminder_days: ReminderDays::default(),
            max_trial_days: 30,
            max_stopgap_days: 30,
            max_term: ProductEntry::DEFAULT_MAX_TERM,
        }
    }
}

impl Settings {
    /// The settings of the section. Those that it leaves out are inherited. `rules` are the settings under `trials` and
    /// `stopgaps`.
    pub(crate) fn read(self, section: &Section<'_>, rules: &'static [&'static str], log: &mut Log) -> Settings {
        let mut max_days = |key, max: u16, inherited| {
            let Some(section) = section.section(key, "`{ longest_days = 30 }`", log) else { return inherited };
            section.allow_only(rules, log);
            section.optional("longest_days", number(1..=max.into()), log).map_or(inherited, |days| days.value)
        };
        Settings {
            max_trial_days: max_days("trials", KindRules::MAX_TRIAL_DAYS, self.max_trial_days),
            max_stopgap_days: max_days("stopgaps", KindRules::MAX_STOPGAP_DAYS, self.max_stopgap_days),
            max_term: section.optional("longest_term", longest_term, log).map_or(self.max_term, |term| term.value),
            grace_days: grace_days(section, log).map(|days| days.value).or(self.grace_days),
            reminder_days: reminder_days(section, log).unwrap_or(self.reminder_days),
        }
    }
}

fn longest_term(value: &DeValue<'_>) -> Result<Term, ValueError> {
    term(value, "")
}

pub(crate) fn term(value: &DeValue<'_>, or: &str) -> Result<Term, ValueError> {
    let parsed = value.as_str().map(str::parse::<Term>);
    match parsed {
        None | Some(Err(TermError::NotATerm)) => {
            expected(format!("days, months or years, such as \"30d\", \"12m\" or \"1y\"{or}"))
        }
        Some(Err(error)) => Err(error.into()),
        Some(Ok(term)) => {
            // No license can be issued with a term that is longer than the calendar of keys.
            term.last_day(Day::FIRST)?;
            Ok(term)
        }
    }
}

pub(crate) fn grace_days(section: &Section<'_>, log: &mut Log) -> Option<Located<u8>> {
    section.optional("grace_days", number(0..=Claims::MAX_GRACE_DAYS.into()), log)
}

fn reminder_days(section: &Section<'_>, log: &mut Log) -> Option<ReminderDays> {
    let days =
        section.list("reminder_days", "a list of days, such as [30, 14, 7]", number(0..=u16::MAX.into()), log)?;
    let values: Vec<u16> = days.value.iter().map(|day| day.value).collect();
    match ReminderDays::new(&values) {
        Ok(days) => Some(days),
        Err(error) => {
            log.report(days.offset, error);
            None
        }
    }
}

pub(crate) fn seats(section: &Section<'_>, log: &mut Log) -> Option<SeatRange> {
    let seats = section.section("seats", "`{ least = 1, most = 500 }`", log)?;
    seats.allow_only(&["least", "most"], log);
    let mut end = |key| {
        let read = |value: &_| match NonZeroU32::new(number(1..=u32::MAX.into())(value)?) {
            Some(seats) => Ok(seats),
            None => expected("1 or more"),
        };
        seats.optional(key, read, log)
    };
    let (least, most) = (end("least"), end("most"));
    let range = SeatRange {
        min: least.map_or(NonZeroU32::MIN, |end| end.value),
        max: most.as_ref().map_or(Quantity::Unlimited, |end| Quantity::Of(end.value)),
    };
    if let Some(most) = most.filter(|most| most.value < range.min) {
        let (min, max) = (range.min.get().into(), most.value.get().into());
        log.report(most.offset, ProblemKind::EmptyRange { min, max });
    }
    Some(range)
}
