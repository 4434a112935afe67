//! Reads the settings of a product that say how its licenses are activated on machines.

use std::num::NonZeroU16;

use toml::de::DeValue;

use crate::Code;
use crate::entry::{Activation, ProductEntry};
use crate::problem::ProblemKind;
use crate::section::{Log, Section, ValueError, expected, number, one_of};

pub(crate) struct ActivationSettings {
    pub(crate) activation: Activation,
    pub(crate) offline_hours: u16,
    pub(crate) lease_days: Option<u16>,
    pub(crate) releases_per_30d: Option<NonZeroU16>,
    pub(crate) min_components: u8,
    pub(crate) locked_days: Option<u16>,
}

impl ActivationSettings {
    pub(crate) fn read(section: &Section<'_>, product: &Code, log: &mut Log) -> ActivationSettings {
        let activation = one_of(&[("none", Activation::None), ("required", Activation::Required)]);
        let activation = section.optional("activation", activation, log);
        let offline_hours = section.optional("offline_for", hours, log);
        let lease = section.optional("activation_lease", days, log);
        // Without a server too: the record file has keys of machines.
        let locked = section.optional("locked_term", days, log);
        let releases = section.optional("releases_per_30d", number(1..=u64::from(ProductEntry::MAX_RELEASES)), log);
        let min_components = section.optional("least_components", number(1..=5), log);

        let without_activation = activation.as_ref().is_none_or(|activation| activation.value == Activation::None);
        let settings = [
            ("offline_for", offline_hours.as_ref().map(|hours| hours.offset)),
            ("activation_lease", lease.as_ref().map(|lease| lease.offset)),
            ("releases_per_30d", releases.as_ref().map(|releases| releases.offset)),
        ];
        for (key, offset) in settings {
            if let (true, Some(offset)) = (without_activation, offset) {
                log.report(offset, ProblemKind::NoActivation { product: product.to_string(), key });
            }
        }
        if let (Some(offline), Some(lease)) = (&offline_hours, &lease) {
            let (offline_hours, lease_days) = (offline.value, lease.value);
            if offline_hours > lease_days.saturating_mul(24) {
                log.report(offline.offset, ProblemKind::OfflineBeyondLease { offline_hours, lease_days });
            }
        }
        ActivationSettings {
            activation: activation.map(|activation| activation.value).unwrap_or_default(),
            offline_hours: offline_hours.map_or(ProductEntry::DEFAULT_OFFLINE_HOURS, |hours| hours.value),
            lease_days: lease.map(|lease| lease.value),
            releases_per_30d: releases.and_then(|releases| NonZeroU16::new(releases.value)),
            min_components: min_components.map_or(ProductEntry::DEFAULT_MIN_COMPONENTS, |least| least.value),
            locked_days: locked.map(|locked| locked.value),
        }
    }
}

/// Hours or days: `24h`, `7d`.
fn hours(value: &DeValue<'_>) -> Result<u16, ValueError> {
    let hours = with_unit(value, 'h').or_else(|| with_unit(value, 'd')?.checked_mul(24));
    match hours.filter(|hours| (1..=ProductEntry::MAX_OFFLINE_HOURS).contains(hours)) {
        Some(hours) => Ok(hours),
        None => expected("hours or days, from \"1h\" to \"366d\""),
    }
}

/// Days: `14d`.
fn days(value: &DeValue<'_>) -> Result<u16, ValueError> {
    const MAX: u16 = ProductEntry::MAX_LEASE_DAYS;
    const { assert!(MAX == ProductEntry::MAX_LOCKED_DAYS, "both are read here") }
    match with_unit(value, 'd').filter(|days| (1..=MAX).contains(days)) {
        Some(days) => Ok(days),
        None => expected("days, from \"1d\" to \"366d\""),
    }
}

fn with_unit(value: &DeValue<'_>, unit: char) -> Option<u16> {
    let digits = value.as_str()?.strip_suffix(unit)?;
    // A sign is no digit.
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}
