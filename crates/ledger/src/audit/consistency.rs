//! Consistency proofs (RFC 9162, section 2.1.4): that a log extends an older one.

use ct_merkle::digest::Output;
use ct_merkle::indices_for_consistency_proof;
use sha2::Sha256;

use super::tree::{Frontier, Hash, LeafHash, MAX_SIZE, RootHash, TreeHead};

/// Proves that one log is the beginning of another, to anybody who has the heads of both: 64 hashes at most.
///
/// ```
/// use keyward_ledger::audit::{ConsistencyProof, Frontier, LeafHash};
///
/// let leaves: Vec<_> = (0..7_u8).map(|entry| LeafHash::of(&[entry])).collect();
/// let yesterday = leaves[..3].iter().copied().collect::<Frontier>().head();
/// let today = leaves.iter().copied().collect::<Frontier>().head();
///
/// let proof = ConsistencyProof::new(&leaves, yesterday.size).ok_or("the log was longer")?;
/// proof.verify(&yesterday, &today)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsistencyProof(Vec<Hash>);

impl ConsistencyProof {
    /// The proof that the log with these leaves extends the log of its first `old_size` entries. `None` if there are fewer
    /// leaves.
    ///
    /// It hashes nearly the whole tree: a server keeps the proofs that it gives out often.
    pub fn new(leaves: &[LeafHash], old_size: u64) -> Option<ConsistencyProof> {
        let size = u64::try_from(leaves.len()).ok().filter(|size| *size <= MAX_SIZE)?;
        let additions = size.checked_sub(old_size)?;
        if old_size == 0 {
            // Every log extends the log without entries.
            return Some(ConsistencyProof(Vec::new()));
        }
        let nodes = indices_for_consistency_proof(old_size, additions);
        nodes.into_iter().map(|index| subtree(leaves, index)).collect::<Option<_>>().map(ConsistencyProof)
    }

    /// The proof with these hashes, in the order of the RFC.
    pub const fn from_hashes(hashes: Vec<[u8; 32]>) -> ConsistencyProof {
        ConsistencyProof(hashes)
    }

    /// The hashes, in the order of the RFC.
    pub fn hashes(&self) -> &[[u8; 32]] {
        &self.0
    }

    /// Checks that the log with the head `new` extends that with the head `old`.
    ///
    /// # Errors
    ///
    /// A log that is shorter than before; a proof that does not fit both heads. Then an entry of the old log was changed,
    /// removed or moved, or the proof is one for other heads.
    pub fn verify(&self, old: &TreeHead, new: &TreeHead) -> Result<(), ConsistencyError> {
        let inconsistent = ConsistencyError::Inconsistent { old: old.size, new: new.size };
        if new.size < old.size {
            return Err(ConsistencyError::Shorter { old: old.size, new: new.size });
        }
        if new.size > MAX_SIZE {
            return Err(inconsistent);
        }
        if old.size == 0 {
            let is_empty = |head: &TreeHead| head.size > 0 || head.root == RootHash::EMPTY;
            let holds = self.0.is_empty() && is_empty(old) && is_empty(new);
            return if holds { Ok(()) } else { Err(inconsistent) };
        }
        let hashes: Vec<Output<Sha256>> = self.0.iter().map(|hash| Output::<Sha256>::from(*hash)).collect();
        let proof = ct_merkle::ConsistencyProof::from_digests(&hashes);
        let root = |head: &TreeHead| ct_merkle::RootHash::<Sha256>::new(head.root.to_bytes().into(), head.size);
        root(new).verify_consistency(&root(old), &proof).map_err(|_| inconsistent)
    }
}

/// The root of the subtree with this index, by RFC 9420, appendix C: the level is the number of one bits at the end, and a
/// subtree at the right edge has fewer leaves than its level has places.
fn subtree(leaves: &[LeafHash], index: u64) -> Option<Hash> {
    let level = index.trailing_ones();
    let places = 1_usize.checked_shl(level)?;
    let number = index.checked_shr(level.checked_add(1)?)?;
    let first = usize::try_from(number).ok()?.checked_mul(places)?;
    let (_, from_first) = leaves.split_at_checked(first)?;
    let within = from_first.get(..places).unwrap_or(from_first);
    Some(within.iter().copied().collect::<Frontier>().root().to_bytes())
}

/// The reason why a consistency proof fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConsistencyError {
    /// The log is shorter than it was.
    #[error("the audit log had {old} entries and has {new}: entries were cut off, or an old database was restored")]
    Shorter {
        /// The size of the older log.
        old: u64,
        /// The size of the newer log.
        new: u64,
    },
    /// The proof does not fit both heads.
    #[error(
        "the proof does not show that the audit log of {new} entries extends that of {old}: an old entry was changed, \
         removed or moved, or the proof is for other checkpoints; compare both with an export of the log"
    )]
    Inconsistent {
        /// The size of the older log.
        old: u64,
        /// The size of the newer log.
        new: u64,
    },
}

impl ConsistencyError {
    /// The code of the refusal, as in `spec/AUDIT.md`.
    pub const fn code(&self) -> &'static str {
        match self {
            ConsistencyError::Shorter { .. } => "cut-off",
            ConsistencyError::Inconsistent { .. } => "altered",
        }
    }
}
