use keyward_ledger::audit::{LeafHash, Replay, ReplayError, RootHash, TreeHead};

use crate::kit::head;

fn replay(heads: &[TreeHead], entries: &[String]) -> Result<u64, ReplayError> {
    let mut replay = Replay::new(heads.iter().copied())?;
    for entry in entries {
        replay.push(LeafHash::of(entry.as_bytes()))?;
    }
    replay.finish().map(|frontier| frontier.size())
}

fn entries(count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("entry {number}")).collect()
}

#[test]
fn the_log_agrees_with_all_its_checkpoints_in_any_order() {
    let entries = entries(20);
    let heads: Vec<_> = [20, 0, 7, 13, 7].map(|size| head(&entries[..size])).to_vec();
    assert_eq!(replay(&heads, &entries), Ok(20));
    assert_eq!(replay(&[], &entries), Ok(20));
    assert_eq!(replay(&[], &[]), Ok(0));
}

#[test]
fn the_refusal_names_the_checkpoints_between_which_an_entry_was_altered() {
    let entries = entries(20);
    let heads = [5, 10, 15].map(|size| head(&entries[..size]));
    for altered in 0..20 {
        let mut now = entries.clone();
        now[altered] = "altered".to_owned();
        let expected = match altered {
            0..5 => Err(ReplayError::Altered { confirmed: 0, size: 5 }),
            5..10 => Err(ReplayError::Altered { confirmed: 5, size: 10 }),
            10..15 => Err(ReplayError::Altered { confirmed: 10, size: 15 }),
            _ => Ok(20), // No checkpoint was signed after it.
        };
        assert_eq!(replay(&heads, &now), expected, "{altered}");
    }
}

#[test]
fn a_log_that_was_cut_off_is_named_with_both_lengths() {
    let entries = entries(20);
    let heads = [5, 15].map(|size| head(&entries[..size]));
    for length in 5..15 {
        let expected = Err(ReplayError::CutOff { entries: length as u64, size: 15 });
        assert_eq!(replay(&heads, &entries[..length]), expected);
    }
    assert_eq!(
        replay(&[TreeHead { size: u64::MAX, ..heads[0] }], &entries[..1]),
        Err(ReplayError::CutOff { entries: 1, size: u64::MAX })
    );
}

#[test]
fn two_checkpoints_of_one_size_with_two_roots_never_both_agree() {
    let entries = entries(3);
    let other = TreeHead { root: RootHash::EMPTY, ..head(&entries) };
    for heads in [[head(&entries), other], [other, head(&entries)]] {
        assert_eq!(replay(&heads, &entries), Err(ReplayError::Altered { confirmed: 0, size: 3 }));
    }
    let not_empty = TreeHead { size: 0, ..head(&entries) };
    assert_eq!(replay(&[not_empty], &entries), Err(ReplayError::Altered { confirmed: 0, size: 0 }));
}
