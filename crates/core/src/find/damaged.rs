//! Finds damaged keys, and beginnings of keys, in parts of a text in which most words are groups of five characters.

#![expect(clippy::arithmetic_side_effects, reason = "counts of the characters of a text")]

use super::run::{Run, has_symbols};
use super::{KeyInText, is_alone};
use crate::LicenseKey;
use crate::copied::CopiedText;
use crate::cut_short::{TELLING_SYMBOLS, begins_a_key};
use crate::key_text_error::{KeyTextError, Malformation};
use crate::reading::{MAX_TEXT_BYTES, MIN_TYPED_GROUPS, UNREADABLE};
use crate::symbol::{SYMBOLS_IN_A_GROUP, Symbol};

/// A damaged key, or the beginning of one.
pub(super) struct Damaged {
    start: usize,
    pub(super) end: usize,
    key: Result<LicenseKey, KeyTextError>,
    /// The start and the end of the part that certainly belongs to the key.
    core: (usize, usize),
}

impl Damaged {
    pub(super) fn key(self, text: CopiedText<'_>, is_first: bool) -> KeyInText<'_> {
        let Damaged { start, end, key, core: (core_start, core_end) } = self;
        let has_more = has_symbols(text.part(start, core_start)) || has_symbols(text.part(core_end, end));
        let core = has_more.then(|| text.str(core_start, core_end));
        KeyInText { text: text.str(start, end), key, core, alone: is_first && is_alone(text, start, end) }
    }
}

/// The first damaged key between `at` and `limit`.
pub(super) fn search(text: CopiedText<'_>, mut at: usize, limit: usize) -> Option<Damaged> {
    while let Some(part) = Part::next(text, at, limit) {
        if part.may_be_of_a_key(text) {
            // Whole lines also contain the first and the last group if these are damaged.
            let lines = part.lines(text, limit);
            let core = (part.key_start(text), part.end);
            // A part that is too long to be a key is skipped, since it would take time to distinguish it from a file.
            for (start, end) in [lines, core].into_iter().filter(|(start, end)| end - start <= MAX_TEXT_BYTES) {
                let key = text.str(start, end).parse::<LicenseKey>();
                let is_one = match &key {
                    Err(KeyTextError::Malformed(Malformation::EndsEarly { .. })) => (start, end) == core,
                    Err(KeyTextError::Malformed(_)) => false,
                    _ => true,
                };
                if is_one {
                    return Some(Damaged { start, end, key, core });
                }
            }
        }
        at = part.end;
    }
    None
}

/// A part of a text in which most runs are groups.
#[derive(Clone, Copy)]
struct Part {
    /// The beginning of its first line.
    line_start: usize,
    start: usize,
    end: usize,
    /// The number of symbols up to the end.
    symbols: usize,
    groups: usize,
    /// The number of groups in runs that count, minus the weight of the other words.
    weight: usize,
}

/// The length from which a run is taken for a part of a key without separators, even if it is not a whole number of groups.
const LONG_RUN: usize = 20;

/// The weight of another word against a part. In ordinary text, fewer than one word in four has five letters.
const OTHER_WORD: usize = 3;

impl Part {
    /// The next part after `at`.
    fn next(text: CopiedText<'_>, at: usize, limit: usize) -> Option<Part> {
        let mut rest = text.part(at, limit);
        let mut walk = Walk { line_start: at, ..Walk::default() };
        while let Some(run) = Run::next(&mut rest) {
            if let Some(line_start) = run.line_start {
                walk.decide();
                if walk.is_over || (run.after_blank_line && walk.now.groups >= MIN_TYPED_GROUPS) {
                    return walk.sure;
                }
                walk.begin_line(line_start);
            }
            if walk.push(&run) == PartWeight::UsedUp {
                walk.decide();
                if walk.sure.is_some() {
                    return walk.sure;
                }
            }
        }
        walk.decide();
        walk.sure
    }

    /// The lines of the part, from the start of the first to the end of the last, if they are not too long to be read.
    fn lines(&self, text: CopiedText<'_>, limit: usize) -> (usize, usize) {
        let mut rest = text.part(self.end, limit).up_to(self.line_start + MAX_TEXT_BYTES + 1);
        (self.line_start, rest.find(|piece| piece.ends_line).map_or(limit, |line_end| line_end.start))
    }

    /// Whether it has the size of a damaged key, or is the beginning of a key.
    fn may_be_of_a_key(&self, text: CopiedText<'_>) -> bool {
        self.groups >= MIN_TYPED_GROUPS
            || self.symbols.div_ceil(SYMBOLS_IN_A_GROUP) >= MIN_TYPED_GROUPS
            || self.has_a_beginning_at(self.start, text)
    }

    /// The start of its key. Words of five letters on the lines above a key look like groups, so a line that begins like a key
    /// may begin it, if there are enough groups from there on.
    fn key_start(&self, text: CopiedText<'_>) -> usize {
        let mut groups_left = if self.end - self.start <= MAX_TEXT_BYTES { self.groups } else { 0 };
        let mut is_first_in_line = true;
        let mut rest = text.part(self.start, self.end);
        while let Some(run) = Run::next(&mut rest).filter(|_| groups_left >= MIN_TYPED_GROUPS) {
            is_first_in_line |= run.line_start.is_some();
            if is_first_in_line && self.has_a_beginning_at(run.start, text) {
                return run.start;
            }
            is_first_in_line = false;
            groups_left = groups_left.saturating_sub(run.groups());
        }
        self.start
    }

    fn has_a_beginning_at(&self, start: usize, text: CopiedText<'_>) -> bool {
        let mut first = [UNREADABLE; TELLING_SYMBOLS];
        let symbols = text.part(start, self.end).filter_map(|piece| match piece.symbol {
            Symbol::Value(value) => Some(value),
            Symbol::Unreadable => Some(UNREADABLE),
            Symbol::Separator => None,
        });
        first.iter_mut().zip(symbols).for_each(|(place, symbol)| *place = symbol);
        begins_a_key(&first)
    }
}

/// The search for a part, run by run.
#[derive(Default)]
struct Walk {
    line_start: usize,
    /// The number of groups in the runs of this line that count, and the number of other runs.
    groups_in_line: usize,
    others_in_line: usize,
    /// The counts of all runs since the first that counts.
    now: Counts,
    /// The part, up to the run at which its weight is greatest.
    part: Option<Part>,
    /// The part without the present line. A line with more other words than groups does not belong to a part that began
    /// before it.
    sure: Option<Part>,
    /// Whether the part ends in this line.
    is_over: bool,
}

/// Whether a part continues.
#[derive(PartialEq, Eq)]
enum PartWeight {
    Left,
    UsedUp,
}

/// The counts of the runs since a part began.
#[derive(Default)]
struct Counts {
    symbols: usize,
    groups: usize,
    weight: usize,
}

impl Walk {
    fn push(&mut self, run: &Run<'_>) -> PartWeight {
        match weight_of(run) {
            Some(groups) => {
                self.groups_in_line += groups;
                self.now.weight += groups;
            }
            None => {
                self.others_in_line += 1;
                self.now.weight = self.now.weight.saturating_sub(OTHER_WORD);
            }
        }
        if self.now.weight == 0 {
            self.now = Counts::default();
            return if self.part.is_some() { PartWeight::UsedUp } else { PartWeight::Left };
        }
        self.now.symbols += run.len;
        self.now.groups += run.groups();
        let Counts { symbols, groups, weight } = self.now;
        if self.part.is_none_or(|part| weight > part.weight) {
            let (line_start, start) =
                self.part.map_or((self.line_start, run.start), |part| (part.line_start, part.start));
            self.part = Some(Part { line_start, start, end: run.end, symbols, groups, weight });
        }
        PartWeight::Left
    }

    /// Decides whether the runs of this line so far belong to the part.
    fn decide(&mut self) {
        if self.groups_in_line > self.others_in_line {
            self.sure = self.part;
        } else if self.sure.is_some() {
            self.part = self.sure;
        } else if self.part.is_some_and(|part| part.groups >= MIN_TYPED_GROUPS) {
            // A key in a line with many other words.
            self.sure = self.part;
            self.is_over = true;
        } else {
            self.part = None;
            self.now = Counts::default();
        }
    }

    fn begin_line(&mut self, line_start: usize) {
        (self.groups_in_line, self.others_in_line) = (0, 0);
        self.line_start = line_start;
    }
}

/// The number of groups of a run that counts for a part; `None` for a run that counts against it.
fn weight_of(run: &Run<'_>) -> Option<usize> {
    let is_of_groups = run.len % SYMBOLS_IN_A_GROUP == 0 || run.len >= LONG_RUN;
    (is_of_groups && 2 * run.unreadable <= run.len).then_some(run.len / SYMBOLS_IN_A_GROUP)
}
