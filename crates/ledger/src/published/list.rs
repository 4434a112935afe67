//! The next revocation list: numbered, then signed, then stored, and only then given out.

use chrono::{DateTime, Utc};
use keyward_issuer::files::SignableFile;
use keyward_issuer::signature::Signer;
use keyward_issuer::{Issuer, Signature};
use keyward_verifier::files::{FileError, FileKind, PayloadError};

use super::contents::{licenses_digest, list};
use crate::change::{By, Change};
use crate::database::Tx;
use crate::error::LedgerError;
use crate::ledger::{Ledger, retried};
use crate::signed_list::{Due, SignedList};
use crate::table::select;
use crate::value::Field;

/// When a list is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    Now,
    IfDue,
}

impl Ledger {
    /// Signs the next revocation list: it says of each license key on record that it is revoked, with the reason, or on hold.
    /// Two calls at once, also on two servers, sign two lists with two numbers. [`Ledger::newest_list`] is the one to publish.
    ///
    /// # Errors
    ///
    /// [`LedgerError::NoNumberLeft`], a signer that fails, more licenses than a list can have, and the errors of the database.
    pub async fn sign_list<S: Signer<Signature> + Sync>(
        &self,
        issuer: &Issuer<S>,
        by: &By,
    ) -> Result<SignedList, LedgerError> {
        let numbered = retried!(self.number(When::Now, issuer, by))?;
        let (list, file) = numbered.ok_or(LedgerError::Busy)?;
        self.sign_numbered(list, file, issuer, by).await
    }

    /// Signs the next revocation list, if it is [due](Ledger::list_is_due). Of several servers that call this at once, one
    /// signs it.
    ///
    /// # Errors
    ///
    /// The errors of [`Ledger::sign_list`].
    pub async fn sign_list_if_due<S: Signer<Signature> + Sync>(
        &self,
        issuer: &Issuer<S>,
        by: &By,
    ) -> Result<Option<SignedList>, LedgerError> {
        match retried!(self.number(When::IfDue, issuer, by))? {
            Some((list, file)) => Ok(Some(self.sign_numbered(list, file, issuer, by).await?)),
            None => Ok(None),
        }
    }

    /// Whether a revocation list is due: the newest says something else than the states of today, or is a day old, or was not
    /// signed; and it is a minute old.
    ///
    /// # Errors
    ///
    /// The errors of the database.
    pub async fn list_is_due(&self, now: DateTime<Utc>) -> Result<bool, LedgerError> {
        let mut snapshot = self.database.snapshot().await?;
        let Some(newest) = newest(&mut snapshot).await? else { return Ok(true) };
        Ok(match newest.next_is_due(now) {
            Due::Now => true,
            Due::Later => false,
            Due::IfChanged => licenses_digest(&list(&mut snapshot, 1, now).await?).map_err(payload)? != newest.licenses,
        })
    }

    /// The newest list that is signed, with its file.
    ///
    /// # Errors
    ///
    /// A file with other contents than were signed under the number, and the errors of the database.
    pub async fn newest_list(&self) -> Result<Option<SignedList>, LedgerError> {
        let sql = select::<SignedList>("where file is not null order by number desc limit 1");
        let found: Option<SignedList> = self.database.all(sql, Vec::new()).await?.into_iter().next();
        if let Some(SignedList { number, digest, file: Some(text), .. }) = &found {
            // The audit log has the digest, and not the file.
            let file = SignableFile::read(text.as_bytes(), FileKind::RevocationList);
            if file.ok().is_none_or(|file| file.digest() != *digest) {
                return Err(LedgerError::Damaged { what: format!("the file of the revocation list {number}") });
            }
        }
        Ok(found)
    }

    /// Gives the next number to the contents of today. Nothing is signed yet: another server may have the number first.
    async fn number<S: Signer<Signature> + Sync>(
        &self,
        when: When,
        issuer: &Issuer<S>,
        by: &By,
    ) -> Result<Option<(SignedList, SignableFile)>, LedgerError> {
        let mut snapshot = self.database.snapshot().await?;
        let newest = newest(&mut snapshot).await?;
        let due = match (&newest, when) {
            (Some(newest), When::IfDue) => newest.next_is_due(by.at),
            _ => Due::Now,
        };
        if due == Due::Later {
            return Ok(None);
        }
        let last = newest.as_ref().map_or(0, |newest| newest.number);
        let number = last.checked_add(1).ok_or(LedgerError::NoNumberLeft)?;
        let contents = list(&mut snapshot, number, by.at).await?;
        snapshot.commit().await?;
        let licenses = licenses_digest(&contents).map_err(payload)?;
        if due == Due::IfChanged && newest.is_some_and(|newest| newest.licenses == licenses) {
            return Ok(None);
        }
        let file = SignableFile::new(&contents)?;
        let signing_key = issuer.verifying_key().id();
        let list = SignedList { number, signing_key, at: by.millis(), digest: file.digest(), licenses, file: None };
        let mut change = Change::begin(&self.database).await?;
        // If another server has taken the number since, this is a conflict.
        change.insert(&list).await?;
        change.commit(by.did("list.numbered").with(number.to_string())).await?;
        Ok(Some((list, file)))
    }

    /// Signs a list that has its number, and stores it.
    async fn sign_numbered<S: Signer<Signature> + Sync>(
        &self,
        mut list: SignedList,
        mut file: SignableFile,
        issuer: &Issuer<S>,
        by: &By,
    ) -> Result<SignedList, LedgerError> {
        file.sign(issuer)?;
        crate::observed::signed("revocation-list");
        list.file = Some(file.to_string());
        retried!(async {
            let mut change = Change::begin(&self.database).await?;
            change.update(&list).await?;
            let older = "update signed_lists set file = null where number < $1 and file is not null";
            change.tx().run(older, vec![list.number.value()]).await?;
            change.commit(by.did("list.signed").with(list.number.to_string())).await
        })?;
        Ok(list)
    }
}

/// The newest list, signed or not.
async fn newest(tx: &mut Tx) -> Result<Option<SignedList>, LedgerError> {
    let sql = select::<SignedList>("order by number desc limit 1");
    tx.one(sql, Vec::new()).await
}

fn payload(error: PayloadError) -> LedgerError {
    LedgerError::SignedFile(FileError::Payload { kind: FileKind::RevocationList, error })
}
