//! Validation files: for a time, an activated machine needs no network.

use chrono::{DateTime, SubsecRound, TimeDelta};
use keyward_catalog::{Catalog, ProductEntry};
use keyward_core::Product;
use keyward_issuer::files::SignableFile;
use keyward_issuer::signature::Signer;
use keyward_issuer::{Issuer, Signature};
use keyward_verifier::files::{FileError, FileKind, ValidationFile};

use super::license_file::with_names;
use crate::activation::Activation;
use crate::activations::Seen;
use crate::change::By;
use crate::error::LedgerError;
use crate::id::ActivationId;
use crate::ledger::{Ledger, retried};
use crate::license::{KeyRow, Role};
use crate::licenses::Leaving;

impl Ledger {
    /// A signed validation file for the machine of an activation. It is bound to the machine as it was activated, and good for
    /// the `offline_for` of the product, never longer than the lease of the activation. It has the current keys of the license
    /// and the public names of the product, and nothing of the customer. A key in it that has not left yet is delivered with
    /// it; otherwise nothing is written.
    ///
    /// # Errors
    ///
    /// A license that can't be used now, [`LedgerError::ActivationEnded`], a signer that fails, and the errors of the database.
    pub async fn validation_file<S: Signer<Signature> + Sync>(
        &self,
        issuer: &Issuer<S>,
        activation: ActivationId,
        catalog: &Catalog,
        by: &By,
    ) -> Result<SignableFile, LedgerError> {
        retried!(self.validation_file_once(issuer, activation, catalog, by))
    }

    /// The validation file of a machine that asks, as [`Ledger::validation_file`], from what was read for it. Only a key in it that
    /// has not left yet is looked up again.
    ///
    /// # Errors
    ///
    /// Those of [`Ledger::validation_file`]; [`LedgerError::Conflict`] if the machine had no activation when it was read.
    pub async fn validation_file_of<S: Signer<Signature> + Sync>(
        &self,
        issuer: &Issuer<S>,
        seen: Seen,
        catalog: &Catalog,
        by: &By,
    ) -> Result<SignableFile, LedgerError> {
        let Seen { license, keys, activation: Some(activation), .. } = seen else {
            return Err(LedgerError::Conflict);
        };
        let id = activation.id;
        let leaving = Leaving::of(license, keys, is_of(&activation), by)?;
        match self.signed_validation(issuer, activation, leaving, catalog, by).await {
            // It has changed since it was read.
            Err(LedgerError::Conflict) => self.validation_file(issuer, id, catalog, by).await,
            signed => signed,
        }
    }

    async fn validation_file_once<S: Signer<Signature> + Sync>(
        &self,
        issuer: &Issuer<S>,
        activation: ActivationId,
        catalog: &Catalog,
        by: &By,
    ) -> Result<SignableFile, LedgerError> {
        let activation = self.activation(activation).await?;
        let leaving = self.leaving(activation.license, is_of(&activation), by).await?;
        self.signed_validation(issuer, activation, leaving, catalog, by).await
    }

    async fn signed_validation<S: Signer<Signature> + Sync>(
        &self,
        issuer: &Issuer<S>,
        activation: Activation,
        leaving: Leaving,
        catalog: &Catalog,
        by: &By,
    ) -> Result<SignableFile, LedgerError> {
        let product = Product(leaving.license.product);
        let time_to_live = time_to_live(&activation, catalog, product, by)?;
        let contents = with_names(&leaving.license, leaving.license_keys()?, catalog, by);
        let validation = ValidationFile::new(contents, time_to_live)
            .map_err(|error| FileError::Payload { kind: FileKind::ValidationFile, error })?
            .for_machine(activation.machine.fingerprint(product));
        let mut file = SignableFile::new(&validation)?;
        file.sign(issuer)?;
        crate::observed::signed("validation-file");
        if leaving.is_first() {
            self.leave(leaving, catalog, "validation-file", by).await?;
        }
        Ok(file)
    }
}

/// Whether a key is for the machine of an activation.
fn is_of(activation: &Activation) -> impl Fn(&KeyRow) -> bool + use<> {
    let locked = activation.locked_key;
    move |key| key.role != Role::Locked || Some(key.serial) == locked
}

/// How long an answer to this machine is good.
fn time_to_live(
    activation: &Activation,
    catalog: &Catalog,
    product: Product,
    by: &By,
) -> Result<TimeDelta, LedgerError> {
    let ended = LedgerError::ActivationEnded { id: activation.id };
    if activation.released_at.is_some() {
        return Err(ended);
    }
    let hours = catalog.product_by_number(product).map(|product| product.offline_hours);
    let offline_for = TimeDelta::hours(hours.unwrap_or(ProductEntry::DEFAULT_OFFLINE_HOURS).into());
    let lease_end = activation.lease_ends_at.and_then(DateTime::from_timestamp_millis);
    // Files have whole seconds.
    let left = lease_end.map(|end| end.trunc_subsecs(0).signed_duration_since(by.at.trunc_subsecs(0)));
    let time = left.map_or(offline_for, |left| left.min(offline_for));
    if time > TimeDelta::zero() { Ok(time) } else { Err(ended) }
}
