//! `twinctl init`: its output, the files that it writes, and those that it keeps.

use std::process::Command;

use testbed::Folder;

use super::{command, transcript};

fn run(folder: &Folder, args: &[&str]) -> String {
    transcript(command(folder.path(), args))
}

/// Creates an existing twin: a backend with data, conversations, Terraform files and a built page.
fn existing() -> Folder {
    let folder = Folder::new();
    folder.write("backend/data/facts.json", "{\"full_name\": \"Ada Example\", \"name\": \"Ada\"}");
    folder.write("backend/data/personal_data/summary.txt", "I am Ada.");
    folder.write("memory/2f1c.json", "[]");
    folder.write("frontend/out/index.html", "<!doctype html>");
    folder.write(
        "terraform/variables.tf",
        "variable \"lambda_timeout\" {\n  type    = number\n  default = 60\n}\n",
    );
    folder.write(
        "terraform/terraform.tfvars",
        "project_name             = \"ada\"\nenvironment              = \"dev\"\n\
         bedrock_model_id         = \"eu.amazon.nova-micro-v1:0\"\napi_throttle_burst_limit = 12\n\
         api_throttle_rate_limit  = 6\nuse_custom_domain        = false\nroot_domain = \"\"\n",
    );
    folder.write(
        "terraform/prod.tfvars",
        "project_name = \"ada\"\nenvironment = \"prod\"\nbedrock_model_id = \"amazon.nova-pro-v1:0\"\n\
         lambda_timeout = 25\nuse_custom_domain = true\nroot_domain = \"ada.example\"\n\
         openai_api_key = \"sk-not-to-be-seen\"\n",
    );
    folder
}

#[testbed::test]
fn a_new_twin_gets_all_files_and_only_known_facts() {
    let folder = Folder::new();
    let output =
        run(&folder, &["init", "--name", "Mira Vale", "--role", "Map-maker", "--region", "eu-west-1"]);
    insta::assert_snapshot!("new", output);
    insta::assert_snapshot!("new_facts", folder.read("data/facts.json"));
    insta::assert_snapshot!("new_summary", folder.read("data/summary.txt"));
    assert!(folder.read("environments/base.yaml").contains("project: mira-vale "));
    assert!(folder.read("environments/base.yaml").contains("region: eu-west-1 "));
}

#[testbed::test]
fn a_second_run_changes_nothing() {
    let folder = Folder::new();
    folder.write(".git/HEAD", "ref: refs/heads/main\n");
    run(&folder, &["init", "--name", "Mira Vale"]);
    let before = folder.contents();
    insta::assert_snapshot!("again_the_same", run(&folder, &["init", "--project", "mira-vale"]));
    insta::assert_snapshot!(
        "again",
        run(&folder, &["init", "--name", "Another Person", "--project", "other"])
    );
    assert_eq!(folder.contents(), before);
}

#[testbed::test]
fn without_a_name_the_sample_persona_is_used() {
    let folder = Folder::new();
    insta::assert_snapshot!("nameless", run(&folder, &["init", "--yes"]));
    assert!(!folder.contents().contains_key("data/facts.json"));
    assert!(folder.read("data/sample/facts.json").contains("invented"));
}

#[testbed::test]
fn gitignore_gets_private_paths_and_keeps_existing_lines() {
    let folder = Folder::new();
    folder.write(".git/HEAD", "ref: refs/heads/main\n");
    folder.write(".gitignore", "node_modules\n.env");
    run(&folder, &["init", "--yes"]);
    assert_eq!(
        folder.read(".gitignore"),
        "node_modules\n.env\n/data/*\n!/data/*_template.*\n/.twinctl\n/conversations/\n*.jsonl*\n"
    );
}

#[testbed::test]
fn gitignore_is_written_before_there_is_a_repository() {
    let folder = Folder::new();
    run(&folder, &["init", "--yes"]);
    assert_eq!(
        folder.read(".gitignore"),
        "/data/*\n!/data/*_template.*\n/.twinctl\n/conversations/\n*.jsonl*\n.env\n"
    );
}

#[testbed::test(git)]
fn tracked_private_files_are_reported() {
    let folder = Folder::new();
    let git = |args: &[&str]| {
        let ran = Command::new("git").args(args).current_dir(folder.path()).env_clear().output();
        assert!(ran.unwrap().status.success(), "{args:?}");
    };
    folder.write("data/facts.json", "{\"full_name\": \"Ada Example\"}");
    folder.write("data/my notes.txt", "I paint.");
    folder.write("data/me_template.txt", "not private");
    folder.write("memory/2f1c.json", "[]");
    git(&["init", "-q"]);
    git(&["add", "data", "memory"]);
    let output = run(&folder, &["init", "--yes"]);
    let advice = "`git rm --cached data/facts.json 'data/my notes.txt' memory/2f1c.json`";
    assert!(output.contains(advice), "{output}");
    git(&["rm", "-q", "--cached", "data/facts.json", "data/my notes.txt", "memory/2f1c.json"]);
    assert!(!run(&folder, &["init", "--yes"]).contains("git rm"));
}

#[testbed::test]
fn the_data_folder_of_an_existing_environment_file_is_kept() {
    let folder = Folder::new();
    folder.write("backend/server.py", "app = None\n");
    folder.write("backend/facts.json", "{}");
    folder.write("backend/data/me.txt", "I am Ada.");
    run(&folder, &["init", "--yes"]);
    let base = folder.read("environments/base.yaml");
    assert!(base.contains("data: backend") && !base.contains("data: backend/data"), "{base}");
    folder.write("environments/base.yaml", base.replace("data: backend", "data: backend/data"));
    let before = folder.contents();
    let output = run(&folder, &["init", "--yes"]);
    assert!(!output.contains("data: backend"), "{output}");
    assert_eq!(folder.contents(), before);
}

#[testbed::test]
fn options_that_existing_data_files_replace_are_reported() {
    let folder = Folder::new();
    folder.write("data/facts.json", "{\"full_name\": \"Ada Example\", \"name\": \"Ada\"}");
    let output = run(&folder, &["init", "--yes", "--name", "Bob Other"]);
    assert!(output.contains("`--name` was not used"), "{output}");
    let output = run(&folder, &["init", "--yes", "--name", "Ada Example"]);
    assert!(!output.contains("was not used"), "{output}");
}

#[testbed::test]
fn an_existing_twin_is_taken_over() {
    let folder = existing();
    let before = folder.contents();
    let output = run(&folder, &["init"]);
    assert!(!output.contains("sk-not-to-be-seen"));
    insta::assert_snapshot!("existing", output);
    for name in ["base", "local", "dev", "prod"] {
        insta::assert_snapshot!(
            format!("existing_{name}"),
            folder.read(&format!("environments/{name}.yaml"))
        );
    }
    for (path, text) in before {
        assert_eq!(folder.read(&path), text, "{path}");
    }
    assert!(!folder.contents().contains_key("data/facts.json"));
}

#[testbed::test]
fn fresh_ignores_an_existing_twin() {
    let folder = existing();
    let output = run(&folder, &["init", "--fresh"]);
    assert!(!output.contains("terraform"), "{output}");
    let base = folder.read("environments/base.yaml");
    assert!(base.contains("project: twin ") && !base.contains("backend/data"), "{base}");
}

#[testbed::test]
fn a_dry_run_writes_nothing() {
    let folder = existing();
    let before = folder.contents();
    insta::assert_snapshot!("dry_run", run(&folder, &["init", "--dry-run"]));
    insta::assert_snapshot!("dry_run_json", run(&folder, &["init", "--dry-run", "--json"]));
    assert_eq!(folder.contents(), before);
}

#[testbed::test]
fn existing_files_are_kept_and_missing_settings_are_reported() {
    let folder = Folder::new();
    folder.write("environments/local.yaml", "extends: base.yaml\nenvironment: local\ntarget: local\n");
    folder.write("data/me.txt", "I am me.");
    let output = run(
        &folder,
        &["init", "--model", "openai", "--base-url", "http://localhost:8000/v1", "--model-id", "qwen3"],
    );
    insta::assert_snapshot!("owners_files", output);
    assert_eq!(folder.read("data/me.txt"), "I am me.");
    assert!(!folder.contents().contains_key("data/facts.json"));
}

#[testbed::test]
fn either_all_files_are_written_or_none() {
    let folder = Folder::new();
    folder.write("data", "a file where a folder should be");
    let before = folder.contents();
    insta::assert_snapshot!("obstacle", run(&folder, &["init", "--name", "Mira Vale"]));
    assert_eq!(folder.contents(), before);
}

#[testbed::test]
fn files_that_twinctl_could_not_read_are_not_written() {
    let folder = existing();
    folder.write(
        "terraform/terraform.tfvars",
        "bedrock_model_id = \"eu.anthropic.claude-3-haiku-20240307-v1:0\"\n",
    );
    let before = folder.contents();
    insta::assert_snapshot!("unreadable", run(&folder, &["init", "--region", "us-east-1"]));
    assert_eq!(folder.contents(), before);
}

#[testbed::test]
fn help() {
    insta::assert_snapshot!("help", run(&Folder::new(), &["init", "--help"]));
}

#[testbed::test]
fn wrong_usage_is_reported() {
    let folder = Folder::new();
    let wrong: [&[&str]; 6] = [
        &["init", "--project", "My Twin"],
        &["init", "--region", "mars"],
        &["init", "--name", ""],
        &["init", "--email", "ada@"],
        &["init", "--base-url", "localhost"],
        &["init", "--model", "gemini"],
    ];
    insta::assert_snapshot!("wrong", wrong.map(|args| run(&folder, args)).join("\n"));
    assert!(folder.contents().is_empty());
}

#[testbed::test]
fn environments_can_be_in_another_folder() {
    let folder = Folder::new();
    let output = run(&folder, &["init", "--yes", "--environments", "my/twin/environments"]);
    assert!(output.contains("`twinctl deploy local --environments my/twin/environments`"), "{output}");
    assert!(folder.contents().contains_key("my/twin/data/facts_template.json"));
}
