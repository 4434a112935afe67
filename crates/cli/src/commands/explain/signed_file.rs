//! Explains root sets, trust bundles, revocation lists and statements of the time.

use chrono::{DateTime, Utc};
use keyward_issuer::files::SignableFile;
use keyward_verifier::files::{
    ContentsDigest, Envelope, FileError, FileKind, KeyState, PersistentState, RevocationList, RootSet, Roots, Status,
    TimePurpose, TimeStatement, TrustBundle, VersionedFile,
};

use super::Explanation;
use crate::args::request::RequestArgs;
use crate::assess::evidence::advice_on_file;
use crate::assess::state_store::StateStore;
use crate::exit::Exit;
use crate::show::checks::{Check, CheckResult, of_roots};
use crate::show::signed_file::Contents;
use crate::words::{away, counted, harmless, written};

/// The explanation of a file, verified if keys or roots are trusted.
pub fn explain(args: &RequestArgs, kind: FileKind, contents: &[u8]) -> anyhow::Result<(Explanation, Exit)> {
    let signatures = signatures(args, kind, contents)?;
    let said = what_it_says(kind, contents);
    let (mut checks, error) = match &said {
        Ok((said, _)) => of_its_numbers(args, said, Envelope::parse(contents, kind)?.digest())?,
        Err(_) => (Vec::new(), None),
    };
    let refusal = match (&signatures, &said) {
        (Signatures::Refused(error), _) | (_, Err(error)) => Some(error),
        _ => error.as_ref(),
    };
    let mut what_it_is = vec![purpose_of(kind).to_owned()];
    if !matches!(signatures, Signatures::Hold(_)) {
        what_it_is.push("It may not be genuine. Its own contents, not verified:".to_owned());
    }
    what_it_is.extend(said.iter().flat_map(|(_, sentences)| sentences.clone()));
    let to_do = refusal.and_then(advice_on_file);
    let next = match (refusal, to_do) {
        (Some(error), to_do) => {
            vec![format!("Don't use it ({}): {}.", error.code(), to_do.unwrap_or("ask the vendor"))]
        }
        (None, _) => {
            let first = "First verify it, with the option named above.".to_owned();
            let is_open = matches!(signatures, Signatures::NotChecked { .. });
            is_open.then_some(first).into_iter().chain([use_of(kind).to_owned()]).collect()
        }
    };
    let exit = refusal.map_or(Exit::SUCCESS, |error| error.outcome().into());
    let result = match signatures {
        Signatures::Hold(how) => CheckResult::Passed(how.to_owned()),
        Signatures::Refused(error) => CheckResult::Failed(error.to_string()),
        Signatures::NotChecked { unknown, option } => CheckResult::NotMade { unknown: unknown.to_owned(), option },
    };
    checks.insert(0, Check { about: "signatures", result });
    if matches!(kind, FileKind::TrustBundle | FileKind::RootSet) && args.roots()?.is_some() {
        checks.extend(of_roots(args.roots_named_by()));
    }
    Ok((Explanation { what_it_is, checks, next }, exit))
}

/// The checks of version, age and date, and the refusal, if there is one.
fn of_its_numbers(
    args: &RequestArgs,
    contents: &Contents,
    digest: ContentsDigest,
) -> anyhow::Result<(Vec<Check>, Option<FileError>)> {
    let at = args.asked_at();
    let mut checks = Vec::new();
    let rollback = match contents {
        Contents::TrustBundle(bundle) => {
            let newest = |state: &PersistentState| (state.bundle_version(), state.bundle_digest());
            store(args, &mut checks, VersionedFile::TrustBundle, (bundle.version, digest), newest)?
        }
        Contents::RevocationList(list) => {
            let newest = |state: &PersistentState| (state.list_sequence(), state.list_digest());
            store(args, &mut checks, VersionedFile::RevocationList, (list.sequence, digest), newest)?
        }
        _ => None,
    };
    let stale = match contents {
        Contents::RevocationList(list) => age(args, &mut checks, list, at),
        _ => None,
    };
    let issued_at = contents.issued_at();
    let dated = format!("it was issued at {}, {}", written(issued_at), away(issued_at, at));
    let result = if issued_at > at {
        CheckResult::Remarked(format!(
            "{dated}: either the file is dated ahead, or the clock, which says {}, is behind",
            at.date_naive()
        ))
    } else {
        CheckResult::Passed(dated)
    };
    checks.push(Check { about: "date", result });
    Ok((checks, rollback.or(stale)))
}

/// The check against the newest file seen.
fn store(
    args: &RequestArgs,
    checks: &mut Vec<Check>,
    file: VersionedFile,
    (found, digest): (u32, ContentsDigest),
    newest: impl FnOnce(&PersistentState) -> (u32, Option<ContentsDigest>),
) -> anyhow::Result<Option<FileError>> {
    let kept = args.kept()?;
    let (seen, seen_digest) = kept.as_ref().and_then(StateStore::state).map_or((0, None), newest);
    let is_another = found == seen && seen_digest != Some(digest);
    let rollback = (found < seen || is_another).then_some(FileError::Rollback { file, found, seen });
    let result = match (kept.as_ref().and_then(StateStore::unused), &rollback) {
        (Some(error), _) => CheckResult::Remarked(format!("it is not used: {error}")),
        (None, Some(rollback)) => CheckResult::Failed(rollback.to_string()),
        (None, None) if args.names_a_state() => CheckResult::Passed("no newer file was seen before".to_owned()),
        (None, None) => CheckResult::NotMade {
            unknown: "whether a newer file was seen before".to_owned(),
            option: "--state FOLDER",
        },
    };
    checks.push(Check { about: "state", result });
    Ok(rollback)
}

fn age(args: &RequestArgs, checks: &mut Vec<Check>, list: &RevocationList, at: DateTime<Utc>) -> Option<FileError> {
    let overdue = (list.next_update < at).then(|| format!("a newer one was due on {}", list.next_update.date_naive()));
    let days = counted(list.age_days(at), "day");
    let stale = args.max_staleness().and_then(|most| list.no_older_than(most, at).err());
    let result = match (&stale, overdue) {
        (Some(stale), _) => CheckResult::Failed(stale.to_string()),
        (None, _) if list.is_ahead(at) => {
            CheckResult::Remarked("it is dated more than a day ahead: its age is not known".to_owned())
        }
        (None, Some(overdue)) => CheckResult::Remarked(format!("it is {days} old; {overdue}")),
        (None, None) => CheckResult::Passed(format!("it is {days} old, and a newer one is not due yet")),
    };
    checks.push(Check { about: "age of list", result });
    stale
}

enum Signatures {
    Hold(&'static str),
    Refused(FileError),
    NotChecked { unknown: &'static str, option: &'static str },
}

impl Signatures {
    fn of<T>(opened: Result<T, FileError>, how: &'static str) -> Signatures {
        opened.map_or_else(Signatures::Refused, |_| Signatures::Hold(how))
    }
}

fn signatures(args: &RequestArgs, kind: FileKind, contents: &[u8]) -> anyhow::Result<Signatures> {
    let by_roots = matches!(kind, FileKind::RootSet | FileKind::TrustBundle);
    if by_roots {
        let Some(roots) = args.roots()? else {
            // Without roots, only damage shows.
            return Ok(match (kind, Roots::from_built_in_file(contents)) {
                (FileKind::RootSet, Err(error)) => Signatures::Refused(error),
                _ => Signatures::NotChecked {
                    unknown: "whether it is the vendor's: only roots from another source prove that",
                    option: "--roots ROOTS",
                },
            });
        };
        return Ok(match kind {
            FileKind::TrustBundle => Signatures::of(roots.trust_bundle(contents), "enough of the roots signed it"),
            _ if Roots::from_built_in_file(contents).is_ok_and(|these| these == roots) => {
                Signatures::Hold("it is the root set that --roots names")
            }
            _ => Signatures::of(roots.next(contents), "the roots before it signed it"),
        });
    }
    if !args.trusts() {
        return Ok(Signatures::NotChecked {
            unknown: "whether it is the vendor's: anyone can make such a file",
            option: "--trust KEY",
        });
    }
    let trusted = match args.trusted() {
        Ok(trusted) => trusted,
        Err(error) => return error.downcast().map(Signatures::Refused),
    };
    let how = "a trusted key signed it, and may sign it";
    Ok(match kind {
        FileKind::RevocationList => Signatures::of(trusted.trust().revocation_list(contents), how),
        _ => Signatures::of(trusted.trust().time_statement(contents), how),
    })
}

const fn purpose_of(kind: FileKind) -> &'static str {
    match kind {
        FileKind::RootSet => "A root set: the keys that sign trust bundles, and how many of them must sign.",
        FileKind::TrustBundle => "A trust bundle: the signing keys that products trust, and what each may sign.",
        FileKind::RevocationList => "A revocation list: the licenses that are revoked or on hold.",
        FileKind::TimeStatement => "A statement of the time: the time is no earlier.",
        FileKind::LicenseFile | FileKind::ValidationFile => "A file with licenses.",
        _ => "A signed file.",
    }
}

const fn use_of(kind: FileKind) -> &'static str {
    match kind {
        FileKind::RootSet => "Use it with --roots, after the root set that came with the product.",
        FileKind::TrustBundle => "Use it with --trust and --roots when you verify a license.",
        FileKind::RevocationList => "Use it with --revocations when you verify a license.",
        FileKind::TimeStatement => "Use it with --time and --state when you verify a license.",
        _ => "Verify it with keyward verify.",
    }
}

/// The unverified contents of the file, also in sentences.
fn what_it_says(kind: FileKind, contents: &[u8]) -> Result<(Contents, Vec<String>), FileError> {
    let contents = Contents::of(&SignableFile::read(contents, kind)?)?;
    let sentences = match &contents {
        Contents::RootSet(roots) => of_root_set(roots),
        Contents::TrustBundle(bundle) => of_bundle(bundle),
        Contents::RevocationList(list) => of_list(list),
        Contents::TimeStatement(statement) => of_statement(statement),
        // The licenses in these files are explained.
        Contents::LicenseFile(_) | Contents::ValidationFile(_) => Vec::new(),
    };
    Ok((contents, sentences))
}

fn of_root_set(roots: &RootSet) -> Vec<String> {
    let keys: Vec<String> = roots.keys.iter().map(|key| key.id().to_string()).collect();
    vec![
        format!(
            "Version {}, issued at {}: {} of {} keys must sign.",
            roots.version,
            written(roots.issued_at),
            roots.threshold,
            keys.len()
        ),
        format!("The keys are {}.", keys.join(", ")),
    ]
}

fn of_bundle(bundle: &TrustBundle) -> Vec<String> {
    let mut said = vec![format!("Version {}, issued at {}.", bundle.version, written(bundle.issued_at))];
    said.extend(bundle.delegated().iter().map(|delegated| {
        let state = match &delegated.state {
            KeyState::Active => "signs".to_owned(),
            KeyState::Retired => "signs nothing new".to_owned(),
            KeyState::Compromised { allowed } => {
                format!("is compromised, and only {} of it still verify", counted(allowed.len(), "license"))
            }
            _ => "is in a state that this version does not know".to_owned(),
        };
        let purposes: Vec<String> = delegated.may_sign.purposes.iter().map(ToString::to_string).collect();
        let purposes = if purposes.is_empty() { "nothing".to_owned() } else { purposes.join(", ") };
        format!("The key {} ({}) {state}; it may sign {purposes}.", harmless(&delegated.name), delegated.key.id())
    }));
    said
}

fn of_list(list: &RevocationList) -> Vec<String> {
    let count = |on_hold: bool| {
        let are_so = list.iter().filter(|(_, status)| (*status == Status::OnHold) == on_hold).count();
        counted(are_so, "license")
    };
    vec![
        format!(
            "List {}, issued at {}; the next is due at {}.",
            list.sequence,
            written(list.issued_at),
            written(list.next_update)
        ),
        format!("{} revoked, {} on hold.", count(false), count(true)),
    ]
}

fn of_statement(statement: &TimeStatement) -> Vec<String> {
    let at = written(statement.issued_at);
    vec![match statement.purpose {
        TimePurpose::Recovery { state } => {
            format!("A recovery: the state {state} alone may set its time back to {at}.")
        }
        _ => format!("It was signed at {at}."),
    }]
}
