//! GitLab CI: jobs of one script, with variables.

use super::*;

#[derive(Deserialize)]
pub struct Pipeline {
    pub variables: Variables,
    default: Default,
    pub catalog: Job,
    pub license: Job,
}

#[derive(Deserialize)]
struct Default {
    before_script: Vec<String>,
}

#[derive(Deserialize)]
pub struct Job {
    script: Vec<String>,
    pub environment: Option<String>,
    pub resource_group: Option<String>,
    pub artifacts: Option<Artifacts>,
}

#[derive(Deserialize)]
pub struct Artifacts {
    paths: Vec<String>,
    pub access: String,
    pub expire_in: String,
}

pub fn pipeline() -> Pipeline {
    serde_saphyr::from_str(&System::GitLab.file()).unwrap()
}

pub fn run(vendor: &Vendor, order: &Order) -> Ran {
    let pipeline = pipeline();
    let mut ran = Ran { log: String::new(), code: 0, artifact: None };
    for (name, job) in [("catalog", &pipeline.catalog), ("license", &pipeline.license)] {
        let workspace = vendor.checkout(name);
        let script = [&pipeline.default.before_script[..], &job.script].concat().join("\n");
        let variables = variables(vendor, order, &pipeline, job, &workspace);
        ran.code = step(&workspace, &variables, &script, &mut ran.log);
        if ran.code != 0 {
            return ran;
        }
        ran.artifact = job.artifacts.as_ref().map(|artifacts| workspace.join(&artifacts.paths[0]));
    }
    ran
}

fn variables(vendor: &Vendor, order: &Order, pipeline: &Pipeline, job: &Job, workspace: &Path) -> Variables {
    let reference = if order.by == By::Tag { "v1.2.3" } else { "main" };
    let mut variables: Variables = [
        ("CI_PROJECT_DIR", workspace.display().to_string()),
        ("CI_DEFAULT_BRANCH", "main".to_owned()),
        ("CI_COMMIT_REF_NAME", reference.to_owned()),
        ("CI_JOB_ID", "4711".to_owned()),
        ("CI_JOB_URL", "https://git.example/acme/studio/-/jobs/4711".to_owned()),
        ("GITLAB_USER_LOGIN", "grace".to_owned()),
        ("GITLAB_USER_EMAIL", "grace@example.com".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    variables.extend(order.variables());
    for (name, value) in &pipeline.variables {
        let value = value.strip_prefix('$').map_or(value, |name| &variables[name]).clone();
        variables.insert(name.clone(), value);
    }
    variables.extend(order.said.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    variables.insert("KEYWARD_DOWNLOADS".to_owned(), vendor.url("downloads"));
    // Secrets belong to an environment, and only its jobs have them. A variable of type file is the name of a file.
    if job.environment.is_some() {
        variables.insert("LICENSE_RECORD_URL".to_owned(), vendor.url("record.git"));
        variables.insert("KEYWARD_PASSPHRASE".to_owned(), order.secret("LICENSE_SIGNING_PASSPHRASE"));
        let key = order.secret("LICENSE_SIGNING_KEY");
        if !key.is_empty() {
            let file = workspace.with_extension("temp").join("LICENSE_SIGNING_KEY");
            fs::write(&file, key).unwrap();
            variables.insert("LICENSE_SIGNING_KEY".to_owned(), file.display().to_string());
        }
    }
    variables
}
