use anyhow::{Context, anyhow, bail};
use keyward_issuer::ActivationRequest;
use keyward_verifier::files::FileKind;
use keyward_verifier::{Fingerprint, LicenseKey, VerifyError};
use serde_json::json;

use crate::args::key_argument::{Input, KeyArgument};
use crate::commands::signed_files;
use crate::exit::Exit;
use crate::io::failure::usage;
use crate::io::streams::Streams;
use crate::show::qr::{self, Ground};
use crate::show::signed_file::Contents;
use crate::words::counted;

/// Make an activation request, for a machine without a network
///
/// The vendor answers it with a license key that is locked to this machine. The request has eleven groups: type it at the
/// vendor's, scan it, or read it to the vendor's support. It names the license by its serial, and says nothing else about
/// the license or the machine than the fingerprint. The license key is not verified here.
///
/// For example: keyward request --fingerprint 01b2c3d4000000e5f607a8b9ca000000 acme.txt
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The fingerprint of the machine, 32 hex digits, as the product shows it
    #[arg(long, value_name = "HEX")]
    fingerprint: Fingerprint,
    /// Write a JSON object
    #[arg(long)]
    json: bool,
    /// Also write the request as a QR code
    #[arg(long, conflicts_with = "json")]
    qr: bool,
    /// The license key: its text, the path of a file with it, env:NAME, or - for standard input; or a license file
    #[arg(value_name = "KEY|FILE|-")]
    key: KeyArgument,
}

pub fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let keys = match args.key.read_input(streams)? {
        Input::Keys(texts) => texts.iter().map(|text| read(text, &args.key)).collect::<anyhow::Result<Vec<_>>>()?,
        Input::File(_, contents) => in_file(&contents, &args.key)?,
    };
    let [key] = keys.as_slice() else {
        let found = counted(keys.len(), "license key");
        return Err(usage(format!("the input has {found}: give the one of the license for this machine")));
    };
    let serial = key.unverified_serial().context("the license key has no serial that this version can read")?;
    let request = ActivationRequest::new(serial, args.fingerprint);
    let components = args.fingerprint.present();
    if args.json {
        let object = json!({
            "request": request.to_string(),
            "serial": serial.to_string(),
            "fingerprint": args.fingerprint.to_string(),
            "components": components,
        });
        writeln!(streams.data, "{}", serde_json::to_string_pretty(&object)?)?;
        return Ok(Exit::SUCCESS);
    }
    writeln!(streams.data, "{request:#}")?;
    if args.qr {
        writeln!(streams.data, "\n{}", qr::code(&request, Ground::Terminal)?)?;
    }
    let of_machine = counted(components, "component");
    writeln!(streams.messages, "A request for license {serial}, and a machine with {of_machine}.")?;
    if components < 2 {
        writeln!(streams.messages, "The vendor may refuse it: a machine is known by two components or more.")?;
    }
    Ok(Exit::SUCCESS)
}

/// The key of a text, without repair: only a signature proves a repair.
fn read(text: &str, argument: &KeyArgument) -> anyhow::Result<LicenseKey> {
    match (text.parse(), argument.source()) {
        (Ok(key), _) => Ok(key),
        (Err(error), Some(source)) => bail!("{source}: {}", VerifyError::from(error)),
        (Err(error), None) => Err(anyhow!(VerifyError::from(error))),
    }
}

/// The keys in a license file, whose signatures are not checked.
fn in_file(contents: &[u8], argument: &KeyArgument) -> anyhow::Result<Vec<LicenseKey>> {
    let called = argument.source().map(ToString::to_string).unwrap_or_default();
    let file = signed_files::read(contents, &called, &[FileKind::LicenseFile, FileKind::ValidationFile])?;
    match Contents::of(&file).with_context(|| called)? {
        Contents::LicenseFile(file) => Ok(file.licenses),
        Contents::ValidationFile(file) => Ok(file.file.licenses),
        _ => Ok(Vec::new()),
    }
}
