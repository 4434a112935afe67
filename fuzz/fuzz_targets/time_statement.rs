//! Any JSON as a statement of the time that the vendor has signed, and its effect on a mark.
#![no_main]

use keyward_fuzz::{Dice, changed_json, read_again, signed_anyhow, trusted};
use keyward_verifier::ClockEvidence;
use keyward_verifier::files::{FileKind, PersistentState, StateId, TimePurpose, TimeStatement, Trust};
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

fuzz_target!(|bytes: &[u8]| {
    let keys = trusted();
    let file = signed_anyhow(FileKind::TimeStatement, bytes).expect("it is short");
    let opened = Trust::Keys(&keys).time_statement(file.as_bytes());
    let statement: Option<TimeStatement> = read_again(bytes);
    assert_eq!(opened.as_ref().ok().map(|opened| **opened), statement);
    let Ok(opened) = opened else { return };

    let this = StateId::from_bytes([1; 8]);
    let named = match opened.purpose {
        TimePurpose::Recovery { state } => Some(state),
        _ => None,
    };
    for id in [Some(this), named].into_iter().flatten() {
        let mut state = PersistentState::new(id, None);
        let now = ClockEvidence::new(opened.issued_at);
        let saved = |_: &PersistentState| Ok::<(), ()>(());
        assert!(state.recover(&opened, &now, |_| Err(())).is_err(), "not saved, not used");
        assert_eq!(state.recover(&opened, &now, saved).is_ok(), named == Some(id));
        assert!(named != Some(id) || state.recover(&opened, &now, saved).is_err(), "once");
        let kept = PersistentState::from_bytes(&state.to_bytes(), None, 0).expect("it was written");
        assert_eq!(kept, state);
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mut dice = Dice::new(seed);
    let changed = if dice.below(2) == 0 { changed_json(data, size, max_size, &mut dice) } else { None };
    changed.unwrap_or_else(|| fuzzer_mutate(data, size, max_size))
});
