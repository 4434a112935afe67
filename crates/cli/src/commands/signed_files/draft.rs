use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use chrono::{DateTime, TimeDelta, Utc};
use keyward_issuer::files::SignedNumbers;
use keyward_issuer::{Overwrite, write_public};
use keyward_verifier::files::{FileKind, Payload, RevocationList, TrustBundle, open_regular};

use crate::args::issued_at::IssuedAt;
use crate::commands::signed_files::{read_path, unsigned};
use crate::io::destination::folder_of;
use crate::io::streams::Streams;
use crate::words::{counted, shown};

/// A file that is changed in place. The change removes its signatures, which would not hold any more. They are not
/// checked: the next signer has to read the contents.
///
/// Its folder is locked, so that no change of another process is lost.
pub struct Draft<T> {
    path: PathBuf,
    /// The number that was read.
    number: u32,
    contents: T,
    signatures: usize,
    numbers: SignedNumbers,
}

/// Contents with a number that only increases.
pub trait Numbered: Payload {
    fn number(&self) -> u32;

    fn set_number(&mut self, number: u32);

    fn issue_at(&mut self, time: DateTime<Utc>) -> anyhow::Result<()>;

    /// The name of the number: "version", "list".
    const NUMBER: &str;

    /// The command that signs the file.
    const SIGNED_WITH: &str;
}

impl<T: Numbered> Draft<T> {
    pub fn read(path: &Path) -> anyhow::Result<Draft<T>> {
        check_not_linked(path)?;
        if !path.exists() {
            bail!("there is no file {}: check its name", path.display());
        }
        let numbers = SignedNumbers::lock(folder_of(path))?;
        let file = read_path(path, &[T::KIND])?;
        let contents: T = file.unverified_contents().with_context(|| path.display().to_string())?;
        if let Some(place) = file.unknown_part(&contents)? {
            bail!(
                "{} has contents that this version does not know ({place}), and a change would lose them: use a newer \
                 version",
                path.display()
            );
        }
        let (number, signatures) = (contents.number(), file.signatures().len());
        Ok(Draft { path: path.to_owned(), number, contents, signatures, numbers })
    }

    pub const fn contents(&self) -> &T {
        &self.contents
    }

    pub const fn contents_mut(&mut self) -> &mut T {
        &mut self.contents
    }

    /// Writes the changed contents in place of the old ones. If contents with this number were signed, into this or another
    /// file, they get the next number; otherwise the draft keeps its number.
    pub fn write(self, issued_at: &IssuedAt, change: &str, streams: &mut Streams<'_>) -> anyhow::Result<()> {
        let (mut contents, before) = (self.contents, self.number);
        let newest = self.numbers.newest(T::KIND);
        if self.signatures > 0 || before <= newest {
            contents.set_number(next_number::<T>(before.max(newest))?);
        }
        contents.issue_at(issued_at.or_now()?)?;
        write_public(&self.path, &unsigned(&contents)?.to_string(), Overwrite::Replace)?;

        let (path, name, number) = (shown(&self.path), T::NUMBER, contents.number());
        writeln!(streams.messages, "{path}: {change}")?;
        if before < newest {
            writeln!(
                streams.messages,
                "Warning: {path} was {name} {before}, and {name} {newest} was signed in this folder: {name} {number} has \
                 nothing of what changed between them."
            )?;
        } else if self.signatures == 0 && number > before {
            writeln!(streams.messages, "{path}: {name} {before} was signed into another file, so this is the next")?;
        }
        if self.signatures > 0 {
            let had = counted(self.signatures, "signature");
            writeln!(streams.messages, "{path}: removed {had} (not checked), which would not hold any more")?;
        }
        let command = T::SIGNED_WITH;
        writeln!(streams.messages, "{path}: {name} {number}, not signed yet: sign it with `{command}`")?;
        Ok(())
    }
}

/// The number of a new draft, in place of a draft at this path: a number that was never signed.
pub fn first_number<T: Numbered>(numbers: &SignedNumbers, path: &Path) -> anyhow::Result<u32> {
    let signed = read_path(path, &[T::KIND]).ok().filter(|file| !file.signatures().is_empty());
    let replaced = signed.and_then(|file| file.unverified_contents::<T>().ok()).map_or(0, |contents| contents.number());
    next_number::<T>(numbers.newest(T::KIND).max(replaced))
}

/// Whether there is a file with signatures at this path.
pub fn is_signed(path: &Path, kind: FileKind) -> bool {
    read_path(path, &[kind]).is_ok_and(|file| !file.signatures().is_empty())
}

fn next_number<T: Numbered>(number: u32) -> anyhow::Result<u32> {
    let name = T::NUMBER;
    number.checked_add(1).ok_or_else(|| {
        anyhow!(
            "{name} {number} was signed, and there is no higher number, so nothing was changed: products accept nothing \
             newer; have the key that signed it declared compromised, and begin again with another"
        )
    })
}

/// Refuses to change a file in place that has another name. The file under the other name would not change, and it may be
/// in a folder of another user.
pub fn check_not_linked(path: &Path) -> anyhow::Result<()> {
    match open_regular(OpenOptions::new().read(true), path) {
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Err(anyhow!("{error}; nothing was changed")),
        // Reading the file reports any other error.
        _ => Ok(()),
    }
}

impl Numbered for TrustBundle {
    const NUMBER: &str = "version";
    const SIGNED_WITH: &str = "keyward trust sign";

    fn number(&self) -> u32 {
        self.version
    }

    fn set_number(&mut self, number: u32) {
        self.version = number;
    }

    fn issue_at(&mut self, time: DateTime<Utc>) -> anyhow::Result<()> {
        self.issued_at = time;
        Ok(())
    }
}

impl Numbered for RevocationList {
    const NUMBER: &str = "list";
    const SIGNED_WITH: &str = "keyward revocations sign";

    fn number(&self) -> u32 {
        self.sequence
    }

    fn set_number(&mut self, number: u32) {
        self.sequence = number;
    }

    /// The next list is due as long after this one as before.
    fn issue_at(&mut self, time: DateTime<Utc>) -> anyhow::Result<()> {
        let lasts: TimeDelta = self.next_update.signed_duration_since(self.issued_at);
        self.issued_at = time;
        self.next_update = time.checked_add_signed(lasts).context("the next list would be due beyond the calendar")?;
        Ok(())
    }
}
