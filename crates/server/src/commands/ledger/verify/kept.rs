use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use keyward_ledger::audit::{Checkpoint, CheckpointError, CheckpointKey};

use crate::io::failure::usage;

/// Opens the checkpoints in these files. Each was signed with one of the keys.
pub fn open(paths: &[PathBuf], keys: &[CheckpointKey]) -> anyhow::Result<Vec<Checkpoint>> {
    paths.iter().map(|path| open_one(path, keys)).collect()
}

fn open_one(path: &Path, keys: &[CheckpointKey]) -> anyhow::Result<Checkpoint> {
    let note = fs::read(path).with_context(|| format!("{} can't be read", path.display()))?;
    let is_of_another_key = |opened: &Result<_, _>| matches!(opened, Err(CheckpointError::UnknownKey { .. }));
    match keys.iter().map(|key| key.open(&note)).min_by_key(is_of_another_key) {
        Some(opened) => opened.with_context(|| path.display().to_string()),
        None => Err(usage("name the public key that signed the checkpoints, by --checkpoint-key FILE")),
    }
}
