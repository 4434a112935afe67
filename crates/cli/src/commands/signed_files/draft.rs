use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use chrono::{DateTime, TimeDelta, Utc};
use keyward_issuer::files::{SignableFile, SignedNumbers};
use keyward_issuer::{Overwrite, write_public};
use keyward_verifier::files::{ContentsDigest, FileKind, Payload, RevocationList, TrustBundle, open_regular};

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
    /// The file as it was read.
    file: SignableFile,
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
        Ok(Draft { path: path.to_owned(), number: contents.number(), contents, file, numbers })
    }

    /// Whether contents of this kind were signed in this folder, or the draft has a signature.
    pub fn was_signed(&self) -> bool {
        !self.file.signatures().is_empty() || self.numbers.newest(T::KIND) > 0
    }

    /// The newest contents of this kind that were signed in this folder, by their copy. `None` if the copy is gone, or if the draft
    /// itself has a signature and other contents: somebody else may have signed what the copy does not have.
    pub fn newest_signed(&self) -> Option<T> {
        let (number, copy) = self.numbers.copy(T::KIND)?;
        let is_known = self.file.signatures().is_empty() || self.file.digest() == copy.digest();
        copy.unverified_contents().ok().filter(|_| is_known && number == self.numbers.newest(T::KIND))
    }

    /// Whether these contents, with that number, are the newest of their kind that were signed in this folder.
    pub fn is_newest_signed(&self, number: u32, digest: ContentsDigest) -> bool {
        number > 0 && number == self.numbers.newest(T::KIND) && self.numbers.check(T::KIND, number, digest).is_ok()
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
        let (mut contents, before, mut numbers) = (self.contents, self.number, self.numbers);
        let newest = numbers.newest(T::KIND);
        let signatures = self.file.signatures().len();
        if signatures > 0 || before <= newest {
            contents.set_number(next_number::<T>(before.max(newest))?);
        }
        contents.issue_at(issued_at.or_now()?)?;
        let changed = unsigned(&contents)?.to_string();
        keep_if_signed(&mut numbers, before, &self.file)?;
        write_public(&self.path, &changed, Overwrite::Replace)?;

        let (path, name, number) = (shown(&self.path), T::NUMBER, contents.number());
        writeln!(streams.messages, "{path}: {change}")?;
        if before < newest {
            writeln!(
                streams.messages,
                "Warning: {path} was {name} {before}, and {name} {newest} was signed in this folder: {name} {number} has \
                 nothing of what changed between them."
            )?;
        } else if signatures == 0 && number > before {
            writeln!(streams.messages, "{path}: {name} {before} was signed into another file, so this is the next")?;
        }
        if signatures > 0 {
            let had = counted(signatures, "signature");
            writeln!(streams.messages, "{path}: removed {had} (not checked), which would not hold any more")?;
        }
        let command = T::SIGNED_WITH;
        writeln!(streams.messages, "{path}: {name} {number}, not signed yet: sign it with `{command}`")?;
        Ok(())
    }
}

/// Keeps a file that is about to be replaced, if it was signed in another folder: a colleague's, by a key that signed the newest
/// file of this one as well. Only signatures that are good count. A folder in which nothing was signed takes any signature. In any
/// other, a stranger's file would take the place of the newest one, or the highest number.
fn keep_if_signed(numbers: &mut SignedNumbers, number: u32, file: &SignableFile) -> anyhow::Result<()> {
    let kind = file.kind();
    let signers = file.signers().unwrap_or_default();
    let ours = numbers.copy(kind).and_then(|(_, copy)| copy.signers().ok()).unwrap_or_default();
    let is_ours = numbers.newest(kind) == 0 || signers.iter().any(|signer| ours.contains(signer));
    if number > 0 && !signers.is_empty() && is_ours && numbers.check(kind, number, file.digest()).is_ok() {
        numbers.keep_file(number, file)?;
    }
    Ok(())
}

/// The number of a new draft, in place of a file at this path: a number that was never signed. The file is kept if it was signed.
pub fn first_number<T: Numbered>(numbers: &mut SignedNumbers, path: &Path) -> anyhow::Result<u32> {
    let signed = read_path(path, &[T::KIND]).ok().filter(|file| !file.signatures().is_empty());
    let replaced = signed.and_then(|file| Some((file.unverified_contents::<T>().ok()?.number(), file)));
    let number = replaced.as_ref().map_or(0, |(number, _)| *number);
    let next = next_number::<T>(numbers.newest(T::KIND).max(number))?;
    if let Some((number, file)) = &replaced {
        keep_if_signed(numbers, *number, file)?;
    }
    Ok(next)
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
