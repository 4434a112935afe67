//! From a file's text to a catalogue, or to everything that is wrong with it.

mod offer;
mod product;
mod settings;
mod thing;

use std::ops::Range;

use toml::de::DeTable;

use crate::Catalog;
use crate::place::Lines;
use crate::problem::{Problem, ProblemKind, Problems};
use crate::section::{Entry, Log, Section};

use self::settings::Settings;

/// Each part is read as far as it goes, with stand-ins for what is wrong in it, so that what refers to it can be checked
/// too. A catalogue with stand-ins is never handed out: each comes with a problem.
pub(crate) fn read(text: &str, file_name: &str) -> Result<Catalog, Problems> {
    let lines = Lines::of(text);
    let mut log = Log::default();
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut repeated_heading = None;
    for error in &errors {
        let span = error.span().unwrap_or(text.len()..text.len());
        let problem = not_toml(error.message(), text.get(span.clone()).unwrap_or_default());
        if matches!(problem, ProblemKind::Twice { .. }) {
            let heading = heading(text, span.start);
            // What is under a repeated heading is there twice on that account alone.
            if heading.is_some() && heading == repeated_heading {
                continue;
            }
            repeated_heading = heading.filter(|heading| on_one_line(text, *heading..span.start));
        }
        log.note(span.start, problem);
    }
    // What is there twice hides nothing of the rest.
    if log.0.iter().any(|(_, problem)| !matches!(problem, ProblemKind::Twice { .. })) {
        let mut problems = in_order(log, &lines);
        // The parser stumbles on through the rest of a line that it did not understand.
        problems.dedup_by_key(|problem| problem.place.line);
        return Err(Problems { file: file_name.to_owned(), problems });
    }

    let root = Section::root(&document);
    root.knows_only(&["grace_days", "reminder_days", "trials", "stopgaps", "products", "offers"], &mut log);
    let settings = Settings::default().read(&root, &["longest_days"], &mut log);
    let mut products = product::read_all(&root, &settings, &lines, &mut log);
    let offers = named(&root, "offers", offer::EXAMPLE, &mut log);
    let offers = offers.iter().filter_map(|entry| offer::read(entry, &products, &mut log)).collect();

    if log.0.is_empty() {
        products.sort_by_key(|product| product.number);
        Ok(Catalog { file: file_name.to_owned(), products, offers })
    } else {
        Err(Problems { file: file_name.to_owned(), problems: in_order(log, &lines) })
    }
}

fn not_toml(message: &str, found: &str) -> ProblemKind {
    match message {
        "duplicate key" => ProblemKind::Twice { key: found.to_owned() },
        _ => ProblemKind::Syntax { message: message.to_owned(), found: found.to_owned() },
    }
}

/// Where the last heading begins that is not after the offset.
fn heading(text: &str, offset: usize) -> Option<usize> {
    let before = text.get(..offset)?;
    let first = before.starts_with('[').then_some(0);
    before.rfind("\n[").map(|line_break| line_break.saturating_add(1)).or(first)
}

fn on_one_line(text: &str, range: Range<usize>) -> bool {
    text.get(range).is_some_and(|text| !text.contains('\n'))
}

/// What a table names, such as the editions of a product.
fn named<'t>(section: &Section<'t>, key: &'static str, example: &str, log: &mut Log) -> Vec<Entry<'t>> {
    section.section(key, &format!("`{example}`"), log).map_or_else(Vec::new, |section| section.entries())
}

fn in_order(log: Log, lines: &Lines<'_>) -> Vec<Problem> {
    let mut found = log.0;
    found.sort_by_key(|(offset, _)| *offset);
    found.into_iter().map(|(offset, kind)| Problem { place: lines.place(offset), kind }).collect()
}
