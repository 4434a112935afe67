use std::ffi::OsString;
use std::path::Path;

use clap::{Arg, ArgMatches, Command, CommandFactory, FromArgMatches};

use crate::cli::Cli;
use crate::io::failure::usage;
use crate::io::secret::{has_pem, may_be_key};

/// The command that the arguments ask for.
///
/// Ends the process where help is asked for or an argument is wrong, as clap does. What clap says of a wrong argument
/// repeats it, and so do refusals; both are often kept in logs. Arguments that may be keys are refused in words of our
/// own.
pub fn parse(arguments: &[OsString]) -> anyhow::Result<Cli> {
    if arguments.iter().any(|argument| has_pem(&argument.to_string_lossy())) {
        return Err(usage(
            "an argument is a key itself, which others may see: put it in an environment variable and say env:NAME, \
             or name its file",
        ));
    }
    let mut command = Cli::command();
    let parsed = command.try_get_matches_from_mut(arguments).and_then(|matches| {
        let cli = Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))?;
        Ok((cli, given_a_key(&command, &matches)))
    });
    match parsed {
        Ok((cli, None)) => Ok(cli),
        Ok((_, Some(argument))) => Err(usage(format!(
            "{argument} was given what may be a key, and it is not shown: name a key by its file or by env:NAME; a name \
             that is no key and as long as one needs a space or a dot in it"
        ))),
        Err(error) if repeats_a_key(&error, arguments) => {
            Err(usage("an argument is not expected, and is not shown because it may be a key"))
        }
        Err(error) => error.exit(),
    }
}

/// Compared without what a message may have put between the letters, such as line breaks.
fn repeats_a_key(error: &clap::Error, arguments: &[OsString]) -> bool {
    let bare = |text: &str| text.chars().filter(|character| character.is_alphanumeric()).collect::<String>();
    let shown = bare(&error.render().to_string());
    arguments.iter().any(|argument| {
        let argument = argument.to_string_lossy();
        let value = argument.split_once('=').map_or("", |(_, value)| value);
        let parts = [&*argument, value].into_iter().chain(argument.split(','));
        parts.filter(|text| may_be_key(text)).any(|text| shown.contains(&bare(text)))
    })
}

/// Arguments that are read as license keys or public keys, and never shown.
const MAY_BE_KEYS: [&str; 4] = ["key", "license", "signing_key", "allow"];

/// The argument that was given what may be a key, and should not be, as the help calls it.
fn given_a_key(command: &Command, matches: &ArgMatches) -> Option<String> {
    if let Some((name, matches)) = matches.subcommand() {
        return given_a_key(command.find_subcommand(name)?, matches);
    }
    let is_given_one = |arg: &&Arg| {
        let values = matches.try_get_raw(arg.get_id().as_str()).ok().flatten().into_iter().flatten();
        values.map(|value| value.to_string_lossy()).any(|value| may_be_key(&value) && !is_a_place(Path::new(&*value)))
    };
    let is_a_name = |arg: &&Arg| !MAY_BE_KEYS.contains(&arg.get_id().as_str());
    let arg = command.get_arguments().filter(is_a_name).find(is_given_one)?;
    Some(arg.get_long().map_or_else(|| arg.to_string(), |long| format!("--{long}")))
}

/// Whether there is such a file, or could be: long names of files look like keys in base64, which has slashes too.
fn is_a_place(path: &Path) -> bool {
    path.exists() || path.parent().is_some_and(Path::is_dir)
}
