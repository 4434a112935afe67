//! The `keyward` command: makes signing keys, signs license keys, and verifies them offline.
//!
//! The libraries do the work. This crate reads arguments, files, the terminal and the clock, and reports the results.
//! To verify licenses in a product, use `keyward-verifier`; to issue them in a program, `keyward-issuer`.

// Each module may use those to its left:
//     exit, words ← io ← assess ← args, show ← commands ← cli
mod args;
mod assess;
mod cli;
mod commands;
mod exit;
mod io;
mod show;
mod words;

use std::ffi::OsString;
use std::process::ExitCode;

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
        Err(error) => io::failure::report(&error, streams.messages).into(),
    }
}
