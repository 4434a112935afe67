//! The contents of a free edition: those with which it is offered. More of them is a sale.

use keyward_catalog::Offer;
use keyward_core::{Features, Kind, Limits};

use super::base::{Base, Origin};
use super::{History, Policy, Refusal};
use crate::order::Order;
use crate::record::IssueRecord;

/// Refuses features and limits of a free edition that none of its offers has, without an approval. A license on record keeps those
/// with which it was sold.
#[expect(clippy::too_many_arguments, reason = "the values that the rules before it found")]
pub(super) fn check(
    policy: &Policy<'_>,
    order: &Order,
    base: &Base<'_>,
    kind: Kind,
    features: Features,
    limits: &Limits,
    history: &History,
    refusals: &mut Vec<Refusal>,
) {
    if !base.edition.free || kind != Kind::Standard || order.approval.is_some() {
        return;
    }
    let is_of_edition =
        |offer: &&Offer| (offer.product, offer.edition, offer.kind) == (base.product.number, base.edition.number, kind);
    let offers = || policy.catalog.offers().iter().filter(is_of_edition);
    let sold = match base.origin {
        Origin::Reissue(previous) | Origin::Locked(previous) => history.sold(previous).map(IssueRecord::claims),
        _ => None,
    };
    // Without an offer, the edition is given without features and limits.
    let is_offered = offers().next().is_some();
    let mut refuse = |subject: String| {
        refusals.push(Refusal::FreeGrantsMore { edition: base.edition.code.to_string(), subject });
    };
    for feature in base.product.features.iter().filter(|feature| features.contains(feature.bit)) {
        let has = |granted: Features| granted.contains(feature.bit);
        if !offers().any(|offer| has(offer.features)) && !sold.is_some_and(|sold| has(sold.features())) {
            refuse(format!("feature `{}`", feature.code));
        }
    }
    for limit in &base.product.limits {
        let requested = limits.value(limit.id);
        // A product may give more or less without a limit: only the same, or a smaller one, is no more.
        let grants = |granted: &Limits| match (granted.value(limit.id), requested) {
            (Some(granted), Some(requested)) => requested <= granted,
            (granted, requested) => granted == requested,
        };
        let is_granted = offers().any(|offer| grants(&offer.limits)) || (!is_offered && grants(&Limits::NONE));
        if !is_granted && !sold.is_some_and(|sold| grants(sold.limits())) {
            let value = requested.map_or_else(|| "none".to_owned(), |requested| requested.to_string());
            refuse(format!("limit `{}={value}`", limit.code));
        }
    }
}
