//! Compares the entries of an audit log, from the first on, with checkpoints that were signed earlier.

use super::tree::{Frontier, LeafHash, TreeHead};

/// Takes the leaf hashes of a log from the first on, and compares the root with each checkpoint where it stands.
///
/// ```
/// use keyward_ledger::audit::{Frontier, LeafHash, Replay};
///
/// let leaves: Vec<_> = (0..7_u8).map(|entry| LeafHash::of(&[entry])).collect();
/// let yesterday = leaves[..3].iter().copied().collect::<Frontier>().head();
///
/// let mut replay = Replay::new([yesterday])?;
/// for leaf in leaves {
///     replay.push(leaf)?;
/// }
/// assert_eq!(replay.finish()?.size(), 7);
/// # Ok::<(), keyward_ledger::audit::ReplayError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Replay {
    frontier: Frontier,
    /// Those that are still to come, the next one last.
    heads: Vec<TreeHead>,
    /// The number of entries that a checkpoint has confirmed.
    confirmed: u64,
}

impl Replay {
    /// Begins with the log without entries. The heads are those of checkpoints that were opened, in any order.
    ///
    /// # Errors
    ///
    /// [`ReplayError::Altered`] for a checkpoint of no entries with another root than [`EMPTY`](super::RootHash::EMPTY).
    pub fn new(heads: impl IntoIterator<Item = TreeHead>) -> Result<Replay, ReplayError> {
        let mut heads: Vec<_> = heads.into_iter().collect();
        heads.sort_by_key(|head| std::cmp::Reverse(head.size));
        let mut replay = Replay { frontier: Frontier::new(), heads, confirmed: 0 };
        replay.compare()?;
        Ok(replay)
    }

    /// Takes the next entry.
    ///
    /// # Errors
    ///
    /// [`ReplayError::Altered`] if a checkpoint stands here and has another root.
    pub fn push(&mut self, leaf: LeafHash) -> Result<(), ReplayError> {
        self.frontier.push(leaf);
        self.compare()
    }

    fn compare(&mut self) -> Result<(), ReplayError> {
        let size = self.frontier.size();
        if self.heads.last().is_none_or(|head| head.size != size) {
            return Ok(());
        }
        let root = self.frontier.root();
        while let Some(head) = self.heads.pop_if(|head| head.size == size) {
            if head.root != root {
                return Err(ReplayError::Altered { confirmed: self.confirmed, size });
            }
        }
        self.confirmed = size;
        Ok(())
    }

    /// The frontier of all entries. Entries after the last checkpoint are confirmed by none.
    ///
    /// # Errors
    ///
    /// [`ReplayError::CutOff`] if a checkpoint has more entries.
    pub fn finish(self) -> Result<Frontier, ReplayError> {
        match self.heads.first() {
            Some(longest) => Err(ReplayError::CutOff { entries: self.frontier.size(), size: longest.size }),
            None => Ok(self.frontier),
        }
    }
}

/// The reason why entries are not those of the log that was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The root is another than that of a checkpoint.
    #[error(
        "the audit log is not the one of the checkpoint with {size} entries: one of them was changed, added, removed or \
         moved, after the first {confirmed}, which are as they were; compare them with a backup"
    )]
    Altered {
        /// The number of entries, from the first, that an earlier checkpoint has confirmed.
        confirmed: u64,
        /// The size of the checkpoint with another root.
        size: u64,
    },
    /// There are fewer entries than when a checkpoint was signed.
    #[error(
        "the audit log has {entries} entries, and had {size} when a checkpoint was signed: the end was cut off, or an old \
         database was restored"
    )]
    CutOff {
        /// The number of entries.
        entries: u64,
        /// The size of the longest checkpoint.
        size: u64,
    },
}

impl ReplayError {
    /// The code of the refusal, as in `spec/AUDIT.md`.
    pub const fn code(&self) -> &'static str {
        match self {
            ReplayError::Altered { .. } => "altered",
            ReplayError::CutOff { .. } => "cut-off",
        }
    }
}
