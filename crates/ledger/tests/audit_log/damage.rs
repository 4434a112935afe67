//! Whatever is changed in a list of entries or in a note is noticed.

use keyward_ledger::audit::{Frontier, LeafHash, Replay};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::kit::{checkpoint, head, key, key_of, signed};

/// One change of a list of entries.
#[derive(Debug, Clone)]
enum Change {
    Flip(Index, Index),
    Remove(Index),
    Swap(Index, Index),
    CutOff(Index),
    Insert(Index, Vec<u8>),
    /// The last byte of an entry becomes the first of the next one.
    Shift(Index),
}

fn any_change() -> impl Strategy<Value = Change> {
    prop_oneof![
        any::<(Index, Index)>().prop_map(|(entry, bit)| Change::Flip(entry, bit)),
        any::<Index>().prop_map(Change::Remove),
        any::<(Index, Index)>().prop_map(|(first, second)| Change::Swap(first, second)),
        any::<Index>().prop_map(Change::CutOff),
        (any::<Index>(), prop::collection::vec(any::<u8>(), 0..4))
            .prop_map(|(index, entry)| Change::Insert(index, entry)),
        any::<Index>().prop_map(Change::Shift),
    ]
}

impl Change {
    fn of(self, entries: &mut Vec<Vec<u8>>) {
        let count = entries.len();
        match self {
            Change::Flip(entry, bit) => {
                let entry = &mut entries[entry.index(count)];
                if !entry.is_empty() {
                    let bit = bit.index(entry.len() * 8);
                    entry[bit / 8] ^= 1 << (bit % 8);
                }
            }
            Change::Remove(entry) => drop(entries.remove(entry.index(count))),
            Change::Swap(first, second) => entries.swap(first.index(count), second.index(count)),
            Change::CutOff(length) => entries.truncate(length.index(count)),
            Change::Insert(index, entry) => entries.insert(index.index(count + 1), entry),
            Change::Shift(entry) => {
                let entry = entry.index(count);
                if entry + 1 < count
                    && let Some(byte) = entries[entry].pop()
                {
                    entries[entry + 1].insert(0, byte);
                }
            }
        }
    }
}

fn any_entries() -> impl Strategy<Value = Vec<Vec<u8>>> {
    prop::collection::vec(prop::collection::vec(any::<u8>(), 0..4), 1..40)
}

proptest! {
    #[test]
    fn any_change_of_the_entries_is_noticed(entries in any_entries(), later in any_entries(), change in any_change()) {
        let old = head(&entries);
        let mut changed = entries.clone();
        change.of(&mut changed);
        let is_prefix = changed.starts_with(&entries);
        // New entries may follow: those up to the old size have another root, or there are fewer.
        for now in [changed.clone(), [changed, later].concat()] {
            let at_old_size: Frontier = now.iter().take(entries.len()).map(|entry| LeafHash::of(entry)).collect();
            prop_assert_eq!(at_old_size.head() == old, now.starts_with(&entries));
            let replayed = (|| {
                let mut replay = Replay::new([old])?;
                now.iter().try_for_each(|entry| replay.push(LeafHash::of(entry)))?;
                replay.finish()
            })();
            prop_assert_eq!(replayed.is_ok(), now.starts_with(&entries));
            prop_assert!(!is_prefix || replayed.is_ok());
        }
    }

    /// Only the lines of other keys are outside of the signature.
    #[test]
    fn any_changed_byte_of_a_note_is_refused(entries in any_entries(), index in any::<Index>(), byte in any::<u8>()) {
        let note = signed(head(&entries)).into_bytes();
        let index = index.index(note.len());
        let mut changed = note.clone();
        changed[index] = byte;
        prop_assert!(changed == note || key().open(&changed).is_err());
        let mut shorter = note.clone();
        shorter.remove(index);
        prop_assert!(key().open(&shorter).is_err());
        let mut longer = note.clone();
        longer.insert(index, byte);
        prop_assert!(key().open(&longer).is_err());
        prop_assert!(key().open(&note[..index]).is_err());
    }

    #[test]
    fn a_changed_byte_in_the_line_of_another_key_changes_nothing(
        entries in any_entries(),
        witness_first in any::<bool>(),
        index in any::<Index>(),
        byte in any::<u8>(),
    ) {
        let ours = checkpoint(head(&entries));
        let note = signed(ours.head);
        let (text, line) = note.split_once("\n\n").unwrap();
        let witness = key_of("witness.example", 3);
        let other = keyward_ledger::audit::Checkpoint { origin: witness.origin().clone(), head: ours.head };
        let other = other.sign(&crate::kit::signing_key(3), &witness).unwrap();
        let (_, other_line) = other.split_once("\n\n").unwrap();
        let note = if witness_first { format!("{text}\n\n{other_line}{line}") } else { format!("{text}\n\n{line}{other_line}") };
        let unchanged = key().open(&note);
        prop_assert_eq!(unchanged.as_ref(), Ok(&ours));
        let start = note.find(other_line).unwrap();
        let index = index.index(note.len());
        let mut changed = note.clone().into_bytes();
        changed[index] = byte;
        match key().open(&changed) {
            Ok(read) => {
                prop_assert_eq!(read, ours);
                let within = start..start + other_line.len();
                prop_assert!(changed == note.as_bytes() || within.contains(&index));
            }
            Err(_) => prop_assert_ne!(changed, note.into_bytes()),
        }
    }

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "(\\PC|\n|— | ){0,80}") {
        prop_assert!(key().open(bytes).is_err());
        prop_assert!(key().open(text).is_err());
    }
}
