use core::fmt;

use chrono::{DateTime, Utc};
use keyward_core::{Claims, KeyId, LicenseKey, Repairs};
use keyward_grace::{ReminderDays, Standing};

use crate::{AuthenticKey, LicenseDigest};

/// A verified license. Only a [`Verifier`](crate::Verifier) makes one: holding it is the proof that a trusted key signed
/// its claims, for this product, environment and machine.
///
/// Verified is not the same as usable today: ask [`License::standing`].
#[derive(Clone, PartialEq, Eq)]
pub struct License(AuthenticKey);

impl License {
    pub(crate) const fn new(authentic: AuthenticKey) -> License {
        License(authentic)
    }

    /// What the license allows at that time. Expiry is a state and not an error.
    ///
    /// The application chooses `now`; [`ClockEvidence`](crate::ClockEvidence) detects a clock that is wrong.
    pub fn standing(&self, now: DateTime<Utc>) -> Standing {
        keyward_grace::standing(self.claims(), now)
    }

    /// The same, with reminders on the product's own days.
    pub fn standing_with_reminders(&self, now: DateTime<Utc>, reminders: &ReminderDays) -> Standing {
        keyward_grace::standing_with_reminders(self.claims(), now, reminders)
    }

    /// The claims that the vendor signed.
    pub const fn claims(&self) -> &Claims {
        self.0.claims()
    }

    /// The key in its canonical text: store this, whatever was typed.
    pub const fn key(&self) -> &LicenseKey {
        self.0.key()
    }

    /// The trusted key that signed it.
    pub const fn key_id(&self) -> KeyId {
        self.0.key_id()
    }

    /// The mistakes in the text as typed, group by group; empty if there were none. For the person who typed it, not for a
    /// log.
    pub const fn repairs(&self) -> &Repairs {
        self.0.repairs()
    }

    /// The license digest: revocation lists and allow-lists name the license by it.
    pub fn digest(&self) -> LicenseDigest {
        self.0.digest()
    }

    /// The same proof without the product: for programs that show genuine keys of any product.
    pub const fn authentic(&self) -> &AuthenticKey {
        &self.0
    }
}

/// Shows the serial, never the text.
impl fmt::Debug for License {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("License")
            .field("claims", self.claims())
            .field("key_id", &self.key_id())
            .field("repairs", self.repairs())
            .finish_non_exhaustive()
    }
}
