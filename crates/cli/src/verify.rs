use chrono::{DateTime, Utc};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use keyward_verifier::{Day, Environment, Fingerprint, Product};

use anyhow::Context;

use crate::catalog::NamesArgs;
use crate::failure::usage;
use crate::key_argument::KeyArgument;
use crate::outcome::{Exit, exit_codes};
use crate::question::{Question, Verdict};
use crate::source::{Source, one_stdin};
use crate::streams::Streams;
use crate::trusted::trusted_key;
use crate::{clock, report, report_json};

/// Verify a license key, and say what it allows
///
/// Says whether the key is genuine, what it allows now or at another time, and if it is refused, why and what to do.
/// A mistyped key is repaired where that leaves no doubt, and each repair is shown. The report goes to standard output,
/// repairs and remarks to standard error; with --json all of it is one object on standard output.
///
/// Several keys in one input are separated by blank lines, such as this year's and next year's. The report is on the one
/// that counts at that time; keys that are refused beside it are remarked. If every key is refused, the report is on the
/// one that passed the most checks: the one with the largest exit code, and of equals the first.
///
/// Without --product, the product of the key itself is accepted, once the signature has proved it: the question is then
/// about the key, and not whether it is for your product.
#[derive(Debug, clap::Args)]
#[command(after_help = exit_codes())]
pub struct Args {
    /// A public key to trust: a path, env:NAME, or - for standard input; PEM, hex or DER. May be repeated
    #[arg(long, value_name = "KEY", required = true, allow_hyphen_values = true)]
    trust: Vec<Source>,
    /// The product that asks, by its number; without it, whichever the key is for
    #[arg(long, value_name = "NUMBER")]
    product: Option<u32>,
    /// The environment that asks
    #[arg(long, default_value = "production", value_parser = environment())]
    environment: Environment,
    /// The fingerprint of the machine that asks, 32 hex digits; without it, a license locked to a machine is refused
    #[arg(long, value_name = "HEX")]
    fingerprint: Option<Fingerprint>,
    /// The day on which the product's version was released; without it, every version is covered
    #[arg(long, value_name = "DATE")]
    released: Option<Day>,
    /// Ask about a day (at noon UTC) or a time (such as 2026-12-31T18:00:00Z) instead of now
    ///
    /// A license opens when its first day begins anywhere on earth (at UTC+14, 10:00 UTC of the day before), so that it is
    /// already active at noon UTC of the day before.
    #[arg(long, value_name = "DATE|TIME", value_parser = clock::parse_at)]
    at: Option<DateTime<Utc>>,
    #[command(flatten)]
    names: NamesArgs,
    /// Write a JSON object
    ///
    /// Its fields are always the same: outcome, usable, message (for people), at (the time asked about); license
    /// (serial, digest, key_id, claims; with --catalog, names) and standing (state, days, times), null if the key is refused; grant (features
    /// and seats of all the licenses together), null if none is usable; repairs (group, read, is); evidence, by name, of a
    /// refusal; key, its place in the input; others, what came of the other keys.
    #[arg(long)]
    json: bool,
    /// The license key: its text, the path of a file with it, env:NAME, or - for standard input
    #[arg(value_name = "KEY|FILE|-")]
    key: KeyArgument,
}

pub fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    check_stdin(&args.trust, &args.names, &args.key)?;
    let catalog = match args.names.read(&args.key, streams)? {
        Ok(catalog) => catalog,
        Err(exit) => return Ok(exit),
    };
    let question = Question {
        trusted: args.trust.iter().map(trusted_key).collect::<anyhow::Result<_>>()?,
        product: args.product.map(Product),
        environment: args.environment,
        machine: args.fingerprint,
        released: args.released,
        at: args.at.unwrap_or_else(clock::now),
    };
    let answer = question.answer(&args.key.read(streams)?)?;
    let verdict = answer.verdict(question.at).context("there is no license key")?;
    let exit = Exit::for_code(verdict.code());

    if args.json {
        let report = report_json::report(&question, &answer, &verdict, catalog.as_ref());
        writeln!(streams.data, "{}", serde_json::to_string_pretty(&report)?)?;
        return Ok(exit);
    }
    report::remarks(question.at, &answer, &verdict, streams.messages)?;
    report::report(&question, &answer, &verdict, catalog.as_ref(), streams.data)?;
    remark_on_argument(&args.key, &verdict, streams)?;
    Ok(exit)
}

/// What is no key may have been meant as the name of a file.
pub fn remark_on_argument(key: &KeyArgument, verdict: &Verdict<'_>, streams: &mut Streams<'_>) -> anyhow::Result<()> {
    if let (Verdict::Refused(_), "malformed", true) = (verdict, verdict.code(), key.is_text()) {
        writeln!(streams.messages, "\nThere is no file of that name either.")?;
    }
    Ok(())
}

/// Refuses to read two things from standard input, of which a catalogue and a key are refused as they are read.
pub fn check_stdin(trust: &[Source], names: &NamesArgs, key: &KeyArgument) -> anyhow::Result<()> {
    one_stdin(trust.iter().chain(names.source()))?;
    if key.is_stdin() && trust.contains(&Source::Stdin) {
        return Err(usage("standard input can be read once: either the public key or the license key comes from it"));
    }
    Ok(())
}

/// Environments by their names.
pub fn environment() -> impl TypedValueParser<Value = Environment> {
    PossibleValuesParser::new(["production", "staging", "development"]).map(|name| match name.as_str() {
        "staging" => Environment::Staging,
        "development" => Environment::Development,
        _ => Environment::Production,
    })
}
