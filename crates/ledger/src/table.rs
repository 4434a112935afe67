//! Tables as Rust types: one struct for each, whose fields are the columns.

use crate::value::{Kind, Value};

/// What the audit log keeps of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audited {
    /// Its value.
    Plain,
    /// A salted commitment to its value. The value stands beside the entry, and an erasure removes it.
    Personal,
    /// A digest of its value, which is a license key.
    Secret,
    /// Nothing: the column changes without an entry.
    No,
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) audited: Audited,
}

/// A row of a table. The first column is the primary key.
pub(crate) trait Row:
    Sized
    + Send
    + Unpin
    + for<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow>
    + for<'r> sqlx::FromRow<'r, sqlx::postgres::PgRow>
{
    const TABLE: &'static str;
    const COLUMNS: &'static [Column];

    /// The values, in the order of the columns.
    fn values(&self) -> Vec<Value>;

    /// The value of the primary key.
    fn key(&self) -> Value;
}

/// What is read from columns of a row that follow each other, from one of them on.
pub(crate) trait FromColumns<R>: Sized {
    /// # Errors
    ///
    /// A value that the type does not have.
    fn from_columns(row: &R, first: usize) -> sqlx::Result<Self>;
}

/// A row with the columns of two tables, those of the first table first.
#[derive(Debug)]
pub(crate) struct Joined<A, B>(pub(crate) A, pub(crate) B);

macro_rules! joined {
    ($row:ty) => {
        impl<'r, A: Row + FromColumns<$row>, B: FromColumns<$row>> sqlx::FromRow<'r, $row> for Joined<A, B> {
            fn from_row(row: &'r $row) -> sqlx::Result<Joined<A, B>> {
                Ok(Joined(A::from_columns(row, 0)?, B::from_columns(row, A::COLUMNS.len())?))
            }
        }
    };
}
joined!(sqlx::sqlite::SqliteRow);
joined!(sqlx::postgres::PgRow);

/// The names of the columns of the table under that name, for a query of several tables.
pub(crate) fn columns_as<R: Row>(name: &str) -> String {
    R::COLUMNS.iter().map(|column| format!("{name}.{}", column.name)).collect::<Vec<_>>().join(", ")
}

/// The names of the columns, for a query.
pub(crate) fn columns<R: Row>() -> String {
    R::COLUMNS.iter().map(|column| column.name).collect::<Vec<_>>().join(", ")
}

/// A query for rows of that table: those that `rest` picks, such as `where id = $1 order by id`.
pub(crate) fn select<R: Row>(rest: &str) -> String {
    format!("select {} from {} {rest}", columns::<R>(), R::TABLE)
}

/// The placeholders `$1, $2, …` for that many values, which are at least one.
pub(crate) fn places(values: usize) -> String {
    (1..=values).map(|number| format!("${number}")).collect::<Vec<_>>().join(", ")
}

/// Declares a table: `row! { Name in "table" { pub key: Type, Plain; … } }`.
macro_rules! row {
    ($(#[$doc:meta])* $vis:vis $name:ident in $table:literal {
        $($(#[$column_doc:meta])* $column_vis:vis $column:ident: $type:ty, $audited:ident;)*
    }) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq)]
        #[non_exhaustive]
        $vis struct $name { $($(#[$column_doc])* $column_vis $column: $type,)* }

        /// Without personal values and license keys, since debug output ends in logs.
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let mut shown = f.debug_struct(stringify!($name));
                $(if $crate::table::Audited::$audited == $crate::table::Audited::Plain {
                    shown.field(stringify!($column), &self.$column);
                })*
                shown.finish_non_exhaustive()
            }
        }

        impl $crate::table::Row for $name {
            const TABLE: &'static str = $table;
            const COLUMNS: &'static [$crate::table::Column] = &[
                $($crate::table::Column {
                    name: stringify!($column),
                    kind: <$type as $crate::value::Field>::KIND,
                    audited: $crate::table::Audited::$audited,
                },)*
            ];

            fn values(&self) -> Vec<$crate::value::Value> {
                vec![$($crate::value::Field::value(&self.$column),)*]
            }

            fn key(&self) -> $crate::value::Value {
                $crate::table::first_of!($(self.$column,)*)
            }
        }

        $crate::table::from_row!($name, sqlx::sqlite::SqliteRow, $($column: $type,)*);
        $crate::table::from_row!($name, sqlx::postgres::PgRow, $($column: $type,)*);
    };
}
pub(crate) use row;

macro_rules! first_of {
    ($first:expr, $($rest:tt)*) => {
        $crate::value::Field::value(&$first)
    };
}
pub(crate) use first_of;

macro_rules! from_row {
    ($name:ident, $row:ty, $($column:ident: $type:ty,)*) => {
        impl $crate::table::FromColumns<$row> for $name {
            fn from_columns(row: &$row, first: usize) -> sqlx::Result<$name> {
                let mut columns = first..;
                Ok($name { $($column: {
                    let stored = sqlx::Row::try_get(row, columns.next().unwrap_or_default())?;
                    let read = <$type as $crate::value::Field>::from_stored(stored);
                    read.map_err(|source| sqlx::Error::ColumnDecode {
                        index: concat!(stringify!($name), ".", stringify!($column)).to_owned(),
                        source,
                    })?
                },)* })
            }
        }

        impl<'r> sqlx::FromRow<'r, $row> for $name {
            fn from_row(row: &'r $row) -> sqlx::Result<$name> {
                $crate::table::FromColumns::from_columns(row, 0)
            }
        }
    };
}
pub(crate) use from_row;
