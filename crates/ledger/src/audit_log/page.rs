//! The entries of the log, in pages.

use crate::error::LedgerError;
use crate::ledger::Ledger;
use crate::lists::{Page, PageSize};
use crate::value::Value;

/// An entry of the audit log.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoggedEntry {
    /// Its number, which pages follow.
    pub number: i64,
    /// Its position in the tree; none until it is sequenced.
    pub position: Option<i64>,
    /// The time, in milliseconds since 1970.
    pub at: i64,
    /// Who made the change.
    pub actor: String,
    /// What was done, such as `license.revoked`.
    pub action: String,
    /// The id of the license or the customer, if there is one.
    pub subject: Option<String>,
    /// The canonical text: a JSON object, with commitments in the place of personal values.
    pub entry: String,
    /// The personal values, as a JSON object; none after an erasure, and where there were none.
    pub personal: Option<String>,
}

/// Without the personal values.
impl std::fmt::Debug for LoggedEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LoggedEntry")
            .field("number", &self.number)
            .field("action", &self.action)
            .finish_non_exhaustive()
    }
}

/// Which entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntryFilter {
    /// Those about one license or customer, by its id.
    pub subject: Option<String>,
    /// Those of one kind, such as `license.deleted`.
    pub action: Option<String>,
}

/// The columns of an entry.
type Columns = (i64, Option<i64>, i64, String, String, Option<String>, String, Option<String>);

impl Ledger {
    /// The entries of the audit log, the newest first.
    ///
    /// # Errors
    ///
    /// The errors of the database.
    pub async fn entries(
        &self,
        filter: &EntryFilter,
        after: Option<i64>,
        size: PageSize,
    ) -> Result<Page<LoggedEntry, i64>, LedgerError> {
        let mut values = Vec::new();
        let mut conditions = Vec::new();
        let mut condition = |text: &str, value: Value| {
            values.push(value);
            conditions.push(format!("{text} ${}", values.len()));
        };
        if let Some(subject) = &filter.subject {
            condition("subject =", Value::Text(Some(subject.clone())));
        }
        if let Some(action) = &filter.action {
            condition("action =", Value::Text(Some(action.clone())));
        }
        if let Some(after) = after {
            condition("number <", Value::Integer(Some(after)));
        }
        let condition =
            if conditions.is_empty() { String::new() } else { format!("where {}", conditions.join(" and ")) };
        let sql = format!(
            "select number, position, at, actor, action, subject, entry, personal from audit_log {condition} \
             order by number desc"
        );
        let bytes =
            |(.., entry, personal): &Columns| entry.len().saturating_add(personal.as_ref().map_or(0, String::len));
        let Page { rows, next } =
            self.database.page(&sql, values, size, bytes, |(number, ..): &Columns| *number).await?;
        let entry = |(number, position, at, actor, action, subject, entry, personal)| LoggedEntry {
            number,
            position,
            at,
            actor,
            action,
            subject,
            entry,
            personal,
        };
        Ok(Page { rows: rows.into_iter().map(entry).collect(), next })
    }
}
