//! Moving in: `init` in the repository of an existing twin.

use serde_json::json;

use super::twin::Twin;

const ID: &str = "session-1700000000000-old";
const PAGE: &str =
    "<!doctype html>\n<title>Former</title>\n<style>p { color: teal }</style>\n<p>Hello.</p>\n";
const CONTEXT: &str = include_str!("move_in/context.py.txt");

type Files = Vec<(String, String)>;

fn files(pairs: &[(&str, &str)]) -> Files {
    pairs.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

fn old_messages() -> serde_json::Value {
    json!([
        { "role": "user", "content": "Do you weave?", "timestamp": "2024-05-01T10:00:00.123" },
        { "role": "assistant", "content": "Yes, on a loom.", "timestamp": "2024-05-01T10:00:01.123" },
    ])
}

/// A twin with Terraform, deploy scripts, a prompt in Python and conversations as arrays.
fn course() -> Files {
    let mut all = files(&[
        ("backend/server.py", "from context import prompt\n"),
        ("backend/context.py", CONTEXT),
        ("backend/requirements.txt", "fastapi\n"),
        ("backend/data/facts.json", "{\"full_name\": \"Mira Vale\", \"name\": \"Mira\"}"),
        ("backend/data/summary.txt", "Mira weaves maps on a loom."),
        ("backend/data/style.txt", "Short sentences."),
        ("frontend/out/index.html", PAGE),
        (
            "terraform/main.tf",
            "terraform {\n  backend \"s3\" {}\n}\nprovider \"aws\" {\n  region = var.aws_region\n}\n",
        ),
        (
            "terraform/variables.tf",
            "variable \"aws_region\" {\n  default = \"ap-northeast-1\"\n}\nvariable \"project_name\" {}\n",
        ),
        ("terraform/terraform.tfvars", "project_name = \"loom\"\n"),
        (
            "scripts/deploy.sh",
            "PROJECT_NAME=${2:-weaver}\ncd terraform\nterraform apply -var=\"project_name=$PROJECT_NAME\"\n",
        ),
        (".github/workflows/deploy.yml", "jobs:\n  a:\n    steps:\n      - run: ./scripts/deploy.sh dev\n"),
    ]);
    all.push((format!("memory/{ID}.json"), old_messages().to_string()));
    all
}

#[testbed::test]
fn files_that_contradict_each_other_stop_init_without_a_terminal() {
    let mut files = course();
    files.push((
        ".github/workflows/plan.yml".to_owned(),
        "- with:\n    aws-region: eu-west-1\n- run: terraform apply\n".to_owned(),
    ));
    let twin = Twin::of_files(&files);
    let before = twin.contents();
    let refused = twin.run(&["init", "--yes"]).exits_with(2);
    refused.reports("do not agree on the region: ap-northeast-1 in terraform/variables.tf, eu-west-1 in .github/workflows/plan.yml");
    refused.reports("--region");
    assert_eq!(twin.contents(), before);
    twin.run(&["init", "--yes", "--region", "eu-west-1"]).exits_with(0);
    assert!(twin.read("environments/base.yaml").contains("region: eu-west-1 "));
}

#[testbed::test]
fn scripts_that_apply_terraform_are_disabled_only_on_request() {
    let twin = Twin::of_files(&course());
    twin.run(&["init", "--yes"]).exits_with(0);
    assert!(twin.join("scripts/deploy.sh").exists());
    let retired = twin.run(&["init", "--yes", "--retire"]).exits_with(0);
    retired.reports("scripts/deploy.sh.disabled");
    for name in ["scripts/deploy.sh", ".github/workflows/deploy.yml"] {
        assert!(!twin.join(name).exists());
        assert!(twin.read(&format!("{name}.disabled")).contains("# Disabled by `twinctl init --retire`"));
    }
    assert!(twin.join("backend/server.py").exists());
}
