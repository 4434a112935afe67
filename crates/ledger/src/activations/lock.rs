//! A machine without a network gets a license key of its own.

use keyward_core::{ActivationRequest, Fingerprint, Serial};
use keyward_issuer::Signature;
use keyward_issuer::order::{MachineLock, Order, Subject};
use keyward_issuer::policy::grants_more;
use keyward_issuer::signature::Signer;
use keyward_verifier::files::Reason;

use super::slots::{Slot, of_machine, slot};
use crate::activation::{Activation, Machine};
use crate::change::By;
use crate::error::LedgerError;
use crate::issuing::{Decided, Issuing, append};
use crate::ledger::{Ledger, retried};
use crate::license::{KeyRow, KeyStatus, License, Role};
use crate::licenses::{Expected, LicenseChange, paid};
use crate::state::Action;

/// A machine with a license key of its own.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Locked {
    /// The license.
    pub license: License,
    /// The machine's activation.
    pub activation: Activation,
    /// The serial of its key. [`Ledger::deliver`] gives the key.
    pub serial: Serial,
}

impl Ledger {
    /// Signs a license key for the machine of an activation request: it works on that machine alone, without a network. The
    /// machine takes a slot. The same request again has the same key. The overrides of the order may end the key earlier.
    ///
    /// # Errors
    ///
    /// The errors of [`Ledger::activate`], and those of an order that breaks rules, such as a request with too few components.
    pub async fn lock<S: Signer<Signature> + Sync>(
        &self,
        issuing: Issuing<'_, S>,
        request: &ActivationRequest,
        order: &Order,
        by: &By,
    ) -> Result<Locked, LedgerError> {
        let license = self.license_of(request.serial()).await?.id;
        let locked = retried!(self.lock_once(issuing, request, order, by));
        self.audited(locked, Some(license), by).await
    }

    async fn lock_once<S: Signer<Signature> + Sync>(
        &self,
        issuing: Issuing<'_, S>,
        request: &ActivationRequest,
        order: &Order,
        by: &By,
    ) -> Result<Locked, LedgerError> {
        let license = self.license_of(request.serial()).await?;
        license.allows(Action::Activate, by.at)?;
        let keys = self.keys(license.id).await?;
        let asked = keys.iter().find(|key| key.serial == request.serial());
        if asked.is_some_and(|key| key.status == KeyStatus::Revoked) {
            return Err(LedgerError::KeyRevoked { serial: request.serial() });
        }
        let main = paid(&keys, by)?.ok_or_else(|| license.without_key())?;
        let mut order = order.clone();
        order.subject = Subject::Locked(main.serial);
        order.lock = Some(MachineLock::To(self.known(&license, request.fingerprint(), &order).await?));
        order.customer = None;
        self.own_environment(&mut order)?;
        let (sealed, machine) = match issuing.decide(&self.database, &order, by).await? {
            Decided::Permitted(permitted) => {
                let sealed = issuing.sign(*permitted, by)?;
                let machine = sealed.record().claims().fingerprint().copied();
                (Some(sealed), machine)
            }
            Decided::Repeated(serial) => {
                let key = keys.iter().find(|key| key.serial == serial).ok_or(LedgerError::Conflict)?;
                (None, key.claims()?.fingerprint().copied())
            }
        };
        let machine = Machine::Fingerprint(machine.unwrap_or_else(|| request.fingerprint()));

        let mut on = LicenseChange::begin(self, license.id, Action::Activate, Expected::Any, by).await?;
        let mut activation = match slot(&mut on, &machine, None, by).await? {
            Slot::New(activation) | Slot::Same(activation) => activation,
            Slot::None => {
                on.change.commit_entries().await?;
                let (limit, in_use) = (on.license.activation_limit, on.license.activations);
                return Err(LedgerError::LimitReached { limit, in_use });
            }
        };
        let keys = on.keys().await?;
        let own = keys.iter().find(|key| Some(key.serial) == activation.locked_key && key.status == KeyStatus::Current);
        let Some(sealed) = sealed else {
            // Its key is there already, unless the machine was released meanwhile.
            let serial = own.ok_or(LedgerError::Conflict)?.serial;
            on.change.commit_entries().await?;
            return Ok(Locked { license: on.license, activation, serial });
        };
        on.is_still_for(&sealed)?;
        append(&mut on.change, std::slice::from_ref(&sealed)).await?;
        let claims = sealed.record().claims();
        let key = KeyRow::new(on.license.id, Role::Locked, sealed.record(), on.next_position(&keys, by));
        for mut before in keys.iter().filter(|before| before.role == Role::Locked).cloned() {
            let is_of_machine = Some(before.serial) == activation.locked_key || before.machine == key.machine;
            if before.status != KeyStatus::Current || !is_of_machine {
                continue;
            }
            if grants_more(&before.claims()?, claims) {
                (before.status, before.revoked_for) = (KeyStatus::Revoked, Some(Reason::Superseded));
            } else {
                before.status = KeyStatus::Superseded;
            }
            on.change.update(&before).await?;
        }
        activation.locked_key = Some(key.serial);
        on.change.insert(&key).await?;
        on.change.update(&activation).await?;
        let event = by.did("activation.locked").to(on.license.id).with(activation.id.to_string());
        on.change.commit(event).await?;
        Ok(Locked { license: on.license, activation, serial: key.serial })
    }

    /// The fingerprint of the machine's activation, if it has one: its keys are locked to that, so that a slot does for one machine,
    /// whatever components a person puts into requests. An approval may be for the machine as it is now.
    async fn known(&self, license: &License, machine: Fingerprint, order: &Order) -> Result<Fingerprint, LedgerError> {
        let asks = Machine::Fingerprint(machine);
        let activations = self.machines_of(license.id).await?;
        let stored = of_machine(&activations, &asks).filter(|_| order.approval.is_none());
        Ok(match stored.map(|activation| &activation.machine) {
            Some(Machine::Fingerprint(stored)) => *stored,
            _ => machine,
        })
    }
}
