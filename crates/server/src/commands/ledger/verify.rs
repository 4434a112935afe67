// Each module may use those to its left:
//     found, kept ← export, on_record
mod export;
mod found;
mod kept;
mod on_record;

use std::path::PathBuf;

use crate::args::audit_key;
use crate::args::ledger::LedgerArgs;
use crate::exit::Exit;
use crate::io::failure::usage;
use crate::io::streams::Streams;

/// Compare the ledger with its audit log, and the log with checkpoints that were kept elsewhere
///
/// Every entry of the log, the tree over them and every row of the tables are compared in one state of the database, while
/// others go on writing. An entry or a row that was changed, added, removed or moved is named. Somebody who can write to
/// the database can change the log and the tables together: only checkpoints that were kept elsewhere show that.
///
/// With --export, the entries of an export are compared with the checkpoints, without a database.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit code 3: something differs")]
pub struct Args {
    #[command(flatten)]
    ledger: LedgerArgs,
    /// Verify this export of an audit log, without a database
    #[arg(long, value_name = "FILE", conflicts_with_all = ["data", "database", "environment"])]
    export: Option<PathBuf>,
    /// Compare with the checkpoint in this file. May be repeated
    #[arg(long, value_name = "FILE")]
    checkpoint: Vec<PathBuf>,
    /// The public key that signed them, such as a copy of audit.pub; without it, audit.pub in the folder of the environment.
    /// May be repeated
    #[arg(long, value_name = "FILE")]
    checkpoint_key: Vec<PathBuf>,
    /// Write the result as JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let given =
        args.checkpoint_key.iter().map(|path| audit_key::read_public(path)).collect::<anyhow::Result<Vec<_>>>()?;
    let found = match &args.export {
        Some(_) if args.checkpoint.is_empty() => {
            return Err(usage("name a checkpoint, by --checkpoint FILE: without one, an export proves nothing"));
        }
        Some(export) => export::verify(export, &kept::open(&args.checkpoint, &given)?)?,
        None => {
            let place = args.ledger.place()?;
            let of_folder = place.public_key()?;
            // A key that was kept elsewhere was not changed together with the folder.
            let trusted = if given.is_empty() { of_folder.as_slice() } else { &given };
            let checkpoints = kept::open(&args.checkpoint, trusted)?;
            let keys: Vec<_> = given.iter().chain(&of_folder).cloned().collect();
            on_record::verify(&place, &checkpoints, &keys).await?
        }
    };
    match args.json {
        true => found.write_json(streams),
        false => found.write(streams),
    }
}
