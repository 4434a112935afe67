//! A state belongs to the account that has its folder, whoever else uses it now and then.
#![cfg(unix)]

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;

use keyward_verifier::files::StateFile;

use super::super::{FILES, ID, LOCK, STATE, accepted, open, saves};

/// The account `nobody` of most systems.
const NOBODY: u32 = 65_534;

/// Account, group and permissions.
fn owner(folder: &Path, file: usize) -> (u32, u32, u32) {
    let found = fs::metadata(folder.join(FILES[file])).unwrap();
    (found.uid(), found.gid(), found.mode() & 0o777)
}

fn is_administrator(test: &str) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let is_one = chown(folder.path(), Some(NOBODY), None).is_ok();
    if !is_one {
        keyward_testing::skip::skip(test, "only an administrator gives files away");
    }
    is_one
}

#[test]
fn a_state_keeps_its_account_when_an_administrator_saves_it() {
    if !is_administrator("a_state_keeps_its_account_when_an_administrator_saves_it") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // The administrator is the first one, too.
    chown(folder, Some(NOBODY), Some(NOBODY)).unwrap();
    saves(folder, 2);
    for file in [STATE, LOCK] {
        assert_eq!(owner(folder, file), (NOBODY, NOBODY, 0o600), "{}", FILES[file]);
    }
    // In the folder of somebody else, such as one that all may write.
    chown(folder, Some(0), Some(0)).unwrap();
    saves(folder, 1);
    assert_eq!(owner(folder, STATE), (NOBODY, NOBODY, 0o600));
    accepted(open(folder)).reset(None, ID).unwrap();
    assert_eq!(owner(folder, STATE), (NOBODY, NOBODY, 0o600));
}

#[test]
fn a_state_that_a_group_shares_stays_shared() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    saves(folder, 1);
    for file in [STATE, LOCK] {
        fs::set_permissions(folder.join(FILES[file]), Permissions::from_mode(0o660)).unwrap();
    }
    saves(folder, 1);
    assert_eq!(owner(folder, STATE).2, 0o660);
    // Nobody runs a state, and strangers don't write it.
    fs::set_permissions(folder.join(FILES[LOCK]), Permissions::from_mode(0o4777)).unwrap();
    saves(folder, 1);
    assert_eq!(fs::metadata(folder.join(FILES[STATE])).unwrap().mode() & 0o7777, 0o660);
    assert!(matches!(StateFile::read(folder, None), Ok(keyward_verifier::files::ReadState::Stored(_))));
}
