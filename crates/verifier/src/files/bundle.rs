use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use chrono::{DateTime, Utc};
use keyward_core::{Claims, LicenseKey};
use serde::{Deserialize, Serialize, Serializer};

use crate::files::delegation::JsonDelegation;
use crate::files::payload::sealed::Sealed;
use crate::files::text::{LineBreaks, Texts, check};
use crate::files::wire::PublicKey;
use crate::files::{Delegation, FileKind, NotPermitted, Payload, PayloadError, PublicNames, Purpose, wire};
use crate::{LicenseDigest, TrustedKey};

const MAX_KEYS: usize = 1_000;

/// The signing keys that a vendor's roots have signed for, each with its limits.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrustBundle {
    /// The version, from 1. It only increases.
    pub version: u32,
    /// The time of issue.
    pub issued_at: DateTime<Utc>,
    /// The public names of the catalogue.
    pub names: PublicNames,
    delegated: Vec<DelegatedKey>,
    /// The same keys in the same order, in the form for verifiers.
    keys: Vec<TrustedKey>,
}

/// A signing key in a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DelegatedKey {
    /// The key.
    pub key: TrustedKey,
    /// Its name for people, up to 256 bytes.
    pub name: String,
    /// Whether it signs, has signed, or is compromised.
    pub state: KeyState,
    /// The limits of what it may sign.
    pub may_sign: Delegation,
}

/// The state of a signing key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyState {
    /// It signs.
    Active,
    /// It signs nothing new, and its earlier signatures still verify.
    Retired,
    /// It is known to be in the wrong hands. None of its signatures verifies, except those of these licenses.
    Compromised {
        /// The licenses that the vendor issued, sorted by digest.
        allowed: Vec<LicenseDigest>,
    },
}

impl DelegatedKey {
    /// A key in use.
    pub const fn active(key: TrustedKey, name: String, may_sign: Delegation) -> DelegatedKey {
        DelegatedKey { key, name, state: KeyState::Active, may_sign }
    }
}

impl TrustBundle {
    /// A bundle with these keys.
    ///
    /// # Errors
    ///
    /// More than 1,000 keys, a key listed twice, a name that can't be shown, limits that permit nothing.
    pub fn new(
        version: u32,
        issued_at: DateTime<Utc>,
        delegated: Vec<DelegatedKey>,
    ) -> Result<TrustBundle, PayloadError> {
        let keys = delegated.iter().map(|delegated| delegated.key.clone()).collect();
        let mut bundle = TrustBundle { version, issued_at, names: PublicNames::default(), delegated, keys };
        for delegated in &mut bundle.delegated {
            if let KeyState::Compromised { allowed } = &mut delegated.state {
                allowed.sort_unstable();
                allowed.dedup();
            }
        }
        bundle.check(Texts::Read)?;
        Ok(bundle)
    }

    /// The signing keys, each with its limits.
    pub fn delegated(&self) -> &[DelegatedKey] {
        &self.delegated
    }

    /// The key with these 32 bytes.
    pub fn key(&self, public_key: &[u8; 32]) -> Option<&DelegatedKey> {
        self.delegated.iter().find(|delegated| delegated.key.to_bytes() == *public_key)
    }

    pub(crate) fn keys(&self) -> &[TrustedKey] {
        &self.keys
    }

    /// Whether the limits of the key permit such a license.
    pub(crate) fn permits(
        &self,
        signer: &TrustedKey,
        license: &LicenseKey,
        claims: &Claims,
    ) -> Result<(), NotPermitted> {
        let delegated = self.key(&signer.to_bytes()).ok_or(NotPermitted::Purpose(Purpose::Licenses))?;
        match &delegated.state {
            KeyState::Compromised { allowed } if allowed.binary_search(&LicenseDigest::of(license)).is_err() => {
                Err(NotPermitted::Compromised)
            }
            _ => delegated.may_sign.permits_license(claims),
        }
    }

    /// Whether the key may sign files for that purpose.
    pub(super) fn permits_purpose(&self, signer: &TrustedKey, purpose: Purpose) -> Result<(), NotPermitted> {
        let delegated = self.key(&signer.to_bytes()).ok_or(NotPermitted::Purpose(purpose))?;
        match &delegated.state {
            KeyState::Compromised { .. } => Err(NotPermitted::Compromised),
            _ => delegated.may_sign.permits_purpose(purpose),
        }
    }

    /// Whether the key may have signed license files before it was compromised, and one of these licenses is on its allow-list.
    pub(super) fn allows_some_of(&self, signer: &TrustedKey, licenses: &[LicenseKey]) -> bool {
        let Some(DelegatedKey { state: KeyState::Compromised { allowed }, may_sign, .. }) =
            self.key(&signer.to_bytes())
        else {
            return false;
        };
        let is_allowed = |license| allowed.binary_search(&LicenseDigest::of(license)).is_ok();
        may_sign.permits_purpose(Purpose::LicenseFiles).is_ok() && licenses.iter().any(is_allowed)
    }

    fn check(&self, texts: Texts) -> Result<(), PayloadError> {
        let invalid = |why: String| Err(PayloadError::Invalid(why));
        if self.version == 0 {
            return invalid("versions begin with 1".to_string());
        }
        if self.delegated.len() > MAX_KEYS {
            return invalid(format!("there are {} keys, and {MAX_KEYS} at most are possible", self.delegated.len()));
        }
        let mut keys: Vec<[u8; 32]> = self.keys.iter().map(TrustedKey::to_bytes).collect();
        keys.sort_unstable();
        if keys.windows(2).any(|pair| pair.first() == pair.last()) {
            return invalid("a signing key is listed twice".to_string());
        }
        for delegated in &self.delegated {
            check("the name of a signing key", &delegated.name, 256, LineBreaks::Refused, texts)?;
            delegated.may_sign.check(&delegated.name)?;
        }
        self.names.check(texts)
    }
}

impl Sealed for TrustBundle {}

/// As in the payload.
impl Serialize for TrustBundle {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let keys = self.delegated.iter().map(JsonKey::of).collect();
        Json { version: self.version, issued_at: self.issued_at, keys, names: self.names.clone() }.serialize(serializer)
    }
}

impl Payload for TrustBundle {
    const KIND: FileKind = FileKind::TrustBundle;

    fn issued_at(&self) -> DateTime<Utc> {
        self.issued_at
    }

    fn to_bytes(&self) -> Result<Vec<u8>, PayloadError> {
        self.check(Texts::Read)?;
        wire::to_json(self)
    }

    fn check_new(&self) -> Result<(), PayloadError> {
        self.check(Texts::Written)
    }

    fn from_bytes(bytes: &[u8]) -> Result<TrustBundle, PayloadError> {
        let json: Json<JsonKey<JsonDelegation>> =
            wire::from_json(bytes, &[("", &["version", "issued_at", "keys", "names"])])?;
        if json.keys.len() > MAX_KEYS {
            return Err(PayloadError::Invalid(format!("there are more than {MAX_KEYS} keys")));
        }
        let delegated = json.keys.into_iter().map(JsonKey::delegated).collect::<Result<_, _>>()?;
        let mut bundle = TrustBundle::new(json.version, json.issued_at, delegated)?;
        bundle.names = json.names;
        bundle.check(Texts::Read)?;
        Ok(bundle)
    }
}

#[derive(Serialize, Deserialize)]
struct Json<K> {
    version: u32,
    #[serde(with = "wire::time")]
    issued_at: DateTime<Utc>,
    keys: Vec<K>,
    #[serde(default, skip_serializing_if = "PublicNames::is_empty")]
    names: PublicNames,
}

/// Generic in the form of the limits: in memory, or as read from a file.
#[derive(Serialize, Deserialize)]
struct JsonKey<D> {
    public_key: PublicKey,
    name: String,
    state: JsonState,
    /// The licenses of a compromised key that are still accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    allowed: Vec<Digest>,
    may_sign: D,
}

#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum JsonState {
    Active,
    Retired,
    Compromised,
}

#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Digest(#[serde(with = "wire::hex_bytes")] [u8; 16]);

impl<'d> JsonKey<&'d Delegation> {
    fn of(delegated: &'d DelegatedKey) -> JsonKey<&'d Delegation> {
        let (state, allowed) = match &delegated.state {
            KeyState::Active => (JsonState::Active, &[][..]),
            KeyState::Retired => (JsonState::Retired, &[][..]),
            KeyState::Compromised { allowed } => (JsonState::Compromised, allowed.as_slice()),
        };
        JsonKey {
            public_key: PublicKey(delegated.key.to_bytes()),
            name: delegated.name.clone(),
            state,
            allowed: allowed.iter().map(|digest| Digest(digest.to_bytes())).collect(),
            may_sign: &delegated.may_sign,
        }
    }
}

impl JsonKey<JsonDelegation> {
    fn delegated(self) -> Result<DelegatedKey, PayloadError> {
        let allowed: Vec<LicenseDigest> =
            self.allowed.iter().map(|digest| LicenseDigest::from_bytes(digest.0)).collect();
        let state = match self.state {
            JsonState::Compromised => KeyState::Compromised { allowed },
            _ if !allowed.is_empty() => {
                let why =
                    format!("only a compromised key lists licenses that are still good, and {:?} is not", self.name);
                return Err(PayloadError::Invalid(why));
            }
            JsonState::Active => KeyState::Active,
            JsonState::Retired => KeyState::Retired,
        };
        Ok(DelegatedKey {
            key: self.public_key.trusted()?,
            name: self.name,
            state,
            may_sign: self.may_sign.delegation()?,
        })
    }
}
