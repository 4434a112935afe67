//! The keys of an environment, in files of its folder.

use std::num::NonZeroU8;
use std::path::{Path, PathBuf};
use std::{fs, io};

use chrono::{DateTime, Utc};
use keyward_catalog::Catalog;
use keyward_issuer::files::{SignableFile, public_names};
use keyward_issuer::{
    Environment, Issuer, KeyFileError, Overwrite, RandomError, SigningKey, write_private, write_public,
};
use keyward_verifier::files::{
    DelegatedKey, Delegation, FileError, FileKind, Payload, PayloadError, Purpose, RootSet, Roots, TrustBundle,
    Verified,
};
use sha2::{Digest, Sha256};

/// The keys of an environment, and the trust bundle that names them.
pub struct EnvironmentKeys {
    /// The key that signs licenses. Without it, the server validates, and refuses to issue.
    pub licenses: Option<Issuer>,
    /// The key that signs answers: revocation lists and validation files. It has no right to sign licenses.
    pub answers: Issuer,
    /// The trust bundle, which the root has signed.
    pub bundle: Verified<TrustBundle>,
    /// The file of the bundle, as products get it.
    pub bundle_file: String,
    /// The secret with which cursors are signed: that of all servers of this environment.
    pub(crate) cursors: [u8; 32],
}

/// Without secrets.
impl std::fmt::Debug for EnvironmentKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EnvironmentKeys").field("bundle", &self.bundle.version).finish_non_exhaustive()
    }
}

/// Why the keys of an environment can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeysError {
    /// A file that can't be read or written.
    #[error("{path} can't be used: check its permissions and the free space")]
    Io {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A file that is missing while others are there.
    #[error("{path} is missing: copy it back from where you keep copies")]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// A file that is there before new keys are made.
    #[error("{path} is there, and no key is replaced: copy back the files that are missing, or move it elsewhere")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A signing key that can't be read.
    #[error("{path}: {source}")]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: KeyFileError,
    },
    /// A root set or a trust bundle that is not trusted or can't be read.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: FileError,
    },
    /// A key that the trust bundle does not allow its purpose: products would refuse what it signs.
    #[error("{path} is not a key that {bundle} trusts for {purpose}: products would refuse what it signs")]
    NotTrusted {
        /// The file with the key.
        path: PathBuf,
        /// The file of the bundle.
        bundle: PathBuf,
        /// The purpose.
        purpose: &'static str,
    },
    /// A file that can't be made.
    #[error("a file of signed data can't be made: {0}")]
    Contents(#[from] PayloadError),
    /// A signature that can't be made.
    #[error(transparent)]
    Sign(#[from] keyward_issuer::SignError),
    /// No random bytes.
    #[error(transparent)]
    Random(#[from] RandomError),
}

/// The files of an environment's folder.
#[derive(Debug, Clone)]
struct Files {
    licenses: PathBuf,
    answers: PathBuf,
    root: PathBuf,
    roots: PathBuf,
    bundle: PathBuf,
}

impl Files {
    fn of(folder: &Path) -> Files {
        Files {
            licenses: folder.join("license.key"),
            answers: folder.join("answers.key"),
            root: folder.join("root.key"),
            roots: folder.join("roots.json"),
            bundle: folder.join("trust.json"),
        }
    }

    /// All of them, in the order in which they are made.
    const fn all(&self) -> [&PathBuf; 5] {
        [&self.licenses, &self.answers, &self.root, &self.roots, &self.bundle]
    }
}

/// The folder in which new files are made, until all of them are.
const NEW: &str = "keys.new";

impl EnvironmentKeys {
    /// Reads the keys of the environment in that folder.
    ///
    /// # Errors
    ///
    /// Files that are missing, can't be read, or do not belong together.
    pub fn read(folder: &Path) -> Result<EnvironmentKeys, KeysError> {
        let files = Files::of(folder);
        let trusted = |path: &Path, source| KeysError::File { path: path.to_owned(), source };
        let roots = needed(&files.roots)?;
        let roots = Roots::from_built_in_file(roots.as_bytes()).map_err(|error| trusted(&files.roots, error))?;
        let bundle_file = needed(&files.bundle)?;
        let bundle = roots.trust_bundle(bundle_file.as_bytes()).map_err(|error| trusted(&files.bundle, error))?;
        let licenses = key(&files.licenses)?.map(Issuer::with_key).map(Issuer::prepared);
        let answers = key(&files.answers)?.ok_or_else(|| KeysError::Missing { path: files.answers.clone() })?;
        let pem = answers.to_pem();
        let cursors =
            Sha256::new().chain_update(b"keyward/v1/cursors\0").chain_update(pem.as_bytes()).finalize().into();
        let answers = Issuer::with_key(answers).prepared();
        let keys = EnvironmentKeys { licenses, answers, bundle, bundle_file, cursors };
        let for_licenses = keys.licenses.iter().map(|key| (&files.licenses, key, Purpose::Licenses));
        for (path, key, purpose) in for_licenses.chain([(&files.answers, &keys.answers, Purpose::Revocations)]) {
            let delegated = keys.bundle.key(&key.verifying_key().to_bytes());
            if delegated.is_none_or(|delegated| delegated.may_sign.permits_purpose(purpose).is_err()) {
                let (path, bundle) = (path.clone(), files.bundle.clone());
                return Err(KeysError::NotTrusted { path, bundle, purpose: purpose.code() });
            }
        }
        Ok(keys)
    }

    /// Whether the folder has keys of an environment, and [`EnvironmentKeys::make`] was not interrupted.
    pub fn are_in(folder: &Path) -> bool {
        let files = Files::of(folder);
        let are_there = [files.licenses, files.answers, files.roots, files.bundle].iter().any(|file| file.exists());
        are_there && !folder.join(NEW).exists()
    }

    /// Makes the keys of a new environment: the root, the keys for licenses and for answers, the root set and the bundle.
    ///
    /// All files are made in a folder of their own, and moved from there. If the process ends in between, call this again: files
    /// that were complete are moved, and others, which nobody has used, are made anew.
    ///
    /// # Errors
    ///
    /// A folder that can't be written, or has one of the files already.
    pub fn make(
        folder: &Path,
        environment: Environment,
        catalog: &Catalog,
        now: DateTime<Utc>,
    ) -> Result<(), KeysError> {
        let (files, new) = (Files::of(folder), folder.join(NEW));
        let made = Files::of(&new);
        let io = |source| KeysError::Io { path: new.clone(), source };
        // The bundle is made last and moved last.
        let was_moved = new.exists() && files.bundle.exists();
        if !made.bundle.exists() && !was_moved {
            if let Some(path) = files.all().into_iter().find(|path| path.exists()) {
                return Err(KeysError::Exists { path: path.clone() });
            }
            remove(&new).map_err(io)?;
            make_private_folder(&new).map_err(io)?;
            EnvironmentKeys::write(&made, environment, catalog, now)?;
        }
        for (from, to) in made.all().into_iter().zip(files.all()).filter(|(from, _)| from.exists()) {
            if to.exists() {
                return Err(KeysError::Exists { path: to.clone() });
            }
            fs::rename(from, to).map_err(|source| KeysError::Io { path: to.clone(), source })?;
        }
        // The files have their names on the disk before the folder goes.
        fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(io)?;
        remove(&new).map_err(io)
    }

    /// Writes the files, the bundle last.
    fn write(files: &Files, environment: Environment, catalog: &Catalog, now: DateTime<Utc>) -> Result<(), KeysError> {
        let [root, licenses, answers] = [SigningKey::generate()?, SigningKey::generate()?, SigningKey::generate()?];
        for (path, key) in [(&files.licenses, &licenses), (&files.answers, &answers), (&files.root, &root)] {
            let source = |source: keyward_issuer::WriteError| KeysError::Io {
                path: path.clone(),
                source: io::Error::other(source),
            };
            write_private(path, &key.to_pem(), Overwrite::Never).map_err(source)?;
        }
        let limited = |purposes: &[Purpose]| Delegation {
            environments: Some(vec![environment]),
            ..Delegation::unlimited(purposes.iter().copied())
        };
        let delegated = vec![
            DelegatedKey::active(licenses.verifying_key().clone(), "licenses".to_owned(), limited(LICENSES)),
            DelegatedKey::active(answers.verifying_key().clone(), "answers".to_owned(), limited(ANSWERS)),
        ];
        let mut bundle = TrustBundle::new(1, now, delegated)?;
        bundle.names = public_names(catalog);
        let root = Issuer::with_key(root);
        let roots = RootSet::first(now, NonZeroU8::MIN, vec![root.verifying_key().clone()]);
        for (path, text) in [(&files.roots, signed(&roots, &root)?), (&files.bundle, signed(&bundle, &root)?)] {
            let source = |source: keyward_issuer::WriteError| KeysError::Io {
                path: path.clone(),
                source: io::Error::other(source),
            };
            write_public(path, &text, Overwrite::Never).map_err(source)?;
        }
        Ok(())
    }

    /// The file with the private root in that folder, if it is still there. It belongs on a medium that is kept offline.
    pub fn root_left_in(folder: &Path) -> Option<PathBuf> {
        Some(Files::of(folder).root).filter(|root| root.exists())
    }
}

/// The purposes of the key for answers.
const ANSWERS: &[Purpose] = &[Purpose::ValidationFiles, Purpose::Revocations, Purpose::Time];

/// The purposes of the key for licenses.
const LICENSES: &[Purpose] = &[Purpose::Licenses, Purpose::LicenseFiles];

fn signed<T: Payload>(contents: &T, root: &Issuer) -> Result<String, KeysError> {
    let kind = T::KIND;
    let file = SignableFile::new(contents);
    let mut file = file.map_err(|source| KeysError::File { path: PathBuf::from(kind_name(kind)), source })?;
    file.sign(root)?;
    Ok(file.to_string())
}

const fn kind_name(kind: FileKind) -> &'static str {
    match kind {
        FileKind::RootSet => "roots.json",
        _ => "trust.json",
    }
}

fn make_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Removes a folder, if it is there.
fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

fn needed(path: &Path) -> Result<String, KeysError> {
    if_there(path)?.ok_or_else(|| KeysError::Missing { path: path.to_owned() })
}

fn key(path: &Path) -> Result<Option<SigningKey>, KeysError> {
    let read =
        |pem: String| SigningKey::from_pem(&pem).map_err(|source| KeysError::Key { path: path.to_owned(), source });
    if_there(path)?.map(read).transpose()
}

fn if_there(path: &Path) -> Result<Option<String>, KeysError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(KeysError::Io { path: path.to_owned(), source }),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    const NAMES: [&str; 5] = ["license.key", "answers.key", "root.key", "roots.json", "trust.json"];

    fn make(folder: &Path) -> Result<(), KeysError> {
        let catalog = Catalog::parse(Catalog::EXAMPLE, "catalog.toml").unwrap();
        EnvironmentKeys::make(folder, Environment::Production, &catalog, "2026-11-28T12:00:00Z".parse().unwrap())
    }

    fn texts(folder: &Path) -> Vec<String> {
        NAMES.map(|name| fs::read_to_string(folder.join(name)).unwrap()).to_vec()
    }

    /// A folder whose making was interrupted: the first `made` files were made, and the first `moved` of them moved.
    fn interrupted(made: usize, moved: usize) -> (tempfile::TempDir, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        make(folder.path()).unwrap();
        let before = texts(folder.path());
        let new = folder.path().join(NEW);
        make_private_folder(&new).unwrap();
        for (number, name) in NAMES.iter().enumerate() {
            match number {
                number if number >= made => fs::remove_file(folder.path().join(name)).unwrap(),
                number if number >= moved => fs::rename(folder.path().join(name), new.join(name)).unwrap(),
                _ => {}
            }
        }
        (folder, before)
    }

    #[test]
    fn interrupted_making_is_finished_or_begun_again() {
        let states = (0..=5).map(|made| (made, 0)).chain((1..=5).map(|moved| (5, moved)));
        for (made, moved) in states {
            let (folder, before) = interrupted(made, moved);
            assert!(!EnvironmentKeys::are_in(folder.path()), "{made} {moved}");
            make(folder.path()).unwrap();
            assert!(EnvironmentKeys::are_in(folder.path()));
            // All files are those from before, or none is.
            let same = texts(folder.path()).iter().zip(&before).filter(|(after, before)| after == before).count();
            assert_eq!(same, if made == 5 { 5 } else { 0 }, "{made} {moved}");
            assert!(EnvironmentKeys::read(folder.path()).unwrap().licenses.is_some());
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 5);
        }
    }

    #[test]
    fn a_key_that_is_there_is_never_replaced() {
        for name in NAMES {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join(name), "mine").unwrap();
            assert!(matches!(make(folder.path()), Err(KeysError::Exists { path }) if path.ends_with(name)));
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
            assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), "mine");
        }
    }
}
