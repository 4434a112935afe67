use anyhow::bail;
use keyward_issuer::terminal_safe_text;
use keyward_ledger::TokenId;

use crate::args::ledger::LedgerArgs;
use crate::commands::control::{Answer, Request};
use crate::exit::Exit;
use crate::io::caller;
use crate::io::streams::Streams;

/// End a token, which no call can use from then on
///
/// Use it when a token is lost, or when somebody else may know it. `list-tokens` shows the ids. The server may run meanwhile.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    ledger: LedgerArgs,
    /// The id of the token, tok_ and 32 hex digits
    #[arg(value_name = "TOKEN")]
    token: TokenId,
}

pub async fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let place = args.ledger.place()?;
    let request = Request::EndToken {
        environment: place.environment().to_string(),
        token: args.token.to_string(),
        actor: caller::now()?.actor,
    };
    let Answer::Ended(token) = request.ask(&place).await? else { bail!("the server answered something else") };
    writeln!(
        streams.messages,
        "{}: the token {} for {} ended at {}.",
        token.id,
        terminal_safe_text(&token.name),
        place.environment(),
        token.ended_at.unwrap_or_default()
    )?;
    Ok(Exit::SUCCESS)
}
