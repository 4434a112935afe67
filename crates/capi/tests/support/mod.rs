//! Builds C and C++ programs with the library of this build, in the way of its users: the library is installed into a
//! folder, and pkg-config finds it there.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::io::{Seek, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use keyward_testing::skip::{has_programs, skip};
use tempfile::TempDir;

const PACKAGE: &str = env!("CARGO_MANIFEST_DIR");
const C: [&str; 9] =
    ["-std=c99", "-g", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Wconversion", "-Wshadow", "-Wstrict-prototypes"];
const CPP: [&str; 8] = ["-std=c++17", "-g", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Wconversion", "-Wshadow"];

/// The ways of linking the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Linked {
    Dynamically,
    /// The library is linked statically, and the system's libraries are not.
    Statically,
    /// All libraries are linked statically.
    FullyStatically,
}

impl Linked {
    /// All ways of linking that this system's C library supports.
    pub fn in_every_way(test: &str) -> Vec<Linked> {
        let mut ways = vec![Linked::Dynamically, Linked::Statically, Linked::FullyStatically];
        let libc = text(succeeds(Command::new("gcc").arg("-print-file-name=libc.a")).stdout);
        if !Path::new(libc.trim()).is_absolute() {
            skip(test, "without shared libraries: there is no libc.a");
            ways.pop();
        }
        ways
    }
}

/// The library, installed into a temporary folder.
pub struct Installed {
    folder: TempDir,
}

impl Installed {
    /// `None` if one of these tools is missing.
    pub fn where_there_are(test: &str, tools: &[&str]) -> Option<Installed> {
        if !has_programs(test, tools) {
            return None;
        }
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let mut install = Command::new(format!("{PACKAGE}/install"));
        succeeds(install.arg(folder.path()).arg(built()));
        Some(Installed { folder })
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Builds a program from a source file of this repository.
    pub fn program(&self, source: &str, linked: Linked) -> PathBuf {
        let source = Path::new(PACKAGE).join(source);
        let (compiler, flags) = if source.extension().is_some_and(|extension| extension == "cpp") {
            ("g++", &CPP[..])
        } else {
            ("gcc", &C[..])
        };
        let name = source.file_stem().unwrap().to_str().unwrap();
        let program = self.path(&format!("{name}-{compiler}-{linked:?}"));
        let mut build = Command::new(compiler);
        build.args(flags).arg("-I").arg(format!("{PACKAGE}/tests/c")).arg("-o").arg(&program).arg(&source);
        match linked {
            Linked::Dynamically => build.args(self.pkg_config(&["--cflags", "--libs"])),
            Linked::Statically => build.args(self.pkg_config(&["--cflags"])).arg(self.path("lib/libkeyward.a")).args([
                "-lpthread",
                "-ldl",
                "-lm",
            ]),
            Linked::FullyStatically => build.arg("-static").args(self.pkg_config(&["--static", "--cflags", "--libs"])),
        };
        if source.file_stem().is_some_and(|name| name == "threads") {
            build.arg("-pthread");
        }
        succeeds(&mut build);
        program
    }

    pub fn pkg_config(&self, words: &[&str]) -> Vec<String> {
        let mut command = Command::new("pkg-config");
        command.args(words).arg("keyward").env("PKG_CONFIG_PATH", self.path("lib/pkgconfig"));
        text(succeeds(&mut command).stdout).split_whitespace().map(str::to_owned).collect()
    }

    /// The command that runs the program with the shared library.
    pub fn run(&self, program: &Path) -> Command {
        self.with_library(Command::new(program))
    }

    /// The same under valgrind, which fails at the first access to other memory, and if memory is not freed.
    pub fn valgrind(&self, program: &Path) -> Command {
        let mut command = Command::new("valgrind");
        command.args(["-q", "--leak-check=full", "--error-exitcode=1", "--errors-for-leak-kinds=all"]);
        command.args(["--show-leak-kinds=all"]).arg(program);
        self.with_library(command)
    }

    fn with_library(&self, mut command: Command) -> Command {
        command.env("LD_LIBRARY_PATH", self.path("lib"));
        command
    }
}

/// The folder into which Cargo put the library: that of the tests, which depend on it.
fn built() -> PathBuf {
    std::env::current_exe().unwrap().parent().unwrap().to_owned()
}

/// Runs the command to its end, with this standard input.
pub fn with_input(command: &mut Command, input: impl AsRef<[u8]>) -> Output {
    let mut file = tempfile::tempfile_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    file.write_all(input.as_ref()).unwrap();
    file.rewind().unwrap();
    command.stdin(file).output().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

#[track_caller]
pub fn succeeds(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}\n{}", output.status, text(output.stderr.clone()));
    output
}

pub fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}
