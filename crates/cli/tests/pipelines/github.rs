//! GitHub Actions: jobs of steps, each a script or an action, with expressions in their inputs.

use super::*;

#[derive(Deserialize)]
pub struct Workflow {
    pub permissions: Variables,
    pub defaults: BTreeMap<String, Variables>,
    pub env: Variables,
    pub jobs: BTreeMap<String, Job>,
}

#[derive(Deserialize)]
pub struct Job {
    #[serde(default)]
    env: Variables,
    pub environment: Option<String>,
    pub concurrency: Option<Variables>,
    pub steps: Vec<Step>,
}

#[derive(Deserialize)]
pub struct Step {
    pub run: Option<String>,
    pub uses: Option<String>,
    #[serde(default)]
    env: Variables,
    #[serde(default)]
    pub with: Variables,
}

pub fn workflow() -> Workflow {
    serde_saphyr::from_str(&System::GitHub.file()).unwrap()
}

pub fn run(vendor: &Vendor, order: &Order) -> Ran {
    let workflow = workflow();
    assert_eq!(workflow.defaults["run"]["shell"], "bash", "which stands for: bash -eo pipefail");
    let mut ran = Ran { log: String::new(), code: 0, artifact: None };
    for name in ["catalog", "issue"] {
        run_job(vendor, order, &workflow, name, &mut ran);
        if ran.code != 0 {
            break;
        }
    }
    ran
}

fn run_job(vendor: &Vendor, order: &Order, workflow: &Workflow, name: &str, ran: &mut Ran) {
    let job = &workflow.jobs[name];
    let workspace = vendor.checkout(name);
    let temp = workspace.with_extension("temp");
    let path_file = temp.join("path");
    fs::write(&path_file, "").unwrap();
    // Secrets belong to an environment, and only its jobs have them.
    let secret = |name: &str| job.environment.as_ref().map(|_| order.secret(name)).unwrap_or_default();
    let evaluate = |text: &str| evaluated(text, order, &secret);
    let mut variables: Variables = [
        ("GITHUB_WORKSPACE", workspace.display().to_string()),
        ("GITHUB_PATH", path_file.display().to_string()),
        ("RUNNER_TEMP", temp.display().to_string()),
        ("GITHUB_ACTOR", "grace".to_owned()),
        ("GITHUB_SERVER_URL", "https://git.example".to_owned()),
        ("GITHUB_REPOSITORY", "acme/studio".to_owned()),
        ("GITHUB_RUN_ID", "4711".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    variables.extend(order.variables());
    variables.extend(workflow.env.clone());
    variables.insert("KEYWARD_DOWNLOADS".to_owned(), vendor.url("downloads"));
    variables.extend(job.env.iter().map(|(name, value)| (name.clone(), evaluate(value))));
    for Step { run, uses, env, with } in &job.steps {
        if let Some(action) = uses {
            act(vendor, action, with, &evaluate, &workspace, ran);
            continue;
        }
        let mut variables = variables.clone();
        variables.extend(env.iter().map(|(name, value)| (name.clone(), evaluate(value))));
        let added = fs::read_to_string(&path_file).unwrap().lines().rev().collect::<Vec<_>>().join(":");
        variables.insert("PATH".to_owned(), format!("{added}:{}", std::env::var("PATH").unwrap()));
        ran.code = step(&workspace, &variables, run.as_ref().expect("a step runs or uses"), &mut ran.log);
        if ran.code != 0 {
            return;
        }
    }
}

/// Does the work of an action that the workflow uses.
fn act(
    vendor: &Vendor,
    action: &str,
    with: &Variables,
    evaluate: &dyn Fn(&str) -> String,
    workspace: &Path,
    ran: &mut Ran,
) {
    match (action.split('@').next().unwrap(), with.get("repository")) {
        // The checkout exists already.
        ("actions/checkout", None) => {}
        ("actions/checkout", Some(repository)) => {
            assert_eq!(evaluate(repository), "acme/licenses");
            assert_eq!(evaluate(&with["ssh-key"]), "a deploy key");
            let (from, to) = (vendor.url("record.git"), workspace.join(&with["path"]));
            vendor.sh(&format!("git clone -q --depth=1 {from} {}", to.display()));
        }
        ("actions/upload-artifact", None) => ran.artifact = Some(workspace.join(&with["path"])),
        _ => panic!("{action} is not known here"),
    }
}

/// The text with its expressions evaluated: names and literals, joined by ||.
fn evaluated(text: &str, order: &Order, secret: &dyn Fn(&str) -> String) -> String {
    let Some((before, rest)) = text.split_once("${{") else { return text.to_owned() };
    let (expression, after) = rest.split_once("}}").unwrap();
    let values = expression.split("||").map(|operand| match operand.trim().split_once('.') {
        Some(("secrets", name)) => secret(name),
        Some(("vars", "LICENSE_RECORD")) => "acme/licenses".to_owned(),
        Some(("github", "ref_name")) => if order.by == By::Tag { "v1.2.3" } else { "main" }.to_owned(),
        Some(("inputs", name)) => {
            let said = order.said.iter().find(|(called, _)| called.eq_ignore_ascii_case(name));
            said.map(|(_, value)| (*value).to_owned()).unwrap_or_default()
        }
        None if operand.trim().starts_with('\'') => operand.trim().trim_matches('\'').to_owned(),
        _ => panic!("{operand} is not known here"),
    });
    let value = values.into_iter().find(|value| !value.is_empty()).unwrap_or_default();
    format!("{before}{value}{}", evaluated(after, order, secret))
}
