//! The verification of a ledger: entries, tree, checkpoints and tables, in one state of the database.

use super::compare;
use super::derived;
use super::entries::{LogRow, Replayed};
use super::erasures::Erasures;
use super::heads::Heads;
use super::report::{Difference, Verification};
use super::states::States;
use super::tables::{Unproven, unproven};
use crate::audit::{Checkpoint, CheckpointKey, Frontier, TreeHead};
use crate::database::{Cells, Tx};
use crate::error::LedgerError;
use crate::id::random;
use crate::ledger::Ledger;
use crate::value::Value;

impl Ledger {
    /// Compares the audit log with its tree, with checkpoints that were kept elsewhere, and with all tables, in one state of
    /// the database, while others go on writing.
    ///
    /// Each entry is compared with its leaf hash, its columns and its personal values; the positions have no gap; the tree over
    /// the entries is the one on record, and that of each checkpoint. The entries are replayed: every row is what its last entry
    /// says. So a changed, removed, added or moved entry is found, also at the end of the log, and every changed cell, except for
    /// what [`Ledger::unproven`] lists.
    ///
    /// The keys are all that ever signed checkpoints of this ledger: the copies in the database are compared too.
    ///
    /// It reads the whole ledger: give it a task of its own. It needs some 130 MB for a million rows.
    ///
    /// # Errors
    ///
    /// The errors of the database. What was found is in the result.
    pub async fn verify(
        &self,
        keys: &[CheckpointKey],
        checkpoints: &[Checkpoint],
    ) -> Result<Verification, LedgerError> {
        let mut tx = self.database.snapshot().await?;
        let mut report = Verification::new();
        let stored = stored_checkpoints(&mut tx, keys, &mut report).await?;
        let erasures = Erasures::read(&mut tx).await?;
        let mut replayed = Replayed::new(States::new(random()?), Heads::new(checkpoints, stored), erasures, report);

        for (condition, order) in [("position is not null", "position"), ("position is null", "number")] {
            let read = LogRow::each(&mut tx, condition, order, |row| replayed.entry(&row)).await?;
            replayed.report.read("audit_log", read);
        }
        for name in tx.altered_schema().await? {
            replayed.report.add(Difference::Schema { name });
        }
        if let Some(says) = tx.fault().await? {
            replayed.report.add(Difference::File { says });
        }

        compare::tables(&mut tx, &mut replayed).await?;
        derived::record_keys(&mut tx, &mut replayed).await?;
        derived::activations(&mut tx, &mut replayed).await?;
        let Replayed { heads, mut report, .. } = replayed;
        let frontier = heads.finish(&mut report);
        if !is_stored(&mut tx, &frontier).await? {
            report.add(Difference::Tree { computed: frontier.size() });
        }
        report.head = frontier.head();
        Ok(report)
    }

    /// Everything on record that [`Ledger::verify`] does not prove.
    pub fn unproven() -> Vec<Unproven> {
        unproven()
    }
}

/// The checkpoints in the database. One that none of these keys has signed is a difference.
async fn stored_checkpoints(
    tx: &mut Tx,
    keys: &[CheckpointKey],
    report: &mut Verification,
) -> Result<Vec<TreeHead>, LedgerError> {
    let mut heads = Vec::new();
    tx.each("select size, note from checkpoints order by size", Vec::new(), |(size, note): (i64, String)| {
        let opened = keys.iter().find_map(|key| key.open(&note).ok());
        match opened.filter(|checkpoint| i64::try_from(checkpoint.head.size) == Ok(size)) {
            Some(checkpoint) => heads.push(checkpoint.head),
            None => report.add(Difference::StoredCheckpoint { size }),
        }
        Ok(())
    })
    .await?;
    Ok(heads)
}

/// Whether this tree is the one on record.
async fn is_stored(tx: &mut Tx, frontier: &Frontier) -> Result<bool, LedgerError> {
    let stored: Vec<Cells> = tx.all("select id, size, frontier from audit_tree", Vec::new()).await?;
    let expected = Cells(vec![
        Value::Integer(Some(super::sequencer::ID)),
        Value::Integer(i64::try_from(frontier.size()).ok()),
        Value::Blob(Some(frontier.to_bytes())),
    ]);
    Ok(match &stored[..] {
        [] => frontier.size() == 0,
        [stored] => *stored == expected,
        _ => false,
    })
}
