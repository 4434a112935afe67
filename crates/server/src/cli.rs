pub mod arguments;

use clap::{Parser, Subcommand};

use crate::commands::ledger;
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
    /// Make and verify the ledger, in which all licenses are on record
    Ledger(ledger::Args),
}

impl Cli {
    /// Runs the chosen command.
    pub fn run(self, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
        match self.command {
            Command::Ledger(args) => ledger::run(&args, streams),
        }
    }
}
