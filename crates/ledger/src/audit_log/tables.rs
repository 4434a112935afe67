//! The tables of the ledger, and how each is verified.

use crate::activation::{Activation, CustomerRelease};
use crate::approval::Approval;
use crate::catalog_version::CatalogVersion;
use crate::customer::Customer;
use crate::generator::Generator;
use crate::ledger::LedgerRow;
use crate::license::{DeletedKey, KeyRow, License};
use crate::signed_list::SignedList;
use crate::table::{Audited, Column, Row};
use crate::token::Token;

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

    /// The columns that entries show.
    pub(super) fn audited(&self) -> impl Iterator<Item = &'static Column> {
        self.columns.iter().filter(|column| column.audited != Audited::No)
    }
}

/// The tables whose rows are in the audit log. They are compared with it, all columns except those that are
/// [`Audited::No`].
pub(super) const AUDITED: [Table; 12] = [
    Table::of::<LedgerRow>(),
    Table::of::<Customer>(),
    Table::of::<Generator>(),
    Table::of::<License>(),
    Table::of::<KeyRow>(),
    Table::of::<DeletedKey>(),
    Table::of::<Activation>(),
    Table::of::<CustomerRelease>(),
    Table::of::<SignedList>(),
    Table::of::<Token>(),
    Table::of::<CatalogVersion>(),
    Table::of::<Approval>(),
];

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

/// Why requests are not proven.
const REQUESTS: &str = "answers to requests that are repeated, kept for two days";

/// What is proven by neither the audit log nor other tables.
const UNPROVEN: [Unproven; 12] = [
    Unproven {
        table: "audit_log",
        column: Some("number"),
        because: "it orders entries until they have a position, and names them in messages",
    },
    Unproven { table: "checkpoints", column: Some("at"), because: "the checkpoint itself has no time" },
    Unproven {
        table: "checkpoints",
        column: None,
        because: "copies: the checkpoints that prove something are kept elsewhere",
    },
    Unproven { table: "requests", column: None, because: REQUESTS },
    Unproven { table: "requests", column: Some("id"), because: REQUESTS },
    Unproven { table: "requests", column: Some("body"), because: REQUESTS },
    Unproven { table: "requests", column: Some("claim"), because: REQUESTS },
    Unproven { table: "requests", column: Some("claimed_until"), because: REQUESTS },
    Unproven { table: "requests", column: Some("subjects"), because: REQUESTS },
    Unproven { table: "requests", column: Some("status"), because: REQUESTS },
    Unproven { table: "requests", column: Some("answer"), because: REQUESTS },
    Unproven { table: "requests", column: Some("created_at"), because: REQUESTS },
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

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
mod tests {
    use std::path::Path;

    use super::*;

    /// Tables that are verified otherwise than by a comparison with the log: `verify.rs` and `derived.rs`.
    const OTHERWISE: [&str; 5] = ["audit_log", "audit_tree", "checkpoints", "record_keys", "requests"];

    /// The tables of the migrations, with their columns.
    fn schema() -> Vec<(String, Vec<String>)> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        let sql: String = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
        let table = |text: &str| {
            let (name, rest) = text.split_once(" (\n").unwrap();
            let columns = rest.split("\n)").next().unwrap().lines().map(str::trim);
            let columns = columns.filter(|line| !line.starts_with("--") && !line.starts_with("PRIMARY KEY ("));
            (name.to_owned(), columns.map(|line| line.split(' ').next().unwrap().to_owned()).collect())
        };
        sql.split("CREATE TABLE ").skip(1).map(table).collect()
    }

    #[test]
    fn every_table_is_verified_with_all_its_columns() {
        let schema = schema();
        assert!(schema.len() > 10, "{schema:?}");
        for (name, columns) in &schema {
            let audited = AUDITED.iter().find(|table| table.name == name);
            let is_otherwise = OTHERWISE.contains(&name.as_str());
            assert!(audited.is_some() != is_otherwise, "{name} has to be in AUDITED or in OTHERWISE, and not in both");
            if let Some(table) = audited {
                let declared: Vec<_> = table.columns.iter().map(|column| column.name).collect();
                assert_eq!(declared, *columns, "the columns of {name}");
            }
        }
        let names = AUDITED.iter().map(|table| table.name).chain(OTHERWISE);
        for name in names {
            assert!(schema.iter().any(|(table, _)| table == name), "there is no table {name}");
        }
    }
}
