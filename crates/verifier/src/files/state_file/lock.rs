use alloc::vec::Vec;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use fs4::FileExt;
use sha2::{Digest, Sha512};

use super::{private, regular_or_none};
use crate::digest::first_bytes;

pub const NAME: &str = "keyward.lock";
const MAGIC: [u8; 8] = *b"KWlock\0\x01";
const CHECKSUM_BYTES: usize = 16;
const SLOT_BYTES: usize = 32;

/// The file that is locked, and that has the number of writes of the state.
///
/// It is written in place, since a lock is on a file and not on its name. So the number has two slots and is written into
/// the one with the older number: a write that is cut short leaves the other slot. A slot is `KWlock`, a zero byte and the version 1
/// (8 bytes), the number (8, big-endian), and the first 16 bytes of SHA-512 over these.
#[derive(Debug)]
pub struct Lock {
    file: File,
    writes_known: u64,
    is_new: bool,
}

impl Lock {
    /// Takes the lock; waits while another process has it. The lock ends with the process, even with a crash.
    pub fn take(folder: &Path) -> io::Result<Lock> {
        regular_or_none(&folder.join(NAME))?;
        let mut options = OpenOptions::new();
        let mut file = private(options.read(true).write(true).create(true).truncate(false)).open(folder.join(NAME))?;
        FileExt::lock(&file)?;
        let mut bytes = [0; 2 * SLOT_BYTES];
        let mut length = 0;
        while let Some(rest) = bytes.get_mut(length..).filter(|rest| !rest.is_empty()) {
            match file.read(rest)? {
                0 => break,
                read => length = length.saturating_add(read),
            }
        }
        let numbers = bytes.chunks_exact(SLOT_BYTES).filter_map(number_in);
        let writes_known = numbers.max().unwrap_or_default();
        Ok(Lock { file, writes_known, is_new: length == 0 })
    }

    /// The least number of writes of the state; 0 if nothing is known.
    pub const fn writes_known(&self) -> u64 {
        self.writes_known
    }

    /// Whether the lock was never written.
    pub const fn is_new(&self) -> bool {
        self.is_new
    }

    /// Keeps the number if it is greater than the one known. It is on disk when this returns.
    pub fn remember(&mut self, writes: u64) -> io::Result<()> {
        if writes <= self.writes_known {
            return Ok(());
        }
        let slot = if writes % 2 == 1 { 0 } else { SLOT_BYTES as u64 };
        self.file.seek(SeekFrom::Start(slot))?;
        self.file.write_all(&slot_with(writes))?;
        self.file.sync_all()?;
        self.writes_known = writes;
        self.is_new = false;
        Ok(())
    }
}

fn slot_with(writes: u64) -> Vec<u8> {
    let mut slot = [MAGIC, writes.to_be_bytes()].concat();
    slot.extend(checksum(&slot));
    slot
}

fn number_in(slot: &[u8]) -> Option<u64> {
    let number = slot.get(MAGIC.len()..)?.first_chunk()?;
    let writes = u64::from_be_bytes(*number);
    (slot == slot_with(writes)).then_some(writes)
}

fn checksum(body: &[u8]) -> [u8; CHECKSUM_BYTES] {
    first_bytes(Sha512::digest(body).into())
}
