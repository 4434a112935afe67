use crate::args::ledger::LedgerArgs;
use crate::exit::Exit;
use crate::io::caller;
use crate::io::streams::Streams;

/// Sign a checkpoint of the audit log, to keep elsewhere
///
/// Writes a signed note to standard output, with the number of entries and the root of the tree over them. Keep it where nobody
/// who can write to the database can change it: with it, keyward-server ledger verify finds later whether an entry before
/// it was changed, removed or moved. A copy stays in the ledger.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    ledger: LedgerArgs,
}

pub async fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let by = caller::now()?;
    let place = args.ledger.place()?;
    let key = place.key_files()?.read()?;
    let ledger = place.open().await?;
    let note = ledger.checkpoint(&key.signing, &key.public, &by).await?;
    ledger.close().await;
    streams.data.write_all(note.as_bytes())?;
    Ok(Exit::SUCCESS)
}
