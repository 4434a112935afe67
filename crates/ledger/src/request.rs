//! Requests that are carried out once, however often they are repeated.
//!
//! A request is claimed before it is carried out. The claim is written down again in the transaction of the change, so two who
//! hold it one after the other never both change something. The answer is stored afterwards. If the process ends in between,
//! the subjects of the change tell what the request did.

use std::collections::HashSet;

use chrono::TimeDelta;

use crate::change::By;
use crate::claim::Claim;
use crate::database::Tx;
use crate::error::LedgerError;
use crate::id::random;
use crate::ledger::{Ledger, retried};
use crate::value::Value;

/// A request, told from others.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RequestId {
    /// SHA-256 of who asks, what for, and under which key.
    pub id: [u8; 32],
    /// SHA-256 of the body: the same request has the same one.
    pub body: [u8; 32],
}

impl std::fmt::Debug for RequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RequestId({})", hex::encode(self.id))
    }
}

/// Whether a request is carried out now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claimed {
    /// It is new: the caller carries it out.
    New(Claim),
    /// It was carried out, and this was its answer.
    Answered {
        /// The status.
        status: u16,
        /// The body.
        answer: String,
    },
    /// It was carried out, and its answer was not stored. The caller makes it again.
    CarriedOut {
        /// The ids of what it made or changed.
        subjects: Vec<String>,
        /// The claim, to store the answer.
        claim: Claim,
    },
    /// Someone carries it out at this moment.
    InProgress,
    /// It has another body than before.
    Mismatch,
}

/// A request on record: its body, the end of its claim, its subjects, its status and its answer.
type Found = (Vec<u8>, i64, Option<String>, Option<i64>, Option<String>);

impl Ledger {
    /// How long answers are kept.
    pub const REQUEST_HOURS: i64 = 48;

    /// Claims a request. Of several who ask at once, one carries it out.
    ///
    /// # Errors
    ///
    /// The errors of the database.
    pub async fn claim(&self, request: &RequestId, by: &By) -> Result<Claimed, LedgerError> {
        retried!(self.claim_once(request, by))
    }

    async fn claim_once(&self, request: &RequestId, by: &By) -> Result<Claimed, LedgerError> {
        let claim = Claim { request: request.id, claim: random()? };
        let id = Value::Blob(Some(request.id.to_vec()));
        let now = by.millis();
        let minutes = |number| by.at.checked_add_signed(TimeDelta::minutes(number)).unwrap_or(by.at).timestamp_millis();
        let until = minutes(Claim::MINUTES);
        let mut tx = self.database.begin().await?;
        let kept_since = by.at.checked_sub_signed(TimeDelta::hours(Ledger::REQUEST_HOURS)).unwrap_or(by.at);
        let outdated = vec![id.clone(), Value::Integer(Some(kept_since.timestamp_millis()))];
        tx.run("delete from requests where id = $1 and created_at < $2", outdated).await?;
        let insert = "insert into requests (id, body, claim, claimed_until, created_at) values ($1, $2, $3, $4, $5) \
                      on conflict (id) do nothing";
        let values = vec![
            id.clone(),
            Value::Blob(Some(request.body.to_vec())),
            Value::Blob(Some(claim.claim.to_vec())),
            Value::Integer(Some(until)),
            Value::Integer(Some(now)),
        ];
        if tx.run(insert, values).await? == 1 {
            tx.commit().await?;
            return Ok(Claimed::New(claim));
        }
        let sql = "select body, claimed_until, subjects, status, answer from requests where id = $1";
        let found: Option<Found> = tx.one(sql, vec![id]).await?;
        let Some((body, claimed_until, subjects, status, answer)) = found else { return Err(LedgerError::Conflict) };
        if body != request.body {
            return Ok(Claimed::Mismatch);
        }
        let status = status.and_then(|status| u16::try_from(status).ok());
        if let Some((status, answer)) = status.zip(answer) {
            return Ok(Claimed::Answered { status, answer });
        }
        // The clocks of servers differ a little. One that was far ahead, and is set back, would keep the request for so long.
        let latest = minutes(Claim::MINUTES.saturating_mul(2));
        if (now.saturating_add(1)..=latest).contains(&claimed_until) {
            return Ok(Claimed::InProgress);
        }
        // Its process ended, or takes too long.
        let take = "update requests set claim = $2, claimed_until = $3 where id = $1 and claimed_until = $4";
        let mut values = claim.values();
        values.extend([Value::Integer(Some(until)), Value::Integer(Some(claimed_until))]);
        if tx.run(take, values).await? == 0 {
            return Ok(Claimed::InProgress);
        }
        tx.commit().await?;
        let ids = |subjects: String| subjects.split_ascii_whitespace().map(str::to_owned).collect::<Vec<_>>();
        match subjects.map(ids).filter(|subjects| !subjects.is_empty()) {
            Some(subjects) => Ok(Claimed::CarriedOut { subjects, claim }),
            None => Ok(Claimed::New(claim)),
        }
    }

    /// Stores the answer to a request, while the claim is held.
    ///
    /// # Errors
    ///
    /// The errors of the database.
    pub async fn answer(&self, claim: &Claim, status: u16, answer: &str) -> Result<(), LedgerError> {
        let mut tx = self.database.begin().await?;
        let mut values = claim.values();
        values.extend([Value::Integer(Some(status.into())), Value::Text(Some(answer.to_owned()))]);
        tx.run("update requests set status = $3, answer = $4 where id = $1 and claim = $2", values).await?;
        tx.commit().await
    }

    /// Gives a request back that changed nothing, so that it can be tried again at once.
    ///
    /// # Errors
    ///
    /// The errors of the database.
    pub async fn give_back(&self, claim: &Claim) -> Result<(), LedgerError> {
        let mut tx = self.database.begin().await?;
        tx.run("delete from requests where id = $1 and claim = $2 and subjects is null", claim.values()).await?;
        tx.commit().await
    }

    /// Removes the answers that are older than [`Ledger::REQUEST_HOURS`].
    ///
    /// # Errors
    ///
    /// The errors of the database.
    pub async fn forget_requests(&self, by: &By) -> Result<(), LedgerError> {
        let kept_since = by.at.checked_sub_signed(TimeDelta::hours(Ledger::REQUEST_HOURS)).unwrap_or(by.at);
        let mut tx = self.database.begin().await?;
        let values = vec![Value::Integer(Some(kept_since.timestamp_millis()))];
        tx.run("delete from requests where created_at < $1", values).await?;
        tx.commit().await
    }
}

/// Removes the answers that can name someone: those to requests that made or changed one of these ids or say one, and those to
/// requests that changed nothing, which can repeat what was asked. Who repeats a request has the answer made again, from what is
/// on record then; one that changed nothing is carried out anew.
pub(crate) async fn erase_answers(tx: &mut Tx, ids: &HashSet<String>, by: &By) -> Result<(), LedgerError> {
    tx.run("delete from requests where subjects is null and answer is not null", Vec::new()).await?;
    let mut naming = Vec::new();
    type Kept = (Vec<u8>, Option<String>, Option<String>);
    tx.each("select id, subjects, answer from requests", Vec::new(), |(request, subjects, answer): Kept| {
        let mut texts = [subjects, answer].into_iter().flatten();
        if texts.any(|text| names_one_of(&text, ids)) {
            naming.push(request);
        }
        Ok(())
    })
    .await?;
    for request in naming {
        // Another claim: an answer that is on its way is not stored.
        let sql = "update requests set status = null, answer = null, claim = $2, claimed_until = $3 where id = $1";
        let claim: [u8; 16] = random()?;
        let claim = [Value::Blob(Some(request)), Value::Blob(Some(claim.to_vec())), Value::Integer(Some(by.millis()))];
        tx.run(sql, claim.to_vec()).await?;
    }
    Ok(())
}

/// Whether a text has one of these ids, such as `lic_0123456789abcdef0123456789abcdef`.
fn names_one_of(text: &str, ids: &HashSet<String>) -> bool {
    let words = text.split(|character: char| !character.is_ascii_alphanumeric() && character != '_');
    words.into_iter().any(|word| ids.contains(word))
}
