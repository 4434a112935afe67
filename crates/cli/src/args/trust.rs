use anyhow::{Context, anyhow};
use keyward_verifier::files::{Envelope, FileError, FileKind, PemKey, PersistentState, Roots};
use keyward_verifier::{TrustedKey, TrustedKeyError, keys_in};

use crate::assess::trusted::{RootsNamedBy, Trusted};
use crate::io::failure::usage;
use crate::io::source::{Source, check_length, is_a_damaged_file};

/// The trusted keys or trust bundle: the same options in every command that verifies.
#[derive(Debug, clap::Args)]
pub struct TrustArgs {
    /// A public key to trust, or a trust bundle: a path, env:NAME, or - for standard input. Keys may be repeated
    ///
    /// A public key (PEM, hex or DER) is trusted for everything. A trust bundle names the trusted keys, and what each
    /// may sign; enough of the roots must have signed it.
    #[arg(long, value_name = "KEY|BUNDLE", allow_hyphen_values = true)]
    trust: Vec<Source>,
    #[command(flatten)]
    roots: RootsArgs,
}

/// The roots that sign trust bundles.
#[derive(Debug, clap::Args)]
pub struct RootsArgs {
    /// The root set that the product was built with: a path, env:NAME, or -; then those that follow it, oldest first
    ///
    /// The first set is trusted because you name it: never name one that came with the bundle. Enough keys of each set
    /// must have signed the next. Without --roots, the roots in the state (--state) are used, and the report says so: there
    /// is no proof that they are the vendor's.
    #[arg(long, value_name = "ROOTS", allow_hyphen_values = true)]
    roots: Vec<Source>,
}

impl TrustArgs {
    /// Every input.
    pub fn sources(&self) -> impl Iterator<Item = &Source> {
        self.trust.iter().chain(self.roots.sources())
    }

    /// Whether --trust is given.
    pub fn is_given(&self) -> bool {
        !self.trust.is_empty() || !self.roots.roots.is_empty()
    }

    /// The source of the roots.
    pub fn roots_named_by(&self) -> RootsNamedBy {
        self.roots.named_by()
    }

    /// The roots, as [`RootsArgs::read`] finds them.
    pub fn read_roots(&self, state: Option<&PersistentState>) -> anyhow::Result<Option<Roots>> {
        self.roots.read(state)
    }

    /// Reads keys, or verifies a bundle with the roots that [`RootsArgs::read`] finds.
    ///
    /// The refusal of a signed file is a [`FileError`] in the error's chain.
    pub fn read(&self, state: Option<&PersistentState>) -> anyhow::Result<Trusted> {
        let (mut keys, mut bundles) = (Vec::new(), Vec::new());
        for source in &self.trust {
            let contents = source.read_signed_file()?;
            match Envelope::kind_of(&contents) {
                Some(_) => {
                    Envelope::parse(&contents, FileKind::TrustBundle).with_context(|| source.to_string())?;
                    bundles.push((source, contents));
                }
                None => {
                    let is_damaged = || {
                        let text = String::from_utf8_lossy(&contents);
                        PemKey::in_file(&contents).is_none() && !text.contains("-----BEGIN") && is_a_damaged_file(&text)
                    };
                    let key = key_in(&contents);
                    if key.is_err() && is_damaged() {
                        Envelope::parse(&contents, FileKind::TrustBundle).with_context(|| source.to_string())?;
                    }
                    check_length(&contents, source)?;
                    keys.push(key.with_context(|| source.to_string())?);
                }
            }
        }
        match (keys.as_slice(), bundles.as_slice()) {
            ([], []) => Err(usage("--trust is missing: name a public key, such as vendor.pub, or a trust bundle")),
            (_, []) if !self.roots.roots.is_empty() => {
                Err(usage("--roots goes with a trust bundle, and a public key is trusted without: leave --roots out"))
            }
            (_, []) => Ok(Trusted::Keys(keys)),
            ([], [(source, contents)]) => {
                let roots = self.roots.read(state)?.ok_or(FileError::NoRoots);
                let verified = roots.and_then(|roots| Ok((roots.trust_bundle(contents)?, roots)));
                let (bundle, roots) = verified.with_context(|| source.to_string())?;
                Ok(Trusted::Bundle { bundle: Box::new(bundle), roots, named_by: self.roots.named_by() })
            }
            ([], _) => Err(usage("only one trust bundle can be trusted: name the newest alone")),
            _ => Err(usage("--trust takes either public keys or a trust bundle: name one or the other")),
        }
    }
}

impl RootsArgs {
    /// Every input.
    pub fn sources(&self) -> impl Iterator<Item = &Source> {
        self.roots.iter()
    }

    fn named_by(&self) -> RootsNamedBy {
        if self.roots.is_empty() { RootsNamedBy::State } else { RootsNamedBy::Options }
    }

    /// The newest roots that follow the named ones, by the state and by the other files. Without a named set, the roots
    /// in the state; `None` without either.
    pub fn read(&self, state: Option<&PersistentState>) -> anyhow::Result<Option<Roots>> {
        let Some((first, next)) = self.roots.split_first() else {
            return Ok(state.and_then(PersistentState::unproven_roots));
        };
        let named = Roots::from_built_in_file(&first.read_signed_file()?).with_context(|| first.to_string())?;
        let known = state.map_or_else(|| named.clone(), |state| state.roots_after(&named));
        let roots = next.iter().try_fold(known, |roots, source| {
            roots.follow(&[source.read_signed_file()?.as_slice()]).with_context(|| source.to_string())
        });
        roots.map(Some)
    }
}

/// Reads a public key.
pub fn trusted_key(source: &Source) -> anyhow::Result<TrustedKey> {
    key_in(&source.read()?).with_context(|| source.to_string())
}

fn key_in(contents: &[u8]) -> anyhow::Result<TrustedKey> {
    TrustedKey::from_file_contents(contents).map_err(|error| match (error, PemKey::in_file(contents)) {
        (TrustedKeyError::SecretKey, _) | (_, Some(PemKey::Signing)) => {
            anyhow!("this is a signing key, which is secret: name the public key, such as vendor.pub")
        }
        (_, Some(PemKey::Public)) if contents.contains(&0) => {
            anyhow!("this is a public key in UTF-16: save it as UTF-8")
        }
        _ if keys_in(&String::from_utf8_lossy(contents)).next().is_some() => {
            anyhow!("this is a license key: give it as the license, and name the vendor's public key here")
        }
        (error, _) => error.into(),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::path::Path;

    use clap::{Args, FromArgMatches};
    use keyward_issuer::files::SignableFile;
    use keyward_issuer::{Issuer, SigningKey};
    use keyward_verifier::files::{Payload, RootSet, StateId, TrustBundle};
    use tempfile::{TempDir, tempdir};

    use super::*;

    fn issuer(seed: u8) -> Issuer {
        Issuer::with_key(SigningKey::from_seed(&[seed; 32]))
    }

    fn root_set(version: u32, seeds: [u8; 3]) -> RootSet {
        let keys = seeds.map(|seed| issuer(seed).verifying_key().clone()).to_vec();
        let mut roots = RootSet::first("2026-01-01T00:00:00Z".parse().unwrap(), 2.try_into().unwrap(), keys);
        roots.version = version;
        roots
    }

    fn write<T: Payload>(path: &Path, contents: &T, seeds: &[u8]) {
        let mut file = SignableFile::new(contents).unwrap();
        seeds.iter().for_each(|seed| file.sign(&issuer(*seed)).unwrap());
        std::fs::write(path, file.to_string()).unwrap();
    }

    /// Root sets 1 to 3, each signed by the one before it, bundles of two of them, and two plain keys.
    fn folder() -> TempDir {
        let folder = tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        write(&path("roots-1.json"), &root_set(1, [1, 2, 3]), &[1, 2]);
        write(&path("roots-2.json"), &root_set(2, [3, 4, 5]), &[1, 2, 4, 5]);
        write(&path("roots-3.json"), &root_set(3, [5, 6, 7]), &[4, 5, 6]);
        for (name, seeds) in [("bundle-1.json", [1, 3]), ("bundle-3.json", [6, 7])] {
            let bundle = TrustBundle::new(1, "2026-01-01T00:00:00Z".parse().unwrap(), Vec::new()).unwrap();
            write(&path(name), &bundle, &seeds);
        }
        std::fs::write(path("a.pub"), SigningKey::from_seed(&[8; 32]).public_pem()).unwrap();
        std::fs::write(path("b.pub"), SigningKey::from_seed(&[9; 32]).public_pem()).unwrap();
        folder
    }

    fn read(folder: &Path, arguments: &str, state: Option<&PersistentState>) -> Result<Trusted, String> {
        let in_folder = |word: &str| match word.starts_with('-') {
            true => word.into(),
            false => folder.join(word).into_os_string(),
        };
        let command = TrustArgs::augment_args(clap::Command::new("test").no_binary_name(true));
        let matches = command.get_matches_from(arguments.split(' ').map(in_folder));
        TrustArgs::from_arg_matches(&matches).unwrap().read(state).map_err(|error| {
            error.downcast_ref::<FileError>().map_or_else(|| error.to_string(), |error| error.code().to_owned())
        })
    }

    #[test]
    fn keys_are_trusted_as_they_are_and_a_bundle_by_its_roots() {
        let folder = folder();
        let read = |arguments| read(folder.path(), arguments, None);
        assert!(matches!(read("--trust a.pub --trust b.pub"), Ok(Trusted::Keys(keys)) if keys.len() == 2));
        assert!(matches!(read("--trust bundle-1.json --roots roots-1.json"), Ok(Trusted::Bundle { .. })));
        for untrusted in [
            "--trust bundle-1.json",
            "--trust bundle-3.json --roots roots-1.json",
            "--trust bundle-1.json --roots roots-1.json --roots roots-2.json",
            "--trust bundle-3.json --roots roots-1.json --roots roots-3.json",
        ] {
            assert_eq!(read(untrusted).unwrap_err(), "untrusted-bundle", "{untrusted}");
        }
        assert_eq!(read("--trust roots-1.json --roots roots-1.json").unwrap_err(), "malformed");
    }

    #[test]
    fn keys_and_bundles_are_not_mixed() {
        let folder = folder();
        for (arguments, why) in [
            ("--trust a.pub --trust bundle-1.json --roots roots-1.json", "either"),
            ("--trust bundle-1.json --trust bundle-3.json --roots roots-1.json", "only one trust bundle"),
            ("--trust a.pub --roots roots-1.json", "leave --roots out"),
            ("--roots roots-1.json", "--trust is missing"),
        ] {
            let refused = read(folder.path(), arguments, None).unwrap_err();
            assert!(refused.contains(why), "{arguments}: {refused}");
        }
    }

    #[test]
    fn roots_are_followed_from_the_given_or_the_remembered_set() {
        let folder = folder();
        let walk = "--trust bundle-3.json --roots roots-1.json --roots roots-2.json --roots roots-3.json";
        let Ok(Trusted::Bundle { roots, .. }) = read(folder.path(), walk, None) else {
            unreachable!("all of the sets are signed");
        };
        assert_eq!(roots.version(), 3);
        let mut state = PersistentState::new(StateId::from_bytes([1; 8]), None);
        state.saw_roots(&roots).unwrap();
        let remembered = Some(&state);
        for arguments in [walk, "--trust bundle-3.json", "--trust bundle-3.json --roots roots-1.json"] {
            assert!(read(folder.path(), arguments, remembered).is_ok(), "{arguments}");
        }
        // The state knows newer roots than the built-in ones.
        let old = read(folder.path(), "--trust bundle-1.json --roots roots-1.json", remembered);
        assert_eq!(old.unwrap_err(), "untrusted-bundle");
    }
}
