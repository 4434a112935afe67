//! Reads a file's text into a catalogue, or into all of its problems.

mod activation;
mod common;
mod offer;
mod product;
mod settings;
mod vendor;

use std::ops::Range;

use toml::de::DeTable;

use crate::Catalog;
use crate::position::Lines;
use crate::problem::{Problem, ProblemKind, Problems};
use crate::section::{Log, Pair, Section};

use self::settings::Settings;

/// Room for some thousand offers. Each byte of TOML takes many bytes of memory.
const MAX_BYTES: usize = 256 << 10;

impl Catalog {
    /// Reads a catalogue of 256 KB at most. The name of the file is for messages.
    ///
    /// ```
    /// use keyward_catalog::Catalog;
    ///
    /// let text = "[products.studio]\nnumber = 3\nname = \"Acme Studio\"\nactivated = true\n";
    /// let problems = Catalog::parse(text, "catalog.toml").unwrap_err();
    /// assert_eq!(
    ///     problems.to_string(),
    ///     "catalog.toml, line 1, column 11: product `studio` has no `editions`: \
    ///      add them under [products.studio.editions]\n\
    ///      catalog.toml, line 4, column 1: product `studio` has no setting `activated`: did you mean `activation`?",
    /// );
    /// ```
    ///
    /// # Errors
    ///
    /// Every problem in the file, in the order of its lines. If the text is not TOML, only the mistakes in its syntax.
    pub fn parse(text: &str, file_name: &str) -> Result<Catalog, Problems> {
        // Each part is read as far as possible. An invalid value gets a placeholder, so that references to its entry can be
        // checked too. A catalogue with placeholders is never returned: each comes with a problem.
        if text.len() > MAX_BYTES {
            let kind = ProblemKind::LongText { bytes: text.len(), max: MAX_BYTES };
            let problem = Problem { position: Lines::of("").position(0), kind };
            return Err(Problems { file: file_name.to_owned(), problems: vec![problem] });
        }
        let lines = Lines::of(text);
        let mut log = Log::default();
        let (document, errors) = DeTable::parse_recoverable(text);
        let mut repeated_heading = None;
        for error in &errors {
            let span = error.span().unwrap_or(text.len()..text.len());
            let problem = syntax_problem(error.message(), text.get(span.clone()).unwrap_or_default());
            if matches!(problem, ProblemKind::DuplicateKey { .. }) {
                let heading = last_heading(text, span.start);
                // The settings under a repeated heading are duplicates because of the heading.
                if heading.is_some() && heading == repeated_heading {
                    continue;
                }
                repeated_heading = heading.filter(|heading| on_one_line(text, *heading..span.start));
            }
            log.report(span.start, problem);
        }
        // Duplicates do not keep the rest from being read.
        if log.0.iter().any(|(_, problem)| !matches!(problem, ProblemKind::DuplicateKey { .. })) {
            let mut problems = in_order(log, &lines);
            // One mistake may make the parser report the rest of the line too.
            problems.dedup_by_key(|problem| problem.position.line);
            return Err(Problems { file: file_name.to_owned(), problems });
        }

        let root = Section::root(&document);
        root.allow_only(
            &["vendor", "grace_days", "reminder_days", "longest_term", "trials", "stopgaps", "products", "offers"],
            &mut log,
        );
        let settings = Settings::default().read(&root, &["longest_days"], &mut log);
        let vendor = vendor::read(&root, &mut log);
        let mut products = product::read_all(&root, &settings, &lines, &mut log);
        let offers = pairs_under(&root, "offers", offer::EXAMPLE, &mut log);
        let offers = offers.iter().filter_map(|pair| offer::read(pair, &products, &mut log)).collect();

        if log.0.is_empty() {
            products.sort_by_key(|product| product.number);
            Ok(Catalog { file: file_name.to_owned(), vendor, products, offers })
        } else {
            Err(Problems { file: file_name.to_owned(), problems: in_order(log, &lines) })
        }
    }
}

fn syntax_problem(message: &str, found: &str) -> ProblemKind {
    match message {
        "duplicate key" => ProblemKind::DuplicateKey { key: found.to_owned() },
        _ => ProblemKind::Syntax { message: message.to_owned(), found: found.to_owned() },
    }
}

/// The offset of the last heading at or before this offset.
fn last_heading(text: &str, offset: usize) -> Option<usize> {
    let before = text.get(..offset)?;
    let first = before.starts_with('[').then_some(0);
    before.rfind("\n[").map(|line_break| line_break.saturating_add(1)).or(first)
}

fn on_one_line(text: &str, range: Range<usize>) -> bool {
    text.get(range).is_some_and(|text| !text.contains('\n'))
}

/// The keys and values under a heading, such as the editions of a product.
fn pairs_under<'t>(section: &Section<'t>, key: &'static str, example: &str, log: &mut Log) -> Vec<Pair<'t>> {
    section.section(key, &format!("`{example}`"), log).map_or_else(Vec::new, |section| section.pairs())
}

fn in_order(log: Log, lines: &Lines<'_>) -> Vec<Problem> {
    let mut found = log.0;
    found.sort_by_key(|(offset, _)| *offset);
    found.into_iter().map(|(offset, kind)| Problem { position: lines.position(offset), kind }).collect()
}
