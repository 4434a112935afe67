use std::io::{self, Read};

use super::csv::{Columns, Separator};
use super::json;
use super::lines::{Line, Lines};
use super::value::Pairs;
use super::{Order, OrderError};

/// The format of a file of orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderFormat {
    /// Names in the first line, an order on each of the others (RFC 4180, with two differences: no value has a line break in
    /// it, and semicolons or tabs may take the place of the commas). Lines without any value are passed over.
    Csv,
    /// A JSON object on each line.
    Jsonl,
}

/// Reads a file of orders, one at a time. Each has an id of its own. An order that can't be read spoils no other.
///
/// ```
/// use keyward_issuer::order::{OrderReader, OrderFormat};
///
/// let text = "id,offer,seats\nPO-1,pro-annual,25\nPO-2,pro-annual,many\n";
/// let orders: Vec<_> = OrderReader::new(text.as_bytes(), Some(OrderFormat::Csv)).collect::<Result<_, _>>()?;
/// assert_eq!(orders[0].id.as_deref(), Some("PO-1"));
/// assert_eq!(orders[1].line, 3);
/// assert_eq!(orders[1].order.as_ref().unwrap_err().to_string(), "seats: expected a whole number from 1 to 4294967295, or unlimited");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct OrderReader<R> {
    lines: Lines<R>,
    format: Option<OrderFormat>,
    /// The names in the first line of CSV.
    columns: Option<Columns>,
    /// The separator that a line before the names declares.
    separator: Option<Separator>,
    ended: bool,
}

/// A line of a file of orders.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct OrderLine {
    /// Its number, from 1.
    pub line: u64,
    /// The length of the file up to its end, in bytes.
    pub bytes: u64,
    /// The order's id, as far as it can be read.
    pub id: Option<String>,
    /// The order, or the reason why it can't be read.
    pub order: Result<Box<Order>, OrderError>,
}

impl<R: Read> OrderReader<R> {
    /// OrderReader in that format; without one, the first line tells.
    pub fn new(reader: R, format: Option<OrderFormat>) -> OrderReader<R> {
        OrderReader { lines: Lines::new(reader), format, columns: None, separator: None, ended: false }
    }

    /// Whether the next order may have to be waited for.
    pub fn may_wait(&self) -> bool {
        self.lines.may_wait()
    }

    fn pairs(&mut self, text: &str) -> Result<Option<Pairs>, OrderError> {
        let begins = || if text.trim_start().starts_with('{') { OrderFormat::Jsonl } else { OrderFormat::Csv };
        match (*self.format.get_or_insert_with(begins), &mut self.columns) {
            (OrderFormat::Jsonl, _) => {
                serde_json::from_str(text).map(Some).map_err(|error| OrderError::from_json(&error))
            }
            (OrderFormat::Csv, Some(columns)) => columns.pairs(text),
            (OrderFormat::Csv, columns) => {
                if self.separator.is_none() {
                    self.separator = Separator::declared(text);
                    if self.separator.is_some() {
                        return Ok(None);
                    }
                }
                let columns = columns.insert(Columns::read(text, self.separator)?);
                self.lines.are_cells(columns.separator());
                Ok(None)
            }
        }
    }
}

impl<R: Read> Iterator for OrderReader<R> {
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
                    let id = json::id(&pairs);
                    // Without an id, an order that is read twice would be issued twice.
                    let named = |order: Order| {
                        if order.reference.is_some() { Ok(Box::new(order)) } else { Err(OrderError::NoId) }
                    };
                    let order = Order::from_pairs(pairs).and_then(named);
                    return Some(Ok(OrderLine { line, bytes, id, order }));
                }
                Err(error) => {
                    // Without names of the columns, no line can be read.
                    let is_without_columns = self.format == Some(OrderFormat::Csv) && self.columns.is_none();
                    self.ended = is_without_columns || error == OrderError::Utf16;
                    return Some(Ok(OrderLine { line, bytes, id: None, order: Err(error) }));
                }
            }
        }
        None
    }
}
