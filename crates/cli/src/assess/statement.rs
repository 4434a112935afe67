use keyward_verifier::files::{PersistentState, StateError, TimePurpose, TimeStatement, Verified};

/// A statement of the time that has verified, and what it was good for.
#[derive(Debug)]
pub struct StatementUse {
    pub statement: Verified<TimeStatement>,
    /// What became of a recovery; `None` of a statement that is none.
    pub recovery: Option<Recovery>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovery {
    /// The state's mark is where the statement says.
    Applied(Moved),
    /// There is no state that it could be applied to.
    NoState,
    Refused(StateError),
}

/// Where a mark went in a recovery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    Back,
    /// It was not ahead.
    Forward,
}

impl StatementUse {
    /// Applies a recovery to the state, if there is one that may be changed.
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
