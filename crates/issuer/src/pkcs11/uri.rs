use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use zeroize::Zeroizing;

use super::Pkcs11Error;

/// Where a signing key is: a PKCS#11 URI (RFC 7512), such as
/// `pkcs11:token=acme;object=vendor?pin-source=file:/run/pin&module-path=/usr/lib/softhsm/libsofthsm2.so`.
///
/// | attribute | names |
/// |---|---|
/// | `token`, `serial`, `manufacturer`, `model`, `slot-id` | the token, by as many of them as it takes |
/// | `object`, `id` | the private key, by its label, by its id, or by both |
/// | `type` | nothing more: it may be `private`, and nothing else |
/// | `pin-source` | the file that has the PIN in its first line, as a path or a `file:` URI |
/// | `module-path` | the module: a library that comes with the HSM. A name without `/` is looked up by the system |
///
/// The last two come after `?` with `&` between them, or, as many programs write them, before it like the others. What
/// is not letters, digits or one of `-._~:[]@!$'()*+,=/` is written as `%20` and the like.
///
/// ```
/// use keyward_issuer::pkcs11::{Pkcs11Uri, Pkcs11UriError};
///
/// let uri: Pkcs11Uri = "pkcs11:token=Acme%20Ltd;object=vendor;pin-source=file:/run/pin".parse()?;
/// assert_eq!(uri.pin_source(), Some("/run/pin".as_ref()));
/// assert_eq!("pkcs11:pin-value=1234".parse::<Pkcs11Uri>(), Err(Pkcs11UriError::PinValue));
/// # Ok::<(), Pkcs11UriError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pkcs11Uri {
    pub(super) token: Option<String>,
    pub(super) serial: Option<String>,
    pub(super) manufacturer: Option<String>,
    pub(super) model: Option<String>,
    pub(super) slot_id: Option<u64>,
    pub(super) object: Option<String>,
    pub(super) id: Option<Vec<u8>>,
    pin_source: Option<PathBuf>,
    module_path: Option<PathBuf>,
}

impl Pkcs11Uri {
    /// The same with this module, if it names none.
    #[must_use]
    pub fn or_module(mut self, path: impl Into<PathBuf>) -> Pkcs11Uri {
        self.module_path.get_or_insert_with(|| path.into());
        self
    }

    /// The module, which has the HSM's functions.
    pub fn module_path(&self) -> Option<&Path> {
        self.module_path.as_deref()
    }

    /// The file that has the PIN in its first line.
    pub fn pin_source(&self) -> Option<&Path> {
        self.pin_source.as_deref()
    }

    /// The PIN in the file that it names, if it names one.
    ///
    /// # Errors
    ///
    /// A file that can't be read, or has no PIN in its first line.
    pub fn pin(&self) -> Result<Option<Zeroizing<Vec<u8>>>, Pkcs11Error> {
        self.pin_source.as_deref().map(pin_in).transpose()
    }
}

fn pin_in(path: &Path) -> Result<Zeroizing<Vec<u8>>, Pkcs11Error> {
    /// More than any PIN has: room for them from the start, since a vector that grows leaves copies that nobody wipes.
    const MOST_BYTES: usize = 4096;
    let unreadable = |source| Pkcs11Error::PinSource { path: path.to_owned(), source };
    let mut bytes = Zeroizing::new(vec![0; MOST_BYTES]);
    let mut file = File::open(path).map_err(unreadable)?;
    let mut len = 0_usize;
    loop {
        match file.read(bytes.get_mut(len..).unwrap_or_default()) {
            Ok(0) => break,
            Ok(read) => len = len.saturating_add(read),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(unreadable(error)),
        }
    }
    let read = bytes.get(..len).unwrap_or_default();
    let first_line = read.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    if first_line.is_empty() || first_line.len() == MOST_BYTES {
        return Err(Pkcs11Error::NoPinInSource { path: path.to_owned() });
    }
    Ok(Zeroizing::new(first_line.to_vec()))
}

impl FromStr for Pkcs11Uri {
    type Err = Pkcs11UriError;

    fn from_str(text: &str) -> Result<Pkcs11Uri, Pkcs11UriError> {
        let attributes = text.strip_prefix("pkcs11:").ok_or(Pkcs11UriError::NotPkcs11)?;
        let mut given = Attributes::read(attributes)?;
        if given.text("type")?.is_some_and(|kind| kind != "private") {
            return Err(Pkcs11UriError::NotPrivate);
        }
        Ok(Pkcs11Uri {
            token: given.text("token")?,
            serial: given.text("serial")?,
            manufacturer: given.text("manufacturer")?,
            model: given.text("model")?,
            slot_id: given.number("slot-id")?,
            object: given.text("object")?,
            id: given.bytes("id"),
            pin_source: given.text("pin-source")?.map(|source| pin_file(&source)).transpose()?,
            module_path: given.text("module-path")?.map(PathBuf::from),
        })
    }
}

/// The file that `pin-source` names: a path, or a `file:` URI.
fn pin_file(source: &str) -> Result<PathBuf, Pkcs11UriError> {
    if let Some(file) = source.strip_prefix("file:") {
        let path = match file.strip_prefix("//") {
            Some(with_host) => with_host.strip_prefix("localhost").unwrap_or(with_host),
            None => file,
        };
        let is_elsewhere = file.starts_with("//") && !path.starts_with('/');
        return if path.is_empty() || is_elsewhere { Err(Pkcs11UriError::PinSource) } else { Ok(path.into()) };
    }
    // A program after a bar, or another scheme. One letter before a colon is a drive.
    let is_scheme = |name: &str| name.len() > 1 && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if source.starts_with('|') || source.split_once(':').is_some_and(|(name, _)| is_scheme(name)) {
        return Err(Pkcs11UriError::PinSource);
    }
    Ok(source.into())
}

/// What may be said of the token and the key, before `?`.
const OF_PATH: [&str; 8] = ["token", "serial", "manufacturer", "model", "slot-id", "object", "id", "type"];
/// What may be said of how to get there, after `?` or before it.
const OF_QUERY: [&str; 2] = ["pin-source", "module-path"];

/// Attributes by their names, each once, decoded.
struct Attributes(BTreeMap<&'static str, Vec<u8>>);

impl Attributes {
    fn read(text: &str) -> Result<Attributes, Pkcs11UriError> {
        let (path, query) = text.split_once('?').map_or((text, None), |(path, query)| (path, Some(query)));
        let mut attributes = Attributes(BTreeMap::new());
        if !path.is_empty() {
            path.split(';').try_for_each(|attribute| attributes.add(attribute, Place::Path))?;
        }
        for attribute in query.into_iter().flat_map(|query| query.split('&')) {
            attributes.add(attribute, Place::Query)?;
        }
        Ok(attributes)
    }

    fn add(&mut self, attribute: &str, place: Place) -> Result<(), Pkcs11UriError> {
        // What has no name is not shown: it may be a PIN.
        let (given, value) = attribute.split_once('=').ok_or(Pkcs11UriError::NoName)?;
        let named = |names: &[&'static str]| names.iter().copied().find(|name| *name == given);
        let name = match (named(&OF_PATH), named(&OF_QUERY), place) {
            (Some(_), _, Place::Query) => return Err(Pkcs11UriError::AfterQuestionMark { name: given.to_owned() }),
            (Some(name), ..) | (_, Some(name), _) => name,
            _ if given == "pin-value" => return Err(Pkcs11UriError::PinValue),
            _ => return Err(Pkcs11UriError::Unknown { name: given.to_owned() }),
        };
        if value.is_empty() {
            return Err(Pkcs11UriError::Empty { name });
        }
        match self.0.insert(name, decoded(name, value, place)?) {
            Some(_) => Err(Pkcs11UriError::Repeated { name }),
            None => Ok(()),
        }
    }

    fn bytes(&mut self, name: &'static str) -> Option<Vec<u8>> {
        self.0.remove(name)
    }

    fn text(&mut self, name: &'static str) -> Result<Option<String>, Pkcs11UriError> {
        let text = self.bytes(name).map(String::from_utf8).transpose();
        text.map_err(|_| Pkcs11UriError::NotText { name })
    }

    fn number(&mut self, name: &'static str) -> Result<Option<u64>, Pkcs11UriError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        // Rust reads a sign before the digits too.
        let digits = Some(&text).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        let number = digits.and_then(|digits| digits.parse().ok());
        number.map(Some).ok_or(Pkcs11UriError::NotANumber { name })
    }
}

/// Before the question mark, or after it.
#[derive(Clone, Copy)]
enum Place {
    Path,
    Query,
}

/// The bytes that the value stands for.
fn decoded(name: &'static str, value: &str, place: Place) -> Result<Vec<u8>, Pkcs11UriError> {
    let mut decoded = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some(character) = rest.chars().next() {
        let (taken, after) = rest.split_at(character.len_utf8());
        rest = after;
        if character == '%' {
            let (digits, after) = rest.split_at_checked(2).ok_or(Pkcs11UriError::Percent { name })?;
            decoded.extend(hex::decode(digits).map_err(|_| Pkcs11UriError::Percent { name })?);
            rest = after;
        } else if is_plain(character, place) {
            decoded.extend_from_slice(taken.as_bytes());
        } else {
            let written: String = taken.bytes().map(|byte| format!("%{byte:02X}")).collect();
            return Err(Pkcs11UriError::Character { name, character, written });
        }
    }
    Ok(decoded)
}

/// Whether the character stands for itself. RFC 7512 has `/` after the question mark only; but paths are written before
/// it too.
fn is_plain(character: char, place: Place) -> bool {
    let here = match place {
        Place::Path => "&",
        Place::Query => "?|",
    };
    character.is_ascii_alphanumeric() || "-._~:[]@!$'()*+,=/".contains(character) || here.contains(character)
}

/// Why a text is no URI of a signing key. No values are in it: one may be a PIN.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Pkcs11UriError {
    /// Something else than a PKCS#11 URI.
    #[error("a PKCS#11 URI begins with pkcs11:, such as pkcs11:token=acme;object=vendor")]
    NotPkcs11,
    /// The PIN itself.
    #[error(
        "pin-value is not taken, since others see the arguments of a command: put the PIN into a file that only you can \
         read, and name it with pin-source, such as pin-source=file:/run/pin"
    )]
    PinValue,
    /// Something between separators that is no attribute.
    #[error(
        "an attribute has no name: write name=value, with ; between them, and & after the ?. What was given is not shown, \
         because it may be a PIN"
    )]
    NoName,
    /// An attribute that is not known here.
    #[error("there is no attribute `{name}`: there are {} and {}", OF_PATH.join(", "), OF_QUERY.join(", "))]
    Unknown {
        /// Its name.
        name: String,
    },
    /// An attribute of the token or the key, after the question mark.
    #[error("`{name}` comes before the ?, where ; is between the attributes")]
    AfterQuestionMark {
        /// Its name.
        name: String,
    },
    /// An attribute that was given twice.
    #[error("`{name}` is there twice: leave one out")]
    Repeated {
        /// Its name.
        name: &'static str,
    },
    /// An attribute without a value.
    #[error("`{name}` has no value: give it one, or leave it out")]
    Empty {
        /// Its name.
        name: &'static str,
    },
    /// A character that has to be encoded.
    #[error("`{name}` has the character {character:?} in it: write it as {written}")]
    Character {
        /// The attribute's name.
        name: &'static str,
        /// The character.
        character: char,
        /// The same, encoded.
        written: String,
    },
    /// A percent sign without two hex digits.
    #[error("`{name}` has a % without two hex digits after it: the sign itself is written as %25")]
    Percent {
        /// The attribute's name.
        name: &'static str,
    },
    /// Bytes that are no text.
    #[error("`{name}` is no text in UTF-8: see what is written with % in it")]
    NotText {
        /// The attribute's name.
        name: &'static str,
    },
    /// No number, or one too large.
    #[error("`{name}` is no number: write digits only")]
    NotANumber {
        /// The attribute's name.
        name: &'static str,
    },
    /// A type that can't sign.
    #[error("a license is signed with a private key: say type=private, or leave it out")]
    NotPrivate,
    /// A PIN that would come from somewhere else than a file.
    #[error("pin-source names no file of this machine: it is a path, or a URI such as file:/run/pin")]
    PinSource,
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn read(uri: &str) -> Pkcs11Uri {
        uri.parse().unwrap()
    }

    #[test]
    fn every_attribute_is_read() {
        let uri = read(
            "pkcs11:token=The%20Software%20PKCS%2311%20Softtoken;manufacturer=Snake%20Oil,%20Inc.;model=1.0;serial=a/b&c;\
             object=M%C3%BCller;type=private;id=%00%fF1;slot-id=327?module-path=/usr/lib/libhsm.so&pin-source=/run/my%20pin",
        );
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            uri,
            Pkcs11Uri {
                token: text("The Software PKCS#11 Softtoken"),
                serial: text("a/b&c"),
                manufacturer: text("Snake Oil, Inc."),
                model: text("1.0"),
                slot_id: Some(327),
                object: text("Müller"),
                id: Some(vec![0, 0xFF, b'1']),
                pin_source: Some("/run/my pin".into()),
                module_path: Some("/usr/lib/libhsm.so".into()),
            }
        );
        assert_eq!(read("pkcs11:").token, None);
        assert_eq!(read("pkcs11:?module-path=hsm.so").module_path(), Some(Path::new("hsm.so")));
    }

    #[test]
    fn where_the_pin_and_the_module_are_may_be_said_before_the_question_mark() {
        let uri = read("pkcs11:token=acme;object=vendor;pin-source=file:/run/pin;module-path=/usr/lib/libhsm.so");
        assert_eq!(uri, read("pkcs11:object=vendor;token=acme?module-path=/usr/lib/libhsm.so&pin-source=/run/pin"));
    }

    #[test]
    fn a_module_is_added_only_where_none_is_named() {
        assert_eq!(read("pkcs11:").or_module("a.so").module_path(), Some(Path::new("a.so")));
        assert_eq!(read("pkcs11:module-path=b.so").or_module("a.so").module_path(), Some(Path::new("b.so")));
    }

    #[test]
    fn a_pin_source_is_a_path_or_a_file_uri() {
        for (source, path) in [
            ("/run/pin", "/run/pin"),
            ("pin", "pin"),
            ("C:/pin", "C:/pin"),
            ("file:/run/pin", "/run/pin"),
            ("file:pin", "pin"),
            ("file:///run/pin", "/run/pin"),
            ("file://localhost/run/pin", "/run/pin"),
        ] {
            assert_eq!(read(&format!("pkcs11:?pin-source={source}")).pin_source(), Some(Path::new(path)), "{source}");
        }
        for source in [
            "%7C/usr/bin/pin",
            "|/usr/bin/pin",
            "https://acme.test/pin",
            "env:PIN",
            "file:",
            "file://host/pin",
            "file://",
        ] {
            let refused = format!("pkcs11:?pin-source={source}").parse::<Pkcs11Uri>();
            assert_eq!(refused, Err(Pkcs11UriError::PinSource), "{source}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused_by_name() {
        let name = |name: &str| name.to_owned();
        for (uri, why) in [
            ("pkcs12:token=acme", Pkcs11UriError::NotPkcs11),
            ("pkcs11:token=acme;pin-value=271828", Pkcs11UriError::PinValue),
            ("pkcs11:token=acme?pin-value=271828", Pkcs11UriError::PinValue),
            ("pkcs11:token=acme;271828", Pkcs11UriError::NoName),
            ("pkcs11:token=acme;", Pkcs11UriError::NoName),
            ("pkcs11:token=acme?", Pkcs11UriError::NoName),
            ("pkcs11:Token=acme", Pkcs11UriError::Unknown { name: name("Token") }),
            ("pkcs11:x-acme=1", Pkcs11UriError::Unknown { name: name("x-acme") }),
            ("pkcs11:token=acme?module-name=hsm", Pkcs11UriError::Unknown { name: name("module-name") }),
            ("pkcs11:?token=acme", Pkcs11UriError::AfterQuestionMark { name: name("token") }),
            ("pkcs11:token=acme;object=a;token=acme", Pkcs11UriError::Repeated { name: "token" }),
            ("pkcs11:pin-source=a?pin-source=a", Pkcs11UriError::Repeated { name: "pin-source" }),
            ("pkcs11:token=", Pkcs11UriError::Empty { name: "token" }),
            ("pkcs11:?module-path=", Pkcs11UriError::Empty { name: "module-path" }),
            ("pkcs11:token=acme%2", Pkcs11UriError::Percent { name: "token" }),
            ("pkcs11:token=acme%2g", Pkcs11UriError::Percent { name: "token" }),
            ("pkcs11:token=acme%+1", Pkcs11UriError::Percent { name: "token" }),
            ("pkcs11:token=%aü", Pkcs11UriError::Percent { name: "token" }),
            ("pkcs11:object=%FF", Pkcs11UriError::NotText { name: "object" }),
            ("pkcs11:slot-id=0x1", Pkcs11UriError::NotANumber { name: "slot-id" }),
            ("pkcs11:slot-id=+1", Pkcs11UriError::NotANumber { name: "slot-id" }),
            ("pkcs11:slot-id=18446744073709551616", Pkcs11UriError::NotANumber { name: "slot-id" }),
            ("pkcs11:type=cert", Pkcs11UriError::NotPrivate),
        ] {
            assert_eq!(uri.parse::<Pkcs11Uri>().as_ref(), Err(&why), "{uri}");
            assert!(!why.to_string().contains("271828") && !format!("{why:?}").contains("271828"), "{why:?}");
        }
    }

    #[test]
    fn a_character_to_be_encoded_is_named_with_its_encoding() {
        for (uri, name, character, written) in [
            ("pkcs11:token=Acme Ltd", "token", ' ', "%20"),
            ("pkcs11:object=Müller", "object", 'ü', "%C3%BC"),
            ("pkcs11:token=a?pin-source=/run/pin;object=b", "pin-source", ';', "%3B"),
            ("pkcs11:token=a#b", "token", '#', "%23"),
        ] {
            let why = Pkcs11UriError::Character { name, character, written: written.to_owned() };
            assert_eq!(uri.parse::<Pkcs11Uri>(), Err(why), "{uri}");
        }
    }

    #[test]
    fn a_pin_is_the_first_line_of_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pin");
        let pin = |contents: &[u8]| {
            std::fs::write(&file, contents).unwrap();
            pin_in(&file).map(|pin| pin.to_vec())
        };
        for contents in ["271828", "271828\n", "271828\r\nmore\n"] {
            assert_eq!(pin(contents.as_bytes()).unwrap(), b"271828");
        }
        assert_eq!(pin(b"p\xFFn \n").unwrap(), b"p\xFFn ");
        for contents in [vec![], b"\n271828".to_vec(), vec![b'1'; 5000]] {
            assert!(matches!(pin(&contents), Err(Pkcs11Error::NoPinInSource { .. })), "{}", contents.len());
        }
        let missing = folder.path().join("missing");
        assert!(matches!(pin_in(&missing), Err(Pkcs11Error::PinSource { path, .. }) if path == missing));
        assert!(matches!(pin_in(folder.path()), Err(Pkcs11Error::PinSource { .. })));
    }
}
