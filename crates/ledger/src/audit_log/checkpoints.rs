//! Checkpoints of the log as it is now.

use keyward_issuer::Signature;
use keyward_issuer::signature::Signer;

use super::sequencer::sequence;
use crate::audit::{Checkpoint, CheckpointKey, Frontier, TreeHead};
use crate::change::By;
use crate::database::Waiting;
use crate::error::LedgerError;
use crate::ledger::Ledger;
use crate::value::{Field, Value};

impl Ledger {
    /// Signs a checkpoint of all entries that are committed, and stores a copy. Keep the result elsewhere: only a copy that
    /// nobody with access to the database can change proves anything. While no entry is added, the result is the same.
    ///
    /// # Errors
    ///
    /// A signer that fails, or signs with another key; a tree on record that can't be read; and the errors of the database.
    pub async fn checkpoint(
        &self,
        signer: &impl Signer<Signature>,
        key: &CheckpointKey,
        by: &By,
    ) -> Result<String, LedgerError> {
        let frontier = sequence(&self.database, Waiting::Yes).await?.unwrap_or_else(Frontier::new);
        let head = frontier.head();
        if let Some(note) = self.stored_checkpoint(key, head).await? {
            return Ok(note);
        }
        let note = Checkpoint { origin: key.origin().clone(), head }.sign(signer, key)?;
        let mut tx = self.database.begin().await?;
        // A copy that another key has signed, or that was changed, is replaced.
        let sql = "insert into checkpoints (size, at, note) values ($1, $2, $3)
            on conflict (size) do update set at = excluded.at, note = excluded.note";
        tx.run(sql, vec![size(head), by.millis().value(), note.value()]).await?;
        tx.commit().await?;
        Ok(note)
    }

    /// The copy of the checkpoint of this head that this key has signed.
    async fn stored_checkpoint(&self, key: &CheckpointKey, head: TreeHead) -> Result<Option<String>, LedgerError> {
        let sql = "select note from checkpoints where size = $1";
        let stored: Vec<(String,)> = self.database.all(sql, vec![size(head)]).await?;
        let is_same = |note: &String| key.open(note).is_ok_and(|checkpoint| checkpoint.head == head);
        Ok(stored.into_iter().map(|(note,)| note).find(is_same))
    }
}

fn size(head: TreeHead) -> Value {
    Value::Integer(i64::try_from(head.size).ok())
}
