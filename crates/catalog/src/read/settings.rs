//! What the catalogue says for all products, and a product for itself.

use std::num::NonZeroU32;

use keyward_core::{Claims, Quantity};
use keyward_grace::ReminderDays;

use crate::entry::{Rules, SeatRange};
use crate::problem::ProblemKind;
use crate::section::{At, Log, Section, number, should_be};

#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) grace_days: Option<u8>,
    pub(crate) reminder_days: ReminderDays,
    pub(crate) longest_trial: u16,
    pub(crate) longest_stopgap: u16,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { grace_days: None, reminder_days: ReminderDays::default(), longest_trial: 30, longest_stopgap: 30 }
    }
}

impl Settings {
    /// These, but for what the section says. `rules` are the settings that trials and stopgaps have here.
    pub(crate) fn read(self, section: &Section<'_>, rules: &'static [&'static str], log: &mut Log) -> Settings {
        let mut longest_days = |key, max: u16, inherited| {
            let Some(section) = section.section(key, "`{ longest_days = 30 }`", log) else { return inherited };
            section.knows_only(rules, log);
            section.optional("longest_days", number(1..=max.into()), log).map_or(inherited, |days| days.value)
        };
        Settings {
            longest_trial: longest_days("trials", Rules::MAX_TRIAL_DAYS, self.longest_trial),
            longest_stopgap: longest_days("stopgaps", Rules::MAX_STOPGAP_DAYS, self.longest_stopgap),
            grace_days: grace_days(section, log).map(|days| days.value).or(self.grace_days),
            reminder_days: reminder_days(section, log).unwrap_or(self.reminder_days),
        }
    }
}

pub(crate) fn grace_days(section: &Section<'_>, log: &mut Log) -> Option<At<u8>> {
    section.optional("grace_days", number(0..=Claims::MAX_GRACE_DAYS.into()), log)
}

fn reminder_days(section: &Section<'_>, log: &mut Log) -> Option<ReminderDays> {
    let days =
        section.list("reminder_days", "a list of days, such as [30, 14, 7]", number(0..=u16::MAX.into()), log)?;
    let values: Vec<u16> = days.value.iter().map(|day| day.value).collect();
    match ReminderDays::new(&values) {
        Ok(days) => Some(days),
        Err(error) => {
            log.note(days.offset, error);
            None
        }
    }
}

pub(crate) fn seats(section: &Section<'_>, log: &mut Log) -> Option<SeatRange> {
    let seats = section.section("seats", "`{ least = 1, most = 500 }`", log)?;
    seats.knows_only(&["least", "most"], log);
    let mut end = |key| {
        let read = |value: &_| match NonZeroU32::new(number(1..=u32::MAX.into())(value)?) {
            Some(seats) => Ok(seats),
            None => should_be("1 or more"),
        };
        seats.optional(key, read, log)
    };
    let (least, most) = (end("least"), end("most"));
    let range = SeatRange {
        least: least.map_or(NonZeroU32::MIN, |end| end.value),
        most: most.as_ref().map_or(Quantity::Unlimited, |end| Quantity::Of(end.value)),
    };
    if let Some(most) = most.filter(|most| most.value < range.least) {
        let (least, end) = (range.least.get().into(), most.value.get().into());
        log.note(most.offset, ProblemKind::EmptyRange { least, most: end });
    }
    Some(range)
}
