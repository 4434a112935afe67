use alloc::format;
use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use fs4::{FileExt, TryLockError};

/// The longest pause between two attempts to take a lock.
const MAX_PAUSE: Duration = Duration::from_millis(10);

/// Opens a regular file that has one name, and never follows a link to it.
///
/// Another user may have put a trap into the folder: a symbolic link to another file, a hard link, or a pipe. The function
/// does not wait for a pipe, and does not open the target of a link. With `create`, it creates a missing file.
///
/// # Errors
///
/// [`InvalidInput`](io::ErrorKind::InvalidInput) for such a trap, and the errors of the operating system.
pub fn open_regular(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    let refused = |why: &str| {
        let path = path.display();
        let message = format!("{path} {why}, and may be a trap: name a file that is neither, or remove it");
        io::Error::new(io::ErrorKind::InvalidInput, message)
    };
    if path.symlink_metadata().is_ok_and(|found| found.file_type().is_symlink()) {
        return Err(refused("is a link"));
    }
    let file = no_links(options).open(path)?;
    // The check is on the open file, since another file may have its name by now.
    let found = file.metadata()?;
    if !found.is_file() {
        return Err(refused("is not a regular file"));
    }
    if has_several_names(&found) {
        return Err(refused("has a second name (a hard link)"));
    }
    Ok(file)
}

/// Locks a file for this process alone; waits at most `max_wait` while another process has it. The lock ends when the file
/// is closed, even by a crash.
///
/// # Errors
///
/// [`TimedOut`](io::ErrorKind::TimedOut) if another process still has it, and the errors of the operating system.
pub fn lock_within(file: &File, max_wait: Duration) -> io::Result<()> {
    let begun = Instant::now();
    let mut pause = Duration::from_micros(500);
    while let Err(error) = FileExt::try_lock(file) {
        match error {
            TryLockError::WouldBlock if begun.elapsed() < max_wait => sleep(pause),
            TryLockError::WouldBlock => {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "another process has it locked"));
            }
            TryLockError::Error(error) => return Err(error),
        }
        pause = MAX_PAUSE.min(pause.saturating_mul(2));
    }
    Ok(())
}

/// Permits access to a new file to its owner alone, if the operating system supports that.
pub(super) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Gives a new file to the account and the group of another one, or of a folder, as far as this process may. Otherwise an
/// administrator who runs a program once would take the file away from the account that uses it.
#[cfg(unix)]
pub(super) fn give_like(file: &File, other: &Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    if file.metadata().is_ok_and(|own| (own.uid(), own.gid()) != (other.uid(), other.gid())) {
        // Only an administrator gives files away. A member of the group shares them.
        let given = fchown(file, Some(other.uid()), Some(other.gid()));
        let _ = given.or_else(|_| fchown(file, None, Some(other.gid())));
    }
}

/// Gives a new file the permissions of another one to read and to write it, of the account and the group, if the file system has any.
#[cfg(unix)]
pub(super) fn permit_like(file: &File, other: &Metadata) {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let wanted = other.mode() & 0o660;
    if file.metadata().is_ok_and(|own| own.mode() & 0o777 != wanted) {
        // Without them, the file is for its account alone.
        let _ = file.set_permissions(std::fs::Permissions::from_mode(wanted));
    }
}

/// Without Unix, a file belongs to whom its folder says.
#[cfg(not(unix))]
pub(super) const fn give_like(_: &File, _: &Metadata) {}

/// Without Unix, a file has the permissions of its folder.
#[cfg(not(unix))]
pub(super) const fn permit_like(_: &File, _: &Metadata) {}

/// Opening fails for a link, and does not wait for the other end of a pipe.
fn no_links(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
        std::os::unix::fs::OpenOptionsExt::custom_flags(options, i32::from_ne_bytes(flags.to_ne_bytes()));
    }
    options
}

#[cfg(unix)]
fn has_several_names(found: &std::fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(found) > 1
}

#[cfg(not(unix))]
const fn has_several_names(_: &std::fs::Metadata) -> bool {
    false
}
