use anyhow::Context;
use clap::ValueEnum;
use keyward_issuer::write_private;
use keyward_verifier::files::{RevocationList, Verified};
use keyward_verifier::{AuthenticKey, Authenticator, LicenseKey, Outcome, VerifyError};

use crate::args::key_argument::{Input, KeyArgument};
use crate::args::names::NamesArgs;
use crate::args::trust::TrustArgs;
use crate::assess::answer::{Answer, Other, Refused};
use crate::assess::license_file::AnyLicenseFile;
use crate::assess::naming::Naming;
use crate::assess::trusted::Trusted;
use crate::commands::verify::remark_on_argument;
use crate::exit::{self, Exit};
use crate::io::destination::{Destination, Output};
use crate::io::failure::{self, usage};
use crate::io::source::{Source, one_stdin};
use crate::io::streams::Streams;
use crate::show::certificate::Certificate;
use crate::show::claims::in_one_line;
use crate::show::qr::Ground;
use crate::show::{page, report};
use crate::words::harmless;

/// Print a certificate of a license, to keep on paper
///
/// Shows the terms in plain words, the license key in numbered groups and as a QR code, its signing key, and how to
/// verify it. The key is verified first, for any product, environment and machine. The certificate does not say whether
/// the license is usable: it is kept for years, and an expired license has one too.
///
/// With --revocations, a license that the list names has no certificate.
///
/// Several keys in one input are separated by blank lines. As text, each license is a page, and refused keys are listed
/// on standard error. If every key is refused, the report is that of `verify`, and there is no certificate.
///
/// Only you can read the file, since the license key is in it.
///
/// For example: keyward print --trust vendor.pub --format svg -o certificate.svg license.txt
#[derive(Debug, clap::Args)]
#[command(after_help = exit_codes())]
pub struct Args {
    #[command(flatten)]
    trust: TrustArgs,
    #[command(flatten)]
    names: NamesArgs,
    /// Refuse licenses that this list revokes or puts on hold: a path, env:NAME, or - for standard input
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    revocations: Option<Source>,
    /// The format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    destination: Destination,
    /// The license key: its text, the path of a file with it, env:NAME, or - for standard input; or a license file
    #[arg(value_name = "KEY|FILE|-")]
    key: KeyArgument,
}

fn exit_codes() -> String {
    let of_keys = [
        Outcome::Malformed,
        Outcome::Damaged,
        Outcome::UnknownKey,
        Outcome::BadSignature,
        Outcome::NeedsNewer,
        Outcome::WrongMachine,
        Outcome::InvalidClaims,
        Outcome::NotPermitted,
        Outcome::Revoked,
        Outcome::OnHold,
    ];
    format!(
        "Exit codes:
   0  the certificate was written
   1  the command failed; for example, a file can't be read
   2  wrong arguments
Every key was refused:
{}A license file or a trust bundle was refused, for example:
{}",
        exit::outcomes(of_keys),
        exit::outcomes([Outcome::UntrustedBundle])
    )
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Text in 80 columns, with a form feed between licenses
    Text,
    /// An A4 page for a printer, for one license
    Svg,
}

impl Args {
    /// Every input except the license key.
    fn sources(&self) -> impl Iterator<Item = &Source> {
        self.trust.sources().chain(self.names.source()).chain(&self.revocations)
    }

    /// The revocation list, verified.
    fn list(&self, trusted: &Trusted) -> anyhow::Result<Option<Verified<RevocationList>>> {
        let open = |source: &Source| {
            let list = trusted.trust().revocation_list(&source.read_signed_file()?);
            list.with_context(|| source.to_string())
        };
        self.revocations.as_ref().map(open).transpose()
    }

    /// The trusted keys, the text of each key, and the license file, if any.
    fn read(&self, streams: &mut Streams<'_>) -> anyhow::Result<(Trusted, Vec<String>, Option<AnyLicenseFile>)> {
        let trusted = self.trust.read(None)?;
        match self.key.read_input(streams)? {
            Input::Keys(texts) => Ok((trusted, texts, None)),
            Input::File(kind, contents) => {
                let license_file = AnyLicenseFile::open(trusted.trust(), kind, &contents);
                let license_file =
                    license_file.with_context(|| self.key.source().map(Source::to_string).unwrap_or_default())?;
                let texts = license_file.file().licenses.iter().map(LicenseKey::to_string).collect();
                Ok((trusted, texts, Some(license_file)))
            }
        }
    }
}

/// As many as a license file has.
const MAX_LICENSES: usize = 64;

/// A genuine key that the list does not name. One that is locked to a fingerprint without components fits no machine, and
/// has no certificate.
fn genuine(
    authenticator: &Authenticator<'_>,
    list: Option<&RevocationList>,
    text: &str,
) -> Result<AuthenticKey, VerifyError> {
    let key = authenticator.authenticate(text)?;
    if let Some(refusal) = list.and_then(|list| key.refusal_by(list)) {
        return Err(refusal);
    }
    match key.claims().fingerprint().map(|fingerprint| fingerprint.compare(fingerprint)) {
        Some(compared) if !compared.is_same_machine() => {
            Err(VerifyError::WrongMachine { serial: key.claims().serial(), compared: Some(compared) })
        }
        _ => Ok(key),
    }
}

pub fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    one_stdin(args.sources().chain(args.key.source()))?;
    let output = args.destination.check(Output::Other, args.sources().chain(args.key.source()))?;
    let catalog = match args.names.read(&args.key, streams)? {
        Ok(catalog) => catalog,
        Err(exit) => return Ok(exit),
    };
    let (trusted, texts, license_file) = match args.read(streams) {
        Ok(read) => read,
        Err(error) => return failure::refused_file(error, streams.messages),
    };
    let list = match args.list(&trusted) {
        Ok(list) => list,
        Err(error) => return failure::refused_file(error, streams.messages),
    };
    if texts.len() > MAX_LICENSES {
        return Err(usage(format!("these are {} licenses: print {MAX_LICENSES} at most at once", texts.len())));
    }
    let genuine = |(authenticator, text)| genuine(&authenticator, list.as_deref(), text);
    let answer = Answer::of(trusted.authenticators(&texts).map(genuine));
    let reported = answer.refusal().filter(|_| answer.accepted().is_empty());
    let reported_at = reported.map(|reported| reported.position);
    let others = answer.refused().iter().filter(|refused| Some(refused.position) != reported_at);
    let others: Vec<Other> = others.map(Refused::as_other).collect();
    report::others(&others, reported_at, answer.keys, streams.messages)?;
    if let Some(refused) = reported {
        let outcome = refused.error.outcome();
        report::refusal_of_key(&trusted, refused, streams.data)?;
        remark_on_argument(&args.key, outcome, streams)?;
        return Ok(outcome.into());
    }
    for (position, license) in answer.with_positions() {
        if answer.keys > 1 && !license.repairs().is_empty() {
            writeln!(streams.messages, "Key {position} of {}, license {}:", answer.keys, license.claims().serial())?;
        }
        report::repairs(license.repairs(), streams.messages)?;
    }

    let ground = if output.is_some() { Ground::Paper } else { Ground::Terminal };
    let naming = Naming::first_of(catalog.as_ref(), &trusted, license_file.as_ref().map(AnyLicenseFile::file));
    let licenses = answer.accepted();
    let mut certificates = licenses.iter().map(|license| Certificate::new(license, &trusted, naming));
    let text = match args.format {
        Format::Text => {
            certificates.map(|certificate| certificate.text(ground)).collect::<Result<Vec<_>, _>>()?.join("\u{c}")
        }
        Format::Svg if licenses.len() > 1 => {
            return Err(usage(format!(
                "these are {} licenses, and an SVG page has one: print them one by one, or with --format text",
                licenses.len()
            )));
        }
        Format::Svg => page::svg(&certificates.next().context("there is no license key")?)?,
    };
    match output {
        Some((path, overwrite)) => {
            write_private(path, &text, overwrite)?;
            let name = harmless(&path.display().to_string());
            for license in licenses {
                writeln!(streams.messages, "{name}: {}", in_one_line(license.claims()))?;
            }
        }
        None => streams.data.write_all(text.as_bytes())?,
    }
    Ok(Exit::SUCCESS)
}
