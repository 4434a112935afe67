use std::ffi::OsString;

use clap::Parser;

use crate::cli::Cli;
use crate::failure::usage;
use crate::secret::{has_pem, may_be_key};

/// The command that the arguments ask for.
///
/// Ends the process where help is asked for or an argument is wrong, as clap does. What clap says of a wrong argument
/// repeats it, and is often kept in logs: arguments that may be keys are refused in words of our own.
pub fn parse(arguments: &[OsString]) -> anyhow::Result<Cli> {
    if arguments.iter().any(|argument| has_pem(&argument.to_string_lossy())) {
        return Err(usage(
            "an argument is a key itself, which others may see: put it in an environment variable and say env:NAME, \
             or name its file",
        ));
    }
    Cli::try_parse_from(arguments).or_else(|error| {
        if repeats_a_key(&error, arguments) {
            return Err(usage("an argument is not expected, and is not shown because it may be a key"));
        }
        error.exit()
    })
}

fn repeats_a_key(error: &clap::Error, arguments: &[OsString]) -> bool {
    let shown = error.render().to_string();
    arguments.iter().any(|argument| {
        let argument = argument.to_string_lossy();
        let value = argument.split_once('=').map_or("", |(_, value)| value);
        [&argument, value].into_iter().any(|text| may_be_key(text) && shown.contains(text))
    })
}
