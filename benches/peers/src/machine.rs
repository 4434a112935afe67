use std::fs;
use std::process::Command;
use std::thread;

/// The processor's model and cores, and the Rust that compiled.
pub fn description() -> String {
    let model = fs::read_to_string("/proc/cpuinfo").ok().and_then(|info| {
        let line = info.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    });
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let rust = Command::new("rustc")
        .arg("--version")
        .output()
        .ok()
        .and_then(|output| Some(String::from_utf8(output.stdout).ok()?.split(' ').nth(1)?.to_owned()));
    let (model, rust) = (model.unwrap_or_else(|| "unknown processor".into()), rust.unwrap_or_else(|| "unknown".into()));
    format!("{model}, {cores} cores, one used; Rust {rust}")
}

/// The version of a package in the lock file; the newest, if there are several.
pub fn version(package: &str) -> &'static str {
    let start = format!("name = \"{package}\"\nversion = \"");
    let lock = include_str!("../Cargo.lock");
    lock.rfind(&start).and_then(|at| lock[at + start.len()..].split('"').next()).unwrap_or("?")
}
