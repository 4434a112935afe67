use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::available_parallelism;

use anyhow::Context;
use clap::{Arg, Args, Command, Id};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use keyward_issuer::batch::{Answer, Batch, BatchError, Outcome};
use keyward_issuer::order::{OrderError, OrderFormat, OrderReader};
use keyward_issuer::record::IssueRecord;
use keyward_issuer::{Serial, terminal_safe_json};
use serde_json::json;

use crate::args::overrides::Overrides;
use crate::commands::issuing::{IssuingArgs, own_output, remarks};
use crate::exit::Exit;
use crate::io::destination::Output;
use crate::io::part_file::{OutputLine, PartFile};
use crate::io::source::Source;
use crate::io::streams::Streams;
use crate::io::{clock, destination, failure};
use crate::words::harmless;

/// The input of a batch, and the output of refused orders.
#[derive(Debug, clap::Args)]
pub struct BatchArgs {
    /// Issue all orders in this file, CSV or JSONL: a path, or - for standard input
    ///
    /// Each order is one line with its own id. It is issued once, however often the command runs: after an
    /// interruption, run the command again. CSV has names in its first line, such as id,offer,seats,licensee,customer.
    /// JSONL has an object on each line. Licenses are written as issue records with their keys, one a line, in the
    /// order of the input. A refused order is reported with its line, and stops no other. Options that change one license,
    /// such as --environment, are refused here: the orders have fields for them.
    #[arg(
        long,
        value_name = "ORDERS",
        requires = "record",
        conflicts_with_all = of_one_license()
    )]
    batch: Option<Source>,
    /// Write refused orders to this file, as JSONL with line, codes and messages; without it, or with -, to standard
    /// error
    #[arg(long, value_name = "FILE", requires = "batch")]
    refused: Option<PathBuf>,
}

impl BatchArgs {
    /// The file of orders, if there is one.
    pub const fn orders(&self) -> Option<&Source> {
        self.batch.as_ref()
    }

    /// Issues the orders, and reports the counts.
    pub fn issue(
        &self,
        orders: &Source,
        issuing: &IssuingArgs,
        record_path: &Path,
        streams: &mut Streams<'_>,
    ) -> anyhow::Result<Exit> {
        if !destination::check_not_the_record(record_path, streams)? {
            return Ok(Exit::FAILURE);
        }
        let (reader, length) = orders.stream()?;
        orders.check_utf8()?;
        self.check(orders, issuing, record_path)?;
        let Some(opened) = issuing.open(Some(orders), Some(record_path), streams)? else { return Ok(Exit::FAILURE) };
        let mut opened = opened.prepared();
        let mut record = opened.record.take().context("a batch is not issued without a record")?;

        issuing.output().map_or(Ok(()), |path| own_output::check_no_record(path, &mut record))?;
        self.refused().map_or(Ok(()), own_output::check_no_licenses)?;
        let create =
            |path, is_own: &mut dyn FnMut(OutputLine<'_>) -> bool| PartFile::create(path, issuing.overwrite, is_own);
        let mut keys = issuing
            .output()
            .map(|path| create(path, &mut |line: OutputLine<'_>| own_output::is_key(line, &mut record)))
            .transpose()?;
        let mut refused = self.refused().map(|path| create(path, &mut own_output::is_refusal)).transpose()?;
        let progress = progress_bar(length);
        let mut report = Report {
            orders,
            keys: keys.as_mut(),
            refused: refused.as_mut(),
            streams,
            messages: Vec::new(),
            counts: Counts::default(),
            renewals: Vec::new(),
            repeated: Vec::new(),
        };
        let batch = Batch {
            issuance: opened.issuance(clock::now_for_signing()?)?,
            threads: available_parallelism().unwrap_or(NonZeroUsize::MIN),
        };
        let ended = batch.run(OrderReader::new(reader, format_of(orders)), &mut record, clock::now, |outcomes| {
            progress.suspend(|| report.all(&outcomes))?;
            progress.set_position(outcomes.last().map_or(0, |outcome| outcome.bytes));
            progress.set_message(report.counts.to_string());
            Ok(())
        });
        progress.finish_and_clear();

        let (counts, renewals, repeated) = (report.counts, report.renewals, report.repeated);
        if let Err(error) = ended {
            let error = match error {
                BatchError::Sign { line, source } => {
                    opened.failure.explain(source).context(format!("line {line} was not signed"))
                }
                error => error.into(),
            };
            return Err(error.context(format!("{counts}; then it stopped: run the same command again to continue")));
        }
        let issued = || "all keys are on record: run the same command again to write them";
        // The next run would refuse to replace a file, even one without keys.
        let keys = if counts.are_refusals() {
            keys.map(PartFile::discard).transpose()?;
            None
        } else {
            keys
        };
        let written_to = keys.as_ref().map(|keys| keys.path().to_owned());
        keys.map(PartFile::finish).transpose().with_context(issued)?;
        refused.map(PartFile::finish).transpose().with_context(issued)?;
        for (line, renewal) in renewals {
            if let Ok(Some(remark)) = remarks::lapsed(&renewal, &mut record, clock::now()) {
                let _ = writeln!(streams.messages, "{orders}, line {line}: {remark}");
            }
        }
        let mut replacements = remarks::Replacements::default();
        for (line, serial) in repeated {
            if let Ok(Some(remark)) = replacements.remark(serial, &mut record) {
                let _ = writeln!(streams.messages, "{orders}, line {line}: {remark}");
            }
        }
        // The record is released only now: the next batch on it may write files of the same names.
        drop(record);
        let written_to =
            written_to.map(|path| format!("{}: ", harmless(&path.display().to_string()))).unwrap_or_default();
        // The keys are written. A message that can't be written is not a failure.
        let _ = writeln!(streams.messages, "{written_to}{counts}");
        Ok(if counts.refused == 0 { Exit::SUCCESS } else { Exit::REFUSED })
    }

    /// Refuses outputs, and their temporary files, that would replace an input or each other.
    fn check(&self, orders: &Source, issuing: &IssuingArgs, record: &Path) -> anyhow::Result<()> {
        let path = |path: &Path| Source::Path(path.to_owned());
        let record_files = destination::record_files(record);
        let read: Vec<Source> = issuing.sources().chain([orders]).chain(&record_files).cloned().collect();
        let read_or_keys: Vec<Source> = read.iter().cloned().chain(issuing.output().map(path)).collect();
        if let Some(refused) = self.refused() {
            destination::check(refused, issuing.overwrite)?;
            destination::check_replaceable(refused, Output::Batch)?;
            destination::check_not_read(refused, &read_or_keys)?;
            destination::check_not_read(&PartFile::part_of(refused), &read_or_keys)?;
        }
        match issuing.output().map(PartFile::part_of) {
            Some(part) => destination::check_not_read(&part, read.iter().chain(&self.refused().map(path))),
            None => Ok(()),
        }
    }

    /// The file of refused orders; `None` for standard error.
    fn refused(&self) -> Option<&Path> {
        self.refused.as_deref().filter(|path| *path != Path::new("-"))
    }
}

/// The options that go with one license alone: the orders of a batch have fields for them, and would not be changed.
fn of_one_license() -> Vec<Id> {
    const OTHERS: [&str; 10] =
        ["offer", "product", "edition", "trial", "stopgap", "bridges", "from", "serial", "json", "qr"];
    // The group of a flattened struct has no members if the struct flattens another one.
    let overrides = Overrides::augment_args(Command::new("overrides"));
    overrides.get_arguments().map(Arg::get_id).cloned().chain(OTHERS.map(Id::from)).collect()
}

/// The format, if the name of the file tells it.
fn format_of(orders: &Source) -> Option<OrderFormat> {
    let Source::Path(path) = orders else { return None };
    match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "csv" => Some(OrderFormat::Csv),
        "jsonl" | "ndjson" => Some(OrderFormat::Jsonl),
        _ => None,
    }
}

/// The progress of reading, on a terminal.
fn progress_bar(length: Option<u64>) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr());
    let template = if length.is_some() { "{bar:30} {percent}%, {eta} left: {msg}" } else { "{spinner} {msg}" };
    bar.with_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Writes the results of the orders.
struct Report<'a, 'b> {
    orders: &'a Source,
    keys: Option<&'a mut PartFile>,
    refused: Option<&'a mut PartFile>,
    streams: &'a mut Streams<'b>,
    /// The refusals among the outcomes, which are written together.
    messages: Vec<u8>,
    counts: Counts,
    /// The renewals that were issued after their first day, with their lines.
    renewals: Vec<(u64, Arc<IssueRecord>)>,
    /// The licenses that were on record before, with the lines of their orders.
    repeated: Vec<(u64, Serial)>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    issued: u64,
    on_record: u64,
    refused: u64,
}

impl Counts {
    /// Whether every order was refused.
    const fn are_refusals(self) -> bool {
        self.refused > 0 && self.issued == 0 && self.on_record == 0
    }
}

impl Report<'_, '_> {
    fn all(&mut self, outcomes: &[Outcome]) -> io::Result<()> {
        let written = self.each(outcomes);
        // A message that can't be written is not a failure.
        let _ = self.streams.messages.write_all(&self.messages);
        self.messages.clear();
        written?;
        // A reader of standard output sees each license as soon as it is on record.
        match &mut self.keys {
            Some(keys) => keys.flush(),
            None => self.streams.data.flush(),
        }
    }

    fn each(&mut self, outcomes: &[Outcome]) -> io::Result<()> {
        for outcome in outcomes {
            let count = match &outcome.answer {
                Answer::Issued(recorded) => {
                    self.key(&recorded.line)?;
                    if remarks::days_gone(&recorded.record, clock::now()) > 0 {
                        self.renewals.push((outcome.line, Arc::clone(&recorded.record)));
                    }
                    &mut self.counts.issued
                }
                Answer::Repeated(recorded) => {
                    self.key(&recorded.line)?;
                    self.repeated.push((outcome.line, recorded.record.serial()));
                    &mut self.counts.on_record
                }
                Answer::Refused(refusals) => {
                    let each = refusals.as_slice().iter();
                    self.refused(outcome, each.map(|refusal| (refusal.code(), refusal.to_string())).collect())?;
                    &mut self.counts.refused
                }
                Answer::Unreadable(error) => {
                    self.refused(outcome, vec![(OrderError::CODE, error.to_string())])?;
                    &mut self.counts.refused
                }
            };
            *count = count.saturating_add(1);
        }
        Ok(())
    }

    fn key(&mut self, line: &str) -> io::Result<()> {
        match &mut self.keys {
            Some(keys) => keys.write_line(line),
            None => writeln!(self.streams.data, "{line}"),
        }
    }

    fn refused(&mut self, outcome: &Outcome, why: Vec<(&str, String)>) -> io::Result<()> {
        if let Some(refused) = &mut self.refused {
            let why: Vec<_> = why.iter().map(|(code, message)| json!({ "code": code, "message": message })).collect();
            let line = json!({ "line": outcome.line, "id": outcome.id, "refused": why });
            return refused.write_line(&terminal_safe_json(line.to_string()));
        }
        let order = outcome.id.as_ref().map(|id| format!(" (order {id})")).unwrap_or_default();
        let place = format!("{}, line {}{order}", self.orders, outcome.line);
        let messages: Vec<String> = why.iter().map(|(_, message)| format!("{place}: {message}")).collect();
        failure::report_each(messages.iter().map(String::as_str), &mut self.messages);
        Ok(())
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} issued, {} on record before, {} refused", self.issued, self.on_record, self.refused)
    }
}
