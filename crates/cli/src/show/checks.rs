//! Every check of an examination, in the order in which they are made: what came of it, or which option would make it.

use std::cmp::Ordering;

use keyward_verifier::files::{Carried, FileError, FileKind};
use keyward_verifier::{License, Newer, VerifyError};

use crate::args::trusted::{RootsNamedBy, Trusted};
use crate::assess::examination::{Conclusion, Examination, Opened, Strictness};
use crate::assess::question::Verdict;
use crate::show::brought::{list_and_age, revocations};
use crate::show::report::signer;

/// One thing that is looked at.
#[derive(Debug, PartialEq, Eq)]
pub struct Check {
    /// In a word or two.
    pub about: &'static str,
    pub result: CheckResult,
}

#[derive(Debug, PartialEq, Eq)]
pub enum CheckResult {
    Passed(String),
    /// It is odd, and no reason to refuse.
    Remarked(String),
    Failed(String),
    /// What is not known, and which option would tell.
    NotMade {
        unknown: String,
        option: &'static str,
    },
    /// A check before it has failed.
    NotReached,
}

use CheckResult::{Failed, NotMade, NotReached, Passed, Remarked};

/// The checks of a key, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Text,
    Signature,
    Claims,
    Product,
    Environment,
    Machine,
    Version,
    Limits,
    Revocation,
}

impl Step {
    const ALL: [Step; 9] = [
        Step::Text,
        Step::Signature,
        Step::Claims,
        Step::Product,
        Step::Environment,
        Step::Machine,
        Step::Version,
        Step::Limits,
        Step::Revocation,
    ];

    const fn about(self) -> &'static str {
        match self {
            Step::Text => "text",
            Step::Signature => "signature",
            Step::Claims => "claims",
            Step::Product => "product",
            Step::Environment => "environment",
            Step::Machine => "machine",
            Step::Version => "version",
            Step::Limits => "limits of key",
            Step::Revocation => "revocation",
        }
    }

    /// Where a key was refused.
    const fn of(error: &VerifyError) -> Step {
        match error {
            VerifyError::UnknownKey { .. } | VerifyError::BadSignature { .. } => Step::Signature,
            VerifyError::NeedsNewer(Newer::Claim { .. }) | VerifyError::InvalidClaims { .. } => Step::Claims,
            VerifyError::WrongProduct { .. } => Step::Product,
            VerifyError::WrongEnvironment { .. } => Step::Environment,
            VerifyError::WrongMachine { .. } => Step::Machine,
            VerifyError::VersionNotCovered { .. } => Step::Version,
            VerifyError::NotPermitted { .. } => Step::Limits,
            VerifyError::Revoked { .. } | VerifyError::OnHold { .. } | VerifyError::Rollback { .. } => Step::Revocation,
            // Malformed, damaged, of a later version of the format.
            _ => Step::Text,
        }
    }
}

pub fn checks(examination: &Examination, conclusion: &Conclusion<'_>) -> Vec<Check> {
    let mut checks = of_files(examination);
    checks.extend(of_the_key(examination, conclusion));
    checks.extend(of_the_time(examination, conclusion));
    checks
}

/// A check that was made or would be.
fn check(about: &'static str, result: CheckResult) -> Check {
    Check { about, result }
}

fn not_made(unknown: impl Into<String>, option: &'static str) -> CheckResult {
    NotMade { unknown: unknown.into(), option }
}

/// Of what was brought, up to the first that is refused.
fn of_files(examination: &Examination) -> Vec<Check> {
    let refused = examination.refusal.as_ref().filter(|_| examination.answer.keys == 0);
    let failed =
        refused.map(|refusal| (what_failed(&refusal.error), Failed(format!("{}: {}", refusal.source, refusal.error))));
    let mut checks = Vec::new();
    match (&examination.question.trusted, &failed) {
        (_, Some(("trust bundle", _))) => {}
        (Trusted::Bundle { bundle, roots, named_by }, _) => {
            let (version, threshold, keys) = (roots.version(), roots.threshold(), roots.keys().len());
            let signed =
                format!("version {} is signed by enough of root set {version} ({threshold} of {keys})", bundle.version);
            checks.push(check("trust bundle", Passed(signed)));
            checks.extend(of_roots(*named_by));
        }
        (Trusted::Keys(_), _) => {
            let unknown = "what the vendor trusts each key for: one that is named by itself is trusted for everything";
            checks.push(check("trust bundle", not_made(unknown, "--trust BUNDLE --roots ROOTS")));
        }
    }
    if let Some(list) = &examination.question.list {
        checks.push(check("revocation list", Passed(format!("number {} is signed by a trusted key", list.sequence))));
    }
    if examination.statement.is_some() {
        checks.push(check("time statement", Passed("it is signed by a trusted key".to_owned())));
    }
    if let Some(opened) = &examination.opened {
        checks.push(check("license file", Passed("it is signed by a trusted key, and is as it was signed".to_owned())));
        if let Opened::Validation(file) = opened {
            let result = match &examination.refusal {
                Some(refusal) => Failed(refusal.error.to_string()),
                None => Passed(format!("it is good until {}", crate::io::clock::written(file.expires_at))),
            };
            checks.push(check("validation", result));
        }
    }
    checks.extend(failed.map(|(about, result)| check(about, result)));
    checks
}

/// Of roots that nobody but the state names.
pub fn of_roots(named_by: RootsNamedBy) -> Option<Check> {
    let unknown = "whether they are the vendor's: the state names them";
    (named_by == RootsNamedBy::State).then(|| check("roots", not_made(unknown, "--roots ROOTS")))
}

/// The file that a refusal is of.
const fn what_failed(error: &FileError) -> &'static str {
    match error {
        FileError::TooLarge { kind, .. }
        | FileError::Malformed { expected: kind, .. }
        | FileError::WrongKind { expected: kind, .. }
        | FileError::Payload { kind, .. }
        | FileError::UnknownKey { kind }
        | FileError::BadSignature { kind, .. }
        | FileError::NotPermitted { kind, .. } => match kind {
            FileKind::RevocationList => "revocation list",
            FileKind::TimeStatement => "time statement",
            FileKind::LicenseFile | FileKind::ValidationFile => "license file",
            _ => "trust bundle",
        },
        FileError::Rollback { what: Carried::List, .. } => "revocation list",
        FileError::WrongMachine { .. } => "license file",
        // Of roots and bundles.
        _ => "trust bundle",
    }
}

/// Of the key that the report is on.
fn of_the_key(examination: &Examination, conclusion: &Conclusion<'_>) -> Vec<Check> {
    let result = |step| match &conclusion.verdict {
        Some(Verdict::Licensed(holding)) => passed(step, examination, holding.license()),
        Some(Verdict::Refused(refused)) => match (step.cmp(&Step::of(&refused.error)), not_asked(step, examination)) {
            (Ordering::Equal, _) => Failed(refused.error.to_string()),
            (_, Some(not_asked)) => not_asked,
            (Ordering::Less, None) => Passed(String::new()),
            (Ordering::Greater, None) => NotReached,
        },
        None => not_asked(step, examination).unwrap_or(NotReached),
    };
    // Keys have limits only in a trust bundle.
    let has_limits = examination.bundle().is_some();
    let steps = Step::ALL.into_iter().filter(|step| *step != Step::Limits || has_limits);
    steps.map(|step| check(step.about(), result(step))).collect()
}

/// What is not looked at without an option, whatever the key says.
fn not_asked(step: Step, examination: &Examination) -> Option<CheckResult> {
    let question = &examination.question;
    match step {
        Step::Product if question.product.is_none() => {
            Some(not_made("whether it is for your product", "--product NUMBER"))
        }
        Step::Version if question.released.is_none() => {
            Some(not_made("whether it covers your version", "--released DATE"))
        }
        Step::Revocation if question.list.is_none() => Some(not_made("whether it was revoked", "--revocations LIST")),
        _ => None,
    }
}

/// What a step says of a license that has passed them all.
fn passed(step: Step, examination: &Examination, license: &License) -> CheckResult {
    let (question, claims) = (&examination.question, license.claims());
    match step {
        Step::Text => Passed(match license.repairs().len() {
            0 => "it is a whole license key: its check groups hold".to_owned(),
            1 => "it was mistyped in one place, and the signature proves the repair".to_owned(),
            count => format!("it was mistyped in {count} places, and the signature proves the repairs"),
        }),
        Step::Signature => Passed(format!("it is of {}, which is trusted", signer(examination, license.key_id()))),
        Step::Claims => Passed("all that it says is understood".to_owned()),
        Step::Product => match question.product {
            Some(product) => Passed(format!("it is for product {product}, which asks")),
            None => {
                not_made(format!("whether it is for your product: it is for {}", claims.product()), "--product NUMBER")
            }
        },
        Step::Environment => Passed(format!("it is for {}, which asks", claims.environment())),
        Step::Machine => Passed(match claims.fingerprint() {
            Some(_) => "it is locked to this machine".to_owned(),
            None => "it is locked to none".to_owned(),
        }),
        Step::Version => match (claims.updates_through(), question.released) {
            (None, _) => Passed("it covers every version".to_owned()),
            (Some(day), Some(released)) => {
                Passed(format!("it covers versions through {day}, and this is of {released}"))
            }
            (Some(day), None) => not_made(
                format!("whether it covers your version: it covers those released through {day}"),
                "--released DATE",
            ),
        },
        Step::Limits => Passed("the key may sign such a license".to_owned()),
        Step::Revocation => match (&question.list, &question.remembered) {
            (Some(_), _) => Passed(revocations(examination)),
            (None, Some(_)) => {
                not_made("whether it was revoked: the state remembers no revocation of it", "--revocations LIST")
            }
            (None, None) => not_made("whether it was revoked", "--revocations LIST"),
        },
    }
}

fn of_the_time(examination: &Examination, conclusion: &Conclusion<'_>) -> Vec<Check> {
    let mut checks = Vec::new();
    if let Some(list) = &examination.question.list {
        let age = list_and_age(examination, list);
        checks.push(check(
            "age of list",
            match (&examination.stale_list, examination.max_staleness) {
                (Some(refusal), _) => Failed(refusal.error.to_string()),
                (None, Some(days)) => Passed(format!("it is {age}, and {days} days are taken")),
                (None, None) => not_made(format!("whether it is new enough: it is {age}"), "--max-staleness DAYS"),
            },
        ));
    }
    checks.push(check("memory", memory(examination)));
    checks.push(check("clock", clock(examination)));
    checks.push(check(
        "dates",
        match conclusion.holding() {
            Some(holding) if holding.standing().is_usable() => Passed(holding.standing().to_string()),
            Some(holding) => Failed(holding.standing().to_string()),
            None => NotReached,
        },
    ));
    checks
}

/// What earlier runs saw.
fn memory(examination: &Examination) -> CheckResult {
    match examination.refusal.as_ref().map(|refusal| &refusal.error) {
        Some(rollback @ FileError::Rollback { .. }) => return Failed(rollback.to_string()),
        Some(_) if examination.answer.keys == 0 && examination.memory.is_some() => return NotReached,
        _ => {}
    }
    let Some(memory) = &examination.memory else {
        let unknown =
            "whether a file is older than one seen before, a revocation was seen before, or the clock was set back";
        return not_made(unknown, "--state FOLDER");
    };
    match (memory.refused(), examination.strictness) {
        (None, _) => Passed("nothing that was brought is older than what was seen before".to_owned()),
        (Some(error), Strictness::Strict) => Failed(error.to_string()),
        (Some(error), Strictness::Lenient) => Remarked(format!("it is not used: {error}")),
    }
}

fn clock(examination: &Examination) -> CheckResult {
    if examination.clock.is_none() {
        return not_made("whether the clock is right: another time is asked about", "leave out --at");
    }
    let has_evidence = examination.memory.as_ref().is_some_and(|memory| memory.refused().is_none())
        || examination.built.is_some()
        || examination.bundle().is_some()
        || examination.question.list.is_some()
        || examination.statement.is_some()
        || examination.opened.is_some();
    match (examination.suspicion(), examination.strictness) {
        (Some(suspicion), Strictness::Strict) => Failed(suspicion),
        (Some(suspicion), Strictness::Lenient) => Remarked(suspicion),
        (None, _) if has_evidence => Passed("it is not behind what is known of the time".to_owned()),
        (None, _) => not_made("whether the clock is right", "--state FOLDER, --time STATEMENT, --built DATE"),
    }
}
