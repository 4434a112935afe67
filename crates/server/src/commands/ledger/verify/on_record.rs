use keyward_ledger::audit::{Checkpoint, CheckpointKey};
use keyward_ledger::{Ledger, Verification};
use serde_json::{Map, Value, json};

use super::found::{Found, erased_remark};
use crate::args::ledger::Place;
use crate::io::progress;

/// Compares a ledger with its audit log, and the log with checkpoints. All keys that ever signed checkpoints of this ledger are
/// needed.
pub async fn verify(place: &Place, checkpoints: &[Checkpoint], keys: &[CheckpointKey]) -> anyhow::Result<Found> {
    let ledger = place.open().await?;
    let progress = progress::spinner("verifying the ledger");
    let verified = ledger.verify(keys, checkpoints).await;
    progress.finish_and_clear();
    ledger.close().await;
    Ok(found(&verified?, checkpoints.len()))
}

fn found(verified: &Verification, checkpoints: usize) -> Found {
    let mut differences: Vec<_> = verified.differences.iter().map(ToString::to_string).collect();
    if verified.further > 0 {
        differences.push(format!("{} further differences are not named", verified.further));
    }
    Found {
        head: Some(verified.head),
        confirmed: verified.confirmed,
        remarks: remarks(verified, checkpoints),
        fields: fields(verified),
        differences,
    }
}

fn remarks(verified: &Verification, checkpoints: usize) -> Vec<String> {
    let Verification { head, confirmed, pending, erased, rows, .. } = verified;
    let agree = if verified.agrees() { "agree" } else { "do not agree" };
    let mut remarks = vec![format!("The audit log and the tables {agree} (entries: {}, rows: {rows}).", head.size)];
    if *pending > 0 {
        remarks.push(format!("Entries that are not in the tree yet: {pending}. A checkpoint puts them there."));
    }
    remarks.extend(erased_remark(*erased));
    remarks.push(match checkpoints {
        0 => "No checkpoint is given: only one that was kept elsewhere shows a change of the log and the tables together."
            .to_owned(),
        _ => format!("Entries that the checkpoints confirm, from the first: {confirmed}."),
    });
    remarks
}

fn fields(verified: &Verification) -> Map<String, Value> {
    let unproven = Ledger::unproven()
        .into_iter()
        .map(|unproven| json!({ "table": unproven.table, "column": unproven.column, "because": unproven.because }));
    let fields = [
        ("pending", json!(verified.pending)),
        ("erased", json!(verified.erased)),
        ("rows", json!(verified.rows)),
        ("further_differences", json!(verified.further)),
        ("unproven", unproven.collect()),
    ];
    fields.map(|(name, value)| (name.to_owned(), value)).into_iter().collect()
}
