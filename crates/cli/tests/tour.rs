//! The five minutes in the README, followed exactly in an empty folder, today and in 2031.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::Ended;
use keyward_testing::clock::later;
use keyward_testing::skip::has_programs;
use tempfile::{TempDir, tempdir};

/// The blocks of code in the README's tour, each with its language.
fn blocks() -> Vec<(String, String)> {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = fs::read_to_string(readme).unwrap();
    let tour = readme.split("\n## ").find(|section| section.starts_with("Five minutes")).unwrap();
    let blocks = tour.split("```").skip(1).step_by(2).map(|block| block.split_once('\n').unwrap());
    blocks.map(|(language, text)| (language.to_owned(), text.to_owned())).collect()
}

/// Follows the commands of the tour and writes its files, in a folder beside an empty one for the clone.
fn follow(mut shell: Command) -> (TempDir, Ended) {
    let folder = tempdir().unwrap();
    let clone = folder.path().join("keyward");
    fs::create_dir(&clone).unwrap();
    let mut script = String::new();
    for (language, text) in blocks() {
        match language.as_str() {
            "sh" => script.push_str(&text.replace("cargo install --path crates/cli\n", "")),
            "json" => script.push_str(&format!("cat >claims.json <<'END'\n{text}END\n")),
            _ => {}
        }
    }
    let keyward = Path::new(env!("CARGO_BIN_EXE_keyward")).parent().unwrap().to_owned();
    let paths: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH").unwrap()).collect();
    let path: OsString = std::env::join_paths([keyward].into_iter().chain(paths)).unwrap();
    shell.args(["-e", "-c", &script]).current_dir(&clone).env("PATH", path);
    shell.env("KEYWARD_PASSPHRASE", "five random words or more").env_remove("KEYWARD_PKCS11_MODULE");
    let ended = common::ended(&mut shell);
    (folder, ended)
}

fn comes_to_a_usable_license(folder: &Path, ended: &Ended) {
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(ended.stdout.contains("Genuine and usable: active, perpetual"), "{ended:?}");
    let acme = folder.join("acme");
    assert!(acme.join("keys/vendor.key").exists() && acme.join("product/vendor.pub").exists());
}

#[test]
fn the_tour_ends_with_a_usable_license() {
    if !has_programs("the_tour_ends_with_a_usable_license", &["bash", "cargo"]) {
        return;
    }
    let (folder, ended) = follow(Command::new("bash"));
    comes_to_a_usable_license(folder.path(), &ended);
    the_signing_key_is_outside(&folder.path().join("acme/product"));
}

/// Checks that the signing key is outside the product's folder, which a vendor publishes or gives to developers.
fn the_signing_key_is_outside(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            the_signing_key_is_outside(&entry.path());
        } else {
            let text = fs::read(entry.path()).unwrap();
            assert!(!String::from_utf8_lossy(&text).contains("PRIVATE KEY"), "{}", entry.path().display());
        }
    }
}

/// The program in the tour, built with the libraries of this repository. Only a long run builds it: it takes a minute.
#[test]
fn the_product_of_the_tour_repairs_a_mistyped_key() {
    let test = "the_product_of_the_tour_repairs_a_mistyped_key";
    if !keyward_testing::is_long() || !has_programs(test, &["bash", "cargo"]) {
        return;
    }
    let (folder, ended) = follow(Command::new("bash"));
    assert_eq!(ended.code, 0, "{ended:?}");
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let product = folder.path().join("acme/product");
    let verifier = format!("{:?}", repository.join("crates/verifier"));
    let mut manifest = fs::read_to_string(product.join("Cargo.toml")).unwrap();
    for (language, text) in blocks() {
        match language.as_str() {
            "toml" => manifest.push_str(&text.replace("\"../../keyward/crates/verifier\"", &verifier)),
            "rust,no_run" => fs::write(product.join("src/main.rs"), text).unwrap(),
            _ => {}
        }
    }
    fs::write(product.join("Cargo.toml"), manifest).unwrap();
    fs::copy(repository.join("Cargo.lock"), product.join("Cargo.lock")).unwrap();
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tour");
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--quiet"]).current_dir(&product).env("CARGO_TARGET_DIR", &target);
    let built = common::ended(&mut cargo);
    assert_eq!(built.code, 0, "{built:?}");

    let license = fs::read_to_string(folder.path().join("acme/license.txt")).unwrap();
    let groups: Vec<&str> = license.split(['-', '\n']).filter(|group| !group.is_empty()).collect();
    let without_one = [&groups[..7], &groups[8..]].concat().join(" ").to_lowercase();
    fs::write(folder.path().join("typed.txt"), format!("{without_one}\n\n")).unwrap();
    let typed = || fs::File::open(folder.path().join("typed.txt")).unwrap();
    let program = target.join("debug/product");
    for mut product in [Some(Command::new(&program)), later(test, &program)].into_iter().flatten() {
        let entered = common::ended(product.stdin(typed()));
        assert!(entered.stdout.contains(&format!("group 8 is missing: {}", groups[7])), "{entered:?}");
        assert!(entered.stdout.ends_with("active, perpetual\nexport is licensed\n"), "{entered:?}");
    }
}

#[test]
fn the_tour_and_the_demo_end_as_well_in_2031() {
    let test = "the_tour_and_the_demo_end_as_well_in_2031";
    if !has_programs(test, &["bash", "cargo"]) {
        return;
    }
    let (Some(shell), Some(mut demo)) = (later(test, "bash"), later(test, env!("CARGO_BIN_EXE_keyward"))) else {
        return;
    };
    let (folder, ended) = follow(shell);
    comes_to_a_usable_license(folder.path(), &ended);
    assert!(ended.stdout.contains("  asked about      2031-"), "{ended:?}");
    let told = common::ended(demo.arg("demo"));
    assert_eq!(told.code, 0, "{told:?}");
}
