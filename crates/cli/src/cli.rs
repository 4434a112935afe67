use clap::{Parser, Subcommand};

use crate::outcome::{Exit, exit_codes};
use crate::streams::Streams;
use crate::{
    catalog, demo, documents, explain, file, inspect, issue, keygen, print, reissue, renew, revocations, sign, state,
    time, trust, verify,
};

/// Issues and checks software license keys that verify offline.
///
/// A vendor signs claims (product, edition, seats, dates, features) into a short key, which a product checks with the
/// vendor's public key and nothing else. Begin with `keyward demo`.
#[derive(Debug, Parser)]
#[command(name = "keyward", version, after_long_help = exit_codes())]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the whole story in a temporary folder, explained as it goes
    Demo,
    Keygen(keygen::Args),
    Sign(sign::Args),
    Verify(verify::Args),
    Explain(explain::Args),
    Inspect(inspect::Args),
    Print(print::Args),
    Catalog(catalog::Args),
    Issue(Box<issue::Args>),
    Reissue(Box<reissue::Args>),
    Renew(Box<renew::Args>),
    File(Box<file::Args>),
    Trust(Box<trust::Args>),
    Revocations(Box<revocations::Args>),
    Time(Box<time::Args>),
    State(state::Args),
    Completions(documents::CompletionsArgs),
    Man(documents::ManArgs),
}

impl Cli {
    /// Does what was asked.
    pub fn run(self, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
        match self.command {
            Command::Demo => demo::run(streams),
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
            Command::File(args) => file::run(&args, streams),
            Command::Trust(args) => trust::run(&args, streams),
            Command::Revocations(args) => revocations::run(&args, streams),
            Command::Time(args) => time::run(&args, streams),
            Command::State(args) => state::run(&args, streams),
            Command::Completions(args) => documents::completions(&args, streams),
            Command::Man(args) => documents::man(&args, streams),
        }
    }
}
