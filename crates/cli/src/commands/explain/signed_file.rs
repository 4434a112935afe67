//! What a file is that is carried beside licenses, whether its signatures hold, and what it is for.

use chrono::{DateTime, Utc};
use keyward_issuer::files::SignableFile;
use keyward_verifier::files::{
    FileError, FileKind, KeyState, PersistentState, RevocationList, RootSet, Roots, Status, TimePurpose, TimeStatement,
    TrustBundle, VersionedFile,
};

use super::Explanation;
use crate::args::request::RequestArgs;
use crate::assess::state_store::StateStore;
use crate::exit::Exit;
use crate::show::checks::{Check, CheckResult, of_roots};
use crate::show::signed_file::Contents;
use crate::words::{away, counted, harmless, written};

/// Verified where something is trusted that could vouch for it; else only what it says of itself.
pub fn explain(args: &RequestArgs, kind: FileKind, contents: &[u8]) -> anyhow::Result<(Explanation, Exit)> {
    let signatures = signatures(args, kind, contents)?;
    let said = what_it_says(kind, contents);
    let (mut checks, error) = match &said {
        Ok((contents, _)) => of_its_numbers(args, contents)?,
        Err(_) => (Vec::new(), None),
    };
    let refusal = match (&signatures, &said) {
        (Signatures::Refused(error), _) | (_, Err(error)) => Some(error),
        _ => error.as_ref(),
    };
    let mut what_it_is = vec![purpose_of(kind).to_owned()];
    if !matches!(signatures, Signatures::Hold(_)) {
        what_it_is.push("It is not known to be genuine. It says of itself:".to_owned());
    }
    what_it_is.extend(said.iter().flat_map(|(_, sentences)| sentences.clone()));
    let to_do = refusal.and_then(|error| error.outcome().advice());
    let next = match (refusal, to_do) {
        (Some(error), to_do) => {
            vec![format!("Don't use it ({}): {}.", error.code(), to_do.unwrap_or("ask the vendor"))]
        }
        (None, _) => {
            let first = "First see whether it is genuine: what is named above would tell.".to_owned();
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

/// Whether a newer one was seen, whether another is due, whether its date can be; and by which it is refused, if it is.
fn of_its_numbers(args: &RequestArgs, contents: &Contents) -> anyhow::Result<(Vec<Check>, Option<FileError>)> {
    let at = args.asked_at();
    let mut checks = Vec::new();
    let rollback = match contents {
        Contents::TrustBundle(bundle) => {
            store(args, &mut checks, VersionedFile::TrustBundle, bundle.version, PersistentState::bundle_version)?
        }
        Contents::RevocationList(list) => {
            store(args, &mut checks, VersionedFile::RevocationList, list.sequence, PersistentState::list_sequence)?
        }
        _ => None,
    };
    let stale = match contents {
        Contents::RevocationList(list) => age(args, &mut checks, list, at),
        _ => None,
    };
    let issued_at = contents.issued_at();
    let dated = format!("it is of {}, {}", written(issued_at), away(issued_at, at));
    let result = if issued_at > at { CheckResult::Remarked(dated) } else { CheckResult::Passed(dated) };
    checks.push(Check { about: "date", result });
    Ok((checks, rollback.or(stale)))
}

/// Against the newest that was seen.
fn store(
    args: &RequestArgs,
    checks: &mut Vec<Check>,
    file: VersionedFile,
    found: u32,
    newest: fn(&PersistentState) -> u32,
) -> anyhow::Result<Option<FileError>> {
    let kept = args.kept()?;
    let seen = kept.as_ref().and_then(StateStore::state).map_or(0, newest);
    let rollback = (found < seen).then_some(FileError::Rollback { file, found, seen });
    let result = match (kept.as_ref().and_then(StateStore::refused), &rollback) {
        (Some(error), _) => CheckResult::Remarked(format!("it is not used: {error}")),
        (None, Some(rollback)) => CheckResult::Failed(rollback.to_string()),
        (None, None) if args.names_a_state() => CheckResult::Passed("no newer one was seen before".to_owned()),
        (None, None) => {
            CheckResult::NotMade { unknown: "whether a newer one was seen before".to_owned(), option: "--state FOLDER" }
        }
    };
    checks.push(Check { about: "memory", result });
    Ok(rollback)
}

fn age(args: &RequestArgs, checks: &mut Vec<Check>, list: &RevocationList, at: DateTime<Utc>) -> Option<FileError> {
    let overdue = (list.next_update < at).then(|| format!("a newer one was due on {}", list.next_update.date_naive()));
    let days = counted(list.age_days(at), "day");
    let stale = args.max_staleness().and_then(|most| list.no_older_than(most, at).err());
    let result = match (&stale, overdue) {
        (Some(stale), _) => CheckResult::Failed(stale.to_string()),
        (None, Some(overdue)) => CheckResult::Remarked(format!("it is {days} old; {overdue}")),
        (None, None) => CheckResult::Passed(format!("it is {days} old, and a newer one is not due as yet")),
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
            // It can at least be damaged.
            return Ok(match (kind, Roots::from_built_in_file(contents)) {
                (FileKind::RootSet, Err(error)) => Signatures::Refused(error),
                _ => Signatures::NotChecked {
                    unknown: "whether it is the vendor's: only roots that you have from elsewhere can tell",
                    option: "--roots ROOTS",
                },
            });
        };
        return Ok(match kind {
            FileKind::TrustBundle => Signatures::of(roots.trust_bundle(contents), "enough of the roots have signed it"),
            _ if Roots::from_built_in_file(contents).is_ok_and(|these| these == roots) => {
                Signatures::Hold("it is the root set that --roots leads to")
            }
            _ => Signatures::of(roots.next(contents), "the roots have handed over to it"),
        });
    }
    if !args.trusts() {
        return Ok(Signatures::NotChecked {
            unknown: "whether it is the vendor's: anyone can make one that says this",
            option: "--trust KEY",
        });
    }
    let trusted = match args.trusted() {
        Ok(trusted) => trusted,
        Err(error) => return error.downcast().map(Signatures::Refused),
    };
    let how = "a trusted key has signed it, and may";
    Ok(match kind {
        FileKind::RevocationList => Signatures::of(trusted.trust().revocation_list(contents), how),
        _ => Signatures::of(trusted.trust().time_statement(contents), how),
    })
}

const fn purpose_of(kind: FileKind) -> &'static str {
    match kind {
        FileKind::RootSet => "A root set: the keys that vouch for signing keys, and how many of them it takes.",
        FileKind::TrustBundle => "A trust bundle: the signing keys that the vendor trusts, and for what.",
        FileKind::RevocationList => "A revocation list: the licenses that the vendor has withdrawn.",
        FileKind::TimeStatement => "A statement of the time: whoever has it knows that it is no earlier.",
        FileKind::LicenseFile | FileKind::ValidationFile => "A file with licenses.",
        _ => "A file that is carried.",
    }
}

const fn use_of(kind: FileKind) -> &'static str {
    match kind {
        FileKind::RootSet => "Bring it with --roots, after the root set that came with the product.",
        FileKind::TrustBundle => "Bring it with --trust when a license is verified, and --roots with it.",
        FileKind::RevocationList => "Bring it with --revocations when a license is verified.",
        FileKind::TimeStatement => "Bring it with --time when a license is verified, and --state with it.",
        _ => "Verify it with keyward verify.",
    }
}

/// What the file says, whoever may have signed it, and that in sentences.
fn what_it_says(kind: FileKind, contents: &[u8]) -> Result<(Contents, Vec<String>), FileError> {
    let contents = Contents::of(&SignableFile::read(contents, kind)?)?;
    let sentences = match &contents {
        Contents::RootSet(roots) => of_root_set(roots),
        Contents::TrustBundle(bundle) => of_bundle(bundle),
        Contents::RevocationList(list) => of_list(list),
        Contents::TimeStatement(statement) => of_statement(statement),
        // Those are explained by the licenses in them.
        Contents::LicenseFile(_) | Contents::ValidationFile(_) => Vec::new(),
    };
    Ok((contents, sentences))
}

fn of_root_set(roots: &RootSet) -> Vec<String> {
    let keys: Vec<String> = roots.keys.iter().map(|key| key.id().to_string()).collect();
    vec![
        format!(
            "Version {} of {}: {} of {} keys have to sign.",
            roots.version,
            written(roots.issued_at),
            roots.threshold,
            keys.len()
        ),
        format!("The keys are {}.", keys.join(", ")),
    ]
}

fn of_bundle(bundle: &TrustBundle) -> Vec<String> {
    let mut said = vec![format!("Version {} of {}.", bundle.version, written(bundle.issued_at))];
    said.extend(bundle.delegated().iter().map(|delegated| {
        let state = match &delegated.state {
            KeyState::Active => "signs".to_owned(),
            KeyState::Retired => "signs nothing new".to_owned(),
            KeyState::Compromised { allowed } => {
                format!("is in wrong hands, and only {} of it are still good", counted(allowed.len(), "license"))
            }
            _ => "is in a state that only a newer version knows".to_owned(),
        };
        let purposes: Vec<String> = delegated.may_sign.purposes.iter().map(ToString::to_string).collect();
        let for_what = if purposes.is_empty() { "nothing".to_owned() } else { purposes.join(", ") };
        format!("The key {} ({}) {state}; it is for {for_what}.", harmless(&delegated.name), delegated.key.id())
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
            "List {} of {}; the next is due at {}.",
            list.sequence,
            written(list.issued_at),
            written(list.next_update)
        ),
        format!("{} revoked for ever, {} on hold.", count(false), count(true)),
    ]
}

fn of_statement(statement: &TimeStatement) -> Vec<String> {
    let at = written(statement.issued_at);
    vec![match statement.purpose {
        TimePurpose::Recovery { state } => {
            format!("At {at}: the state {state} may take its time back to then, and no other may.")
        }
        _ => format!("It was {at} when it was signed."),
    }]
}
