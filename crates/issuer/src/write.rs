use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What happens to a file that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overwrite {
    /// It stays, and nothing is written.
    Never,
    /// The new file takes its place at once: a reader finds the old one or the new one, whole. A symbolic link is
    /// replaced, not followed.
    Replace,
}

/// Writes a file that only its owner may read: mode 0600 on Unix from the moment it exists, and even in place of a file
/// that others could read. Elsewhere the folder's permissions hold.
///
/// The file appears under its name only when all of it is on disk; if that fails, nothing is left behind.
///
/// # Errors
///
/// [`WriteError::Exists`] under [`Overwrite::Never`], [`WriteError::Io`] if the file can't be written.
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

/// Writes a file that everyone may read, as far as the umask lets them: mode 0644 on Unix. Otherwise as
/// [`write_private`].
///
/// # Errors
///
/// As [`write_private`].
pub fn write_public(path: &Path, text: &str, overwrite: Overwrite) -> Result<(), WriteError> {
    write(path, text, overwrite, 0o644)
}

fn write(path: &Path, text: &str, overwrite: Overwrite, mode: u32) -> Result<(), WriteError> {
    // Of the error only its kind: the rest names the temporary file.
    let io_error = |source: io::Error| WriteError::Io { path: path.to_owned(), source: source.kind().into() };
    // Beside the file: only within one file system does a file take its name in one step.
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

/// Makes the file's name outlast a power cut, where the file system can: the file is whole either way, so that one
/// which can't is no reason to report a failure.
pub(crate) fn sync_folder_of(path: &Path) {
    let _ = fs::File::open(folder_of(path)).and_then(|folder| folder.sync_all());
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."))
}

/// A file that only its owner may read, opened or made.
pub(crate) fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Why a file was not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// A file of that name is there, and may not be replaced.
    #[error("{path} exists and was left as it is: choose another name, or say that it is to be replaced")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("{path} can't be written: see that its folder exists, has room and lets you write")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
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
    fn a_file_that_is_there_is_never_replaced_unasked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signing.pem");
        write_private(&path, "first", Overwrite::Never).unwrap();
        for write in [write_private, write_public] {
            let error = write(&path, "second", Overwrite::Never).unwrap_err();
            assert!(matches!(&error, WriteError::Exists { path: named } if *named == path), "{error:?}");
            assert!(error.to_string().starts_with(&path.display().to_string()), "{error}");
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), "first");
        assert_eq!(files_in(folder.path()), 1, "nothing is left behind");
    }

    #[test]
    fn a_file_is_replaced_when_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signing.pem");
        write_private(&path, "the first and longer", Overwrite::Replace).unwrap();
        write_private(&path, "second", Overwrite::Replace).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "second");
        assert_eq!(files_in(folder.path()), 1);
    }

    #[test]
    fn a_missing_folder_is_named_and_not_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("missing").join("signing.pem");
        let error = write_private(&path, "text", Overwrite::Never).unwrap_err();
        assert!(
            matches!(&error, WriteError::Io { path: named, source } if *named == path && source.kind() == io::ErrorKind::NotFound),
            "{error:?}"
        );
    }

    #[test]
    fn nothing_is_left_behind_when_a_folder_has_the_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signing.pem");
        fs::create_dir(&path).unwrap();
        assert!(matches!(write_private(&path, "text", Overwrite::Replace), Err(WriteError::Io { .. })));
        assert!(matches!(write_private(&path, "text", Overwrite::Never), Err(WriteError::Exists { .. })));
        assert_eq!(files_in(folder.path()), 1);
    }

    #[test]
    #[cfg(unix)]
    fn a_private_file_is_its_owners_alone_even_in_place_of_a_public_one() {
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
    fn a_public_file_is_open_to_readers_and_closed_to_other_writers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("verifying.pem");
        write_public(&path, "text", Overwrite::Never).unwrap();
        // The umask may take away what it likes from readers.
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
