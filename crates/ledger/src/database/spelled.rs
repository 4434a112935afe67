//! The rows of a table as an entry of the audit log has them, spelled by the engine.

use super::Tx;
use super::texts::{Read, Texts, text};
use crate::error::LedgerError;
use crate::table::Column;
use crate::value::Kind;

impl Tx {
    /// Reads all rows of a table: the columns that are not null, as `"name":value` with commas between them, without braces.
    /// Integers are numbers, texts are strings, blobs are hex.
    pub(crate) async fn each_spelled(
        &mut self,
        table: &str,
        columns: impl Iterator<Item = &'static Column>,
        mut row: impl FnMut(String),
    ) -> Result<Read, LedgerError> {
        let (mut spelled, mut large) = (Vec::new(), Vec::new());
        for Column { name, kind, .. } in columns {
            if *kind == Kind::Text {
                large.push(*name);
            }
            let comma = if spelled.is_empty() { "" } else { "," };
            let value = match (kind, &self) {
                (Kind::Integer, _) => (*name).to_owned(),
                (Kind::Text, Tx::Sqlite(_)) => format!("json_quote({name})"),
                (Kind::Text, Tx::Postgres(_)) => format!("to_json({name})::text"),
                (Kind::Blob, tx) => format!("'\"' || {} || '\"'", tx.hex_of(name)),
            };
            // `concat` leaves nulls out.
            spelled.push(format!("case when {name} is not null then '{comma}\"{name}\":' || {value} end"));
        }
        let texts = Texts {
            fields: &[format!("concat({})", spelled.join(", "))],
            table,
            join: "",
            condition: "true",
            large: &large,
            order: &[],
        };
        self.each_text(&texts, |fields| {
            if let [Some(spelled)] = fields {
                row(text(spelled).into_owned());
            }
        })
        .await
    }
}
