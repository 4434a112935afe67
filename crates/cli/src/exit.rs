use std::fmt::Write;
use std::process::ExitCode;

use keyward_verifier::Outcome;

/// How the command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exit(u8);

impl Exit {
    /// The command did its work; after `verify`, the license is usable.
    pub const SUCCESS: Exit = Exit(0);
    /// The command failed: a file can't be read, a passphrase is wrong.
    pub const FAILURE: Exit = Exit(1);
    /// The arguments are wrong.
    pub const USAGE: Exit = Exit(2);
    /// The order breaks a rule.
    pub const REFUSED: Exit = Exit(3);

    pub const fn number(self) -> u8 {
        self.0
    }
}

impl From<Outcome> for Exit {
    fn from(outcome: Outcome) -> Exit {
        Exit(outcome.exit_code())
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.0)
    }
}

/// The exit codes, for the help of `verify` and of the whole command.
pub fn exit_codes() -> String {
    let (usable, refused): (Vec<_>, Vec<_>) = Outcome::ALL.into_iter().partition(|outcome| outcome.is_usable());
    let of_the_command =
        [(Exit::FAILURE, "the command failed; for example, a file can't be read"), (Exit::USAGE, "wrong arguments")];
    let mut text = format!("Exit codes and outcomes:\n{}", outcomes(usable));
    for (exit, meaning) in of_the_command {
        text.push_str(&row(exit, "", meaning));
    }
    text + &outcomes(refused)
}

/// Outcomes with their exit codes, for a help text.
pub fn outcomes(outcomes: impl IntoIterator<Item = Outcome>) -> String {
    outcomes.into_iter().map(|outcome| row(outcome.into(), outcome.code(), outcome.meaning())).collect()
}

fn row(exit: Exit, code: &str, meaning: &str) -> String {
    let mut row = String::new();
    // Writing to a string never fails.
    let _ = writeln!(row, "  {:>2}  {code:<20} {meaning}", exit.number());
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_outcomes_lists_every_outcome() {
        let page = include_str!("../../../docs/outcomes.md");
        let listed: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
        let row = |outcome: Outcome| {
            let (code, exit, meaning) = (outcome.code(), outcome.exit_code(), outcome.meaning());
            format!("| `{code}` | {exit} | {meaning} | {} |", outcome.advice().unwrap_or("nothing"))
        };
        assert_eq!(listed, Outcome::ALL.map(row));
    }
}
