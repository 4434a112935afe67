//! The disk of a SQLite file is full, or can't be written.
//!
//! Each story is told by a process of its own, which may mount a disk that nobody else sees, or has less rights than root.

use std::fs;
use std::path::Path;

use keyward_issuer::Environment;
use keyward_ledger::{DatabaseFault, Ledger, LedgerError, OldCopies};
use keyward_testing::another_process::{in_folder, on_disk, tell};

use crate::common::{Shop, TODAY, at};
use crate::work::{Noted, Notes, buy, generator, open, verifies, work};

fn url(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("ledger.db").display())
}

/// It says what is wrong and what to do, and nothing of a customer.
fn is_clear(error: &LedgerError) {
    let (text, debug) = (error.to_string(), format!("{error:?}"));
    assert!(["room", "space", "permissions", "look"].iter().any(|remedy| text.contains(remedy)), "{text}");
    for personal in ["customer-", "example", "insert", "desk"] {
        assert!(!text.contains(personal) && !debug.contains(personal), "{debug}");
    }
}

fn is_full(error: &LedgerError) -> bool {
    is_clear(error);
    matches!(
        error,
        LedgerError::Database(DatabaseFault::Full | DatabaseFault::File { .. }) | LedgerError::Unconfirmed(_)
    )
}

/// Works until the disk is full.
async fn fill(shop: &Shop, notes: &mut Notes, name: &str) {
    let generator = generator(shop).await;
    let Ok(generator) = generator else { return assert!(is_full(&generator.unwrap_err())) };
    for number in 0.. {
        if let Err(error) = work(shop, notes, generator.id, &format!("{name}-{number}")).await {
            println!("{name}: {error:?}");
            return assert!(is_full(&error), "{error:?}");
        }
    }
}

#[test]
fn a_full_disk_loses_nothing_and_work_goes_on_when_there_is_room() {
    let is_told = tell(async |folder| {
        let ballast = folder.join("ballast");
        fs::write(&ballast, vec![0; 6 << 20]).unwrap();
        let notes_are_elsewhere = tempfile::tempdir().unwrap();
        let path = notes_are_elsewhere.path().join("notes");
        let mut notes = Notes::continued(&path);
        let shop = open(&url(&folder)).await;
        for room in [5_u64, 4, 3, 2] {
            fill(&shop, &mut notes, &format!("full-{room}")).await;
            // A smaller change may find room. Then the disk stays full, and what is on record can be read.
            let mut failures = 0;
            for number in 0..100 {
                let bought = buy(&shop, &format!("full-{room}-again-{number}")).await;
                failures += usize::from(bought.as_ref().is_err_and(is_full));
                assert!(failures > 0 || bought.is_ok(), "{bought:?}");
                if failures == 5 {
                    break;
                }
            }
            assert_eq!(failures, 5);
            let known = shop.ledger.find_or_create_customer(&known(), &at(TODAY)).await.unwrap().into_customer();
            assert_eq!(known.email, known_email());
            // The same process works on.
            fs::write(&ballast, vec![0; usize::try_from(room).unwrap() << 20]).unwrap();
            buy(&shop, &format!("room-{room}")).await.unwrap();
        }
        fs::remove_file(&ballast).unwrap();
        let noted = Noted::read(&path);
        println!("{} acknowledged results", noted.len());
        noted.check(&shop).await;
        verifies(&shop).await;
        // Another process, too.
        shop.ledger.close().await;
        drop(shop);
        let shop = open(&url(&folder)).await;
        noted.check(&shop).await;
        verifies(&shop).await;
    });
    if !is_told {
        on_disk("disks::a_full_disk_loses_nothing_and_work_goes_on_when_there_is_room", "12m");
    }
}

/// One of the customers of the orders.
fn known() -> keyward_ledger::CustomerDetails {
    keyward_ledger::CustomerDetails::of_email("it@customer-1.example".parse().unwrap())
}

fn known_email() -> Option<String> {
    Some("it@customer-1.example".to_owned())
}

#[test]
fn an_erasure_that_was_made_is_reported_although_the_disk_is_too_full_to_write_the_file_anew() {
    let is_told = tell(async |folder| {
        let shop = open(&url(&folder)).await;
        let customer = shop.customer("it@gone.example").await;
        let generator = generator(&shop).await.unwrap();
        for _ in 0..40 {
            shop.ledger.generate(shop.vendor.issuing(), generator.id, 25, &at(TODAY)).await.unwrap();
        }
        // Room for the erasure, and not for a second copy of the file.
        let ballast = folder.join("ballast");
        let free = rustix::fs::statvfs(&folder).unwrap();
        let room = usize::try_from(free.f_bavail * free.f_frsize).unwrap();
        fs::write(&ballast, vec![0; room - (512 << 10)]).unwrap();
        let erased = shop.ledger.erase_customer(customer, None, &at(TODAY)).await.unwrap();
        assert_eq!((erased.customers, erased.old_copies), (vec![customer], OldCopies::Left));
        let failed = shop.ledger.remove_old_copies().await;
        assert!(failed.as_ref().is_err_and(is_full), "{failed:?}");

        fs::remove_file(&ballast).unwrap();
        assert_eq!(shop.ledger.remove_old_copies().await.unwrap(), OldCopies::Gone);
        for file in fs::read_dir(&folder).unwrap() {
            let bytes = fs::read(file.unwrap().path()).unwrap();
            assert!(!bytes.windows(12).any(|part| part == b"gone.example"));
        }
        verifies(&shop).await;
    });
    if !is_told {
        on_disk(
            "disks::an_erasure_that_was_made_is_reported_although_the_disk_is_too_full_to_write_the_file_anew",
            "24m",
        );
    }
}

#[test]
fn no_ledger_is_made_on_a_full_disk_and_one_is_made_when_there_is_room() {
    let is_told = tell(async |folder| {
        let ballast = folder.join("ballast");
        // The tables need more.
        fs::write(&ballast, vec![0; (1 << 20) - (100 << 10)]).unwrap();
        for _ in 0..2 {
            let failed = Ledger::open(&url(&folder), Environment::Production, &at(TODAY)).await;
            assert!(failed.as_ref().is_err_and(is_full), "{failed:?}");
            let found = Ledger::open_existing(&url(&folder), Environment::Production).await;
            assert!(matches!(found, Err(LedgerError::NoLedger)), "{found:?}");
        }
        fs::remove_file(&ballast).unwrap();
        let shop = open(&url(&folder)).await;
        buy(&shop, "first").await.unwrap();
        verifies(&shop).await;
    });
    if !is_told {
        on_disk("disks::no_ledger_is_made_on_a_full_disk_and_one_is_made_when_there_is_room", "1m");
    }
}

#[test]
fn a_disk_that_becomes_read_only_loses_nothing() {
    let is_told = tell(async |folder| {
        let remount = |how: &str| {
            let mount =
                std::process::Command::new("mount").args(["-o", &format!("remount,{how}")]).arg(&folder).status();
            assert!(mount.unwrap().success());
        };
        let elsewhere = tempfile::tempdir().unwrap();
        let path = elsewhere.path().join("notes");
        let mut notes = Notes::continued(&path);
        // A disk with files that are open for writing can't be made read-only.
        let shop = open(&url(&folder)).await;
        let made = generator(&shop).await.unwrap();
        work(&shop, &mut notes, made.id, "before").await.unwrap();
        shop.ledger.close().await;
        drop(shop);

        remount("ro");
        for failed in [
            Ledger::open(&url(&folder), Environment::Production, &at(TODAY)).await,
            Ledger::open_existing(&url(&folder), Environment::Production).await,
        ] {
            let error = failed.unwrap_err();
            is_clear(&error);
            assert!(matches!(error, LedgerError::File { .. }), "{error:?}");
        }
        remount("rw");
        let shop = open(&url(&folder)).await;
        work(&shop, &mut notes, made.id, "after").await.unwrap();
        Noted::read(&path).check(&shop).await;
        verifies(&shop).await;
    });
    if !is_told {
        on_disk("disks::a_disk_that_becomes_read_only_loses_nothing", "12m");
    }
}

#[test]
fn files_and_folders_without_the_right_to_write_are_named() {
    const TEST: &str = "disks::files_and_folders_without_the_right_to_write_are_named";
    let is_told = tell(async |folder| {
        use std::os::unix::fs::PermissionsExt;
        let allow = |path: &Path, mode: u32| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        let file = folder.join("ledger.db");
        let shop = open(&url(&folder)).await;
        buy(&shop, "before").await.unwrap();

        // A folder that can't be written any more: the files are open, and work goes on.
        allow(&folder, 0o500);
        buy(&shop, "meanwhile").await.unwrap();
        allow(&folder, 0o700);
        shop.ledger.close().await;
        drop(shop);
        allow(&folder, 0o500);

        let refused = async || {
            for failed in [
                Ledger::open(&url(&folder), Environment::Production, &at(TODAY)).await,
                Ledger::open_existing(&url(&folder), Environment::Production).await,
            ] {
                let error = failed.unwrap_err();
                is_clear(&error);
                let is_named = matches!(&error, LedgerError::File { path, .. } if path.starts_with(&folder));
                assert!(is_named || matches!(error, LedgerError::Database(DatabaseFault::ReadOnly)), "{error:?}");
            }
        };
        refused().await;
        allow(&folder, 0o700);
        for mode in [0o400, 0] {
            allow(&file, mode);
            refused().await;
        }
        allow(&file, 0o600);
        let shop = open(&url(&folder)).await;
        buy(&shop, "after").await.unwrap();
        verifies(&shop).await;
    });
    if is_told {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    if rustix::process::geteuid().is_root() {
        // Modes mean something to root without this right.
        in_folder(TEST, &["setpriv", "--bounding-set=-dac_override,-dac_read_search"], folder.path());
    } else {
        in_folder(TEST, &["env"], folder.path());
    }
}
