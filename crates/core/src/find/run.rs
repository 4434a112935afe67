#![expect(clippy::arithmetic_side_effects, reason = "counts of the characters of a text")]

use crate::copied::{Copied, Piece};
use crate::symbol::{SYMBOLS_IN_A_GROUP, Symbol};

/// A run: a longest sequence of symbols without a separator.
pub(super) struct Run<'t> {
    /// Its symbols, and the rest of the text.
    pub(super) from: Copied<'t>,
    pub(super) start: usize,
    pub(super) end: usize,
    /// The number of its symbols.
    pub(super) len: usize,
    /// The number of its symbols that can't be read.
    pub(super) unreadable: usize,
    /// The offset of its line, if it is the first run of a line.
    pub(super) line_start: Option<usize>,
    /// Whether there is a blank line before it.
    pub(super) after_blank_line: bool,
}

impl<'t> Run<'t> {
    /// Reads the next run of a text.
    pub(super) fn next(rest: &mut Copied<'t>) -> Option<Run<'t>> {
        let (mut line_start, mut line_breaks) = (None, 0_u8);
        let (from, first) = loop {
            let here = rest.clone();
            let piece = rest.next()?;
            if piece.symbol != Symbol::Separator {
                break (here, piece);
            }
            if piece.ends_line {
                line_start = Some(piece.end);
                line_breaks = line_breaks.saturating_add(1);
            }
        };
        let mut run = Run {
            from,
            start: first.start,
            end: first.end,
            len: 0,
            unreadable: 0,
            line_start,
            after_blank_line: line_breaks > 1,
        };
        run.push(first);
        loop {
            let here = rest.clone();
            match rest.next() {
                Some(piece) if piece.symbol != Symbol::Separator => run.push(piece),
                Some(_) => {
                    *rest = here;
                    return Some(run);
                }
                None => return Some(run),
            }
        }
    }

    fn push(&mut self, piece: Piece) {
        self.len += 1;
        self.unreadable += usize::from(piece.symbol == Symbol::Unreadable);
        self.end = piece.end;
    }

    /// The number of its groups. A run that is not a whole number of groups counts as one group.
    pub(super) fn groups(&self) -> usize {
        if self.len % SYMBOLS_IN_A_GROUP == 0 { self.len / SYMBOLS_IN_A_GROUP } else { 1 }
    }
}

pub(super) fn has_symbols(mut text: Copied<'_>) -> bool {
    text.any(|piece| piece.symbol != Symbol::Separator)
}
