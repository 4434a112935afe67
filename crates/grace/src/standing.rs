use core::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use keyward_core::{Claims, Day, Kind, Outcome};

use crate::ReminderDays;
use crate::validity::{Moment, Validity};

/// The standing of a license with these claims at that time, with reminders 30, 14 and 7 days before the end.
///
/// The caller has verified the claims: a standing does not tell whether the license is genuine. Products call
/// `License::standing` of `keyward-verifier`.
///
/// ```
/// use keyward_core::{Claims, Day, Edition, Product, Serial};
/// use keyward_grace::{State, standing};
///
/// let claims = Claims::builder()
///     .serial(Serial::from_bytes([1, 2, 3, 4, 5, 6, 7, 8]))
///     .product(Product(3))
///     .edition(Edition(2))
///     .unlimited_seats()
///     .valid_from(Day::from_ymd(2026, 5, 1)?)
///     .valid_through(Day::from_ymd(2027, 4, 30)?)
///     .build()?;
/// assert_eq!(standing(&claims, "2026-04-30T09:59:59Z".parse()?).state(), State::NotYetValid);
/// assert_eq!(standing(&claims, "2026-04-30T10:00:00Z".parse()?).state(), State::Active);
/// assert_eq!(standing(&claims, "2027-05-01T12:00:00Z".parse()?).state(), State::InGrace);
/// assert_eq!(standing(&claims, "2027-05-15T12:00:00Z".parse()?).state(), State::Expired);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn standing(claims: &Claims, now: DateTime<Utc>) -> Standing {
    standing_with_reminders(claims, now, &ReminderDays::default())
}

/// Like [`standing()`], with the product's own reminder days.
///
/// ```
/// use keyward_core::{Claims, Day, Edition, Product, Serial};
/// use keyward_grace::{ReminderDays, State, standing_with_reminders};
///
/// let claims = Claims::builder()
///     .serial(Serial::from_bytes([1, 2, 3, 4, 5, 6, 7, 8]))
///     .product(Product(3))
///     .edition(Edition(2))
///     .unlimited_seats()
///     .valid_from(Day::from_ymd(2026, 5, 1)?)
///     .valid_through(Day::from_ymd(2027, 4, 30)?)
///     .build()?;
/// let now = "2027-03-01T12:00:00Z".parse()?;
/// let standing = standing_with_reminders(&claims, now, &ReminderDays::new(&[90, 45])?);
/// assert_eq!(standing.state(), State::ExpiringSoon);
/// assert_eq!(standing.next_reminder(), Some(Day::from_ymd(2027, 3, 16)?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn standing_with_reminders(claims: &Claims, now: DateTime<Utc>, reminders: &ReminderDays) -> Standing {
    let validity = Validity::of(claims);
    let now = Moment::of(now);
    let (state, days_left) = state_and_days_left(&validity, now, reminders);
    // The largest number of days comes first, and makes the earliest date.
    let next_reminder = validity.end.and_then(|end| {
        let mut dates = reminders.applicable(end.term_days).filter_map(|days| end.valid_through.checked_sub(days));
        dates.find(|day| i64::from(day.number()) > now.day())
    });
    Standing { state, kind: claims.kind(), validity, days_left, next_reminder, has_successor: false }
}

fn state_and_days_left(validity: &Validity, now: Moment, reminders: &ReminderDays) -> (State, Option<u32>) {
    if now < validity.opens() {
        return (State::NotYetValid, None);
    }
    let Some(end) = validity.end else {
        return (State::Active, None);
    };
    if now < end.closes() {
        let days_left = days_until(end.valid_through.number(), now);
        match reminders.applicable(end.term_days).next() {
            Some(largest) if days_left <= largest => (State::ExpiringSoon, Some(days_left)),
            _ => (State::Active, Some(days_left)),
        }
    } else if now < end.grace_closes() {
        (State::InGrace, Some(days_until(end.last_usable_number(), now)))
    } else {
        (State::Expired, None)
    }
}

/// The number of days from today, at UTC, to the last day. It stays 0 for 12 hours after the last day at UTC, since that
/// day ends later in other time zones, last at UTC−12.
#[expect(clippy::arithmetic_side_effects, reason = "numbers of days, in 64 bits")]
fn days_until(last: u32, now: Moment) -> u32 {
    u32::try_from(i64::from(last) - now.day()).unwrap_or(0)
}

/// The standing of a license at a time: whether it may be used, and for how long. It is never an error, since the end of a
/// license is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    state: State,
    kind: Kind,
    validity: Validity,
    days_left: Option<u32>,
    next_reminder: Option<Day>,
    has_successor: bool,
}

impl Standing {
    /// The state.
    pub const fn state(&self) -> State {
        self.state
    }

    /// The outcome of the state.
    pub const fn outcome(&self) -> Outcome {
        self.state.outcome()
    }

    /// The code of the [`outcome`](Standing::outcome), such as `in-grace`.
    pub const fn code(&self) -> &'static str {
        self.state.code()
    }

    /// Whether the license may be used: from when it opens until its grace closes.
    pub const fn is_usable(&self) -> bool {
        match self.state {
            State::Active | State::ExpiringSoon | State::InGrace => true,
            State::NotYetValid | State::Expired => false,
        }
    }

    /// The kind: standard, trial or stopgap.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The notice, in English, that a product shows with a trial or a stopgap. In another language, choose it by
    /// [`Standing::kind`].
    pub const fn notice(&self) -> Option<&'static str> {
        match self.kind {
            Kind::Standard => None,
            Kind::Trial => Some("This is a trial license."),
            Kind::Stopgap => Some("This is a stopgap license until the renewal arrives."),
        }
    }

    /// The first day, included.
    pub const fn valid_from(&self) -> Day {
        self.validity.valid_from
    }

    /// The last day, included; `None` is perpetual.
    pub fn valid_through(&self) -> Option<Day> {
        self.validity.end.map(|end| end.valid_through)
    }

    /// The days of grace after the last day, 0 to 90. They are those of the key, if it has any. Otherwise a standard license
    /// with a term has 14, but at most a quarter of the term, rounded down. Other licenses have none.
    pub fn grace_days(&self) -> u8 {
        self.validity.end.map_or(0, |end| end.grace_days)
    }

    /// The last day of grace; `None` without grace. It is a date and not a [`Day`], as it may be after the last day that a
    /// key can name.
    pub fn grace_through(&self) -> Option<NaiveDate> {
        self.validity.end.filter(|end| end.grace_days > 0).map(|end| end.last_usable_day())
    }

    /// The instant from which the license may be used: the first day begins at UTC+14.
    pub fn opens_at(&self) -> DateTime<Utc> {
        self.validity.opens().time()
    }

    /// The instant at which the term is over: the last day has ended at UTC−12. `None` is perpetual.
    pub fn closes_at(&self) -> Option<DateTime<Utc>> {
        self.validity.end.map(|end| end.closes().time())
    }

    /// The instant from which the license may no longer be used: the last day of grace has ended at UTC−12. Without grace it
    /// equals [`Standing::closes_at`]. `None` is perpetual.
    pub fn grace_closes_at(&self) -> Option<DateTime<Utc>> {
        self.validity.end.map(|end| end.grace_closes().time())
    }

    /// The days that are left of the term or, in grace, of the grace period: 0 on the last day. `None` if the license is
    /// perpetual or not usable.
    ///
    /// Days are counted from the UTC calendar day. The number stays 0 for 12 hours after the last day at UTC, since that
    /// day ends later in other time zones, last at UTC−12.
    pub const fn days_left(&self) -> Option<u32> {
        self.days_left
    }

    /// The day of the next reminder: the first one after the present UTC day. `None` if there is none, or the license is
    /// perpetual.
    ///
    /// A reminder of today is not the next one. Keep this date, and remind the user when it has come: the standing of that
    /// day has the date after it. So no user is reminded twice, and a reminder is not lost if the product does not run on its
    /// day.
    pub const fn next_reminder(&self) -> Option<Day> {
        self.next_reminder
    }

    /// Whether another license takes over without a gap, so that a warning of the end is not needed. Only
    /// [`combine`](crate::combine) finds a successor.
    pub const fn has_successor(&self) -> bool {
        self.has_successor
    }

    /// The same standing with a successor: the license does not expire soon, and there is no reminder.
    pub(crate) fn with_successor(self) -> Standing {
        let state = if self.state == State::ExpiringSoon { State::Active } else { self.state };
        Standing { state, next_reminder: None, has_successor: true, ..self }
    }
}

/// The standing in English, such as "active through 2026-12-31, 40 days left".
impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Standard => {}
            Kind::Trial | Kind::Stopgap => write!(f, "{} license, ", self.kind)?,
        }
        match (self.state, self.validity.end) {
            (State::NotYetValid, _) => write!(f, "not yet valid: begins on {}", self.valid_from())?,
            (_, None) => f.write_str("active, perpetual")?,
            (State::Active, Some(end)) => write!(f, "active through {}", end.valid_through)?,
            (State::ExpiringSoon, Some(end)) => write!(f, "expiring soon: valid through {}", end.valid_through)?,
            (State::InGrace, Some(end)) => {
                write!(f, "in grace: ended on {}, usable through {}", end.valid_through, end.last_usable_day())?;
            }
            (State::Expired, Some(end)) => {
                write!(f, "expired: was valid through {}", end.valid_through)?;
                if end.grace_days > 0 {
                    write!(f, ", in grace through {}", end.last_usable_day())?;
                }
            }
        }
        match self.days_left {
            None => {}
            Some(0) => f.write_str(", last day")?,
            Some(1) => f.write_str(", 1 day left")?,
            Some(days) => write!(f, ", {days} days left")?,
        }
        if self.has_successor { f.write_str(", with a successor") } else { Ok(()) }
    }
}

/// The state of a license, in the order of time.
///
/// The enum is exhaustive on purpose. A product decides with a `match` over the states: if there is ever a sixth state, the
/// compiler has to point at each `match`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Before the first day.
    NotYetValid,
    /// In force. Perpetual licenses stay active.
    Active,
    /// In force, from the first reminder on.
    ExpiringSoon,
    /// After the last day, still usable.
    InGrace,
    /// After the last day, and after the last day of grace.
    Expired,
}

impl State {
    /// The outcome of a license in this state.
    pub const fn outcome(self) -> Outcome {
        match self {
            State::NotYetValid => Outcome::NotYetValid,
            State::Active => Outcome::Active,
            State::ExpiringSoon => Outcome::ExpiringSoon,
            State::InGrace => Outcome::InGrace,
            State::Expired => Outcome::Expired,
        }
    }

    /// The code of the [`outcome`](State::outcome), such as `in-grace`.
    pub const fn code(self) -> &'static str {
        self.outcome().code()
    }
}
