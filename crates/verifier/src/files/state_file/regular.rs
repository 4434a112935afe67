//! Opens files in a folder into which another user may have put a trap: a link to another file, or a pipe.

use alloc::format;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// Opens a regular file that has one name, and never follows a link to it.
pub(super) fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    let refused =
        |why: &str| io::Error::new(io::ErrorKind::InvalidInput, format!("{} {why}: remove it", path.display()));
    if path.symlink_metadata().is_ok_and(|found| found.file_type().is_symlink()) {
        return Err(refused("is a link"));
    }
    let file = no_links(private(options)).open(path)?;
    // The check is on the open file, since another file may have its name by now.
    let found = file.metadata()?;
    if !found.is_file() {
        return Err(refused("is no regular file"));
    }
    if has_several_names(&found) {
        return Err(refused("has a second name (a hard link)"));
    }
    Ok(file)
}

/// Permits access to the owner alone, if the operating system supports that.
pub(super) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

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
