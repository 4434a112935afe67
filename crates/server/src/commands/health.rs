use std::path::PathBuf;

use anyhow::Context;
use keyward_issuer::terminal_safe_text;

use crate::commands::control::Request;
use crate::exit::Exit;
use crate::io::streams::Streams;

/// Ask the server that runs whether it reaches its databases
///
/// It asks through a socket in DIR, so it needs neither the address nor TLS. For the health check of a container.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder of the server
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

pub async fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let answer = Request::Health.ask_server(&args.data).await?;
    answer.with_context(|| {
        let shown = terminal_safe_text(&args.data.display().to_string());
        format!("{shown}: no server answers: start it with keyward-server serve")
    })?;
    writeln!(streams.data, "ready")?;
    Ok(Exit::SUCCESS)
}
