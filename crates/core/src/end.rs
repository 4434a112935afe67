use crate::{Day, Term, TermError};

/// When a license ends.
///
/// ```
/// use keyward_core::{Day, End};
///
/// let first = Day::from_ymd(2026, 1, 1)?;
/// assert_eq!(End::After("1y".parse()?).last_day(first)?, Some(Day::from_ymd(2026, 12, 31)?));
/// assert_eq!(End::Perpetual.last_day(first)?, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum End {
    /// Never.
    Perpetual,
    /// On this day, the last on which the license is valid.
    Through(Day),
    /// After a term that begins on the first day.
    After(Term),
}

impl End {
    /// The last day of a license that begins on `valid_from`; `None` if it is perpetual.
    ///
    /// A last day that is named is returned as it is, also if it is before `valid_from`.
    ///
    /// # Errors
    ///
    /// [`TermError::EndsAfterTheLastDay`] if the term ends after 9998-12-31.
    pub fn last_day(self, valid_from: Day) -> Result<Option<Day>, TermError> {
        match self {
            End::Perpetual => Ok(None),
            End::Through(day) => Ok(Some(day)),
            End::After(term) => term.last_day(valid_from).map(Some),
        }
    }
}
