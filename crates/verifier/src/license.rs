use core::fmt;

use chrono::{DateTime, Utc};
use keyward_core::{ActivationRequest, Claims, Fingerprint, KeyId, LicenseKey, Repairs};
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

    /// The request for a key of this license that is locked to that machine. A product shows it on a machine without a network;
    /// its user gives it to the vendor, and gets the key.
    ///
    /// For a license that was refused, [`ActivationRequest::new`] makes one of its serial:
    /// [`VerifyError::serial`](crate::VerifyError::serial).
    ///
    /// ```
    /// # use keyward_verifier::{MachineComponents, Product, TrustedKey, Verifier};
    /// # let vendor = [TrustedKey::from_hex("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")?];
    /// # let verifier = Verifier::new(&vendor, Product(3));
    /// # let license = verifier.verify(
    /// #     "K7PM4-00108-1G818-60W40-60GSJ-08YT0-G7V4F-FYP6K-KG98Y-Z9E8E-G0HT7-BS0HQ-VDC80-VHRAB-CED8J-\
    /// #      M9TJZ-A9AHX-JPA40-2K3CY-F52Z2-ZY7GB-8Y7M3-SRBW8-VE3BH-4SMAG-4PZG8-D7E18-M1PYP-Z2M87-49VV3",
    /// # )?;
    /// let machine = MachineComponents {
    ///     machine_id: Some(b"b08dfa6083e7567a1921a715000001fb"),
    ///     network_card: Some(b"3c:7c:3f:1e:5a:90"),
    ///     ..MachineComponents::default()
    /// };
    /// let request = license.activation_request(machine.fingerprint(Product(3)));
    /// println!("{request:#}"); // eleven groups, in two rows
    /// # assert_eq!(request.serial(), license.claims().serial());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn activation_request(&self, machine: Fingerprint) -> ActivationRequest {
        ActivationRequest::new(self.claims().serial(), machine)
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
