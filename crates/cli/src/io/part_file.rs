use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use keyward_issuer::Overwrite;

/// A file that only its owner may read, and that has its name when it is whole. Until then it is `NAME.part`.
pub struct PartFile {
    path: PathBuf,
    part: PathBuf,
    overwrite: Overwrite,
    file: BufWriter<File>,
}

impl PartFile {
    /// Begins it anew, in place of what an earlier run left.
    pub fn create(path: &Path, overwrite: Overwrite) -> anyhow::Result<PartFile> {
        let part = PartFile::part_of(path);
        let file = create_private(&part).with_context(|| format!("{} can't be written", part.display()))?;
        Ok(PartFile { path: path.to_owned(), part, overwrite, file: BufWriter::new(file) })
    }

    /// Where it is until it is whole.
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

    /// The error with the name of the file.
    fn named(&self, error: &io::Error) -> io::Error {
        io::Error::new(error.kind(), format!("{}: {error}", self.part.display()))
    }

    /// Gives it its name, once all of it is on disk.
    pub fn finish(mut self) -> anyhow::Result<()> {
        let written = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        let PartFile { path, part, .. } = &self;
        if self.overwrite == Overwrite::Never && path.symlink_metadata().is_ok() {
            bail!("{} came into being meanwhile and was left as it is: see {}", path.display(), part.display());
        }
        written.and_then(|()| fs::rename(part, path)).with_context(|| format!("{} can't be written", path.display()))
    }
}

/// A new file, never one that somebody else put there.
fn create_private(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
