use chrono::{DateTime, SubsecRound, Utc};
use clap::Subcommand;
use keyward_issuer::write_public;
use keyward_verifier::files::{FileKind, StateId, TimePurpose, TimeStatement};

use crate::args::signer::SignerArgs;
use crate::args::trust::TrustArgs;
use crate::commands::signed_files::{self, ShowArgs, unsigned, warn_of_the_future, warn_of_the_past};
use crate::exit::Exit;
use crate::io::clock;
use crate::io::destination::{Destination, Output};
use crate::io::source::one_stdin;
use crate::io::streams::Streams;
use crate::words::{shown, written};

/// Sign a statement of the time
///
/// For machines with clocks that can't be trusted. A product with the statement knows that the time is no earlier. A
/// statement never sets the time of a product back. A recovery does, for one state alone, after a clock ran ahead.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Issue(Box<Issue>),
    Show(Show),
}

/// Sign a statement of the time
#[derive(Debug, clap::Args)]
struct Issue {
    #[command(flatten)]
    signer: SignerArgs,
    #[command(flatten)]
    destination: Destination,
    /// State this day (at noon UTC) or this time, instead of now
    #[arg(long, value_name = "DATE|TIME", value_parser = clock::parse_at)]
    at: Option<DateTime<Utc>>,
    /// Make a recovery for the state with this name, 16 hex digits, which `keyward state show` shows
    ///
    /// For a customer whose clock ran ahead, for example after a dead battery. It works for that state alone, once.
    #[arg(long, value_name = "STATE-ID")]
    recover: Option<StateId>,
}

/// Show a statement of the time
///
/// With --trust, its signature is verified; without, its contents are shown as not verified. Exits with 0, or with the
/// exit code of the refusal, such as unknown-key.
#[derive(Debug, clap::Args)]
struct Show {
    #[command(flatten)]
    trust: TrustArgs,
    #[command(flatten)]
    show: ShowArgs,
}

pub fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    match &args.command {
        Command::Issue(args) => issue(args, streams),
        Command::Show(args) => show(args, streams),
    }
}

fn issue(args: &Issue, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    args.signer.check()?;
    one_stdin(args.signer.sources())?;
    let output = args.destination.check(Output::Signed(FileKind::TimeStatement), args.signer.sources())?;
    let (issuer, failure) = args.signer.issuer()?;
    // Read after the passphrase, which may take a while to type.
    let time = args.at.map_or_else(clock::now_for_signing, Ok)?.trunc_subsecs(0);
    let purpose = args.recover.map_or(TimePurpose::Evidence, |state| TimePurpose::Recovery { state });
    let mut file = unsigned(&TimeStatement::new(time, purpose))?;
    file.sign(&issuer).map_err(|error| failure.explain(error))?;
    warn_of_the_future(time, streams)?;
    warn_of_the_past(time, streams)?;
    match output {
        Some((path, overwrite)) => {
            write_public(path, &file.to_string(), overwrite)?;
            let serves = args.recover.map_or(String::new(), |state| format!(", as a recovery for the state {state}"));
            writeln!(streams.messages, "{}: the time {}{serves}", shown(path), written(time))?;
        }
        None => streams.data.write_all(file.to_string().as_bytes())?,
    }
    Ok(Exit::SUCCESS)
}

fn show(args: &Show, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    one_stdin(args.trust.sources().chain([args.show.source()]))?;
    let verify = |bytes: &[u8], _| signed_files::verified(&args.show, &args.trust, |trust| trust.time_statement(bytes));
    let to_verify = "To verify its signature, add --trust, such as --trust vendor.pub.";
    signed_files::show(&args.show, &[FileKind::TimeStatement], verify, to_verify, streams)
}
