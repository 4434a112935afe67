//! The allow-list of a signing key that is in wrong hands.

use keyward_core::LicenseKey;
use keyward_issuer::TrustedKey;
use keyward_issuer::files::allow_list;
use keyward_verifier::LicenseDigest;

use crate::error::LedgerError;
use crate::ledger::Ledger;
use crate::value::Field;

impl Ledger {
    /// The license keys on record that this key has signed, and that are not revoked, by their digests: what stays good when
    /// the trust bundle calls the key compromised (`KeyState::Compromised`).
    ///
    /// Superseded and past keys are among them: customers may still use them, and they grant nothing that was not sold. So are
    /// keys on hold, which the revocation list names, and keys of the pool, which may still be sold.
    ///
    /// # Errors
    ///
    /// [`LedgerError::NothingSigned`]: with another key, every customer would lose their license. And the errors of the
    /// database.
    pub async fn allow_list(&self, key: &TrustedKey) -> Result<Vec<LicenseDigest>, LedgerError> {
        let sql = "select text from license_keys where signing_key = $1 and status <> 'revoked'";
        let texts: Vec<(String,)> = self.database.all(sql, vec![key.id().value()]).await?;
        let license = |(text,): (String,)| {
            let damaged = |_| LedgerError::Damaged { what: format!("a license key signed by {}", key.id()) };
            text.parse::<LicenseKey>().map_err(damaged)
        };
        let allowed = allow_list(texts.into_iter().map(license), key)?;
        if allowed.is_empty() { Err(LedgerError::NothingSigned { key: key.id() }) } else { Ok(allowed) }
    }
}
