//! Writes and reads the characters of an undamaged key. The module `reading` reads damaged texts.
//!
//! With the feature `base32`, the base32 crate does this, which needs Rust 1.89. Otherwise the table of the module `symbol`
//! does it, since the libraries support Rust 1.85.

#[cfg(feature = "base32")]
mod by_crate;
#[cfg(any(test, not(feature = "base32")))]
mod by_table;

use core::fmt;

use crate::group::Group;

#[cfg(feature = "base32")]
pub(crate) use by_crate::{read, write};
#[cfg(not(feature = "base32"))]
pub(crate) use by_table::{read, write};

/// The number of groups in a line.
const ROW: usize = 6;

/// Writes groups joined by `-`. The alternate form puts six groups in a line; each line but the last ends with `-`.
pub(crate) fn write_rows(f: &mut fmt::Formatter<'_>, groups: &[Group]) -> fmt::Result {
    let mut index = 0_usize;
    write(groups, |group| {
        match index {
            0 => {}
            _ if f.alternate() && index % ROW == 0 => f.write_str("-\n")?,
            _ => f.write_str("-")?,
        }
        index = index.saturating_add(1);
        f.write_str(group)
    })
}

#[cfg(test)]
mod tests {
    use std::string::String;
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::*;
    use crate::group::Group;

    const ROOM: usize = 116;

    fn written(groups: &[Group]) -> Vec<String> {
        let mut all = Vec::new();
        let result = write(groups, |group| {
            all.push(group.into());
            Ok(())
        });
        assert!(result.is_ok());
        all
    }

    fn groups() -> impl Strategy<Value = Vec<Group>> {
        prop::collection::vec((0_u32..1 << 25).prop_map(Group::new), 0..=ROOM)
    }

    proptest! {
        #[test]
        fn groups_read_back_from_their_characters(groups in groups(), separator in "[- \n]{0,2}") {
            let mut read_back = [Group::default(); ROOM];
            let count = read(&written(&groups).join(&separator), &mut read_back);
            prop_assert_eq!(count, Some(groups.len()));
            prop_assert_eq!(read_back.get(..groups.len()), Some(&*groups));
        }

        #[test]
        fn groups_are_written_as_each_alone(groups in groups()) {
            prop_assert_eq!(written(&groups), groups.iter().map(std::string::ToString::to_string).collect::<Vec<_>>());
        }

        #[cfg(feature = "base32")]
        #[test]
        fn every_text_reads_as_by_the_table(text in "[-0-9A-Za-zＫ？?\u{AD}ßoOiIlLuU ]{0,60}") {
            let (mut one, mut other) = ([Group::default(); ROOM], [Group::default(); ROOM]);
            let (read, by_table) = (read(&text, &mut one), by_table::read(&text, &mut other));
            prop_assert_eq!(read, by_table);
            if let Some(count) = read {
                prop_assert_eq!(one.get(..count), other.get(..count));
            }
        }
    }

    #[test]
    fn more_groups_than_there_is_room_for_are_not_read() {
        let groups = [Group::new(7); 9];
        let text = written(&groups).concat();
        assert_eq!(read(&text, &mut [Group::default(); 8]), None);
        assert_eq!(read(&text, &mut [Group::default(); 9]), Some(9));
    }
}
