pub mod arguments;

use clap::{Parser, Subcommand};

use crate::commands::{admin, demo, health, ledger, on_runtime, serve};
use crate::exit::{EXIT_CODES, Exit};
use crate::io::streams::Streams;

/// Keeps a vendor's licenses on record, with an audit log of all changes
#[derive(Debug, Parser)]
#[command(name = "keyward-server", version, after_help = EXIT_CODES)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// Deferred, so that the help of a command is the comment of its arguments.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
enum Command {
    /// Serve the API over the ledger
    Serve(serve::Args),
    /// Serve a ledger that is filled with a year of a fictitious vendor, for a first look
    Demo(demo::Args),
    /// Ask the server that runs whether it reaches its databases
    Health(health::Args),
    /// Make, list and end the tokens with which programs use the server
    Admin(admin::Args),
    /// Make and verify the ledger, in which all licenses are on record
    Ledger(ledger::Args),
}

impl Cli {
    /// Runs the chosen command.
    pub fn run(self, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
        match self.command {
            Command::Serve(args) => on_runtime(serve::run(&args, streams)),
            Command::Demo(args) => on_runtime(demo::run(&args, streams)),
            Command::Health(args) => on_runtime(health::run(&args, streams)),
            Command::Admin(args) => admin::run(&args, streams),
            Command::Ledger(args) => ledger::run(&args, streams),
        }
    }
}
