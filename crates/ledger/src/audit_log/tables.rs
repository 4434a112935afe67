//! The tables of the ledger, and how each is verified.

use crate::customer::Customer;
use crate::generator::Generator;
use crate::ledger::LedgerRow;
use crate::license::{DeletedKey, KeyRow, License};
use crate::table::{Audited, Column, Row};

/// A table whose rows are in the audit log.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) columns: &'static [Column],
}

impl Table {
    const fn of<R: Row>() -> Table {
        Table { name: R::TABLE, columns: R::COLUMNS }
    }

    pub(super) fn key(&self) -> &'static str {
        self.columns.first().map_or("", |column| column.name)
    }

    /// The names of the columns, for a query.
    pub(super) fn names(&self) -> String {
        self.columns.iter().map(|column| column.name).collect::<Vec<_>>().join(", ")
    }

    /// The number of a column.
    pub(super) fn index(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }
}

/// The tables whose rows are in the audit log. They are compared with it, all columns except those that are
/// [`Audited::No`].
pub(super) const AUDITED: [Table; 6] = [
    Table::of::<LedgerRow>(),
    Table::of::<Customer>(),
    Table::of::<Generator>(),
    Table::of::<License>(),
    Table::of::<KeyRow>(),
    Table::of::<DeletedKey>(),
];

/// Tables that this version of the ledger does not write: a row in them is in no entry. Their first column names the row.
pub(super) const EMPTY: [(&str, &str); 2] = [("activations", "id"), ("signed_lists", "number")];

/// Something on record that no verification proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unproven {
    /// The table.
    pub table: &'static str,
    /// The column; `None` for the loss of whole rows.
    pub column: Option<&'static str>,
    /// Why it need not be proven.
    pub because: &'static str,
}

/// What is proven by neither the audit log nor other tables.
const UNPROVEN: [Unproven; 4] = [
    Unproven {
        table: "audit_log",
        column: Some("number"),
        because: "it orders entries until they have a position, and names them in messages",
    },
    Unproven {
        table: "record_keys",
        column: Some("ordinal"),
        because: "it only tells rows of one record key from each other",
    },
    Unproven { table: "checkpoints", column: Some("at"), because: "the checkpoint itself has no time" },
    Unproven {
        table: "checkpoints",
        column: None,
        because: "copies: the checkpoints that prove something are kept elsewhere",
    },
];

/// Everything that no verification proves.
pub(super) fn unproven() -> Vec<Unproven> {
    let not_audited = AUDITED.iter().flat_map(|table| {
        let columns = table.columns.iter().filter(|column| column.audited == Audited::No);
        columns.map(|column| Unproven {
            table: table.name,
            column: Some(column.name),
            because: "it changes without an entry",
        })
    });
    not_audited.chain(UNPROVEN).collect()
}
