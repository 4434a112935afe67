use anyhow::Context;
use clap::Command;
use clap::builder::PossibleValuesParser;
use clap_complete::Shell;

use crate::exit::Exit;
use crate::io::streams::Streams;

/// Write a completion script for a shell
///
/// For example: keyward completions bash > /etc/bash_completion.d/keyward
#[derive(Debug, clap::Args)]
pub struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

pub fn completions(args: &CompletionsArgs, command: &mut Command, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, command, "keyward", &mut script);
    streams.data.write_all(&script)?;
    Ok(Exit::SUCCESS)
}

/// The commands with a page of their own.
const COMMANDS: [&str; 19] = [
    "demo",
    "keygen",
    "sign",
    "verify",
    "explain",
    "inspect",
    "print",
    "catalog",
    "issue",
    "reissue",
    "renew",
    "request",
    "file",
    "trust",
    "revocations",
    "time",
    "state",
    "completions",
    "man",
];

/// Write a manual page
///
/// For example: keyward man verify > /usr/local/share/man/man1/keyward-verify.1
#[derive(Debug, clap::Args)]
pub struct ManArgs {
    /// The command; without it, the page of keyward itself, which lists all commands
    #[arg(value_parser = PossibleValuesParser::new(COMMANDS))]
    command: Option<String>,
}

pub fn man(args: &ManArgs, mut command: Command, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    // After this, a command's name is `keyward sign`, not `sign`.
    command.build();
    if let Some(name) = &args.command {
        command = command.find_subcommand(name).context("there is no such command")?.clone();
    }
    let mut page = Vec::new();
    let version = concat!("keyward ", env!("CARGO_PKG_VERSION"));
    clap_mangen::Man::new(command.disable_help_subcommand(true)).source(version).render(&mut page)?;
    streams.data.write_all(&page)?;
    Ok(Exit::SUCCESS)
}
