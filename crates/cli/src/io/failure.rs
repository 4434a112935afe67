use std::fmt;
use std::io::{self, Write};

use clap::builder::styling::{AnsiColor, Style};
use keyward_verifier::files::FileError;

use crate::exit::Exit;
use crate::words::harmless;

/// A wrong use of the command.
#[derive(Debug)]
pub struct Usage(pub String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// An error that ends the command with [`Exit::USAGE`].
pub fn usage(message: impl Into<String>) -> anyhow::Error {
    Usage(message.into()).into()
}

/// Reports an error; returns how the command ends.
pub fn report(error: &anyhow::Error, messages: &mut dyn Write) -> Exit {
    // The reader has read enough: `keyward man | head`. Success would mean that a license is usable.
    if error.chain().any(is_broken_pipe) {
        return Exit::FAILURE;
    }
    let causes: Vec<String> = error.chain().map(|cause| cause.to_string()).collect();
    report_each([causes.join(": ").as_str()], messages);
    if error.is::<Usage>() {
        let _ = writeln!(messages, "\nFor more information, try '--help'.");
        return Exit::USAGE;
    }
    Exit::FAILURE
}

/// Reports the refusal of a signed file, and returns its exit code. Any other error is returned.
pub fn refused_file(error: anyhow::Error, messages: &mut dyn Write) -> anyhow::Result<Exit> {
    let Some(outcome) = error.downcast_ref().map(FileError::outcome) else { return Err(error) };
    report(&error, messages);
    Ok(outcome.into())
}

/// Reports several errors, one a line.
pub fn report_each<'a>(errors: impl IntoIterator<Item = &'a str>, messages: &mut dyn Write) {
    let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
    for error in errors {
        // If this can't be written, the error can't be reported.
        let _ = writeln!(messages, "{red}error:{red:#} {}", harmless(error));
    }
}

fn is_broken_pipe(cause: &(dyn std::error::Error + 'static)) -> bool {
    cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_line_with_its_causes() {
        let error = anyhow::Error::from(io::Error::other("no room\u{7}")).context("a.key can't be written");
        let mut messages = Vec::new();
        assert_eq!(report(&error, &mut messages), Exit::FAILURE);
        let shown = anstream::adapter::strip_bytes(&messages).into_vec();
        assert_eq!(String::from_utf8_lossy(&shown), "error: a.key can't be written: no room\\u{7}\n");
    }
}
