use keyward_verifier::Outcome;

use crate::args::key_argument::KeyArgument;
use crate::args::request::RequestArgs;
use crate::exit::{Exit, exit_codes};
use crate::io::streams::Streams;
use crate::show::{report, report_json};

/// Verify a license key or a license file, and say what it allows
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
#[command(after_help = exit_codes(), mut_arg("trust", |trust| trust.required(true)))]
pub struct Args {
    #[command(flatten)]
    request: RequestArgs,
    /// Write a JSON object
    ///
    /// Its fields are always the same: outcome, usable, message (for people), at (the time asked about); license
    /// (serial, digest, key_id, claims; where something says them, names) and standing (state, days, times), null if the
    /// key is refused; grant (features and seats of all the licenses together), null if none is usable; repairs (group,
    /// read, is); evidence, by name, of a refusal; key, its place in the input; others, what came of the other keys; and of
    /// what was brought, each null if it was not: trust (of a trust bundle; roots_named_by is options, or state where only
    /// that names them), revocations, clock (null with --at), state, time, file (of a license file or validation file).
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let (input, catalog) = match args.request.read(streams)? {
        Ok(read) => read,
        Err(exit) => return Ok(exit),
    };
    let assessment = args.request.assess(&input, catalog)?;
    let conclusion = assessment.conclusion();
    let exit = conclusion.outcome.into();
    if args.json {
        let report = report_json::report(&assessment, &conclusion);
        writeln!(streams.data, "{}", serde_json::to_string_pretty(&report)?)?;
        return Ok(exit);
    }
    report::remarks(&assessment, &conclusion, streams.messages)?;
    report::report(&assessment, &conclusion, streams.data)?;
    remark_on_argument(&args.request.key, conclusion.outcome, streams)?;
    Ok(exit)
}

/// What is no key may have been meant as the name of a file.
pub fn remark_on_argument(key: &KeyArgument, outcome: Outcome, streams: &mut Streams<'_>) -> anyhow::Result<()> {
    if outcome == Outcome::Malformed && key.is_text() {
        writeln!(streams.messages, "\nThere is no file of that name either.")?;
    }
    Ok(())
}
