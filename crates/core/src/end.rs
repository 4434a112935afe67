use crate::{Day, Term, TermError};

/// The end of a license.
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
    /// The license never ends.
    Perpetual,
    /// The license ends with this day, which is included.
    Through(Day),
    /// The license ends after this term, which begins on the first day.
    After(Term),
}

impl End {
    /// The last day of a license that begins on `valid_from`; `None` if it is perpetual.
    ///
    /// The day of [`End::Through`] is not compared with `valid_from`.
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
