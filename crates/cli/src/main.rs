//! The `keyward` command: makes signing keys, signs license keys, and verifies them offline.
//!
//! The libraries do the work; this reads files, the terminal and the clock, and says what came of it. To check licenses
//! in a product, use `keyward-verifier`; to issue them in a program, `keyward-issuer`.

mod arguments;
mod batch;
mod brought;
mod brought_json;
mod carried;
mod catalog;
mod catalog_report;
mod certificate;
mod checks;
mod claims_file;
mod cli;
mod clock;
mod demo;
mod desk;
mod destination;
mod differs;
mod documents;
mod evidence;
mod examination;
mod explain;
mod failure;
mod file;
#[cfg(feature = "pkcs11")]
mod hsm;
mod inspect;
mod issue;
mod key_argument;
mod keygen;
mod licenses;
mod memory;
mod naming;
mod on_record;
mod outcome;
mod page;
mod part_file;
mod passphrase;
mod print;
mod qr;
mod question;
mod question_args;
mod reissue;
mod renew;
mod report;
mod report_json;
mod revocations;
mod secret;
mod sign;
mod signer;
mod signing_program;
mod source;
mod state;
mod streams;
mod time;
mod trust;
mod trusted;
mod verify;
mod wrap;

use std::ffi::OsString;
use std::process::ExitCode;

use crate::streams::Streams;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let (mut stdout, mut stderr) = (anstream::stdout(), anstream::stderr());
    let mut streams = Streams { data: &mut stdout, messages: &mut stderr };
    let ended = arguments::parse(&arguments)
        .and_then(|cli| cli.run(&mut streams))
        .and_then(|exit| Ok(streams.data.flush().map(|()| exit)?));
    match ended {
        Ok(exit) => exit.into(),
        Err(error) => failure::report(&error, streams.messages).into(),
    }
}
