//! The picture in the README: a license key with two mistakes, and the answer of `keyward verify`. It is drawn from the
//! output of the command; `KEYWARD_EXPECTED=overwrite` rewrites it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::fmt::Write;
use std::path::Path;

use common::{fixtures, run_with_input};

const CLAIMS: &str = r#"{"serial": "0102030405060708", "product": 3, "edition": 2, "seats": 25, "features": [0, 1, 2],
    "valid_from": "2026-01-01", "valid_through": null}"#;

/// Groups as printed and as typed. Each is in the key once.
const MISTAKES: [(&str, &str); 2] = [("60GSJ", "606SJ"), ("289BV", "2B9BV")];

/// Rows of the report that need no explanation.
const ROWS: [&str; 4] = ["outcome", "product", "seats", "valid"];

#[test]
fn the_picture_in_the_readme_shows_the_output_of_the_command() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/mistyped.svg");
    let picture = picture();
    if std::env::var_os("KEYWARD_EXPECTED").is_some_and(|expected| expected == "overwrite") {
        std::fs::write(&path, &picture).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(committed == picture, "docs/mistyped.svg is out of date: KEYWARD_EXPECTED=overwrite writes it");
}

fn picture() -> String {
    let key = run_with_input(&fixtures(), &["sign", "--key", "vendor.key", "-"], CLAIMS.as_bytes()).stdout;
    let mut typed = key;
    for (group, mistyped) in MISTAKES {
        assert_eq!(typed.matches(group).count(), 1, "{typed}");
        typed = typed.replace(group, mistyped);
    }
    let typed = typed.to_lowercase().replace('-', " ");
    let verified = run_with_input(&fixtures(), &["verify", "--trust", "vendor.pub", "-"], typed.as_bytes());
    assert_eq!(verified.code, 0, "{verified:?}");

    let mut lines = vec![line("Typed from paper:", Style::Comment)];
    lines.extend(typed.lines().map(with_mistakes));
    lines.push(String::new());
    lines.push(line("$ keyward verify --trust vendor.pub typed.txt", Style::Command));
    let repairs = verified.stderr.lines().filter(|line| !line.is_empty());
    lines.extend(repairs.map(|repair| line(repair, Style::Repair)));
    lines.push(String::new());
    lines.extend(verified.stdout.lines().take(1).map(|headline| line(headline, Style::Headline)));
    let is_shown = |line: &&str| ROWS.iter().any(|row| line.trim_start().starts_with(row));
    lines.extend(verified.stdout.lines().skip(1).filter(is_shown).map(|row| line(row, Style::Plain)));
    drawn(&lines)
}

#[derive(Clone, Copy)]
enum Style {
    Plain,
    Comment,
    Command,
    Mistake,
    Repair,
    Headline,
}

impl Style {
    const fn attributes(self) -> &'static str {
        match self {
            Style::Plain => "",
            Style::Comment => " fill=\"#8b949e\"",
            Style::Command => " fill=\"#79c0ff\"",
            Style::Mistake => " fill=\"#ff7b72\" font-weight=\"bold\"",
            Style::Repair => " fill=\"#e3b341\"",
            Style::Headline => " fill=\"#56d364\" font-weight=\"bold\"",
        }
    }
}

/// Text in one style.
fn line(text: &str, style: Style) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    match style {
        Style::Plain => text,
        _ => format!("<tspan{}>{text}</tspan>", style.attributes()),
    }
}

/// A row of the key, with its mistakes marked.
fn with_mistakes(row: &str) -> String {
    let is_mistyped = |group: &str| MISTAKES.iter().any(|(_, mistyped)| mistyped.eq_ignore_ascii_case(group));
    let groups = row
        .trim_end()
        .split(' ')
        .map(|group| line(group, if is_mistyped(group) { Style::Mistake } else { Style::Plain }));
    format!("  {}", groups.collect::<Vec<_>>().join(" "))
}

fn drawn(lines: &[String]) -> String {
    const LINE: usize = 20;
    let height = lines.len().saturating_add(2).saturating_mul(LINE);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"640\" height=\"{height}\" viewBox=\"0 0 640 {height}\">\n\
         <title>A license key typed with two mistakes, and the command that repairs it</title>\n\
         <rect width=\"640\" height=\"{height}\" rx=\"8\" fill=\"#0d1117\"/>\n\
         <g font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, monospace\" font-size=\"14\" fill=\"#e6edf3\" \
         xml:space=\"preserve\">\n"
    );
    for (number, line) in (2_usize..).zip(lines).filter(|(_, line)| !line.is_empty()) {
        writeln!(svg, "<text x=\"20\" y=\"{}\">{line}</text>", number.saturating_mul(LINE)).unwrap();
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}
