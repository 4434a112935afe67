//! The states of a license, and the actions that each allows.
//!
//! Stored are a [`BaseState`] and perhaps a [`Hold`]; a reader is shown a [`State`], which [`State::of`] derives from them and
//! from the day. One table has every [`Action`] that a state allows: [`check`] refuses all others and says what is allowed.
//! `docs/ledger-states.md` shows the table, and the diagram that is drawn from it.
//!
//! ```
//! use keyward_ledger::state::{Action, BaseState, Hold, State, SuspendCause, check};
//!
//! let state = State::of(BaseState::Active, Some(Hold::Suspended(SuspendCause::Payment)), false);
//! assert_eq!(state.code(), "suspended");
//! assert!(check(state, Action::Resume, true).is_ok());
//!
//! let refused = check(state, Action::Activate, true).unwrap_err();
//! assert_eq!(
//!     refused.to_string(),
//!     "`activate` is not possible: the license is suspended. Possible: `edit`, `reissue`, `renew`, `resume`, `revoke`."
//! );
//! ```

// Each module may use those to its left:
//     code ← stored ← shown ← action ← transitions ← drawing
mod action;
mod code;
mod drawing;
mod shown;
mod stored;
mod transitions;

pub use action::Action;
pub use code::UnknownStateCode;
pub use drawing::{actions_table, diagram, states_table};
pub use shown::State;
pub use stored::{BaseState, Hold, SuspendCause};
pub use transitions::{Effect, TransitionError, check};
