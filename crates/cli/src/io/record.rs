use std::path::Path;

use anyhow::anyhow;

/// The record, where a command can't do without.
pub fn existing(record: &Path) -> anyhow::Result<&Path> {
    if record.exists() {
        Ok(record)
    } else {
        Err(anyhow!("there is no record {}: see that its name is right", record.display()))
    }
}
