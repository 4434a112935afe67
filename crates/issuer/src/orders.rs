//! Orders as text: one on each line, of CSV or of JSON.
//!
//! ```text
//! id,offer,seats,licensee,customer              {"id": "PO-1", "offer": "pro-annual", "seats": 25, "customer": "acme"}
//! PO-1,pro-annual,25,Acme Ltd,acme              {"id": "PO-2", "offer": "pro-trial"}
//! PO-2,pro-trial,,,
//! ```
//!
//! An order is an offer, or a product and its edition, or a license on record that it `renews` or `reissues`; and what
//! differs. Its names are those of [`NAMES`]. What is left out, empty in CSV or `null` in JSON is as in the catalogue.
//!
//! | name | CSV | JSON |
//! |---|---|---|
//! | `seats`, `activations` | `25`, `unlimited` | also a number |
//! | `features` | codes with spaces between them, or `none` | also a list of codes |
//! | `limits` | `projects=50 builds=none` | also an object, `null` for none |
//! | `term` | `30d`, `12m`, `1y`, `perpetual` | the same |
//! | days | `2026-12-31` | the same |
//! | all else | text | the same, or a number where it is one |

mod cells;
mod error;
mod fields;
mod node;
mod placing;

pub use error::OrderError;
pub use fields::NAMES;

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Read};

use crate::policy::Order;
use cells::cells;
use node::{Node, Pairs};

/// How orders are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrdersFormat {
    /// Names in the first line, an order on each of the others (RFC 4180, but that no value has a line break in it, and
    /// that semicolons may take the place of the commas).
    Csv,
    /// A JSON object on each line.
    Jsonl,
}

/// Reads orders, one at a time, whatever is wrong with those before.
///
/// ```
/// use keyward_issuer::orders::{Orders, OrdersFormat};
///
/// let text = "id,offer,seats\nPO-1,pro-annual,25\nPO-2,pro-annual,many\n";
/// let orders: Vec<_> = Orders::new(text.as_bytes(), Some(OrdersFormat::Csv)).collect::<Result<_, _>>()?;
/// assert_eq!(orders[0].id.as_deref(), Some("PO-1"));
/// assert_eq!(orders[1].line, 3);
/// assert_eq!(orders[1].order.as_ref().unwrap_err().to_string(), "seats: expected a whole number, or unlimited");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Orders<R> {
    reader: BufReader<R>,
    format: Option<OrdersFormat>,
    /// The names in the first line of CSV.
    columns: Option<Columns>,
    line: u64,
    bytes: u64,
    ended: bool,
}

/// How the lines of CSV are read.
#[derive(Debug)]
struct Columns {
    separator: Separator,
    names: Vec<&'static str>,
}

/// What is between the cells of CSV.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Separator {
    Comma,
    Semicolon,
}

/// What a line is.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct OrderLine {
    /// Its number, from 1.
    pub line: u64,
    /// How many bytes there are up to its end.
    pub bytes: u64,
    /// The order's id, as far as it could be read.
    pub id: Option<String>,
    /// The order, or why it is none. With a new serial, where it says none.
    pub order: Result<Box<Order>, OrderError>,
}

/// More than any order: what is longer is none, and is passed over.
const MOST_BYTES: usize = 1 << 16;

impl<R: Read> Orders<R> {
    /// Orders in that format; without one, the first line tells.
    pub fn new(reader: R, format: Option<OrdersFormat>) -> Orders<R> {
        Orders {
            reader: BufReader::with_capacity(1 << 16, reader),
            format,
            columns: None,
            line: 0,
            bytes: 0,
            ended: false,
        }
    }

    /// Whether the next order may have to be waited for.
    pub fn may_wait(&self) -> bool {
        !self.reader.buffer().contains(&b'\n')
    }

    /// The next line that has something in it; `None` at the end.
    fn next_line(&mut self) -> io::Result<Option<Result<String, OrderError>>> {
        loop {
            let mut line = Vec::new();
            let most = u64::try_from(MOST_BYTES).unwrap_or(u64::MAX);
            let read = (&mut self.reader).take(most).read_until(b'\n', &mut line)?;
            if read == 0 {
                return Ok(None);
            }
            let mut bytes = read;
            let too_long = read == MOST_BYTES && !line.ends_with(b"\n");
            if too_long {
                bytes = bytes.saturating_add(self.reader.skip_until(b'\n')?);
            }
            self.line = self.line.saturating_add(1);
            self.bytes = self.bytes.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
            if too_long {
                return Ok(Some(Err(OrderError::TooLong)));
            }
            let Ok(text) = String::from_utf8(line) else { return Ok(Some(Err(OrderError::NotUtf8))) };
            // Editors on Windows begin files with a mark.
            let text = if self.line == 1 { text.trim_start_matches('\u{FEFF}') } else { &text };
            if !text.trim().is_empty() {
                return Ok(Some(Ok(text.trim_end_matches(['\n', '\r']).to_owned())));
            }
        }
    }

    fn pairs(&mut self, text: &str) -> Result<Option<Pairs>, OrderError> {
        let begins = || if text.trim_start().starts_with('{') { OrdersFormat::Jsonl } else { OrdersFormat::Csv };
        match *self.format.get_or_insert_with(begins) {
            OrdersFormat::Jsonl => serde_json::from_str(text).map(Some).map_err(|error| OrderError::from_json(&error)),
            OrdersFormat::Csv => {
                let Some(columns) = &self.columns else {
                    let separator = fields::separator(text);
                    let names = fields::columns(cells(text, separator)?)?;
                    self.columns = Some(Columns { separator, names });
                    return Ok(None);
                };
                let cells = cells(text, columns.separator)?;
                if cells.len() != columns.names.len() {
                    return Err(OrderError::Cells { found: cells.len(), expected: columns.names.len() });
                }
                let filled = columns.names.iter().zip(cells).filter(|(_, cell)| !cell.is_empty());
                Ok(Some(Pairs(filled.map(|(name, cell)| (Cow::Borrowed(*name), Node::Text(cell))).collect())))
            }
        }
    }
}

impl<R: Read> Iterator for Orders<R> {
    type Item = io::Result<OrderLine>;

    fn next(&mut self) -> Option<io::Result<OrderLine>> {
        while !self.ended {
            let pairs = match self.next_line() {
                Err(error) => return Some(Err(error)),
                Ok(None) => return None,
                Ok(Some(text)) => text.and_then(|text| self.pairs(&text)),
            };
            let (line, bytes) = (self.line, self.bytes);
            match pairs {
                Ok(None) => {}
                Ok(Some(pairs)) => {
                    let (id, order) = placing::order(pairs);
                    return Some(Ok(OrderLine { line, bytes, id, order }));
                }
                Err(error) => {
                    // Without names of the columns, no line can be read.
                    self.ended = self.format == Some(OrdersFormat::Csv) && self.columns.is_none();
                    return Some(Ok(OrderLine { line, bytes, id: None, order: Err(error) }));
                }
            }
        }
        None
    }
}
