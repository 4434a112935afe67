//! The table of transitions as tables and as a diagram, for the documentation and for help pages.

use std::fmt::Write as _;

use super::{Action, BaseState, Effect, State};

/// A table in Markdown: each state with its meaning, its actions, and their effects.
pub fn states_table() -> String {
    let mut table = "| state | meaning | actions |\n|---|---|---|\n".to_owned();
    for state in State::ALL {
        let actions: Vec<String> = state.actions(false).map(|action| action_with_effect(action, *state)).collect();
        let actions = if actions.is_empty() { "none: it is final".to_owned() } else { actions.join(", ") };
        let _ = writeln!(table, "| `{state}` | {} | {actions} |", meaning(*state));
    }
    table
}

/// A table in Markdown: each action, with the states that allow it.
pub fn actions_table() -> String {
    let mut table = "| action | effect | possible if the license is |\n|---|---|---|\n".to_owned();
    for action in Action::ALL {
        let states: Vec<String> = states_that_allow(*action).map(|state| format!("`{state}`")).collect();
        let _ = writeln!(table, "| `{action}` | {} | {} |", purpose(*action), states.join(", "));
    }
    table
}

/// A state diagram in the language of Mermaid. It shows the actions that change the state.
///
/// A revocation is possible from every other state, and drawn once: from a frame around all of them.
pub fn diagram() -> String {
    let mut inside = String::new();
    let mut outside = String::new();
    for state in State::ALL {
        for (target, labels) in arrows_from(*state) {
            let labels = labels.join(", ");
            let _ = match target {
                Target::State(target) => writeln!(inside, "        {state} --> {target}: {labels}"),
                Target::Gone => writeln!(outside, "    {state} --> [*]: {labels}"),
            };
        }
    }
    for action in Action::ALL {
        if let Some(target) = leads_from_everywhere(*action) {
            let _ = writeln!(outside, "    other --> {target}: {action}");
        }
    }
    format!(
        "stateDiagram-v2
    direction LR
    [*] --> available: create
    [*] --> assigned: create for a customer
    state \"not revoked\" as other {{
        direction LR
{inside}    }}
{outside}"
    )
}

#[derive(PartialEq)]
enum Target {
    State(State),
    Gone,
}

/// The targets of all arrows from a state, each with its labels.
fn arrows_from(state: State) -> Vec<(Target, Vec<&'static str>)> {
    let mut arrows: Vec<(Target, Vec<&str>)> = Vec::new();
    let mut draw = |target: Target, label| match arrows.iter_mut().find(|(known, _)| *known == target) {
        Some((_, labels)) => labels.push(label),
        None => arrows.push((target, vec![label])),
    };
    for action in state.actions(false).filter(|action| leads_from_everywhere(*action).is_none()) {
        let label = action.code();
        match action.effect_in(state) {
            None | Some(Effect::Stays) => {}
            Some(Effect::Becomes(target)) => draw(Target::State(target), label),
            Some(Effect::BecomesActiveWithoutActivation) => draw(Target::State(State::Active), label),
            Some(Effect::Returns) => {
                states_before(state, action).for_each(|target| draw(Target::State(target), label));
            }
            Some(Effect::Removes) => draw(Target::Gone, label),
        }
    }
    if ends(state) {
        draw(Target::State(State::Expired), "ends");
    }
    arrows
}

/// The state to which the action leads from all other states; `None` if it does not.
fn leads_from_everywhere(action: Action) -> Option<State> {
    let leads_to = |target: &State| {
        State::ALL.iter().all(|state| state == target || action.effect_in(*state) == Some(Effect::Becomes(*target)))
    };
    State::ALL.iter().copied().find(leads_to)
}

/// The states to which a license returns from `state` by the action.
fn states_before(state: State, action: Action) -> impl Iterator<Item = State> {
    let comes_from = move |before: &State| match state {
        // A license of the pool has no stopgap, also after its end.
        State::Expired => ends(*before) && (action != Action::Stopgap || *before != State::Available),
        held => Action::ALL.iter().any(|action| action.effect_in(*before) == Some(Effect::Becomes(held))),
    };
    State::ALL.iter().copied().filter(comes_from)
}

/// Whether a license in this state becomes expired by the passing of time alone.
fn ends(state: State) -> bool {
    let leads_to_expired =
        |base: &BaseState| State::of(*base, None, false) == state && State::of(*base, None, true) == State::Expired;
    BaseState::ALL.iter().any(leads_to_expired)
}

fn states_that_allow(action: Action) -> impl Iterator<Item = State> {
    State::ALL.iter().copied().filter(move |state| action.effect_in(*state).is_some())
}

/// The action, with its effect if it changes the state.
fn action_with_effect(action: Action, state: State) -> String {
    match action.effect_in(state) {
        Some(Effect::Becomes(target)) if target != state => format!("`{action}` → `{target}`"),
        Some(Effect::BecomesActiveWithoutActivation) => {
            format!("`{action}` → `active` if the product has no activation")
        }
        Some(Effect::Returns) => format!("`{action}` → the state before"),
        Some(Effect::Removes) => format!("`{action}` if it never was active"),
        _ => format!("`{action}`"),
    }
}

const fn meaning(state: State) -> &'static str {
    match state {
        State::Available => "not sold yet, in the pool",
        State::Assigned => "has a customer, not in use yet",
        State::Active => "in use",
        State::Suspended => "stopped by a rule, for a payment or by hand",
        State::Inactive => "paused by hand",
        State::Expired => "its term and its grace period have passed",
        State::Revoked => "ended for ever, for a reason",
    }
}

const fn purpose(action: Action) -> &'static str {
    match action {
        Action::Assign => "gives it to a customer, from the pool",
        Action::Activate => "gives a machine one of its slots",
        Action::Deliver => "sends or shows the key to the customer, the first time or again",
        Action::Reassign => "gives it to another customer",
        Action::Edit => "changes notes, metadata, ticket, activation limit or lease: what the key does not say",
        Action::Reissue => {
            "signs a new key with changes in place of the present one; an expired license gets a later last day"
        }
        Action::Renew => "adds the next term",
        Action::Stopgap => {
            "adds a key of at most 30 days until the renewal comes, if the license is ending or has ended"
        }
        Action::Suspend => "stops it, for the cause `abuse`, `payment` or `manual`",
        Action::Resume => "ends the suspension",
        Action::Inactivate => "pauses it by hand",
        Action::Reactivate => "ends the pause",
        Action::Revoke => "ends it for ever, with all its keys",
        Action::Delete => "removes it with its activations, if it never was active",
    }
}
