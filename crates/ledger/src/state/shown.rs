//! The state that people and programs are shown.

use super::code::codes;
use super::stored::{BaseState, Hold};

/// The state of a license, as it is shown. States sort by a license's life: available first, revoked last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Not sold yet: in the pool, without a customer.
    Available,
    /// It has a customer, and is not in use yet.
    Assigned,
    /// In use.
    Active,
    /// Stopped by a rule, for a payment or by hand.
    Suspended,
    /// Paused by hand.
    Inactive,
    /// Its term and its grace period have passed. This state is never stored.
    Expired,
    /// Final.
    Revoked,
}

codes! { State, "state":
    (State::Available) => "available";
    (State::Assigned) => "assigned";
    (State::Active) => "active";
    (State::Suspended) => "suspended";
    (State::Inactive) => "inactive";
    (State::Expired) => "expired";
    (State::Revoked) => "revoked";
}

impl State {
    /// The state of a license with this base state and hold. `has_ended` says whether its term and grace period have
    /// passed, and no renewal or stopgap of it runs.
    ///
    /// Revoked counts before a hold, a hold before the end, and the end before the base state.
    pub const fn of(base: BaseState, hold: Option<Hold>, has_ended: bool) -> State {
        match (base, hold, has_ended) {
            (BaseState::Revoked, _, _) => State::Revoked,
            (_, Some(Hold::Suspended(_)), _) => State::Suspended,
            (_, Some(Hold::Inactive), _) => State::Inactive,
            (_, None, true) => State::Expired,
            (BaseState::Available, None, false) => State::Available,
            (BaseState::Assigned, None, false) => State::Assigned,
            (BaseState::Active, None, false) => State::Active,
        }
    }
}
