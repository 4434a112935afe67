use std::io::Write;

/// Where a command writes. What it was asked for goes to `data`, everything else to `messages`.
pub struct Streams<'a> {
    pub data: &'a mut dyn Write,
    pub messages: &'a mut dyn Write,
}
