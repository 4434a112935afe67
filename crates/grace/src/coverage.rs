use keyward_core::{Claims, Day, Outcome};

/// Whether the license covers a version of the product that was released on that day.
///
/// It does not depend on [`standing`](crate::standing()): a perpetual license with a year of updates stays active for the
/// versions of that year, and never covers later ones. The day of the release is built into the product; it is not today.
///
/// ```
/// use keyward_core::{Claims, Day, Edition, Product, Serial};
/// use keyward_grace::{Coverage, coverage};
///
/// let updates_through = Day::from_ymd(2026, 12, 31)?;
/// let claims = Claims::builder()
///     .serial(Serial::from_bytes([1, 2, 3, 4, 5, 6, 7, 8]))
///     .product(Product(3))
///     .edition(Edition(2))
///     .unlimited_seats()
///     .valid_from(Day::from_ymd(2026, 1, 1)?)
///     .perpetual()
///     .updates_through(updates_through)
///     .build()?;
/// assert_eq!(coverage(&claims, Day::from_ymd(2026, 12, 31)?), Coverage::Covered);
/// assert_eq!(coverage(&claims, Day::from_ymd(2027, 1, 1)?), Coverage::NotCovered { updates_through });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn coverage(claims: &Claims, released: Day) -> Coverage {
    match claims.updates_through() {
        Some(updates_through) if released > updates_through => Coverage::NotCovered { updates_through },
        _ => Coverage::Covered,
    }
}

/// Whether a license covers a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Coverage {
    /// The version was released on the last day of updates or before, or the license covers every version.
    Covered,
    /// The version was released after the last day of updates.
    NotCovered {
        /// The last day of updates: versions released through this day are covered.
        updates_through: Day,
    },
}

impl Coverage {
    /// The outcome that refuses a license that does not cover the version. `None` if it is covered.
    pub const fn outcome(self) -> Option<Outcome> {
        match self {
            Coverage::Covered => None,
            Coverage::NotCovered { .. } => Some(Outcome::VersionNotCovered),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use keyward_core::{ClaimsBuilder, Edition, Product, Serial};

    use super::*;

    fn perpetual() -> ClaimsBuilder {
        Claims::builder()
            .serial(Serial::from_bytes([1; 8]))
            .product(Product(3))
            .edition(Edition(2))
            .unlimited_seats()
            .valid_from(Day::FIRST)
            .perpetual()
    }

    #[test]
    fn the_last_day_of_updates_is_covered_and_the_day_after_is_not() {
        let updates_through = Day::from_ymd(2026, 12, 31).unwrap();
        let claims = perpetual().updates_through(updates_through).build().unwrap();
        for (released, expected) in [
            (Day::FIRST, Coverage::Covered),
            (updates_through.checked_sub(1).unwrap(), Coverage::Covered),
            (updates_through, Coverage::Covered),
            (updates_through.checked_add(1).unwrap(), Coverage::NotCovered { updates_through }),
            (Day::LAST, Coverage::NotCovered { updates_through }),
        ] {
            assert_eq!(coverage(&claims, released), expected, "{released}");
        }
    }

    #[test]
    fn without_a_last_day_of_updates_every_version_is_covered() {
        assert_eq!(coverage(&perpetual().build().unwrap(), Day::LAST), Coverage::Covered);
    }

    #[test]
    fn a_version_that_is_not_covered_has_an_outcome() {
        assert_eq!(Coverage::Covered.outcome(), None);
        let not_covered = Coverage::NotCovered { updates_through: Day::FIRST };
        assert_eq!(not_covered.outcome(), Some(Outcome::VersionNotCovered));
    }
}
