//! The settings that products, editions, features and limits share: code, number, name, `deprecated`.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::Code;
use crate::entry_kind::EntryKind;
use crate::message::quoted;
use crate::position::{Lines, Position};
use crate::problem::ProblemKind;
use crate::section::{Located, Log, Pair, Section, boolean, number, visible_name};

/// The word of an order for no features, or for a limit that it drops.
const RESERVED: &str = "none";

pub(crate) struct CommonSettings<'t> {
    pub(crate) section: Section<'t>,
    pub(crate) code: Code,
    pub(crate) name: String,
    pub(crate) deprecated: bool,
    pub(crate) position: Position,
    number: u64,
}

impl<'t> CommonSettings<'t> {
    /// Reads the settings of an entry. Its number is under `key`, and is added to `numbers`.
    pub(crate) fn read(
        pair: &Pair<'t>,
        numbers: &mut Numbers,
        key: &'static str,
        example: &str,
        lines: &Lines<'_>,
        log: &mut Log,
    ) -> CommonSettings<'t> {
        let (entry, max) = (numbers.entry, numbers.max);
        let code = code(&pair.key, log);
        if matches!(entry, EntryKind::Feature | EntryKind::Limit) && code.as_str() == RESERVED {
            log.report(pair.key.offset, ProblemKind::ReservedCode { entry });
        }
        let section = Section::of(format!("{entry} {}", quoted(pair.key.value)), pair, example, log);
        let remedy = format!("give a number from 0 to {max} that no {entry} has ever had");
        let found = section.required(key, remedy, number(0..=max), log);
        let name = section.required("name", "give the name that people read", visible_name, log);
        CommonSettings {
            name: name.map_or_else(String::new, |name| name.value.to_owned()),
            deprecated: section.optional("deprecated", boolean, log).is_some_and(|deprecated| deprecated.value),
            position: lines.position(pair.key.offset),
            number: found.as_ref().map_or(0, |found| found.value),
            section,
            code: {
                numbers.found.extend(found.map(|found| (found, code.clone())));
                code
            },
        }
    }

    /// The number. Its range was checked when it was read.
    pub(crate) fn number<T: TryFrom<u64> + Default>(&self) -> T {
        T::try_from(self.number).unwrap_or_default()
    }
}

/// The code in the key of a table.
pub(crate) fn code(key: &Located<&str>, log: &mut Log) -> Code {
    key.value.parse().unwrap_or_else(|error| {
        log.report(key.offset, ProblemKind::Code(error));
        Code::placeholder(key.value)
    })
}

/// The numbers of all entries of one kind, in the order of the file.
pub(crate) struct Numbers {
    entry: EntryKind,
    max: u64,
    found: Vec<(Located<u64>, Code)>,
}

impl Numbers {
    pub(crate) fn new(entry: EntryKind, max: u64) -> Numbers {
        Numbers { entry, max, found: Vec::new() }
    }

    /// Reports each number that an earlier entry has.
    pub(crate) fn report_taken(self, lines: &Lines<'_>, log: &mut Log) {
        // A number above all others: one in a gap may have been in use once.
        let largest = self.found.iter().map(|(number, _)| number.value).max();
        let free = largest.and_then(|largest| largest.checked_add(1)).filter(|free| *free <= self.max);
        let mut taken: BTreeMap<u64, (Code, usize)> = BTreeMap::new();
        for (Located { value: number, offset }, code) in self.found {
            match taken.entry(number) {
                Entry::Vacant(entry) => {
                    entry.insert((code, offset));
                }
                Entry::Occupied(entry) => {
                    let (taken_by, taken_at) = entry.get();
                    let problem = ProblemKind::NumberTaken {
                        entry: self.entry,
                        code: code.to_string(),
                        number,
                        taken_by: taken_by.to_string(),
                        line: lines.position(*taken_at).line,
                        free,
                    };
                    log.report(offset, problem);
                }
            }
        }
    }
}
