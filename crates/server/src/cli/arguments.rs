use std::ffi::OsString;

use clap::Parser;
use keyward_issuer::terminal_safe_text;

use crate::cli::Cli;
use crate::io::failure::usage;

/// Parses the arguments.
///
/// Like clap, this ends the process after help and after a wrong argument. clap's messages repeat the argument, and are often
/// kept in logs: an argument with a password is refused with a message that does not repeat it.
pub fn parse(arguments: &[OsString]) -> anyhow::Result<Cli> {
    let texts: Vec<_> = arguments.iter().map(|argument| argument.to_string_lossy()).collect();
    if let Some(argument) = texts.iter().find(|text| terminal_safe_text(text) != **text && !has_login(text)) {
        let argument = terminal_safe_text(argument);
        return Err(usage(format!("the argument {argument} has a character that can't be seen: write it without")));
    }
    Cli::try_parse_from(arguments).map_err(|error| {
        if error.use_stderr() && texts.iter().any(|text| has_login(text)) {
            return usage("an argument is not as expected, and none is shown, because one has a login: see --help");
        }
        error.exit()
    })
}

/// Whether a text has the form `SCHEME://USER:PASSWORD@…`.
fn has_login(text: &str) -> bool {
    text.split_once("://").is_some_and(|(_, rest)| rest.contains('@'))
}
