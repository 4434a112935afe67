use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use anyhow::Context;
use keyward_ledger::audit::{Checkpoint, ExportFault, ReplayError, VerifiedExport, verify_export};
use serde_json::{Map, json};

use super::found::{Found, erased_remark};
use crate::io::progress;

/// Compares an export with checkpoints.
pub fn verify(export: &Path, checkpoints: &[Checkpoint]) -> anyhow::Result<Found> {
    let named = || export.display().to_string();
    let file = File::open(export).with_context(|| format!("{} can't be read", export.display()))?;
    let bytes = file.metadata().map_or(0, |metadata| metadata.len());
    let progress = progress::bar(bytes, "verifying the export");
    let verified = verify_export(BufReader::new(progress.wrap_read(file)), checkpoints);
    progress.finish_and_clear();
    match verified {
        Ok(verified) => Ok(agrees(verified)),
        Err(fault @ ExportFault::Line(_)) => Err(fault).with_context(named),
        Err(fault) => Ok(differs(&fault)),
    }
}

fn agrees(verified: VerifiedExport) -> Found {
    let VerifiedExport { head, confirmed, erased, .. } = verified;
    let agree = format!("The export agrees with the checkpoints (entries: {}, confirmed: {confirmed}).", head.size);
    let fields = Map::from_iter([("erased".to_owned(), json!(erased))]);
    let remarks = [agree].into_iter().chain(erased_remark(erased)).collect();
    Found { head: Some(head), confirmed, differences: Vec::new(), remarks, fields }
}

fn differs(fault: &ExportFault) -> Found {
    let confirmed = match fault {
        ExportFault::Replay(ReplayError::Altered { confirmed, .. }) => *confirmed,
        _ => 0,
    };
    let remarks = vec!["The export does not agree.".to_owned()];
    Found { head: None, confirmed, differences: vec![fault.to_string()], remarks, fields: Map::new() }
}
