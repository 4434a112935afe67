use serde_json::error::Category;

use keyward_catalog::closest;

use super::NAMES;

/// Why a text is no order. No value is repeated: a text that was pasted by mistake may be a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OrderError {
    /// Not UTF-8.
    #[error("the line is not UTF-8: save the file as UTF-8")]
    NotUtf8,
    /// A file in UTF-16.
    #[error("the file is UTF-16: save it as UTF-8; no order in it was read")]
    Utf16,
    /// Longer than any order.
    #[error("the line is longer than 64 KiB: an order is one line")]
    TooLong,
    /// Not JSON.
    #[error("the line is not JSON at column {column}: an order is one object on one line")]
    Json {
        /// Where, from 1.
        column: usize,
    },
    /// JSON, and no object.
    #[error(
        "the line is JSON and no object: an order is one object on one line, such as {{\"id\": \"PO-1\", \"offer\": \"…\"}}"
    )]
    NoObject,
    /// A quote out of place.
    #[error(
        "a quote is out of place: close each one in its line, write \"\" for a quote in a value, and put quotes around all \
         of it"
    )]
    Quote,
    /// A value goes on in the next line.
    #[error(
        "a value has a line break in it and goes on through line {through}: an order is one line, and these lines are passed \
         over"
    )]
    LineBreak {
        /// The line in which its quotes are closed.
        through: u64,
    },
    /// More or fewer cells than columns.
    #[error("the line has {found} cells, and the first line names {expected}: put quotes around a value with a comma")]
    Cells {
        /// The number of cells.
        found: usize,
        /// The number of names.
        expected: usize,
    },
    /// A name that no order has.
    #[error("`{name}` is no name of an order; {}", names(*.nearest))]
    UnknownName {
        /// The name, cut if it is long.
        name: String,
        /// The name that was probably meant.
        nearest: Option<&'static str>,
    },
    /// A name that is there twice.
    #[error("`{name}` is there twice: give it once")]
    NameTwice {
        /// The name.
        name: &'static str,
    },
    /// A value of the wrong form.
    #[error("{name}: expected {expected}")]
    Value {
        /// The name.
        name: &'static str,
        /// The right form.
        expected: &'static str,
    },
    /// `null` where it has no meaning.
    #[error("{name} is null, which says nothing here: leave it out, or give a value")]
    Null {
        /// The name.
        name: &'static str,
    },
    /// No id, by which a file that is read again is recognised.
    #[error("the order has no id: give it one of its own, such as its number, so that it is issued once")]
    NoId,
    /// No subject, or more than one.
    #[error("an order names one of these: offer; product and edition; renews; reissues")]
    Subject,
    /// Two ends.
    #[error("an order has one end: through, or term")]
    TwoEnds,
    /// A value without the one that it belongs to.
    #[error("{name} goes only with {with}: give both, or neither")]
    Alone {
        /// The value that is there.
        name: &'static str,
        /// The value that is missing.
        with: &'static str,
    },
    /// The operating system had no random bytes for a serial.
    #[error(transparent)]
    Random(#[from] crate::RandomError),
}

impl OrderError {
    /// The code of every error of this kind, for programs.
    pub const CODE: &str = "unreadable-order";

    pub(super) fn from_json(error: &serde_json::Error) -> OrderError {
        match error.classify() {
            Category::Data => OrderError::NoObject,
            Category::Syntax | Category::Eof | Category::Io => OrderError::Json { column: error.column() },
        }
    }

    /// A name that is not known, as far as it can be shown.
    pub(super) fn unknown_name(name: &str) -> OrderError {
        let in_small_letters = name.trim().to_lowercase().replace([' ', '-'], "_");
        OrderError::UnknownName { name: name.chars().take(24).collect(), nearest: closest(&in_small_letters, NAMES) }
    }
}

fn names(nearest: Option<&str>) -> String {
    let all = || format!("its names are {}", NAMES.join(", "));
    nearest.map_or_else(all, |nearest| format!("did you mean `{nearest}`?"))
}
