//! Skips tests that need a program that is not installed.
//!
//! A skipped test passes on a developer's machine, and its name is printed beside the results. With `CI` set in the
//! environment it fails, since CI machines have all programs.

use std::io::Write;
use std::path::Path;

/// Skips a test, named, for this reason: "there is no openssl".
///
/// # Panics
///
/// If `CI` is set in the environment.
pub fn skip(test: &str, why: &str) {
    let message = format!("SKIPPED {test}: {why}");
    assert!(std::env::var_os("CI").is_none_or(|set| set.is_empty()), "CI is set, and {message}");
    // Written to standard error directly: the test harness captures the output of eprintln!.
    let _ = writeln!(std::io::stderr(), "{message}");
}

/// Whether these programs are installed. Without one of them, the test is skipped.
///
/// # Panics
///
/// The panics of [`skip`].
pub fn has_programs(test: &str, programs: &[&str]) -> bool {
    let missing = programs.iter().find(|program| !is_installed(program));
    if let Some(missing) = missing {
        skip(test, &format!("there is no {missing}"));
    }
    missing.is_none()
}

fn is_installed(program: &str) -> bool {
    let is_in = |folder: &Path| ["", ".exe"].iter().any(|ending| folder.join(format!("{program}{ending}")).is_file());
    std::env::var_os("PATH").is_some_and(|path| std::env::split_paths(&path).any(|folder| is_in(&folder)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_by_its_name() {
        assert!(is_installed("cargo") && !is_installed("no-program-has-this-name"));
    }
}
