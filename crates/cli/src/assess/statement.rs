use keyward_verifier::ClockEvidence;
use keyward_verifier::files::{PersistentState, RecoverError, StateError, TimePurpose, TimeStatement, Verified};

use crate::assess::state_store::StateStore;

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
    /// The state can't be written, so the recovery was not applied.
    NotSaved,
}

/// The direction in which a recovery moved the mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    Back,
    /// The mark was not ahead.
    Forward,
}

impl StatementUse {
    /// Applies a recovery to the state, if there is one, and saves that. `next` is the state with the files of this run.
    pub fn of(
        statement: Verified<TimeStatement>,
        state: Option<(&mut StateStore, &mut PersistentState)>,
        evidence: &ClockEvidence,
    ) -> StatementUse {
        let recovery = match (statement.purpose, state) {
            (TimePurpose::Recovery { .. }, Some((store, next))) => {
                let is_ahead = next.mark().instant().is_some_and(|mark| mark > statement.issued_at);
                let moved = if is_ahead { Moved::Back } else { Moved::Forward };
                let applied = next.recover(&statement, evidence, |state| store.try_save(state.clone()));
                Some(match applied {
                    Ok(()) => Recovery::Applied(moved),
                    Err(RecoverError::Refused(error)) => Recovery::Refused(error),
                    Err(_) => Recovery::NotSaved,
                })
            }
            (TimePurpose::Recovery { .. }, None) => Some(Recovery::NoState),
            _ => None,
        };
        StatementUse { statement, recovery }
    }
}
