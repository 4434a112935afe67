//! The rows as the entries of the audit log leave them, in little memory: a hash of each.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

/// A hash of 16 bytes. A random salt keeps anybody from preparing two rows with one hash.
type Hash = [u8; 16];

/// The last state of every row. One row takes 41 bytes, and up to 2.3 times as much while the map grows: a million rows
/// take 90 to 130 MB.
#[derive(Debug)]
pub(super) struct States {
    salt: [u8; 16],
    rows: HashMap<Hash, State>,
}

/// The last state of a row.
#[derive(Debug, Clone, Copy)]
struct State {
    hash: Hash,
    number: i64,
}

/// How a row of a table compares with its last state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compared {
    Same,
    /// It is not spelled as in the entry with that number.
    Differs(i64),
    NotInLog,
}

impl States {
    pub(super) fn new(salt: [u8; 16]) -> States {
        States { salt, rows: HashMap::new() }
    }

    /// An entry has this row. Key and row are spelled as in an entry.
    pub(super) fn put(&mut self, table: &str, key: &str, row: &str, number: i64) {
        let state = State { hash: self.hash(&[row.as_bytes()]), number };
        self.rows.insert(self.key(table, key), state);
    }

    /// An entry says that the row is gone.
    pub(super) fn delete(&mut self, table: &str, key: &str) {
        self.rows.remove(&self.key(table, key));
    }

    /// A table has this row. Each row is compared once.
    pub(super) fn compare(&mut self, table: &str, key: &str, row: &str) -> Compared {
        match self.rows.remove(&self.key(table, key)) {
            None => Compared::NotInLog,
            Some(state) if state.hash == self.hash(&[row.as_bytes()]) => Compared::Same,
            Some(state) => Compared::Differs(state.number),
        }
    }

    /// The numbers of the entries with the rows that no table had, in ascending order.
    pub(super) fn rest(&self) -> Vec<i64> {
        let mut numbers: Vec<i64> = self.rows.values().map(|state| state.number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// The number of rows that no table had.
    pub(super) fn len(&self) -> u64 {
        u64::try_from(self.rows.len()).unwrap_or(u64::MAX)
    }

    /// Whether no table had this row, and this entry has its last state.
    pub(super) fn is_left(&self, table: &str, key: &str, number: i64) -> bool {
        self.rows.get(&self.key(table, key)).is_some_and(|state| state.number == number)
    }

    fn key(&self, table: &str, key: &str) -> Hash {
        self.hash(&[table.as_bytes(), b"\0", key.as_bytes()])
    }

    fn hash(&self, parts: &[&[u8]]) -> Hash {
        let mut hash = Sha256::new().chain_update(self.salt);
        parts.iter().for_each(|part| hash.update(part));
        let mut short = Hash::default();
        short.iter_mut().zip(hash.finalize()).for_each(|(byte, hashed)| *byte = hashed);
        short
    }
}
