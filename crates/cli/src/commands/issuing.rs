pub mod batch;
pub mod on_record;
mod own_output;
mod remarks;

use std::path::{Path, PathBuf};

use anyhow::Context;
use chrono::{DateTime, Utc};
use clap::ArgAction;
use keyward_catalog::Catalog;
use keyward_issuer::issuance::{Issuance, IssueError, Issued};
use keyward_issuer::order::Order;
use keyward_issuer::policy::{Policy, Refusals};
use keyward_issuer::record::{Action, IssueRecord, MemoryRecord, RecordFile, Recorded, Storage};
use keyward_issuer::{Issuer, Overwrite, TrustedKey, terminal_safe_json, write_private};
use keyward_verifier::files::{RevocationList, Trust, Verified};
use serde_json::json;

use crate::args::names::read_catalog;
use crate::args::signer::{AnySigner, Failure, SignerArgs};
use crate::args::trust::trusted_key;
use crate::args::values::name;
use crate::exit::Exit;
use crate::io::destination::Output;
use crate::io::failure::{self, usage};
use crate::io::source::{Source, one_stdin};
use crate::io::streams::Streams;
use crate::io::{clock, destination};
use crate::show::claims::validity;
use crate::show::qr::{self, Ground};
use crate::words::{harmless, written};

/// The inputs of an issue, and the output of its key: for `issue`, `reissue` and `renew`.
#[derive(Debug, clap::Args)]
pub struct IssuingArgs {
    /// The catalogue: a path, env:NAME, or - for standard input
    #[arg(long, value_name = "CATALOG")]
    catalog: Source,
    #[command(flatten)]
    signer: SignerArgs,
    /// The public key of an earlier signing key, to reissue and renew its licenses on record. May be repeated
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    trust: Vec<Source>,
    /// A signed revocation list: a license that it revokes is not renewed, and a revoked renewal can be renewed again. A
    /// path, or env:NAME
    #[arg(long, value_name = "LIST")]
    revocations: Option<Source>,
    /// The public key that signed the revocation list, if it is not the signing key. It is trusted for nothing else. May be
    /// repeated
    #[arg(long, value_name = "KEY", allow_hyphen_values = true, requires = "revocations")]
    revocations_signed_by: Vec<Source>,
    /// The name of the person who issues it, for the record; without it, the user who is logged in
    #[arg(long, value_name = "NAME", value_parser = name)]
    issued_by: Option<String>,
    /// Write the key to this file, which only you can read; without it, or with -, to standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace an existing file
    #[arg(long = "force", requires = "output", action = ArgAction::SetTrue, value_parser = destination::overwrite())]
    pub overwrite: Overwrite,
    /// Write the issue record as a JSON object, with the key in it
    ///
    /// The refusal of an order is an object too, on standard output: refused, a list of objects with code and message.
    #[arg(long)]
    json: bool,
    /// Also write the key as a QR code, below the key
    #[arg(long, conflicts_with = "json")]
    qr: bool,
}

/// The inputs of an issue, opened.
pub struct Issuing {
    catalog: Catalog,
    issuer: Issuer<AnySigner>,
    pub failure: Failure,
    issued_by: String,
    /// The keys that may have signed the licenses on record, besides the issuer's.
    trusted: Vec<TrustedKey>,
    revocations: Option<Verified<RevocationList>>,
    pub record: Option<RecordFile>,
}

impl Issuing {
    pub fn issuance(&self, now: DateTime<Utc>) -> anyhow::Result<Issuance<'_, AnySigner>> {
        let policy = Policy::new(&self.catalog, clock::day_of(now)?);
        let policy = self.revocations.as_deref().map_or(policy, |list| policy.with_revocations(list));
        Ok(Issuance { policy, issuer: &self.issuer, trusted: &self.trusted, issued_by: &self.issued_by })
    }

    /// The same inputs, prepared for signing many licenses.
    pub fn prepared(self) -> Issuing {
        Issuing { issuer: self.issuer.prepared(), ..self }
    }
}

/// The exit codes, for the help of commands that issue.
pub const EXIT_CODES: &str = "Exit codes:
  0  the license was issued
  1  the command failed; for example, a file can't be read: no key was written, or the message says where it is
  2  wrong arguments
  3  the order breaks a rule; the messages name every rule that it breaks
";

impl IssuingArgs {
    /// The output file; `None` for standard output.
    pub fn output(&self) -> Option<&Path> {
        self.output.as_deref().filter(|path| *path != Path::new("-"))
    }

    /// Every input except orders and the record.
    pub fn sources(&self) -> impl Iterator<Item = &Source> {
        self.signer
            .sources()
            .chain([&self.catalog])
            .chain(&self.trust)
            .chain(&self.revocations)
            .chain(&self.revocations_signed_by)
    }

    /// Opens the inputs; `None` if the catalogue has problems, which were reported.
    pub fn open(
        &self,
        orders: Option<&Source>,
        record: Option<&Path>,
        streams: &mut Streams<'_>,
    ) -> anyhow::Result<Option<Issuing>> {
        self.signer.check()?;
        let read = || self.sources().chain(orders);
        one_stdin(read())?;
        if let Some(path) = record {
            if path == Path::new("-") {
                return Err(usage("a record is a file, and - is standard input or output: name a file with --record"));
            }
            destination::check_not_read(path, read())?;
        }
        match self.output() {
            Some(path) => {
                destination::check(path, self.overwrite)?;
                let output = if orders.is_some() { Output::Batch } else { Output::Other };
                destination::check_replaceable(path, output)?;
                let record_files = record.map(destination::record_files);
                destination::check_not_read(path, read().chain(record_files.iter().flatten()))?;
            }
            None => destination::check_standard_output()?,
        }
        let issued_by = self.issued_by()?;
        let Some(catalog) = read_catalog(&self.catalog, streams)? else { return Ok(None) };
        let (issuer, failure) = self.signer.issuer()?;
        let keys = |sources: &[Source]| sources.iter().map(trusted_key).collect::<anyhow::Result<Vec<TrustedKey>>>();
        let (trusted, sign_lists) = (keys(&self.trust)?, keys(&self.revocations_signed_by)?);
        let revocations = self.revocations.as_ref().map(|source| list(source, &issuer, sign_lists)).transpose()?;
        if let Some(list) = revocations.as_deref().filter(|list| list.next_update < clock::now()) {
            writeln!(
                streams.messages,
                "Warning: the revocation list was to be replaced by {}: licenses that were revoked since then are not on it.",
                written(list.next_update)
            )?;
        }
        let new_record = record.filter(|path| !path.exists());
        let record = record.map(RecordFile::open).transpose()?;
        if let Some(path) = new_record {
            // A mistyped name begins a record too, without the licenses that the rules count.
            writeln!(streams.messages, "{}: a new record", harmless(&path.display().to_string()))?;
        }
        if let Some(torn) = record.as_ref().and_then(RecordFile::torn) {
            let (line, moved_to) = (torn.line, harmless(&torn.moved_to.display().to_string()));
            writeln!(
                streams.messages,
                "The last line of the record, line {line}, is incomplete after a crash; its key was not written \
                 anywhere. It was moved to {moved_to}."
            )?;
        }
        Ok(Some(Issuing { catalog, issuer, failure, issued_by, trusted, revocations, record }))
    }

    /// Issues the license, and writes its key once it is on record.
    pub fn issue(&self, order: &Order, record: Option<&Path>, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
        if let Some(record) = record {
            if !destination::check_not_the_record(record, streams)? {
                return Ok(Exit::FAILURE);
            }
        }
        let Some(mut opened) = self.open(None, record, streams)? else { return Ok(Exit::FAILURE) };
        let mut record = opened.record.take();
        let decided = match &mut record {
            Some(record) => issued(&opened, order, record)?,
            None => issued(&opened, order, &mut MemoryRecord::default())?,
        };
        let (issued, again) = match decided {
            Ok(Issued::New(Recorded { record: issued, .. })) => (issued, false),
            Ok(Issued::Repeated(Recorded { record: issued, .. })) => (issued, true),
            Err(refusals) => return self.refuse(&refusals, streams),
        };

        let ground = if self.output().is_some() { Ground::Paper } else { Ground::Terminal };
        let text = self.text(&issued, ground)?;
        let kept = || match record {
            Some(_) => format!("license {} is on record, with its key", issued.serial()),
            None => format!("license {} was signed, and its key is lost", issued.serial()),
        };
        match self.output() {
            Some(path) => {
                write_private(path, &text, self.overwrite).with_context(kept)?;
                let name = harmless(&path.display().to_string());
                // The key is written. A message that can't be written is not a failure.
                let _ = writeln!(streams.messages, "{name}: {}", in_one_line(&issued));
            }
            None => streams.data.write_all(text.as_bytes()).and_then(|()| streams.data.flush()).with_context(kept)?,
        }
        if again && issued.license_of_locked().is_some() {
            let _ = writeln!(
                streams.messages,
                "This machine has the key since {}: the same key was given again.",
                written(issued.issued_at())
            );
        }
        if let Some(record) = &mut record {
            for remark in remarks::of(&issued, record, clock::now()) {
                let _ = writeln!(streams.messages, "{remark}");
            }
        }
        Ok(Exit::SUCCESS)
    }

    fn issued_by(&self) -> anyhow::Result<String> {
        let visible = |text: String| name(&text).ok();
        let of_environment =
            || ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok().and_then(visible));
        // Cron and containers set none of them.
        let of_system = || whoami::username().ok().and_then(visible);
        let named = self.issued_by.clone().or_else(of_environment).or_else(of_system);
        named.ok_or_else(|| {
            usage("the name of the user is unknown: name the person who issues the license with --issued-by")
        })
    }

    fn refuse(&self, refusals: &Refusals, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
        if self.json {
            let refused = refusals.as_slice().iter();
            let refused: Vec<_> =
                refused.map(|refusal| json!({ "code": refusal.code(), "message": refusal.to_string() })).collect();
            let text = serde_json::to_string_pretty(&json!({ "refused": refused }))?;
            writeln!(streams.data, "{}", terminal_safe_json(text))?;
        } else {
            let messages: Vec<String> = refusals.as_slice().iter().map(ToString::to_string).collect();
            failure::report_each(messages.iter().map(String::as_str), streams.messages);
        }
        Ok(Exit::REFUSED)
    }

    fn text(&self, issued: &IssueRecord, ground: Ground) -> anyhow::Result<String> {
        if self.json {
            let record: serde_json::Value = serde_json::from_str(&issued.to_line())?;
            return Ok(format!("{}\n", terminal_safe_json(serde_json::to_string_pretty(&record)?)));
        }
        let key = format!("{:#}\n", issued.key());
        if self.qr { Ok(format!("{key}\n{}", qr::code(issued.key(), ground)?)) } else { Ok(key) }
    }
}

/// The revocation list, signed by the signing key or a key for lists. An earlier signing key, which may be stolen, signs no list.
fn list(
    source: &Source,
    issuer: &Issuer<AnySigner>,
    mut sign_lists: Vec<TrustedKey>,
) -> anyhow::Result<Verified<RevocationList>> {
    sign_lists.push(issuer.verifying_key().clone());
    Trust::Keys(&sign_lists).revocation_list(&source.read_signed_file()?).with_context(|| source.to_string())
}

/// Issues the license. A refused order is not a failure of the command.
fn issued<T: Storage>(opened: &Issuing, order: &Order, storage: &mut T) -> anyhow::Result<Result<Issued, Refusals>> {
    let now = clock::now_for_signing()?;
    match opened.issuance(now)?.issue(order, storage, now) {
        Ok(issued) => Ok(Ok(issued)),
        Err(IssueError::Refused(refusals)) => Ok(Err(refusals)),
        Err(IssueError::Sign(error)) => Err(opened.failure.explain(error)),
        Err(error) => Err(error.into()),
    }
}

/// The issued license in one line, without its key: the message may be in a log.
fn in_one_line(issued: &IssueRecord) -> String {
    let (names, claims) = (&issued.details().names, issued.claims());
    let replaces = match (issued.details().action, issued.details().replaces) {
        (Action::Reissue, Some(serial)) => format!(", in place of license {serial}"),
        (Action::Locked, Some(serial)) => format!(", for one machine, beside license {serial}"),
        (_, Some(serial)) => format!(", after license {serial}"),
        (_, None) => String::new(),
    };
    let (product, edition) = (&names.product, &names.edition);
    let (serial, seats, validity) = (claims.serial(), claims.seats(), validity(claims));
    let updates = claims.updates_through().map(|day| format!(", updates through {day}")).unwrap_or_default();
    harmless(&format!("license {serial}, {product} {edition}, seats: {seats}, {validity}{updates}{replaces}"))
}
