//! The tree over the entries, compared with every checkpoint where it stands.

use crate::audit::{Checkpoint, Frontier, LeafHash, ReplayError, TreeHead};

use super::report::{Difference, Verification};

/// Where a checkpoint was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    Elsewhere,
    Database,
}

/// The tree, and the checkpoints that it has not reached yet.
#[derive(Debug)]
pub(super) struct Heads {
    frontier: Frontier,
    /// The next one last.
    heads: Vec<(TreeHead, Kept)>,
}

impl Heads {
    pub(super) fn new(elsewhere: &[Checkpoint], stored: Vec<TreeHead>) -> Heads {
        let mut heads: Vec<_> = elsewhere.iter().map(|checkpoint| (checkpoint.head, Kept::Elsewhere)).collect();
        heads.extend(stored.into_iter().map(|head| (head, Kept::Database)));
        heads.sort_by_key(|(head, _)| std::cmp::Reverse(head.size));
        Heads { frontier: Frontier::new(), heads }
    }

    /// Adds the next entry.
    pub(super) fn push(&mut self, leaf: LeafHash) {
        self.frontier.push(leaf);
    }

    /// Compares the checkpoints that stand here.
    pub(super) fn compare(&mut self, report: &mut Verification) {
        let size = self.frontier.size();
        if self.heads.last().is_none_or(|(head, _)| head.size != size) {
            return;
        }
        let root = self.frontier.root();
        let mut is_confirmed = false;
        while let Some((head, kept)) = self.heads.pop_if(|(head, _)| head.size == size) {
            match kept {
                Kept::Elsewhere if head.root == root => is_confirmed = true,
                Kept::Elsewhere => report.add(ReplayError::Altered { confirmed: report.confirmed, size }.into()),
                Kept::Database if head.root == root => {}
                Kept::Database => report.add(stored_checkpoint(size)),
            }
        }
        if is_confirmed {
            report.confirmed = size;
        }
    }

    /// The tree over all entries. A checkpoint of more is a difference.
    pub(super) fn finish(self, report: &mut Verification) -> Frontier {
        let entries = self.frontier.size();
        for (head, kept) in self.heads {
            report.add(match kept {
                Kept::Elsewhere => ReplayError::CutOff { entries, size: head.size }.into(),
                Kept::Database => stored_checkpoint(head.size),
            });
        }
        self.frontier
    }
}

fn stored_checkpoint(size: u64) -> Difference {
    Difference::StoredCheckpoint { size: i64::try_from(size).unwrap_or(i64::MAX) }
}
