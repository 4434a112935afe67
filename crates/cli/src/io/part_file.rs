use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use keyward_issuer::{Overwrite, is_at};
use keyward_verifier::files::{lock_within, open_regular};

/// A file that only its owner may read. It is written as `NAME.part`, and gets its name when it is complete.
pub struct PartFile {
    path: PathBuf,
    part: PathBuf,
    overwrite: Overwrite,
    file: BufWriter<File>,
}

impl PartFile {
    /// The longest time to wait for another process that writes the file.
    const MAX_WAIT: Duration = Duration::from_secs(30);

    /// Begins the file, in place of one that an earlier run left: one in which every line is its own, and the last may be
    /// incomplete. Waits while another process writes it, thirty seconds at most.
    pub fn create(
        path: &Path,
        overwrite: Overwrite,
        mut is_own: impl FnMut(OutputLine<'_>) -> bool,
    ) -> anyhow::Result<PartFile> {
        let part = PartFile::part_of(path);
        let file = create_private(&part, &mut is_own).map_err(|error| {
            let advice = if error.kind() == io::ErrorKind::TimedOut { ": wait for it, or end it" } else { "" };
            anyhow!("{} can't be written: {error}{advice}", part.display())
        })?;
        Ok(PartFile { path: path.to_owned(), part, overwrite, file: BufWriter::new(file) })
    }

    /// The path until the file is complete.
    pub fn part_of(path: &Path) -> PathBuf {
        let mut name = path.to_owned().into_os_string();
        name.push(".part");
        PathBuf::from(name)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn write_line(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.file, "{line}").map_err(|error| self.named(&error))
    }

    pub fn flush(&mut self) -> io::Result<()> {
        self.file.flush().map_err(|error| self.named(&error))
    }

    /// The error, with the path of the file.
    fn named(&self, error: &io::Error) -> io::Error {
        io::Error::new(error.kind(), format!("{}: {error}", self.part.display()))
    }

    /// Removes the file: nothing was written to it.
    pub fn discard(self) -> anyhow::Result<()> {
        fs::remove_file(&self.part).with_context(|| format!("{} can't be removed", self.part.display()))
    }

    /// Renames the file, after all of it is on disk.
    pub fn finish(mut self) -> anyhow::Result<()> {
        let written = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        let PartFile { path, part, .. } = &self;
        if !is_at(part, self.file.get_ref()) {
            bail!("{} is not the file that was written here, which was removed or replaced meanwhile", part.display());
        }
        if self.overwrite == Overwrite::Never && path.symlink_metadata().is_ok() {
            bail!("{} was created meanwhile and was not changed: the output is in {}", path.display(), part.display());
        }
        written.and_then(|()| fs::rename(part, path)).with_context(|| format!("{} can't be written", path.display()))
    }
}

/// A line of an output that an earlier run left.
#[derive(Debug, Clone, Copy)]
pub enum OutputLine<'a> {
    Whole(&'a str),
    /// The last line, without its line break: the run was interrupted.
    Cut(&'a str),
}

impl OutputLine<'_> {
    /// Whether all lines of the text fulfil the condition.
    pub fn all(text: impl BufRead, mut condition: impl FnMut(OutputLine<'_>) -> bool) -> io::Result<bool> {
        /// No line of an output is longer: texts of an order have limits.
        const MAX_LINE: u64 = 16 << 20;
        let mut text = text;
        let mut line = Vec::new();
        while (&mut text).take(MAX_LINE).read_until(b'\n', &mut line)? > 0 {
            let fulfils = match line.strip_suffix(b"\n") {
                Some(whole) => condition(OutputLine::Whole(&String::from_utf8_lossy(whole))),
                // It may be cut within a character.
                None => condition(OutputLine::Cut(&String::from_utf8_lossy(&line))),
            };
            if !fulfils {
                return Ok(false);
            }
            line.clear();
        }
        Ok(true)
    }
}

/// A new file that this process alone writes. A file that is there is removed, if it is the output of an earlier run, whose
/// writer is dead; while another process writes it, that one is waited for.
fn create_private(path: &Path, is_own: &mut impl FnMut(OutputLine<'_>) -> bool) -> io::Result<File> {
    loop {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => remove_unwritten(path, is_own)?,
            opened => {
                let file = opened?;
                lock_within(&file, PartFile::MAX_WAIT)?;
                // Before it was locked, another process may have removed it, as a file that a dead process left.
                if is_at(path, &file) {
                    return Ok(file);
                }
            }
        }
    }
}

/// Removes the output of an earlier run once no process writes it, if it is there then. A link is removed too, and not followed.
fn remove_unwritten(path: &Path, is_own: &mut impl FnMut(OutputLine<'_>) -> bool) -> io::Result<()> {
    let writer = open_regular(OpenOptions::new().read(true), path).ok();
    if let Some(writer) = &writer {
        lock_within(writer, PartFile::MAX_WAIT)?;
        // The writer may have renamed it meanwhile, and the file at this path is another one.
        if !is_at(path, writer) {
            return Ok(());
        }
        if !OutputLine::all(BufReader::new(writer), is_own)? {
            return Err(io::Error::other(
                "it is there, and was not left by an earlier run of this batch on this record; move it away, or choose another \
                 name for the output",
            ));
        }
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
