//! A filled ledger, for a first look.

// Each module may use those to its left:
//     companies ← plan ← fill
mod companies;
mod fill;
mod plan;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, ensure};
use chrono::{DateTime, Utc};
use clap::ValueEnum;
use keyward_catalog::Catalog;
use keyward_issuer::{Environment, TrustedKey, terminal_safe_text};
use keyward_ledger::{By, Issuing, Ledger};
use keyward_server::{Clock, EnvironmentKeys, EnvironmentService, Service};

use self::fill::{Filling, beginning};
use crate::args::ledger::Place;
use crate::args::role::Role;
use crate::args::settings::Settings;
use crate::commands::serving::{Listener, Serving};
use crate::exit::Exit;
use crate::io::caller;
use crate::io::log;
use crate::io::signals::EndSignals;
use crate::io::streams::Streams;

/// Serve a ledger that is filled with a year of a fictitious vendor, for a first look
///
/// It has 2,000 licenses of three products in all states, with customers, activations, two approvals that wait and a year of the
/// audit log, and listens on this machine alone. Tokens and commands to try are printed. Ctrl-C and SIGTERM end it, and remove its temporary folder.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where to listen. Without it, on 127.0.0.1 and a free port
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0", hide_default_value = true)]
    listen: SocketAddr,
    /// A new folder for the ledger and its keys, which is kept. `serve` and `ledger` read it later
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// The environment of the demonstration.
const ENVIRONMENT: Environment = Environment::Production;

/// The catalogue.
const CATALOG: &str = include_str!("demo/catalog.toml");

pub async fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let _ = log::start();
    let by = caller::now()?;
    // From now on, signals end the program after the folder is removed.
    let mut signals = EndSignals::new()?;
    let listener = Listener::bind(args.listen)?;
    let folder = Folder::make(args.data.as_deref())?;
    // Its settings are those of a first start, for `serve` later.
    let settings = Settings::of(folder.path())?;
    let production = folder.path().join(ENVIRONMENT.to_string());
    Place::make_private_folder(&production)?;
    let begins = By::new("Grace", beginning(by.at));
    let ledger = Ledger::open_scratch(&production.join("ledger.db"), ENVIRONMENT, &begins).await?;
    let (served, key) = tokio::select! {
        filled = filled(ledger.clone(), &production, &begins, by.at) => filled?,
        () = signals.next() => {
            ledger.close().await;
            folder.end(streams)?;
            return Ok(Exit::SUCCESS);
        }
    };
    let service = Arc::new(Service::new(vec![served], Clock::system()));
    let base = format!("http://{}", listener.address());
    let serving = Serving::new(service, listener, settings.connections, None, signals).await?;
    show(&serving.service, &base, &key, &by, streams).await?;
    serving.run(folder.path(), streams).await?;
    folder.end(streams)?;
    Ok(Exit::SUCCESS)
}

/// The folder with the ledger and its keys.
enum Folder {
    /// It is removed in the end.
    Temporary(tempfile::TempDir),
    Kept(PathBuf),
}

impl Folder {
    fn make(kept: Option<&Path>) -> anyhow::Result<Folder> {
        let Some(path) = kept else {
            let made = tempfile::Builder::new().prefix("keyward-demo-").tempdir();
            return Ok(Folder::Temporary(made.context("a temporary folder can't be made")?));
        };
        Place::make_private_folder(path)?;
        let shown = terminal_safe_text(&path.display().to_string());
        let mut entries = path.read_dir().with_context(|| format!("{shown} can't be read"))?;
        ensure!(entries.next().is_none(), "{shown} is not empty: name a new folder");
        Ok(Folder::Kept(path.to_owned()))
    }

    fn path(&self) -> &Path {
        match self {
            Folder::Temporary(folder) => folder.path(),
            Folder::Kept(path) => path,
        }
    }

    fn end(self, streams: &mut Streams<'_>) -> anyhow::Result<()> {
        let shown = terminal_safe_text(&self.path().display().to_string());
        match self {
            Folder::Temporary(folder) => {
                folder.close().with_context(|| format!("{shown} can't be removed"))?;
                writeln!(streams.messages, "ended; {shown} is removed")?;
            }
            Folder::Kept(_) => writeln!(streams.messages, "ended; {shown} is kept")?,
        }
        Ok(())
    }
}

/// A whole license key that can be tried.
struct KeyToTry(String);

/// Makes the keys of the new ledger, and fills it.
async fn filled(
    ledger: Ledger,
    folder: &Path,
    begins: &By,
    now: DateTime<Utc>,
) -> anyhow::Result<(EnvironmentService, KeyToTry)> {
    keyward_issuer::write_public(&folder.join("catalog.toml"), CATALOG, keyward_issuer::Overwrite::Never)?;
    let catalog = Catalog::parse(CATALOG, "catalog.toml").map_err(|problems| anyhow::anyhow!("{problems}"))?;
    ledger.import_catalog(CATALOG, 0, begins).await?;
    EnvironmentKeys::make(folder, ENVIRONMENT, &catalog, begins.at)?;
    crate::args::audit_key::KeyFiles::in_folder(folder).make(None)?;
    let keys = EnvironmentKeys::read(folder)?;

    let trusted: Vec<TrustedKey> = keys.bundle.delegated().iter().map(|delegated| delegated.key.clone()).collect();
    let issuer = keys.licenses.as_ref().context("the key for licenses is missing")?;
    let issuing = Issuing { catalog: &catalog, issuer, trusted: &trusted };
    let license = Filling::fill(&ledger, issuing, now).await?.to_try().await?;
    let delivered = ledger.deliver(license.id, &catalog, &By::new("Grace", now)).await?;
    let key = delivered.keys.first().context("the license has no key")?.key.to_string();
    ledger.sequence().await?;
    ledger.sign_list_if_due(&keys.answers, &By::new("Grace", now)).await?;
    Ok((EnvironmentService::new(ledger, keys).await?, KeyToTry(key)))
}

/// Prints the address, a token for each role, and commands to try.
async fn show(
    service: &Service,
    base: &str,
    KeyToTry(key): &KeyToTry,
    by: &By,
    streams: &mut Streams<'_>,
) -> anyhow::Result<()> {
    let ledger = &service.environments().first().context("the demonstration has an environment")?.ledger;
    writeln!(streams.data, "Keyward listens on {base}/v1, described at {base}/docs/api")?;
    writeln!(streams.data, "\nTokens:")?;
    let mut newest = String::new();
    for role in Role::value_variants() {
        let name = role.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
        let (_, text) = ledger.create_token(&name.parse()?, role.scopes(), None, by).await?;
        newest = text.reveal().to_owned();
        writeln!(streams.data, "  {name:<15} {newest}")?;
    }
    writeln!(
        streams.data,
        "\nTo try:\n  \
         curl -H 'Authorization: Bearer {newest}' '{base}/v1/licenses?limit=3'\n  \
         curl -H 'Content-Type: application/json' {base}/v1/validate -d '{{\"key\": \"{key}\"}}'\n  \
         curl -H 'Content-Type: application/json' {base}/v1/activate -d '{{\"key\": \"{key}\", \"machine\": \"my-laptop\"}}'\n\n\
         Ctrl-C ends it."
    )?;
    Ok(streams.data.flush()?)
}
