//! The one table of transitions.

use super::{Action, State};

/// What an action does to the state of a license.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The state stays.
    Stays,
    /// The license is in this state afterwards.
    Becomes(State),
    /// The license becomes active if its product has no activation; otherwise its state stays.
    BecomesActiveWithoutActivation,
    /// The state from before the hold or the end comes back, or the license is expired if it ended during the hold.
    Returns,
    /// The license is gone.
    Removes,
}

/// What a state allows. No other code decides it.
///
/// Three rows need more than the state: an expired license is reissued with a later last day, a stopgap is for a license
/// that is ending or has ended and that has a customer, and only a license that never was active is deleted.
/// [`Action::allowed_in`] decides the last of them, the policy of orders the first two.
const fn row(state: State) -> &'static [(Action, Effect)] {
    use Action::{
        Activate, Assign, Delete, Deliver, Edit, Inactivate, Reactivate, Reassign, Reissue, Renew, Resume, Revoke,
        Stopgap, Suspend,
    };
    use Effect::{Becomes, BecomesActiveWithoutActivation, Removes, Returns, Stays};
    match state {
        // A key of the pool may be signed already. A change of its terms is then a reissue, as for any other key.
        State::Available => &[
            (Assign, Becomes(State::Assigned)),
            (Edit, Stays),
            (Reissue, Stays),
            (Revoke, Becomes(State::Revoked)),
            (Delete, Removes),
        ],
        // A stopgap too: a license that its customer has not activated may end before its renewal, like any other.
        State::Assigned => &[
            (Activate, Becomes(State::Active)),
            (Deliver, BecomesActiveWithoutActivation),
            (Reassign, Stays),
            (Edit, Stays),
            (Reissue, Stays),
            (Renew, Stays),
            (Stopgap, Stays),
            (Suspend, Becomes(State::Suspended)),
            (Inactivate, Becomes(State::Inactive)),
            (Revoke, Becomes(State::Revoked)),
            (Delete, Removes),
        ],
        // Activate: further machines. Deliver: sending the key again is daily work, and a license that became active on
        // its first delivery has no other way to the key. A license that is held or has ended is not delivered: its key
        // would be refused, and the mail would promise what the product denies. It is resumed or renewed first.
        State::Active => &[
            (Activate, Stays),
            (Deliver, Stays),
            (Edit, Stays),
            (Reissue, Stays),
            (Renew, Stays),
            (Stopgap, Stays),
            (Suspend, Becomes(State::Suspended)),
            (Inactivate, Becomes(State::Inactive)),
            (Revoke, Becomes(State::Revoked)),
        ],
        State::Suspended => {
            &[(Edit, Stays), (Reissue, Stays), (Renew, Stays), (Resume, Returns), (Revoke, Becomes(State::Revoked))]
        }
        State::Inactive => {
            &[(Edit, Stays), (Reissue, Stays), (Renew, Stays), (Reactivate, Returns), (Revoke, Becomes(State::Revoked))]
        }
        State::Expired => &[
            (Edit, Stays),
            (Reissue, Returns),
            (Renew, Returns),
            (Stopgap, Returns),
            (Revoke, Becomes(State::Revoked)),
            (Delete, Removes),
        ],
        State::Revoked => &[],
    }
}

impl Action {
    /// What the action does to a license in this state; `None` if the state does not allow it.
    pub fn effect_in(self, state: State) -> Option<Effect> {
        row(state).iter().find(|(action, _)| *action == self).map(|(_, effect)| *effect)
    }

    /// Whether a license in this state allows the action. `was_activated` says whether the license has ever been active; only
    /// [`Action::Delete`] depends on it.
    pub fn allowed_in(self, state: State, was_activated: bool) -> bool {
        self.effect_in(state).is_some() && !(self == Action::Delete && was_activated)
    }
}

impl State {
    /// The actions that a license in this state allows, in the order of [`Action::ALL`].
    pub fn actions(self, was_activated: bool) -> impl Iterator<Item = Action> {
        Action::ALL.iter().copied().filter(move |action| action.allowed_in(self, was_activated))
    }
}

/// Checks that a license in this state allows the action. `was_activated` says whether the license has ever been active.
///
/// # Errors
///
/// [`TransitionError`], with all actions that are allowed.
pub fn check(state: State, action: Action, was_activated: bool) -> Result<(), TransitionError> {
    if action.allowed_in(state, was_activated) {
        return Ok(());
    }
    Err(TransitionError { state, action, allowed: state.actions(was_activated).collect() })
}

/// The state of a license does not allow an action.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{action}` is not possible: the license {}. {}", self.reason(), self.remedy())]
pub struct TransitionError {
    /// The state of the license.
    pub state: State,
    /// The action that was refused.
    pub action: Action,
    /// The actions that are allowed.
    pub allowed: Vec<Action>,
}

impl TransitionError {
    /// The code of this error. It never changes.
    pub const fn code(&self) -> &'static str {
        "not-allowed-in-state"
    }

    fn reason(&self) -> String {
        // The state allows deletion, so the activation forbids it.
        if self.action == Action::Delete && self.action.effect_in(self.state).is_some() {
            return format!("is {} and has been active", self.state);
        }
        format!("is {}", self.state)
    }

    fn remedy(&self) -> String {
        if self.allowed.is_empty() {
            return "That is final: issue another license.".to_owned();
        }
        let allowed: Vec<String> = self.allowed.iter().map(|action| format!("`{action}`")).collect();
        format!("Possible: {}.", allowed.join(", "))
    }
}
