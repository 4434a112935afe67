//! What products, editions, features and limits have in common: a code, a number in keys, a name.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;

use crate::nearest::{Noun, quoted};
use crate::place::{Lines, Place};
use crate::problem::ProblemKind;
use crate::section::{At, Entry, Log, Section, answer, number, text};
use crate::{Code, name};

/// What an order says to have no feature, or to drop a limit.
const RESERVED: &str = "none";

pub(crate) struct Thing<'t> {
    pub(crate) section: Section<'t>,
    pub(crate) code: Code,
    pub(crate) name: String,
    pub(crate) deprecated: bool,
    pub(crate) place: Place,
    number: u64,
}

impl<'t> Thing<'t> {
    /// Reads it; its number is under `key`, and is remembered in `numbers`.
    pub(crate) fn read(
        entry: &Entry<'t>,
        numbers: &mut Numbers,
        key: &'static str,
        example: &str,
        lines: &Lines<'_>,
        log: &mut Log,
    ) -> Thing<'t> {
        let (noun, most) = (numbers.noun, numbers.most);
        let code = code(&entry.key, log);
        if matches!(noun, Noun::Feature | Noun::Limit) && code.as_str() == RESERVED {
            log.note(entry.key.offset, ProblemKind::ReservedCode { noun });
        }
        let section = Section::of(format!("{noun} {}", quoted(entry.key.value)), entry, example, log);
        let remedy = format!("give it one from 0 to {most} that no {noun} ever had before");
        let found = section.required(key, remedy, number(0..=most), log);
        let readable = |value| {
            let name = text(value)?;
            name::check(name)?;
            Ok(name)
        };
        let name = section.required("name", "say what people call it", readable, log);
        Thing {
            name: name.map_or_else(String::new, |name| name.value.to_owned()),
            deprecated: section.optional("deprecated", answer, log).is_some_and(|deprecated| deprecated.value),
            place: lines.place(entry.key.offset),
            number: found.as_ref().map_or(0, |found| found.value),
            section,
            code: {
                numbers.found.extend(found.map(|found| (found, code.clone())));
                code
            },
        }
    }

    /// Its number, which is in the range that was read.
    pub(crate) fn number<T: TryFrom<u64> + Default>(&self) -> T {
        T::try_from(self.number).unwrap_or_default()
    }
}

/// The code that a table's entry has for its key.
pub(crate) fn code(key: &At<&str>, log: &mut Log) -> Code {
    key.value.parse().unwrap_or_else(|error| {
        log.note(key.offset, ProblemKind::Code(error));
        Code::stand_in(key.value)
    })
}

/// The numbers of all things of one sort, as they follow each other in the file.
pub(crate) struct Numbers {
    noun: Noun,
    most: u64,
    found: Vec<(At<u64>, Code)>,
}

impl Numbers {
    pub(crate) fn new(noun: Noun, most: u64) -> Numbers {
        Numbers { noun, most, found: Vec::new() }
    }

    /// Notes each that was taken before.
    pub(crate) fn note_taken(self, lines: &Lines<'_>, log: &mut Log) {
        // Above all others, since a gap between them may have been in use once.
        let largest = self.found.iter().map(|(number, _)| number.value).max();
        let free = largest.and_then(|largest| largest.checked_add(1)).filter(|free| *free <= self.most);
        let mut taken: BTreeMap<u64, (Code, usize)> = BTreeMap::new();
        for (At { value: number, offset }, code) in self.found {
            match taken.entry(number) {
                Slot::Vacant(slot) => {
                    slot.insert((code, offset));
                }
                Slot::Occupied(slot) => {
                    let (taken_by, at) = slot.get();
                    let problem = ProblemKind::NumberTaken {
                        noun: self.noun,
                        code: code.to_string(),
                        number,
                        taken_by: taken_by.to_string(),
                        line: lines.place(*at).line,
                        free,
                    };
                    log.note(offset, problem);
                }
            }
        }
    }
}
