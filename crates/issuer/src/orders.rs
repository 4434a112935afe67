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
mod lines;
mod node;
mod placing;

pub use error::OrderError;
pub use fields::NAMES;

use std::borrow::Cow;
use std::io::{self, Read};

use crate::policy::Order;
use cells::cells;
use lines::{Line, Lines};
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
    lines: Lines<R>,
    format: Option<OrdersFormat>,
    /// The names in the first line of CSV.
    columns: Option<Columns>,
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

impl Separator {
    const fn byte(self) -> u8 {
        match self {
            Separator::Comma => b',',
            Separator::Semicolon => b';',
        }
    }
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

impl<R: Read> Orders<R> {
    /// Orders in that format; without one, the first line tells.
    pub fn new(reader: R, format: Option<OrdersFormat>) -> Orders<R> {
        Orders { lines: Lines::new(reader), format, columns: None, ended: false }
    }

    /// Whether the next order may have to be waited for.
    pub fn may_wait(&self) -> bool {
        self.lines.may_wait()
    }

    fn pairs(&mut self, text: &str) -> Result<Option<Pairs>, OrderError> {
        let begins = || if text.trim_start().starts_with('{') { OrdersFormat::Jsonl } else { OrdersFormat::Csv };
        match *self.format.get_or_insert_with(begins) {
            OrdersFormat::Jsonl => serde_json::from_str(text).map(Some).map_err(|error| OrderError::from_json(&error)),
            OrdersFormat::Csv => {
                let Some(columns) = &self.columns else {
                    let separator = fields::separator(text);
                    let names = fields::columns(cells(text, separator)?)?;
                    self.lines.are_cells(separator);
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
            let Line { number: line, bytes, text, .. } = match self.lines.next() {
                Err(error) => return Some(Err(error)),
                Ok(None) => return None,
                Ok(Some(line)) => line,
            };
            let pairs = text.and_then(|text| self.pairs(&text));
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
