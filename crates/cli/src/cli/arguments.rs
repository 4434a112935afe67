use std::error::Error;
use std::ffi::OsString;
use std::path::Path;

use clap::builder::Styles;
use clap::error::ContextValue;
use clap::{Arg, ArgMatches, Command, CommandFactory, FromArgMatches};

use crate::cli::Cli;
use crate::io::failure::usage;
use crate::words::harmless;
use keyward_issuer::secret::{has_pem, is_key, may_be_key};

/// Parses the arguments.
///
/// Like clap, this ends the process after help and after a wrong argument. clap's messages repeat the argument, and are
/// often kept in logs. An argument that may be a key is refused with a message that does not repeat it. Characters of an
/// argument that command a terminal or can't be seen are spelled out, as in every other message.
pub fn parse(arguments: &[OsString]) -> anyhow::Result<Cli> {
    if arguments.iter().any(|argument| has_pem(&argument.to_string_lossy())) {
        return Err(usage(
            "an argument is a key itself, which others may see: name its file, or put it in an environment variable \
             and name that as env:NAME",
        ));
    }
    let is_harmless = arguments.iter().map(|argument| argument.to_string_lossy()).all(|text| harmless(&text) == text);
    // Without clap's own colours, every control character of a message is one of an argument.
    let mut command = if is_harmless { Cli::command() } else { Cli::command().styles(Styles::plain()) };
    let parsed = command.try_get_matches_from_mut(arguments).and_then(|matches| {
        let cli = Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))?;
        Ok((cli, given_a_key(&command, &matches)))
    });
    match parsed {
        Ok((cli, None)) => Ok(cli),
        Ok((_, Some(argument))) => Err(usage(format!(
            "the value of {argument} may be a key, so it is not shown: name a key by its file or as env:NAME; give a \
             long name that is no key a space or a dot"
        ))),
        Err(error) if repeats_a_key(&error, arguments) => {
            Err(usage("an unexpected argument is not shown, because it may be a key: see --help"))
        }
        Err(error) if !is_harmless && error.use_stderr() => spelled_out(error).exit(),
        Err(error) => error.exit(),
    }
}

/// The error of a command without styles, with the characters of its arguments spelled out.
fn spelled_out(mut error: clap::Error) -> clap::Error {
    let of_arguments: Vec<_> = error
        .context()
        .filter_map(|(kind, value)| {
            let value = match value {
                ContextValue::String(text) => ContextValue::String(harmless(text)),
                ContextValue::Strings(texts) => {
                    ContextValue::Strings(texts.iter().map(|text| harmless(text)).collect())
                }
                ContextValue::StyledStrs(texts) => ContextValue::StyledStrs(
                    texts.iter().map(|text| harmless(&text.ansi().to_string()).into()).collect(),
                ),
                _ => return None,
            };
            Some((kind, value))
        })
        .collect();
    for (kind, value) in of_arguments {
        error.insert(kind, value);
    }
    let mut message = error.render().ansi().to_string();
    if let Some(cause) = error.source().map(ToString::to_string) {
        message = message.replace(&cause, &harmless(&cause));
    }
    // The usage has the name by which the command was called.
    let lines: Vec<String> = message.split('\n').map(harmless).collect();
    let message = lines.join("\n");
    clap::Error::raw(error.kind(), message.strip_prefix("error: ").unwrap_or(&message))
}

/// Whether the error message repeats an argument that may be a key. Only letters and digits count, since a message may
/// break lines.
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

/// Ids of arguments that take license keys, activation requests or public keys. These are never shown.
const MAY_BE_KEYS: [&str; 5] = ["key", "license", "signing_key", "allow", "request"];

/// Ids of arguments that take text for the record, which may be a customer's id in hex.
const ARE_TEXT: [&str; 8] =
    ["customer", "licensee", "issued_by", "order_id", "approved_by", "reason", "ticket", "note"];

/// The name of another argument whose value may be a key.
fn given_a_key(command: &Command, matches: &ArgMatches) -> Option<String> {
    if let Some((name, matches)) = matches.subcommand() {
        return given_a_key(command.find_subcommand(name)?, matches);
    }
    let is_given_one = |arg: &&Arg| {
        let values = matches.try_get_raw(arg.get_id().as_str()).ok().flatten().into_iter().flatten();
        values.map(|value| value.to_string_lossy()).any(|value| match ARE_TEXT.contains(&arg.get_id().as_str()) {
            true => is_key(&value),
            false => may_be_key(&value) && !is_a_path(Path::new(&*value)),
        })
    };
    let is_a_name = |arg: &&Arg| !MAY_BE_KEYS.contains(&arg.get_id().as_str());
    let arg = command.get_arguments().filter(is_a_name).find(is_given_one)?;
    Some(arg.get_long().map_or_else(|| arg.to_string(), |long| format!("--{long}")))
}

/// Whether the file or its folder exists: a long path looks like a key in base64, which has slashes too.
fn is_a_path(path: &Path) -> bool {
    path.exists() || path.parent().is_some_and(Path::is_dir)
}
