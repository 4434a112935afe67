use keyward_ledger::audit::{Frontier, FrontierError, LeafHash, RootHash};
use proptest::prelude::*;

use crate::brute_force;

/// Inputs and roots of the tests of the Certificate Transparency project.
const CT_ENTRIES: [&str; 8] =
    ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
const CT_ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

#[test]
fn roots_are_those_of_certificate_transparency() {
    let mut frontier = Frontier::new();
    assert_eq!(frontier.root(), RootHash::EMPTY);
    assert_eq!(frontier.root().to_string(), CT_ROOTS[0]);
    for (entry, root) in CT_ENTRIES.iter().zip(&CT_ROOTS[1..]) {
        frontier.push(LeafHash::of(&hex::decode(entry).unwrap()));
        assert_eq!(frontier.root().to_string(), *root);
    }
    // The leaves and subtrees of the same tests, at size 7: of 4, 2 and 1 entries.
    let seven: Frontier = CT_ENTRIES[..7].iter().map(|entry| LeafHash::of(&hex::decode(entry).unwrap())).collect();
    let subtrees = [
        "0000000000000007",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
    ];
    assert_eq!(hex::encode(seven.to_bytes()), subtrees.concat());
}

#[test]
fn the_root_is_that_of_the_definition_at_every_size() {
    let entries: Vec<Vec<u8>> = (0..300_u32).map(|index| index.to_be_bytes().repeat(index as usize % 5)).collect();
    let mut frontier = Frontier::new();
    for size in 0..=entries.len() {
        assert_eq!(frontier.head().size, size as u64);
        assert_eq!(frontier.root().to_bytes(), brute_force::root(&entries[..size]), "{size}");
        if let Some(entry) = entries.get(size) {
            frontier.push(LeafHash::of(entry));
        }
    }
}

#[test]
fn an_entry_is_never_taken_for_a_subtree() {
    let leaves = [LeafHash::of(b"first"), LeafHash::of(b"second")];
    let two: Frontier = leaves.into_iter().collect();
    let joined = leaves.map(LeafHash::to_bytes).concat();
    for one_entry in [joined.clone(), [&[0x00], &joined[..]].concat(), [&[0x01], &joined[..]].concat()] {
        assert_ne!(LeafHash::of(&one_entry).to_bytes(), two.root().to_bytes());
    }
}

#[test]
fn a_stored_frontier_has_one_hash_for_each_one_bit_of_its_size() {
    assert_eq!(Frontier::from_bytes(&[0; 7]), Err(FrontierError::NoSize { bytes: 7 }));
    assert_eq!(Frontier::from_bytes(&[0; 8]), Ok(Frontier::new()));
    let bytes = |size: u64, hashes: usize| [&size.to_be_bytes()[..], &vec![0xA5; hashes]].concat();
    for size in [0, 1, 2, 3, 7, 8, 1_000_000, i64::MAX as u64] {
        let right = 32 * size.count_ones() as usize;
        let read = Frontier::from_bytes(&bytes(size, right)).unwrap();
        assert_eq!((read.size(), read.to_bytes()), (size, bytes(size, right)));
        for wrong in [right + 1, right + 32, right.wrapping_sub(1), right.wrapping_sub(32)] {
            if wrong < 4096 {
                let expected = FrontierError::Hashes { size, expected: size.count_ones(), bytes: wrong };
                assert_eq!(Frontier::from_bytes(&bytes(size, wrong)), Err(expected));
            }
        }
    }
    for size in [i64::MAX as u64 + 1, u64::MAX] {
        let hashes = 32 * size.count_ones() as usize;
        assert_eq!(Frontier::from_bytes(&bytes(size, hashes)), Err(FrontierError::Size { size }));
    }
    let mut largest = Frontier::from_bytes(&bytes(i64::MAX as u64, 63 * 32)).unwrap();
    largest.push(LeafHash::of(b"no overflow"));
    largest.push(LeafHash::of(b"nor here"));
    assert_eq!(largest.size(), (1 << 63) + 1);
}

proptest! {
    #[test]
    fn any_entries_have_the_root_of_the_definition(entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..9), 0..70)) {
        let frontier: Frontier = entries.iter().map(|entry| LeafHash::of(entry)).collect();
        prop_assert_eq!(frontier.root().to_bytes(), brute_force::root(&entries));
    }

    #[test]
    fn a_frontier_that_was_stored_goes_on_as_before(
        entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..3), 0..70),
        stored_at in any::<prop::sample::Index>(),
    ) {
        let (before, after) = entries.split_at(stored_at.index(entries.len() + 1));
        let stored: Frontier = before.iter().map(|entry| LeafHash::of(entry)).collect();
        let mut read = Frontier::from_bytes(&stored.to_bytes()).unwrap();
        prop_assert_eq!(&read, &stored);
        read.extend(after.iter().map(|entry| LeafHash::of(entry)));
        prop_assert_eq!(read.root().to_bytes(), brute_force::root(&entries));
    }
}
