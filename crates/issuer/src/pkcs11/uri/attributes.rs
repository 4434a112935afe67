//! The attributes of a PKCS#11 URI: names, values, percent encoding (RFC 7512, section 2.3).

use std::collections::BTreeMap;

use super::Pkcs11UriError;

/// The attributes of the token and the key, before `?`.
pub(super) const PATH_ATTRIBUTES: [&str; 8] =
    ["token", "serial", "manufacturer", "model", "slot-id", "object", "id", "type"];
/// The attributes of the access to them, after `?` or before it.
pub(super) const QUERY_ATTRIBUTES: [&str; 2] = ["pin-source", "module-path"];

/// The decoded attributes, by their names. Each occurs once.
pub(super) struct Attributes(BTreeMap<&'static str, Vec<u8>>);

impl Attributes {
    pub(super) fn read(text: &str) -> Result<Attributes, Pkcs11UriError> {
        let (path, query) = text.split_once('?').map_or((text, None), |(path, query)| (path, Some(query)));
        let mut attributes = Attributes(BTreeMap::new());
        if !path.is_empty() {
            path.split(';').try_for_each(|attribute| attributes.add(attribute, Part::Path))?;
        }
        for attribute in query.into_iter().flat_map(|query| query.split('&')) {
            attributes.add(attribute, Part::Query)?;
        }
        Ok(attributes)
    }

    fn add(&mut self, attribute: &str, part: Part) -> Result<(), Pkcs11UriError> {
        // Text without a name is not shown: it may be a PIN.
        let (given, value) = attribute.split_once('=').ok_or(Pkcs11UriError::NoName)?;
        let named = |names: &[&'static str]| names.iter().copied().find(|name| *name == given);
        let name = match (named(&PATH_ATTRIBUTES), named(&QUERY_ATTRIBUTES), part) {
            (Some(_), _, Part::Query) => return Err(Pkcs11UriError::AfterQuestionMark { name: given.to_owned() }),
            (Some(name), ..) | (_, Some(name), _) => name,
            _ if given == "pin-value" => return Err(Pkcs11UriError::PinValue),
            _ => return Err(Pkcs11UriError::Unknown { name: given.to_owned() }),
        };
        if value.is_empty() {
            return Err(Pkcs11UriError::Empty { name });
        }
        match self.0.insert(name, decoded(name, value, part)?) {
            Some(_) => Err(Pkcs11UriError::Repeated { name }),
            None => Ok(()),
        }
    }

    pub(super) fn bytes(&mut self, name: &'static str) -> Option<Vec<u8>> {
        self.0.remove(name)
    }

    pub(super) fn text(&mut self, name: &'static str) -> Result<Option<String>, Pkcs11UriError> {
        let text = self.bytes(name).map(String::from_utf8).transpose();
        text.map_err(|_| Pkcs11UriError::NotText { name })
    }

    pub(super) fn number(&mut self, name: &'static str) -> Result<Option<u64>, Pkcs11UriError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        // Rust reads a sign before the digits too.
        let digits = Some(&text).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        let number = digits.and_then(|digits| digits.parse().ok());
        number.map(Some).ok_or(Pkcs11UriError::NotANumber { name })
    }
}

/// The part of the URI before the question mark, or after it.
#[derive(Clone, Copy)]
enum Part {
    Path,
    Query,
}

/// The decoded bytes of a value.
fn decoded(name: &'static str, value: &str, part: Part) -> Result<Vec<u8>, Pkcs11UriError> {
    let mut decoded = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some(character) = rest.chars().next() {
        let (taken, after) = rest.split_at(character.len_utf8());
        rest = after;
        if character == '%' {
            let (digits, after) = rest.split_at_checked(2).ok_or(Pkcs11UriError::Percent { name })?;
            decoded.extend(hex::decode(digits).map_err(|_| Pkcs11UriError::Percent { name })?);
            rest = after;
        } else if is_plain(character, part) {
            decoded.extend_from_slice(taken.as_bytes());
        } else {
            let encoded: String = taken.bytes().map(|byte| format!("%{byte:02X}")).collect();
            return Err(Pkcs11UriError::Character { name, character, encoded });
        }
    }
    Ok(decoded)
}

/// Whether the character needs no encoding. RFC 7512 allows `/` only after the question mark, but paths may come before it
/// too.
fn is_plain(character: char, part: Part) -> bool {
    let also = match part {
        Part::Path => "&",
        Part::Query => "?|",
    };
    character.is_ascii_alphanumeric() || "-._~:[]@!$'()*+,=/".contains(character) || also.contains(character)
}
