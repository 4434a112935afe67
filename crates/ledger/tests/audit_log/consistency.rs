use keyward_ledger::audit::{ConsistencyError, ConsistencyProof, Frontier, LeafHash, RootHash, TreeHead};
use proptest::prelude::*;

use crate::brute_force;

const MOST: usize = 64;

fn entries() -> Vec<Vec<u8>> {
    (0..MOST).map(|index| format!("entry {index}").into_bytes()).collect()
}

fn leaves(entries: &[Vec<u8>]) -> Vec<LeafHash> {
    entries.iter().map(|entry| LeafHash::of(entry)).collect()
}

fn head(entries: &[Vec<u8>]) -> TreeHead {
    leaves(entries).into_iter().collect::<Frontier>().head()
}

#[test]
fn proofs_are_those_of_the_definition_and_verify_for_all_sizes() {
    let entries = entries();
    let leaves = leaves(&entries);
    for new in 0..=MOST {
        for old in 0..=new {
            let proof = ConsistencyProof::new(&leaves[..new], old as u64).unwrap();
            let expected = if old == 0 { Vec::new() } else { brute_force::consistency(old, &entries[..new]) };
            assert_eq!(proof.hashes(), expected, "{old}, {new}");
            assert_eq!(proof.verify(&head(&entries[..old]), &head(&entries[..new])), Ok(()), "{old}, {new}");
        }
        assert_eq!(ConsistencyProof::new(&leaves[..new], new as u64 + 1), None);
    }
}

#[test]
fn a_proof_holds_for_no_other_log() {
    let entries = entries();
    let leaves = leaves(&entries);
    let heads: Vec<_> = (0..=MOST).map(|size| head(&entries[..size])).collect();
    let mut other_entries = entries.clone();
    other_entries[0] = b"another first entry".to_vec();
    for new in 1..=33 {
        for old in 1..=new {
            let proof = ConsistencyProof::new(&leaves[..new], old as u64).unwrap();
            let inconsistent = Err(ConsistencyError::Inconsistent { old: old as u64, new: new as u64 });
            assert_eq!(
                proof.verify(&head(&other_entries[..old]), &heads[new]),
                inconsistent,
                "an old entry was changed"
            );
            assert_eq!(proof.verify(&heads[old], &head(&other_entries[..new])), inconsistent, "and so today");
            if old < new {
                let shorter = ConsistencyError::Shorter { old: new as u64, new: old as u64 };
                assert_eq!(proof.verify(&heads[new], &heads[old]), Err(shorter));
            }
            for (index, _) in proof.hashes().iter().enumerate() {
                let mut hashes = proof.hashes().to_vec();
                hashes[index][7] ^= 1;
                assert_eq!(ConsistencyProof::from_hashes(hashes).verify(&heads[old], &heads[new]), inconsistent);
                let mut hashes = proof.hashes().to_vec();
                hashes.remove(index);
                assert_eq!(ConsistencyProof::from_hashes(hashes).verify(&heads[old], &heads[new]), inconsistent);
            }
            let longer = [proof.hashes(), &[[0; 32]]].concat();
            assert_eq!(ConsistencyProof::from_hashes(longer).verify(&heads[old], &heads[new]), inconsistent);
        }
    }
}

#[test]
fn the_log_without_entries_has_one_root() {
    let nothing = ConsistencyProof::from_hashes(Vec::new());
    let empty = TreeHead { size: 0, root: RootHash::EMPTY };
    let one = head(&entries()[..1]);
    assert_eq!(nothing.verify(&empty, &empty), Ok(()));
    assert_eq!(nothing.verify(&empty, &one), Ok(()));
    for (old, new) in [(TreeHead { size: 0, ..one }, one), (empty, TreeHead { size: 0, ..one })] {
        assert!(nothing.verify(&old, &new).is_err());
    }
    assert!(ConsistencyProof::from_hashes(vec![[0; 32]]).verify(&empty, &one).is_err());
}

proptest! {
    #[test]
    fn any_sizes_and_any_proof_are_answered(
        sizes in (any::<u64>(), any::<u64>()),
        roots in (any::<[u8; 32]>(), any::<[u8; 32]>()),
        hashes in prop::collection::vec(any::<[u8; 32]>(), 0..70),
    ) {
        let head = |size, root| TreeHead { size, root: RootHash::from_bytes(root) };
        let (old, new) = (head(sizes.0, roots.0), head(sizes.1, roots.1));
        prop_assert!(old == new || ConsistencyProof::from_hashes(hashes).verify(&old, &new).is_err());
    }

    #[test]
    fn sizes_at_the_upper_end_are_answered(
        down in (0..3_u64, 0..3_u64),
        root in any::<[u8; 32]>(),
        hashes in prop::collection::vec(any::<[u8; 32]>(), 0..70),
    ) {
        for upper in [u64::MAX, 1 << 63, i64::MAX as u64] {
            let head = |down| TreeHead { size: upper - down, root: RootHash::from_bytes(root) };
            let (old, new) = (head(down.0), head(down.1));
            for hashes in [Vec::new(), hashes.clone()] {
                let is_right = old == new && hashes.is_empty() && new.size <= i64::MAX as u64;
                prop_assert_eq!(ConsistencyProof::from_hashes(hashes).verify(&old, &new).is_ok(), is_right);
            }
        }
    }
}
