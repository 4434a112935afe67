//! The slots of a license: which machines take them.

use keyward_core::Day;

use crate::activation::{Activation, Machine};
use crate::change::By;
use crate::error::LedgerError;
use crate::id::{ActivationId, LicenseId};
use crate::license::{KeyRow, License};
use crate::licenses::LicenseChange;
use crate::state::BaseState;
use crate::value::{Field, Value};

/// The slot of a machine.
#[derive(Debug)]
pub(crate) enum Slot {
    /// It has one now. The entry is not written yet.
    New(Activation),
    /// It had one before.
    Same(Activation),
    /// All slots are taken by others.
    None,
}

/// Gives the machine its slot, or a new one if one is free.
pub(crate) async fn slot(
    on: &mut LicenseChange,
    machine: &Machine,
    name: Option<&str>,
    by: &By,
) -> Result<Slot, LedgerError> {
    let activations = on.activations().await?;
    let activations = end_passed(on, activations, by).await?;
    if let Some(activation) = of_machine(&activations, machine) {
        let mut activation = activation.clone();
        touch(&mut activation, &on.license, by);
        on.change.tx().update(&activation).await?;
        return Ok(Slot::Same(activation));
    }
    if !on.license.has_free_slot() {
        return Ok(Slot::None);
    }
    let activation = Activation {
        id: ActivationId::new(by.at)?,
        license: on.license.id,
        machine: machine.clone(),
        name: name.map(str::to_owned),
        activated_at: by.millis(),
        last_seen_at: by.millis(),
        lease_ends_at: Activation::lease_end(&on.license, by.at),
        locked_key: None,
        released_at: None,
        released_by: None,
        release_reason: None,
        counted_through: None,
    };
    on.license.activations = on.license.activations.saturating_add(1);
    on.license.was_activated = true;
    if on.license.base_state == BaseState::Assigned {
        on.license.base_state = BaseState::Active;
    }
    on.change.insert(&activation).await?;
    on.change.update(&on.license).await?;
    Ok(Slot::New(activation))
}

/// Notes that the machine was seen, and renews its lease once less than half of it is left.
pub(crate) fn touch(activation: &mut Activation, license: &License, by: &By) {
    activation.last_seen_at = by.millis().max(activation.last_seen_at);
    let full = Activation::lease_end(license, by.at);
    let is_short = |end: i64, full: i64| {
        let (left, whole) = (end.saturating_sub(by.millis()), full.saturating_sub(by.millis()));
        left.saturating_mul(2) < whole
    };
    match (activation.lease_ends_at, full) {
        (Some(end), Some(full)) if !is_short(end, full) => {}
        (_, full) => activation.lease_ends_at = full,
    }
}

/// The activation of that machine, if it has one.
pub(crate) fn of_machine<'a>(activations: &'a [Activation], machine: &Machine) -> Option<&'a Activation> {
    let in_use = || activations.iter().filter(|activation| activation.released_at.is_none());
    in_use()
        .find(|activation| activation.machine == *machine)
        .or_else(|| in_use().find(|activation| machine.is(&activation.machine)))
}

/// Ends what has passed: leases, and the slots of released machines whose locked key has ended. Each is written to the log. The
/// lease of a machine whose locked key works lasts as long as the key.
/// The result has the activations that still count.
pub(crate) async fn end_passed(
    on: &mut LicenseChange,
    activations: Vec<Activation>,
    by: &By,
) -> Result<Vec<Activation>, LedgerError> {
    let today = Day::from_date(by.at.date_naive()).ok();
    let mut counted = Vec::with_capacity(activations.len());
    for mut activation in activations {
        let mut lease_ended =
            activation.released_at.is_none() && activation.lease_ends_at.is_some_and(|end| end < by.millis());
        if let (true, Some(locked)) = (lease_ended, activation.locked_key) {
            // The machine works on without a network, and never asks.
            let key: Option<KeyRow> = on.change.tx().find_for_change(locked.value()).await?;
            let key_ends_at = key.map(|key| key.ends_at()).transpose()?;
            if let Some(end) = key_ends_at.filter(|end| *end >= by.millis()) {
                activation.lease_ends_at = Some(end);
                on.change.tx().update(&activation).await?;
                lease_ended = false;
            }
        }
        let key_ended = activation.counted_through.zip(today).is_some_and(|(last, today)| today > last);
        if !lease_ended && !key_ended {
            counted.push(activation);
            continue;
        }
        if lease_ended {
            activation.released_at = Some(by.millis());
            activation.released_by = Some("lease".to_owned());
        }
        activation.counted_through = None;
        on.license.activations = on.license.activations.saturating_sub(1);
        on.change.update(&activation).await?;
        on.change.update(&on.license).await?;
        let action = if lease_ended { "activation.lease-ended" } else { "activation.slot-freed" };
        on.change.entry(by.did(action).to(on.license.id).with(activation.id.to_string()))?;
    }
    Ok(counted)
}

/// The licenses that have a lease or a slot that has passed, at most that many.
pub(crate) fn passed(by: &By, limit: i64) -> (String, Vec<Value>) {
    let today = Day::from_date(by.at.date_naive()).ok();
    let sql = "select distinct license from activations \
               where (released_at is null and lease_ends_at < $1) or counted_through < $2 order by license limit $3";
    (sql.to_owned(), vec![by.millis().value(), today.value(), limit.value()])
}

/// The id of a license in the result of a query.
pub(crate) fn license_id(bytes: Vec<u8>) -> Result<LicenseId, LedgerError> {
    LicenseId::from_stored(bytes).map_err(|_| LedgerError::Damaged { what: "the id of a license".to_owned() })
}
