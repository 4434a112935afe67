//! The Merkle tree over the entries: RFC 9162, section 2.1.1, with SHA-256. It is the tree of RFC 6962.

use std::fmt;

use sha2::{Digest, Sha256};

/// The largest number of entries: those of both database engines are signed.
pub(super) const MAX_SIZE: u64 = i64::MAX.unsigned_abs();

pub(super) const HASH_BYTES: usize = 32;

/// The bytes of a leaf hash, of the root of a subtree or of a tree.
pub(super) type Hash = [u8; HASH_BYTES];

/// The hash of one entry of the audit log.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct LeafHash(Hash);

impl LeafHash {
    /// The hash of an entry with these canonical bytes: SHA-256 of a zero byte and the entry.
    pub fn of(entry: &[u8]) -> LeafHash {
        LeafHash(Sha256::new().chain_update([0x00]).chain_update(entry).finalize().into())
    }

    /// The leaf hash with these bytes, as it was stored.
    pub const fn from_bytes(bytes: [u8; 32]) -> LeafHash {
        LeafHash(bytes)
    }

    /// The bytes, to store them.
    pub const fn to_bytes(self) -> [u8; 32] {
        self.0
    }
}

/// The hash of an inner node: SHA-256 of a one byte and both subtrees.
fn node(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([0x01]).chain_update(left).chain_update(right).finalize().into()
}

/// The root of the tree over the entries of an audit log.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RootHash(Hash);

impl RootHash {
    /// The root of the log without entries: SHA-256 of no bytes.
    pub const EMPTY: RootHash = RootHash([
        0xE3, 0xB0, 0xC4, 0x42, 0x98, 0xFC, 0x1C, 0x14, 0x9A, 0xFB, 0xF4, 0xC8, 0x99, 0x6F, 0xB9, 0x24, 0x27, 0xAE,
        0x41, 0xE4, 0x64, 0x9B, 0x93, 0x4C, 0xA4, 0x95, 0x99, 0x1B, 0x78, 0x52, 0xB8, 0x55,
    ]);

    /// The root with these bytes, as it was stored.
    pub const fn from_bytes(bytes: [u8; 32]) -> RootHash {
        RootHash(bytes)
    }

    /// The bytes, to store them.
    pub const fn to_bytes(self) -> [u8; 32] {
        self.0
    }
}

/// The length of an audit log, and the root of the tree over its entries. Two logs with one head have the same entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeHead {
    /// The number of entries.
    pub size: u64,
    /// The root of the tree over them.
    pub root: RootHash,
}

/// What must be known of an audit log to add entries to it and to compute its root: its size and the roots of its complete
/// subtrees, one for each one bit of the size. The entries themselves are not needed.
///
/// ```
/// use keyward_ledger::audit::{Frontier, LeafHash, RootHash};
///
/// let mut frontier = Frontier::new();
/// assert_eq!(frontier.root(), RootHash::EMPTY);
/// frontier.push(LeafHash::of(b"the first entry"));
/// frontier.push(LeafHash::of(b"the second entry"));
/// assert_eq!(frontier.size(), 2);
///
/// let stored = frontier.to_bytes();
/// assert_eq!(Frontier::from_bytes(&stored)?, frontier);
/// # Ok::<(), keyward_ledger::audit::FrontierError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    /// From the largest subtree, which is on the left, to the smallest.
    subtrees: Vec<Hash>,
}

impl Frontier {
    /// The frontier of a log without entries.
    pub const fn new() -> Frontier {
        Frontier { size: 0, subtrees: Vec::new() }
    }

    /// The number of entries.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Adds the next entry.
    pub fn push(&mut self, leaf: LeafHash) {
        let mut subtree = leaf.0;
        // The new subtree completes one subtree for each one bit at the end of the size.
        for _ in 0..self.size.trailing_ones() {
            match self.subtrees.pop() {
                Some(left) => subtree = node(&left, &subtree),
                None => debug_assert!(false, "there is a subtree for each one bit"),
            }
        }
        self.subtrees.push(subtree);
        // Nobody adds 2^63 entries to the largest frontier that `from_bytes` reads.
        self.size = self.size.saturating_add(1);
    }

    /// The root of the tree over all entries.
    pub fn root(&self) -> RootHash {
        let joined = self.subtrees.iter().rev().copied().reduce(|right, left| node(&left, &right));
        joined.map_or(RootHash::EMPTY, RootHash)
    }

    /// The size and the root.
    pub fn head(&self) -> TreeHead {
        TreeHead { size: self.size, root: self.root() }
    }

    /// The size in 8 bytes, big-endian, and the roots of the subtrees, from the largest to the smallest.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.size.to_be_bytes().to_vec();
        bytes.extend_from_slice(self.subtrees.as_flattened());
        bytes
    }

    /// Reads a frontier that was stored.
    ///
    /// # Errors
    ///
    /// Bytes of another form. A frontier of that form with altered hashes is read: only the root shows it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Frontier, FrontierError> {
        let (size, hashes) = bytes.split_first_chunk().ok_or(FrontierError::NoSize { bytes: bytes.len() })?;
        let size = u64::from_be_bytes(*size);
        if size > MAX_SIZE {
            return Err(FrontierError::Size { size });
        }
        let (subtrees, rest) = hashes.as_chunks::<HASH_BYTES>();
        if !rest.is_empty() || u32::try_from(subtrees.len()) != Ok(size.count_ones()) {
            return Err(FrontierError::Hashes { size, expected: size.count_ones(), bytes: hashes.len() });
        }
        Ok(Frontier { size, subtrees: subtrees.to_vec() })
    }
}

impl Extend<LeafHash> for Frontier {
    fn extend<I: IntoIterator<Item = LeafHash>>(&mut self, leaves: I) {
        leaves.into_iter().for_each(|leaf| self.push(leaf));
    }
}

impl FromIterator<LeafHash> for Frontier {
    fn from_iter<I: IntoIterator<Item = LeafHash>>(leaves: I) -> Frontier {
        let mut frontier = Frontier::new();
        frontier.extend(leaves);
        frontier
    }
}

/// The reason why bytes are no stored frontier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrontierError {
    /// There are fewer bytes than the size has.
    #[error("the stored frontier has {bytes} bytes, and the size alone has 8: compute it again from the entries")]
    NoSize {
        /// The number of bytes.
        bytes: usize,
    },
    /// The size is larger than any log.
    #[error(
        "the stored frontier says that there are {size} entries, more than any log has: compute it again from the entries"
    )]
    Size {
        /// The size.
        size: u64,
    },
    /// The number of hashes is not the number of one bits of the size.
    #[error(
        "the stored frontier of {size} entries has {bytes} bytes of hashes instead of {expected} hashes of 32 bytes: \
         compute it again from the entries"
    )]
    Hashes {
        /// The size.
        size: u64,
        /// The number of hashes that this size has.
        expected: u32,
        /// The number of bytes after the size.
        bytes: usize,
    },
}

impl fmt::Display for LeafHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for LeafHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LeafHash({self})")
    }
}

impl fmt::Display for RootHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for RootHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RootHash({self})")
    }
}
