//! Any bytes, read as the state of a product; and the same bytes with the right checksum.
#![no_main]

use keyward_core::Fingerprint;
use keyward_verifier::files::{PersistentState, StateError};
use libfuzzer_sys::fuzz_target;
use sha2::{Digest, Sha512};

fuzz_target!(|body: &[u8]| {
    read(body);
    let sum = Sha512::digest([b"keyward/v1/state\0", body].concat());
    read(&[body, &sum[..16]].concat());
});

/// A state that can be read is written with the same bytes, and is accepted only on its machine and with its number of
/// writes.
fn read(bytes: &[u8]) {
    let machine: Option<[u8; 16]> = bytes.get(24..40).and_then(|bytes| bytes.try_into().ok());
    let machine = machine.and_then(|bytes| Fingerprint::from_bytes(bytes).ok());
    // A fingerprint without components ties a state to no machine.
    let machine = machine.filter(|machine| machine.present() > 0);
    let state = match PersistentState::from_bytes(bytes, machine.as_ref(), 0) {
        Ok(state) => state,
        Err(StateError::Altered | StateError::NeedsNewer { .. }) => return,
        Err(error) => panic!("{error}"),
    };
    assert_eq!(state.to_bytes(), bytes);
    assert_eq!(state.machine(), machine.as_ref());
    let elsewhere = PersistentState::from_bytes(bytes, None, 0);
    assert_eq!(elsewhere.is_ok(), machine.is_none());
    let next = state.clone().next_write();
    let copy = PersistentState::from_bytes(bytes, machine.as_ref(), next.writes());
    assert_eq!(copy.is_err(), next.writes() > state.writes());
    assert_eq!(PersistentState::from_bytes(&next.to_bytes(), machine.as_ref(), next.writes()), Ok(next));
}
