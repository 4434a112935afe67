use anyhow::bail;
use chrono::{DateTime, NaiveDate, Utc};
use keyward_issuer::terminal_safe_text;
use keyward_ledger::{Name, Scope};

use crate::args::ledger::LedgerArgs;
use crate::args::role::Role;
use crate::commands::control::{Answer, Request};
use crate::exit::Exit;
use crate::io::caller;
use crate::io::failure::usage;
use crate::io::streams::Streams;

/// Make a token, which is shown once
///
/// The token goes to standard output. It is stored nowhere: if it is lost, make another. The server may run meanwhile.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    ledger: LedgerArgs,
    /// The name of the program that uses it, such as ci or shop
    #[arg(long)]
    name: Name,
    /// The role whose rights it has
    #[arg(long, value_enum, required_unless_present = "scope")]
    role: Option<Role>,
    /// A right, such as licenses:read. Repeat it for several
    #[arg(long, value_name = "SCOPE", conflicts_with = "role")]
    scope: Vec<Scope>,
    /// The last day on which it can be used, such as 2027-06-30
    #[arg(long, value_name = "DAY")]
    through: Option<NaiveDate>,
}

pub async fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let by = caller::now()?;
    let end = args.through.map(|day| end_of(day, by.at)).transpose()?;
    let scopes = args.role.map_or_else(|| args.scope.iter().copied().collect(), Role::scopes);
    let place = args.ledger.place()?;
    let request = Request::CreateToken {
        environment: place.environment().to_string(),
        name: args.name.as_str().to_owned(),
        scopes: scopes.to_string(),
        expires_at: end,
        actor: by.actor,
    };
    let Answer::Created { token, text } = request.ask(&place).await? else {
        bail!("the server answered something else")
    };
    writeln!(
        streams.messages,
        "{}: the token {} for {}. It is shown once: keep it as you keep a password.",
        token.id,
        terminal_safe_text(&token.name),
        place.environment()
    )?;
    writeln!(streams.data, "{text}")?;
    Ok(Exit::SUCCESS)
}

/// The end of the last day, in UTC.
fn end_of(day: NaiveDate, now: DateTime<Utc>) -> anyhow::Result<DateTime<Utc>> {
    let next = day.succ_opt().and_then(|next| next.and_hms_opt(0, 0, 0)).map(|next| next.and_utc());
    next.filter(|end| *end > now).ok_or_else(|| usage("--through: the day is over: name today or a later day"))
}
