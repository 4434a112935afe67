//! One environment that the server serves: its ledger, catalogue and keys.

use std::sync::{Arc, PoisonError, RwLock};

use keyward_catalog::Catalog;
use keyward_issuer::{Environment, SigningKey, TrustedKey};
use keyward_ledger::{Issuing, Ledger, LedgerError};

use crate::environment_keys::EnvironmentKeys;

/// One environment that the server serves.
#[derive(Debug)]
pub struct EnvironmentService {
    /// The licenses.
    pub ledger: Ledger,
    /// The signing keys, and the trust bundle.
    pub keys: EnvironmentKeys,
    trusted: Vec<TrustedKey>,
    catalog: RwLock<Current>,
}

/// The catalogue in use.
#[derive(Debug, Clone)]
struct Current {
    number: i64,
    catalog: Arc<Catalog>,
}

impl EnvironmentService {
    /// Serves a ledger with the newest version of the catalogue on record.
    ///
    /// # Errors
    ///
    /// A ledger without a catalogue, or with one that this version can't read; the errors of the database.
    pub async fn new(ledger: Ledger, keys: EnvironmentKeys) -> Result<EnvironmentService, LedgerError> {
        let catalog = RwLock::new(newest(&ledger).await?);
        let trusted = keys.bundle.delegated().iter().map(|delegated| delegated.key.clone()).collect();
        Ok(EnvironmentService { ledger, keys, trusted, catalog })
    }

    /// The environment.
    pub const fn environment(&self) -> Environment {
        self.ledger.environment()
    }

    /// The catalogue in use.
    pub fn catalog(&self) -> Arc<Catalog> {
        self.catalog.read().unwrap_or_else(PoisonError::into_inner).catalog.clone()
    }

    /// The number of the version of the catalogue in use.
    pub fn catalog_number(&self) -> i64 {
        self.catalog.read().unwrap_or_else(PoisonError::into_inner).number
    }

    /// Takes the newest version of the catalogue, if another server or a person has imported one.
    ///
    /// # Errors
    ///
    /// The errors of the database.
    pub async fn refresh_catalog(&self) -> Result<(), LedgerError> {
        if self.ledger.catalog_number().await? != self.catalog_number() {
            let newest = newest(&self.ledger).await?;
            *self.catalog.write().unwrap_or_else(PoisonError::into_inner) = newest;
        }
        Ok(())
    }

    /// What issuing needs; none without the key for licenses.
    pub(crate) fn issuing<'a>(&'a self, catalog: &'a Catalog) -> Option<Issuing<'a, SigningKey>> {
        let issuer = self.keys.licenses.as_ref()?;
        Some(Issuing { catalog, issuer, trusted: &self.trusted })
    }
}

async fn newest(ledger: &Ledger) -> Result<Current, LedgerError> {
    let damaged = || LedgerError::Damaged { what: "the catalogue".to_owned() };
    let version = ledger.catalog().await?.ok_or_else(damaged)?;
    let catalog = Catalog::parse(&version.text, "catalog.toml").map_err(|_| damaged())?;
    Ok(Current { number: version.number, catalog: Arc::new(catalog) })
}
