//! The program `keyward-server`: keeps a vendor's licenses on record.
//!
//! The libraries do the work. This crate reads arguments, files, the environment, the terminal and the clock, and reports the
//! results. The ledger itself is `keyward-ledger`; the command for keys and files without a ledger is `keyward`.

// Each module may use those to its left:
//     exit ← io ← args ← commands ← cli
mod args;
mod cli;
mod commands;
mod exit;
mod io;

use std::ffi::OsString;
use std::process::ExitCode;

use crate::io::failure;
use crate::io::streams::Streams;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let (mut stdout, mut stderr) = (anstream::stdout(), anstream::stderr());
    let mut streams = Streams { data: &mut stdout, messages: &mut stderr };
    let ended = cli::arguments::parse(&arguments)
        .and_then(|cli| cli.run(&mut streams))
        .and_then(|exit| Ok(streams.data.flush().map(|()| exit)?));
    match ended {
        Ok(exit) => exit.into(),
        Err(error) => failure::report(&error, streams.messages).into(),
    }
}
