use anyhow::Context;
use chrono::TimeDelta;
use keyward_issuer::files::{SignableFile, public_names};
use keyward_issuer::write_public;
use keyward_verifier::files::{Contact, FileKind, LicenseFile, Party, ValidationFile};
use keyward_verifier::{Authenticator, Fingerprint, LicenseKey, TrustedKey};

use crate::args::issued_at::IssuedAt;
use crate::args::key_argument::KeyArgument;
use crate::args::licenses;
use crate::args::names::read_catalog;
use crate::args::signer::SignerArgs;
use crate::args::values::{email, lines, name};
use crate::commands::file::metadata;
use crate::commands::signed_files::{all_contents, unsigned, warn_of_the_future};
use crate::exit::Exit;
use crate::io::destination::{Destination, Output};
use crate::io::source::{Source, one_stdin};
use crate::io::streams::Streams;
use crate::words::{counted, shown, written};

/// Put license keys into a signed file
///
/// The keys are not verified: the customer's product does that, and other signing keys may have signed them. A damaged
/// key is refused, since only its signature could prove a repair.
///
/// --validation, --valid-for and --machine make a validation file. It is good for 24 hours, or as long as --valid-for
/// says; with --machine, on one machine alone.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    signer: SignerArgs,
    #[command(flatten)]
    destination: Destination,
    /// The licensee, a person or a company
    #[arg(long, value_name = "NAME", value_parser = name)]
    licensee: Option<String>,
    /// The company, where the licensee is a person
    #[arg(long, value_name = "NAME", requires = "licensee", value_parser = name)]
    company: Option<String>,
    /// The e-mail address of the licensee
    #[arg(long, value_name = "EMAIL", requires = "licensee", value_parser = email)]
    email: Option<String>,
    /// A contact with its role, such as 'support: Grace <help@acme.example>'. May be repeated
    #[arg(long, value_name = "ROLE: NAME <EMAIL>", value_parser = contact)]
    contact: Vec<Contact>,
    /// A note to the customer
    #[arg(long, value_name = "TEXT", value_parser = lines)]
    note: Option<String>,
    /// Metadata for the vendor's programs: a JSON object in a file (a path, env:NAME, or -), 10 KB at most
    #[arg(long, value_name = "FILE.json")]
    metadata: Option<Source>,
    /// Add the public names of this catalogue: a path, env:NAME, or -
    #[arg(long, value_name = "CATALOG")]
    catalog: Option<Source>,
    /// Make a validation file, good for 24 hours
    #[arg(long)]
    validation: bool,
    /// Make a validation file with this time to live, such as 12h or 7d
    #[arg(long, value_name = "TIME", value_parser = time_to_live)]
    valid_for: Option<TimeDelta>,
    /// Make a validation file for the machine with this fingerprint alone, 32 hex digits
    #[arg(long, value_name = "HEX")]
    machine: Option<Fingerprint>,
    #[command(flatten)]
    issued_at: IssuedAt,
    /// License keys: their text, the path of a file with them, env:NAME, or - for standard input
    #[arg(value_name = "KEY|FILE", required = true)]
    license: Vec<KeyArgument>,
}

impl Args {
    /// Every input except the license keys.
    fn sources(&self) -> impl Iterator<Item = &Source> {
        self.signer.sources().chain(&self.metadata).chain(&self.catalog)
    }

    /// The time to live; `None` for a license file.
    fn time_to_live(&self) -> Option<TimeDelta> {
        let usual = (self.validation || self.machine.is_some()).then_some(ValidationFile::USUAL_TIME_TO_LIVE);
        self.valid_for.or(usual)
    }
}

pub fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    args.signer.check()?;
    one_stdin(args.sources().chain(licenses::stdin(&args.license)))?;
    let kind = args.time_to_live().map_or(FileKind::LicenseFile, |_| FileKind::ValidationFile);
    let read = args.sources().chain(args.license.iter().filter_map(KeyArgument::source));
    let output = args.destination.check(Output::Signed(kind), read)?;
    let mut contents = LicenseFile::new(args.issued_at.or_now()?, licenses::keys(&args.license, streams)?);
    contents.licensee =
        args.licensee.clone().map(|name| Party { name, company: args.company.clone(), email: args.email.clone() });
    contents.contacts.clone_from(&args.contact);
    contents.note.clone_from(&args.note);
    if let Some(source) = &args.metadata {
        contents.metadata = metadata::read(&source.read_text()?).with_context(|| source.to_string())?;
    }
    if let Some(source) = &args.catalog {
        let Some(catalog) = read_catalog(source, streams)? else { return Ok(Exit::FAILURE) };
        contents.names = public_names(&catalog);
    }
    let issued_at = contents.issued_at;
    let keys = contents.licenses.clone();
    let licenses = counted(keys.len(), "license");
    let (mut file, good) = file(args, contents)?;
    let kind = file.kind();
    all_contents(&file)?;

    let (issuer, failure) = args.signer.issuer()?;
    file.sign(&issuer).map_err(|error| failure.explain(error))?;
    warn_of_the_future(issued_at, streams)?;
    warn_of_other_signers(&keys, issuer.verifying_key(), streams)?;
    match output {
        Some((path, overwrite)) => {
            write_public(path, &file.to_string(), overwrite)?;
            let (path, signer) = (shown(path), issuer.verifying_key().id());
            writeln!(streams.messages, "{path}: {kind} with {licenses}, signed by {signer}{good}")?;
        }
        None => streams.data.write_all(file.to_string().as_bytes())?,
    }
    Ok(Exit::SUCCESS)
}

/// Warns of licenses that another key signed: they may be another vendor's, or forged.
fn warn_of_other_signers(keys: &[LicenseKey], signer: &TrustedKey, streams: &mut Streams<'_>) -> anyhow::Result<()> {
    let trusted = [signer.clone()];
    let authenticator = Authenticator::new(&trusted);
    let others = keys.iter().filter(|key| authenticator.authenticate(&key.to_string()).is_err());
    let serials =
        others.map(|key| key.unverified_serial().map_or_else(|| "unknown".to_owned(), |serial| serial.to_string()));
    let serials: Vec<String> = serials.collect();
    if !serials.is_empty() {
        writeln!(
            streams.messages,
            "Warning: {} signed by {}, the key that signs this file: {}. Verify that you issued {}.",
            if serials.len() == 1 { "a license is not" } else { "licenses are not" },
            signer.id(),
            serials.join(", "),
            if serials.len() == 1 { "it" } else { "them" },
        )?;
    }
    Ok(())
}

/// The unsigned file, and its end for the message.
fn file(args: &Args, contents: LicenseFile) -> anyhow::Result<(SignableFile, String)> {
    let Some(time_to_live) = args.time_to_live() else { return Ok((unsigned(&contents)?, String::new())) };
    let mut validation = ValidationFile::new(contents, time_to_live)?;
    validation.machine = args.machine;
    let good = format!(", good until {}", written(validation.expires_at));
    Ok((unsigned(&validation)?, good))
}

/// Hours or days, such as 12h or 7d.
fn time_to_live(text: &str) -> Result<TimeDelta, String> {
    let number = |unit| text.strip_suffix(unit).and_then(|number: &str| number.parse::<u32>().ok());
    let time = match (number('h'), number('d')) {
        (Some(hours), _) => TimeDelta::try_hours(hours.into()),
        (_, Some(days)) => TimeDelta::try_days(days.into()),
        (None, None) => None,
    };
    time.filter(|time| !time.is_zero()).ok_or_else(|| "expected hours or days, such as 12h or 7d".to_owned())
}

/// Parses "support: Grace <help@acme.example>". The address is optional.
fn contact(text: &str) -> Result<Contact, String> {
    let wrong = || "expected a role and a name, such as 'support: Grace <help@acme.example>'".to_owned();
    let (role, who) = text.split_once(':').ok_or_else(wrong)?;
    let (who, address) = match who.trim().strip_suffix('>').and_then(|who| who.rsplit_once('<')) {
        Some((who, address)) => (who, Some(email(address)?)),
        None => (who, None),
    };
    if role.trim().is_empty() || who.trim().is_empty() {
        return Err(wrong());
    }
    Ok(Contact { role: name(role)?, party: Party { name: name(who)?, company: None, email: address } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_a_role_a_name_and_perhaps_an_address() {
        let read = |text| contact(text).map(|Contact { role, party }| (role, party.name, party.email)).ok();
        let some = |role: &str, name: &str, email: Option<&str>| {
            Some((role.to_owned(), name.to_owned(), email.map(str::to_owned)))
        };
        assert_eq!(read("support: Grace <g@acme.example>"), some("support", "Grace", Some("g@acme.example")));
        assert_eq!(read("purchasing:Ada & Co"), some("purchasing", "Ada & Co", None));
        for wrong in ["Grace", ": Grace", "support:", "support: <g@acme.example>", "support: Grace <>"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_time_to_live_has_a_unit_and_is_not_zero() {
        assert_eq!(time_to_live("24h"), Ok(TimeDelta::hours(24)));
        assert_eq!(time_to_live("7d"), Ok(TimeDelta::days(7)));
        for wrong in ["24", "0h", "-1d", "1w", "h", "99999999999d"] {
            assert!(time_to_live(wrong).is_err(), "{wrong}");
        }
    }
}
