//! What is sold: edition, features, limits, seats, activations.

use std::num::NonZeroU32;

use keyward_catalog::{Activation, Code};
use keyward_core::{Features, Kind, Limits, Quantity};

use super::base::{Base, Origin};
use super::{Policy, Refusal};
use crate::order::{LimitValue, Order};

/// Whether the values of the license on record are sold anew. Those of a reissue were sold already, and a stopgap sells
/// nothing.
fn is_sale(base: &Base<'_>) -> bool {
    !matches!(base.origin, Origin::Reissue(_) | Origin::Bridging(_))
}

pub(super) fn edition(base: &Base<'_>, log: &mut Vec<Refusal>) {
    if base.product.deprecated && is_sale(base) {
        log.push(Refusal::DeprecatedProduct { code: base.product.code.to_string() });
    }
    let had = base.origin.source().map(|source| source.claims().edition());
    let kept = !is_sale(base) && had == Some(base.edition.number);
    if base.edition.deprecated && !kept {
        log.push(Refusal::DeprecatedEdition {
            code: base.edition.code.to_string(),
            instead: base.edition.replacement.as_ref().map(Code::to_string),
        });
    }
}

pub(super) fn features(order: &Order, base: &Base<'_>, kind: Kind, log: &mut Vec<Refusal>) -> Features {
    let features = match &order.features {
        None => base.features,
        Some(codes) => {
            let mut features = Features::NONE;
            for code in codes {
                match base.product.feature(code) {
                    Ok(feature) => features = features.with(feature.bit),
                    Err(unknown) => log.push(unknown.into()),
                }
            }
            features
        }
    };
    let kept = if is_sale(base) { Features::NONE } else { base.features };
    for feature in base.product.features.iter().filter(|feature| features.contains(feature.bit)) {
        if feature.deprecated && !kept.contains(feature.bit) {
            log.push(Refusal::DeprecatedFeature { code: feature.code.to_string() });
        }
    }
    let Some(rules) = base.product.rules(kind) else { return features };
    for feature in base.product.features.iter().filter(|feature| features.contains(feature.bit)) {
        if !rules.features.contains(feature.bit) && !kept.contains(feature.bit) {
            let allowed = base.product.features.iter().filter(|feature| rules.features.contains(feature.bit));
            log.push(Refusal::FeatureNotForKind {
                kind,
                code: feature.code.to_string(),
                allowed: allowed.map(|feature| feature.code.to_string()).collect(),
            });
        }
    }
    features
}

pub(super) fn limits(order: &Order, base: &Base<'_>, log: &mut Vec<Refusal>) -> Limits {
    let mut asked: Vec<u8> = Vec::new();
    let mut limits = base.limits.clone();
    for (code, value) in &order.limits {
        match base.product.limit(code) {
            Ok(limit) if asked.contains(&limit.id) => {
                log.push(Refusal::LimitTwice { code: code.clone() });
            }
            Ok(limit) => {
                asked.push(limit.id);
                match value {
                    LimitValue::Of(value) => limits.insert(limit.id, *value),
                    LimitValue::Dropped => limits.remove(&limit.id),
                };
            }
            Err(unknown) => log.push(unknown.into()),
        }
    }
    for (id, value) in &limits {
        let Some(limit) = base.product.limit_by_id(*id) else { continue };
        let had = base.limits.get(id).filter(|_| !is_sale(base));
        let code = limit.code.to_string();
        if limit.deprecated && had.is_none() {
            log.push(Refusal::DeprecatedLimit { code: code.clone() });
        }
        if had != Some(value) && !(limit.min..=limit.max).contains(value) {
            log.push(Refusal::LimitOutOfRange { code, asked: *value, least: limit.min, most: limit.max });
        }
    }
    if limits.len() > Limits::MAX {
        log.push(Refusal::TooManyLimits { asked: limits.len() });
    }
    // What does not fit was refused above: the catalogue's ranges end where a key's do.
    limits.into_iter().fold(Limits::NONE, |limits, (id, value)| limits.with(id, value).unwrap_or(limits))
}

pub(super) fn seats(order: &Order, base: &Base<'_>, log: &mut Vec<Refusal>) -> Quantity {
    let range = base.edition.seats;
    let Some(asked) = order.seats.or(base.seats) else {
        log.push(Refusal::SeatsMissing { range });
        return Quantity::Unlimited;
    };
    let kept = !is_sale(base) && order.edition.is_none() && base.seats == Some(asked);
    if !range.contains(asked) && !kept {
        let edition = base.edition.code.to_string();
        log.push(Refusal::SeatsOutOfRange { edition, asked, range, nearest: range.clamp(asked) });
    }
    asked
}

pub(super) fn activations(order: &Order, base: &Base<'_>, log: &mut Vec<Refusal>) -> Option<Quantity> {
    let kept = base.origin.previous().and_then(|previous| previous.details.activations);
    let Some(asked) = order.activations else { return kept };
    if base.product.activation == Activation::None {
        log.push(Refusal::NotActivated { product: base.product.code.to_string() });
    }
    if let Some(number) = asked.number().map(NonZeroU32::get).filter(|number| *number > Policy::MAX_ACTIVATIONS) {
        log.push(Refusal::ActivationsOutOfRange { asked: number, nearest: Policy::MAX_ACTIVATIONS });
    }
    Some(asked)
}
