//! What is too long is refused before room is made for it. By itself, since what is counted is the whole program's.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use keyward_issuer::{SigningKey, TrustedKey};
use keyward_verifier::files::{Envelope, FileError, FileKind, Trust};

#[global_allocator]
static COUNTING: dhat::Alloc = dhat::Alloc;

#[test]
fn a_file_is_refused_before_room_is_made_for_it() {
    let trusted = [TrustedKey::from_bytes(&SigningKey::from_seed(&[1; 32]).verifying_key_bytes()).unwrap()];
    let most = FileKind::ALL.map(FileKind::max_bytes).into_iter().max().unwrap();
    let too_long = vec![b'['; most + 1];
    let nothing = br#"{"payloadType":"application/vnd.keyward.revocation-list.v1","payload":"","signatures":["#;
    let mut many_signatures = nothing.to_vec();
    while many_signatures.len() < 10 << 20 {
        many_signatures.extend_from_slice(br#"{"keyid":"","sig":""},"#);
    }

    let _profiler = dhat::Profiler::builder().testing().build();
    for kind in FileKind::ALL {
        let error = Envelope::parse(too_long.get(..kind.max_bytes() + 1).unwrap(), kind).unwrap_err();
        assert!(matches!(error, FileError::TooLarge { .. }));
    }
    let refused = dhat::HeapStats::get();
    assert_eq!((refused.total_blocks, refused.total_bytes), (0, 0), "nothing was allocated");

    // Long lists of signatures are not gathered before they are counted, nor is text read that is not JSON.
    for bytes in [&many_signatures[..], too_long.get(..most).unwrap()] {
        assert!(Trust::Keys(&trusted).revocation_list(bytes).is_err());
    }
    let refused = dhat::HeapStats::get();
    assert!(refused.max_bytes < 10_000, "{} bytes for what is refused", refused.max_bytes);
}
