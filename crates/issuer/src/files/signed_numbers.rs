use std::collections::BTreeMap;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use keyward_verifier::files::{ContentsDigest, FileKind, lock_within, open_regular};

use crate::write::sync_folder_of;

/// The numbers under which revocation lists, trust bundles and root sets of a folder were signed, and the lock of the folder.
///
/// A product treats two files with the same number as an attack. So the signed numbers are kept in the file
/// [`SignedNumbers::NAME`] beside the drafts, with the digests of the contents. A number has the same contents for ever,
/// even if the signed file was written to another place, or an earlier draft was put back.
///
/// The folder is locked as long as this value exists. A program keeps it while it reads, changes and writes a draft, so
/// that no change of another process is lost.
///
/// ```
/// use keyward_issuer::files::{NumbersError, SignableFile, SignedNumbers};
/// use keyward_verifier::files::{FileKind, RevocationList};
///
/// # let folder = tempfile::tempdir()?;
/// let draft = |day: &str| SignableFile::new(&RevocationList::new(1, day.parse().unwrap(), "2027-01-01T00:00:00Z".parse().unwrap()));
/// let (list, another) = (draft("2026-06-01T00:00:00Z")?, draft("2026-06-02T00:00:00Z")?);
///
/// let mut numbers = SignedNumbers::lock(folder.path())?;
/// numbers.keep(FileKind::RevocationList, 1, list.digest())?; // before the signed list leaves
/// numbers.keep(FileKind::RevocationList, 1, list.digest())?; // more people may sign it
/// assert!(matches!(numbers.keep(FileKind::RevocationList, 1, another.digest()), Err(NumbersError::Taken { .. })));
/// assert_eq!(numbers.newest(FileKind::RevocationList), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SignedNumbers {
    file: File,
    path: PathBuf,
    known: BTreeMap<(&'static str, u32), ContentsDigest>,
}

/// The reason why the numbers of a folder can't be read or kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NumbersError {
    /// An error of the operating system, or a trap in place of the file.
    #[error(
        "{path}, which keeps the numbers that were signed in its folder, can't be read and written: work in a folder where it can"
    )]
    Io {
        /// The file.
        path: PathBuf,
        /// The error.
        source: io::Error,
    },
    /// Another process has locked the folder for too long.
    #[error(
        "another command has been at work in {folder} for {} seconds: wait for it or end it, and run the same command again",
        SignedNumbers::MAX_WAIT.as_secs()
    )]
    Busy {
        /// The folder.
        folder: PathBuf,
    },
    /// More bytes than the file can have.
    #[error(
        "{path} has more than {} bytes, and is not a file of signed numbers: restore the file as it was",
        SignedNumbers::MAX_BYTES
    )]
    TooLong {
        /// The file.
        path: PathBuf,
    },
    /// A line that is not a number.
    #[error("{path}, line {line}, is not a number that was signed: restore the file as it was")]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// A second line for a number, with another digest.
    #[error(
        "{path}, line {line}: {kind} with the number {number} is on an earlier line too, with another digest: restore the file as \
         it was"
    )]
    Twice {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The kind of both.
        kind: FileKind,
        /// The number of both.
        number: u32,
    },
    /// Other contents were signed under that number.
    #[error(
        "{kind} with the number {number} was signed in {folder} before, with other contents (digest {known}; this one has \
         {found}), and products take the second for an attack"
    )]
    Taken {
        /// The kind of the file.
        kind: FileKind,
        /// The number of both.
        number: u32,
        /// The contents that were signed.
        known: ContentsDigest,
        /// The contents to be signed now.
        found: ContentsDigest,
        /// The folder.
        folder: PathBuf,
    },
}

impl SignedNumbers {
    /// The name of the file in the folder.
    pub const NAME: &str = "keyward.numbers";
    /// The largest size of the file: some hundred thousand numbers.
    pub const MAX_BYTES: u64 = 16 << 20;
    /// The longest time to wait for another process in the folder.
    pub const MAX_WAIT: Duration = Duration::from_secs(10);
    const FIRST_LINE: &str =
        "# Kept by keyward: the numbers that were signed in this folder, with the digests of the contents.\n";

    /// Locks the folder, and reads the numbers that were signed in it.
    ///
    /// # Errors
    ///
    /// [`NumbersError`], but not `Taken`.
    pub fn lock(folder: &Path) -> Result<SignedNumbers, NumbersError> {
        let path = folder.join(SignedNumbers::NAME);
        let failed = |source| NumbersError::Io { path: path.clone(), source };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        // Another account that could read it could lock it.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = open_regular(&mut options, &path).map_err(failed)?;
        lock_within(&file, SignedNumbers::MAX_WAIT).map_err(|error| match error.kind() {
            io::ErrorKind::TimedOut => NumbersError::Busy { folder: folder.to_owned() },
            _ => failed(error),
        })?;
        let mut text = String::new();
        (&mut file).take(SignedNumbers::MAX_BYTES.saturating_add(1)).read_to_string(&mut text).map_err(failed)?;
        if u64::try_from(text.len()).map_or(true, |bytes| bytes > SignedNumbers::MAX_BYTES) {
            return Err(NumbersError::TooLong { path });
        }
        // A crash interrupted the last line, so its file was not released. A whole line without its line break counts: an
        // editor may have taken it away.
        let last = text.rfind('\n').map_or(0, |end| end.saturating_add(1));
        let whole = if text.get(last..).is_some_and(is_cut) { last } else { text.len() };
        let mut known = BTreeMap::new();
        for (at, line) in text.get(..whole).unwrap_or_default().lines().enumerate() {
            if line.starts_with('#') || line.is_empty() {
                continue;
            }
            let wrong = || NumbersError::Line { path: path.clone(), line: at.saturating_add(1) };
            let (kind, number, digest) = read(line).ok_or_else(wrong)?;
            // A second line of a number, with other contents, was not written here.
            if known.insert((kind.payload_type(), number), digest).is_some_and(|known| known != digest) {
                return Err(NumbersError::Twice { path, line: at.saturating_add(1), kind, number });
            }
        }
        if whole < text.len() {
            file.set_len(u64::try_from(whole).unwrap_or_default()).map_err(failed)?;
        } else if last < text.len() {
            file.write_all(b"\n").map_err(failed)?;
        }
        Ok(SignedNumbers { file, path, known })
    }

    /// The highest number of that kind that was signed in the folder; 0 if there is none.
    pub fn newest(&self, kind: FileKind) -> u32 {
        let of_the_kind = (kind.payload_type(), 0)..=(kind.payload_type(), u32::MAX);
        self.known.range(of_the_kind).next_back().map_or(0, |((_, number), _)| *number)
    }

    /// The number under which contents with this digest were signed in the folder.
    pub fn number_of(&self, kind: FileKind, digest: ContentsDigest) -> Option<u32> {
        let of_the_kind = (kind.payload_type(), 0)..=(kind.payload_type(), u32::MAX);
        self.known.range(of_the_kind).find(|(_, known)| **known == digest).map(|((_, number), _)| *number)
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(&self.path)
    }

    /// Refuses contents whose number was signed with other contents.
    ///
    /// # Errors
    ///
    /// [`NumbersError::Taken`].
    pub fn check(&self, kind: FileKind, number: u32, found: ContentsDigest) -> Result<(), NumbersError> {
        match self.known.get(&(kind.payload_type(), number)) {
            Some(known) if *known != found => {
                let folder = self.folder().to_owned();
                Err(NumbersError::Taken { kind, number, known: *known, found, folder })
            }
            _ => Ok(()),
        }
    }

    /// Keeps the number with the digest of its contents. When this returns, it is on disk, and only then may the signed
    /// file be released.
    ///
    /// # Errors
    ///
    /// [`NumbersError::Taken`], and a file that can't be written.
    pub fn keep(&mut self, kind: FileKind, number: u32, digest: ContentsDigest) -> Result<(), NumbersError> {
        self.check(kind, number, digest)?;
        if self.known.contains_key(&(kind.payload_type(), number)) {
            return Ok(());
        }
        let written = self.append(&Line { kind, number, digest });
        written.map_err(|source| NumbersError::Io { path: self.path.clone(), source })?;
        self.known.insert((kind.payload_type(), number), digest);
        Ok(())
    }

    fn append(&mut self, line: &Line) -> io::Result<()> {
        let end = self.file.seek(SeekFrom::End(0))?;
        let first = if end == 0 { SignedNumbers::FIRST_LINE } else { "" };
        let written = self.file.write_all(format!("{first}{line}\n").as_bytes()).and_then(|()| self.file.sync_all());
        // The rest of this line would make the next line unreadable.
        written.inspect_err(|_| drop(self.file.set_len(end)))?;
        sync_folder_of(&self.path);
        Ok(())
    }
}

struct Line {
    kind: FileKind,
    number: u32,
    digest: ContentsDigest,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.kind.payload_type(), self.number, self.digest)
    }
}

/// Reads a line, in exactly the form in which it is written.
fn read(line: &str) -> Option<(FileKind, u32, ContentsDigest)> {
    let (kind, rest) = line.split_once(' ')?;
    let (number, digest) = rest.split_once(' ')?;
    let bytes = <[u8; 16]>::try_from(hex::decode(digest).ok()?).ok()?;
    let (kind, number, digest) =
        (FileKind::of_payload_type(kind)?, number.parse().ok()?, ContentsDigest::from_bytes(bytes));
    let is_canonical = number > 0 && Line { kind, number, digest }.to_string() == line;
    is_canonical.then_some((kind, number, digest))
}

/// Whether a last line without its line break is the beginning of a line, which a power cut may have filled with zeros.
fn is_cut(line: &str) -> bool {
    const BEGINNING: &str = "application/vnd.keyward.";
    const MAX_BYTES: usize = 256;
    let written = line.trim_end_matches('\0');
    let begins = SignedNumbers::FIRST_LINE.starts_with(written)
        || BEGINNING.starts_with(written)
        || written.starts_with(BEGINNING);
    begins && line.len() <= MAX_BYTES && read(line).is_none()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::fs;

    use super::*;

    const LIST: FileKind = FileKind::RevocationList;

    fn digest(byte: u8) -> ContentsDigest {
        ContentsDigest::from_bytes([byte; 16])
    }

    #[test]
    fn a_number_has_the_same_contents_for_ever_and_each_kind_has_its_own_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let lock = || SignedNumbers::lock(folder.path()).unwrap();
        lock().keep(LIST, 2, digest(2)).unwrap();
        lock().keep(LIST, 1, digest(1)).unwrap();
        lock().keep(FileKind::TrustBundle, 9, digest(1)).unwrap();
        lock().keep(LIST, 2, digest(2)).unwrap();
        let mut numbers = lock();
        assert_eq!([LIST, FileKind::TrustBundle, FileKind::RootSet].map(|kind| numbers.newest(kind)), [2, 9, 0]);
        for (number, byte) in [(1, 2), (2, 1), (2, 3)] {
            assert!(matches!(numbers.keep(LIST, number, digest(byte)), Err(NumbersError::Taken { .. })));
        }
        numbers.keep(FileKind::RootSet, 2, digest(3)).unwrap();
        numbers.keep(LIST, u32::MAX, digest(4)).unwrap();
        assert_eq!(numbers.newest(LIST), u32::MAX);
        drop(numbers);
        let text = fs::read_to_string(folder.path().join(SignedNumbers::NAME)).unwrap();
        assert_eq!(text.lines().count(), 6, "{text}");
    }

    #[test]
    fn a_line_that_a_crash_interrupted_is_removed_and_any_other_invalid_line_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(SignedNumbers::NAME);
        SignedNumbers::lock(folder.path()).unwrap().keep(LIST, 1, digest(1)).unwrap();
        let whole = fs::read_to_string(&path).unwrap();
        SignedNumbers::lock(folder.path()).unwrap().keep(LIST, 2, digest(2)).unwrap();
        let next = fs::read_to_string(&path).unwrap();
        for cut in whole.len()..next.len() {
            fs::write(&path, next.get(..cut).unwrap()).unwrap();
            let mut numbers = SignedNumbers::lock(folder.path()).unwrap();
            let is_whole = cut == next.len() - 1;
            assert_eq!(numbers.newest(LIST), if is_whole { 2 } else { 1 }, "{cut}");
            numbers.keep(LIST, 2, digest(2)).unwrap();
            drop(numbers);
            assert_eq!(fs::read_to_string(&path).unwrap(), next, "{cut}");
        }
        let line = |number: &str, digest: &str| format!("{} {number} {digest}", LIST.payload_type());
        let ones = "01".repeat(16);
        fs::write(&path, format!("{next}{}\n", line("2", &ones))).unwrap();
        assert!(matches!(SignedNumbers::lock(folder.path()), Err(NumbersError::Twice { line: 4, number: 2, .. })));
        let wrong = [
            "x".to_owned(),
            "application/x 1 00".to_owned(),
            "\0".repeat(300),
            line("4294967296", &ones),
            line("0", &ones),
            line("+1", &ones),
            line("01", &ones),
            line("1", &"AB".repeat(16)),
            line("1", &ones).replace(' ', "  "),
        ];
        for (wrong, end) in wrong.iter().flat_map(|wrong| [(wrong, "\n"), (wrong, "")]) {
            // Without its line break, it may be the beginning of a line.
            if end.is_empty() && wrong.starts_with("application/vnd.keyward.") {
                continue;
            }
            let text = format!("{next}{wrong}{end}");
            fs::write(&path, &text).unwrap();
            assert!(matches!(SignedNumbers::lock(folder.path()), Err(NumbersError::Line { line: 4, .. })), "{wrong}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn zeros_of_a_power_cut_are_removed_and_a_file_of_zeros_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(SignedNumbers::NAME);
        SignedNumbers::lock(folder.path()).unwrap().keep(LIST, 1, digest(1)).unwrap();
        let whole = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{whole}{}", "\0".repeat(40))).unwrap();
        assert_eq!(SignedNumbers::lock(folder.path()).unwrap().newest(LIST), 1);
        assert_eq!(fs::read_to_string(&path).unwrap(), whole);
        fs::write(&path, "\0".repeat(300)).unwrap();
        assert!(matches!(SignedNumbers::lock(folder.path()), Err(NumbersError::Line { line: 1, .. })));
        File::create(&path).unwrap().set_len(SignedNumbers::MAX_BYTES + 1).unwrap();
        assert!(matches!(SignedNumbers::lock(folder.path()), Err(NumbersError::TooLong { .. })));
    }

    #[test]
    #[cfg(unix)]
    fn a_link_in_place_of_the_numbers_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (victim, path) = (folder.path().join("victim"), folder.path().join(SignedNumbers::NAME));
        fs::write(&victim, "of another account").unwrap();
        type Link = fn(&Path, &Path) -> io::Result<()>;
        let kinds: [Link; 2] =
            [|victim, link| std::os::unix::fs::symlink(victim, link), |victim, link| fs::hard_link(victim, link)];
        for link in kinds {
            link(&victim, &path).unwrap();
            assert!(matches!(SignedNumbers::lock(folder.path()), Err(NumbersError::Io { .. })));
            assert_eq!(fs::read(&victim).unwrap(), b"of another account");
            fs::remove_file(&path).unwrap();
        }
    }
}
