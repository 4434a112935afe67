use std::fmt;
use std::io::{self, Write};

use clap::builder::styling::{AnsiColor, Style};
use keyward_issuer::terminal_safe_text;

use crate::exit::Exit;

/// A wrong use of the program.
#[derive(Debug)]
struct Usage(String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// An error that ends the program with [`Exit::USAGE`].
pub fn usage(message: impl Into<String>) -> anyhow::Error {
    Usage(message.into()).into()
}

/// Reports an error; returns how the program ends.
pub fn report(error: &anyhow::Error, messages: &mut dyn Write) -> Exit {
    // The reader has read enough: `keyward-server ledger verify | head`.
    if error.chain().any(is_broken_pipe) {
        return Exit::FAILURE;
    }
    report_one(&with_causes(error), messages);
    if error.is::<Usage>() {
        let _ = writeln!(messages, "\nFor more information, try '--help'.");
        return Exit::USAGE;
    }
    Exit::FAILURE
}

/// The error with its causes. Some errors already have their cause in their message.
fn with_causes(error: &anyhow::Error) -> String {
    error.chain().skip(1).fold(error.to_string(), |text, cause| {
        let cause = cause.to_string();
        if text.ends_with(&cause) { text } else { format!("{text}: {cause}") }
    })
}

/// Reports an error in one line.
pub fn report_one(error: &str, messages: &mut dyn Write) {
    let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
    // If this can't be written, the error can't be reported.
    let _ = writeln!(messages, "{red}error:{red:#} {}", terminal_safe_text(error));
}

fn is_broken_pipe(cause: &(dyn std::error::Error + 'static)) -> bool {
    cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_line_and_says_each_cause_once() {
        let cause = io::Error::other("no room\u{7}");
        let error = anyhow::Error::from(cause).context("the database can't be written: no room\u{7}").context("a.db");
        let mut messages = Vec::new();
        assert_eq!(report(&error, &mut messages), Exit::FAILURE);
        let shown = anstream::adapter::strip_bytes(&messages).into_vec();
        assert_eq!(String::from_utf8_lossy(&shown), "error: a.db: the database can't be written: no room\\u{7}\n");
    }
}
