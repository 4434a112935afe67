//! Forms in which a license key or a signed file may arrive: from a mail, through a shell, in a configuration file.

/// A text in one of these forms.
pub struct Arrival {
    pub name: &'static str,
    pub bytes: Vec<u8>,
    pub loss: Loss,
}

/// The texts that can't be read in this form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Loss {
    /// Keys and files are read.
    Nothing,
    /// Keys are read, and files are not.
    Files,
    /// Neither keys nor files are read.
    Everything,
}

/// The text in each of the forms.
pub fn arrivals(text: &str) -> Vec<Arrival> {
    let text = text.trim();
    let quarter = text.len() / 4;
    let arrival = |name, bytes: Vec<u8>, loss| Arrival { name, bytes, loss };
    let as_text = |name, text: String, loss| Arrival { name, bytes: text.into_bytes(), loss };
    let utf16 = |order: fn(u16) -> [u8; 2], text: String| -> Vec<u8> { text.encode_utf16().flat_map(order).collect() };
    vec![
        as_text("as it was written", format!("{text}\n"), Loss::Nothing),
        as_text("behind a byte order mark", format!("\u{FEFF}{text}\n"), Loss::Nothing),
        as_text("among blank lines", format!("\r\n\r\n{text}\r\n\r\n"), Loss::Nothing),
        as_text("broken over lines", wrapped(text, 76, "\r\n"), Loss::Nothing),
        arrival(
            "in UTF-16, as PowerShell writes it",
            utf16(u16::to_le_bytes, format!("\u{FEFF}{text}\r\n")),
            Loss::Nothing,
        ),
        arrival("in UTF-16, the high byte first", utf16(u16::to_be_bytes, format!("\u{FEFF}{text}\n")), Loss::Nothing),
        arrival("in UTF-16 without a mark", utf16(u16::to_le_bytes, format!("{text}\n")), Loss::Nothing),
        as_text("behind two byte order marks", format!("\u{FEFF}\u{FEFF}{text}"), Loss::Files),
        as_text("in a mail", format!("Your license:\n\n{text}\n\nThank you!\n"), Loss::Files),
        as_text("quoted in a mail", format!("Kim wrote:\n> {}\n\nYes.", wrapped(text, 60, "\n> ")), Loss::Files),
        as_text("in HTML", format!("<p>Your license:<br>{}</p>", text.replace('"', "&quot;")), Loss::Files),
        as_text("in a file of settings", format!("LICENSE=\"{}\"", text.replace('"', "\\\"")), Loss::Files),
        as_text("with a line break that is spelled out", format!("{text}\\r\\n"), Loss::Files),
        as_text("with a comma behind it", format!("{text},"), Loss::Files),
        as_text("with U+0000 behind it", format!("{text}\0"), Loss::Files),
        as_text("in brackets", format!("[{text}]"), Loss::Files),
        as_text("behind a form feed", format!("\u{C}{text}"), Loss::Files),
        as_text("twice", format!("{text} {text}"), Loss::Files),
        as_text("in lower case", text.to_lowercase(), Loss::Files),
        arrival("behind a word in Latin-1", [b"Schl\xFCssel: ", text.as_bytes()].concat(), Loss::Files),
        as_text("cut off in the middle", text[..2 * quarter].to_owned(), Loss::Everything),
        as_text("without its last quarter", text[..3 * quarter].to_owned(), Loss::Everything),
        as_text("without its beginning", text[quarter..].to_owned(), Loss::Everything),
        as_text("with nothing left but its middle", text[quarter..3 * quarter].to_owned(), Loss::Everything),
        arrival(
            "in UTF-16 that was cut off",
            utf16(u16::to_le_bytes, text[..2 * quarter].to_owned()),
            Loss::Everything,
        ),
    ]
}

/// The text with a line break after every `width` characters.
fn wrapped(text: &str, width: usize, line_break: &str) -> String {
    let lines: Vec<String> = text.chars().collect::<Vec<_>>().chunks(width).map(|line| line.iter().collect()).collect();
    lines.join(line_break)
}
