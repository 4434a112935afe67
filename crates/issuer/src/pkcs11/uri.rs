mod attributes;
mod error;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use zeroize::Zeroizing;

use super::Pkcs11Error;
use attributes::Attributes;
pub use error::Pkcs11UriError;

/// The location of a signing key: a PKCS#11 URI (RFC 7512), such as
/// `pkcs11:token=acme;object=vendor?pin-source=file:/run/pin&module-path=/usr/lib/softhsm/libsofthsm2.so`.
///
/// | attribute | names |
/// |---|---|
/// | `token`, `serial`, `manufacturer`, `model`, `slot-id` | the token, by any of them |
/// | `object`, `id` | the private key, by its label, by its id, or by both |
/// | `type` | only `private` is allowed |
/// | `pin-source` | the file with the PIN in its first line, as a path or a `file:` URI |
/// | `module-path` | the module, a library that comes with the HSM. The system looks up a name without `/` |
///
/// The last two come after `?`, with `&` between them, or before it like the others, as many programs write them. Characters
/// other than letters, digits and `-._~:[]@!$'()*+,=/` are percent-encoded, such as `%20`.
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
    /// The same URI with this module, if it has none.
    #[must_use]
    pub fn or_module_path(mut self, path: impl Into<PathBuf>) -> Pkcs11Uri {
        self.module_path.get_or_insert_with(|| path.into());
        self
    }

    /// The module of the HSM.
    pub fn module_path(&self) -> Option<&Path> {
        self.module_path.as_deref()
    }

    /// The file with the PIN in its first line.
    pub fn pin_source(&self) -> Option<&Path> {
        self.pin_source.as_deref()
    }

    /// The PIN from the file of `pin-source`, if the URI has one.
    ///
    /// # Errors
    ///
    /// A file that can't be read, or has no PIN in its first line.
    pub fn pin(&self) -> Result<Option<Zeroizing<Vec<u8>>>, Pkcs11Error> {
        self.pin_source.as_deref().map(pin_in).transpose()
    }
}

fn pin_in(path: &Path) -> Result<Zeroizing<Vec<u8>>, Pkcs11Error> {
    /// More than any PIN has. The vector has this length from the beginning: one that grows leaves copies that are not wiped.
    const MAX_BYTES: usize = 4096;
    let unreadable = |source| Pkcs11Error::PinSource { path: path.to_owned(), source };
    let mut bytes = Zeroizing::new(vec![0; MAX_BYTES]);
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
    if first_line.is_empty() || first_line.len() == MAX_BYTES {
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

/// The file of `pin-source`, from a path or a `file:` URI.
fn pin_file(source: &str) -> Result<PathBuf, Pkcs11UriError> {
    if let Some(file) = source.strip_prefix("file:") {
        let path = match file.strip_prefix("//") {
            Some(with_host) => with_host.strip_prefix("localhost").unwrap_or(with_host),
            None => file,
        };
        let is_elsewhere = file.starts_with("//") && !path.starts_with('/');
        return if path.is_empty() || is_elsewhere { Err(Pkcs11UriError::PinSource) } else { Ok(path.into()) };
    }
    // A bar precedes a program, and a colon follows another scheme. One letter before a colon is a drive.
    let is_scheme = |name: &str| name.len() > 1 && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if source.starts_with('|') || source.split_once(':').is_some_and(|(name, _)| is_scheme(name)) {
        return Err(Pkcs11UriError::PinSource);
    }
    Ok(source.into())
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
    fn pin_source_and_module_path_may_come_before_the_question_mark() {
        let uri = read("pkcs11:token=acme;object=vendor;pin-source=file:/run/pin;module-path=/usr/lib/libhsm.so");
        assert_eq!(uri, read("pkcs11:object=vendor;token=acme?module-path=/usr/lib/libhsm.so&pin-source=/run/pin"));
    }

    #[test]
    fn a_module_is_added_only_to_a_uri_without_one() {
        assert_eq!(read("pkcs11:").or_module_path("a.so").module_path(), Some(Path::new("a.so")));
        assert_eq!(read("pkcs11:module-path=b.so").or_module_path("a.so").module_path(), Some(Path::new("b.so")));
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
    fn an_invalid_uri_is_refused_with_the_name_of_the_attribute() {
        let name = |name: &str| name.to_owned();
        for (uri, error) in [
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
            assert_eq!(uri.parse::<Pkcs11Uri>().as_ref(), Err(&error), "{uri}");
            assert!(!error.to_string().contains("271828") && !format!("{error:?}").contains("271828"), "{error:?}");
        }
    }

    #[test]
    fn a_character_that_must_be_encoded_is_named_with_its_encoding() {
        for (uri, name, character, encoded) in [
            ("pkcs11:token=Acme Ltd", "token", ' ', "%20"),
            ("pkcs11:object=Müller", "object", 'ü', "%C3%BC"),
            ("pkcs11:token=a?pin-source=/run/pin;object=b", "pin-source", ';', "%3B"),
            ("pkcs11:token=a#b", "token", '#', "%23"),
        ] {
            let error = Pkcs11UriError::Character { name, character, encoded: encoded.to_owned() };
            assert_eq!(uri.parse::<Pkcs11Uri>(), Err(error), "{uri}");
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
