use std::collections::HashMap;

use keyward_core::Fingerprint;

/// The machines of one license that have a locked key.
///
/// Two fingerprints are of one machine if more than half of the components of each are the same. So every part of a key with more
/// than half of its components is an entry here: a fingerprint of the machine has one of these parts in common. No key is compared
/// with another.
///
/// The first key of a machine is its measure, and all its later keys are locked to the same fingerprint. Otherwise one place would
/// do for several machines: each request may keep half of the components of the first, and bring others of a further machine.
#[derive(Debug, Clone, Default)]
pub(super) struct Machines {
    /// Each part, and the fingerprint of the machine's first key.
    parts: HashMap<Fingerprint, Fingerprint>,
    count: usize,
}

impl Machines {
    /// The number of machines.
    pub(super) const fn len(&self) -> usize {
        self.count
    }

    /// Adds the machine of a key, unless an earlier key is for it.
    pub(super) fn add(&mut self, key: &Fingerprint) {
        if self.known(key).is_some() {
            return;
        }
        self.count = self.count.saturating_add(1);
        self.parts.extend(majorities(key).map(|part| (part, *key)));
    }

    /// The fingerprint in the first key for that machine, if there is one.
    pub(super) fn known(&self, machine: &Fingerprint) -> Option<Fingerprint> {
        majorities(machine).find_map(|part| self.parts.get(&part).copied())
    }
}

/// The components of a fingerprint that are present, one bit for each.
fn present(of: &Fingerprint) -> u8 {
    let bytes = of.to_bytes();
    let digests = bytes.iter().skip(1).collect::<Vec<_>>();
    let bits = digests.chunks(DIGEST).zip(BITS).filter(|(digest, _)| digest.iter().any(|byte| **byte != 0));
    bits.fold(0, |present, (_, bit)| present | bit)
}

/// The parts of a fingerprint with more than half of its components.
fn majorities(of: &Fingerprint) -> impl Iterator<Item = Fingerprint> {
    let (bytes, present) = (of.to_bytes(), present(of));
    let part = move |bits: u8| {
        let mut part = bytes;
        let (_, digests) = part.split_at_mut(1);
        let absent = digests.chunks_mut(DIGEST).zip(BITS).filter(|(_, bit)| bits & bit == 0);
        absent.for_each(|(digest, _)| digest.fill(0));
        Fingerprint::from_bytes(part).ok()
    };
    let is_majority = move |bits: &u8| bits & present == *bits && bits.count_ones() > present.count_ones() / 2;
    (1..1 << Fingerprint::COMPONENTS).filter(is_majority).filter_map(part)
}

/// The bytes of a component's digest.
const DIGEST: usize = 3;
const BITS: [u8; Fingerprint::COMPONENTS] = [1, 2, 4, 8, 16];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fingerprint() -> impl Strategy<Value = Fingerprint> {
        let digest = prop_oneof![1 => Just(None), 3 => (1..4_u8).prop_map(|digest| Some([digest, 0, 0]))];
        prop::collection::vec(digest, Fingerprint::COMPONENTS).prop_map(|digests| {
            let mut all = [None; Fingerprint::COMPONENTS];
            all.iter_mut().zip(digests).for_each(|(slot, digest)| *slot = digest);
            Fingerprint::from_digests(all)
        })
    }

    proptest! {
        #[test]
        fn the_machines_are_those_of_comparing_each_key_with_each(
            keys in prop::collection::vec(fingerprint(), 0..40),
            machine in fingerprint(),
        ) {
            let (mut machines, mut compared) = (Machines::default(), Vec::new());
            for key in &keys {
                machines.add(key);
                if !compared.iter().any(|known: &&Fingerprint| known.is_of_one_machine_with(key)) {
                    compared.push(key);
                }
            }
            prop_assert_eq!(machines.len(), compared.len());
            let is_known = compared.iter().any(|known| known.is_of_one_machine_with(&machine));
            let known = machines.known(&machine);
            prop_assert_eq!(known.is_some(), is_known);
            // A key for the known machine works on this one.
            prop_assert!(known.is_none_or(|known| compared.contains(&&known) && known.compare(&machine).is_same_machine()));
        }
    }
}
