//! The contents of a license: edition, features, limits, seats, activations.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use keyward_catalog::{Activation, Code, LimitEntry};
use keyward_core::{Claims, Features, Kind, Limits, Quantity};

use super::base::{Base, Origin};
use super::{Policy, Refusal};
use crate::order::{LimitValue, Order};
use crate::record::IssueRecord;

/// The largest number of names that are refused one by one. A refusal has the known names in it, and an order may name thousands.
const MAX_UNKNOWN: usize = 16;

/// Whether the contents have to be on sale. Those of another key and of a stopgap were sold before, also those that a key since then
/// does not have: a reissue by mistake is undone.
fn is_sale(base: &Base<'_>) -> bool {
    !matches!(base.origin, Origin::Reissue(_) | Origin::Locked(_) | Origin::Bridging(_))
}

pub(super) fn edition(base: &Base<'_>, refusals: &mut Vec<Refusal>) {
    if base.product.deprecated && is_sale(base) {
        refusals.push(Refusal::DeprecatedProduct { code: base.product.code.to_string() });
    }
    let before = base.origin.source().map(IssueRecord::claims).into_iter().chain(base.sold);
    let kept = !is_sale(base) && before.into_iter().any(|claims| claims.edition() == base.edition.number);
    if base.edition.deprecated && !kept {
        refusals.push(Refusal::DeprecatedEdition {
            code: base.edition.code.to_string(),
            replacement: base.edition.replacement.as_ref().map(Code::to_string),
        });
    }
}

pub(super) fn features(order: &Order, base: &Base<'_>, kind: Kind, refusals: &mut Vec<Refusal>) -> Features {
    let features = match &order.features {
        None => base.features,
        Some(codes) => {
            let mut features = Features::NONE;
            let mut unknown_names = 0_usize;
            for code in codes {
                match base.product.feature(code) {
                    Ok(feature) => features = features.with(feature.bit),
                    Err(unknown) => {
                        refusals.push(unknown.into());
                        unknown_names = unknown_names.saturating_add(1);
                    }
                }
                if unknown_names == MAX_UNKNOWN {
                    break;
                }
            }
            features
        }
    };
    let sold = base.sold.map_or(Features::NONE, Claims::features);
    let kept = if is_sale(base) { Features::NONE } else { base.features.union(sold) };
    let entries = || base.product.features.iter();
    let added = || entries().filter(|feature| features.contains(feature.bit) && !kept.contains(feature.bit));
    for feature in added().filter(|feature| feature.deprecated) {
        refusals.push(Refusal::DeprecatedFeature { code: feature.code.to_string() });
    }
    let Some(rules) = base.product.rules(kind) else { return features };
    for feature in added().filter(|feature| !rules.features.contains(feature.bit)) {
        let allowed = entries().filter(|feature| rules.features.contains(feature.bit));
        let allowed = allowed.map(|feature| feature.code.to_string()).collect();
        refusals.push(Refusal::FeatureNotForKind { kind, code: feature.code.to_string(), allowed });
    }
    features
}

pub(super) fn limits(order: &Order, base: &Base<'_>, kind: Kind, refusals: &mut Vec<Refusal>) -> Limits {
    let mut named: Vec<u8> = Vec::new();
    let mut limits = base.limits.clone();
    let before = refusals.len();
    for (code, value) in &order.limits {
        if refusals.len().saturating_sub(before) >= MAX_UNKNOWN {
            break;
        }
        match base.product.limit(code) {
            Ok(limit) if named.contains(&limit.id) => refusals.push(Refusal::LimitTwice { code: code.clone() }),
            Ok(limit) => {
                named.push(limit.id);
                match value {
                    LimitValue::Of(value) => limits.insert(limit.id, *value),
                    LimitValue::Dropped => limits.remove(&limit.id),
                };
            }
            Err(unknown) => refusals.push(unknown.into()),
        }
    }
    // An unknown name is one of these, misspelt.
    if refusals.len() == before {
        refusals.extend(missing(base, kind, &limits));
    }
    for (id, value) in &limits {
        let Some(limit) = base.product.limit_by_id(*id) else { continue };
        let sold = base.sold.and_then(|sold| sold.limits().value(*id));
        let kept = [base.limits.get(id).copied(), sold].map(|value| value.filter(|_| !is_sale(base)));
        let code = limit.code.to_string();
        if limit.deprecated && kept == [None, None] {
            refusals.push(Refusal::DeprecatedLimit { code: code.clone() });
        }
        if !kept.contains(&Some(*value)) && !(limit.min..=limit.max).contains(value) {
            refusals.push(Refusal::LimitOutOfRange {
                code,
                requested: LimitValue::Of(*value),
                min: limit.min,
                max: limit.max,
            });
        }
    }
    if limits.len() > Limits::MAX {
        refusals.push(Refusal::TooManyLimits { requested: limits.len() });
    }
    // A limit that a key can't carry was refused: the catalogue's ranges are within those of a key.
    limits.into_iter().fold(Limits::NONE, |limits, (id, value)| limits.with(id, value).unwrap_or(limits))
}

/// The limits with a most that a license would not have. It would not be limited in them, which is more than the most that is sold.
/// An offer may sell that, and a license on record may have been sold so, for this edition and kind. A limit that is not sold any
/// more may go.
fn missing(base: &Base<'_>, kind: Kind, limits: &BTreeMap<u8, u64>) -> Vec<Refusal> {
    let is_sold_as_it_is = match base.origin {
        Origin::New => base.offer.is_some() && base.edition.number == base.offered_edition && kind == base.kind,
        // The license that it bridges limits a stopgap.
        Origin::Bridging(_) => true,
        Origin::Reissue(_) | Origin::Locked(_) | Origin::Renewal { .. } => base.edition.number == base.offered_edition,
    };
    let has_most = |limit: &&LimitEntry| limit.max < Limits::MAX_VALUE && !limit.deprecated;
    let sold = base.sold.filter(|sold| !is_sale(base) && (sold.edition(), sold.kind()) == (base.edition.number, kind));
    let is_missing = |limit: &&LimitEntry| {
        let was_sold_without = sold.is_some_and(|sold| sold.limits().value(limit.id).is_none());
        let is_new = base.limits.contains_key(&limit.id) || !is_sold_as_it_is;
        !limits.contains_key(&limit.id) && is_new && !was_sold_without
    };
    let missing = base.product.limits.iter().filter(has_most).filter(is_missing).take(MAX_UNKNOWN);
    let refused = |limit: &LimitEntry| Refusal::LimitOutOfRange {
        code: limit.code.to_string(),
        requested: LimitValue::Dropped,
        min: limit.min,
        max: limit.max,
    };
    missing.map(refused).collect()
}

pub(super) fn seats(order: &Order, base: &Base<'_>, refusals: &mut Vec<Refusal>) -> Quantity {
    let range = base.edition.seats;
    let Some(requested) = order.seats.or(base.seats) else {
        refusals.push(Refusal::SeatsMissing { range });
        return Quantity::Unlimited;
    };
    let sold = base.sold.filter(|sold| sold.edition() == base.edition.number).map(Claims::seats);
    let before = base.seats.filter(|_| order.edition.is_none());
    let kept = !is_sale(base) && [before, sold].contains(&Some(requested));
    if !range.contains(requested) && !kept {
        let (edition, nearest) = (base.edition.code.to_string(), range.clamp(requested));
        refusals.push(Refusal::SeatsOutOfRange { edition, requested, range, nearest });
    }
    requested
}

/// The activation limit. A stopgap is activated on no more machines than the license that it bridges.
pub(super) fn activations(
    order: &Order,
    base: &Base<'_>,
    bridged: Option<&IssueRecord>,
    refusals: &mut Vec<Refusal>,
) -> Option<Quantity> {
    let before = base.origin.source().and_then(|source| source.details.activations);
    let Some(requested) = order.activations else { return before };
    if base.product.activation == Activation::None {
        refusals.push(Refusal::NotActivated { product: base.product.code.to_string() });
    }
    if let Some(number) = requested.number().map(NonZeroU32::get).filter(|number| *number > Policy::MAX_ACTIVATIONS) {
        refusals.push(Refusal::ActivationsOutOfRange { requested: number, nearest: Policy::MAX_ACTIVATIONS });
    }
    if let (Origin::Reissue(previous), None, None) = (base.origin, bridged, &order.approval) {
        // Nothing on record limits such a stopgap but what was approved.
        if let Some(current) = before.filter(|before| base.kind == Kind::Stopgap && requested > *before) {
            refusals.push(Refusal::StopgapGrows {
                serial: previous.serial(),
                subject: "activations".to_owned(),
                requested: requested.to_string(),
                current: current.to_string(),
            });
        }
    }
    if let Some((paid, granted)) = bridged.and_then(|paid| Some((paid, paid.details.activations?))) {
        if requested > granted {
            refusals.push(Refusal::GrantsMore {
                serial: paid.serial(),
                subject: "activations".to_owned(),
                requested: requested.to_string(),
                nearest: granted.to_string(),
            });
        }
    }
    Some(requested)
}
