use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use keyward_catalog::Catalog;
use keyward_issuer::terminal_safe_text;
use keyward_ledger::By;
use keyward_server::{Clock, EnvironmentKeys, EnvironmentService, Limits, Rates, Service};

use crate::args::ledger::Place;
use crate::args::settings::{LimitSettings, Settings};
use crate::commands::serving::{Listener, Serving};
use crate::exit::Exit;
use crate::io::caller;
use crate::io::log;
use crate::io::signals::EndSignals;
use crate::io::streams::Streams;

/// Serve the API over the ledger
///
/// On first start it makes what is missing in DIR: the settings (server.toml), and for each environment the ledger, the keys, the
/// trust bundle and a sample catalogue. Products embed DIR/production/roots.json. SIGTERM and Ctrl-C end it after the calls that
/// run.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder of the server
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Where to listen, instead of the setting
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
}

pub async fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let events = log::start();
    let by = caller::now()?;
    Place::make_private_folder(&args.data)?;
    // Two first starts at once would make two roots.
    let alone = Place::wait_to_be_alone(&args.data)?;
    let settings = Settings::of(&args.data)?;
    let mut environments = Vec::new();
    for name in &settings.environments {
        let place = Place::of_environment(&args.data, (*name).into(), settings.environments.len())?;
        environments.push(open(&place, &by, streams).await?);
    }
    drop(alone);
    let call_time = Duration::from_secs(settings.connections.call_seconds.get().into());
    let service = Service::new(environments, Clock::system()).with_limits(limits(&settings)).with_call_time(call_time);
    let listener = Listener::bind(args.listen.unwrap_or(settings.listen))?;
    let (scheme, address) = (if settings.tls.is_some() { "https" } else { "http" }, listener.address());
    let service = Arc::new(service.with_events(&events));
    let signals = EndSignals::new()?;
    let mut serving = Serving::new(service, listener, settings.connections, settings.tls.as_ref(), signals).await?;
    serving.metrics = settings.metrics.map(Listener::bind).transpose()?;
    writeln!(streams.messages, "Keyward listens on {scheme}://{address}/v1")?;
    if settings.tls.is_none() && !address.ip().is_loopback() {
        writeln!(streams.messages, "Calls are not encrypted: let only a proxy with TLS reach it, or set [tls]")?;
    }
    if let Some(metrics) = &serving.metrics {
        writeln!(streams.messages, "Figures are at http://{}/metrics", metrics.address())?;
    }
    serving.run(&args.data, streams).await?;
    writeln!(streams.messages, "ended")?;
    Ok(Exit::SUCCESS)
}

fn limits(settings: &Settings) -> Limits {
    let LimitSettings { per_address, per_machine, per_license, per_slot } = settings.limits;
    Limits::new(Rates { per_address, per_machine, per_license, per_slot }, settings.proxies.clone())
}

/// Opens the ledger of an environment, with its keys and its catalogue. What is missing is made.
async fn open(place: &Place, by: &By, streams: &mut Streams<'_>) -> anyhow::Result<EnvironmentService> {
    let folder = place.folder().context("a server has a folder")?.to_owned();
    place.make_folder()?;
    let ledger = place.make(by).await?;
    let catalog_file = folder.join("catalog.toml");
    if ledger.catalog_number().await? == 0 {
        if !catalog_file.exists() {
            keyward_issuer::write_public(&catalog_file, Catalog::EXAMPLE, keyward_issuer::Overwrite::Never)?;
        }
        let shown = terminal_safe_text(&catalog_file.display().to_string());
        let text = std::fs::read_to_string(&catalog_file).with_context(|| format!("{shown} can't be read"))?;
        if let Err(problems) = Catalog::parse(&text, &shown) {
            anyhow::bail!("{problems}");
        }
        ledger.import_catalog(&text, 0, by).await?;
        writeln!(streams.messages, "{shown}: the catalogue, imported into the ledger.")?;
    }
    let (environment, now) = (ledger.environment(), by.at);
    if !EnvironmentKeys::are_in(&folder) {
        let version = ledger.catalog().await?.context("the ledger has no catalogue")?;
        let catalog =
            Catalog::parse(&version.text, "catalog.toml").map_err(|problems| anyhow::anyhow!("{problems}"))?;
        EnvironmentKeys::make(&folder, environment, &catalog, now)?;
    }
    place.key_files()?.make(None)?;
    let keys = EnvironmentKeys::read(&folder)?;
    if let Some(root) = EnvironmentKeys::root_left_in(&folder) {
        let shown = terminal_safe_text(&root.display().to_string());
        writeln!(
            streams.messages,
            "{shown}: the root key of {environment}. Move it to a medium that stays offline: the server never needs it, and \
             with it any key can be made trusted."
        )?;
    }
    Ok(EnvironmentService::new(ledger, keys).await?)
}
