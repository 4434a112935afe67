//! The states of a license and the actions that each allows, against a table that is written here once more.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use keyward_ledger::state::{
    Action, BaseState, Effect, Hold, State, SuspendCause, TransitionError, actions_table, check, diagram, states_table,
};

/// Rows are actions. A column is a state, in the order of a license's life: available, assigned, active, suspended, inactive,
/// expired, revoked. `+` is allowed, `u` is allowed unless the license ever was active.
const ALLOWED: [(&str, &str); 14] = [
    //             v a A s i e r
    ("assign    ", "+ . . . . . ."),
    ("activate  ", ". + + . . . ."),
    ("deliver   ", ". + + . . . ."),
    ("reassign  ", ". + . . . . ."),
    ("edit      ", "+ + + + + + ."),
    ("reissue   ", "+ + + + + + ."),
    ("renew     ", ". + + + + + ."),
    ("stopgap   ", ". + + . . + ."),
    ("suspend   ", ". + + . . . ."),
    ("resume    ", ". . . + . . ."),
    ("inactivate", ". + + . . . ."),
    ("reactivate", ". . . . + . ."),
    ("revoke    ", "+ + + + + + ."),
    ("delete    ", "u u . . . u ."),
];

const STATES: [State; 7] = [
    State::Available,
    State::Assigned,
    State::Active,
    State::Suspended,
    State::Inactive,
    State::Expired,
    State::Revoked,
];

fn refused(state: State, action: Action, was_activated: bool) -> TransitionError {
    check(state, action, was_activated).unwrap_err()
}

/// The codes of the actions that a state allows.
fn allowed(state: State, was_activated: bool) -> Vec<&'static str> {
    state.actions(was_activated).map(Action::code).collect()
}

#[test]
fn every_pair_of_state_and_action_is_decided_as_the_table_says() {
    let mut pairs = 0;
    for (index, (action, row)) in ALLOWED.iter().enumerate() {
        let action: Action = action.trim().parse().unwrap();
        assert_eq!(Action::ALL.get(index), Some(&action), "the table has the order of the actions");
        let cells: Vec<&str> = row.split(' ').collect();
        assert_eq!(cells.len(), STATES.len());
        for (state, cell) in STATES.into_iter().zip(cells) {
            for was_activated in [false, true] {
                let expected = match cell {
                    "+" => true,
                    "u" => !was_activated,
                    "." => false,
                    other => panic!("{other}"),
                };
                let context = format!("{action} while {state}, activated: {was_activated}");
                assert_eq!(action.allowed_in(state, was_activated), expected, "{context}");
                assert_eq!(check(state, action, was_activated).is_ok(), expected, "{context}");
                assert_eq!(state.actions(was_activated).any(|other| other == action), expected, "{context}");
                pairs += 1;
            }
        }
    }
    assert_eq!((pairs, Action::ALL.len(), State::ALL), (7 * 14 * 2, 14, &STATES[..]));
}

#[test]
fn l23_an_available_license_is_not_activated_and_comes_to_a_customer_by_assigning_it() {
    let state = State::of(BaseState::Available, None, false);
    assert_eq!(state, State::Available);
    assert_eq!(allowed(state, false), ["assign", "edit", "reissue", "revoke", "delete"]);
    let leads_on: Vec<Action> = Action::ALL
        .iter()
        .copied()
        .filter(|action| action.effect_in(state) == Some(Effect::Becomes(State::Assigned)))
        .collect();
    assert_eq!(leads_on, [Action::Assign]);
    // No key of the pool leaves before it has a customer.
    assert!(!Action::Deliver.allowed_in(state, false));
}

#[test]
fn l24_an_assigned_license_can_be_activated_and_then_it_is_active() {
    let state = State::of(BaseState::Assigned, None, false);
    assert_eq!(Action::Activate.effect_in(state), Some(Effect::Becomes(State::Active)));
    assert_eq!(Action::Deliver.effect_in(state), Some(Effect::BecomesActiveWithoutActivation));
    for more in ["suspend", "inactivate", "revoke", "reassign", "delete"] {
        assert!(allowed(state, false).contains(&more), "{more}");
    }
}

#[test]
fn l25_an_active_license_takes_more_machines_and_can_be_held_or_revoked() {
    let state = State::of(BaseState::Active, None, false);
    assert_eq!(Action::Activate.effect_in(state), Some(Effect::Stays));
    assert_eq!(Action::Suspend.effect_in(state), Some(Effect::Becomes(State::Suspended)));
    assert_eq!(Action::Revoke.effect_in(state), Some(Effect::Becomes(State::Revoked)));
    assert_eq!(State::of(BaseState::Active, None, true), State::Expired);
    // No action leads back to a state before the first activation.
    let back = [Some(Effect::Becomes(State::Available)), Some(Effect::Becomes(State::Assigned))];
    assert!(Action::ALL.iter().all(|action| !back.contains(&action.effect_in(state))));
}

#[test]
fn l26_a_suspended_license_refuses_every_activation_and_returns_to_the_state_before() {
    for cause in SuspendCause::ALL {
        for (base, before) in [(BaseState::Assigned, State::Assigned), (BaseState::Active, State::Active)] {
            let state = State::of(base, Some(Hold::Suspended(*cause)), false);
            assert_eq!(state, State::Suspended);
            assert!(!Action::Activate.allowed_in(state, true));
            assert_eq!(Action::Resume.effect_in(state), Some(Effect::Returns));
            assert_eq!(State::of(base, None, false), before);
        }
    }
    assert_eq!(allowed(State::Suspended, true), ["edit", "reissue", "renew", "resume", "revoke"]);
}

#[test]
fn l27_an_expired_license_refuses_activation_and_can_be_renewed_reissued_bridged_or_revoked() {
    for base in [BaseState::Available, BaseState::Assigned, BaseState::Active] {
        assert_eq!(State::of(base, None, true), State::Expired);
    }
    assert_eq!(allowed(State::Expired, true), ["edit", "reissue", "renew", "stopgap", "revoke"]);
    assert!("expired".parse::<BaseState>().is_err(), "never stored");
}

#[test]
fn l28_nothing_undoes_a_revocation() {
    for hold in [None, Some(Hold::Inactive), Some(Hold::Suspended(SuspendCause::Abuse))] {
        for has_ended in [false, true] {
            assert_eq!(State::of(BaseState::Revoked, hold, has_ended), State::Revoked);
        }
    }
    for action in Action::ALL {
        let error = refused(State::Revoked, *action, false);
        assert_eq!(error.allowed, []);
        assert_eq!(
            error.to_string(),
            format!("`{action}` is not possible: the license is revoked. That is final: issue another license.")
        );
    }
}

#[test]
fn l29_a_suspension_has_one_of_three_causes_and_a_pause_by_hand_has_none() {
    let codes: Vec<&str> = SuspendCause::ALL.iter().map(|cause| cause.code()).collect();
    assert_eq!(codes, ["abuse", "payment", "manual"]);
    let causes: Vec<Option<&str>> = Hold::ALL.iter().map(|hold| hold.cause().map(SuspendCause::code)).collect();
    assert_eq!(causes, [Some("abuse"), Some("payment"), Some("manual"), None]);
}

#[test]
fn l30_no_state_is_skipped_and_there_is_no_way_back_but_out_of_a_hold_or_after_the_end() {
    for state in STATES {
        for action in Action::ALL {
            match action.effect_in(state) {
                Some(Effect::Becomes(target)) => assert!(target > state, "{action} leads from {state} to {target}"),
                Some(Effect::Returns) => {
                    assert!([State::Suspended, State::Inactive, State::Expired].contains(&state), "{action}, {state}");
                }
                Some(Effect::BecomesActiveWithoutActivation) => assert_eq!(state, State::Assigned),
                Some(Effect::Removes) => assert_eq!(*action, Action::Delete),
                Some(Effect::Stays) | None => {}
            }
        }
    }
}

#[test]
fn l30_a_refused_action_names_the_allowed_ones() {
    let error = refused(State::Suspended, Action::Activate, true);
    assert_eq!(error.code(), "not-allowed-in-state");
    assert_eq!((error.state, error.action), (State::Suspended, Action::Activate));
    assert_eq!(
        error.to_string(),
        "`activate` is not possible: the license is suspended. Possible: `edit`, `reissue`, `renew`, `resume`, `revoke`."
    );
}

#[test]
fn l30_edit_reissue_and_revoke_are_possible_in_every_state_but_revoked() {
    for action in [Action::Edit, Action::Reissue, Action::Revoke] {
        for state in STATES {
            assert_eq!(action.allowed_in(state, true), state != State::Revoked, "{action} while {state}");
        }
    }
}

#[test]
fn l46_states_sort_by_the_life_of_a_license() {
    let mut shuffled = [
        State::Revoked,
        State::Active,
        State::Expired,
        State::Available,
        State::Inactive,
        State::Assigned,
        State::Suspended,
    ];
    shuffled.sort();
    assert_eq!(shuffled, STATES);
}

#[test]
fn l70_a_license_is_paused_by_hand_before_and_after_its_first_activation() {
    for state in STATES {
        let can_be = Action::Inactivate.effect_in(state) == Some(Effect::Becomes(State::Inactive));
        assert_eq!(can_be, matches!(state, State::Assigned | State::Active), "{state}");
    }
    assert_eq!(State::of(BaseState::Active, Some(Hold::Inactive), false), State::Inactive);
    assert!(!Action::Activate.allowed_in(State::Inactive, true));
}

#[test]
fn l73_a_pause_ends_by_reactivating_and_not_by_resuming() {
    for state in STATES {
        assert_eq!(Action::Reactivate.allowed_in(state, true), state == State::Inactive);
        assert_eq!(Action::Resume.allowed_in(state, true), state == State::Suspended);
    }
}

#[test]
fn l74_a_license_that_ended_during_its_pause_is_expired_after_it() {
    assert_eq!(State::of(BaseState::Active, Some(Hold::Inactive), true), State::Inactive);
    assert_eq!(Action::Reactivate.effect_in(State::Inactive), Some(Effect::Returns));
    assert_eq!(State::of(BaseState::Active, None, true), State::Expired);
}

#[test]
fn l78_a_license_is_revoked_from_every_other_state() {
    for state in STATES {
        let revokes = Action::Revoke.effect_in(state) == Some(Effect::Becomes(State::Revoked));
        assert_eq!(revokes, state != State::Revoked, "{state}");
    }
}

#[test]
fn l85_a_license_that_ever_was_active_is_revoked_instead_of_deleted() {
    for state in STATES {
        assert!(!Action::Delete.allowed_in(state, true), "{state}");
        let differs: Vec<&Action> = Action::ALL
            .iter()
            .filter(|action| action.allowed_in(state, false) != action.allowed_in(state, true))
            .collect();
        assert!(differs.iter().all(|action| **action == Action::Delete), "{state}: {differs:?}");
    }
    let error = refused(State::Expired, Action::Delete, true);
    assert!(error.allowed.contains(&Action::Revoke));
    assert_eq!(
        error.to_string(),
        "`delete` is not possible: the license is expired and has been active. Possible: `edit`, `reissue`, `renew`, \
         `stopgap`, `revoke`."
    );
}

#[test]
fn a_held_license_gets_no_stopgap() {
    assert!(!Action::Stopgap.allowed_in(State::Suspended, false));
    assert!(!Action::Stopgap.allowed_in(State::Inactive, false));
}

#[test]
fn codes_are_read_as_they_are_written() {
    assert!(BaseState::ALL.iter().all(|value| value.code().parse() == Ok(*value)));
    assert!(Hold::ALL.iter().all(|value| value.code().parse() == Ok(*value)));
    assert!(SuspendCause::ALL.iter().all(|value| value.code().parse() == Ok(*value)));
    assert!(State::ALL.iter().all(|value| value.code().parse() == Ok(*value)));
    assert!(Action::ALL.iter().all(|value| value.code().parse() == Ok(*value)));
    for strange in ["", "Active", " active", "active ", "aktiv"] {
        assert!(strange.parse::<State>().is_err(), "{strange:?}");
    }
    assert_eq!(
        "paused".parse::<Hold>().unwrap_err().to_string(),
        "not a hold: use one of `suspended-abuse`, `suspended-payment`, `suspended-manual`, `inactive`"
    );
    let error = "unassign".parse::<Action>().unwrap_err().to_string();
    assert!(error.starts_with("not an action: use one of `assign`, `activate`, "), "{error}");
}

/// The guide to the states: both tables and the diagram in it are made from the table of transitions. `KEYWARD_EXPECTED=overwrite`
/// writes them anew. Read the difference before you commit it.
#[test]
fn l31_the_guide_shows_the_table_of_transitions() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/ledger-states.md");
    let committed = std::fs::read_to_string(path).unwrap();
    let mut guide = committed.clone();
    for (name, made) in [
        ("diagram", format!("```mermaid\n{}```\n", diagram())),
        ("states", states_table()),
        ("actions", actions_table()),
    ] {
        let begin = format!("<!-- {name}: made from the code -->\n");
        let (before, rest) = guide.split_once(&begin).unwrap_or_else(|| panic!("the guide has no place for {name}"));
        let (_, after) = rest.split_once("<!-- end -->\n").unwrap_or_else(|| panic!("{name} has no end"));
        guide = format!("{before}{begin}{made}<!-- end -->\n{after}");
    }
    if std::env::var_os("KEYWARD_EXPECTED").is_some_and(|expected| expected == "overwrite") {
        std::fs::write(path, guide).unwrap();
        return;
    }
    assert!(committed == guide, "docs/ledger-states.md is out of date: KEYWARD_EXPECTED=overwrite writes it");
}

#[test]
fn l31_the_diagram_has_an_arrow_for_every_change_of_state_and_no_other() {
    let diagram = diagram();
    for arrow in [
        "available --> assigned: assign",
        "assigned --> active: activate, deliver",
        "assigned --> [*]: delete",
        "assigned --> expired: ends",
        "active --> suspended: suspend",
        "suspended --> assigned: resume",
        "suspended --> active: resume",
        "inactive --> active: reactivate",
        "expired --> available: reissue, renew",
        "expired --> active: reissue, renew, stopgap",
        "other --> revoked: revoke",
    ] {
        assert!(diagram.lines().any(|line| line.trim() == arrow), "{arrow}\n{diagram}");
    }
    for none in [
        "active --> assigned",
        "active --> [*]",
        "active --> revoked",
        "suspended --> available",
        "suspended --> expired",
        "revoked -->",
    ] {
        assert!(!diagram.lines().any(|line| line.trim().starts_with(none)), "{none}\n{diagram}");
    }
    let arrows = diagram.lines().filter(|line| line.contains("-->")).count();
    assert_eq!(arrows, 2 + 16 + 1 + 3, "created, changed, revoked, deleted\n{diagram}");
}
