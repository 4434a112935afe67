//! The commands about the ledger.

// Each module may use those to its left:
//     checkpoint, export_log, init, verify
mod checkpoint;
mod export_log;
mod init;
mod verify;

use clap::Subcommand;

use crate::exit::Exit;
use crate::io::streams::Streams;

/// Make and verify the ledger, in which all licenses are on record
///
/// A ledger belongs to one environment. It is a SQLite file in the folder that --data names, or a PostgreSQL database.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

/// Deferred, so that the help of a command is the comment of its arguments.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
enum Command {
    /// Make a ledger, and the key that signs checkpoints of its audit log
    Init(init::Args),
    /// Sign a checkpoint of the audit log, to keep elsewhere
    Checkpoint(checkpoint::Args),
    /// Write the audit log to a file, which is verified without the ledger
    ExportLog(export_log::Args),
    /// Compare the ledger with its audit log, and the log with checkpoints that were kept elsewhere
    Verify(verify::Args),
}

pub fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    super::on_runtime(async {
        match &args.command {
            Command::Init(args) => init::run(args, streams).await,
            Command::Checkpoint(args) => checkpoint::run(args, streams).await,
            Command::ExportLog(args) => export_log::run(args, streams).await,
            Command::Verify(args) => verify::run(args, streams).await,
        }
    })
}
