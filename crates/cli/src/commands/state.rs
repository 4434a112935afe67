use std::num::NonZeroU8;
use std::path::PathBuf;

use anyhow::bail;
use clap::Subcommand;
use clap::builder::styling::AnsiColor;
use keyward_verifier::files::{PersistentState, StateError, StateFile, StateOrigin, Status};
use keyward_verifier::{Fingerprint, LicenseDigest};
use serde::Serialize;

use crate::assess::state_store::StateStore;
use crate::exit::Exit;
use crate::io::streams::Streams;
use crate::show::rows::{Rows, headline, write_rows};
use crate::words::{backward, harmless, written};

/// Show or forget what `keyward verify --state` remembers
///
/// The state is the latest time that is known to have been, the newest trust bundle and revocation list that were seen, the
/// roots that were handed over to, and which licenses were withdrawn. Nothing of it is secret.
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

/// Say what is remembered, and under which name
///
/// The support desk asks for the name, and for how often the clock went backward, before it takes the time of a state back.
/// Exits with 1 if the state is missing, altered, older or of another machine.
#[derive(Debug, clap::Args)]
struct Show {
    #[command(flatten)]
    store: StateArgs,
    /// Write a JSON object
    ///
    /// Its fields are always the same: found (begun, kept, or why the state is refused) and message (for people, null if it is
    /// not refused); the others are null if it is: id, writes, machine, mark (no earlier than this), backward_steps,
    /// largest_step_seconds, roots and bundle and list (the newest seen, null if none was), withdrawn (digest, outcome, reason, list).
    #[arg(long)]
    json: bool,
}

/// Forget what is remembered, and begin anew
///
/// From then on an older trust bundle or revocation list passes, and a license whose revocation was remembered does too, until
/// a list that names it is brought. So a state that is whole is forgotten only with --force.
#[derive(Debug, clap::Args)]
struct Reset {
    #[command(flatten)]
    store: StateArgs,
    /// Forget a state that is whole
    #[arg(long)]
    force: bool,
}

#[derive(Debug, clap::Args)]
struct StateArgs {
    /// The folder that `keyward verify --state` names
    #[arg(long, value_name = "FOLDER")]
    state: PathBuf,
    /// The fingerprint of this machine, 32 hex digits: a state may be tied to one
    #[arg(long, value_name = "HEX")]
    fingerprint: Option<Fingerprint>,
}

impl StateArgs {
    fn open(&self) -> anyhow::Result<StateStore> {
        StateStore::check(&self.state)?;
        if !StateFile::is_in(&self.state) {
            bail!("nothing is kept in {}: is this the folder that --state names?", self.state.display());
        }
        StateStore::open(&self.state, self.fingerprint)
    }
}

pub fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    match &args.command {
        Command::Show(args) => show(args, streams),
        Command::Reset(args) => reset(args, streams),
    }
}

fn show(args: &Show, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let store = args.store.open()?;
    let exit = if store.refused().is_some() { Exit::FAILURE } else { Exit::SUCCESS };
    if args.json {
        writeln!(streams.data, "{}", serde_json::to_string_pretty(&StateJson::of(&store))?)?;
        return Ok(exit);
    }
    let folder = harmless(&args.store.state.display().to_string());
    let Some(state) = store.state() else {
        headline(streams.data, AnsiColor::Red, &format!("The state in {folder} is not used: {}", why(&store)))?;
        let to_do = format!("find out why; to begin anew: keyward state reset --state {folder}");
        write_rows(streams.data, &[("found", store.code().to_owned()), ("what to do", to_do)])?;
        return Ok(exit);
    };
    let what =
        if store.found == StateOrigin::New { "nothing was remembered as yet" } else { "whole, and as it was written" };
    headline(streams.data, AnsiColor::Green, &format!("The state in {folder}: {what}"))?;
    write_rows(streams.data, &rows(state))?;
    writeln!(
        streams.data,
        "\nIf the clock says an earlier time than this, say because its battery is dead, set it: until then, licenses are\n\
         judged by the time above. If the clock is right and the time above is later, the clock once ran ahead: tell the\n\
         support desk the name and what is said of the clock. They send a recovery, which only this state takes, made with\n\
         keyward time issue --recover {}; bring it with keyward verify --state {folder} --time FILE.",
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
    rows.extend(state.statuses().map(|(license, status, list)| {
        let what = match status {
            Status::Revoked(reason) => format!("revoked for ever ({reason})"),
            _ => "on hold".to_owned(),
        };
        ("withdrawn", format!("license {license}: {what}, by list {list}"))
    }));
    rows
}

fn roots(state: &PersistentState) -> String {
    match (state.roots_version(), state.unproven_roots()) {
        (0, _) => "none seen".to_owned(),
        (version, Some(roots)) if roots.version() == version => {
            format!("root set {version}, {} of {}", roots.threshold(), roots.keys().len())
        }
        (version, _) => format!("root set {version}, and not what led to it"),
    }
}

fn times(count: u64) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

fn newest(version: u32) -> String {
    if version == 0 { "none seen".to_owned() } else { format!("{version} is the newest seen") }
}

fn why(store: &StateStore) -> String {
    store.refused().as_ref().map(StateError::to_string).unwrap_or_default()
}

fn reset(args: &Reset, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let mut store = args.store.open()?;
    let folder = harmless(&args.store.state.display().to_string());
    let may_be_whole = matches!(store.found, StateOrigin::Stored | StateOrigin::Refused(StateError::Foreign { .. }));
    if may_be_whole && !args.force {
        bail!("the state in {folder} is whole, and was left as it is: say --force to forget what it remembers");
    }
    let forgotten = match store.state() {
        Some(state) => forgotten(state),
        None => format!("what there was, which can't be read: {}", why(&store)),
    };
    store.reset(args.store.fingerprint)?;
    writeln!(streams.messages, "Forgotten: {forgotten}")?;
    if let Some(state) = store.state() {
        writeln!(streams.data, "{folder}: begun anew, as {}", state.id())?;
    }
    Ok(Exit::SUCCESS)
}

/// What is known no more, in one line.
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
    withdrawn: Option<Vec<WithdrawnJson>>,
}

#[derive(Serialize)]
struct RootsJson {
    version: u32,
    threshold: NonZeroU8,
    keys: Vec<String>,
}

#[derive(Serialize)]
struct WithdrawnJson {
    digest: String,
    outcome: &'static str,
    /// `null` of a hold.
    reason: Option<&'static str>,
    list: u32,
}

impl StateJson {
    fn of(store: &StateStore) -> StateJson {
        let state = store.state();
        let seen = |version: u32| (version > 0).then_some(version);
        StateJson {
            found: store.code(),
            message: store.refused().as_ref().map(StateError::to_string),
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
            withdrawn: state.map(|state| state.statuses().map(WithdrawnJson::of).collect()),
        }
    }
}

impl WithdrawnJson {
    fn of((license, status, list): (LicenseDigest, Status, u32)) -> WithdrawnJson {
        let reason = match status {
            Status::Revoked(reason) => Some(reason.code()),
            _ => None,
        };
        WithdrawnJson { digest: license.to_string(), outcome: status.code(), reason, list }
    }
}
