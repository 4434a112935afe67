use std::path::{Path, PathBuf};

use keyward_issuer::record::RecordFile;
use keyward_verifier::files::KeyState;
use keyward_verifier::{LicenseDigest, TrustedKey};

use crate::carried::{IssuedAt, counted};
use crate::desk;
use crate::licenses::{self, LicenseArgument};
use crate::outcome::Exit;
use crate::streams::Streams;
use crate::trust::bundle_key::BundleKey;
use crate::trust::keys::change;

/// Say that a signing key is in wrong hands: nothing that it signed verifies, but for the licenses that are listed
///
/// Which licenses stay good has to be said, one way or the other: without the list, everyone who paid for a license of this
/// key loses it. Said once more of the same key, the new list takes the place of the old.
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
    /// A license that was really issued, by its digest, its key or a file with keys. May be repeated
    #[arg(long, value_name = "DIGEST|KEY|FILE", allow_hyphen_values = true)]
    allow: Vec<LicenseArgument>,
    /// Every license on this issue record that the key signed
    #[arg(long, value_name = "FILE")]
    allow_record: Option<PathBuf>,
    /// No license at all: the key never signed one that anyone paid for
    #[arg(long)]
    allow_none: bool,
}

pub fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let named = licenses::digests(&args.allowed.allow, streams)?;
    change(&args.key, &args.issued_at, streams, |key| {
        let mut allowed = match &args.allowed.allow_record {
            Some(path) => on_record(path, &key.key)?,
            None => named,
        };
        allowed.sort_unstable();
        allowed.dedup();
        let good = counted(allowed.len(), "listed license");
        let before = std::mem::replace(&mut key.state, KeyState::Compromised { allowed });
        Ok(match before {
            KeyState::Compromised { allowed } => {
                format!("was compromised already: in place of {}, {good} are good", allowed.len())
            }
            _ => format!("is compromised: nothing that it signed verifies, but for {good}"),
        })
    })
}

/// The licenses on record that the key really signed.
fn on_record(path: &Path, key: &TrustedKey) -> anyhow::Result<Vec<LicenseDigest>> {
    let mut record = RecordFile::open(desk::existing(path)?)?;
    let mut digests = Vec::new();
    for record in record.records()? {
        let record = record?;
        let license = record.key();
        if record.key_id() == key.id() && key.verifies(license.signed_bytes(), license.signature()) {
            digests.push(record.digest());
        }
    }
    Ok(digests)
}
