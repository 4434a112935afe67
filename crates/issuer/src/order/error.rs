use keyward_catalog::closest;
use serde_json::error::Category;

use super::FIELD_NAMES;

/// Why a text is not an order. The messages repeat no value: a text that was pasted by mistake may be a key.
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
    #[error("the line is longer than 64 KiB: write each order on one line of at most 64 KiB")]
    TooLong,
    /// Not JSON.
    #[error("the order is not JSON at column {column}: write it as one object on one line")]
    Json {
        /// The column, from 1.
        column: usize,
    },
    /// JSON, but not an object.
    #[error(
        "the order is JSON, but not an object: write it as one object on one line, such as {{\"id\": \"PO-1\", \"offer\": \"…\"}}"
    )]
    NotAnObject,
    /// A misplaced quote.
    #[error(
        "a quote is misplaced: put quotes around a whole value, close them on the same line, and write \"\" for a quote \
         within"
    )]
    MisplacedQuote,
    /// A value with a line break.
    #[error(
        "a value has a line break and ends on line {through}, so these lines are skipped: write each order on one line"
    )]
    LineBreak {
        /// The line with the closing quote.
        through: u64,
    },
    /// More or fewer cells than columns.
    #[error(
        "the line has {found} cells, and the first line has {expected}: put quotes around a value with a separator in it"
    )]
    CellCount {
        /// The number of cells.
        found: usize,
        /// The number of columns.
        expected: usize,
    },
    /// An unknown field.
    #[error("an order has no field `{name}`: {}", suggestion(*.nearest))]
    UnknownField {
        /// The name, at most 24 characters of it.
        name: String,
        /// The nearest field.
        nearest: Option<&'static str>,
    },
    /// A field that is given twice.
    #[error("`{field}` is given twice: give it once")]
    DuplicateField {
        /// The field.
        field: &'static str,
    },
    /// A key in place of another text.
    #[error(
        "{field} may be a key, so it is not shown: an order has no keys in it; replace the key if others could read it here"
    )]
    Key {
        /// The field.
        field: &'static str,
    },
    /// A value of the wrong form.
    #[error("{field}: expected {expected}")]
    InvalidValue {
        /// The field.
        field: &'static str,
        /// The right form.
        expected: &'static str,
    },
    /// `null` in a field that gives it no meaning.
    #[error("{field} can't be null: leave it out, or give a value")]
    Null {
        /// The field.
        field: &'static str,
    },
    /// An order without an id in a file. The id is needed to recognise the order when the file is read again.
    #[error("the order has no id: give it a unique id, such as its number, so that it is issued once")]
    NoId,
    /// No subject, or more than one.
    #[error(
        "the order names no subject, or several: give one of offer; product and edition; renews; reissues; request"
    )]
    Subject,
    /// Two ends.
    #[error("the order has two ends: give through or term, not both")]
    TwoEnds,
    /// Two machines.
    #[error("the order has two machines: give request or fingerprint, not both")]
    TwoMachines,
    /// A field without another that it needs.
    #[error("the order has {field} without {missing}: give both, or neither")]
    Incomplete {
        /// The field.
        field: &'static str,
        /// The missing field.
        missing: &'static str,
    },
    /// The operating system has no random bytes for a serial.
    #[error(transparent)]
    Random(#[from] crate::RandomError),
}

impl OrderError {
    /// The code of all these errors, for programs.
    pub const CODE: &str = "unreadable-order";

    pub(super) fn from_json(error: &serde_json::Error) -> OrderError {
        match error.classify() {
            Category::Data => OrderError::NotAnObject,
            Category::Syntax | Category::Eof | Category::Io => OrderError::Json { column: error.column() },
        }
    }

    /// An unknown field. A long name is cut.
    pub(super) fn unknown_field(name: &str) -> OrderError {
        let lowercase = name.trim().to_lowercase().replace([' ', '-'], "_");
        OrderError::UnknownField { name: name.chars().take(24).collect(), nearest: closest(&lowercase, FIELD_NAMES) }
    }
}

fn suggestion(nearest: Option<&str>) -> String {
    let all = || format!("its fields are {}", FIELD_NAMES.join(", "));
    nearest.map_or_else(all, |nearest| format!("did you mean `{nearest}`?"))
}
