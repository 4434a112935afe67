mod on_record;

use std::path::PathBuf;

use anyhow::{Context, bail};
use chrono::{DateTime, TimeDelta, Utc};
use clap::{ArgAction, Subcommand};
use keyward_issuer::files::SignedNumbers;
use keyward_issuer::record::IssueRecord;
use keyward_issuer::{Overwrite, Serial, write_public};
use keyward_verifier::LicenseDigest;
use keyward_verifier::files::{FileKind, Reason, RevocationList, Status};

use crate::args::issued_at::IssuedAt;
use crate::args::licenses::{self, LicenseArgument, NamedLicense};
use crate::args::trust::TrustArgs;
use crate::args::values::reason;
use crate::commands::revocations::on_record::{OnRecord, WithChain, in_words};
use crate::commands::signed_files::{self, Draft, ShowArgs, SignArgs, first_number, unsigned};
use crate::exit::Exit;
use crate::io::source::one_stdin;
use crate::io::streams::Streams;
use crate::io::{clock, destination};
use crate::words::{counted, shown, written};

/// Revoke licenses or put them on hold, in a signed list for products
///
/// A list names licenses by their digests. It is one file: `new` creates it, `add`, `hold` and `lift` change it, and
/// `sign` signs it. A change to a list that was signed, here or into another file, makes the next list: the folder keeps
/// the numbers that were signed, in keyward.numbers. A product that has seen a license revoked never
/// accepts it again, whatever later lists say.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    New(New),
    Add(Add),
    Hold(Hold),
    Lift(Lift),
    Sign(SignArgs),
    Show(Show),
}

/// Create an empty list
#[derive(Debug, clap::Args)]
struct New {
    /// When the next list is due: a day, or a number of days. After that, products may refuse the list for its age
    #[arg(long, value_name = "DATE|DAYS", default_value = "90", value_parser = next_update)]
    next_update: NextUpdate,
    /// Replace an existing file
    #[arg(long = "force", action = ArgAction::SetTrue, value_parser = destination::overwrite())]
    overwrite: Overwrite,
    #[command(flatten)]
    issued_at: IssuedAt,
    /// The file for the list
    #[arg(value_name = "LIST")]
    list: PathBuf,
}

/// Revoke licenses, for ever
///
/// A license on hold is revoked. For a license that is revoked already, the reason changes.
#[derive(Debug, clap::Args)]
struct Add {
    /// The reason
    #[arg(long, value_parser = reason())]
    reason: Reason,
    #[command(flatten)]
    changed: Changed,
}

/// Put licenses on hold, until a later list lifts it
#[derive(Debug, clap::Args)]
struct Hold {
    #[command(flatten)]
    changed: Changed,
}

/// Lift a hold
///
/// A revoked license stays revoked: products remember it. Issue another license.
#[derive(Debug, clap::Args)]
struct Lift {
    #[command(flatten)]
    changed: Changed,
}

/// A list, and the licenses to change on it.
#[derive(Debug, clap::Args)]
struct Changed {
    /// The record, in which --serial finds licenses; reissues, renewals and stopgaps of the licenses are named
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Change the other licenses of the chains too: reissues, renewals and stopgaps, and the licenses that they follow
    #[arg(long, requires = "record")]
    chain: bool,
    /// A license on record, by its serial. May be repeated
    #[arg(long, value_name = "HEX", requires = "record")]
    serial: Vec<Serial>,
    #[command(flatten)]
    issued_at: IssuedAt,
    /// The list, which is changed in place
    #[arg(value_name = "LIST")]
    list: PathBuf,
    /// Licenses, by their digests (32 hex digits), their keys, or files with keys
    #[arg(value_name = "DIGEST|KEY|FILE", required_unless_present = "serial")]
    license: Vec<LicenseArgument>,
}

/// Show a list
///
/// With --trust, its signature is verified; without, its contents are shown as not verified. Exits with 0, or with the
/// exit code of the refusal, such as unknown-key.
#[derive(Debug, clap::Args)]
struct Show {
    #[command(flatten)]
    trust: TrustArgs,
    #[command(flatten)]
    show: ShowArgs,
}

pub fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    match &args.command {
        Command::New(args) => new(args, streams),
        Command::Add(Add { reason, changed }) => {
            let revoke = Change {
                done: &format!("revoked ({reason})"),
                others: "these stay good",
                has_status: |status| matches!(status, Some(Status::Revoked(_))),
                apply: |list: &mut RevocationList, license| {
                    list.set(license, Status::Revoked(*reason));
                    Ok(())
                },
            };
            revoke.make(changed, streams)
        }
        Command::Hold(Hold { changed }) => {
            let hold = Change {
                done: "on hold",
                others: "these stay good",
                has_status: |status: Option<Status>| status.is_some(),
                apply: hold,
            };
            hold.make(changed, streams)
        }
        Command::Lift(Lift { changed }) => {
            let has_status = |status: Option<Status>| status != Some(Status::OnHold);
            let lift = Change { done: "released from hold", others: "these stay on hold", has_status, apply: lift };
            lift.make(changed, streams)
        }
        Command::Sign(args) => args.run(streams),
        Command::Show(args) => show(args, streams),
    }
}

fn new(args: &New, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    destination::check(&args.list, args.overwrite)?;
    destination::check_kind(&args.list, FileKind::RevocationList)?;
    let numbers = SignedNumbers::lock(destination::folder_of(&args.list))?;
    let number = first_number::<RevocationList>(&numbers, &args.list)?;
    let replaced = signed_files::read_path(&args.list, &[FileKind::RevocationList])
        .and_then(|file| Ok(file.unverified_contents()?));
    let lost = replaced.map_or(0, |list: RevocationList| list.len());
    let issued_at = args.issued_at.or_now()?;
    let next_update = match args.next_update {
        NextUpdate::At(time) => time,
        NextUpdate::After(time) => {
            issued_at.checked_add_signed(time).context("--next-update is beyond the calendar")?
        }
    };
    let list = unsigned(&RevocationList::new(number, issued_at, next_update))?;
    write_public(&args.list, &list.to_string(), args.overwrite)?;
    let path = shown(&args.list);
    let next_update = written(next_update);
    writeln!(streams.messages, "{path}: list {number}, empty; the next is due by {next_update}")?;
    let newest = numbers.newest(FileKind::RevocationList);
    if lost == 0 && newest > 0 {
        writeln!(
            streams.messages,
            "Warning: list {newest} was signed in this folder, and the new list revokes none of its licenses: products \
             that take it accept them again. To keep them, change that list with `keyward revocations add`."
        )?;
    }
    if lost > 0 {
        writeln!(
            streams.messages,
            "Warning: {path} had {}, and the new list revokes none of them: products that take it accept these licenses \
             again. To keep them, change the old list with `keyward revocations add`.",
            counted(lost, "license")
        )?;
    }
    writeln!(streams.messages, "{path}: not signed yet: sign it with `keyward revocations sign`")?;
    Ok(Exit::SUCCESS)
}

fn hold(list: &mut RevocationList, license: LicenseDigest) -> anyhow::Result<()> {
    if let Some(Status::Revoked(reason)) = list.status_of(&license) {
        bail!("license {license} is revoked for ever ({reason}): nothing was changed");
    }
    list.set(license, Status::OnHold);
    Ok(())
}

fn lift(list: &mut RevocationList, license: LicenseDigest) -> anyhow::Result<()> {
    match list.status_of(&license) {
        Some(Status::OnHold) => list.remove(&license),
        Some(Status::Revoked(reason)) => bail!(
            "license {license} is revoked for ever ({reason}), since products remember it: nothing was changed; issue \
             another license"
        ),
        _ => bail!("license {license} is not on hold: nothing was changed"),
    }
    Ok(())
}

/// A change of the status of licenses.
struct Change<'a, H, A> {
    /// The change, done.
    done: &'a str,
    /// The remark on the other licenses of the chain.
    others: &'a str,
    /// Whether a license has the status already.
    has_status: H,
    apply: A,
}

impl<H, A> Change<'_, H, A>
where
    H: Fn(Option<Status>) -> bool,
    A: Fn(&mut RevocationList, LicenseDigest) -> anyhow::Result<()>,
{
    /// Changes the list for all of the licenses, or for none.
    fn make(&self, args: &Changed, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
        let named = licenses::named(&args.license, streams)?;
        let chain = if args.chain { WithChain::Changed } else { WithChain::Named };
        let on_record =
            args.record.as_ref().map(|record| OnRecord::find(record, &args.serial, &named, chain)).transpose()?;
        let on_record = on_record.unwrap_or_default();
        let mut draft = Draft::<RevocationList>::read(&args.list)?;
        let mut licenses: Vec<LicenseDigest> =
            named.iter().map(NamedLicense::digest).chain(on_record.named.clone()).collect();
        let others: Vec<&IssueRecord> = on_record.others(&licenses, draft.contents(), &self.has_status).collect();
        let others_in_words = others.iter().map(|record| in_words(record)).collect::<Vec<_>>().join(", ");
        if args.chain {
            licenses.extend(others.iter().map(|record| record.digest()).collect::<Vec<_>>());
        }
        for license in &licenses {
            (self.apply)(draft.contents_mut(), *license)?;
        }
        let what = format!("{} {}", counted(licenses.len(), "license"), self.done);
        draft.write(&args.issued_at, &what, streams)?;
        if let (Some(record), [_, ..]) = (&args.record, on_record.unknown.as_slice()) {
            let (record, unknown) = (shown(record), on_record.unknown.join(", "));
            writeln!(
                streams.messages,
                "Not in {record}, so that reissues, renewals and stopgaps are not known: license {unknown}."
            )?;
        }
        if !args.chain && !others_in_words.is_empty() {
            let others = self.others;
            writeln!(
                streams.messages,
                "Of the same license, {others}: {others_in_words}. Add --chain to change them too."
            )?;
        }
        Ok(Exit::SUCCESS)
    }
}

fn show(args: &Show, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    one_stdin(args.trust.sources().chain([args.show.source()]))?;
    let verify =
        |bytes: &[u8], _| signed_files::verified(&args.show, &args.trust, |trust| trust.revocation_list(bytes));
    let to_verify = "To verify its signature, add --trust, such as --trust vendor.pub.";
    signed_files::show(&args.show, &[FileKind::RevocationList], verify, to_verify, streams)
}

/// When the next list is due.
#[derive(Debug, Clone, Copy)]
enum NextUpdate {
    At(DateTime<Utc>),
    After(TimeDelta),
}

fn next_update(text: &str) -> Result<NextUpdate, String> {
    if let Some(days) = text.parse::<u32>().ok().and_then(|days| TimeDelta::try_days(days.into())) {
        return Ok(NextUpdate::After(days));
    }
    clock::parse_at(text).map(NextUpdate::At).map_err(|error| format!("{error}, or a number of days"))
}
