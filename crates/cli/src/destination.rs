use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::builder::{BoolValueParser, TypedValueParser};
use keyward_issuer::Overwrite;

use crate::failure::usage;
use crate::source::Source;

/// What happens to a file that is there already, as the flag `--force` says.
pub fn overwrite() -> impl TypedValueParser<Value = Overwrite> {
    BoolValueParser::new().map(|force| if force { Overwrite::Replace } else { Overwrite::Never })
}

/// Refuses early what would be refused when it is written, before anyone has typed a passphrase.
pub fn check(path: &Path, overwrite: Overwrite) -> anyhow::Result<()> {
    if overwrite == Overwrite::Never && path.symlink_metadata().is_ok() {
        bail!("{} exists and was left as it is: choose another name, or say --force to replace it", path.display());
    }
    Ok(())
}

/// Refuses to write over what is read, such as the signing key, by whichever name.
pub fn check_not_read<'a>(path: &Path, sources: impl IntoIterator<Item = &'a Source>) -> anyhow::Result<()> {
    let Some(output) = resolved(path) else { return Ok(()) };
    for source in sources {
        if let Source::Path(input) = source {
            if resolved(input).is_some_and(|input| input == output) {
                return Err(usage(format!(
                    "{} is read too, and was left as it is: choose another name for what is written",
                    path.display()
                )));
            }
        }
    }
    Ok(())
}

/// The one name of a file, also of one that is not there yet.
fn resolved(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok().or_else(|| {
        let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
        Some(folder.canonicalize().ok()?.join(path.file_name()?))
    })
}
