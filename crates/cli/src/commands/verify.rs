use keyward_verifier::Outcome;

use crate::args::key_argument::KeyArgument;
use crate::args::request::RequestArgs;
use crate::exit::{Exit, exit_codes};
use crate::io::streams::Streams;
use crate::show::{report, report_json};

/// Verify a license key or a license file, and say what it allows
///
/// Shows whether the key is genuine, and what it allows now or at another time; for a refused key, the reason and what
/// to do. A mistyped key is repaired, each repair is shown, and the signature proves it. The report goes to standard
/// output, repairs and remarks to standard error; with --json, everything is one object on standard output.
///
/// Several keys in one input are separated by blank lines, such as this year's and next year's. The report is on the
/// license that counts at that time, with a remark on each refused key. If every key is refused, the report is on the
/// key that passed the most checks: the one with the largest exit code; of equals, the first.
///
/// Without --product, the command accepts the product of the key itself, after its signature: then it does not check
/// whether the key is for your product.
#[derive(Debug, clap::Args)]
#[command(after_help = exit_codes(), mut_arg("trust", |trust| trust.required(true)))]
pub struct Args {
    #[command(flatten)]
    request: RequestArgs,
    /// Write a JSON object
    ///
    /// It always has the same fields: outcome, usable, message (for people), at (the time of the request); license
    /// (serial, digest, key_id, claims; and names, if known) and standing (state, days, times), null if the key is
    /// refused; grant (features and seats of all licenses together), null if none is usable; repairs (group, typed,
    /// expected); evidence of a refusal, by name; key (its position in the input); others (the results for the other
    /// keys). A field for each input, null without it: trust (the trust bundle; roots_named_by is options or state),
    /// revocations, clock (null with --at), state, time, file (the license file or validation file).
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

/// A malformed key may have been meant as a file name.
pub fn remark_on_argument(key: &KeyArgument, outcome: Outcome, streams: &mut Streams<'_>) -> anyhow::Result<()> {
    if outcome == Outcome::Malformed && key.is_text() {
        writeln!(streams.messages, "\nThere is no file of that name either.")?;
    }
    Ok(())
}
