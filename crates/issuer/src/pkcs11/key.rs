use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use keyward_verifier::TrustedKey;

use super::{Pkcs11Error, Pkcs11Uri};

/// The forms of the curve in CKA_EC_PARAMS: its name (PKCS#11 3.0), its object identifier (RFC 8410), and its older one.
const ED25519: [&[u8]; 3] =
    [b"\x13\x0cedwards25519", b"\x06\x03\x2b\x65\x70", b"\x06\x09\x2b\x06\x01\x04\x01\xda\x47\x0f\x01"];

/// A private Ed25519 key in a token.
pub struct Ed25519Key {
    pub handle: ObjectHandle,
    pub name: String,
    label_and_id: LabelAndId,
}

/// The only private Ed25519 key that matches the URI.
pub fn find(session: &Session, token: &str, uri: &Pkcs11Uri) -> Result<Ed25519Key, Pkcs11Error> {
    let label = uri.object.as_ref().map(|object| Attribute::Label(object.clone().into_bytes()));
    let named: Vec<Attribute> = label.into_iter().chain(uri.id.clone().map(Attribute::Id)).collect();
    let token = || token.to_owned();
    let keys = ed25519_keys(session, &named)?;
    match keys.as_slice() {
        [handle] => {
            let label_and_id = LabelAndId::of(session, *handle)?;
            let key = Ed25519Key { handle: *handle, name: label_and_id.to_string(), label_and_id };
            match attributes(session, key.handle, &[AttributeType::AlwaysAuthenticate])?.as_slice() {
                [Attribute::AlwaysAuthenticate(true)] => Err(Pkcs11Error::AsksEachTime { key: key.name }),
                _ => Ok(key),
            }
        }
        [] => {
            let others = session.find_objects(&[&[Attribute::Class(ObjectClass::PRIVATE_KEY)], &*named].concat())?;
            if others.is_empty() {
                let present = names(session, &ed25519_keys(session, &[])?)?;
                Err(Pkcs11Error::NoSuchKey { token: token(), present })
            } else {
                Err(Pkcs11Error::NotEd25519 { token: token(), matching: names(session, &others)? })
            }
        }
        several => Err(Pkcs11Error::SeveralKeys { token: token(), matching: names(session, several)? }),
    }
}

fn ed25519_keys(session: &Session, named: &[Attribute]) -> Result<Vec<ObjectHandle>, Pkcs11Error> {
    let kind = [Attribute::Class(ObjectClass::PRIVATE_KEY), Attribute::KeyType(KeyType::EC_EDWARDS)];
    let mut keys = Vec::new();
    for key in session.find_objects(&[&kind, named].concat())? {
        let curve = attributes(session, key, &[AttributeType::EcParams])?;
        if matches!(curve.as_slice(), [Attribute::EcParams(curve)] if ED25519.contains(&curve.as_slice())) {
            keys.push(key);
        }
    }
    Ok(keys)
}

impl Ed25519Key {
    /// The public key: the token's, or the given one if the token has none.
    pub fn verifying_key(&self, session: &Session, given: Option<&TrustedKey>) -> Result<TrustedKey, Pkcs11Error> {
        let key = || self.name.clone();
        let mut found = Vec::new();
        for handle in self.public_keys(session)?.into_iter().chain([self.handle]) {
            for bytes in public_bytes(session, handle)? {
                let public = TrustedKey::from_bytes(&bytes);
                found.push(public.map_err(|source| Pkcs11Error::BadPublicKey { key: key(), source })?);
            }
        }
        found.dedup_by_key(|public| public.to_bytes());
        match (found.as_slice(), given) {
            ([], None) => Err(Pkcs11Error::NoPublicKey { key: key() }),
            ([], Some(given)) => Ok(given.clone()),
            (found, Some(given)) if found.iter().any(|found| found.to_bytes() == given.to_bytes()) => Ok(given.clone()),
            ([found, ..], Some(given)) => {
                Err(Pkcs11Error::PublicKeyDiffers { key: key(), found: found.id(), given: given.id() })
            }
            ([found], None) => Ok(found.clone()),
            (_, None) => Err(Pkcs11Error::SeveralPublicKeys { key: key() }),
        }
    }

    /// The public keys with the id of the private key; if it has no id, those with its label.
    fn public_keys(&self, session: &Session) -> Result<Vec<ObjectHandle>, Pkcs11Error> {
        let LabelAndId { label, id } = &self.label_and_id;
        let same = match (label.as_slice(), id.as_slice()) {
            ([], []) => return Ok(Vec::new()),
            (label, []) => Attribute::Label(label.to_vec()),
            (_, id) => Attribute::Id(id.to_vec()),
        };
        let kind = [Attribute::Class(ObjectClass::PUBLIC_KEY), Attribute::KeyType(KeyType::EC_EDWARDS)];
        Ok(session.find_objects(&[&kind[..], &[same]].concat())?)
    }
}

/// The public keys in the attributes of an object.
fn public_bytes(session: &Session, object: ObjectHandle) -> Result<Vec<[u8; 32]>, Pkcs11Error> {
    let attributes = attributes(session, object, &[AttributeType::EcPoint, AttributeType::PublicKeyInfo])?;
    Ok(attributes
        .iter()
        .filter_map(|attribute| match attribute {
            Attribute::EcPoint(point) => point_bytes(point),
            Attribute::PublicKeyInfo(der) => TrustedKey::from_der(der).ok().map(|key| key.to_bytes()),
            _ => None,
        })
        .collect())
}

/// The bytes of a point: as they are, or in an OCTET STRING, as in tokens before PKCS#11 3.0.
fn point_bytes(point: &[u8]) -> Option<[u8; 32]> {
    const OCTET_STRING_OF_32: [u8; 2] = [0x04, 32];
    point.try_into().ok().or_else(|| point.strip_prefix(&OCTET_STRING_OF_32)?.try_into().ok())
}

/// The label and the id of a key, by which people name it.
struct LabelAndId {
    label: Vec<u8>,
    id: Vec<u8>,
}

impl LabelAndId {
    fn of(session: &Session, key: ObjectHandle) -> Result<LabelAndId, Pkcs11Error> {
        let mut label_and_id = LabelAndId { label: Vec::new(), id: Vec::new() };
        for attribute in attributes(session, key, &[AttributeType::Label, AttributeType::Id])? {
            match attribute {
                Attribute::Label(label) => label_and_id.label = label,
                Attribute::Id(id) => label_and_id.id = id,
                _ => {}
            }
        }
        Ok(label_and_id)
    }
}

impl std::fmt::Display for LabelAndId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (String::from_utf8_lossy(&self.label), hex::encode(&self.id)) {
            (label, id) if id.is_empty() => write!(f, "{label} (no id)"),
            (label, id) if label.is_empty() => write!(f, "a key without a label (id {id})"),
            (label, id) => write!(f, "{label} (id {id})"),
        }
    }
}

/// The names in order: a token returns keys in any order.
fn names(session: &Session, keys: &[ObjectHandle]) -> Result<Vec<String>, Pkcs11Error> {
    let names = keys.iter().map(|key| LabelAndId::of(session, *key).map(|label_and_id| label_and_id.to_string()));
    let mut names = names.collect::<Result<Vec<String>, Pkcs11Error>>()?;
    names.sort();
    Ok(names)
}

fn attributes(
    session: &Session,
    object: ObjectHandle,
    wanted: &[AttributeType],
) -> Result<Vec<Attribute>, Pkcs11Error> {
    Ok(session.get_attributes(object, wanted)?)
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_read_raw_and_wrapped_and_in_no_other_length() {
        let raw = [7; 32];
        let wrapped = [&[0x04, 0x20][..], &raw].concat();
        assert_eq!(point_bytes(&raw), Some(raw));
        assert_eq!(point_bytes(&wrapped), Some(raw));
        for other in [&raw[1..], &wrapped[1..], &[&wrapped[..], &[0]].concat(), &[&[0x03, 0x20][..], &raw].concat()] {
            assert_eq!(point_bytes(other), None);
        }
    }
}
