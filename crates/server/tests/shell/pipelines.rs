//! The pipelines of `examples/pipelines` that order from a server: their steps, unchanged, with variables and secrets as on a runner,
//! and with nothing else of the environment.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use keyward_verifier::LicenseKey;
use serde::Deserialize;
use serde_json::Value;

use crate::served::{Served, bearer};

type Variables = BTreeMap<String, String>;

#[derive(Debug, Clone, Copy)]
enum System {
    GitHub,
    GitLab,
}

const SYSTEMS: [System; 2] = [System::GitHub, System::GitLab];

#[derive(Deserialize)]
struct Workflow {
    permissions: Variables,
    env: Variables,
    jobs: BTreeMap<String, WorkflowJob>,
}

#[derive(Deserialize)]
struct WorkflowJob {
    environment: String,
    env: Variables,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    run: Option<String>,
    uses: Option<String>,
    #[serde(default)]
    env: Variables,
    #[serde(default)]
    with: Variables,
}

#[derive(Deserialize)]
struct Pipeline {
    variables: Variables,
    license: PipelineJob,
}

#[derive(Deserialize)]
struct PipelineJob {
    environment: String,
    before_script: Vec<String>,
    script: Vec<String>,
    artifacts: Artifacts,
}

#[derive(Deserialize)]
struct Artifacts {
    paths: Vec<String>,
    access: String,
    expire_in: String,
}

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/pipelines").join(name)
}

fn workflow() -> Workflow {
    serde_saphyr::from_str(&fs::read_to_string(example("server-github-actions.yml")).unwrap()).unwrap()
}

fn pipeline() -> Pipeline {
    serde_saphyr::from_str(&fs::read_to_string(example("server-gitlab-ci.yml")).unwrap()).unwrap()
}

/// The output of a job, its exit, and the key that left as an artifact.
#[derive(Debug)]
struct Ran {
    log: String,
    code: i32,
    key: Option<String>,
}

/// A vendor with a server, and a token for pipelines.
struct Vendor {
    served: Served,
    token: String,
}

impl Vendor {
    fn start(test: &str) -> Option<Vendor> {
        let served = Served::start(test, "warn")?;
        let token = served.new_token_with("production", &["--scope", "licenses:issue"]);
        Some(Vendor { served, token })
    }

    /// Runs the job by hand with these inputs, or by a tag without any.
    fn run(&self, system: System, said: &[(&str, &str)]) -> Ran {
        let folder = tempfile::tempdir().unwrap();
        fs::copy(example("order-license"), folder.path().join("order-license")).unwrap();
        let (variables, script, artifact) = match system {
            System::GitHub => self.of_workflow(said),
            System::GitLab => self.of_pipeline(said),
        };
        let mut bash = Command::new("bash");
        bash.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", &script]).current_dir(folder.path()).env_clear();
        bash.env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", folder.path()).envs(&variables);
        // Each command is printed before it runs, as for debugging.
        bash.env("SHELLOPTS", "xtrace");
        let output = bash.stdin(Stdio::null()).output().unwrap();
        let log = [output.stdout, output.stderr].map(|said| String::from_utf8(said).unwrap()).concat();
        assert!(!folder.path().join("code").exists(), "typed input was run: {log}");
        let key = fs::read_to_string(folder.path().join(artifact)).ok();
        Ran { log, code: output.status.code().unwrap(), key }
    }

    fn of_workflow(&self, said: &[(&str, &str)]) -> (Variables, String, String) {
        let workflow = workflow();
        let job = &workflow.jobs["license"];
        let mut variables = workflow.env.clone();
        variables.extend(job.env.clone());
        let mut script = String::new();
        for step in &job.steps {
            variables.extend(step.env.clone());
            script.extend(step.run.as_deref());
        }
        for value in variables.values_mut() {
            *value = self.evaluated(value, said);
        }
        variables.insert("KEYWARD_SERVER".to_owned(), format!("{}/v1", self.served.address));
        (variables, script, job.steps.last().unwrap().with["path"].clone())
    }

    /// A value with its expression: names and literals, joined by ||.
    fn evaluated(&self, text: &str, said: &[(&str, &str)]) -> String {
        let Some(expression) = text.strip_prefix("${{").and_then(|text| text.strip_suffix("}}")) else {
            return text.to_owned();
        };
        let values = expression.split("||").map(|operand| match operand.trim().split_once('.') {
            Some(("secrets", "LICENSE_SERVER_TOKEN")) => self.token.clone(),
            Some(("github", "ref_name")) => "v1.2.3".to_owned(),
            Some(("inputs", name)) => {
                let said = said.iter().find(|(called, _)| called.eq_ignore_ascii_case(name));
                said.map(|(_, value)| (*value).to_owned()).unwrap_or_default()
            }
            _ if operand.trim().starts_with('\'') => operand.trim().trim_matches('\'').to_owned(),
            _ => panic!("{operand} is not known here"),
        });
        values.into_iter().find(|value| !value.is_empty()).unwrap_or_default()
    }

    fn of_pipeline(&self, said: &[(&str, &str)]) -> (Variables, String, String) {
        let Pipeline { mut variables, license } = pipeline();
        for value in variables.values_mut().filter(|value| *value == "$CI_COMMIT_REF_NAME") {
            *value = "v1.2.3".to_owned();
        }
        variables.extend(said.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        variables.insert("LICENSE_SERVER_TOKEN".to_owned(), self.token.clone());
        variables.insert("KEYWARD_SERVER".to_owned(), format!("{}/v1", self.served.address));
        let script = [license.before_script, license.script].concat().join("\n");
        (variables, script, license.artifacts.paths[0].clone())
    }

    /// The licenses on record.
    fn licenses(&self) -> Vec<Value> {
        let listed = self.served.call("/v1/licenses", &["-H", &bearer(&self.served.token)], None);
        listed.body["data"].as_array().unwrap().clone()
    }
}

const SOLD: [(&str, &str); 4] =
    [("ORDER", "PO-4711"), ("OFFER", "pro-annual"), ("SEATS", "25"), ("EMAIL", "it@acme.example")];

/// Fails if the log has a part of the key, or the token.
fn assert_says_nothing(vendor: &Vendor, ran: &Ran) {
    let secret = vendor.token.rsplit('_').next().unwrap();
    assert!(secret.len() > 20 && !ran.log.contains(secret), "the token is in {}", ran.log);
    for group in ran.key.iter().flat_map(|key| key.trim().split('-')) {
        assert!(!ran.log.contains(group), "{group} in {}", ran.log);
    }
}

#[test]
fn an_order_makes_one_license_however_often_the_pipeline_runs() {
    const TEST: &str = "an_order_makes_one_license_however_often_the_pipeline_runs";
    for system in SYSTEMS {
        let Some(vendor) = Vendor::start(TEST) else { return };
        let first = vendor.run(system, &SOLD);
        assert_eq!(first.code, 0, "{system:?} {first:?}");
        let key: LicenseKey = first.key.as_ref().unwrap().trim().parse().unwrap();
        let again = vendor.run(system, &SOLD);
        assert_eq!((again.code, &again.key), (0, &first.key), "{system:?} {again:?}");
        let [license] = vendor.licenses().try_into().unwrap();
        assert_eq!((&license["seats"], &license["customer"]["email"]), (&25.into(), &"it@acme.example".into()));
        let valid = vendor.served.call("/v1/validate", &[], Some(&serde_json::json!({ "key": key.to_string() })));
        assert_eq!(valid.body["license"]["serial"], license["serial"]);
        assert!(first.log.contains(license["serial"].as_str().unwrap()), "{}", first.log);
        assert!(first.log.contains("+ curl "), "{}", first.log);
        [first, again].iter().for_each(|ran| assert_says_nothing(&vendor, ran));
    }
}

#[test]
fn a_tag_orders_a_trial() {
    for system in SYSTEMS {
        let Some(vendor) = Vendor::start("a_tag_orders_a_trial") else { return };
        let ran = vendor.run(system, &[]);
        assert_eq!(ran.code, 0, "{system:?} {ran:?}");
        let [license] = vendor.licenses().try_into().unwrap();
        assert_eq!(license["kind"], "trial");
        assert_says_nothing(&vendor, &ran);
    }
}

#[test]
fn a_refused_order_fails_with_the_words_of_the_server_and_exit_code_3() {
    const TEST: &str = "a_refused_order_fails_with_the_words_of_the_server_and_exit_code_3";
    let Some(mut vendor) = Vendor::start(TEST) else { return };
    for system in SYSTEMS {
        for (change, said) in [
            (("SEATS", "501"), "error: the order has 501 seats"),
            (("OFFER", "pro-anual"), "did you mean `pro-annual`?"),
            (("EMAIL", "nobody"), "error: "),
        ] {
            let order: Vec<_> = SOLD.into_iter().filter(|(name, _)| *name != change.0).chain([change]).collect();
            let ran = vendor.run(system, &order);
            assert_eq!((ran.code, &ran.key), (3, &None), "{system:?} {ran:?}");
            assert!(ran.log.contains(said), "{system:?} {}", ran.log);
        }
    }
    assert_eq!(vendor.licenses(), [Value::Null; 0]);
    // Corrected, under the same number.
    assert_eq!(vendor.run(System::GitHub, &SOLD).code, 0);
    vendor.token.push('0');
    for system in SYSTEMS {
        let ran = vendor.run(system, &SOLD);
        assert_eq!(ran.code, 3, "{ran:?}");
        assert!(ran.log.contains("error: the token is unknown"), "{}", ran.log);
    }
}

#[test]
fn typed_input_is_data_and_never_code_or_a_header() {
    let Some(vendor) = Vendor::start("typed_input_is_data_and_never_code_or_a_header") else { return };
    for system in SYSTEMS {
        for text in
            ["\"; touch code; echo \" $(touch code)`touch code`", "--upload-file", "@/etc/passwd", "a\r\nHost: b"]
        {
            let ran = vendor.run(
                system,
                &[("ORDER", text), ("OFFER", "pro-annual"), ("EMAIL", "it@acme.example"), ("LICENSEE", text)],
            );
            assert!([0, 3].contains(&ran.code), "{system:?} {ran:?}");
        }
    }
}

#[test]
fn what_is_missing_is_named_and_a_server_that_is_away_is_tried_again_later() {
    const TEST: &str = "what_is_missing_is_named_and_a_server_that_is_away_is_tried_again_later";
    let Some(mut vendor) = Vendor::start(TEST) else { return };
    vendor.served.address = "http://127.0.0.1:1".to_owned();
    let token = std::mem::take(&mut vendor.token);
    for system in SYSTEMS {
        let ran = vendor.run(system, &SOLD);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.log.contains("error: there is no LICENSE_SERVER_TOKEN: make it a secret"), "{}", ran.log);
    }
    vendor.token = token;
    let ran = vendor.run(System::GitLab, &SOLD);
    assert_eq!((ran.code, &ran.key), (1, &None), "{ran:?}");
    assert!(ran.log.contains("run this again"), "{}", ran.log);
}

#[test]
fn these_pipelines_have_minimal_rights_and_pinned_versions() {
    let workflow = workflow();
    assert_eq!(workflow.permissions, [("contents".to_owned(), "read".to_owned())].into());
    let job = &workflow.jobs["license"];
    assert_eq!(job.environment, "licenses");
    for step in &job.steps {
        assert!(step.run.as_ref().is_none_or(|script| !script.contains("${{")), "typed input would be code");
        if let Some(action) = &step.uses {
            let (_, version) = action.split_once('@').unwrap();
            assert!(version.len() == 40 && version.bytes().all(|byte| byte.is_ascii_hexdigit()), "{action}");
        }
    }
    let upload = &job.steps.last().unwrap().with;
    assert_eq!((upload["retention-days"].as_str(), upload["path"].as_str()), ("1", "license.txt"));
    let PipelineJob { environment, artifacts, .. } = pipeline().license;
    assert_eq!((environment.as_str(), artifacts.access.as_str()), ("licenses", "maintainer"));
    assert_eq!(artifacts.expire_in, "1 day");
}
