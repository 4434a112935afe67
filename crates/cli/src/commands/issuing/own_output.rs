//! The outputs of a batch that a run may replace: its own. Other files of the same form can't be made again.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use anyhow::bail;
use keyward_issuer::record::{IssueRecord, RecordFile};
use serde_json::{Map, Value};

use crate::io::destination::RECORD_LINE;
use crate::io::part_file::OutputLine;

/// Whether a line is one of the keys of a batch: a line of this record. A line of another record may be the only one with its
/// license.
pub fn is_key(line: OutputLine<'_>, record: &mut RecordFile) -> bool {
    match line {
        OutputLine::Whole(line) => IssueRecord::from_line(line).is_ok_and(|license| is_on(record, &license)),
        OutputLine::Cut(line) => match IssueRecord::from_line(line) {
            Ok(license) => is_on(record, &license),
            Err(_) => line.starts_with(RECORD_LINE) || RECORD_LINE.starts_with(line),
        },
    }
}

/// Whether a line is that of a refused order.
pub fn is_refusal(line: OutputLine<'_>) -> bool {
    const BEGINNING: &str = "{\"id\":";
    match line {
        OutputLine::Whole(line) => serde_json::from_str::<Map<String, Value>>(line)
            .is_ok_and(|line| line.len() == 3 && ["id", "line", "refused"].iter().all(|name| line.contains_key(*name))),
        OutputLine::Cut(line) => line.starts_with(BEGINNING) || BEGINNING.starts_with(line),
    }
}

/// Refuses to replace a record: a file with licenses that are not on the record of the batch.
pub fn check_no_record(output: &Path, record: &mut RecordFile) -> anyhow::Result<()> {
    check(output, |license| is_on(record, license))
}

/// Refuses to replace a file with licenses.
pub fn check_no_licenses(output: &Path) -> anyhow::Result<()> {
    check(output, |_| false)
}

fn check(output: &Path, mut may_be_lost: impl FnMut(&IssueRecord) -> bool) -> anyhow::Result<()> {
    if !output.metadata().is_ok_and(|found| found.is_file()) {
        return Ok(());
    }
    let Ok(file) = File::open(output) else { return Ok(()) };
    let all = OutputLine::all(BufReader::new(file), |line| {
        let (OutputLine::Whole(line) | OutputLine::Cut(line)) = line;
        IssueRecord::from_line(line).map_or(true, |license| may_be_lost(&license))
    });
    if all.is_ok_and(|all| !all) {
        bail!(
            "{} has licenses that are not on the record of this batch, and was not changed: choose another name, or remove it \
             first",
            output.display()
        );
    }
    Ok(())
}

fn is_on(record: &mut RecordFile, license: &IssueRecord) -> bool {
    record.find(license.serial()).is_ok_and(|found| found.is_some_and(|found| *found == *license))
}
