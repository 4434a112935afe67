//! The commands about access.

// Each module may use those to its left:
//     create_token, end_token, list_tokens
mod create_token;
mod end_token;
mod list_tokens;

use clap::Subcommand;

use crate::exit::Exit;
use crate::io::streams::Streams;

/// Make, list and end the tokens with which programs use the server
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

/// Deferred, so that the help of a command is the comment of its arguments.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
enum Command {
    /// Make a token, which is shown once
    CreateToken(create_token::Args),
    /// List the tokens
    ListTokens(list_tokens::Args),
    /// End a token, such as one that was lost
    EndToken(end_token::Args),
}

pub fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    super::on_runtime(async {
        match &args.command {
            Command::CreateToken(args) => create_token::run(args, streams).await,
            Command::ListTokens(args) => list_tokens::run(args, streams).await,
            Command::EndToken(args) => end_token::run(args, streams).await,
        }
    })
}
