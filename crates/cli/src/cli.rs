pub mod arguments;

use clap::{CommandFactory, Parser, Subcommand};

use crate::commands::{
    catalog, demo, documents, explain, file, inspect, issue, keygen, print, reissue, renew, request, revocations, sign,
    state, time, trust, verify,
};
use crate::exit::{Exit, exit_codes};
use crate::io::streams::Streams;

/// Issues and checks software license keys that verify offline.
///
/// A vendor signs claims (product, edition, seats, dates, features) into a short key. A product checks the key with the
/// vendor's public key and nothing else. Begin with `keyward demo`.
#[derive(Debug, Parser)]
#[command(name = "keyward", version, after_long_help = exit_codes())]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// Every command with its summary. Only the chosen one is built in full (`defer`): building all takes longer than a
/// verification.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
enum Command {
    /// Show the whole story in a temporary folder, step by step
    Demo,
    /// Make a signing key, and the public key that products trust
    Keygen(keygen::Args),
    /// Sign claims into a license key
    Sign(sign::Args),
    /// Verify a license key or a license file, and say what it allows
    Verify(verify::Args),
    /// Explain in plain words what a license is, what was checked, and what was not
    Explain(explain::Args),
    /// Show the claims of a license key, or an activation request, without verifying it
    Inspect(inspect::Args),
    /// Print a certificate of a license, to keep on paper
    Print(print::Args),
    /// Name products, editions, features, limits and offers
    Catalog(catalog::Args),
    /// Issue a license: an offer or an edition of the catalogue, with changes
    Issue(Box<issue::Args>),
    /// Issue a license on record once more, with changes
    Reissue(Box<reissue::Args>),
    /// Issue the next term of a license on record
    Renew(Box<renew::Args>),
    /// Make an activation request, for a machine without a network
    Request(request::Args),
    /// Put license keys into a signed file, with contacts, a note and metadata
    File(Box<file::Args>),
    /// Name the signing keys that products trust, and what each may sign
    Trust(Box<trust::Args>),
    /// Revoke licenses or put them on hold, in a signed list for products
    Revocations(Box<revocations::Args>),
    /// Sign a statement of the time
    Time(Box<time::Args>),
    /// Show or reset the state that `keyward verify --state` keeps
    State(state::Args),
    /// Write a completion script for a shell
    Completions(documents::CompletionsArgs),
    /// Write a manual page
    Man(documents::ManArgs),
}

impl Cli {
    /// Runs the chosen command.
    pub fn run(self, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
        match self.command {
            Command::Demo => demo::run(streams, |line, streams| Cli::try_parse_from(line.split(' '))?.run(streams)),
            Command::Keygen(args) => keygen::run(&args, streams),
            Command::Sign(args) => sign::run(&args, streams),
            Command::Verify(args) => verify::run(&args, streams),
            Command::Explain(args) => explain::run(&args, streams),
            Command::Inspect(args) => inspect::run(&args, streams),
            Command::Print(args) => print::run(&args, streams),
            Command::Catalog(args) => catalog::run(&args, streams),
            Command::Issue(args) => issue::run(&args, streams),
            Command::Reissue(args) => reissue::run(&args, streams),
            Command::Renew(args) => renew::run(&args, streams),
            Command::Request(args) => request::run(&args, streams),
            Command::File(args) => file::run(&args, streams),
            Command::Trust(args) => trust::run(&args, streams),
            Command::Revocations(args) => revocations::run(&args, streams),
            Command::Time(args) => time::run(&args, streams),
            Command::State(args) => state::run(&args, streams),
            Command::Completions(args) => documents::completions(&args, &mut Cli::command(), streams),
            Command::Man(args) => documents::man(&args, Cli::command(), streams),
        }
    }
}
