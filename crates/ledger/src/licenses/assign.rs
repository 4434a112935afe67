//! A license of the pool gets a customer, or another one.

use keyward_core::Kind;
use keyward_issuer::Signature;
use keyward_issuer::order::{Order, Subject};
use keyward_issuer::record::Sealed;
use keyward_issuer::signature::Signer;
use keyward_verifier::files::Reason;

use super::common::{Expected, LicenseChange, current};
use super::create::reason as reason_of;
use crate::change::By;
use crate::customer::Customer;
use crate::error::LedgerError;
use crate::id::{CustomerId, GeneratorId, LicenseId};
use crate::issuing::{Decided, Issuing, append, rekey};
use crate::ledger::{Ledger, retried};
use crate::license::{KeyRow, KeyStatus, License, Role};
use crate::state::{Action, BaseState};
use crate::value::Field;

impl Ledger {
    /// Gives a license of the pool to a customer. If its generator signs on assignment, its key is signed now: it names the
    /// customer, and its term begins today.
    ///
    /// # Errors
    ///
    /// A license that has a customer, a customer who is not on record, an order of the generator that breaks rules for this
    /// customer, another version than expected, and the errors of the database.
    pub async fn assign<S: Signer<Signature> + Sync>(
        &self,
        issuing: Issuing<'_, S>,
        id: LicenseId,
        customer: CustomerId,
        reason: Option<&str>,
        expected: Expected,
        by: &By,
    ) -> Result<License, LedgerError> {
        let assigned = retried!(self.assign_once(issuing, id, customer, reason, expected, by));
        self.audited(assigned, Some(id), by).await
    }

    pub(super) async fn assign_once<S: Signer<Signature> + Sync>(
        &self,
        issuing: Issuing<'_, S>,
        id: LicenseId,
        customer: CustomerId,
        reason: Option<&str>,
        expected: Expected,
        by: &By,
    ) -> Result<License, LedgerError> {
        let license = self.license(id).await?;
        license.allows(Action::Assign, by.at)?;
        let sealed = match license.reserved_by() {
            Some(generator) => Some(self.sign_reserved(issuing, generator, customer, by).await?),
            None => None,
        };

        let mut on = LicenseChange::begin(self, id, Action::Assign, expected, by).await?;
        Customer::kept(&mut on.change, customer).await?;
        match &sealed {
            Some(sealed) => {
                append(&mut on.change, std::slice::from_ref(sealed)).await?;
                on.change.insert(&KeyRow::new(id, Role::Main, sealed.record(), by.micros())).await?;
                on.license.customer = Some(customer);
                on.license.say([(Role::Main, sealed.record().claims())]);
            }
            None => give(&mut on, customer).await?,
        }
        on.license.base_state = BaseState::Assigned;
        on.commit(by.did("license.assigned").because(reason)).await
    }

    /// Signs the key of a reserved license, for its customer.
    async fn sign_reserved<S: Signer<Signature> + Sync>(
        &self,
        issuing: Issuing<'_, S>,
        generator: GeneratorId,
        customer: CustomerId,
        by: &By,
    ) -> Result<Sealed, LedgerError> {
        let order = self.reserved_order_of(generator, customer).await?;
        match issuing.decide(&self.database, &order, by).await? {
            Decided::Permitted(permitted) => issuing.sign(*permitted, by),
            Decided::Repeated(_) => Err(LedgerError::Conflict),
        }
    }

    /// The order of a reserved license, for its customer.
    pub(super) async fn reserved_order_of(
        &self,
        generator: GeneratorId,
        customer: CustomerId,
    ) -> Result<Order, LedgerError> {
        let owner: Option<Customer> = self.database.find(customer.value()).await?;
        let name = owner.ok_or(LedgerError::NoCustomer { id: customer })?.name;
        self.reserved_order(generator, customer, name).await
    }

    /// The order of a reserved license, for the customer of that id and name.
    pub(super) async fn reserved_order(
        &self,
        generator: GeneratorId,
        customer: CustomerId,
        name: Option<String>,
    ) -> Result<Order, LedgerError> {
        let mut order = self.generator(generator).await?.order()?;
        self.own_environment(&mut order)?;
        // A name that no key can carry stays in the ledger.
        order.licensee = name.filter(|name| keyward_issuer::licensee(name).is_ok());
        order.customer = Some(customer.to_string());
        Ok(order)
    }

    /// Gives a license that was never activated to another customer. If no key has left, it changes in place. Otherwise, with an
    /// approval, a new key is signed and the old one is revoked; so it is with a trial or a stopgap, since rules count those of
    /// a customer. The customer who has it keeps it as it is.
    ///
    /// # Errors
    ///
    /// The errors of [`Ledger::assign`]; a key that has left, or a trial or a stopgap, and no approval.
    pub async fn reassign<S: Signer<Signature> + Sync>(
        &self,
        issuing: Issuing<'_, S>,
        id: LicenseId,
        customer: CustomerId,
        new: &Order,
        expected: Expected,
        by: &By,
    ) -> Result<License, LedgerError> {
        let reassigned = retried!(self.reassign_once(issuing, id, customer, new, expected, by));
        self.audited(reassigned, Some(id), by).await
    }

    async fn reassign_once<S: Signer<Signature> + Sync>(
        &self,
        issuing: Issuing<'_, S>,
        id: LicenseId,
        customer: CustomerId,
        new: &Order,
        expected: Expected,
        by: &By,
    ) -> Result<License, LedgerError> {
        let license = self.license(id).await?;
        license.allows(Action::Reassign, by.at)?;
        if license.customer == Some(customer) {
            expected.check(license.version)?;
            return Ok(license);
        }
        let keys = self.keys(id).await?;
        let has_left = |keys: &[KeyRow]| keys.iter().any(|key| key.delivered_at.is_some());
        let is_counted = license.kind != Kind::Standard;
        let sealed = match current(&keys, Role::Main).filter(|_| is_counted || has_left(&keys)) {
            None => None,
            Some(main) => {
                let mut order = new.clone();
                order.subject = Subject::Reissue(main.serial);
                order.customer = Some(customer.to_string());
                self.own_environment(&mut order)?;
                match issuing.decide(&self.database, &order, by).await? {
                    Decided::Repeated(serial) => {
                        self.is_of(serial, id).await?;
                        return self.license(id).await;
                    }
                    Decided::Permitted(permitted) => Some(issuing.sign(*permitted, by)?),
                }
            }
        };

        let mut on = LicenseChange::begin(self, id, Action::Reassign, expected, by).await?;
        Customer::kept(&mut on.change, customer).await?;
        let keys = on.keys().await?;
        let Some(sealed) = sealed else {
            if has_left(&keys) {
                return Err(LedgerError::Conflict);
            }
            give(&mut on, customer).await?;
            return on.commit(by.did("license.reassigned").because(new.reason.as_deref())).await;
        };
        append(&mut on.change, std::slice::from_ref(&sealed)).await?;
        let before = on.license.customer;
        rekey(&mut on.change, &keys, before, Some(customer)).await?;
        let position = on.next_position(&keys, by);
        for mut key in keys {
            if key.status == KeyStatus::Current {
                (key.status, key.revoked_for) = (KeyStatus::Revoked, Some(Reason::Superseded));
                on.change.update(&key).await?;
            }
        }
        on.change.insert(&KeyRow::new(id, Role::Main, sealed.record(), position)).await?;
        on.license.customer = Some(customer);
        on.license.say([(Role::Main, sealed.record().claims())]);
        on.commit(by.did("license.reassigned").because(reason_of(&sealed))).await
    }
}

/// Gives the license to the customer, under whose name later orders find its keys.
async fn give(on: &mut LicenseChange, customer: CustomerId) -> Result<(), LedgerError> {
    let before = on.license.customer;
    let keys = on.keys().await?;
    rekey(&mut on.change, &keys, before, Some(customer)).await?;
    on.license.customer = Some(customer);
    Ok(())
}
