use keyward_catalog::{Catalog, Names};
use keyward_verifier::{
    ActivationRequest, Claims, KeyTextError, LicenseDigest, LicenseKey, Malformation, Outcome, TypedRequest,
    VerifyError,
};
use serde::{Serialize, Serializer};
use serde_json::json;

use crate::args::key_argument::KeyArgument;
use crate::args::names::NamesArgs;
use crate::exit::{Exit, exit_codes};
use crate::io::failure::refused_file;
use crate::io::streams::Streams;
use crate::show::claims::{UsualClaims, claims_rows};
use crate::show::rows::write_rows;

/// Show the claims of a license key, or an activation request, without verifying it
///
/// Anyone can make a key that claims anything: only `keyward verify` shows whether a vendor signed it. This command
/// checks the text and its check groups, and shows the claims; for example, to find out whose key it is. It repairs no
/// key, since only a signature proves a repair. Of an activation request, it shows the license, the machine, and what
/// was repaired.
///
/// Several keys in one input are separated by blank lines. Exits with 0, or with the exit code for the first key that
/// can't be read: malformed, damaged, needs-newer or invalid-claims.
#[derive(Debug, clap::Args)]
#[command(after_help = exit_codes())]
pub struct Args {
    #[command(flatten)]
    names: NamesArgs,
    /// Write a JSON object
    #[arg(long)]
    json: bool,
    /// The license key or the activation request: its text, the path of a file with it, env:NAME, or - for standard input
    #[arg(value_name = "KEY|FILE|-")]
    key: KeyArgument,
}

pub fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let catalog = match args.names.read(&args.key, streams)? {
        Ok(catalog) => catalog,
        Err(exit) => return Ok(exit),
    };
    let texts = match args.key.read(streams) {
        Ok(texts) => texts,
        Err(error) => return refused_file(error, streams.messages),
    };
    if let [text] = texts.as_slice() {
        if let Ok(typed) = ActivationRequest::from_typed(text) {
            return request(&typed, args.json, streams);
        }
    }
    let keys: Vec<Inspected> = texts.iter().map(|text| Inspected::of(text).named(catalog.as_ref())).collect();
    let exit = keys.iter().find_map(|key| key.outcome).map_or(Exit::SUCCESS, Exit::from);
    if args.json {
        let inspection = Inspection { verified: false, keys };
        writeln!(streams.data, "{}", serde_json::to_string_pretty(&inspection)?)?;
        return Ok(exit);
    }
    writeln!(streams.data, "Nothing was verified: anyone can make a key with these claims.")?;
    for key in &keys {
        write_rows(streams.data, &key.rows(catalog.as_ref()))?;
    }
    Ok(exit)
}

/// Shows an activation request, so that support can see which license it is for.
fn request(typed: &TypedRequest, as_json: bool, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let (request, repairs) = (typed.request, typed.repairs.iter());
    let (serial, fingerprint) = (request.serial().to_string(), request.fingerprint().to_string());
    let components = request.fingerprint().present();
    if as_json {
        let repairs: Vec<String> = repairs.map(ToString::to_string).collect();
        let object = json!({ "verified": false, "request": {
            "text": request.to_string(), "serial": serial, "fingerprint": fingerprint, "components": components,
            "repairs": repairs,
        } });
        writeln!(streams.data, "{}", serde_json::to_string_pretty(&object)?)?;
        return Ok(Exit::SUCCESS);
    }
    writeln!(streams.data, "An activation request. Nothing was verified: anyone can make one.")?;
    let mut rows =
        vec![("license", serial), ("fingerprint", fingerprint), ("components", format!("{components} of 5"))];
    rows.extend(repairs.map(|repair| ("repaired", repair.to_string())));
    write_rows(streams.data, &rows)?;
    Ok(Exit::SUCCESS)
}

/// The object of `--json`.
#[derive(Serialize)]
struct Inspection {
    /// Always false.
    verified: bool,
    keys: Vec<Inspected>,
}

/// The readable parts of a key.
#[derive(Serialize, Default)]
struct Inspected {
    /// The reason why a part can't be read; `null` if all can.
    #[serde(serialize_with = "code")]
    outcome: Option<Outcome>,
    message: Option<String>,
    /// The number of groups, if the check groups are right.
    groups: Option<usize>,
    hint: Option<String>,
    digest: Option<String>,
    /// Known even if the claims can't be read.
    serial: Option<String>,
    claims: Option<Claims>,
    /// Only with a catalogue.
    #[serde(skip_serializing_if = "Option::is_none")]
    names: Option<Names>,
}

impl Inspected {
    fn of(text: &str) -> Inspected {
        let key: LicenseKey = match text.parse() {
            Ok(key) => key,
            Err(error) => {
                let (outcome, message) = match (error, ActivationRequest::from_typed(text)) {
                    (KeyTextError::Malformed(Malformation::ActivationRequest), Err(error)) => {
                        (error.outcome(), error.to_string())
                    }
                    (error, _) => (error.outcome(), VerifyError::from(error).to_string()),
                };
                return Inspected { outcome: Some(outcome), message: Some(message), ..Inspected::default() };
            }
        };
        let inspected = Inspected {
            groups: Some(key.to_string().split('-').count()),
            hint: Some(key.hint().to_string()),
            digest: Some(LicenseDigest::of(&key).to_string()),
            serial: key.unverified_serial().map(|serial| serial.to_string()),
            ..Inspected::default()
        };
        match key.unverified_claims() {
            Ok(claims) => Inspected { claims: Some(claims), ..inspected },
            Err(error) => Inspected { outcome: Some(error.outcome()), message: Some(error.to_string()), ..inspected },
        }
    }

    fn named(self, catalog: Option<&Catalog>) -> Inspected {
        let names = catalog.zip(self.claims.as_ref()).map(|(catalog, claims)| catalog.describe(claims));
        Inspected { names, ..self }
    }

    fn rows(&self, catalog: Option<&Catalog>) -> Vec<(&'static str, String)> {
        let mut rows = Vec::new();
        rows.extend(self.outcome.map(|code| ("outcome", code.to_string())));
        rows.extend(self.message.clone().map(|message| ("because", message)));
        match (&self.claims, &self.serial) {
            (Some(claims), _) => rows.extend(claims_rows(claims, catalog, UsualClaims::LeftOut)),
            (None, Some(serial)) => rows.push(("serial", serial.clone())),
            (None, None) => {}
        }
        rows.extend(self.hint.clone().map(|hint| ("key id", format!("begins with {hint}"))));
        rows.extend(self.digest.clone().map(|digest| ("digest", digest)));
        rows.extend(self.groups.map(|groups| ("checks", format!("right, over {groups} groups"))));
        rows
    }
}

fn code<S: Serializer>(outcome: &Option<Outcome>, serializer: S) -> Result<S::Ok, S::Error> {
    outcome.map(Outcome::code).serialize(serializer)
}
