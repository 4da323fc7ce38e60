//! The workflows of `ci setup`, checked against GitHub's schemas and run step by step in a clean clone.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;
use testbed::twin_lambda::{binary, first_zip};
use testbed::{Folder, Run, emulator::Auth, venv};
use tokio::process::Command;

use super::{
    ci::{IN_A_PULL_REQUEST, ON_MAIN, assume_role, set_up_ci},
    inventory::inventory,
    sweep::expire,
    twin::{ENVIRONMENT, Twin, finish},
};

const ACTION: &str = ".github/actions/twinctl/action.yml";

#[testbed::test(emulator)]
async fn workflow_files_match_the_schemas_of_github() {
    let python = venv::EMULATOR.install().unwrap();
    let twin = Twin::inside(Auth::Enforced, "test");
    for name in ["test", "prod"] {
        twin.write(&format!("environments/{name}.yaml"), ENVIRONMENT.replace("dev", name));
    }
    set_up_ci(&twin, &["dev", "test", "prod"]).await;
    let workflows = fs::read_dir(twin.join(".github/workflows")).unwrap();
    let workflows: Vec<_> = workflows.map(|entry| entry.unwrap().path()).collect();
    assert_eq!(workflows.len(), 13);
    let action = vec![twin.join(ACTION)];
    for (schema, files) in [("vendor.github-workflows", workflows), ("vendor.github-actions", action)] {
        let mut check = Command::new(&python);
        check.args(["-m", "check_jsonschema", "--builtin-schema", schema]).args(files);
        let output = check.output().await.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}

#[testbed::test(emulator, git)]
async fn deploy_plan_status_and_destroy_run_in_a_clean_clone() {
    let twin = Twin::inside(Auth::Enforced, "test");
    twin.write("environments/dev.yaml", format!("{ENVIRONMENT}ttl: 8h\n"));
    set_up_ci(&twin, &["dev"]).await;
    let before = inventory(&twin.by_hand).await;
    let runner = Runner::new(&twin).await;
    runner.run("deploy-dev", ON_MAIN, &[]).await.exits_with(0);
    twin.proxy.reset();
    runner.run("deploy-dev", ON_MAIN, &[]).await.exits_with(0);
    let writes = twin.writes();
    assert!(
        writes.iter().all(|call| call.operation == "UpdateItem"),
        "only the time to live is renewed: {writes:?}"
    );
    runner.run("plan-dev", IN_A_PULL_REQUEST, &[]).await.exits_with(0);
    runner.run("status-dev", ON_MAIN, &[]).await.exits_with(0);
    runner.run("sweep-dev", ON_MAIN, &[]).await.exits_with(0);
    let inputs = [("inputs.confirm", "prod"), ("inputs.keep_data", "false")];
    runner.run("destroy-dev", ON_MAIN, &inputs).await.exits_with(1);
    assert_ne!(inventory(&twin.by_hand).await, before, "the wrong name was typed");
    let inputs = [("inputs.confirm", "$(exit 0)\"; dev"), ("inputs.keep_data", "false")];
    runner.run("destroy-dev", ON_MAIN, &inputs).await.exits_with(1);
    let inputs = [("inputs.confirm", "dev"), ("inputs.keep_data", "false")];
    runner.run("destroy-dev", ON_MAIN, &inputs).await.exits_with(0);
    let left = inventory(&twin.by_hand).await;
    assert_eq!(
        left.iter().filter(|line| *line != "table twinctl-locks").collect::<Vec<_>>(),
        before.iter().collect::<Vec<_>>()
    );

    // The nightly status check reports that nothing is deployed.
    runner.run("status-dev", ON_MAIN, &[]).await.exits_with(8);

    runner.run("deploy-dev", ON_MAIN, &[]).await.exits_with(0);
    expire(&twin).await;
    runner.run("sweep-dev", ON_MAIN, &[]).await.exits_with(0);
    runner.run("status-dev", ON_MAIN, &[]).await.exits_with(8);
}

/// Runs the steps of a workflow. Instead of the build step it uses the twinctl under test and a prebuilt zip. The cache
/// step is skipped.
pub(super) struct Runner<'t> {
    twin: &'t Twin,
    pub(super) clone: Folder,
    pub(super) tools: Folder,
}

impl<'t> Runner<'t> {
    pub(super) async fn new(twin: &'t Twin) -> Self {
        let (clone, tools) = (Folder::new(), Folder::new());
        let (from, to) = (twin.path().to_str().unwrap(), clone.path().to_str().unwrap());
        for args in [
            vec!["init", "--quiet", "--initial-branch", "main", from],
            vec!["-C", from, "add", "--all"],
            vec![
                "-C",
                from,
                "-c",
                "user.name=a",
                "-c",
                "user.email=a@example.org",
                "commit",
                "--quiet",
                "-m",
                "all",
            ],
            vec!["clone", "--quiet", from, to],
        ] {
            assert!(Command::new("git").args(args).status().await.unwrap().success());
        }
        let script = format!(
            "#!/bin/bash\ncase \"$*\" in *--lambda-zip*) ;;\n\
             'deploy local'*) set -- \"$@\" --lambda-binary '{}';;\n\
             deploy*|plan*|*'--only zip'*) set -- \"$@\" --lambda-zip '{}';;\nesac\nexec '{}' \"$@\"\n",
            binary().display(),
            first_zip().display(),
            env!("CARGO_BIN_EXE_twinctl")
        );
        tools.write_program("twinctl", script);
        Self { twin, clone, tools }
    }

    /// Runs a workflow until a step fails. Returns the last step.
    async fn run(&self, workflow: &str, subject: &str, inputs: &[(&str, &str)]) -> Run {
        let workflow = self.yaml(&format!(".github/workflows/twinctl-{workflow}.yml"));
        let jobs = workflow["jobs"].as_object().unwrap();
        assert_eq!(jobs.len(), 1);
        self.job(jobs.values().next().unwrap(), "dev", subject, inputs).await
    }

    pub(super) async fn job(
        &self,
        job: &Value,
        environment: &str,
        subject: &str,
        inputs: &[(&str, &str)],
    ) -> Run {
        let mut ran = self.steps(job, environment, subject, inputs).await;
        let failed = ran.iter().position(|(_, run)| run.code != Some(0));
        ran.swap_remove(failed.unwrap_or(ran.len() - 1)).1
    }

    /// Runs a job, and returns its scripts with their names.
    pub(super) async fn steps(
        &self,
        job: &Value,
        environment: &str,
        subject: &str,
        inputs: &[(&str, &str)],
    ) -> Vec<(String, Run)> {
        let role = |role: &str| format!("arn:aws:iam::000000000000:role/ada-{environment}-ci-{role}");
        let mut values: BTreeMap<String, String> =
            inputs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        values.insert("vars.AWS_ROLE_ARN".to_owned(), role("deploy"));
        let read = format!("vars.AWS_READ_ROLE_ARN_{}", environment.to_uppercase());
        values.insert(read, role("read"));
        let sweep = format!("vars.AWS_SWEEP_ROLE_ARN_{}", environment.to_uppercase());
        values.insert(sweep, role("sweep"));
        values.insert("vars.DEFAULT_AWS_REGION".to_owned(), "us-east-1".to_owned());
        values.insert("runner.temp".to_owned(), self.tools.path().display().to_string());
        let folder = job["defaults"]["run"]["working-directory"].as_str().unwrap_or(".");
        let mut step = Step {
            runner: self,
            values,
            folder: folder.to_owned(),
            credentials: Vec::new(),
            ran: Vec::new(),
        };
        for one in job["steps"].as_array().unwrap() {
            if step.is_due(one["if"].as_str()) {
                step.run_step(one, subject).await;
            }
        }
        step.ran
    }

    pub(super) fn yaml(&self, path: &str) -> Value {
        serde_saphyr::from_str(&self.clone.read(path)).unwrap()
    }
}

struct Step<'r, 't> {
    runner: &'r Runner<'t>,
    /// The values of expressions.
    values: BTreeMap<String, String>,
    folder: String,
    /// Credentials, as environment variables of later steps.
    credentials: Vec<(&'static str, String)>,
    /// The scripts that ran, by the names of their steps.
    ran: Vec<(String, Run)>,
}

impl Step<'_, '_> {
    async fn run_step(&mut self, step: &Value, subject: &str) {
        match step["uses"].as_str() {
            None => {
                let run = self.shell(step).await;
                self.keep_outputs(step);
                self.ran.push((step["name"].as_str().unwrap().to_owned(), run));
            }
            Some("./.github/actions/twinctl") => {
                let inputs = step["with"].as_object().unwrap();
                if inputs.get("login").is_some_and(|login| login == "false") {
                    return;
                }
                let role = self.evaluate(inputs["role"].as_str().unwrap());
                let action = self.runner.yaml(ACTION);
                let steps = action["runs"]["steps"].as_array().unwrap();
                let uses: Vec<_> = steps.iter().filter_map(|step| step["uses"].as_str()).collect();
                assert!(uses[1].starts_with("aws-actions/configure-aws-credentials@"), "{uses:?}");
                assert!(
                    steps[1]["run"]
                        .as_str()
                        .unwrap()
                        .starts_with("cargo build --release --locked -p twinctl")
                );
                self.assume(&role, subject).await;
            }
            // The folder of the artifact is the same in all jobs.
            Some(uses) => {
                let known = ["actions/checkout@", "actions/upload-artifact@", "actions/download-artifact@"];
                assert!(known.iter().any(|action| uses.starts_with(action)), "{uses}");
            }
        }
    }

    /// Evaluates the condition of a step: terms that are joined with `&&`.
    fn is_due(&self, condition: Option<&str>) -> bool {
        let failed = self.ran.iter().any(|(_, run)| run.code != Some(0));
        let terms: Vec<_> = condition.unwrap_or_default().split("&&").map(str::trim).collect();
        let holds = |term: &&str| match term.split_once(" == ") {
            Some((name, value)) => {
                self.values.get(name).map_or("", String::as_str) == value.trim_matches('\'')
            }
            None => ["", "failure()"].contains(term),
        };
        terms.contains(&"failure()") == failed && terms.iter().all(holds)
    }

    /// Makes the outputs of a step values of later expressions.
    fn keep_outputs(&mut self, step: &Value) {
        let Some(id) = step["id"].as_str() else { return };
        for line in self.runner.tools.read("outputs").lines() {
            let (name, value) = line.split_once('=').unwrap();
            self.values.insert(format!("steps.{id}.outputs.{name}"), value.to_owned());
        }
    }

    async fn assume(&mut self, role: &str, subject: &str) {
        let role = role.rsplit('/').next().unwrap();
        let credentials = assume_role(self.runner.twin, role, subject, "sts.amazonaws.com").await.unwrap();
        self.credentials = vec![
            ("AWS_ACCESS_KEY_ID", credentials.access_key_id().to_owned()),
            ("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key().to_owned()),
            ("AWS_SESSION_TOKEN", credentials.session_token().to_owned()),
        ];
    }

    async fn shell(&self, step: &Value) -> Run {
        let script = self.runner.tools.join("step.sh");
        self.runner.tools.write("step.sh", step["run"].as_str().unwrap());
        self.runner.tools.write("outputs", "");
        let folder = step["working-directory"].as_str().unwrap_or(&self.folder);
        let mut shell = self.runner.twin.command(&[]);
        shell = self.github_shell(shell, &script, &self.runner.clone.path().join(folder));
        for (name, value) in step["env"].as_object().into_iter().flatten() {
            shell.env(name, self.evaluate(value.as_str().unwrap()));
        }
        finish(shell.spawn().unwrap()).await
    }

    /// A shell as GitHub starts it.
    fn github_shell(&self, like: Command, script: &Path, folder: &PathBuf) -> Command {
        let like = like.into_std();
        let mut shell = Command::new("bash");
        shell
            .args(["--noprofile", "--norc", "-e", "-o", "pipefail"])
            .arg(script)
            .current_dir(folder)
            .env_clear();
        shell.envs(like.get_envs().filter_map(|(name, value)| Some((name, value?))));
        shell.envs(self.credentials.iter().map(|(name, value)| (name, value)));
        shell.env("PATH", format!("{}:/usr/bin:/bin", self.runner.tools.path().display())).env("CI", "true");
        shell.env("HOME", self.runner.clone.path()).env("RUNNER_TEMP", self.runner.tools.path());
        shell.env("GITHUB_OUTPUT", self.runner.tools.join("outputs"));
        shell.stdin(std::process::Stdio::null());
        shell.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        shell
    }

    /// Replaces expressions by their values. Unknown ones are empty, as on GitHub.
    fn evaluate(&self, text: &str) -> String {
        let mut text_with_values = String::new();
        for part in text.split("${{") {
            let (name, rest) = part.split_once("}}").unwrap_or(("", part));
            text_with_values.push_str(self.values.get(name.trim()).map_or("", String::as_str));
            text_with_values.push_str(rest);
        }
        text_with_values
    }
}
