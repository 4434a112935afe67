use std::path::PathBuf;

use anyhow::{Context, bail};
use keyward_verifier::files::{DelegatedKey, Delegation, KeyState, Purpose, TrustBundle};

use crate::args::issued_at::IssuedAt;
use crate::args::trust::trusted_key;
use crate::args::values::{name, purpose};
use crate::commands::signed_files::Draft;
use crate::commands::trust::bundle_key::BundleKey;
use crate::commands::trust::limits::LimitsArgs;
use crate::exit::Exit;
use crate::io::failure::usage;
use crate::io::source::Source;
use crate::io::streams::Streams;
use crate::show::signed_file::may_sign;
use crate::words::harmless;

/// Add a signing key to a trust bundle, with what it may sign
///
/// For example, a key of a build pipeline that can sign nothing but short trials, even after a theft:
///
///   keyward trust add trust.json ci.pub --name ci --may-sign licenses --kind trial --max-term 30 --max-seats 5
#[derive(Debug, clap::Args)]
pub struct Add {
    /// The trust bundle, which is changed in place
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,
    /// The public key: a path, env:NAME, or - for standard input
    #[arg(value_name = "KEY", allow_hyphen_values = true)]
    signing_key: Source,
    /// A name for the key
    #[arg(long, value_name = "TEXT", value_parser = name)]
    name: String,
    /// What it may sign, separated by commas
    #[arg(
        long,
        value_name = "PURPOSE",
        value_delimiter = ',',
        value_parser = purpose(),
        default_values = ["licenses", "license-files"]
    )]
    may_sign: Vec<Purpose>,
    #[command(flatten)]
    limits: LimitsArgs,
    #[command(flatten)]
    issued_at: IssuedAt,
}

/// Change what a signing key may sign
///
/// A limit replaces the limit of the same name; the others stay. Products with the new bundle refuse licenses beyond
/// the new limits, also those that were sold before.
#[derive(Debug, clap::Args)]
pub struct Limit {
    #[command(flatten)]
    key: BundleKey,
    /// What it may sign from now on, separated by commas
    #[arg(long, value_name = "PURPOSE", value_delimiter = ',', value_parser = purpose())]
    may_sign: Vec<Purpose>,
    /// Remove all limits, before the other options set new ones
    #[arg(long)]
    no_limits: bool,
    #[command(flatten)]
    limits: LimitsArgs,
    #[command(flatten)]
    issued_at: IssuedAt,
}

/// Retire a signing key: it signs nothing new, and its licenses still verify
///
/// Products can't tell an old license from a new one with the same dates: destroy the key. If another person may have
/// it, use `keyward trust compromise`.
#[derive(Debug, clap::Args)]
pub struct Retire {
    #[command(flatten)]
    key: BundleKey,
    #[command(flatten)]
    issued_at: IssuedAt,
}

pub fn add(args: &Add, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let key = trusted_key(&args.signing_key)?;
    let draft = Draft::<TrustBundle>::read(&args.bundle)?;
    if let Some(known) = draft.contents().key(&key.to_bytes()) {
        bail!(
            "the key {} is in the bundle already, as {}: change its limits with `keyward trust limit`",
            key.id(),
            known.name
        );
    }
    let delegation = args.limits.apply(Delegation::unlimited(sorted(&args.may_sign)));
    let changed = format!("added {} ({}), which {}", harmless(&args.name), key.id(), may_sign(&delegation));
    let mut keys = draft.contents().delegated().to_vec();
    keys.push(DelegatedKey::active(key, args.name.clone(), delegation));
    replace_keys(draft, keys, &args.issued_at, &changed, streams)
}

pub fn limit(args: &Limit, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    change(&args.key, &args.issued_at, streams, |key| {
        let before = key.may_sign.clone();
        if args.no_limits {
            key.may_sign = Delegation::unlimited(before.purposes.iter().copied());
        }
        if !args.may_sign.is_empty() {
            key.may_sign.purposes = sorted(&args.may_sign);
        }
        key.may_sign = args.limits.apply(key.may_sign.clone());
        if key.may_sign == before {
            return Err(usage(format!(
                "nothing would change, since {} {} already: name another limit, --may-sign or --no-limits",
                key.name,
                may_sign(&before)
            )));
        }
        Ok(may_sign(&key.may_sign))
    })
}

pub fn retire(args: &Retire, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    change(&args.key, &args.issued_at, streams, |key| match &key.state {
        KeyState::Active => {
            key.state = KeyState::Retired;
            Ok("is retired: it signs nothing new, and its licenses still verify".to_owned())
        }
        KeyState::Retired => bail!("{} is retired already: nothing was changed", key.name),
        _ => bail!("{} is compromised already: nothing was changed", key.name),
    })
}

/// Changes one key, and reports the change.
pub fn change(
    args: &BundleKey,
    issued_at: &IssuedAt,
    streams: &mut Streams<'_>,
    change: impl FnOnce(&mut DelegatedKey) -> anyhow::Result<String>,
) -> anyhow::Result<Exit> {
    let draft = Draft::<TrustBundle>::read(&args.bundle)?;
    let position = args.position(draft.contents())?;
    let mut keys = draft.contents().delegated().to_vec();
    let key = keys.get_mut(position).context("the key is gone")?;
    let changed = change(key)?;
    let changed = format!("{} ({}) {changed}", harmless(&key.name), key.key.id());
    replace_keys(draft, keys, issued_at, &changed, streams)
}

fn replace_keys(
    mut draft: Draft<TrustBundle>,
    keys: Vec<DelegatedKey>,
    issued_at: &IssuedAt,
    changed: &str,
    streams: &mut Streams<'_>,
) -> anyhow::Result<Exit> {
    let bundle = draft.contents_mut();
    let names = std::mem::take(&mut bundle.names);
    *bundle = TrustBundle::new(bundle.version, bundle.issued_at, keys)?;
    bundle.names = names;
    draft.write(issued_at, changed, streams)?;
    Ok(Exit::SUCCESS)
}

/// Each purpose once, in the order of the format.
fn sorted(purposes: &[Purpose]) -> Vec<Purpose> {
    Purpose::ALL.into_iter().filter(|purpose| purposes.contains(purpose)).collect()
}
