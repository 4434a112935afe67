use std::fs::{self, File, OpenOptions};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use anyhow::Context;
use keyward_issuer::terminal_safe_text;
use keyward_ledger::audit::TreeHead;
use keyward_ledger::{By, Ledger};

use crate::args::ledger::LedgerArgs;
use crate::exit::Exit;
use crate::io::streams::Streams;
use crate::io::{caller, progress};

/// Write the audit log to a file, which is verified without the ledger
///
/// The file has one entry a line, as JSON, with personal values: only you can read it. An auditor compares it with checkpoints,
/// by keyward-server ledger verify --export. The export is an entry of the log itself.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    ledger: LedgerArgs,
    /// The new file, such as audit.jsonl
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

pub async fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let by = caller::now()?;
    let ledger = args.ledger.place()?.open().await?;
    let path = &args.output;
    let file = create(path).with_context(|| format!("{} can't be made", path.display()))?;
    let progress = progress::spinner("exporting the audit log");
    let exported = export(&ledger, file, &by).await;
    progress.finish_and_clear();
    ledger.close().await;
    let head = exported.inspect_err(|_| {
        // A part of the log could be taken for all of it.
        let _ = fs::remove_file(path);
    })?;
    let path = terminal_safe_text(&path.display().to_string());
    writeln!(streams.messages, "{path}: the audit log (entries: {}).", head.size)?;
    Ok(Exit::SUCCESS)
}

async fn export(ledger: &Ledger, file: File, by: &By) -> anyhow::Result<TreeHead> {
    let mut writer = BufWriter::new(file);
    let head = ledger.export_log(&mut writer, by).await?;
    writer.into_inner()?.sync_all()?;
    Ok(head)
}

/// A new file that only this user can read. One that exists is not replaced.
fn create(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
