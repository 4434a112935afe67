use keyward_issuer::{terminal_safe_json, terminal_safe_text};
use keyward_ledger::audit::Origin;
use serde_json::json;

use crate::args::audit_key::Done;
use crate::args::ledger::LedgerArgs;
use crate::exit::Exit;
use crate::io::caller;
use crate::io::streams::Streams;

/// Make a ledger, and the key that signs checkpoints of its audit log
///
/// The database is the SQLite file in DIR, or the one of the URL. Files with the key are written into DIR: the signing key,
/// which only you can read, and the public key, which is also written to standard output. Whoever verifies the ledger later
/// needs the public key: keep a copy elsewhere.
///
/// What is there already is kept as it is, so the command may be repeated.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    ledger: LedgerArgs,
    /// The name of the audit log in its checkpoints, such as licenses.example.com/audit. Without it, the name is a random one
    #[arg(long, value_name = "NAME")]
    log_name: Option<Origin>,
    /// Write the result as JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let by = caller::now()?;
    let place = args.ledger.place()?;
    let files = place.key_files()?;
    place.make_folder()?;
    let (ledger, made) = match place.find().await? {
        Some(ledger) => (ledger, Done::Kept),
        None => (place.make(&by).await?, Done::Made),
    };
    ledger.close().await;
    let (key, key_made) = files.make(args.log_name.as_ref())?;

    let environment = place.environment();
    if args.json {
        let result = json!({
            "environment": environment.to_string(),
            "ledger": made.to_string(),
            "key": key_made.to_string(),
            "public_key": key.public.to_string(),
        });
        writeln!(streams.data, "{}", terminal_safe_json(serde_json::to_string_pretty(&result)?))?;
        return Ok(Exit::SUCCESS);
    }
    let [private, public] = [&files.private, &files.public].map(|path| terminal_safe_text(&path.display().to_string()));
    match made {
        Done::Made => writeln!(streams.messages, "{place}: a new ledger for {environment}.")?,
        Done::Kept => writeln!(streams.messages, "{place}: the ledger for {environment} was there, and is as it was.")?,
    }
    match key_made {
        Done::Made => {
            writeln!(streams.messages, "{private}: the key that signs checkpoints. Keep it secret, and keep a copy.")?;
            writeln!(streams.messages, "{public}: its public key, for those who verify the ledger:")?;
        }
        Done::Kept => {
            writeln!(streams.messages, "{private}: the key that signs checkpoints was there. Its public key:")?
        }
    }
    writeln!(streams.data, "{}", key.public)?;
    Ok(Exit::SUCCESS)
}
