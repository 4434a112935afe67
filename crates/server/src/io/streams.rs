use std::io::Write;

/// The outputs of the program: its result goes to `data`, everything else to `messages`.
pub struct Streams<'a> {
    pub data: &'a mut dyn Write,
    pub messages: &'a mut dyn Write,
}
