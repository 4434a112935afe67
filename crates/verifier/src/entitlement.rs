use chrono::{DateTime, Utc};
use keyward_grace::{Grant, ReminderDays, Standing};

use crate::License;

/// Combines several licenses for the same product: what they allow together at that time, and which of them counts. `None`
/// without a license.
///
/// Next year's key can be entered months early, beside this year's: it takes nothing from this year's license, and no
/// warning of the end is given while it is there. The rules are those of `keyward_grace::combine`. All the licenses come
/// from verifiers for one product and environment.
pub fn combine<'l>(licenses: &'l [License], now: DateTime<Utc>, reminders: &ReminderDays) -> Option<Entitlement<'l>> {
    let combined = keyward_grace::combine(licenses.iter().map(License::claims), now, reminders)?;
    let license = licenses.get(combined.index());
    debug_assert!(license.is_some(), "the license that counts is one of them");
    let license = license?;
    Some(Entitlement { license, combined })
}

/// What several licenses allow together.
#[derive(Debug, Clone)]
pub struct Entitlement<'l> {
    license: &'l License,
    combined: keyward_grace::Entitlement,
}

impl<'l> Entitlement<'l> {
    /// The license that counts. Its edition, limits and licensee apply.
    pub const fn license(&self) -> &'l License {
        self.license
    }

    /// The index of that license among those given, from 0.
    pub const fn index(&self) -> usize {
        self.combined.index()
    }

    /// The standing of that license. Where there is a successor, it does not expire soon.
    pub const fn standing(&self) -> &Standing {
        self.combined.standing()
    }

    /// The grant of the usable licenses together; `None` if none is usable.
    pub const fn grant(&self) -> Option<&Grant> {
        self.combined.grant()
    }
}
