use std::io::{self, BufWriter, Write};

use anyhow::Context;
use clap::builder::styling::AnsiColor;
use keyward_verifier::KeyId;
use keyward_verifier::files::{FileError, FileKind, Trust, Verified};
use serde::Serialize;
use serde_json::json;

use crate::args::trust::TrustArgs;
use crate::commands::signed_files::read;
use crate::exit::Exit;
use crate::io::source::Source;
use crate::io::streams::Streams;
use crate::io::{clock, failure};
use crate::show::rows::{headline, write_rows};
use crate::show::signed_file::Contents;

/// The arguments of every command that shows a file.
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// Write a JSON object with payload_type, verified, signed_by (key ids) and contents; or, for a refused file,
    /// outcome and message
    #[arg(long)]
    json: bool,
    /// The file: a path, env:NAME, or - for standard input
    #[arg(value_name = "FILE")]
    file: Source,
}

impl ShowArgs {
    pub const fn source(&self) -> &Source {
        &self.file
    }
}

/// A file in JSON.
#[derive(Serialize)]
struct Shown {
    payload_type: &'static str,
    verified: bool,
    signed_by: Vec<String>,
    contents: Contents,
}

/// Shows a file of one of these kinds: as verified by the keys that `verify` returns, or as not verified.
///
/// A refused file is not shown; the exit code is that of its outcome.
pub fn show(
    args: &ShowArgs,
    expected: &[FileKind],
    verify: impl FnOnce(&[u8], FileKind) -> anyhow::Result<Option<Vec<KeyId>>>,
    to_verify: &str,
    streams: &mut Streams<'_>,
) -> anyhow::Result<Exit> {
    let bytes = args.file.read_signed_file()?;
    let opened = read(&bytes, &args.file, expected).and_then(|file| {
        let signed_by = verify(&bytes, file.kind())?;
        drop(bytes);
        Ok((file.kind(), Contents::of(&file).with_context(|| args.file.to_string())?, signed_by))
    });
    let (kind, contents, signed_by) = match opened {
        Ok(opened) => opened,
        Err(error) => return refused(args, error, streams),
    };
    if args.json {
        let shown = Shown {
            payload_type: kind.payload_type(),
            verified: signed_by.is_some(),
            signed_by: signed_by.unwrap_or_default().iter().map(KeyId::to_string).collect(),
            contents,
        };
        let mut data = BufWriter::new(&mut *streams.data);
        serde_json::to_writer_pretty(&mut data, &shown).map_err(io::Error::from)?;
        writeln!(data)?;
        data.flush()?;
        return Ok(Exit::SUCCESS);
    }
    match signed_by {
        Some(keys) => {
            let keys = keys.iter().map(KeyId::to_string).collect::<Vec<_>>().join(", ");
            headline(streams.data, AnsiColor::Green, &format!("Verified: {kind}, signed by {keys}"))?;
        }
        None => {
            headline(
                streams.data,
                AnsiColor::Yellow,
                &format!("NOT verified: anyone can make {kind} with these contents"),
            )?;
            writeln!(streams.data, "{to_verify}")?;
        }
    }
    write_rows(streams.data, &contents.rows(clock::now()))?;
    Ok(Exit::SUCCESS)
}

/// The trusted keys that signed the file; `None` without --trust.
pub fn verified<T>(
    args: &ShowArgs,
    trust: &TrustArgs,
    open: impl FnOnce(Trust<'_>) -> Result<Verified<T>, FileError>,
) -> anyhow::Result<Option<Vec<KeyId>>> {
    if !trust.is_given() {
        return Ok(None);
    }
    let trusted = trust.read(None)?;
    let opened = open(trusted.trust()).with_context(|| args.file.to_string())?;
    Ok(Some(opened.signed_by().to_vec()))
}

fn refused(args: &ShowArgs, error: anyhow::Error, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let Some(outcome) = error.downcast_ref().map(FileError::outcome).filter(|_| args.json) else {
        return failure::refused_file(error, streams.messages);
    };
    let message: Vec<String> = error.chain().map(ToString::to_string).collect();
    let shown = json!({ "outcome": outcome.code(), "message": message.join(": ") });
    writeln!(streams.data, "{}", serde_json::to_string_pretty(&shown)?)?;
    Ok(outcome.into())
}
