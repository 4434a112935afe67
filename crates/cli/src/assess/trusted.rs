use keyward_verifier::files::{Roots, Trust, TrustBundle, Verified};
use keyward_verifier::{Authenticator, KeyId, LicenseKey, TrustedKey};

/// So many texts of one input are repaired. A text can be made up so that its repair takes ten milliseconds, and an input has
/// room for some thousand texts.
const MAX_REPAIRED: usize = 64;

/// The trusted keys.
#[derive(Debug)]
pub enum Trusted {
    /// Plain keys, each trusted for everything.
    Keys(Vec<TrustedKey>),
    /// The keys of a bundle, with the roots that signed it.
    Bundle { bundle: Box<Verified<TrustBundle>>, roots: Roots, named_by: RootsNamedBy },
}

/// The source of the roots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RootsNamedBy {
    /// The option `--roots`.
    Options,
    /// The state alone. It proves nothing: an invented state can name any roots.
    State,
}

impl Trusted {
    pub fn trust(&self) -> Trust<'_> {
        match self {
            Trusted::Keys(keys) => Trust::Keys(keys),
            Trusted::Bundle { bundle, .. } => Trust::Bundle(bundle),
        }
    }

    /// An authenticator that trusts these keys.
    pub fn authenticator(&self) -> Authenticator<'_> {
        match self {
            Trusted::Keys(keys) => Authenticator::new(keys),
            Trusted::Bundle { bundle, .. } => Authenticator::with_bundle(bundle),
        }
    }

    /// Each text of one input with the authenticator for it. Only the first texts with mistakes are repaired.
    pub fn authenticators<'a>(&'a self, texts: &'a [String]) -> impl Iterator<Item = (Authenticator<'a>, &'a str)> {
        let mut repairs_left = MAX_REPAIRED;
        texts.iter().map(move |text| {
            let authenticator = self.authenticator();
            let is_damaged = text.parse::<LicenseKey>().is_err();
            let authenticator =
                if is_damaged && repairs_left == 0 { authenticator.without_repair() } else { authenticator };
            if is_damaged {
                repairs_left = repairs_left.saturating_sub(1);
            }
            (authenticator, text.as_str())
        })
    }

    /// The ids of the keys.
    pub fn key_ids(&self) -> Vec<KeyId> {
        match self {
            Trusted::Keys(keys) => keys.iter().map(TrustedKey::id).collect(),
            Trusted::Bundle { bundle, .. } => bundle.delegated().iter().map(|delegated| delegated.key.id()).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use keyward_verifier::VerifyError;

    use super::*;

    #[test]
    fn no_more_than_64_texts_of_one_input_are_repaired() -> Result<(), Box<dyn std::error::Error>> {
        const KEY: &str = "K7PM4-00108-1G818-60W40-60GSJ-08YT0-G7V4F-FYP6K-KG98Y-Z9E8E-G0HT7-BS0HQ-VDC80-VHRAB-CED8J-\
                           M9TJZ-A9AHX-JPA40-2K3CY-F52Z2-ZY7GB-8Y7M3-SRBW8-VE3BH-4SMAG-4PZG8-D7E18-M1PYP-Z2M87-49VV3";
        let vendor = TrustedKey::from_hex("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")?;
        let trusted = Trusted::Keys(vec![vendor]);
        let damaged = KEY.replace("60GSJ", "606SJ");
        let texts: Vec<String> = [KEY, &damaged].into_iter().cycle().take(200).map(str::to_owned).collect();
        let checked = trusted.authenticators(&texts).map(|(authenticator, text)| authenticator.check_signature(text));
        let (good, refused): (Vec<_>, Vec<_>) = checked.partition(Result::is_ok);
        assert_eq!((good.len(), refused.len()), (100 + MAX_REPAIRED, 100 - MAX_REPAIRED));
        assert!(refused.iter().all(|refused| matches!(refused, Err(VerifyError::Damaged(_)))));
        Ok(())
    }
}
