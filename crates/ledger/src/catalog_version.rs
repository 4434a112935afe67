//! The catalogue of the server: each version as the text that was imported.

use crate::change::{By, Change};
use crate::error::LedgerError;
use crate::ledger::{Ledger, retried};
use crate::table::{row, select};

row! {
    /// A version of the catalogue.
    pub CatalogVersion in "catalog_versions" {
        /// Its number, from 1.
        pub number: i64, Plain;
        /// The catalogue, in TOML.
        pub text: String, Plain;
        /// The time at which it was imported, in milliseconds since 1970.
        pub created_at: i64, Plain;
        /// Who imported it.
        pub created_by: String, Plain;
    }
}

impl Ledger {
    /// The newest version of the catalogue.
    ///
    /// # Errors
    ///
    /// The errors of the database.
    pub async fn catalog(&self) -> Result<Option<CatalogVersion>, LedgerError> {
        let sql = select::<CatalogVersion>("order by number desc limit 1");
        Ok(self.database.all(sql, Vec::new()).await?.into_iter().next())
    }

    /// The number of the newest version of the catalogue; 0 if there is none.
    ///
    /// # Errors
    ///
    /// The errors of the database.
    pub async fn catalog_number(&self) -> Result<i64, LedgerError> {
        let sql = "select max(number) from catalog_versions";
        let found: Vec<(Option<i64>,)> = self.database.all(sql, Vec::new()).await?;
        Ok(found.into_iter().next().and_then(|(number,)| number).unwrap_or_default())
    }

    /// Imports the next version of the catalogue, which the caller has parsed. The newest one again changes nothing. `expected`
    /// is the number of the version that it was made from.
    ///
    /// # Errors
    ///
    /// [`LedgerError::ChangedMeanwhile`], and the errors of the database.
    pub async fn import_catalog(&self, text: &str, expected: i64, by: &By) -> Result<CatalogVersion, LedgerError> {
        retried!(self.import_catalog_once(text, expected, by))
    }

    async fn import_catalog_once(&self, text: &str, expected: i64, by: &By) -> Result<CatalogVersion, LedgerError> {
        let newest = self.catalog().await?;
        if let Some(newest) = newest.as_ref().filter(|newest| newest.text == text) {
            return Ok(newest.clone());
        }
        let current = newest.map_or(0, |newest| newest.number);
        if current != expected {
            return Err(LedgerError::ChangedMeanwhile { expected, current });
        }
        let version = CatalogVersion {
            number: current.saturating_add(1),
            text: text.to_owned(),
            created_at: by.millis(),
            created_by: by.actor.clone(),
        };
        // Of two at once, the second has a number that is taken, and reads again.
        let mut change = Change::begin(&self.database).await?;
        change.insert(&version).await?;
        change.commit(by.did("catalog.imported").with(version.number.to_string())).await?;
        Ok(version)
    }
}
