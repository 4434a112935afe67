use core::fmt;

macro_rules! outcomes {
    ($($(#[doc = $doc:literal])* $name:ident = $number:literal, $code:literal, $meaning:literal, $advice:expr;)*) => {
        /// The result of verifying a license key or a signed file, in one word.
        ///
        /// Every language has these codes, numbers and words, and takes them from here. A code or a number never changes
        /// its meaning; later versions add new ones. The errors, which have the evidence, and the state of a license have a
        /// method `outcome`.
        ///
        /// ```
        /// use keyward_core::Outcome;
        ///
        /// let outcome = Outcome::WrongProduct;
        /// assert_eq!((outcome.code(), outcome.number()), ("wrong-product", 15));
        /// assert_eq!(outcome.meaning(), "for another product");
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        #[repr(u8)]
        pub enum Outcome {
            $($(#[doc = $doc])* $name = $number,)*
        }

        // Each property has its own `match`, instead of one table of rows: a small build then links only the words that it
        // uses.
        impl Outcome {
            /// Every outcome, in ascending order of its number.
            pub const ALL: [Outcome; 24] = [$(Outcome::$name,)*];

            /// The stable code, such as `wrong-product`.
            pub const fn code(self) -> &'static str {
                match self { $(Outcome::$name => $code,)* }
            }

            /// The meaning, in a few English words without a subject: "for another product".
            pub const fn meaning(self) -> &'static str {
                match self { $(Outcome::$name => $meaning,)* }
            }

            /// The advice, an English sentence without a capital letter and a full stop; `None` if nothing needs to be
            /// done.
            pub const fn advice(self) -> Option<&'static str> {
                match self { $(Outcome::$name => $advice,)* }
            }
        }
    };
}

outcomes! {
    /// The license is usable, in its term or perpetual.
    Active = 1, "active", "usable, in its term or perpetual", None;
    /// The license is usable, and its last day is near.
    ExpiringSoon = 2, "expiring-soon", "usable, and its last day is near",
        Some("have the next license ready before the last day");
    /// The license is usable in its grace period, after its last day.
    InGrace = 3, "in-grace", "usable for its grace period, after its last day",
        Some("enter the next license before the grace period ends");
    /// The text is not a license key, or the file is not a file of its kind.
    Malformed = 10, "malformed", "not a license key, or not such a file",
        Some("copy the whole key, from the K to the last group, or the whole file, and nothing else");
    /// The license key has more mistakes than can be repaired.
    Damaged = 11, "damaged", "more mistakes than can be repaired",
        Some("compare the key with the original group by group, and type ? for each character that can't be read");
    /// No trusted key signed it.
    UnknownKey = 12, "unknown-key", "signed by a key that is not trusted",
        Some("check that the vendor's public key is trusted here, and that this is for the vendor's product");
    /// It names a trusted key, which did not sign it.
    BadSignature = 13, "bad-signature", "forged, or altered after it was signed",
        Some("don't use it; ask the vendor for a genuine one");
    /// It has contents that only a newer version understands.
    NeedsNewer = 14, "needs-newer", "has contents that only a newer version understands",
        Some("use a newer version of the product");
    /// The license is for another product.
    WrongProduct = 15, "wrong-product", "for another product",
        Some("use it with the product it is for, or ask the vendor");
    /// The license is for another environment.
    WrongEnvironment = 16, "wrong-environment", "for another environment",
        Some("use it in the environment it is for, or ask the vendor");
    /// The license or the validation file is locked to another machine.
    WrongMachine = 17, "wrong-machine", "locked to another machine",
        Some("check that the fingerprint is this machine's, or ask the vendor to move the license");
    /// The license is genuine, with claims that no issuer should have signed.
    InvalidClaims = 18, "invalid-claims", "genuine, but issued wrongly", Some("ask the vendor for another key");
    /// The running version was released after the updates that the license covers.
    VersionNotCovered = 19, "version-not-covered", "not for a version released after the updates it covers",
        Some("use a version released earlier, or renew the updates");
    /// The license is genuine, and its first day has not begun.
    NotYetValid = 20, "not-yet-valid", "genuine, before its first day",
        Some("use the present license until the first day of this one");
    /// The license is genuine, and its last day and its grace period are over.
    Expired = 21, "expired", "genuine, after its last day and its grace period",
        Some("ask the vendor for the next license");
    /// The clock is behind the evidence of the time, and the program refuses such a clock.
    ClockSuspect = 22, "clock-suspect", "the clock is behind the evidence of the time",
        Some("set the clock; if it is right, ask the vendor for a recovery statement");
    /// The license was revoked for ever.
    Revoked = 23, "revoked", "revoked for ever", Some("ask the vendor for another license");
    /// The license is on hold until a later revocation list releases it.
    OnHold = 24, "on-hold", "on hold until a later list releases it",
        Some("ask the vendor; after the hold, bring a newer revocation list");
    /// The validation file is past its time to live.
    StaleFile = 25, "stale-file", "a validation file past its time to live",
        Some("ask for a new file; the license in it has its own dates");
    /// The revocation list is older than the program accepts.
    StaleList = 26, "stale-list", "a revocation list older than the program accepts",
        Some("bring a newer revocation list from the vendor");
    /// The file is older than one that was seen before.
    Rollback = 27, "rollback", "older than a file that was seen before", Some("bring the newest file from the vendor");
    /// A trusted key signed it, and may not sign such a license or file.
    NotPermitted = 28, "not-permitted", "signed by a key that may not sign it",
        Some("ask the vendor for another license or file, or for a newer trust bundle");
    /// Not enough of the roots signed the trust bundle or the root set.
    UntrustedBundle = 29, "untrusted-bundle", "a trust bundle or root set that too few roots have signed",
        Some(
            "check that the root set is the one that came with the product, and name every set that followed it, oldest first"
        );
    /// The product requires an activation, and nothing shows one of the license on this machine.
    NotActivated = 30, "not-activated", "genuine, and not activated on this machine",
        Some("activate the license on this machine, or ask the vendor for a key for this machine");
}

impl Outcome {
    /// The number: 1 to 3 for a usable license, 10 and more for all others. 0 is not an outcome.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The exit code of a command that verifies: 0 for a usable license, else the [`number`](Outcome::number).
    pub const fn exit_code(self) -> u8 {
        if self.is_usable() { 0 } else { self.number() }
    }

    /// Whether the license may be used.
    pub const fn is_usable(self) -> bool {
        matches!(self, Outcome::Active | Outcome::ExpiringSoon | Outcome::InGrace)
    }
}

/// The code.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_outcome_has_a_code_and_a_number_of_its_own() {
        let codes: BTreeSet<_> = Outcome::ALL.iter().map(|outcome| outcome.code()).collect();
        assert_eq!(codes.len(), Outcome::ALL.len());
        assert!(Outcome::ALL.iter().map(|outcome| outcome.number()).eq((1..=3).chain(10..=30)));
    }

    #[test]
    fn only_usable_outcomes_have_exit_code_0() {
        for outcome in Outcome::ALL {
            assert_eq!(outcome.exit_code() == 0, outcome.is_usable(), "{outcome}");
            assert_eq!(outcome.number() < 10, outcome.is_usable(), "{outcome}");
        }
    }

    #[test]
    fn every_outcome_except_active_has_advice() {
        let without: std::vec::Vec<_> = Outcome::ALL.into_iter().filter(|outcome| outcome.advice().is_none()).collect();
        assert_eq!(without, [Outcome::Active]);
    }
}
