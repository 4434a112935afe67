use chrono::{DateTime, Utc};
use keyward_grace::{Grant, Held, ReminderDays, Standing};

use crate::License;

/// Which of several licenses for the same product counts at that time, and what all of them together allow; `None` if
/// there is none.
///
/// Next year's key can be entered months early, next to this year's: nothing expires by it, and no warning is given
/// while it is held. The rules are those of `keyward_grace::held`. All the licenses come from verifiers for one product
/// and environment.
pub fn held<'l>(licenses: &'l [License], now: DateTime<Utc>, reminders: &ReminderDays) -> Option<Holding<'l>> {
    let held = keyward_grace::held(licenses.iter().map(License::claims), now, reminders)?;
    let license = licenses.get(held.index())?;
    Some(Holding { license, held })
}

/// Several licenses, and the one that counts.
#[derive(Debug, Clone)]
pub struct Holding<'l> {
    license: &'l License,
    held: Held,
}

impl<'l> Holding<'l> {
    /// The license that counts.
    pub const fn license(&self) -> &'l License {
        self.license
    }

    /// Its standing.
    pub const fn standing(&self) -> &Standing {
        self.held.standing()
    }

    /// What the usable licenses together grant; `None` if none is usable.
    pub const fn grant(&self) -> Option<&Grant> {
        self.held.grant()
    }
}
