use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use same_file::Handle;

/// The treatment of a file that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overwrite {
    /// The file stays, and nothing is written.
    Never,
    /// The new file replaces it in one step: a reader finds the complete old file or the complete new one. A symbolic link
    /// is replaced, not followed.
    Replace,
}

/// Writes a file that only its owner may read: with mode 0600 on Unix from the beginning, also in place of a file that others
/// could read. On other systems the folder's permissions apply.
///
/// The file gets its name when all of it is on disk. If that fails, no file is left behind.
///
/// # Errors
///
/// [`WriteError::Exists`] with [`Overwrite::Never`], [`WriteError::Io`] if the file can't be written.
///
/// ```no_run
/// use keyward_issuer::{Overwrite, SigningKey, write_private, write_public};
///
/// let key = SigningKey::generate()?;
/// write_private("signing.pem".as_ref(), &key.to_encrypted_pem(b"correct horse")?, Overwrite::Never)?;
/// write_public("verifying.pem".as_ref(), &key.public_pem(), Overwrite::Never)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_private(path: &Path, text: &str, overwrite: Overwrite) -> Result<(), WriteError> {
    write(path, text, overwrite, 0o600)
}

/// Writes a file that everyone may read: with mode 0644 less the umask on Unix. Otherwise as [`write_private`].
///
/// # Errors
///
/// The errors of [`write_private`].
pub fn write_public(path: &Path, text: &str, overwrite: Overwrite) -> Result<(), WriteError> {
    write(path, text, overwrite, 0o644)
}

fn write(path: &Path, text: &str, overwrite: Overwrite, mode: u32) -> Result<(), WriteError> {
    // Only the kind of the error: the rest names the temporary file.
    let io_error = |source: io::Error| WriteError::Io { path: path.to_owned(), source: source.kind().into() };
    // In the same folder: a file is renamed in one step only within a file system.
    let mut file = new_file(folder_of(path), mode).map_err(io_error)?;
    file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(io_error)?;
    let named = match overwrite {
        Overwrite::Never => file.persist_noclobber(path),
        Overwrite::Replace => file.persist(path),
    };
    match named {
        Ok(_) => {
            sync_folder_of(path);
            Ok(())
        }
        Err(refused) if overwrite == Overwrite::Never && refused.error.kind() == io::ErrorKind::AlreadyExists => {
            Err(WriteError::Exists { path: path.to_owned() })
        }
        Err(refused) => Err(io_error(refused.error)),
    }
}

fn new_file(folder: &Path, mode: u32) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".keyward-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
    #[cfg(not(unix))]
    let _ = mode;
    builder.tempfile_in(folder)
}

/// Makes the name of the file survive a power cut, if the file system supports it. The contents are safe in any case, so a
/// failure is not reported.
pub(crate) fn sync_folder_of(path: &Path) {
    let _ = fs::File::open(folder_of(path)).and_then(|folder| folder.sync_all());
}

/// Whether that open file is at that path: it was neither removed nor replaced by another one, nor was a folder on its path.
pub fn is_at(path: &Path, file: &File) -> bool {
    // Opening a pipe in its place would wait for the other end.
    let is_file = path.metadata().is_ok_and(|found| found.is_file());
    let handles =
        is_file.then(|| Handle::from_path(path).ok()).flatten().zip(file.try_clone().and_then(Handle::from_file).ok());
    handles.is_some_and(|(at_path, opened)| at_path == opened)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."))
}

/// Permits access to a new file to its owner alone, if the operating system supports that.
pub(crate) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Why a file was not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The file exists and may not be replaced.
    #[error("{path} exists and was not changed: choose another name, or allow to replace it")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// An error of the operating system.
    #[error("{path} can't be written: check that its folder exists, is writable and has free space")]
    Io {
        /// The file.
        path: PathBuf,
        /// The error.
        source: io::Error,
    },
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn files_in(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    #[cfg(unix)]
    fn mode(path: &Path) -> u32 {
        use std::os::unix::fs::PermissionsExt;
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn an_existing_file_is_not_replaced_by_default() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signing.pem");
        write_private(&path, "first", Overwrite::Never).unwrap();
        for write in [write_private, write_public] {
            let error = write(&path, "second", Overwrite::Never).unwrap_err();
            assert!(matches!(&error, WriteError::Exists { path: named } if *named == path), "{error:?}");
            assert!(error.to_string().starts_with(&path.display().to_string()), "{error}");
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), "first");
        assert_eq!(files_in(folder.path()), 1, "no file is left behind");
    }

    #[test]
    fn a_file_is_replaced_on_request() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signing.pem");
        write_private(&path, "the first and longer", Overwrite::Replace).unwrap();
        write_private(&path, "second", Overwrite::Replace).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "second");
        assert_eq!(files_in(folder.path()), 1);
    }

    #[test]
    fn a_missing_folder_is_named_and_not_created() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("missing").join("signing.pem");
        let error = write_private(&path, "text", Overwrite::Never).unwrap_err();
        assert!(
            matches!(&error, WriteError::Io { path: named, source } if *named == path && source.kind() == io::ErrorKind::NotFound),
            "{error:?}"
        );
    }

    #[test]
    fn no_file_is_left_behind_if_a_folder_has_the_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signing.pem");
        fs::create_dir(&path).unwrap();
        assert!(matches!(write_private(&path, "text", Overwrite::Replace), Err(WriteError::Io { .. })));
        assert!(matches!(write_private(&path, "text", Overwrite::Never), Err(WriteError::Exists { .. })));
        assert_eq!(files_in(folder.path()), 1);
    }

    #[test]
    #[cfg(unix)]
    fn a_private_file_is_readable_by_its_owner_only_even_in_place_of_a_public_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signing.pem");
        write_private(&path, "text", Overwrite::Never).unwrap();
        assert_eq!(mode(&path), 0o600);
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o666)).unwrap();
        write_private(&path, "text", Overwrite::Replace).unwrap();
        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    #[cfg(unix)]
    fn a_public_file_is_readable_by_all_and_writable_by_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("verifying.pem");
        write_public(&path, "text", Overwrite::Never).unwrap();
        // The umask may remove the permissions of readers.
        assert_eq!(mode(&path) & !0o044, 0o600);
    }

    #[test]
    #[cfg(unix)]
    fn a_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        std::os::unix::fs::symlink(&target, &link).unwrap();
        assert!(matches!(write_private(&link, "text", Overwrite::Never), Err(WriteError::Exists { .. })));
        write_private(&link, "text", Overwrite::Replace).unwrap();
        assert!(!target.exists() && link.symlink_metadata().unwrap().is_file());
    }
}
