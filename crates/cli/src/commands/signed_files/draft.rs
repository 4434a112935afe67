use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use chrono::{DateTime, TimeDelta, Utc};
use keyward_issuer::{Overwrite, write_public};
use keyward_verifier::files::{Payload, RevocationList, TrustBundle};
use serde_json::Value;

use crate::args::issued_at::IssuedAt;
use crate::commands::signed_files::{read_path, unsigned};
use crate::io::streams::Streams;
use crate::words::{counted, shown};

/// A file that is changed in place. The change removes its signatures, which would not hold any more. They are not
/// checked: the next signer has to read the contents.
pub struct Draft<T> {
    path: PathBuf,
    contents: T,
    signatures: usize,
}

/// Contents with a number that only increases.
pub trait Numbered: Payload {
    /// "version 3".
    fn number(&self) -> String;

    /// Increases the number by one.
    fn count_up(&mut self);

    fn issue_at(&mut self, time: DateTime<Utc>);

    /// The command that signs the file.
    const SIGNED_WITH: &str;
}

impl<T: Numbered> Draft<T> {
    pub fn read(path: &Path) -> anyhow::Result<Draft<T>> {
        let file = read_path(path, &[T::KIND])?;
        let contents: T = file.unverified_contents().with_context(|| path.display().to_string())?;
        if !says_the_same(file.unverified_payload(), &contents.to_bytes()?) {
            bail!(
                "{} has contents that this version does not know, and a change would lose them: use a newer version",
                path.display()
            );
        }
        Ok(Draft { path: path.to_owned(), contents, signatures: file.signatures().len() })
    }

    pub const fn contents(&self) -> &T {
        &self.contents
    }

    /// Writes these contents in place of the old ones. A signed file gets the next number; an unsigned draft keeps its
    /// number.
    pub fn replace(
        self,
        contents: T,
        issued_at: &IssuedAt,
        change: &str,
        streams: &mut Streams<'_>,
    ) -> anyhow::Result<()> {
        let mut contents = contents;
        if self.signatures > 0 {
            contents.count_up();
        }
        contents.issue_at(issued_at.or_now());
        write_public(&self.path, &unsigned(&contents)?.to_string(), Overwrite::Replace)?;

        let (path, number) = (shown(&self.path), contents.number());
        writeln!(streams.messages, "{path}: {change}")?;
        if self.signatures > 0 {
            let had = counted(self.signatures, "signature");
            writeln!(streams.messages, "{path}: removed {had} (not checked), which would not hold any more")?;
        }
        let command = T::SIGNED_WITH;
        writeln!(streams.messages, "{path}: {number}, not signed yet: sign it with `{command}`")?;
        Ok(())
    }
}

/// Whether a payload loses nothing when it is written again. White space in JSON does not count.
fn says_the_same(payload: &[u8], written: &[u8]) -> bool {
    let json = |bytes| serde_json::from_slice::<Value>(bytes).ok();
    payload == written || json(payload).is_some_and(|says| Some(says) == json(written))
}

impl Numbered for TrustBundle {
    const SIGNED_WITH: &str = "keyward trust sign";

    fn number(&self) -> String {
        format!("version {}", self.version)
    }

    fn count_up(&mut self) {
        self.version = self.version.saturating_add(1);
    }

    fn issue_at(&mut self, time: DateTime<Utc>) {
        self.issued_at = time;
    }
}

impl Numbered for RevocationList {
    const SIGNED_WITH: &str = "keyward revocations sign";

    fn number(&self) -> String {
        format!("list {}", self.sequence)
    }

    fn count_up(&mut self) {
        self.sequence = self.sequence.saturating_add(1);
    }

    /// The next list is due as long after this one as before.
    fn issue_at(&mut self, time: DateTime<Utc>) {
        let lasts: TimeDelta = self.next_update.signed_duration_since(self.issued_at);
        self.issued_at = time;
        self.next_update = time.checked_add_signed(lasts).unwrap_or(DateTime::<Utc>::MAX_UTC);
    }
}
