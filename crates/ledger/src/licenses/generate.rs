//! Many licenses for the pool, from a generator.

use keyward_core::Kind;
use keyward_issuer::Signature;
use keyward_issuer::order::Order;
use keyward_issuer::record::Sealed;
use keyward_issuer::signature::Signer;

use super::create::NewLicense;
use crate::change::{By, Change};
use crate::error::LedgerError;
use crate::generator::{Generator, Signing};
use crate::id::{GeneratorId, LicenseId};
use crate::issuing::{Issuing, append};
use crate::ledger::{Ledger, retried};
use crate::license::{KeyRow, License, Role};
use crate::value::Field;

impl Ledger {
    /// The most licenses that one call of [`Ledger::generate`] makes: they are in one transaction.
    pub const MAX_GENERATED: usize = 1_000;

    /// Makes a generator. Its order is checked now by the policy, and again for each license.
    ///
    /// # Errors
    ///
    /// An order that can't be read, names a customer or an id, breaks rules, or is for keys that name their customer and are
    /// signed at once; and the errors of the database.
    pub async fn create_generator<S: Signer<Signature> + Sync>(
        &self,
        issuing: Issuing<'_, S>,
        name: &str,
        order_json: &str,
        signing: Signing,
        by: &By,
    ) -> Result<Generator, LedgerError> {
        let mut order = Order::from_json(order_json)?;
        self.own_environment(&mut order)?;
        // Another serial is drawn for each license, unless the order has one.
        let has_serial = Order::from_json(order_json)?.serial == order.serial;
        let is_of_one = order.customer.is_some()
            || order.reference.is_some()
            || order.licensee.is_some()
            || order.subscription.is_some()
            || order.bridges.is_some()
            || order.lock.is_some();
        if has_serial || is_of_one {
            return Err(LedgerError::NotForGenerator);
        }
        let permitted = issuing.decide_alone(&order, by)?;
        if signing == Signing::AtOnce && permitted.claims().kind() != Kind::Standard {
            return Err(LedgerError::CustomerMissing { kind: permitted.claims().kind() });
        }
        let generator = Generator {
            id: GeneratorId::new(by.at)?,
            name: name.to_owned(),
            order_json: order_json.to_owned(),
            signing,
            created_at: by.millis(),
            created_by: by.actor.clone(),
        };
        let mut change = Change::begin(&self.database).await?;
        change.insert(&generator).await?;
        change.commit(by.did("generator.created").to(generator.id)).await?;
        Ok(generator)
    }

    /// The generator with that id.
    ///
    /// # Errors
    ///
    /// [`LedgerError::NoGenerator`], and the errors of the database.
    pub async fn generator(&self, id: GeneratorId) -> Result<Generator, LedgerError> {
        self.database.find(id.value()).await?.ok_or(LedgerError::NoGenerator { id })
    }

    /// Makes licenses for the pool: all of them or none.
    ///
    /// # Errors
    ///
    /// More than [`Ledger::MAX_GENERATED`], an order that breaks rules today, a signer that fails, and the errors of the database.
    pub async fn generate<S: Signer<Signature> + Sync>(
        &self,
        issuing: Issuing<'_, S>,
        id: GeneratorId,
        count: usize,
        by: &By,
    ) -> Result<Vec<LicenseId>, LedgerError> {
        if count > Ledger::MAX_GENERATED {
            return Err(LedgerError::TooMany { requested: count });
        }
        let generator = self.generator(id).await?;
        let generated = retried!(self.generate_once(issuing, &generator, count, by));
        self.audited(generated, None, by).await
    }

    async fn generate_once<S: Signer<Signature> + Sync>(
        &self,
        issuing: Issuing<'_, S>,
        generator: &Generator,
        count: usize,
        by: &By,
    ) -> Result<Vec<LicenseId>, LedgerError> {
        let mut licenses: Vec<License> = Vec::with_capacity(count);
        let mut sealed: Vec<Sealed> = Vec::new();
        let mut keys: Vec<KeyRow> = Vec::new();
        for _ in 0..count {
            let mut order = generator.order()?;
            self.own_environment(&mut order)?;
            let permitted = issuing.decide_alone(&order, by)?;
            let new = NewLicense::new(order);
            let mut license = self.license_from(issuing.catalog, &permitted, &new, by)?;
            license.generator = Some(generator.id);
            if generator.signing == Signing::AtOnce {
                let signed = issuing.sign(permitted, by)?;
                keys.push(KeyRow::new(license.id, Role::Main, signed.record(), by.micros()));
                sealed.push(signed);
            } else {
                (license.valid_from, license.valid_through, license.last_usable_day) = (None, None, None);
                license.updates_through = None;
            }
            licenses.push(license);
        }

        let mut change = Change::begin(&self.database).await?;
        append(&mut change, &sealed).await?;
        change.tx().insert(&licenses).await?;
        change.tx().insert(&keys).await?;
        let mut keys = keys.iter();
        for license in &licenses {
            change.note(license);
            if generator.signing == Signing::AtOnce {
                keys.next().into_iter().for_each(|key| change.note(key));
            }
            change.entry(by.did("license.created").to(license.id).with(generator.id.to_string()))?;
        }
        change.commit_entries().await?;
        Ok(licenses.iter().map(|license| license.id).collect())
    }
}
