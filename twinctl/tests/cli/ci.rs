//! `ci setup --print`: which repository the roles trust.

use std::{fs, path::PathBuf};

use serde_json::Value;
use testbed::{
    Folder, Run,
    file_server::FileServer,
    github::{GitHub, OWNER_ID, REPOSITORY_ID, TAGGED_COMMIT},
    workspace,
};

use super::command;

const TWIN: &str = "project: ada\nenvironment: dev\nregion: eu-central-1\naccount: \"123456789012\"\n";

/// Runs `ci setup dev --repo REPO --print --json` with more arguments. `api` is the address of GitHub's API.
async fn print(api: &str, repo: &str, more: &[&str]) -> Run {
    let folder = Folder::new();
    folder.write("environments/dev.yaml", TWIN);
    let args = [&["ci", "setup", "dev", "--print", "--json", "--repo", repo], more].concat();
    let mut command = command(folder.path(), &args);
    command.env("GITHUB_API_URL", api);
    tokio::process::Command::from(command).output().await.unwrap().into()
}

/// Returns the JSON object with policies and files.
fn printed(run: &Run) -> Value {
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let mut printed = run.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    printed.find(|object| object["kind"] == "ci").unwrap()
}

fn subjects(run: &Run) -> [Value; 2] {
    let environment = &printed(run)["environments"][0];
    ["deploy", "read"].map(|role| {
        let trust = &environment[role]["trust"]["Statement"][0];
        trust["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"].clone()
    })
}

#[testbed::test]
async fn the_trusted_subjects_contain_the_ids_that_github_returns_without_login() {
    let github = GitHub::start().await;
    let repository = format!("repo:ada@{OWNER_ID}/twin@{REPOSITORY_ID}");
    let [deploy, read] = subjects(&print(github.api_url(), "ada/twin", &[]).await);
    assert_eq!(deploy, format!("{repository}:ref:refs/heads/main"));
    let readers = ["pull_request", "ref:refs/heads/main"].map(|trigger| format!("{repository}:{trigger}"));
    assert_eq!(read, serde_json::json!(readers));
    assert_eq!(github.requests(), ["GET /repos/ada/twin"]);
}

#[testbed::test]
async fn ids_can_be_passed_offline() {
    let ids = ["--owner-id", "7", "--repo-id", "8"];
    let [deploy, _] = subjects(&print("http://127.0.0.1:1", "ada/twin", &ids).await);
    let exact = ["repo:ada@7/twin@8:ref:refs/heads/main", "repo:ada/twin:ref:refs/heads/main"];
    assert_eq!(deploy, serde_json::json!(exact));
}

#[testbed::test]
async fn a_folder_in_which_the_jobs_cannot_build_twinctl_is_reported() {
    let ids = ["--owner-id", "7", "--repo-id", "8"];
    let run = print("http://127.0.0.1:1", "ada/twin", &ids).await.exits_with(0);
    assert!(run.stdout.contains("the jobs cannot build twinctl"), "{}", run.stdout);
}

#[testbed::test]
async fn without_ids_nothing_is_trusted() {
    let github = GitHub::start().await;
    for (api, repo) in [("http://127.0.0.1:1", "ada/twin"), (github.api_url(), "eve/twin")] {
        let run = print(api, repo, &[]).await;
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        assert!(run.stderr.contains("--owner-id") && run.stdout.find("repo:").is_none(), "{}", run.stderr);
    }
    assert_eq!(print(github.api_url(), "ada/twin", &["--repo-id", "8"]).await.code, Some(2));
}

#[testbed::test]
async fn the_jobs_install_the_release_of_this_version_if_it_exists() {
    let (github, release) = (GitHub::start().await, Folder::new());
    let server = FileServer::start(release.path());
    let installed =
        ["--owner-id", "7", "--repo-id", "8", "--installed", "ada/twin", "--from", &server.latest()];
    let missing = print(github.api_url(), "ada/twin", &installed).await;
    assert_eq!(missing.code, Some(6), "{}", missing.stderr);
    missing.reports("there is no such release");

    let (version, checksum) = (env!("CARGO_PKG_VERSION"), "ab".repeat(32));
    let archive = format!("twinctl-{version}-x86_64-unknown-linux-gnu.tar.gz");
    release.write("SHA256SUMS", format!("{checksum}  {archive}\n"));
    let setup = printed(&print(github.api_url(), "ada/twin", &installed).await);
    let action = &setup["files"][0];
    assert_eq!(action["path"], ".github/actions/twinctl/action.yml");
    let text = action["text"].as_str().unwrap();
    let uses = format!("uses: ada/twin/setup-twinctl@{TAGGED_COMMIT} # v{version}");
    assert!(text.contains(&uses) && text.contains(&format!("checksum: {checksum}")), "{text}");
    assert!(!text.contains("cargo build"), "{text}");
    assert_eq!(github.requests(), [format!("GET /repos/ada/twin/commits/v{version}")]);
}

/// The workflows and the action of this repository.
const OWN: [&str; 3] =
    [".github/workflows/release.yml", ".github/workflows/test.yml", "setup-twinctl/action.yml"];

/// Returns a folder with the workflows of this repository, and with all that `ci setup` writes, with and without a deployment
/// on each push.
async fn workflow_files() -> Folder {
    let folder = Folder::new();
    for file in OWN {
        folder.write(&format!("own/{file}"), fs::read(workspace::root().join(file)).unwrap());
    }
    for (name, more) in [("dev", "preview: pull_request\n"), ("test", "ttl: 8h\n"), ("prod", "")] {
        folder.write(&format!("environments/{name}.yaml"), format!("{}{more}", TWIN.replace("dev", name)));
    }
    for push in ["dev", "none"] {
        let setup = ["ci", "setup", "dev", "test", "prod", "--print", "--json", "--repo", "ada/twin"];
        let args = [&setup[..], &["--owner-id", "7", "--repo-id", "8", "--push", push]].concat();
        let run = tokio::process::Command::from(command(folder.path(), &args)).output().await.unwrap();
        for file in printed(&run.into())["files"].as_array().unwrap() {
            let path = format!("{push}/{}", file["path"].as_str().unwrap());
            folder.write(&path, file["text"].as_str().unwrap());
        }
    }
    folder
}

/// `actionlint` also runs `shellcheck` on the scripts.
#[testbed::test(checks)]
async fn workflow_files_pass_actionlint() {
    let folder = workflow_files().await;
    let python = testbed::venv::CHECKS.install().unwrap();
    let check = async |files: &[PathBuf]| {
        let mut actionlint = tokio::process::Command::new(python.with_file_name("actionlint"));
        actionlint.args(["-no-color", "-pyflakes=", "-shellcheck"]).arg(python.with_file_name("shellcheck"));
        let output = actionlint.args(files).output().await.unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let names = |setup: &str| {
        let entries = fs::read_dir(folder.join(setup).join(".github/workflows")).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect::<Vec<_>>()
    };
    let files = [names("dev"), names("none"), names("own")].concat();
    assert_eq!(files.len(), 32, "{files:?}");
    let (passes, findings) = check(&files).await;
    assert!(passes, "{findings}");

    let deploy = folder.read("dev/.github/workflows/twinctl-deploy-dev.yml");
    folder.write("job.yml", deploy.replace("runs-on:", "needs: nothing\n    runs-on:"));
    folder.write("script.yml", deploy.replace("run: |", "run: |\n          cd $HOME"));
    for (file, expected) in [("job.yml", "which does not exist"), ("script.yml", "SC2086")] {
        let (passes, findings) = check(&[folder.join(file)]).await;
        assert!(!passes && findings.contains(expected), "{file}: {findings}");
    }
}

#[testbed::test(checks)]
async fn workflow_files_pass_zizmor() {
    let folder = workflow_files().await;
    let python = testbed::venv::CHECKS.install().unwrap();
    let mut zizmor = tokio::process::Command::new(python.with_file_name("zizmor"));
    // Without online audits, and without advice of low severity.
    zizmor.args([
        "--offline",
        "--no-progress",
        "--no-config",
        "--persona",
        "pedantic",
        "--min-severity",
        "medium",
    ]);
    let output = zizmor.arg(folder.path()).output().await.unwrap();
    let (findings, log) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{findings}{log}");
    for file in ["twinctl-deploy-dev.yml"].iter().chain(&OWN) {
        assert!(log.contains(file), "{file}: {log}");
    }
}
