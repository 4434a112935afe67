//! The sequencer: entries that are committed get their positions in the log, and the tree grows over them.
//!
//! A change writes its entries last, when all its rows are locked. So of two entries about one row, the later one has the
//! higher number, and whoever sees it sees the earlier one too: entries without a position get theirs in the order of their
//! numbers, and every row is replayed in the order of its changes. An entry of a slow transaction may come after entries with
//! higher numbers, which are about other rows.

use crate::audit::{Frontier, LeafHash, TreeHead};
use crate::database::{Database, Turn, Tx, Waiting};
use crate::error::LedgerError;
use crate::ledger::{Ledger, retried};
use crate::value::Value;

/// The number of entries of one transaction: few enough for a short one.
const BATCH: i64 = 1_000;

/// The row of `audit_tree`.
pub(super) const ID: i64 = 1;

/// What a call of [`Ledger::sequence`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sequenced {
    /// All entries that were committed before the call have their positions. This is the log with them.
    All(TreeHead),
    /// Another process does the same now.
    Elsewhere,
}

impl Ledger {
    /// Gives the entries that are committed their positions in the audit log, and extends its tree. A server calls it every
    /// second. One process does it at a time, and the others need not wait.
    ///
    /// # Errors
    ///
    /// A tree on record that can't be read, and the errors of the database. Entries that have got their positions keep them.
    pub async fn sequence(&self) -> Result<Sequenced, LedgerError> {
        Ok(match sequence(&self.database, Waiting::No).await? {
            Some(frontier) => Sequenced::All(frontier.head()),
            None => Sequenced::Elsewhere,
        })
    }
}

/// Sequences the entries that are committed; `None` if another process does it and is not waited for.
pub(super) async fn sequence(database: &Database, waiting: Waiting) -> Result<Option<Frontier>, LedgerError> {
    loop {
        match retried!(batch(database, waiting))? {
            Batch::Elsewhere => return Ok(None),
            Batch::Full => {}
            Batch::Last(frontier) => return Ok(Some(frontier)),
        }
    }
}

enum Batch {
    Elsewhere,
    Full,
    Last(Frontier),
}

/// Sequences some entries, in one transaction.
async fn batch(database: &Database, waiting: Waiting) -> Result<Batch, LedgerError> {
    let mut tx = database.begin().await?;
    if tx.take_turn("audit_tree", waiting).await? == Turn::Others {
        return Ok(Batch::Elsewhere);
    }
    let mut frontier = stored_frontier(&mut tx).await?;
    let mut leaves = next_leaves(&mut tx, size(&frontier)?).await?;
    if leaves.is_empty() {
        return Ok(Batch::Last(frontier));
    }
    leaves.sort_unstable_by_key(|(position, _)| *position);
    let is_full = i64::try_from(leaves.len()) == Ok(BATCH);
    for (position, leaf) in leaves {
        let leaf: [u8; 32] = leaf.try_into().map_err(|_| damaged(position))?;
        frontier.push(LeafHash::from_bytes(leaf));
    }
    let sql = "insert into audit_tree (id, size, frontier) values ($1, $2, $3)
        on conflict (id) do update set size = excluded.size, frontier = excluded.frontier";
    let values =
        vec![Value::Integer(Some(ID)), Value::Integer(Some(size(&frontier)?)), Value::Blob(Some(frontier.to_bytes()))];
    tx.run(sql, values).await?;
    tx.commit().await?;
    Ok(if is_full { Batch::Full } else { Batch::Last(frontier) })
}

/// The tree over the entries with a position.
async fn stored_frontier(tx: &mut Tx) -> Result<Frontier, LedgerError> {
    let sql = "select frontier from audit_tree where id = $1";
    let stored: Option<(Vec<u8>,)> = tx.one(sql, vec![Value::Integer(Some(ID))]).await?;
    let Some((bytes,)) = stored else { return Ok(Frontier::new()) };
    Frontier::from_bytes(&bytes).map_err(|_| LedgerError::Damaged { what: "the tree of the audit log".to_owned() })
}

/// Gives the next entries their positions, from this one on.
async fn next_leaves(tx: &mut Tx, first: i64) -> Result<Vec<(i64, Vec<u8>)>, LedgerError> {
    let sql = "update audit_log set position = next.place from (
            select number, $1 + row_number() over (order by number) as place
            from audit_log where position is null order by number limit $2
        ) as next where audit_log.number = next.number returning position, leaf";
    // Positions are counted from 0, rows from 1.
    tx.all(sql, vec![Value::Integer(Some(first.saturating_sub(1))), Value::Integer(Some(BATCH))]).await
}

fn size(frontier: &Frontier) -> Result<i64, LedgerError> {
    i64::try_from(frontier.size()).map_err(|_| LedgerError::Damaged { what: "the tree of the audit log".to_owned() })
}

fn damaged(position: i64) -> LedgerError {
    LedgerError::Damaged { what: format!("entry {position} of the audit log") }
}
