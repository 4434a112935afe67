use std::path::Path;

use anyhow::anyhow;

/// The path of a record that must exist.
pub fn existing(record: &Path) -> anyhow::Result<&Path> {
    if record.exists() { Ok(record) } else { Err(anyhow!("there is no record {}: check its name", record.display())) }
}
