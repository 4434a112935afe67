use std::io::{self, Write};
use std::num::NonZeroU32;

use clap::builder::styling::Style;
use keyward_catalog::Catalog;
use keyward_verifier::files::FileKind;
use keyward_verifier::{Claims, Entitlement, LicenseKey, Quantity};

use crate::args::key_argument::Input;
use crate::args::request::RequestArgs;
use crate::assess::answer::Verdict;
use crate::assess::assessment::{Assessment, Conclusion};
use crate::assess::naming::Naming;
use crate::exit::{Exit, exit_codes};
use crate::io::failure::refused_file;
use crate::io::streams::Streams;
use crate::show::checks::{Check, CheckResult, checks};
use crate::show::claims::validity;
use crate::show::inputs::{party, signer};
use crate::show::report::remarks;
use crate::words::{capitalised, harmless, written};

mod signed_file;
mod unverified;

/// Explain in plain words what a license is, what was checked, and what was not
///
/// Shows the licensee and the last day, every check with its result, every check that was not made with the option that
/// would make it, and what to do next. Its arguments, checks and exit codes are those of `verify`. It also explains
/// trust bundles, root sets, revocation lists and statements of the time.
///
/// Everything is computed on this machine from public keys. Nothing is sent anywhere.
///
/// Without --trust, nothing is verified, and only the claims of the key or file itself are shown. The exit code 0 is
/// then no verdict: it means that the key or file can be read, and anyone can make such a key or file.
#[derive(Debug, clap::Args)]
#[command(after_help = exit_codes())]
pub struct Args {
    #[command(flatten)]
    request: RequestArgs,
}

pub fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let (input, catalog) = match args.request.read(streams)? {
        Ok(read) => read,
        Err(exit) => return Ok(exit),
    };
    let (explanation, exit) = match &input {
        Input::File(kind, contents) if !is_of_licenses(*kind) => signed_file::explain(&args.request, *kind, contents)?,
        _ if !args.request.trusts() => match unverified::explain(&input, catalog.as_ref()) {
            Ok(explained) => explained,
            Err(error) => return refused_file(error, streams.messages),
        },
        _ => licenses(&args.request, &input, catalog, streams)?,
    };
    explanation.write(streams.data)?;
    Ok(exit)
}

const fn is_of_licenses(kind: FileKind) -> bool {
    matches!(kind, FileKind::LicenseFile | FileKind::ValidationFile)
}

/// The explanation, in sentences.
#[derive(Debug, Default)]
pub struct Explanation {
    what_it_is: Vec<String>,
    checks: Vec<Check>,
    next: Vec<String>,
}

impl Explanation {
    fn write(&self, to: &mut dyn Write) -> io::Result<()> {
        chapter(to, "What it is")?;
        sentences(to, &self.what_it_is)?;
        let (not_made, made): (Vec<_>, Vec<_>) = self
            .checks
            .iter()
            .partition(|check| matches!(check.result, CheckResult::NotMade { .. } | CheckResult::NotReached));
        chapter(to, "\nWhat was checked")?;
        if made.is_empty() {
            writeln!(to, "  Nothing.")?;
        }
        made.iter().try_for_each(|check| write_check(to, check))?;
        chapter(to, "\nWhat was not checked")?;
        if not_made.is_empty() {
            writeln!(to, "  Nothing.")?;
        }
        not_made.iter().try_for_each(|check| write_check(to, check))?;
        chapter(to, "\nWhat to do")?;
        sentences(to, &self.next)?;
        writeln!(to, "\nNothing left this machine: everything was computed here, from public keys.")
    }
}

fn chapter(to: &mut dyn Write, title: &str) -> io::Result<()> {
    let style = Style::new().bold();
    writeln!(to, "{style}{title}{style:#}")
}

fn sentences(to: &mut dyn Write, sentences: &[String]) -> io::Result<()> {
    sentences.iter().try_for_each(|sentence| writeln!(to, "  {sentence}"))
}

fn write_check(to: &mut dyn Write, Check { about, result }: &Check) -> io::Result<()> {
    let (mark, text) = match result {
        CheckResult::Passed(text) => ("passed", harmless(text)),
        CheckResult::Remarked(text) => ("odd", harmless(text)),
        CheckResult::Failed(text) => ("FAILED", harmless(text)),
        CheckResult::NotMade { unknown, option } => ("", format!("{}; to check it: {option}", harmless(unknown))),
        CheckResult::NotReached => ("", "an earlier check failed".to_owned()),
    };
    writeln!(to, "{}", format!("  {mark:<7} {about:<15} {text}").trim_end())
}

/// Explains license keys, typed or in a file.
fn licenses(
    args: &RequestArgs,
    input: &Input,
    catalog: Option<Catalog>,
    streams: &mut Streams<'_>,
) -> anyhow::Result<(Explanation, Exit)> {
    let assessment = args.assess(input, catalog)?;
    let conclusion = assessment.conclusion();
    remarks(&assessment, &conclusion, streams.messages)?;
    let explanation = Explanation {
        what_it_is: what_it_is(&assessment, &conclusion, claimed(input, &assessment, &conclusion).as_ref()),
        checks: checks(&assessment, &conclusion),
        next: next(&assessment, &conclusion),
    };
    Ok((explanation, conclusion.outcome.into()))
}

/// The unverified claims of a refused key, if they can be read.
fn claimed(input: &Input, assessment: &Assessment, conclusion: &Conclusion<'_>) -> Option<Claims> {
    let Some(Verdict::Refused(refused)) = &conclusion.verdict else { return None };
    let index = refused.position.checked_sub(1)?;
    let key: LicenseKey = match (input, &assessment.license_file) {
        (Input::Keys(texts), _) => texts.get(index)?.parse().ok()?,
        (Input::File(..), license_file) => license_file.as_ref()?.file().licenses.get(index)?.clone(),
    };
    key.unverified_claims().ok()
}

fn what_it_is(assessment: &Assessment, conclusion: &Conclusion<'_>, claimed: Option<&Claims>) -> Vec<String> {
    let mut said = Vec::new();
    if let Some(claims) = claimed {
        said.push("Its own claims, not verified:".to_owned());
        said.extend(of_claims(claims, assessment.naming()));
        said.push(format!("Valid {}.", validity(claims)));
    }
    if let Some(entitlement) = conclusion.entitlement() {
        let license = entitlement.license();
        said.extend(of_claims(license.claims(), assessment.naming()));
        said.push(format!("It is genuine: {} signed it.", signer(assessment, license.key_id())));
        said.extend(of_standing(entitlement, &written(assessment.request.at)));
    }
    if let Some(license_file) = &assessment.license_file {
        let file = license_file.file();
        let licensee = file.licensee.as_ref().map(|licensee| format!(", for {}", party(licensee))).unwrap_or_default();
        said.push(format!("It came in {} issued at {}{licensee}.", license_file.kind(), written(file.issued_at)));
    }
    let refused =
        conclusion.entitlement().is_none_or(|entitlement| entitlement.standing().outcome() != conclusion.outcome);
    if refused {
        said.push(format!("It is refused ({}): {}.", conclusion.outcome, harmless(&conclusion.message)));
    }
    said
}

/// The claims in one sentence.
fn of_claims(claims: &Claims, naming: Option<Naming<'_>>) -> Vec<String> {
    let (product, edition) = match naming.map(|naming| naming.names(claims)) {
        Some(names) => (harmless(&names.product), harmless(&names.edition)),
        None => (format!("product {}", claims.product()), format!("edition {}", claims.edition())),
    };
    let seats = match claims.seats() {
        Quantity::Of(NonZeroU32::MIN) => "1 seat".to_owned(),
        seats => format!("{seats} seats"),
    };
    let licensee = claims.licensee().map(|licensee| format!(", for {licensee}")).unwrap_or_default();
    vec![format!(
        "A {} license for {product}, {edition}, with {seats}{licensee}: serial {}.",
        claims.kind(),
        claims.serial()
    )]
}

/// The days of the license, and its standing at the time of the request.
fn of_standing(entitlement: &Entitlement<'_>, at: &str) -> Vec<String> {
    let standing = entitlement.standing();
    let first = standing.valid_from();
    let mut said = vec![match (standing.valid_through(), standing.grace_through()) {
        (Some(last), Some(grace)) => {
            format!("It may be used from {first} through {last}, and in its grace period through {grace}.")
        }
        (Some(last), None) => format!("It may be used from {first} through {last}."),
        (None, _) => format!("It may be used from {first} on, without a last day."),
    }];
    said.extend(standing.notice().map(str::to_owned));
    said.push(format!("At {at} it is {standing}."));
    said
}

fn next(assessment: &Assessment, conclusion: &Conclusion<'_>) -> Vec<String> {
    let mut next: Vec<String> = conclusion.advice.iter().map(|advice| format!("{}.", capitalised(advice))).collect();
    if assessment.unused_state().is_some() {
        next.push(WITHOUT_A_STATE.to_owned());
    }
    if next.is_empty() {
        next.push("Nothing: it can be used.".to_owned());
    }
    next
}

const WITHOUT_A_STATE: &str = "The state is not used: find out why, then begin a new one with keyward state reset. \
     Until then, the command notices no older file and no clock that is set back.";
