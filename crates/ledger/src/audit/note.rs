//! Signed notes (<https://c2sp.org/signed-note>): a text, an empty line, and lines with signatures over the text.

use base64ct::{Base64, Encoding};

/// The longest note that is read.
const MAX_BYTES: usize = 64 << 10;

/// The most signatures that are read: a log has one, and each witness adds one.
const MAX_SIGNATURES: usize = 100;

/// The id of a key: names which key made a signature, and proves nothing.
pub(super) type KeyId = [u8; 4];

/// A note of the right form, of which nothing is verified.
pub(super) struct Note<'n> {
    /// The signed text, with the line break at its end.
    pub text: &'n str,
    signatures: Vec<NoteSignature<'n>>,
}

struct NoteSignature<'n> {
    name: &'n str,
    id: KeyId,
    bytes: Vec<u8>,
}

impl<'n> Note<'n> {
    pub fn parse(bytes: &'n [u8]) -> Result<Note<'n>, NoteError> {
        if bytes.len() > MAX_BYTES {
            return Err(NoteError::TooLong { bytes: bytes.len() });
        }
        let note = str::from_utf8(bytes).map_err(|_| NoteError::NotUtf8)?;
        for (line, number) in note.split('\n').zip(1..) {
            if line.chars().any(|character| character < ' ') {
                return Err(NoteError::ControlCharacter { line: number });
            }
        }
        let (before, lines) = note.rsplit_once("\n\n").ok_or(NoteError::NoEmptyLine)?;
        // The text has the first of the two line breaks.
        let text = note.get(..=before.len()).ok_or(NoteError::NoEmptyLine)?;
        let first_line = text.split('\n').count().saturating_add(1);
        if lines.is_empty() {
            return Err(NoteError::NoSignature);
        }
        let lines = lines.strip_suffix('\n').ok_or(NoteError::NoLineEnd)?;
        let mut signatures = Vec::new();
        for (line, number) in lines.split('\n').zip(first_line..) {
            if signatures.len() == MAX_SIGNATURES {
                return Err(NoteError::TooManySignatures);
            }
            signatures.push(NoteSignature::parse(line).ok_or(NoteError::SignatureLine { line: number })?);
        }
        Ok(Note { text, signatures })
    }

    /// The signatures by which this note names the key, in any number. All others are by keys that are not known here.
    pub fn signatures_of(&self, name: &str, id: KeyId) -> impl Iterator<Item = &[u8]> {
        let is_named = move |signature: &&NoteSignature<'_>| signature.name == name && signature.id == id;
        self.signatures.iter().filter(is_named).map(|signature| &signature.bytes[..])
    }
}

impl<'n> NoteSignature<'n> {
    fn parse(line: &'n str) -> Option<NoteSignature<'n>> {
        let (name, base64) = line.strip_prefix("— ")?.split_once(' ')?;
        if name.is_empty() || name.contains(|character: char| character.is_whitespace() || character == '+') {
            return None;
        }
        let decoded = Base64::decode_vec(base64).ok()?;
        let (id, bytes) = decoded.split_first_chunk()?;
        (!bytes.is_empty()).then(|| NoteSignature { name, id: *id, bytes: bytes.to_vec() })
    }
}

/// The line under a note with a signature of this key.
pub(super) fn signature_line(name: &str, id: KeyId, signature: &[u8; 64]) -> String {
    let bytes = [&id[..], signature].concat();
    format!("— {name} {}\n", Base64::encode_string(&bytes))
}

/// The reason why bytes are no signed note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteError {
    /// It is longer than any checkpoint.
    #[error("it has {bytes} bytes, and a checkpoint has 65,536 at most")]
    TooLong {
        /// The number of bytes.
        bytes: usize,
    },
    /// It is not in UTF-8.
    #[error("it is not in UTF-8")]
    NotUtf8,
    /// It has a control character, such as the carriage return in line breaks of Windows.
    #[error("line {line} has a control character: were the line breaks changed? They have to be U+000A alone")]
    ControlCharacter {
        /// The line, counted from 1.
        line: usize,
    },
    /// No empty line stands between text and signatures.
    #[error("it has no empty line between its text and its signatures")]
    NoEmptyLine,
    /// There is nothing after the empty line.
    #[error("no signature follows its last empty line")]
    NoSignature,
    /// The last line has no line break.
    #[error("its last line has no line break at the end: it was cut off")]
    NoLineEnd,
    /// A line after the empty line is no signature.
    #[error("line {line} is no signature: expected a dash (U+2014), the name of a key, and base64")]
    SignatureLine {
        /// The line, counted from 1.
        line: usize,
    },
    /// There are more than 100 signatures.
    #[error("it has more than 100 signatures")]
    TooManySignatures,
}
