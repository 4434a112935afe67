//! Every check of an assessment, in order: its result, or the option that would make it.

use std::cmp::Ordering;

use keyward_verifier::files::{FileError, FileKind, VersionedFile};
use keyward_verifier::{License, Newer, VerifyError};

use crate::assess::answer::Verdict;
use crate::assess::assessment::{Assessment, Conclusion, Strictness};
use crate::assess::license_file::AnyLicenseFile;
use crate::assess::trusted::{RootsNamedBy, Trusted};
use crate::show::inputs::{list_and_age, revocations, signer};
use crate::words::written;

/// One check.
#[derive(Debug, PartialEq, Eq)]
pub struct Check {
    /// The subject, in a word or two.
    pub about: &'static str,
    pub result: CheckResult,
}

#[derive(Debug, PartialEq, Eq)]
pub enum CheckResult {
    Passed(String),
    /// Something is unusual, but not a reason to refuse.
    Remarked(String),
    Failed(String),
    /// The check was not made: the open question, and the option that answers it.
    NotMade {
        unknown: String,
        option: &'static str,
    },
    /// An earlier check failed.
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

    /// The step that refused a key.
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
            // Malformed, damaged, or a later version of the format.
            _ => Step::Text,
        }
    }
}

pub fn checks(assessment: &Assessment, conclusion: &Conclusion<'_>) -> Vec<Check> {
    let mut checks = of_files(assessment);
    checks.extend(of_the_key(assessment, conclusion));
    checks.extend(of_the_time(assessment, conclusion));
    checks
}

fn check(about: &'static str, result: CheckResult) -> Check {
    Check { about, result }
}

fn not_made(unknown: impl Into<String>, option: &'static str) -> CheckResult {
    NotMade { unknown: unknown.into(), option }
}

/// The checks of files, up to the first that is refused.
fn of_files(assessment: &Assessment) -> Vec<Check> {
    let refused = assessment.refusal.as_ref().filter(|_| assessment.answer.keys == 0);
    let failed =
        refused.map(|refusal| (what_failed(&refusal.error), Failed(format!("{}: {}", refusal.source, refusal.error))));
    let mut checks = Vec::new();
    match (&assessment.request.trusted, &failed) {
        (_, Some(("trust bundle", _))) => {}
        (Trusted::Bundle { bundle, roots, named_by }, _) => {
            let (version, threshold, keys) = (roots.version(), roots.threshold(), roots.keys().len());
            let signed =
                format!("version {} is signed by enough of root set {version} ({threshold} of {keys})", bundle.version);
            checks.push(check("trust bundle", Passed(signed)));
            checks.extend(of_roots(*named_by));
        }
        (Trusted::Keys(_), _) => {
            let unknown = "what each key may sign: a key named with --trust is trusted for everything";
            checks.push(check("trust bundle", not_made(unknown, "--trust BUNDLE --roots ROOTS")));
        }
    }
    if let Some(list) = &assessment.request.list {
        checks.push(check("revocation list", Passed(format!("number {} is signed by a trusted key", list.sequence))));
    }
    if assessment.statement.is_some() {
        checks.push(check("time statement", Passed("it is signed by a trusted key".to_owned())));
    }
    if let Some(license_file) = &assessment.license_file {
        checks.push(check("license file", Passed("it is signed by a trusted key, and unchanged since".to_owned())));
        if let AnyLicenseFile::Validation(file) = license_file {
            let result = match &assessment.refusal {
                Some(refusal) => Failed(refusal.error.to_string()),
                None => Passed(format!("it is good until {}", written(file.expires_at))),
            };
            checks.push(check("validation", result));
        }
    }
    checks.extend(failed.map(|(about, result)| check(about, result)));
    checks
}

/// The check of roots that only the state names.
pub fn of_roots(named_by: RootsNamedBy) -> Option<Check> {
    let unknown = "whether they are the vendor's: only the state names them";
    (named_by == RootsNamedBy::State).then(|| check("roots", not_made(unknown, "--roots ROOTS")))
}

/// The subject of a refused file.
const fn what_failed(error: &FileError) -> &'static str {
    match error {
        FileError::TooLarge { kind, .. }
        | FileError::Malformed { expected: kind, .. }
        | FileError::WrongKind { expected: kind, .. }
        | FileError::Key { expected: kind, .. }
        | FileError::Payload { kind, .. }
        | FileError::UnknownKey { kind }
        | FileError::BadSignature { kind, .. }
        | FileError::NotPermitted { kind, .. } => match kind {
            FileKind::RevocationList => "revocation list",
            FileKind::TimeStatement => "time statement",
            FileKind::LicenseFile | FileKind::ValidationFile => "license file",
            _ => "trust bundle",
        },
        FileError::Rollback { file: VersionedFile::RevocationList, .. } => "revocation list",
        FileError::WrongMachine { .. } => "license file",
        // Roots and bundles.
        _ => "trust bundle",
    }
}

/// The checks of the key that the report is on.
fn of_the_key(assessment: &Assessment, conclusion: &Conclusion<'_>) -> Vec<Check> {
    let result = |step| match &conclusion.verdict {
        Some(Verdict::Licensed(entitlement)) => passed(step, assessment, entitlement.license()),
        Some(Verdict::Refused(refused)) => match (step.cmp(&Step::of(&refused.error)), not_asked(step, assessment)) {
            (Ordering::Equal, _) => Failed(refused.error.to_string()),
            (_, Some(not_asked)) => not_asked,
            (Ordering::Less, None) => Passed(String::new()),
            (Ordering::Greater, None) => NotReached,
        },
        None => not_asked(step, assessment).unwrap_or(NotReached),
    };
    // Only a trust bundle limits keys.
    let has_limits = assessment.bundle().is_some();
    let steps = Step::ALL.into_iter().filter(|step| *step != Step::Limits || has_limits);
    steps.map(|step| check(step.about(), result(step))).collect()
}

/// The result of a step that needs an option which is missing.
fn not_asked(step: Step, assessment: &Assessment) -> Option<CheckResult> {
    let request = &assessment.request;
    match step {
        Step::Product if request.product.is_none() => {
            Some(not_made("whether it is for your product", "--product NUMBER"))
        }
        Step::Version if request.released.is_none() => {
            Some(not_made("whether it covers your version", "--released DATE"))
        }
        Step::Revocation if request.list.is_none() => Some(not_made("whether it was revoked", "--revocations LIST")),
        _ => None,
    }
}

/// The result of a step for a verified license.
fn passed(step: Step, assessment: &Assessment, license: &License) -> CheckResult {
    let (request, claims) = (&assessment.request, license.claims());
    match step {
        Step::Text => Passed(match license.repairs().len() {
            0 => "it is a whole license key, and its check groups are right".to_owned(),
            1 => "it was mistyped in one place, and the signature proves the repair".to_owned(),
            count => format!("it was mistyped in {count} places, and the signature proves the repairs"),
        }),
        Step::Signature => Passed(format!("{} signed it, and is trusted", signer(assessment, license.key_id()))),
        Step::Claims => Passed("this version understands all of them".to_owned()),
        Step::Product => match request.product {
            Some(product) => Passed(format!("it is for product {product}, as requested")),
            None => {
                not_made(format!("whether it is for your product: it is for {}", claims.product()), "--product NUMBER")
            }
        },
        Step::Environment => Passed(format!("it is for {}, as requested", claims.environment())),
        Step::Machine => Passed(match claims.fingerprint() {
            Some(_) => "it is locked to this machine".to_owned(),
            None => "it is not locked to a machine".to_owned(),
        }),
        Step::Version => match (claims.updates_through(), request.released) {
            (None, _) => Passed("it covers every version".to_owned()),
            (Some(day), Some(released)) => {
                Passed(format!("it covers versions released through {day}, and this one is from {released}"))
            }
            (Some(day), None) => not_made(
                format!("whether it covers your version: it covers those released through {day}"),
                "--released DATE",
            ),
        },
        Step::Limits => Passed("the signing key may sign such a license".to_owned()),
        Step::Revocation => match (&request.list, &request.remembered) {
            (Some(_), _) => Passed(revocations(assessment)),
            (None, Some(_)) => {
                not_made("whether it was revoked: the state has seen no revocation of it", "--revocations LIST")
            }
            (None, None) => not_made("whether it was revoked", "--revocations LIST"),
        },
    }
}

fn of_the_time(assessment: &Assessment, conclusion: &Conclusion<'_>) -> Vec<Check> {
    let mut checks = Vec::new();
    if let Some(list) = &assessment.request.list {
        let age = list_and_age(assessment, list);
        checks.push(check(
            "age of list",
            match (&assessment.stale_list, assessment.max_staleness) {
                (Some(refusal), _) => Failed(refusal.error.to_string()),
                (None, Some(days)) => Passed(format!("it is {age}, and {days} days are allowed")),
                (None, None) => not_made(format!("whether it is new enough: it is {age}"), "--max-staleness DAYS"),
            },
        ));
    }
    checks.push(check("state", state(assessment)));
    checks.push(check("clock", clock(assessment)));
    checks.push(check(
        "dates",
        match conclusion.entitlement() {
            Some(entitlement) if entitlement.standing().is_usable() => Passed(entitlement.standing().to_string()),
            Some(entitlement) => Failed(entitlement.standing().to_string()),
            None => NotReached,
        },
    ));
    checks
}

/// The check against earlier runs.
fn state(assessment: &Assessment) -> CheckResult {
    match assessment.refusal.as_ref().map(|refusal| &refusal.error) {
        Some(rollback @ FileError::Rollback { .. }) => return Failed(rollback.to_string()),
        Some(_) if assessment.answer.keys == 0 && assessment.store.is_some() => return NotReached,
        _ => {}
    }
    let Some(store) = &assessment.store else {
        let unknown =
            "whether a file is older than one seen before, the license was seen revoked, or the clock was set back";
        return not_made(unknown, "--state FOLDER");
    };
    match (store.unused(), assessment.strictness) {
        (None, _) => Passed("no file is older than one seen before".to_owned()),
        (Some(error), Strictness::Strict) => Failed(error.to_string()),
        (Some(error), Strictness::Lenient) => Remarked(format!("it is not used: {error}")),
    }
}

fn clock(assessment: &Assessment) -> CheckResult {
    if assessment.clock.is_none() {
        return not_made("whether the clock is right: the request is about another time", "leave out --at");
    }
    let has_evidence = assessment.store.as_ref().is_some_and(|store| store.unused().is_none())
        || assessment.built.is_some()
        || assessment.bundle().is_some()
        || assessment.request.list.is_some()
        || assessment.statement.is_some()
        || assessment.license_file.is_some();
    match (assessment.suspicion(), assessment.strictness) {
        (Some(suspicion), Strictness::Strict) => Failed(suspicion),
        (Some(suspicion), Strictness::Lenient) => Remarked(suspicion),
        (None, _) if has_evidence => Passed("it is not behind the evidence of the time".to_owned()),
        (None, _) => not_made("whether the clock is right", "--state FOLDER, --time STATEMENT, --built DATE"),
    }
}
