use crate::checks::{Outcome, Spellings};
use crate::measure::Measured;
use crate::peer::KeyId;
use crate::{Bare, Row, machine};

/// The short table.
pub fn overview(rows: &[Row], bare: &Bare) -> String {
    let mut table = String::from(
        "| | characters | issue | verify | checked on verifying |\n\
         |---|---:|---:|---:|---|\n",
    );
    for row in rows {
        let name = name(row);
        let (issue, verify) = (ratio(row.issue), ratio(row.verify));
        table += &format!("| {name} | {} | {issue} | {verify} | {} |\n", row.characters.1, checked(row));
    }
    format!(
        "{table}\nTimes are multiples of signing alone ({:.0} µs) and of verifying a signature strictly and alone \
         ({:.0} µs), with ed25519-dalek, measured in turns in one run: {}.",
        bare.sign.microseconds,
        bare.verify.microseconds,
        machine::description()
    )
}

/// The tables with every measurement and check, and the notes on each peer.
pub fn details(rows: &[Row], bare: &Bare) -> String {
    let mut text = format!(
        "Measured on: {}. Signing alone takes {:.1} µs, verifying a signature strictly and alone {:.1} µs.\n\n",
        machine::description(),
        bare.sign.microseconds,
        bare.verify.microseconds
    );
    text += "| | version | characters | with licensee | issue | | verify | |\n\
             |---|---|---:|---:|---:|---:|---:|---:|\n";
    for row in rows {
        let version = match row.about.package {
            Some(package) => format!("{package} {}", machine::version(package)),
            None => String::new(),
        };
        text += &format!(
            "| {} | {version} | {} | {} | {:.1} µs | {} | {:.1} µs | {} |\n",
            name(row),
            row.characters.0,
            row.characters.1,
            row.issue.microseconds,
            ratio(row.issue),
            row.verify.microseconds,
            ratio(row.verify),
        );
    }
    text += "\n| | unusual signatures | start | expiry | product | key id | grace | typing | other spellings |\n\
             |---|---|---|---|---|---|---|---|---|\n";
    for row in rows {
        let checks = &row.checks;
        text += &format!(
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |\n",
            name(row),
            signatures(row),
            outcome(checks.start),
            outcome(checks.expiry),
            outcome(checks.product),
            match checks.key_id {
                KeyId::LibraryChooses => "yes",
                KeyId::ApplicationChooses => "the application's †",
                KeyId::None => "– †",
            },
            if checks.grace { "yes" } else { "–" },
            if checks.typing { "repaired" } else { "–" },
            match &checks.spellings {
                Spellings::Refused => "refused".to_owned(),
                Spellings::Accepted(names) => format!("accepted: {}", names.join(", ")),
                Spellings::AcceptedAndCorrected(names) => {
                    format!("accepted, and returned as the canonical text: {}", names.join(", "))
                }
            },
        );
    }
    text += "\n† From the documentation and the source; every other cell from texts that were fed to the library.\n\n";
    for row in rows {
        let about = &row.about;
        text += &format!("- **{}**: {}.", about.name, about.how);
        if !about.has.is_empty() {
            text += &format!(" Keyward lacks: {}.", about.has);
        }
        let unchecked = unchecked(row);
        if !unchecked.is_empty() {
            text += &format!(" Left to the application: {}.", unchecked.join(", "));
        }
        text += "\n";
    }
    text.trim_end().to_owned()
}

fn name(row: &Row) -> String {
    if row.about.ours { format!("**{}**", row.about.name) } else { row.about.name.to_owned() }
}

fn ratio(measured: Measured) -> String {
    if measured.ratio < 9.95 { format!("{:.2}×", measured.ratio) } else { format!("{:.0}×", measured.ratio) }
}

fn signatures(row: &Row) -> String {
    let accepted: Vec<_> = row
        .checks
        .signatures
        .iter()
        .filter(|(_, outcome)| *outcome == Outcome::Accepted)
        .map(|(name, _)| *name)
        .collect();
    if accepted.is_empty() { "refused".into() } else { format!("accepted: {}", accepted.join(", ")) }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Refused => "yes",
        Outcome::Accepted => "–",
    }
}

fn checked(row: &Row) -> String {
    let checks = &row.checks;
    let mut words = vec![if checks.strict() { "signature (strictly)" } else { "signature" }];
    for (word, outcome) in [("start", checks.start), ("expiry", checks.expiry), ("product", checks.product)] {
        if outcome == Outcome::Refused {
            words.push(word);
        }
    }
    if matches!(checks.key_id, KeyId::LibraryChooses) {
        words.push("key id");
    }
    if checks.grace {
        words.push("grace");
    }
    if checks.typing {
        words.push("repairs typing");
    }
    words.join(", ")
}

fn unchecked(row: &Row) -> Vec<&'static str> {
    let checks = &row.checks;
    [("the first day", checks.start), ("the last day", checks.expiry), ("the product", checks.product)]
        .into_iter()
        .filter(|(_, outcome)| *outcome == Outcome::Accepted)
        .map(|(name, _)| name)
        .collect()
}
