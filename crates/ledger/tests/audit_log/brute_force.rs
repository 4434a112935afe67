//! The definitions of RFC 9162, section 2.1, word for word.

use sha2::{Digest, Sha256};

type Hash = [u8; 32];

/// MTH(D_n) of section 2.1.1.
pub fn root(entries: &[Vec<u8>]) -> Hash {
    match entries {
        [] => Sha256::digest([]).into(),
        [entry] => Sha256::digest([&[0x00], &entry[..]].concat()).into(),
        _ => {
            let (left, right) = entries.split_at(largest_power_of_two_below(entries.len()));
            Sha256::digest([&[0x01], &root(left)[..], &root(right)[..]].concat()).into()
        }
    }
}

fn largest_power_of_two_below(n: usize) -> usize {
    let mut power = 1;
    while power * 2 < n {
        power *= 2;
    }
    power
}

/// PROOF(m, D_n) of section 2.1.4.1, for 0 < m ≤ n.
pub fn consistency(old_size: usize, entries: &[Vec<u8>]) -> Vec<Hash> {
    subproof(old_size, entries, true)
}

/// SUBPROOF(m, D_n, b).
fn subproof(m: usize, entries: &[Vec<u8>], is_whole: bool) -> Vec<Hash> {
    if m == entries.len() {
        return if is_whole { Vec::new() } else { vec![root(entries)] };
    }
    let k = largest_power_of_two_below(entries.len());
    let (left, right) = entries.split_at(k);
    let (mut proof, sibling) = match m <= k {
        true => (subproof(m, left, is_whole), root(right)),
        false => (subproof(m - k, right, false), root(left)),
    };
    proof.push(sibling);
    proof
}
