use std::num::NonZeroU8;
use std::path::PathBuf;

use anyhow::{anyhow, bail};
use clap::Subcommand;
use clap::builder::styling::AnsiColor;
use keyward_verifier::files::{PersistentState, StateError, StateFile, Status};
use keyward_verifier::{Fingerprint, LicenseDigest};
use serde::Serialize;

use crate::assess::state_store::{self, StateStore, Unused};
use crate::exit::Exit;
use crate::io::streams::Streams;
use crate::show::rows::{Rows, headline, write_rows};
use crate::words::{backward, harmless, written};

/// Show or reset the state that `keyward verify --state` keeps
///
/// The state has the latest time seen, the newest root set, trust bundle and revocation list seen, and the licenses
/// seen revoked or on hold. Nothing in it is secret.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Show(Show),
    Reset(Reset),
}

/// Show the state and its name
///
/// The vendor's support asks for the name, and how often the clock went backward, before it makes a recovery. Exits
/// with 1 if the state is missing, altered, older or from another machine.
#[derive(Debug, clap::Args)]
struct Show {
    #[command(flatten)]
    store: StateArgs,
    /// Write a JSON object
    ///
    /// It always has the same fields: found (begun, kept, or the reason of a refusal) and message (for people; null
    /// without a refusal). The others are null after a refusal: id, writes, machine, mark (the time is no earlier),
    /// backward_steps, largest_step_seconds, roots, bundle and list (the newest seen, or null), list_signers (key_id,
    /// list: the newest list of each key), licenses (digest, outcome, reason, list).
    #[arg(long)]
    json: bool,
}

/// Forget the state and begin a new one
///
/// After that, older trust bundles and revocation lists are accepted, and so is a license that was seen revoked, until
/// a list names it again. A state that may be intact is forgotten only with --force.
#[derive(Debug, clap::Args)]
struct Reset {
    #[command(flatten)]
    store: StateArgs,
    /// Forget a state that may be intact
    #[arg(long)]
    force: bool,
}

#[derive(Debug, clap::Args)]
struct StateArgs {
    /// The folder of the state
    #[arg(long, value_name = "FOLDER")]
    state: PathBuf,
    /// The fingerprint of this machine, 32 hex digits, if the state is tied to one
    #[arg(long, value_name = "HEX")]
    fingerprint: Option<Fingerprint>,
}

impl StateArgs {
    fn read(&self) -> anyhow::Result<StateStore> {
        let none = || anyhow!("there is no state in {}: check the name of the folder", self.state.display());
        StateStore::read(&self.state, self.fingerprint)?.ok_or_else(none)
    }
}

pub fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    match &args.command {
        Command::Show(args) => show(args, streams),
        Command::Reset(args) => reset(args, streams),
    }
}

fn show(args: &Show, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let store = args.store.read()?;
    let exit = if store.unused().is_some() { Exit::FAILURE } else { Exit::SUCCESS };
    if args.json {
        writeln!(streams.data, "{}", serde_json::to_string_pretty(&StateJson::of(&store))?)?;
        return Ok(exit);
    }
    let folder = harmless(&args.store.state.display().to_string());
    let Some(state) = store.state() else {
        headline(streams.data, AnsiColor::Red, &format!("The state in {folder} is not used: {}", why(&store)))?;
        let to_do = store.unused().map(|unused| unused.to_do(&folder)).unwrap_or_default();
        write_rows(streams.data, &[("found", store.code().to_owned()), ("what to do", to_do)])?;
        return Ok(exit);
    };
    headline(streams.data, AnsiColor::Green, &format!("The state in {folder}: intact"))?;
    write_rows(streams.data, &rows(state))?;
    writeln!(
        streams.data,
        "\nIf the clock is behind this time, for example because its battery is dead, set it: until then, licenses are judged\n\
         by the time above. If the clock is right and this time is ahead of it, the clock ran ahead once: send the name of\n\
         the state and its row on the clock to the vendor's support. They make a recovery for this state alone, with\n\
         keyward time issue --recover {}; use it with keyward verify --state {folder} --time FILE.",
        state.id()
    )?;
    Ok(exit)
}

fn rows(state: &PersistentState) -> Rows {
    let mark = state.mark();
    let mut rows = vec![
        ("name", state.id().to_string()),
        ("written", times(state.writes())),
        ("machine", state.machine().map_or("tied to none".to_owned(), |machine| format!("tied to {machine}"))),
        ("time", mark.instant().map_or("not known".to_owned(), |time| format!("no earlier than {}", written(time)))),
        ("clock", backward(mark).map_or("never went backward".to_owned(), |how| format!("went backward {how}"))),
        ("roots", roots(state)),
        ("trust bundle", newest(state.bundle_version())),
        ("revocation list", newest(state.list_sequence())),
    ];
    rows.extend(state.list_signers().map(|(key, list)| ("", format!("list {list} is the newest of {key}"))));
    rows.extend(state.statuses().map(|(license, status, list)| {
        let what = match status {
            Status::Revoked(reason) => format!("revoked for ever ({reason})"),
            _ => "on hold".to_owned(),
        };
        ("license", format!("{license} {what}, by list {list}"))
    }));
    rows
}

fn roots(state: &PersistentState) -> String {
    match (state.roots_version(), state.unproven_roots()) {
        (0, _) => "none seen".to_owned(),
        (version, Some(roots)) if roots.version() == version => {
            format!("root set {version}, {} of {}", roots.threshold(), roots.keys().len())
        }
        (version, _) => format!("root set {version}, without the sets before it"),
    }
}

fn times(count: u64) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

fn newest(version: u32) -> String {
    if version == 0 { "none seen".to_owned() } else { format!("{version} is the newest seen") }
}

fn why(store: &StateStore) -> String {
    store.unused().map(Unused::to_string).unwrap_or_default()
}

fn reset(args: &Reset, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let StateArgs { state: path, fingerprint } = &args.store;
    StateStore::check(path)?;
    let folder = harmless(&path.display().to_string());
    if !StateFile::is_in(path) {
        bail!("there is no state in {}: check the name of the folder", path.display());
    }
    let (state, before) = state_store::reset(path, *fingerprint, |before| {
        let may_be_intact = match before {
            Ok(state) => state.writes() > 0,
            Err(error) => matches!(error, StateError::Foreign { .. } | StateError::NeedsNewer { .. }),
        };
        if may_be_intact && !args.force {
            bail!("the state in {folder} may be intact, and was not changed: forget it with --force");
        }
        Ok(())
    })?;
    let forgotten = match before {
        Ok(state) => forgotten(&state),
        Err(error) => format!("a state that can't be read: {error}"),
    };
    writeln!(streams.messages, "Forgotten: {forgotten}")?;
    writeln!(streams.data, "{folder}: a new state, {}", state.id())?;
    Ok(Exit::SUCCESS)
}

/// The forgotten state in one line.
fn forgotten(state: &PersistentState) -> String {
    let mark = state.mark();
    let mut what = vec![format!("state {}", state.id())];
    what.extend(mark.instant().map(|time| format!("that it is no earlier than {}", written(time))));
    what.extend(backward(mark).map(|how| format!("that the clock went backward {how}")));
    what.extend(
        Some(state.roots_version()).filter(|version| *version > 0).map(|version| format!("root set {version}")),
    );
    what.extend(
        Some(state.bundle_version()).filter(|version| *version > 0).map(|version| format!("trust bundle {version}")),
    );
    what.extend(Some(state.list_sequence()).filter(|list| *list > 0).map(|list| format!("revocation list {list}")));
    what.extend(state.statuses().map(|(license, status, _)| format!("that license {license} is {}", status.code())));
    what.join(", ")
}

#[derive(Serialize)]
struct StateJson {
    found: &'static str,
    message: Option<String>,
    id: Option<String>,
    writes: Option<u64>,
    machine: Option<String>,
    mark: Option<String>,
    backward_steps: Option<u32>,
    largest_step_seconds: Option<i64>,
    roots: Option<RootsJson>,
    bundle: Option<u32>,
    list: Option<u32>,
    list_signers: Option<Vec<SignerJson>>,
    licenses: Option<Vec<LicenseJson>>,
}

#[derive(Serialize)]
struct SignerJson {
    key_id: String,
    /// The newest of its lists.
    list: u32,
}

#[derive(Serialize)]
struct RootsJson {
    version: u32,
    threshold: NonZeroU8,
    keys: Vec<String>,
}

#[derive(Serialize)]
struct LicenseJson {
    digest: String,
    outcome: &'static str,
    /// `null` for a hold.
    reason: Option<&'static str>,
    list: u32,
}

impl StateJson {
    fn of(store: &StateStore) -> StateJson {
        let state = store.state();
        let seen = |version: u32| (version > 0).then_some(version);
        StateJson {
            found: store.code(),
            message: store.unused().map(Unused::to_string),
            id: state.map(|state| state.id().to_string()),
            writes: state.map(PersistentState::writes),
            machine: state.and_then(PersistentState::machine).map(Fingerprint::to_string),
            mark: state.and_then(|state| state.mark().instant()).map(written),
            backward_steps: state.map(|state| state.mark().backward_steps()),
            largest_step_seconds: state.map(|state| state.mark().largest_step().num_seconds()),
            roots: state.and_then(PersistentState::unproven_roots).map(|roots| RootsJson {
                version: roots.version(),
                threshold: roots.threshold(),
                keys: roots.keys().iter().map(|key| key.id().to_string()).collect(),
            }),
            bundle: state.and_then(|state| seen(state.bundle_version())),
            list: state.and_then(|state| seen(state.list_sequence())),
            list_signers: state.map(|state| {
                state.list_signers().map(|(key, list)| SignerJson { key_id: key.to_string(), list }).collect()
            }),
            licenses: state.map(|state| state.statuses().map(LicenseJson::of).collect()),
        }
    }
}

impl LicenseJson {
    fn of((license, status, list): (LicenseDigest, Status, u32)) -> LicenseJson {
        let reason = match status {
            Status::Revoked(reason) => Some(reason.code()),
            _ => None,
        };
        LicenseJson { digest: license.to_string(), outcome: status.code(), reason, list }
    }
}
