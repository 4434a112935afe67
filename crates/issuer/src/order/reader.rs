use std::io::{self, Read};

use super::csv::{Columns, Separator};
use super::json;
use super::lines::{Line, LineReader};
use super::value::Pairs;
use super::{Order, OrderError};

/// The format of a file of orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderFormat {
    /// Fields in the first line, and an order on each line after it (RFC 4180, with two differences: values have no line
    /// breaks, and semicolons or tabs may replace the commas). Lines without values are skipped.
    Csv,
    /// A JSON object on each line.
    Jsonl,
}

/// Reads a file of orders, one at a time. Each order has a unique id. An invalid order affects no other.
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
    lines: LineReader<R>,
    format: Option<OrderFormat>,
    /// The first line of CSV.
    columns: Option<Columns>,
    /// The separator that a line before the fields declares.
    separator: Option<Separator>,
    ended: bool,
}

/// A line of a file of orders.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct OrderLine {
    /// The number of the line, from 1.
    pub line: u64,
    /// The length of the file up to the end of the line, in bytes.
    pub bytes: u64,
    /// The id of the order, if it could be read.
    pub id: Option<String>,
    /// The order, or why it can't be read.
    pub order: Result<Box<Order>, OrderError>,
}

impl<R: Read> OrderReader<R> {
    /// A reader of orders in this format; with `None`, the first line shows the format.
    pub fn new(reader: R, format: Option<OrderFormat>) -> OrderReader<R> {
        OrderReader { lines: LineReader::new(reader), format, columns: None, separator: None, ended: false }
    }

    /// Whether reading the next order may wait for more input.
    pub fn may_block(&self) -> bool {
        self.lines.may_block()
    }

    fn pairs(&mut self, text: &str) -> Result<Option<Pairs>, OrderError> {
        let detected = || if text.trim_start().starts_with('{') { OrderFormat::Jsonl } else { OrderFormat::Csv };
        match (*self.format.get_or_insert_with(detected), &mut self.columns) {
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
                self.lines.set_separator(columns.separator());
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
                    // An order without an id would be issued each time the file is read.
                    let with_id = |order: Order| {
                        if order.reference.is_some() { Ok(Box::new(order)) } else { Err(OrderError::NoId) }
                    };
                    let order = Order::from_pairs(pairs).and_then(with_id);
                    return Some(Ok(OrderLine { line, bytes, id, order }));
                }
                Err(error) => {
                    // Without the columns, no line can be read.
                    let is_without_columns = self.format == Some(OrderFormat::Csv) && self.columns.is_none();
                    self.ended = is_without_columns || error == OrderError::Utf16;
                    return Some(Ok(OrderLine { line, bytes, id: None, order: Err(error) }));
                }
            }
        }
        None
    }
}
