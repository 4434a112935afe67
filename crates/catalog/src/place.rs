use std::fmt;

/// Where something is in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// The lines of a text, to tell places from offsets.
#[derive(Debug)]
pub(crate) struct Lines<'t> {
    text: &'t str,
    /// The offset at which each line begins.
    beginnings: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub(crate) fn of(text: &'t str) -> Lines<'t> {
        let after_breaks = text.match_indices('\n').map(|(offset, _)| offset.saturating_add(1));
        Lines { text, beginnings: std::iter::once(0).chain(after_breaks).collect() }
    }

    pub(crate) fn place(&self, offset: usize) -> Place {
        let line = self.beginnings.partition_point(|beginning| *beginning <= offset);
        let beginning = self.beginnings.get(line.saturating_sub(1)).copied().unwrap_or_default();
        let before = self.text.get(beginning..offset).map_or(0, |before| before.chars().count());
        Place { line, column: before.saturating_add(1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_counted_in_lines_and_characters_from_one() {
        let lines = Lines::of("ab\r\nüx\n");
        for (offset, line, column) in [(0, 1, 1), (1, 1, 2), (4, 2, 1), (6, 2, 2), (8, 3, 1)] {
            assert_eq!(lines.place(offset), Place { line, column }, "{offset}");
        }
        assert_eq!(Lines::of("").place(0), Place { line: 1, column: 1 });
    }
}
