//! Any bytes as the payload of a revocation list that the vendor has signed, and the state after it.
#![no_main]

use keyward_fuzz::{read_again, signed, signed_anyhow, trusted};
use keyward_verifier::LicenseDigest;
use keyward_verifier::files::{FileKind, Payload, PersistentState, RevocationList, StateId, Status, Trust};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some(list) = read_again::<RevocationList>(bytes) else { return };
    let keys = trusted();
    let file = signed_anyhow(FileKind::RevocationList, bytes).expect("it is short");
    let opened = Trust::Keys(&keys).revocation_list(file.as_bytes()).expect("the vendor has signed it");
    assert_eq!(*opened, list);
    assert_eq!(list.iter().count(), list.len());
    let written = list.to_bytes().expect("it was read");
    let of_a_later_version = |status: &u8| matches!(status, 8..=63 | 128..);
    assert!(
        written == bytes || statuses(bytes).iter().any(of_a_later_version),
        "only contents of a later version are written in another way"
    );

    let digests: Vec<LicenseDigest> = list.iter().map(|(digest, _)| digest).collect();
    let mut state = PersistentState::new(StateId::from_bytes([1; 8]), None);
    state.saw_list(&opened, digests.iter().copied()).expect("the first list");
    for (digest, status) in list.iter() {
        let first = list.status_of(&digest).expect("it is there");
        assert!(first <= status, "the first section counts");
        assert_eq!(state.status_of(&digest), Some((first, list.sequence)));
    }
    let kept = PersistentState::from_bytes(&state.to_bytes(), None, 0).expect("it was written");
    assert_eq!(kept, state);

    // The next list is empty: holds are lifted, and revocations stay.
    let Some(sequence) = list.sequence.checked_add(1) else { return };
    let empty = signed(&RevocationList::new(sequence, list.issued_at, list.next_update));
    state.saw_list(&Trust::Keys(&keys).revocation_list(empty.as_bytes()).expect("signed"), []).expect("newer");
    for digest in &digests {
        let is_revoked = matches!(list.status_of(digest), Some(Status::Revoked(_)));
        assert_eq!(state.status_of(digest).is_some(), is_revoked);
    }
    assert_eq!(state.saw_list(&opened, []).map_err(|error| error.code()), Err("rollback"));
});

/// The statuses of the sections of a list that can be read.
fn statuses(bytes: &[u8]) -> Vec<u8> {
    let (mut rest, mut statuses) = (&bytes[20..], Vec::new());
    while let [status, a, b, c, d, after @ ..] = rest {
        statuses.push(*status);
        rest = &after[u32::from_be_bytes([*a, *b, *c, *d]) as usize * 16..];
    }
    statuses
}
