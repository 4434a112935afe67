use alloc::vec::Vec;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

use fs4::FileExt;

use super::writes::{BYTES, Writes, both_slots, slot};
use crate::files::regular_file::{give_like, lock_within, open_regular, private};

pub(super) const NAME: &str = "keyward.lock";
/// One byte more than a file may have, so that a longer one is noticed.
const MAX_READ: u64 = BYTES as u64 + 1;

/// The file that is locked, and contains the number of writes of the state.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
    writes: Writes,
}

impl Lock {
    /// Takes the lock; waits at most this long while another process has it. The lock ends with the process, even in a
    /// crash.
    pub(super) fn take(folder: &Path, max_wait: Duration) -> io::Result<Lock> {
        let (mut options, path) = (OpenOptions::new(), folder.join(NAME));
        private(options.read(true).write(true));
        let mut file = match open_regular(options.create_new(true), &path) {
            Ok(new) => {
                // The state of a folder is for the account that has the folder, whoever is the first to use it.
                give_like(&new, &folder.metadata()?);
                new
            }
            // Another process made it meanwhile, or long ago.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                open_regular(options.create_new(false).create(true).truncate(false), &path)?
            }
            Err(error) => return Err(error),
        };
        lock_within(&file, max_wait).map_err(|error| match error.kind() {
            io::ErrorKind::TimedOut => busy(),
            _ => error,
        })?;
        let writes = read(&mut file)?;
        Ok(Lock { file, writes })
    }

    /// The account, the group and the permissions of the file, which are those of the state.
    pub(super) fn metadata(&self) -> io::Result<Metadata> {
        self.file.metadata()
    }

    /// The number of writes according to the file.
    pub(super) const fn writes(&self) -> Writes {
        self.writes
    }

    /// Keeps the number if it is greater than the one known. It is on disk when this returns.
    pub(super) fn remember(&mut self, writes: u64) -> io::Result<()> {
        match self.writes {
            Writes::None => self.write(0, &both_slots(0))?,
            Writes::Known(known) if writes <= known => return Ok(()),
            _ => {}
        }
        if writes > 0 {
            let (place, bytes) = slot(writes);
            self.write(place, &bytes)?;
        }
        self.writes = Writes::Known(writes);
        Ok(())
    }

    /// Writes both slots anew, with that number.
    pub(super) fn renew(&mut self, writes: u64) -> io::Result<()> {
        self.file.set_len(BYTES as u64)?;
        self.write(0, &both_slots(writes))?;
        self.writes = Writes::Known(writes);
        Ok(())
    }

    fn write(&mut self, place: u64, bytes: &[u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(place))?;
        self.file.write_all(bytes)?;
        self.file.sync_all()
    }
}

/// Reads the file without changing it. Returns its contents, and whether it is locked against other writers while it is
/// open.
pub(super) fn look(folder: &Path) -> io::Result<(Writes, Option<File>)> {
    let mut file = match open_regular(OpenOptions::new().read(true), &folder.join(NAME)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((Writes::None, None)),
        opened => opened?,
    };
    let is_locked = FileExt::try_lock_shared(&file).is_ok();
    Ok((read(&mut file)?, is_locked.then_some(file)))
}

pub(super) fn busy() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "another process has the state")
}

fn read(file: &mut File) -> io::Result<Writes> {
    let mut bytes = Vec::new();
    file.take(MAX_READ).read_to_end(&mut bytes)?;
    Ok(Writes::of(&bytes))
}
