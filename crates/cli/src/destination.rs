use std::path::Path;

use anyhow::bail;
use keyward_issuer::Overwrite;

/// What happens to a file that is there already, as `--force` says.
pub const fn overwrite(force: bool) -> Overwrite {
    if force { Overwrite::Replace } else { Overwrite::Never }
}

/// Refuses early what would be refused when it is written, before anyone has typed a passphrase.
pub fn check(path: &Path, overwrite: Overwrite) -> anyhow::Result<()> {
    if overwrite == Overwrite::Never && path.symlink_metadata().is_ok() {
        bail!("{} exists and was left as it is: choose another name, or say --force to replace it", path.display());
    }
    Ok(())
}
