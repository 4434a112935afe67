//! What `verify` says to people.

use std::io::{self, Write};

use chrono::{DateTime, Utc};
use clap::builder::styling::AnsiColor;
use keyward_verifier::{Holding, License, Standing, State};
use serde_json::{Value, json};

use crate::assess::answer::{Answer, Other, Refused, Verdict};
use crate::assess::assessment::{Assessment, Conclusion};
use crate::assess::evidence::{Evidence, evidence};
use crate::assess::trusted::Trusted;
use crate::exit::outcome;
use crate::show::claims::{UsualClaims, claims_rows, features, grace};
use crate::show::inputs::{self, signer};
use crate::show::rows::{Rows, headline, write_rows};
use crate::words::{harmless, list, written};

/// The report: the outcome in words, then what is known, line by line.
pub fn report(assessment: &Assessment, conclusion: &Conclusion<'_>, to: &mut dyn Write) -> io::Result<()> {
    match conclusion.holding() {
        Some(holding) => licensed(assessment, conclusion, holding, to),
        None => refusal(assessment, conclusion, to),
    }
}

fn licensed(
    assessment: &Assessment,
    conclusion: &Conclusion<'_>,
    holding: &Holding<'_>,
    to: &mut dyn Write,
) -> io::Result<()> {
    let (license, standing) = (holding.license(), holding.standing());
    let naming = assessment.naming();
    if conclusion.code == standing.code() {
        let (color, judgement) = judgement(standing.state());
        headline(to, color, &format!("{judgement}: {standing}"))?;
    } else {
        headline(to, AnsiColor::Red, &format!("Refused: {}", harmless(&conclusion.message)))?;
        writeln!(to, "The license itself is genuine: {standing}")?;
    }
    if let Some(notice) = standing.notice() {
        writeln!(to, "{notice}")?;
    }
    let mut rows = vec![("outcome", conclusion.code.to_owned())];
    rows.extend(evidence_rows(conclusion));
    rows.extend(claims_rows(license.claims(), naming, UsualClaims::LeftOut));
    rows.extend(standing_rows(standing));
    if let (Some(grant), true) = (holding.grant(), assessment.answer.accepted() > 1) {
        let features = features(license.claims().product(), grant.features(), naming);
        rows.push(("together", format!("features {features}; {} seats", grant.seats())));
    }
    rows.push(("signed by", signer(assessment, license.key_id())));
    rows.push(("digest", license.digest().to_string()));
    rows.extend(inputs::rows(assessment));
    rows.push(("asked about", written(assessment.request.at)));
    rows.extend(conclusion.to_do.map(|to_do| ("what to do", to_do.to_owned())));
    write_rows(to, &rows)
}

/// The color of a standing, and the judgement in words.
pub const fn judgement(state: State) -> (AnsiColor, &'static str) {
    match state {
        State::Active => (AnsiColor::Green, "Genuine and usable"),
        State::ExpiringSoon | State::InGrace => (AnsiColor::Yellow, "Genuine and usable"),
        State::NotYetValid | State::Expired => (AnsiColor::Red, "Genuine, but not usable"),
    }
}

fn refusal(assessment: &Assessment, conclusion: &Conclusion<'_>, to: &mut dyn Write) -> io::Result<()> {
    headline(to, AnsiColor::Red, &format!("Refused: {}", harmless(&conclusion.message)))?;
    let mut rows = vec![("outcome", conclusion.code.to_owned())];
    rows.extend(evidence_rows(conclusion));
    rows.extend(inputs::rows_of_a_refusal(assessment));
    rows.extend(conclusion.to_do.map(|to_do| ("what to do", to_do.to_owned())));
    write_rows(to, &rows)
}

/// Of the clock, other rows say it in words.
fn evidence_rows(conclusion: &Conclusion<'_>) -> Rows {
    if conclusion.code == "clock-suspect" {
        return Rows::new();
    }
    in_rows(&conclusion.evidence)
}

fn in_rows(evidence: &Evidence) -> Rows {
    let said = evidence.iter().filter(|(_, value)| *value != json!([]) && *value != json!(""));
    said.map(|(name, value)| (*name, harmless(&in_words(value)))).collect()
}

/// Why a key was refused, with the evidence, and what to do.
pub fn refusal_of_key(trusted: &Trusted, refused: &Refused, to: &mut dyn Write) -> io::Result<()> {
    headline(to, AnsiColor::Red, &format!("Refused: {}", refused.error))?;
    let mut rows = vec![("outcome", refused.error.code().to_owned())];
    rows.extend(in_rows(&evidence(&refused.error, &trusted.key_ids())));
    rows.extend(to_do(refused.error.code()));
    write_rows(to, &rows)
}

/// What was repaired, what came of the other keys, and what is odd about the clock and the state.
pub fn remarks(assessment: &Assessment, conclusion: &Conclusion<'_>, to: &mut dyn Write) -> io::Result<()> {
    if let Some(verdict) = &conclusion.verdict {
        remarks_on_keys(assessment.request.at, &assessment.answer, verdict, to)?;
    }
    inputs::remarks(assessment, to)
}

/// What was repaired, and what came of the other keys.
pub fn remarks_on_keys(
    at: DateTime<Utc>,
    answer: &Answer,
    verdict: &Verdict<'_>,
    to: &mut dyn Write,
) -> io::Result<()> {
    if let Verdict::Licensed(holding) = verdict {
        repairs(holding.license(), to)?;
    }
    for other in answer.others(at, verdict) {
        remark(&other, answer, to)?;
    }
    if let (Some(position), true) = (answer.position(verdict), answer.keys > 1) {
        writeln!(to, "The report is on key {position}.\n")?;
    }
    Ok(())
}

/// What came of one of several keys.
pub fn remark(other: &Other, answer: &Answer, to: &mut dyn Write) -> io::Result<()> {
    writeln!(to, "Key {} of {} ({}): {}", other.position, answer.keys, other.code, other.message)
}

/// What was wrong in the key as it was typed.
pub fn repairs(license: &License, to: &mut dyn Write) -> io::Result<()> {
    match license.repairs().len() {
        0 => return Ok(()),
        1 => writeln!(to, "The key was mistyped, and is repaired:")?,
        count => writeln!(to, "The key was mistyped in {count} places, and is repaired:")?,
    }
    for repair in license.repairs().iter() {
        writeln!(to, "  {repair}")?;
    }
    writeln!(to)
}

fn standing_rows(standing: &Standing) -> Rows {
    let mut rows = Rows::new();
    rows.extend(standing.days_left().map(|days| ("days left", days.to_string())));
    rows.extend(grace(standing).map(|grace| ("grace", grace)));
    rows.extend(
        standing.next_reminder().filter(|_| standing.is_usable()).map(|day| ("reminder", format!("next on {day}"))),
    );
    if standing.state() == State::NotYetValid {
        rows.push(("opens at", written(standing.opens_at())));
    }
    if let (State::Expired, Some(closed)) = (standing.state(), standing.grace_closes_at()) {
        rows.push(("closed at", written(closed)));
    }
    rows
}

fn to_do(code: &str) -> Option<(&'static str, String)> {
    Some(("what to do", outcome(code)?.to_do?.to_owned()))
}

fn in_words(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => list(items.iter().map(in_words)),
        other => other.to_string(),
    }
}
