mod on_record;

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use chrono::{DateTime, TimeDelta, Utc};
use clap::{ArgAction, Subcommand};
use keyward_issuer::files::SignedNumbers;
use keyward_issuer::policy::permits_more;
use keyward_issuer::{Overwrite, Serial, write_public};
use keyward_verifier::LicenseDigest;
use keyward_verifier::files::{FileKind, Reason, RevocationList, Status};

use crate::args::issued_at::IssuedAt;
use crate::args::licenses::{self, LicenseArgument, NamedLicense};
use crate::args::trust::TrustArgs;
use crate::args::values::reason;
use crate::commands::revocations::on_record::{OnRecord, Others, WithChain, in_words};
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
/// A license on hold is revoked. For a license that is revoked already, the reason changes; but one after which no license
/// follows, such as refunded, and a hold are not replaced by one after which a license may be issued again: leaked or
/// superseded.
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
/// A revoked license stays revoked: products remember it. Issue another license. Only a revocation that no signed list has is
/// taken back: of a draft in a folder where no list was signed, or one that the newest signed list does not have.
#[derive(Debug, clap::Args)]
struct Lift {
    /// The newest list that was signed in this folder, where its copy, keyward.newest-list, is gone
    #[arg(long, value_name = "FILE")]
    signed: Option<PathBuf>,
    #[command(flatten)]
    changed: Changed,
}

/// A list, and the licenses to change on it.
#[derive(Debug, clap::Args)]
struct Changed {
    /// The record, in which --serial finds licenses; reissues, renewals and stopgaps of the licenses are named
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Change the other keys of the same term too: reissues, locked keys, and the keys that they replace
    #[arg(long, requires = "record")]
    chain: bool,
    /// Change the licenses of other terms too, which were sold apart: renewals, stopgaps, and the licenses that they follow
    #[arg(long, requires = "record", conflicts_with = "chain")]
    all_terms: bool,
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

impl Changed {
    const fn with_chain(&self) -> WithChain {
        match (self.all_terms, self.chain) {
            (true, _) => WithChain::AllTerms,
            (false, true) => WithChain::Term,
            (false, false) => WithChain::Nothing,
        }
    }
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
                apply: |list: &mut RevocationList, license, _: &Signed| revoke(list, license, *reason),
            };
            revoke.make(changed, None, streams)
        }
        Command::Hold(Hold { changed }) => {
            let hold = Change {
                done: "on hold",
                others: "these stay good",
                has_status: |status: Option<Status>| status.is_some(),
                apply: |list: &mut RevocationList, license, _: &Signed| hold(list, license),
            };
            hold.make(changed, None, streams)
        }
        Command::Lift(Lift { signed, changed }) => {
            let has_status = |status: Option<Status>| status != Some(Status::OnHold);
            let lift = Change { done: "released from hold", others: "these stay on hold", has_status, apply: lift };
            lift.make(changed, signed.as_deref(), streams)
        }
        Command::Sign(args) => args.run(streams),
        Command::Show(args) => show(args, streams),
    }
}

fn new(args: &New, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    destination::check(&args.list, args.overwrite)?;
    destination::check_kind(&args.list, FileKind::RevocationList)?;
    let mut numbers = SignedNumbers::lock(destination::folder_of(&args.list))?;
    let number = first_number::<RevocationList>(&mut numbers, &args.list)?;
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

fn revoke(list: &mut RevocationList, license: LicenseDigest, reason: Reason) -> anyhow::Result<()> {
    let status = Status::Revoked(reason);
    match list.status_of(&license).filter(|before| permits_more(status, *before)) {
        Some(Status::OnHold) => bail!(
            "license {license} is on hold, and could be issued again if it were revoked ({reason}): nothing was changed; lift \
             the hold first, or name another reason"
        ),
        Some(Status::Revoked(before)) => bail!(
            "license {license} is revoked ({before}), and could be issued again if it were revoked ({reason}): nothing was \
             changed; leave it as it is"
        ),
        _ => list.set(license, status),
    }
    Ok(())
}

fn lift(list: &mut RevocationList, license: LicenseDigest, signed: &Signed) -> anyhow::Result<()> {
    match (list.status_of(&license), signed) {
        (Some(Status::OnHold), _) | (Some(Status::Revoked(_)), Signed::Never) => list.remove(&license),
        (Some(Status::Revoked(reason)), Signed::Newest(newest)) => match newest.status_of(&license) {
            Some(Status::Revoked(_)) => bail!(
                "license {license} is revoked for ever ({reason}), since list {} has it and products remember it: nothing was \
                 changed; issue another license",
                newest.sequence
            ),
            Some(before) => list.set(license, before),
            None => list.remove(&license),
        },
        (Some(Status::Revoked(reason)), Signed::Unknown) => bail!(
            "license {license} is revoked for ever ({reason}), since products remember it: nothing was changed; issue another \
             license. If no signed list has it, name the newest signed one with --signed"
        ),
        _ => bail!("license {license} is not on hold: nothing was changed"),
    }
    Ok(())
}

/// The newest signed list of the folder: what products may have seen.
enum Signed {
    /// No list was signed in the folder.
    Never,
    Newest(Box<RevocationList>),
    /// There is one, and it is neither kept nor named.
    Unknown,
}

impl Signed {
    fn of(draft: &Draft<RevocationList>, path: Option<&Path>) -> anyhow::Result<Signed> {
        let Some(path) = path else {
            let newest = draft.newest_signed().map(|list| Signed::Newest(Box::new(list)));
            return Ok(newest.unwrap_or(if draft.was_signed() { Signed::Unknown } else { Signed::Never }));
        };
        let file = signed_files::read_path(path, &[FileKind::RevocationList])?;
        let list: RevocationList = file.unverified_contents().with_context(|| shown(path))?;
        if !draft.is_newest_signed(list.sequence, file.digest()) {
            bail!(
                "{} is not the newest list that was signed in this folder: nothing was changed; name that one",
                shown(path)
            );
        }
        Ok(Signed::Newest(Box::new(list)))
    }
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
    A: Fn(&mut RevocationList, LicenseDigest, &Signed) -> anyhow::Result<()>,
{
    /// Changes the list for all of the licenses, or for none.
    fn make(&self, args: &Changed, signed: Option<&Path>, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
        let named = licenses::named(&args.license, streams)?;
        let on_record = args
            .record
            .as_ref()
            .map(|record| OnRecord::find(record, &args.serial, &named, args.with_chain()))
            .transpose()?;
        let on_record = on_record.unwrap_or_default();
        let mut draft = Draft::<RevocationList>::read(&args.list)?;
        let signed = Signed::of(&draft, signed)?;
        let mut licenses: Vec<LicenseDigest> =
            named.iter().map(NamedLicense::digest).chain(on_record.named.clone()).collect();
        let Others { of_term, of_other_terms } = on_record.others(&licenses, draft.contents(), &self.has_status);
        let (mut with_them, mut left) = (Vec::new(), Vec::new());
        for (others, is_changed, of, option) in [
            (of_term, args.chain || args.all_terms, "Of the same term", "--chain"),
            (of_other_terms, args.all_terms, "Of other terms, which were sold apart", "--all-terms"),
        ] {
            if is_changed {
                licenses.extend(others.iter().map(|record| record.digest()));
                with_them.extend(others.into_iter().map(in_words));
            } else if !others.is_empty() {
                let others = others.into_iter().map(in_words).collect::<Vec<_>>().join(", ");
                left.push(format!("{of}, {}: {others}. Add {option} to change them too.", self.others));
            }
        }
        let is_revoked =
            |license: &&LicenseDigest| matches!(draft.contents().status_of(license), Some(Status::Revoked(_)));
        let revoked = licenses.iter().filter(is_revoked).count();
        let is_unchecked = |license: &NamedLicense| {
            matches!(license, NamedLicense::Key(_)) && draft.contents().status_of(&license.digest()).is_none()
        };
        let unchecked = args.record.is_none() && named.iter().any(is_unchecked);
        for license in &licenses {
            (self.apply)(draft.contents_mut(), *license, &signed)?;
        }
        let is_good = |license: &&LicenseDigest| draft.contents().status_of(license).is_none();
        let what = match licenses.iter().filter(is_good).count().min(revoked) {
            0 => format!("{} {}", counted(licenses.len(), "license"), self.done),
            taken_back => format!(
                "{} {}, {taken_back} of them revoked on no signed list and taken back",
                counted(licenses.len(), "license"),
                self.done
            ),
        };
        draft.write(&args.issued_at, &what, streams)?;
        if !with_them.is_empty() {
            writeln!(streams.messages, "Changed with them: {}.", with_them.join(", "))?;
        }
        if let (Some(record), [_, ..]) = (&args.record, on_record.unknown.as_slice()) {
            let (record, unknown) = (shown(record), on_record.unknown.join(", "));
            writeln!(
                streams.messages,
                "Not in {record}, so that reissues, renewals and stopgaps are not known, and the signature was not checked: \
                 license {unknown}."
            )?;
        }
        if unchecked {
            writeln!(
                streams.messages,
                "The signatures of the keys were not checked: with --record, a key is refused that only looks like a license \
                 on record."
            )?;
        }
        left.iter().try_for_each(|left| writeln!(streams.messages, "{left}"))?;
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
