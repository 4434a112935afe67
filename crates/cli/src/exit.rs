use std::process::ExitCode;

/// How the command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exit(u8);

impl Exit {
    /// It did what it was asked; of `verify`, the license is usable.
    pub const SUCCESS: Exit = Exit(0);
    /// It failed: a file can't be read, a passphrase is wrong.
    pub const FAILURE: Exit = Exit(1);
    /// It was not used as it is meant to be.
    pub const USAGE: Exit = Exit(2);
    /// What was ordered breaks a rule.
    pub const REFUSED: Exit = Exit(3);

    /// How `verify` ends on the outcome with that code.
    pub fn for_code(code: &str) -> Exit {
        outcome(code).map_or(Exit::FAILURE, |outcome| outcome.exit)
    }

    pub const fn number(self) -> u8 {
        self.0
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.0)
    }
}

/// What can come of verifying a license key, or a file that is carried.
#[derive(Debug)]
pub struct Outcome {
    /// The code, the same in every language.
    pub code: &'static str,
    /// How `verify` ends.
    pub exit: Exit,
    /// What it means, for the help.
    pub meaning: &'static str,
    /// What to do about it; nothing where all is well.
    pub to_do: Option<&'static str>,
}

/// The outcome with that code.
pub fn outcome(code: &str) -> Option<&'static Outcome> {
    OUTCOMES.iter().find(|outcome| outcome.code == code)
}

const fn usable(code: &'static str, meaning: &'static str, to_do: Option<&'static str>) -> Outcome {
    Outcome { code, exit: Exit::SUCCESS, meaning, to_do }
}

const fn refused(exit: u8, code: &'static str, meaning: &'static str, to_do: &'static str) -> Outcome {
    Outcome { code, exit: Exit(exit), meaning, to_do: Some(to_do) }
}

/// Every outcome, by exit code. Scripts rely on both: neither is ever changed, and new ones are added.
pub const OUTCOMES: [Outcome; 23] = [
    usable("active", "usable, in its term or perpetual", None),
    usable("expiring-soon", "usable, and ends within 30 days", Some("have the next license ready before the last day")),
    usable("in-grace", "usable, though its term is over", Some("enter the next license before the grace ends")),
    refused(10, "malformed", "not a license key", "copy the whole key, from the K to the last group, and nothing else"),
    refused(
        11,
        "damaged",
        "more mistakes than can be repaired",
        "compare the key with the original group by group; type ? for each character that can't be read",
    ),
    refused(
        12,
        "unknown-key",
        "signed by a key that is not trusted",
        "see whether --trust names the vendor's public key, and whether the key is for this vendor's product",
    ),
    refused(13, "bad-signature", "forged", "don't use this key; ask the vendor for a genuine one"),
    refused(14, "needs-newer", "says what only a newer version understands", "use a newer version"),
    refused(15, "wrong-product", "for another product", "use it with the product it is for, or ask the vendor"),
    refused(
        16,
        "wrong-environment",
        "for another environment",
        "use it in the environment it is for (--environment), or ask the vendor",
    ),
    refused(
        17,
        "wrong-machine",
        "locked to another machine",
        "see whether --fingerprint is this machine's, or ask the vendor to move the license",
    ),
    refused(18, "invalid-claims", "genuine, but issued wrongly", "ask the vendor for another key"),
    refused(
        19,
        "version-not-covered",
        "released after the updates it covers",
        "use a version released earlier, or renew the updates",
    ),
    refused(20, "not-yet-valid", "genuine, before its first day", "keep the license in use until then"),
    refused(21, "expired", "genuine, after its last day and grace", "ask the vendor for the next license"),
    refused(
        22,
        "clock-suspect",
        "the clock can't be believed (only with --strict-clock)",
        "set the clock; if it is right, ask the vendor for a recovery: `keyward state show` says for which state",
    ),
    refused(23, "revoked", "withdrawn for ever", "ask the vendor for another license"),
    refused(
        24,
        "on-hold",
        "withdrawn until a later list lifts it",
        "ask the vendor; once it is lifted, bring a newer list",
    ),
    refused(25, "stale-file", "a validation file whose time is over", "ask for a new one; the license in it may go on"),
    refused(
        26,
        "stale-list",
        "a revocation list older than --max-staleness",
        "bring a newer revocation list from the vendor",
    ),
    refused(27, "rollback", "an older file than was seen before", "bring the newest file from the vendor"),
    refused(
        28,
        "not-permitted",
        "signed by a key that may not",
        "ask the vendor for another, or for a newer trust bundle",
    ),
    refused(
        29,
        "untrusted-bundle",
        "a trust bundle that the roots don't vouch for",
        "see whether --roots is the root set that the vendor delivered with the product, and name all that followed it, \
         oldest first",
    ),
];

/// The exit codes, for the help of `verify` and of the whole command.
pub fn exit_codes() -> String {
    let of_the_command = [
        (Exit::FAILURE, "", "it failed, say a file can't be read"),
        (Exit::USAGE, "", "it was not used as it is meant to be"),
    ];
    let mut rows: Vec<_> = OUTCOMES.iter().map(|outcome| (outcome.exit, outcome.code, outcome.meaning)).collect();
    rows.extend(of_the_command);
    rows.sort_by_key(|(exit, ..)| exit.number());
    let mut text = String::from("Exit codes and outcomes:\n");
    for (exit, code, meaning) in rows {
        text.push_str(&format!("  {:>2}  {code:<20} {meaning}\n", exit.number()));
    }
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_code_is_there_once_and_every_refusal_has_an_exit_code_of_its_own() {
        let codes: HashSet<_> = OUTCOMES.iter().map(|outcome| outcome.code).collect();
        assert_eq!(codes.len(), OUTCOMES.len());
        let refusals: Vec<u8> = OUTCOMES.iter().map(|outcome| outcome.exit.number()).filter(|exit| *exit > 0).collect();
        assert_eq!(refusals, (10..=29).collect::<Vec<u8>>());
    }

    #[test]
    fn the_readme_lists_every_outcome_with_its_exit_code() {
        let readme = include_str!("../../../README.md");
        let rows: Vec<&str> = readme.lines().filter(|line| line.starts_with("| `")).collect();
        let listed = rows.iter().filter_map(|row| {
            let mut cells = row.split('|').map(str::trim).skip(1);
            Some((cells.next()?.trim_matches('`'), cells.next()?.parse().ok()?))
        });
        let outcomes: Vec<(&str, u8)> = OUTCOMES.iter().map(|outcome| (outcome.code, outcome.exit.number())).collect();
        assert_eq!(listed.collect::<Vec<_>>(), outcomes);
    }

    #[test]
    fn only_usable_outcomes_end_well() {
        let ending_well = OUTCOMES.iter().filter(|outcome| outcome.exit == Exit::SUCCESS).map(|outcome| outcome.code);
        assert_eq!(ending_well.collect::<Vec<_>>(), ["active", "expiring-soon", "in-grace"]);
    }

    #[test]
    fn a_code_that_this_command_does_not_know_ends_as_a_failure() {
        assert_eq!(Exit::for_code("of-a-later-day"), Exit::FAILURE);
    }
}
