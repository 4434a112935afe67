use std::path::{Path, PathBuf};

use anyhow::bail;
use keyward_issuer::files::{allow_list, has_signed};
use keyward_issuer::record::{RecordFile, RecordFileError};
use keyward_verifier::files::KeyState;
use keyward_verifier::{LicenseDigest, TrustedKey};

use crate::args::issued_at::IssuedAt;
use crate::args::licenses::{self, LicenseArgument, NamedLicense};
use crate::commands::trust::bundle_key::BundleKey;
use crate::commands::trust::keys::change;
use crate::exit::Exit;
use crate::io::record::existing;
use crate::io::streams::Streams;
use crate::words::{counted, shown};

/// Declare a signing key compromised: nothing that it signed verifies, except the listed licenses
///
/// Name the licenses that stay valid, in one of these ways: a license that is not listed is lost to the customer who
/// paid for it. For a key that is compromised already, the new list replaces the old one.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    key: BundleKey,
    #[command(flatten)]
    allowed: Allowed,
    #[command(flatten)]
    issued_at: IssuedAt,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Allowed {
    /// A license that you issued, by its digest, its key or a file with keys. May be repeated
    #[arg(long, value_name = "DIGEST|KEY|FILE", allow_hyphen_values = true)]
    allow: Vec<LicenseArgument>,
    /// Every license on this record that the key signed
    #[arg(long, value_name = "FILE")]
    allow_record: Option<PathBuf>,
    /// No license: the key never signed one that a customer paid for
    #[arg(long)]
    allow_none: bool,
}

pub fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let named = licenses::named(&args.allowed.allow, streams)?;
    change(&args.key, &args.issued_at, streams, |key| {
        let mut allowed = match &args.allowed.allow_record {
            Some(path) => on_record(path, &key.key)?,
            None => of_the_key(&named, &key.key)?,
        };
        allowed.sort_unstable();
        allowed.dedup();
        let good = counted(allowed.len(), "listed license");
        let before = std::mem::replace(&mut key.state, KeyState::Compromised { allowed });
        Ok(match before {
            KeyState::Compromised { allowed } => {
                format!("was compromised already: {good} stay valid, in place of {}", allowed.len())
            }
            _ => format!("is compromised: nothing that it signed verifies, except {good}"),
        })
    })
}

/// The named licenses. A license key must be signed by the key; for a digest, that can't be checked.
fn of_the_key(named: &[NamedLicense], key: &TrustedKey) -> anyhow::Result<Vec<LicenseDigest>> {
    let digest = |license: &NamedLicense| match license {
        NamedLicense::Key(license) if !has_signed(key, license) => bail!(
            "license {} is not signed by {}; nothing was changed: leave it out, or name the key that signed it",
            LicenseDigest::of(license),
            key.id()
        ),
        license => Ok(license.digest()),
    };
    named.iter().map(digest).collect()
}

/// The licenses on record that the key signed. An empty list is refused: with the wrong record, every customer would
/// lose their license.
fn on_record(path: &Path, key: &TrustedKey) -> anyhow::Result<Vec<LicenseDigest>> {
    let mut record = RecordFile::open(existing(path)?)?;
    let digests = allow_list(record.records()?.map(|record| Ok::<_, RecordFileError>(record?.key().clone())), key)?;
    if digests.is_empty() {
        bail!(
            "no license on {} is signed by {}; nothing was changed: check that it is the right record; if the key \
             never signed a license that a customer paid for, use --allow-none",
            shown(path),
            key.id()
        );
    }
    Ok(digests)
}
