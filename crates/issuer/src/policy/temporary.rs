//! How many keys for a time an owner may have: trials, and trials and stopgaps together.

use keyward_core::{Kind, Serial};

use super::base::{Base, Origin};
use super::{History, Policy, Refusal, owner};
use crate::order::Order;
use crate::record::{IssueRecord, Owner};

/// The keys that an owner may have of a product within 90 days without an approval.
const MAX_WITHOUT_APPROVAL: usize = 2;

/// The number of earlier keys that a refusal and an approval name.
const MAX_NAMED: usize = 8;

/// Refuses a trial of an edition without trials, and a second trial within twelve months without an approval. A reissue is
/// another trial of a new owner.
pub(super) fn trial(
    policy: &Policy<'_>,
    order: &Order,
    base: &Base<'_>,
    kind: Kind,
    history: &History,
    refusals: &mut Vec<Refusal>,
) {
    let previous = base.origin.previous();
    if kind != Kind::Trial {
        return;
    }
    let has_other_edition = previous.is_none_or(|previous| previous.claims().edition() != base.edition.number);
    if has_other_edition && !base.edition.has_trial() {
        let with_trials = base.product.editions_with_trials().map(|edition| edition.code.to_string()).collect();
        refusals.push(Refusal::NoTrial { edition: base.edition.code.to_string(), with_trials });
    }
    let owner = owner::of(order, base);
    if order.approval.is_some() || keeps_its_owner(base, &owner) {
        return;
    }
    if let Some(first) = history.recent_trial(&owner, base.product.number, policy.today, previous) {
        let (first, on, is_named) = (first.serial(), first.claims().valid_from(), !owner.is_unnamed());
        refusals.push(Refusal::SecondTrial { first, on, is_named });
    }
}

/// Refuses a third trial or stopgap of a product within 90 days, unless an approval names the others. The first stopgap of a
/// license is for the days until its renewal comes, and is never refused here.
pub(super) fn count(
    policy: &Policy<'_>,
    order: &Order,
    base: &Base<'_>,
    kind: Kind,
    bridged: Option<&IssueRecord>,
    history: &History,
    refusals: &mut Vec<Refusal>,
) {
    let Some(owner) = counted_owner(order, base, kind) else { return };
    let previous = base.origin.previous();
    if bridged.is_some_and(|bridged| history.is_first_stopgap(bridged.serial(), previous)) {
        return;
    }
    let others = others(policy, &owner, base, history);
    let is_named = |serial: &Serial| order.approval.as_ref().is_some_and(|approval| approval.names(*serial));
    if others.len() >= MAX_WITHOUT_APPROVAL && !others.iter().all(is_named) {
        refusals.push(Refusal::ThirdTemporaryKey { others });
    }
}

/// The first keys of the owner's other trials and stopgaps within 90 days.
pub(super) fn others(policy: &Policy<'_>, owner: &Owner, base: &Base<'_>, history: &History) -> Vec<Serial> {
    history.recent_temporary_keys(owner, base.product.number, policy.today, base.origin.previous(), MAX_NAMED)
}

/// The owner whose temporary keys are counted. Without a name, each trial but the first and each stopgap for an unknown license
/// has an approval already, and the others are not known to be those of the same owner.
pub(super) fn counted_owner(order: &Order, base: &Base<'_>, kind: Kind) -> Option<Owner> {
    if kind == Kind::Standard || matches!(base.origin, Origin::Locked(_)) {
        return None;
    }
    let owner = owner::of(order, base);
    (!owner.is_unnamed() && !keeps_its_owner(base, &owner)).then_some(owner)
}

/// Whether the license follows another one of the same owner.
fn keeps_its_owner(base: &Base<'_>, owner: &Owner) -> bool {
    let previous = base.origin.previous().map(Owner::of_record);
    previous.is_some_and(|previous| (&previous.customer, &previous.licensee) == (&owner.customer, &owner.licensee))
}
