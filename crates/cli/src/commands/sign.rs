mod claims_file;

use keyward_issuer::{Claims, LicenseKey, TrustedKey, write_private};
use keyward_verifier::LicenseDigest;
use serde::Serialize;

use crate::args::signer::SignerArgs;
use crate::exit::Exit;
use crate::io::destination::{Destination, Output};
use crate::io::source::{Source, one_stdin};
use crate::io::streams::Streams;
use crate::show::claims::in_one_line;
use crate::words::harmless;

/// Sign claims into a license key
///
/// Writes the license key, six groups to a line, to standard output or to FILE. An existing file is never replaced
/// without --force, since it may hold the only copy of another license.
///
/// This command has no rules: it signs all claims that a key can carry. `keyward issue` has rules and a record.
///
/// The passphrase of an encrypted signing key comes from --passphrase-file, from the environment variable
/// KEYWARD_PASSPHRASE, or from the terminal.
#[derive(Debug, clap::Args)]
#[command(after_long_help = CLAIMS_HELP)]
pub struct Args {
    #[command(flatten)]
    signer: SignerArgs,
    #[command(flatten)]
    destination: Destination,
    /// Write a JSON object with serial, digest, key_id, key and claims
    #[arg(long)]
    json: bool,
    /// The claims: a path, env:NAME, or - for standard input
    #[arg(value_name = "CLAIMS.json")]
    claims: Source,
}

const CLAIMS_HELP: &str = r#"Claims, by name in JSON:
  {
    "product": 3, "edition": 2, "seats": 25,
    "valid_from": "2026-01-01", "valid_through": "2026-12-31",
    "features": [0, 1, 2], "licensee": "Acme Ltd"
  }

  product          number in the vendor's catalogue
  edition          number in the vendor's catalogue
  seats            1 or more; null is unlimited
  valid_from       the first day
  valid_through    the last day, included; null is perpetual
  optional:
  kind             "trial" or "stopgap" instead of "standard"
  environment      "staging" or "development", not "production"
  features         list of numbers from 0 to 63
  limits           such as {"1": 50}: at most 8
  grace_days       0 to 90, instead of 14 or a quarter of the term
  licensee         1 to 64 bytes, after trimming and in normal form C
  updates_through  the last day whose releases are covered
  fingerprint      the machine it is locked to, 32 hex digits
  extension        1 to 64 bytes, in hex
  serial           16 hex digits; drawn at random if left out
"#;

pub fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    args.signer.check()?;
    let sources = || args.signer.sources().chain([&args.claims]);
    one_stdin(sources())?;
    let output = args.destination.check(Output::Other, sources())?;
    let claims = claims_file::read(&args.claims)?;
    let (issuer, failure) = args.signer.issuer()?;
    let key = issuer.sign(&claims).map_err(|error| failure.explain(error))?;

    let text = if args.json {
        let signed = Signed::new(&key, issuer.verifying_key(), &claims);
        format!("{}\n", serde_json::to_string_pretty(&signed)?)
    } else {
        format!("{key:#}\n")
    };
    match output {
        Some((path, overwrite)) => {
            write_private(path, &text, overwrite)?;
            let name = harmless(&path.display().to_string());
            writeln!(streams.messages, "{name}: {}", in_one_line(&claims))?;
        }
        None => streams.data.write_all(text.as_bytes())?,
    }
    Ok(Exit::SUCCESS)
}

/// The object of `--json`.
#[derive(Serialize)]
struct Signed<'a> {
    serial: String,
    digest: String,
    key_id: String,
    key: String,
    claims: &'a Claims,
}

impl<'a> Signed<'a> {
    fn new(key: &LicenseKey, signed_by: &TrustedKey, claims: &'a Claims) -> Signed<'a> {
        Signed {
            serial: claims.serial().to_string(),
            digest: LicenseDigest::of(key).to_string(),
            key_id: signed_by.id().to_string(),
            key: key.to_string(),
            claims,
        }
    }
}
