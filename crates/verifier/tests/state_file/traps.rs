//! Links and pipes in a folder that another user may control.

use std::fs;
use std::io;
use std::path::Path;

use keyward_verifier::files::StateFile;

use super::super::{FILES, Found, ID, LOCK, NEXT, STATE, accepted, open, saves};

#[test]
fn a_link_in_place_of_the_next_state_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    saves(folder.path(), 1);
    let elsewhere = folder.path().join("of-someone-else");
    fs::write(&elsewhere, "theirs").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(&elsewhere, folder.path().join(FILES[NEXT])).unwrap();
    saves(folder.path(), 1);
    assert_eq!(fs::read(&elsewhere).unwrap(), b"theirs");
    assert_eq!(Found::of(&open(folder.path())), Found::Stored(2));
}

/// Checks that opening and reading fail, and that neither the target of the link nor the folder is changed.
fn refuses(folder: &Path, why: &str) {
    let opened = StateFile::open(folder, None, ID).unwrap_err();
    let read = StateFile::read(folder, None).unwrap_err();
    for error in [opened, read] {
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{error}");
        assert!(error.to_string().contains(why), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn links_in_place_of_the_state_and_its_lock_are_refused() {
    use std::os::unix::fs::symlink;
    type Link = fn(&Path, &Path) -> io::Result<()>;
    let kinds: [(&str, Link); 2] = [
        ("is a link", |victim, link| symlink(victim, link)),
        ("has a second name", |victim, link| fs::hard_link(victim, link)),
    ];
    for (why, link) in kinds {
        for name in [FILES[STATE], FILES[LOCK]] {
            for is_begun in [false, true] {
                let folder = tempfile::tempdir().unwrap();
                let (victim, state) = (folder.path().join("victim"), folder.path().join("state"));
                fs::create_dir(&state).unwrap();
                if is_begun {
                    saves(&state, 2);
                    // The target of the link may be a genuine state or lock file of another user.
                    fs::copy(state.join(name), &victim).unwrap();
                    fs::remove_file(state.join(name)).unwrap();
                } else {
                    fs::write(&victim, "of another account").unwrap();
                }
                let before = fs::read(&victim).unwrap();
                link(&victim, &state.join(name)).unwrap();
                refuses(&state, why);
                assert_eq!(fs::read(&victim).unwrap(), before, "{why}: {name}");
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    symlink(folder.path().join("nowhere"), folder.path().join(FILES[LOCK])).unwrap();
    refuses(folder.path(), "is a link");
    assert!(!folder.path().join("nowhere").exists(), "nothing is made through a link");
}

/// The folder may be a link that was made at installation.
#[cfg(unix)]
#[test]
fn the_folder_itself_may_be_a_link() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("elsewhere")).unwrap();
    std::os::unix::fs::symlink("elsewhere", folder.path().join("state")).unwrap();
    accepted(open(&folder.path().join("state"))).save().unwrap();
    assert_eq!(Found::of(&open(&folder.path().join("elsewhere"))), Found::Stored(1));
}

#[cfg(unix)]
#[test]
fn a_pipe_or_a_folder_in_place_of_a_file_is_refused_and_not_waited_for() {
    for name in [FILES[STATE], FILES[LOCK]] {
        let folder = tempfile::tempdir().unwrap();
        let made = std::process::Command::new("mkfifo").arg(folder.path().join(name)).status().unwrap();
        assert!(made.success());
        refuses(folder.path(), "is not a regular file");
    }
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(FILES[STATE])).unwrap();
    refuses(folder.path(), "is not a regular file");
}
