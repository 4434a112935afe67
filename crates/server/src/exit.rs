use std::process::ExitCode;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exit(u8);

impl Exit {
    /// The program did its work, and what it verified agrees.
    pub const SUCCESS: Exit = Exit(0);
    /// The program failed: a database can't be reached, a file can't be read.
    pub const FAILURE: Exit = Exit(1);
    /// The arguments are wrong.
    pub const USAGE: Exit = Exit(2);
    /// What was verified does not agree.
    pub const DIFFERS: Exit = Exit(3);
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.0)
    }
}

/// The exit codes, for the help.
pub const EXIT_CODES: &str = "Exit codes:
   0  the program did its work, and what it verified agrees
   1  the program failed; for example, the database can't be reached
   2  wrong arguments
   3  what was verified does not agree";
