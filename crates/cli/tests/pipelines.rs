//! The pipelines of `examples/pipelines`: their steps, unchanged, in the order of GitHub and GitLab. They run with a
//! checkout, variables and secrets, as on a runner, and with nothing else of the environment.
//!
//! `KEYWARD_RELEASE` names a folder with the archive of a release, to be installed instead of this build.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod common;
#[path = "pipelines/github.rs"]
mod github;
#[path = "pipelines/gitlab.rs"]
mod gitlab;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use common::{fixture, run};
use keyward_catalog::Catalog;
use keyward_testing::clock::again_later;
use keyward_testing::skip::has_programs;
use serde::Deserialize;
use serde_json::Value;
use tempfile::{TempDir, tempdir};

type Variables = BTreeMap<String, String>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum System {
    GitHub,
    GitLab,
}

const SYSTEMS: [System; 2] = [System::GitHub, System::GitLab];

impl System {
    fn file(self) -> String {
        let name = match self {
            System::GitHub => "github-actions.yml",
            System::GitLab => "gitlab-ci.yml",
        };
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/pipelines").join(name)).unwrap()
    }

    /// Runs the jobs of the pipeline, each on a runner of its own, until one fails.
    fn run(self, vendor: &Vendor, order: &Order) -> Ran {
        match self {
            System::GitHub => github::run(vendor, order),
            System::GitLab => gitlab::run(vendor, order),
        }
    }
}

/// Started by a person, with the order; or by the tag of a version, without input.
struct Order {
    by: By,
    tracing: Tracing,
    said: Vec<(&'static str, &'static str)>,
    secrets: Vec<(&'static str, String)>,
}

/// Whether the shell prints each command before it runs it, for debugging.
#[derive(PartialEq, Eq)]
enum Tracing {
    Off,
    On,
}

#[derive(PartialEq, Eq)]
enum By {
    Hand,
    Tag,
}

impl Order {
    fn by_hand(said: &[(&'static str, &'static str)]) -> Order {
        Order { by: By::Hand, tracing: Tracing::Off, said: said.to_vec(), secrets: secrets() }
    }

    fn by_tag() -> Order {
        Order { by: By::Tag, tracing: Tracing::Off, said: Vec::new(), secrets: secrets() }
    }

    fn traced(mut self) -> Order {
        self.tracing = Tracing::On;
        self
    }

    /// The part of the order that all tests have in common.
    fn variables(&self) -> Variables {
        let traced = [("SHELLOPTS".to_owned(), "xtrace".to_owned())];
        if self.tracing == Tracing::On { traced.into() } else { Variables::new() }
    }

    fn without(mut self, secret: &str) -> Order {
        self.secrets.retain(|(name, _)| *name != secret);
        self
    }

    fn secret(&self, name: &str) -> String {
        self.secrets.iter().find(|(called, _)| *called == name).map(|(_, value)| value.clone()).unwrap_or_default()
    }
}

fn secrets() -> Vec<(&'static str, String)> {
    vec![
        ("LICENSE_SIGNING_KEY", fixture("encrypted.key")),
        ("LICENSE_SIGNING_PASSPHRASE", fixture("passphrase.txt").trim_end().to_owned()),
        ("LICENSE_RECORD_DEPLOY_KEY", "a deploy key".to_owned()),
    ]
}

/// The output of the jobs, the exit of the last one, and the key that left as an artifact.
#[derive(Debug)]
struct Ran {
    log: String,
    code: i32,
    artifact: Option<PathBuf>,
}

/// The vendor's repositories and downloads.
struct Vendor {
    folder: TempDir,
}

const RELEASE: &str = concat!("keyward-", env!("CARGO_PKG_VERSION"), "-x86_64-unknown-linux-musl");

impl Vendor {
    /// `None` if the machine lacks a program that every runner has: the test is skipped.
    fn new(test: &str) -> Option<Vendor> {
        if !has_programs(test, &["bash", "git", "curl", "tar", "sha256sum"]) {
            return None;
        }
        let vendor = Vendor { folder: tempdir().unwrap() };
        fs::create_dir_all(vendor.path("downloads")).unwrap();
        fs::copy(release(), vendor.path(&format!("downloads/{RELEASE}.tar.gz"))).unwrap();
        vendor.sh("git init -q --bare -b main record.git && git init -q --bare -b main product.git");
        vendor.sh("git clone -q record.git record 2>/dev/null && git clone -q product.git product 2>/dev/null");
        vendor.sh("cd record && echo '# Licenses' > README.md && git add . && git commit -qm first && git push -q");
        fs::write(vendor.path("product/catalog.toml"), Catalog::EXAMPLE).unwrap();
        fs::write(vendor.path("product/pipeline.pub"), fixture("vendor.pub")).unwrap();
        vendor.sh("cd downloads && sha256sum * > ../product/keyward.sha256");
        vendor.commit();
        Some(vendor)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn url(&self, name: &str) -> String {
        format!("file://{}", self.path(name).display())
    }

    fn sh(&self, script: &str) -> String {
        let mut command = bash(self.folder.path(), &Variables::new(), script);
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "Ada").env(format!("GIT_{who}_EMAIL"), "ada@example.com");
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "{script}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Pushes the contents of `product` to its main branch.
    fn commit(&self) {
        self.sh("cd product && git add . && git commit -qm product && git push -q origin HEAD:main");
    }

    /// A runner's folder with a checkout of the product, at the contents of `product`.
    fn checkout(&self, job: &str) -> PathBuf {
        let workspace = self.path(&format!("runner-{job}"));
        let _ = fs::remove_dir_all(&workspace);
        let (from, to) = (self.url("product.git"), workspace.display());
        self.sh(&format!("git clone -q {from} {to} && cp product/* {to}/ && mkdir -p {to}.temp && rm -rf {to}.temp/*"));
        workspace
    }

    /// The lines of the record in its repository.
    fn record(&self) -> Vec<Value> {
        let lines = self.sh("git --git-dir record.git show main:issued.jsonl 2>/dev/null || true");
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// The archive of a release: the one that `KEYWARD_RELEASE` names, or one with this build.
fn release() -> PathBuf {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    let name = format!("{RELEASE}.tar.gz");
    if let Some(folder) = std::env::var_os("KEYWARD_RELEASE") {
        return Path::new(&folder).join(name);
    }
    let make = || {
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let folder = tempfile::tempdir_in(kept).unwrap();
        let binaries = folder.path().join(RELEASE).join("bin");
        fs::create_dir_all(&binaries).unwrap();
        fs::copy(env!("CARGO_BIN_EXE_keyward"), binaries.join("keyward")).unwrap();
        // Each runner unpacks it. Without its debug information it is a third as large.
        let _ = Command::new("strip").arg(binaries.join("keyward")).stderr(Stdio::null()).status();
        let mut pack = Command::new("tar");
        pack.args(["-I", "gzip -1", "-cf", &name, RELEASE]).current_dir(folder.path());
        assert!(pack.status().unwrap().success());
        fs::rename(folder.path().join(&name), kept.join(&name)).unwrap();
        kept.join(&name)
    };
    MADE.get_or_init(make).clone()
}

/// A script as a runner runs it, in an environment of these variables alone.
fn bash(folder: &Path, variables: &Variables, script: &str) -> Command {
    let mut command = Command::new("bash");
    command.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script]).current_dir(folder).env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", folder).env("GIT_CONFIG_NOSYSTEM", "1");
    command.envs(variables).stdin(Stdio::null());
    command
}

/// Runs a script, and appends its output to the log.
fn step(folder: &Path, variables: &Variables, script: &str, log: &mut String) -> i32 {
    let output = bash(folder, variables, script).output().unwrap();
    log.push_str(&String::from_utf8(output.stdout).unwrap());
    log.push_str(&String::from_utf8(output.stderr).unwrap());
    output.status.code().unwrap()
}

const SOLD: [(&str, &str); 3] = [("OFFER", "pro-annual"), ("SEATS", "25"), ("CUSTOMER", "acme-17")];

/// Fails if the log has a part of the key or of a secret.
fn assert_says_nothing(log: &str, key: &str) {
    let key: Vec<&str> = key.split(['-', '\n']).filter(|group| !group.is_empty()).collect();
    assert!(key.len() >= 30, "{key:?}");
    for group in key {
        assert!(!log.contains(group), "{group} in {log}");
    }
    for (name, secret) in secrets() {
        for line in secret.lines() {
            assert!(!log.contains(line), "{name} in {log}");
        }
    }
}

#[test]
fn a_sale_is_issued_verified_and_recorded_and_the_log_has_no_part_of_the_key() {
    let Some(vendor) = Vendor::new("what_was_sold_is_issued_verified_and_on_record") else { return };
    for (system, before) in SYSTEMS.into_iter().zip(0..) {
        let ran = system.run(&vendor, &Order::by_hand(&SOLD));
        assert_eq!(ran.code, 0, "{system:?} {ran:?}");
        assert!(ran.log.contains("Genuine and usable"), "{ran:?}");

        let key = fs::read_to_string(ran.artifact.unwrap()).unwrap();
        fs::write(vendor.path("key.txt"), &key).unwrap();
        let verified = run(vendor.folder.path(), &["verify", "--json", "--trust", "product/pipeline.pub", "key.txt"]);
        assert_eq!((verified.code, &verified.json()["outcome"]), (0, &"active".into()), "{verified:?}");

        let record = vendor.record();
        assert_eq!(record.len(), before + 1, "{system:?}");
        let line = &record[before];
        assert_eq!(line["key"].as_str().unwrap().replace('-', ""), key.replace(['-', '\n'], ""));
        assert_eq!((&line["customer"], &line["issued_by"]), (&"acme-17".into(), &"grace".into()));
        assert_eq!(line["claims"]["seats"], 25, "{line}");
        assert!(line["ticket"].as_str().unwrap().contains("/4711"), "{line}");
        let history = vendor.sh("git --git-dir record.git log -1 --format=%an:%s main");
        assert!(history.starts_with("grace:A license for acme-17, by"), "{history}");
        assert_says_nothing(&(ran.log + &history), &key);
    }
}

#[test]
fn a_tag_makes_a_trial_of_30_days() {
    for system in SYSTEMS {
        let Some(vendor) = Vendor::new("a_tag_makes_a_trial_of_30_days") else { return };
        let ran = system.run(&vendor, &Order::by_tag());
        assert_eq!(ran.code, 0, "{system:?} {ran:?}");
        assert_says_nothing(&ran.log, &fs::read_to_string(ran.artifact.unwrap()).unwrap());
        let record = vendor.record();
        let line = record.last().unwrap();
        assert_eq!((&line["claims"]["kind"], &line["customer"]), (&"trial".into(), &"v1.2.3".into()));
        let day = |name: &str| line["claims"][name].as_str().unwrap().parse::<chrono::NaiveDate>().unwrap();
        assert_eq!((day("valid_through") - day("valid_from")).num_days() + 1, 30);
    }
}

#[test]
fn a_trace_of_every_command_shows_no_part_of_the_key_or_the_secrets() {
    let Some(vendor) = Vendor::new("a_trace_of_every_command_shows_nothing") else { return };
    for system in SYSTEMS {
        let ran = system.run(&vendor, &Order::by_hand(&SOLD).traced());
        assert_eq!(ran.code, 0, "{system:?} {ran:?}");
        assert!(ran.log.contains("+ keyward issue"), "{ran:?}");
        assert_says_nothing(&ran.log, &fs::read_to_string(ran.artifact.unwrap()).unwrap());
    }
}

#[test]
fn a_broken_rule_fails_with_the_words_of_the_policy_and_exit_code_3() {
    let Some(vendor) = Vendor::new("what_breaks_a_rule_fails") else { return };
    for system in SYSTEMS {
        let order = Order::by_hand(&[("OFFER", "pro-annual"), ("SEATS", "501"), ("CUSTOMER", "acme-17")]);
        let ran = system.run(&vendor, &order);
        assert_eq!((ran.code, &ran.artifact), (3, &None), "{system:?} {ran:?}");
        assert!(ran.log.contains("error: the order has 501 seats"), "{ran:?}");
        assert_eq!(vendor.record(), [Value::Null; 0]);
    }
}

#[test]
fn a_missing_secret_is_named_and_nothing_is_issued() {
    let Some(vendor) = Vendor::new("a_missing_secret_is_named") else { return };
    for system in SYSTEMS {
        for (secret, named) in [
            ("LICENSE_SIGNING_KEY", "there is no LICENSE_SIGNING_KEY: make it a"),
            ("LICENSE_SIGNING_PASSPHRASE", "PASSPHRASE: make it a"),
        ] {
            let ran = system.run(&vendor, &Order::by_hand(&SOLD).without(secret));
            assert_ne!(ran.code, 0, "{system:?} {ran:?}");
            assert!(ran.log.contains(named) && ran.artifact.is_none(), "{system:?} {ran:?}");
            assert_eq!(vendor.record(), [Value::Null; 0]);
        }
    }
}

#[test]
fn every_key_that_leaves_is_on_record() {
    let Some(vendor) = Vendor::new("every_key_that_leaves_is_on_record") else { return };
    vendor.sh("printf '#!/bin/sh\\nexit 1\\n' > record.git/hooks/pre-receive && chmod +x record.git/hooks/pre-receive");
    for system in SYSTEMS {
        let ran = system.run(&vendor, &Order::by_hand(&SOLD));
        assert_ne!(ran.code, 0, "{system:?} {ran:?}");
        assert!(ran.log.contains("pre-receive hook declined") && ran.artifact.is_none(), "{system:?} {ran:?}");
    }
}

#[test]
fn a_download_that_was_altered_is_not_run() {
    let Some(vendor) = Vendor::new("a_download_that_was_altered_is_not_run") else { return };
    // A whole archive, in which the command is another program.
    vendor.sh(&format!(
        "cd downloads && tar -xzf {RELEASE}.tar.gz && printf '#!/bin/sh\\necho altered\\n' > {RELEASE}/bin/keyward && \
         tar -czf {RELEASE}.tar.gz {RELEASE} && rm -r {RELEASE}"
    ));
    for system in SYSTEMS {
        let ran = system.run(&vendor, &Order::by_hand(&SOLD));
        assert!(!ran.log.contains("altered\n"), "{system:?} {ran:?}");
        assert_eq!((ran.code, &ran.artifact), (1, &None), "{system:?} {ran:?}");
        assert!(ran.log.contains(&format!("{RELEASE}.tar.gz: FAILED")), "{system:?} {ran:?}");
    }
}

#[test]
fn a_catalogue_that_changes_what_keys_mean_stops_the_pipeline() {
    let Some(vendor) = Vendor::new("a_catalogue_that_changes_what_keys_mean_stops_the_pipeline") else { return };
    let changed = Catalog::EXAMPLE.replace("export   = { bit = 0", "export   = { bit = 9");
    assert_ne!(changed, Catalog::EXAMPLE);
    fs::write(vendor.path("product/catalog.toml"), changed).unwrap();
    for system in SYSTEMS {
        let ran = system.run(&vendor, &Order::by_hand(&SOLD));
        assert_eq!((ran.code, &ran.artifact), (1, &None), "{system:?} {ran:?}");
        assert!(ran.log.contains("export"), "{system:?} {ran:?}");
    }
}

#[test]
fn typed_input_is_data_and_never_code_or_options() {
    let Some(vendor) = Vendor::new("what_people_type_is_data") else { return };
    for customer in ["\"; touch code; echo \" $(touch code)`touch code`", "--force"] {
        for system in SYSTEMS {
            let mut order = Order::by_hand(&[("OFFER", "pro-annual")]);
            order.said.push(("CUSTOMER", customer));
            order.said.push(("LICENSEE", customer));
            let ran = system.run(&vendor, &order);
            assert_eq!(ran.code, 0, "{system:?} {ran:?}");
            assert_eq!(vendor.record().last().unwrap()["customer"], customer.trim());
            assert_eq!(vendor.sh("find . -name code"), "");
        }
    }
}

#[test]
fn pipelines_have_minimal_rights_and_pinned_versions() {
    let workflow = github::workflow();
    assert_eq!(workflow.permissions, [("contents".to_owned(), "read".to_owned())].into());
    assert_eq!(workflow.env["KEYWARD_VERSION"], env!("CARGO_PKG_VERSION"));
    assert_eq!(workflow.jobs["catalog"].environment, None);
    assert_eq!(workflow.jobs["issue"].environment.as_deref(), Some("licenses"));
    assert_eq!(workflow.jobs["issue"].concurrency.as_ref().unwrap()["queue"], "max");
    for step in workflow.jobs.values().flat_map(|job| &job.steps) {
        if let Some(script) = &step.run {
            assert!(!script.contains("${{"), "what people type would be code: {script}");
        }
        if let Some(action) = &step.uses {
            let (_, version) = action.split_once('@').unwrap();
            assert!(version.len() == 40 && version.bytes().all(|byte| byte.is_ascii_hexdigit()), "{action}");
        }
    }
    let upload = workflow.jobs["issue"].steps.last().unwrap();
    assert_eq!((upload.with["retention-days"].as_str(), upload.with["path"].as_str()), ("1", "license.txt"));

    let pipeline = gitlab::pipeline();
    assert_eq!(pipeline.variables["KEYWARD_VERSION"], env!("CARGO_PKG_VERSION"));
    assert_eq!((pipeline.catalog.environment.as_deref(), pipeline.catalog.artifacts.is_none()), (None, true));
    assert_eq!(pipeline.license.environment.as_deref(), Some("licenses"));
    assert_eq!(pipeline.license.resource_group.as_deref(), Some("license-record"));
    let artifacts = pipeline.license.artifacts.unwrap();
    assert_eq!((artifacts.access.as_str(), artifacts.expire_in.as_str()), ("maintainer", "1 day"));
}

#[test]
fn the_guide_can_be_followed_in_2031() {
    again_later("the_guide_can_be_followed_in_2031", &["the_guide_can_be_followed_in_an_empty_folder"]);
}

#[test]
fn the_guide_can_be_followed_in_an_empty_folder() {
    if !has_programs("the_guide_can_be_followed_in_an_empty_folder", &["openssl", "bash"]) {
        return;
    }
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/pipelines.md");
    let guide = fs::read_to_string(guide).unwrap();
    let boxes: Vec<(&str, &str)> =
        guide.split("```").skip(1).step_by(2).map(|text| text.split_once('\n').unwrap()).collect();
    let (mut script, mut expected) = ("exec 2>&1\n".to_owned(), Vec::new());
    for (kind, text) in &boxes {
        match *kind {
            "sh" => {
                script.push_str(text);
                script.push_str("echo '<end of the box>'\n");
                expected.push("");
            }
            "text" => *expected.last_mut().unwrap() = text,
            _ => panic!("a box of {kind} is not known here"),
        }
    }
    assert!(expected.len() >= 5 && expected.iter().filter(|text| !text.is_empty()).count() >= 3, "{boxes:?}");

    let folder = tempdir().unwrap();
    let binaries = Path::new(env!("CARGO_BIN_EXE_keyward")).parent().unwrap();
    let path = format!("{}:{}", binaries.display(), std::env::var("PATH").unwrap());
    let mut log = String::new();
    let code = step(folder.path(), &[("PATH".to_owned(), path)].into(), &script, &mut log);
    assert_eq!(code, 0, "{log}");
    let said: Vec<&str> = log.split_terminator("<end of the box>\n").collect();
    assert_eq!(said.len(), expected.len(), "{log}");
    for (said, expected) in said.iter().zip(expected) {
        for line in expected.lines() {
            assert!(said.lines().any(|said| said.starts_with(line)), "{line:?} in {said}");
        }
    }
    for file in ["license.txt", "by-hsm.txt"] {
        assert_says_nothing(&log, &fs::read_to_string(folder.path().join(file)).unwrap());
    }
}
