//! Memory: a file that is too long is refused without allocation, and a license on record takes little. The tests are a program
//! of their own and run one at a time, since the allocations of the whole program are counted.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::fmt::Write;
use std::io::Cursor;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use common::{catalog, day, issuer, noon};
use keyward_issuer::SigningKey;
use keyward_issuer::batch::Batch;
use keyward_issuer::issuance::Issuance;
use keyward_issuer::order::OrderReader;
use keyward_issuer::policy::Policy;
use keyward_issuer::record::RecordFile;
use keyward_verifier::files::{Envelope, FileError, FileKind, Trust};

#[global_allocator]
static COUNTING: dhat::Alloc = dhat::Alloc;
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

#[test]
fn a_file_that_is_too_long_is_refused_without_allocation() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let trusted = [SigningKey::from_seed(&[1; 32]).verifying_key().clone()];
    let max = FileKind::ALL.map(FileKind::max_bytes).into_iter().max().unwrap();
    let too_long = vec![b'['; max + 1];
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

    // Signatures are counted before they are stored, and text that is not JSON is not stored.
    for bytes in [&many_signatures[..], too_long.get(..max).unwrap()] {
        assert!(Trust::Keys(&trusted).revocation_list(bytes).is_err());
    }
    let refused = dhat::HeapStats::get();
    assert!(refused.max_bytes < 10_000, "{} bytes for a refused file", refused.max_bytes);
}

#[test]
fn a_license_on_record_takes_at_most_250_bytes_of_memory() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("issued.jsonl");
    let many = 10_000;
    let mut orders = String::from("id,offer,customer,licensee\n");
    for number in 0..many {
        writeln!(orders, "PO-{number},pro-annual,customer {number},Customer {number} Ltd").unwrap();
    }
    let (catalog, issuer) = (catalog(), issuer());
    let policy = Policy::new(&catalog, day("2026-11-22"));
    let issuance = Issuance { policy, issuer: &issuer, trusted: &[], issued_by: "a test" };
    let batch = Batch { issuance, threads: NonZeroUsize::new(2).unwrap() };
    let orders = OrderReader::new(Cursor::new(orders.into_bytes()), None);
    batch.run(orders, &mut RecordFile::open(&path).unwrap(), noon, |_| Ok(())).unwrap();

    let _profiler = dhat::Profiler::builder().testing().build();
    let file = RecordFile::open(&path).unwrap();
    assert_eq!(file.len(), many);
    let bytes = dhat::HeapStats::get().curr_bytes / many;
    println!("{bytes} bytes for each of {many} licenses");
    assert!((80..=250).contains(&bytes), "{bytes}");
}
