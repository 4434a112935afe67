use keyward_verifier::files::{PersistentState, StateError, TimePurpose, TimeStatement, Verified};

/// A verified statement of the time, and its use.
#[derive(Debug)]
pub struct StatementUse {
    pub statement: Verified<TimeStatement>,
    /// The result of a recovery; `None` for a plain statement.
    pub recovery: Option<Recovery>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovery {
    /// The mark in the state was set to the statement's time.
    Applied(Moved),
    /// There is no state to apply it to.
    NoState,
    Refused(StateError),
}

/// The direction in which a recovery moved the mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    Back,
    /// The mark was not ahead.
    Forward,
}

impl StatementUse {
    /// Applies a recovery to the state, if there is one.
    pub fn of(statement: Verified<TimeStatement>, state: Option<&mut PersistentState>) -> StatementUse {
        let recovery = match (statement.purpose, state) {
            (TimePurpose::Recovery { .. }, Some(state)) => {
                let is_ahead = state.mark().instant().is_some_and(|mark| mark > statement.issued_at);
                let moved = if is_ahead { Moved::Back } else { Moved::Forward };
                Some(state.recover(&statement).map_or_else(Recovery::Refused, |()| Recovery::Applied(moved)))
            }
            (TimePurpose::Recovery { .. }, None) => Some(Recovery::NoState),
            _ => None,
        };
        StatementUse { statement, recovery }
    }
}
