//! The verification of an export, without the ledger.

use std::io::BufRead;

use super::checkpoint::Checkpoint;
use super::export::{ExportError, ExportReader, ExportedEntry};
use super::personal::Personal;
use super::read::{EntryReader, Shown};
use super::replay::{Replay, ReplayError};
use super::scanner::Misspelled;
use super::tree::TreeHead;

/// An export that agrees with all given checkpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct VerifiedExport {
    /// The log of all its entries.
    pub head: TreeHead,
    /// The number of entries, from the first, that the checkpoints confirm.
    pub confirmed: u64,
    /// The number of entries whose personal values were removed.
    pub erased: u64,
}

/// Compares an export with checkpoints of the log, which were opened with its key: the entries are those of each checkpoint,
/// and their personal values are those to which they have commitments.
///
/// ```
/// use keyward_ledger::audit::verify_export;
///
/// let entry = r#"{"version":1,"at":"2026-11-28T12:00:00.000Z","actor":"Grace","action":"x","rows":[],"deleted":[]}"#;
/// let line = serde_json::json!({ "entry": entry, "personal": null });
/// let export = verify_export(format!("{line}\n").as_bytes(), &[])?;
/// assert_eq!((export.head.size, export.confirmed), (1, 0));
/// # Ok::<(), keyward_ledger::audit::ExportFault>(())
/// ```
///
/// # Errors
///
/// The first fault of the export.
pub fn verify_export(export: impl BufRead, checkpoints: &[Checkpoint]) -> Result<VerifiedExport, ExportFault> {
    let mut replay = Replay::new(checkpoints.iter().map(|checkpoint| checkpoint.head))?;
    let (mut erased, mut line) = (0_u64, 0_u64);
    for entry in ExportReader::new(export) {
        let entry = entry?;
        line = line.saturating_add(1);
        replay.push(entry.leaf())?;
        match personal(&entry) {
            Ok(Beside::All) => {}
            Ok(Beside::Removed) => erased = erased.saturating_add(1),
            Ok(Beside::Others) => return Err(ExportFault::Personal { line }),
            Err(Misspelled) => return Err(ExportFault::Entry { line }),
        }
    }
    let head = replay.finish()?.head();
    let confirmed = checkpoints.iter().map(|checkpoint| checkpoint.head.size).max().unwrap_or_default();
    Ok(VerifiedExport { head, confirmed, erased })
}

/// What stands beside an entry.
enum Beside {
    /// All its personal values.
    All,
    /// None of them.
    Removed,
    /// Others.
    Others,
}

fn personal(entry: &ExportedEntry) -> Result<Beside, Misspelled> {
    let text = entry.personal.to_string();
    let mut personal = (!entry.personal.is_null()).then(|| Personal::read(&text)).transpose()?;
    let (head, mut reader) = EntryReader::new(&entry.entry)?;
    let (mut count, mut commitments, mut is_all) = (0_u64, 0_usize, true);
    while let Some(row) = reader.row()? {
        for (column, shown) in row.columns {
            let Shown::Commitment(commitment) = shown else { continue };
            commitments = commitments.saturating_add(1);
            is_all &= personal.as_mut().is_none_or(|personal| personal.open(count, column, commitment).is_some());
        }
        count = count.saturating_add(1);
    }
    while reader.deleted()?.is_some() {}
    if let Some(reason) = head.reason {
        commitments = commitments.saturating_add(1);
        is_all &= personal.as_ref().is_none_or(|personal| personal.opens_reason(count, reason));
    }
    Ok(match personal {
        None if commitments > 0 => Beside::Removed,
        Some(personal) if !is_all || personal.has_other_values(head.reason.is_some()) => Beside::Others,
        _ => Beside::All,
    })
}

/// The reason why an export is not the log that was signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportFault {
    /// A line can't be read.
    #[error(transparent)]
    Line(#[from] ExportError),
    /// The entries are not those of a checkpoint.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// An entry is none that this version of the ledger writes.
    #[error(
        "line {line} of the export has an entry that this version does not write: is it the export of a later version?"
    )]
    Entry {
        /// The line, counted from 1.
        line: u64,
    },
    /// The personal values are not those of the entry.
    #[error("line {line} of the export has other personal values than its entry says: they were changed")]
    Personal {
        /// The line, counted from 1.
        line: u64,
    },
}
