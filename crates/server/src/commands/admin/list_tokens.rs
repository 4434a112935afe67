use anyhow::bail;
use keyward_issuer::{terminal_safe_json, terminal_safe_text};

use crate::args::ledger::LedgerArgs;
use crate::commands::control::{Answer, Request};
use crate::exit::Exit;
use crate::io::streams::Streams;

/// List the tokens: their names, rights and ends, the newest first
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    ledger: LedgerArgs,
    /// Write the result as JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let place = args.ledger.place()?;
    let request = Request::ListTokens { environment: place.environment().to_string() };
    let Answer::Tokens(tokens) = request.ask(&place).await? else { bail!("the server answered something else") };
    if args.json {
        writeln!(streams.data, "{}", terminal_safe_json(serde_json::to_string_pretty(&tokens)?))?;
        return Ok(Exit::SUCCESS);
    }
    for token in &tokens {
        let end = match (&token.ended_at, &token.expires_at) {
            (Some(end), _) => format!("ended {end}"),
            (None, Some(end)) => format!("until {end}"),
            (None, None) => "without an end".to_owned(),
        };
        let (name, maker) = (terminal_safe_text(&token.name), terminal_safe_text(&token.created_by));
        writeln!(streams.data, "{}  {name}  {end}  made by {maker}: {}", token.id, token.scopes.join(" "))?;
    }
    if tokens.is_empty() {
        writeln!(streams.messages, "There is no token: make one with keyward-server admin create-token.")?;
    }
    Ok(Exit::SUCCESS)
}
