//! Exports of the log: files that are verified without the database.

use std::io::Write;

use super::sequencer::sequence;
use crate::audit::{ExportedEntry, TreeHead};
use crate::change::{By, Change};
use crate::database::Waiting;
use crate::error::LedgerError;
use crate::ledger::Ledger;

impl Ledger {
    /// Writes all entries that are committed as lines of JSON, with the personal values that stand beside them. The export
    /// itself is an entry, the last one.
    ///
    /// [`verify_export`](crate::audit::verify_export) compares it with checkpoints, without the ledger.
    ///
    /// # Errors
    ///
    /// A file that can't be written, personal values that can't be read, and the errors of the database.
    pub async fn export_log(&self, to: &mut (impl Write + Send), by: &By) -> Result<TreeHead, LedgerError> {
        Change::begin(&self.database).await?.commit(by.did("audit-log.exported")).await?;
        sequence(&self.database, Waiting::Yes).await?;
        let mut tx = self.database.snapshot().await?;
        let mut frontier = crate::audit::Frontier::new();
        let sql = "select number, entry, personal from audit_log where position is not null order by position";
        tx.each(sql, Vec::new(), |(number, entry, personal): (i64, String, Option<String>)| {
            let damaged = |_| LedgerError::Damaged { what: format!("the personal values of entry {number}") };
            let personal = personal.as_deref().map(serde_json::from_str).transpose().map_err(damaged)?;
            let entry = ExportedEntry { entry, personal: personal.unwrap_or_default() };
            frontier.push(entry.leaf());
            writeln!(to, "{}", entry.to_line()).map_err(LedgerError::Export)
        })
        .await?;
        to.flush().map_err(LedgerError::Export)?;
        Ok(frontier.head())
    }
}
