//! Any bytes as a file of orders, CSV or JSON lines.
#![no_main]

use keyward_core::Serial;
use keyward_issuer::order::{Order, OrderError, OrderFormat, OrderLine, OrderReader};
use libfuzzer_sys::fuzz_target;

const JSONL: Option<OrderFormat> = Some(OrderFormat::Jsonl);
/// The longest line that is read.
const MAX_BYTES: usize = 1 << 16;
/// A line that is not an order in either format, and not a line of column names.
const BROKEN: &[u8] = b"\"a\"{broken\n";

fuzz_target!(|data: &[u8]| {
    let input = with_long_lines(data);
    // This takes long, so it is tried once.
    let formats = if input.len() > data.len() { 1 } else { 3 };
    for format in [None, Some(OrderFormat::Csv), JSONL].into_iter().take(formats) {
        let told = told(&input, format);
        each_line_once(&input, format, &told);
        a_broken_line_changes_nothing_else(&input, format, &told);
    }
});

/// Each of the first two bytes of value 1 is replaced by many bytes, so that short inputs contain lines that are too long.
fn with_long_lines(data: &[u8]) -> Vec<u8> {
    let mut pieces = data.splitn(3, |byte| *byte == 1);
    let mut input = pieces.next().unwrap_or_default().to_vec();
    for piece in pieces {
        input.resize(input.len() + MAX_BYTES / 2, b'x');
        input.extend(piece);
    }
    input
}

fn told(input: &[u8], format: Option<OrderFormat>) -> Vec<OrderLine> {
    OrderReader::new(input, format).map(|line| line.expect("bytes at hand are read")).collect()
}

/// The numbers of the lines that are not empty.
fn lines(input: &[u8]) -> Vec<(u64, u64, &[u8])> {
    let mut bytes = 0;
    let with_ends = (1..).zip(input.split_inclusive(|byte| *byte == b'\n')).map(|(number, line)| {
        bytes += line.len() as u64;
        (number, bytes, line)
    });
    with_ends.filter(|(number, _, line)| !is_blank(line, *number)).collect()
}

fn is_blank(line: &[u8], number: u64) -> bool {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.len() <= MAX_BYTES
        && str::from_utf8(line).is_ok_and(|text| {
            let text = if number == 1 { text.trim_start_matches('\u{FEFF}') } else { text };
            text.trim().is_empty()
        })
}

/// Whether a line has separators and empty values alone: such a row of CSV is passed over.
fn has_no_value(line: &[u8]) -> bool {
    str::from_utf8(line).is_ok_and(|text| text.chars().all(|char| char.is_whitespace() || ",;\"".contains(char)))
}

fn each_line_once(input: &[u8], format: Option<OrderFormat>, told: &[OrderLine]) {
    let lines = lines(input);
    let mut left = lines.iter();
    let mut passed_over = 0;
    // The last line of a value with line breaks.
    let mut belongs = 0;
    for line in told {
        let until = belongs;
        let counts = |number: u64, text: &[u8]| usize::from(number > until && !has_no_value(text));
        let (number, bytes, text) = left
            .by_ref()
            .inspect(|(number, _, text)| passed_over += counts(*number, text))
            .find(|(number, ..)| *number == line.line)
            .expect("a line that is there, told once and in order");
        passed_over -= counts(*number, text);
        assert_eq!(line.bytes, *bytes, "the bytes up to its end");
        let said = match &line.order {
            Ok(order) => {
                let reference = order.reference.as_ref().expect("an order from a file has an id");
                assert_eq!(Some(&reference.id), line.id.as_ref());
                assert!(!reference.id.trim().is_empty());
                continue;
            }
            Err(error) => {
                match error {
                    OrderError::TooLong => assert!(text.len() > MAX_BYTES - 1),
                    OrderError::NotUtf8 => assert!(str::from_utf8(text).is_err()),
                    OrderError::LineBreak { through } => {
                        assert!(*through > line.line);
                        belongs = *through;
                    }
                    _ => {}
                }
                error.to_string()
            }
        };
        assert!(said.len() < 1000, "an error of any length: {said}");
    }
    // The column names in the first line of CSV are not an order, and without them no order can be read.
    let without_names = format != JSONL && told.iter().all(|line| line.order.is_err());
    // A file in another encoding is refused whole.
    let is_utf16 = told.iter().any(|line| line.order.as_ref().err() == Some(&OrderError::Utf16));
    assert!(passed_over <= usize::from(format != JSONL), "{passed_over} lines passed over");
    assert!(
        left.all(|(number, _, text)| *number <= belongs || has_no_value(text)) || without_names || is_utf16,
        "a line that was not told"
    );
}

/// If an invalid line is inserted after any line except the first, it is reported, and all other lines have the same
/// result. All quotes have to be closed.
fn a_broken_line_changes_nothing_else(input: &[u8], format: Option<OrderFormat>, told_before: &[OrderLine]) {
    let lines = lines(input);
    let Some((_, after, _)) = lines.get(lines.len() / 2).filter(|(.., line)| line.ends_with(b"\n")) else { return };
    let Some((first, ..)) = lines.first() else { return };
    // The rest of a file without column names is not read, and an unreadable first line does not show the format.
    if told_before.first().is_some_and(|told| told.line == *first && told.order.is_err() && format != JSONL) {
        return;
    }
    // Within quotes, the inserted line is a part of the quoted value.
    let quotes = |line: &OrderLine| {
        matches!(line.order, Err(OrderError::MisplacedQuote | OrderError::LineBreak { .. } | OrderError::Utf16))
    };
    if told_before.iter().any(quotes) {
        return;
    }
    let (before, rest) = input.split_at(*after as usize);
    let broken: Vec<OrderLine> = told(&[before, BROKEN, rest].concat(), format);
    let number = before.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;

    let (this, others): (Vec<_>, Vec<_>) = broken.into_iter().partition(|line| line.line == number);
    assert_eq!(this.len(), 1, "the broken line is told once");
    assert!(this[0].order.is_err());
    assert_eq!(others.len(), told_before.len(), "and no other is lost or told twice");
    for (other, before) in others.iter().zip(told_before) {
        let (lines, bytes) = if other.line > number { (1, BROKEN.len() as u64) } else { (0, 0) };
        assert_eq!((other.line - lines, other.bytes - bytes), (before.line, before.bytes));
        assert_eq!(other.id, before.id);
        assert_eq!(comparable(other), comparable(before));
    }
}

/// An order without a serial gets another random serial each time.
fn comparable(line: &OrderLine) -> Result<Order, &OrderError> {
    let mut order = line.order.as_ref()?.as_ref().clone();
    order.serial = Serial::from_bytes([0; 8]);
    Ok(order)
}
