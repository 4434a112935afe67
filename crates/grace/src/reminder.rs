use core::num::NonZeroU32;

/// The numbers of days before the last day at which a product reminds of the end. The default is 30, 14 and 7.
///
/// A license is "expiring soon" from the largest of them on. Numbers that are not smaller than half the days of the term do
/// not apply, so that a license for 30 days is not expiring soon from its first day.
///
/// ```
/// use keyward_grace::ReminderDays;
///
/// let reminders = ReminderDays::new(&[7, 60, 1])?;
/// assert!(reminders.iter().eq([60, 7, 1]));
/// assert!(ReminderDays::default().iter().eq([30, 14, 7]));
/// # Ok::<(), keyward_grace::ReminderDaysError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReminderDays([Option<u16>; ReminderDays::MAX]); // the largest first, and `None` after the last

impl ReminderDays {
    /// The largest number of reminders.
    pub const MAX: usize = 8;

    /// Reminders the given numbers of days before the last day, in any order. 0 is the last day. Without reminders, a
    /// license is never expiring soon.
    ///
    /// # Errors
    ///
    /// [`ReminderDaysError`] for more than 8 numbers, or one that is there twice.
    pub fn new(days: &[u16]) -> Result<ReminderDays, ReminderDaysError> {
        let mut reminders = [None; ReminderDays::MAX];
        if days.len() > reminders.len() {
            return Err(ReminderDaysError::TooMany { count: days.len() });
        }
        for (reminder, days) in reminders.iter_mut().zip(days) {
            *reminder = Some(*days);
        }
        reminders.sort_unstable_by(|one, other| other.cmp(one));
        for (one, next) in reminders.iter().zip(reminders.iter().skip(1)) {
            if let (Some(days), true) = (*one, one == next) {
                return Err(ReminderDaysError::Repeated { days });
            }
        }
        Ok(ReminderDays(reminders))
    }

    /// The numbers of days, the largest first.
    pub fn iter(&self) -> impl Iterator<Item = u16> + '_ {
        self.0.iter().copied().flatten()
    }

    /// The numbers that apply to a term of that length, the largest first: those smaller than half of it.
    pub(crate) fn applicable(&self, term_days: NonZeroU32) -> impl Iterator<Item = u32> + '_ {
        self.iter().map(u32::from).filter(move |days| *days < term_days.get().div_ceil(2))
    }
}

impl Default for ReminderDays {
    fn default() -> ReminderDays {
        ReminderDays([Some(30), Some(14), Some(7), None, None, None, None, None])
    }
}

/// The reason why numbers are not reminder days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReminderDaysError {
    /// There are more than 8.
    #[error("{count} reminder days: at most 8 are possible")]
    TooMany {
        /// The number of reminders.
        count: usize,
    },
    /// A number is there twice.
    #[error("reminder day {days} is named twice")]
    Repeated {
        /// The number of days.
        days: u16,
    },
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_ninth_and_a_repeated_reminder_are_refused() {
        assert!(ReminderDays::new(&[1, 2, 3, 4, 5, 6, 7, 8]).is_ok());
        assert_eq!(ReminderDays::new(&[1, 2, 3, 4, 5, 6, 7, 8, 9]), Err(ReminderDaysError::TooMany { count: 9 }));
        assert_eq!(ReminderDays::new(&[7, 30, 7]), Err(ReminderDaysError::Repeated { days: 7 }));
    }

    #[test]
    fn the_default_days_could_be_given() {
        assert_eq!(ReminderDays::new(&[7, 14, 30]), Ok(ReminderDays::default()));
    }

    #[test]
    fn a_day_applies_if_it_is_shorter_than_half_the_term() {
        for (term_days, largest) in [(61, Some(30)), (60, Some(14)), (29, Some(14)), (28, Some(7)), (14, None)] {
            let term_days = NonZeroU32::new(term_days).unwrap();
            assert_eq!(ReminderDays::default().applicable(term_days).next(), largest, "{term_days}");
        }
    }
}
