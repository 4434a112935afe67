use std::fs::OpenOptions;
use std::io::{self, Read};

use keyward_verifier::files::{FileKind, open_regular};

use super::{NumbersError, SignableFile, SignedNumbers};
use crate::{Overwrite, WriteError, write_public};

/// The names of the copies.
const COPIES: [(FileKind, &str); 2] =
    [(FileKind::RevocationList, "keyward.newest-list"), (FileKind::TrustBundle, "keyward.newest-bundle")];

/// The copies of the newest revocation list and the newest trust bundle that were signed in a folder. A draft changes in place,
/// and a signed file goes elsewhere, so without a copy nobody could tell what a new list or bundle leaves out.
impl SignedNumbers {
    /// The names of the copies in the folder.
    pub const COPY_NAMES: [&str; 2] = [COPIES[0].1, COPIES[1].1];

    /// The name of the copy of this kind; `None` for a kind of which no copy is kept.
    pub fn copy_name(kind: FileKind) -> Option<&'static str> {
        COPIES.iter().find(|(of_kind, _)| *of_kind == kind).map(|(_, name)| *name)
    }

    /// Keeps the number of a file as [`SignedNumbers::keep`] does. Of the newest list and the newest bundle, it also keeps the
    /// file. Its signatures show whose files are those of the folder.
    ///
    /// # Errors
    ///
    /// [`NumbersError::Taken`], and a file that can't be written.
    pub fn keep_file(&mut self, number: u32, file: &SignableFile) -> Result<(), NumbersError> {
        self.keep(file.kind(), number, file.digest())?;
        let Some(name) = SignedNumbers::copy_name(file.kind()).filter(|_| number == self.newest(file.kind())) else {
            return Ok(());
        };
        let path = self.folder().join(name);
        write_public(&path, &file.to_string(), Overwrite::Replace).map_err(|error| {
            let source = match error {
                WriteError::Io { source, .. } => source,
                error => io::Error::other(error),
            };
            NumbersError::Io { path, source }
        })
    }

    /// The copy of the newest contents of this kind that were signed in the folder, and their number. A copy that was changed is
    /// none. After a crash or without the copy of a later one, it may be older than [`SignedNumbers::newest`].
    pub fn copy(&self, kind: FileKind) -> Option<(u32, SignableFile)> {
        let path = self.folder().join(SignedNumbers::copy_name(kind)?);
        let file = open_regular(OpenOptions::new().read(true), &path).ok()?;
        let max = u64::try_from(kind.max_bytes()).unwrap_or(u64::MAX);
        let mut bytes = Vec::new();
        file.take(max.saturating_add(1)).read_to_end(&mut bytes).ok()?;
        let file = SignableFile::of_kind(&bytes, kind).ok()?;
        Some((self.number_of(kind, file.digest())?, file))
    }
}
