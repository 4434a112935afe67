//! The report of `verify` for people.

use std::io::{self, Write};

use clap::builder::styling::AnsiColor;
use keyward_verifier::{Entitlement, Outcome, Repairs, Standing, State};
use serde_json::{Value, json};

use crate::assess::answer::{Other, Refused, Verdict};
use crate::assess::assessment::{Assessment, Conclusion};
use crate::assess::evidence::{Evidence, advice_on_key, evidence};
use crate::assess::trusted::Trusted;
use crate::show::claims::{UsualClaims, claims_rows, features, grace};
use crate::show::inputs::{self, signer};
use crate::show::rows::{Rows, headline, write_rows};
use crate::words::{harmless, list, written};

/// Writes the report: a headline, then rows.
pub fn report(assessment: &Assessment, conclusion: &Conclusion<'_>, to: &mut dyn Write) -> io::Result<()> {
    match conclusion.entitlement() {
        Some(entitlement) => licensed(assessment, conclusion, entitlement, to),
        None => refusal(assessment, conclusion, to),
    }
}

fn licensed(
    assessment: &Assessment,
    conclusion: &Conclusion<'_>,
    entitlement: &Entitlement<'_>,
    to: &mut dyn Write,
) -> io::Result<()> {
    let (license, standing) = (entitlement.license(), entitlement.standing());
    let naming = assessment.naming();
    if conclusion.outcome == standing.outcome() {
        let (color, judgement) = judgement(standing.state());
        headline(to, color, &format!("{judgement}: {standing}"))?;
    } else {
        headline(to, AnsiColor::Red, &format!("Refused: {}", harmless(&conclusion.message)))?;
        writeln!(to, "The license itself is genuine: {standing}")?;
    }
    if let Some(notice) = standing.notice() {
        writeln!(to, "{notice}")?;
    }
    let mut rows = vec![("outcome", conclusion.outcome.to_string())];
    rows.extend(evidence_rows(conclusion));
    rows.extend(claims_rows(license.claims(), naming, UsualClaims::LeftOut));
    rows.extend(standing_rows(standing));
    if let (Some(grant), true) = (entitlement.grant(), assessment.answer.accepted().len() > 1) {
        let features = features(license.claims().product(), grant.features(), naming);
        rows.push(("together", format!("features {features}; {} seats", grant.seats())));
    }
    rows.push(("signed by", signer(assessment, license.key_id())));
    rows.push(("digest", license.digest().to_string()));
    rows.extend(inputs::rows(assessment));
    rows.push(("asked about", written(assessment.request.at)));
    rows.extend(conclusion.advice.as_deref().map(|advice| ("what to do", advice.to_owned())));
    write_rows(to, &rows)
}

/// The color and the headline of a standing.
pub const fn judgement(state: State) -> (AnsiColor, &'static str) {
    match state {
        State::Active => (AnsiColor::Green, "Genuine and usable"),
        State::ExpiringSoon | State::InGrace => (AnsiColor::Yellow, "Genuine and usable"),
        State::NotYetValid | State::Expired => (AnsiColor::Red, "Genuine, but not usable"),
    }
}

fn refusal(assessment: &Assessment, conclusion: &Conclusion<'_>, to: &mut dyn Write) -> io::Result<()> {
    headline(to, AnsiColor::Red, &format!("Refused: {}", harmless(&conclusion.message)))?;
    let mut rows = vec![("outcome", conclusion.outcome.to_string())];
    rows.extend(evidence_rows(conclusion));
    rows.extend(inputs::rows_of_a_refusal(assessment));
    rows.extend(conclusion.advice.as_deref().map(|advice| ("what to do", advice.to_owned())));
    write_rows(to, &rows)
}

/// The evidence in rows. Other rows show that of the clock.
fn evidence_rows(conclusion: &Conclusion<'_>) -> Rows {
    if conclusion.outcome == Outcome::ClockSuspect {
        return Rows::new();
    }
    in_rows(&conclusion.evidence)
}

fn in_rows(evidence: &Evidence) -> Rows {
    let said = evidence.iter().filter(|(_, value)| *value != json!([]) && *value != json!(""));
    said.map(|(name, value)| (*name, harmless(&in_words(value)))).collect()
}

/// Writes the refusal of a key, with evidence and advice.
pub fn refusal_of_key(trusted: &Trusted, refused: &Refused, to: &mut dyn Write) -> io::Result<()> {
    headline(to, AnsiColor::Red, &format!("Refused: {}", refused.error))?;
    let mut rows = vec![("outcome", refused.error.code().to_owned())];
    rows.extend(in_rows(&evidence(&refused.error, &trusted.key_ids())));
    rows.extend(advice_on_key(&refused.error).map(|advice| ("what to do", advice.to_owned())));
    write_rows(to, &rows)
}

/// Writes the repairs, the results for the other keys, and remarks on the clock and the state.
pub fn remarks(assessment: &Assessment, conclusion: &Conclusion<'_>, to: &mut dyn Write) -> io::Result<()> {
    if let Some(verdict) = &conclusion.verdict {
        let answer = &assessment.answer;
        if let Verdict::Licensed(entitlement) = verdict {
            repairs(entitlement.license().repairs(), to)?;
        }
        others(&answer.others(assessment.request.at, verdict), answer.position(verdict), answer.keys, to)?;
    }
    inputs::remarks(assessment, to)
}

/// Writes the results for the other keys, and the position of the reported key.
pub fn others(others: &[Other], reported: Option<usize>, keys: usize, to: &mut dyn Write) -> io::Result<()> {
    for Other { position, outcome, message } in others {
        writeln!(to, "Key {position} of {keys} ({outcome}): {message}")?;
    }
    match reported {
        Some(reported) if keys > 1 => writeln!(to, "The report is on key {reported}.\n"),
        _ => Ok(()),
    }
}

/// Writes the repairs of a key.
pub fn repairs(repairs: &Repairs, to: &mut dyn Write) -> io::Result<()> {
    match repairs.len() {
        0 => return Ok(()),
        1 => writeln!(to, "The key was mistyped, and is repaired:")?,
        count => writeln!(to, "The key was mistyped in {count} places, and is repaired:")?,
    }
    for repair in repairs.iter() {
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

fn in_words(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => list(items.iter().map(in_words)),
        other => other.to_string(),
    }
}
