//! Moving in: repositories in the shapes of existing twins are taken over, deployed, and continue an old conversation.

use serde_json::{Value, json};

use super::twin::{ENVIRONMENT_FILE, Twin, binary, free_port, get, try_chat};

const ID: &str = "session-1700000000000-old";
const RECORD: &str = ".twinctl/local/local/record.json";
const PAGE: &str =
    "<!doctype html>\n<title>Former</title>\n<style>p { color: teal }</style>\n<p>Hello.</p>\n";
const CONTEXT: &str = include_str!("move_in/context.py.txt");

type Files = Vec<(String, String)>;

fn files(pairs: &[(&str, &str)]) -> Files {
    pairs.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

fn old_messages() -> Value {
    json!([
        { "role": "user", "content": "Do you weave?", "timestamp": "2024-05-01T10:00:00.123" },
        { "role": "assistant", "content": "Yes, on a loom.", "timestamp": "2024-05-01T10:00:01.123" },
    ])
}

fn object() -> String {
    json!({ "session_id": ID, "messages": old_messages(), "created_at": "2024-05-01T10:00:00", "owner": "kept" }).to_string()
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
        ("backend/data/portfolio.txt", "Her largest map shows Quillholm."),
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

/// A twin whose conversations are objects in the folder of the arrays, without Terraform.
fn objects_without_terraform() -> Files {
    let mut all = files(&[
        ("backend/data/personal_data/facts.json", "{\"full_name\": \"Mira Vale\"}"),
        ("backend/data/personal_data/summary.txt", "Mira weaves maps on a loom."),
        ("twin-web/dist/index.html", PAGE),
    ]);
    all.push((format!("backend/memory/{ID}.json"), object()));
    all
}

/// A twin whose data files are next to the sources of its backend.
fn data_beside_sources() -> Files {
    let mut all = files(&[
        ("backend/main.py", "app = None\n"),
        ("backend/secret_notes.txt", "never uploaded"),
        ("backend/me.txt", "I am Mira Vale. I weave maps on a loom."),
        ("dist/index.html", PAGE),
    ]);
    all.push((format!("history/conversations/{ID}.json"), object()));
    all
}

/// A Gradio twin.
fn gradio() -> Files {
    let mut all = files(&[
        ("app.py", "system_prompt = f\"You are acting as {self.name}.\"\nsystem_prompt += self.summary\n"),
        ("me/summary.txt", "I am Mira Vale. I weave maps on a loom."),
        ("twin-web/dist/index.html", PAGE),
    ]);
    all.push((format!("local_storage/{ID}.json"), object()));
    all
}

/// Initializes and deploys the repository, and continues its old conversation. Returns the output of `init`.
fn move_in(files: &Files, memory: &str) -> (Twin, String) {
    let twin = Twin::of_files(files);
    let init = twin.run(&["init", "--yes"]).exits_with(0);
    let port = free_port().to_string();
    let options = ["--lambda-binary", binary(), "--adopt", "--port", &port];
    twin.run(&[&["plan", "local"], &options[..]].concat()).exits_with(0);
    let url = twin.run(&[&["deploy", "local"], &options[..]].concat()).exits_with(0).url().to_owned();

    let history = get(&url, &format!("/api/chat/history/{ID}")).json();
    assert_eq!(history["messages"][1]["content"], "Yes, on a loom.", "{history}");
    assert_eq!(try_chat(&url, "What do you weave?", Some(ID)).unwrap().status, 200);
    let history = get(&url, &format!("/api/chat/history/{ID}")).json();
    assert_eq!(history["messages"].as_array().unwrap().len(), 4);

    let conversation = format!("{memory}/{ID}.json");
    for (path, text) in files.iter().filter(|(path, _)| *path != conversation) {
        assert_eq!(twin.read(path), *text, "{path} is unchanged");
    }
    let was_object = files.iter().any(|(path, text)| *path == conversation && text.starts_with('{'));
    assert_eq!(twin.read(&conversation).contains("\"owner\":\"kept\""), was_object);
    (twin, init.stderr + &init.stdout)
}

#[testbed::test]
fn a_twin_with_terraform_and_a_prompt_in_python_moves_in() {
    let (twin, init) = move_in(&course(), "memory");
    let base = twin.read("environments/base.yaml");
    for setting in
        ["project: weaver ", "region: ap-northeast-1 ", "data: backend/data", "bundle: frontend/out"]
    {
        assert!(base.contains(setting), "{setting} in {base}");
    }
    let url = twin.run(&["outputs", "local"]).exits_with(0).url().to_owned();
    let page = get(&url, "/");
    assert_eq!(page.body, PAGE);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("style-src 'self' 'sha256-"), "the page keeps its styles: {policy}");
    let prompt = twin.read("backend/data/prompts/system_prompt.txt");
    assert!(
        prompt.contains("the twin of {full_name}, called {name}") && prompt.contains("{current_datetime}"),
        "{prompt}"
    );
    assert_eq!(twin.read("backend/data/notes/portfolio.txt"), "Her largest map shows Quillholm.");
    let answer = try_chat(&url, "Which is the largest map?", None).unwrap().json()["response"].to_string();
    assert!(answer.contains("Quillholm"), "{answer}");
    for line in [
        "scripts/deploy.sh: project weaver",
        "terraform/variables.tf: region ap-northeast-1",
        ".github/workflows/deploy.yml: it applies Terraform",
    ] {
        assert!(init.contains(line), "{line} in {init}");
    }
}

#[testbed::test]
fn a_twin_without_terraform_whose_conversations_are_objects_moves_in() {
    let (twin, _) = move_in(&objects_without_terraform(), "backend/memory");
    assert!(!twin.read("environments/base.yaml").contains("\nmemory:"), "found conversations get no expiry");
}

#[testbed::test]
fn a_twin_whose_data_is_beside_its_sources_moves_in_without_them() {
    let (twin, init) = move_in(&data_beside_sources(), "history/conversations");
    let uploaded = twin.run(&["data", "ls", "local"]).exits_with(0).stdout;
    assert!(
        uploaded.contains("me.txt") && !uploaded.contains("main.py") && !uploaded.contains("secret"),
        "{uploaded}"
    );
    assert!(init.contains("backend/secret_notes.txt: a twin reads no file of this name"), "{init}");
}

#[testbed::test]
fn a_gradio_twin_moves_in() {
    let (twin, init) = move_in(&gradio(), "local_storage");
    assert!(twin.read("environments/base.yaml").contains("data: me\n"));
    assert!(init.contains("the system prompt in app.py: it is put together by code"), "{init}");
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

#[testbed::test]
fn a_twin_in_a_subfolder_is_pointed_out() {
    let files: Files = objects_without_terraform()
        .into_iter()
        .map(|(path, text)| (format!("apps/twin/{path}"), text))
        .collect();
    let twin = Twin::of_files(&files);
    let hint = twin.run(&["init", "--yes", "--dry-run"]).exits_with(0);
    hint.reports("apps/twin contains a twin; to take it over, run `twinctl init --environments apps/twin/environments`");
    twin.run(&["init", "--yes", "--environments", "apps/twin/environments"]).exits_with(0);
    assert!(twin.read("apps/twin/environments/base.yaml").contains("data: backend/data\n"));
}

#[testbed::test]
fn conversations_that_were_taken_over_survive_the_twin() {
    let (twin, _) = move_in(&course(), "memory");
    let stored = twin.read(&format!("memory/{ID}.json"));
    assert!(twin.join("memory/.twinctl.json").exists());
    let format = || serde_json::from_str::<Value>(&twin.read(RECORD)).unwrap()["format"].clone();
    assert_eq!(format(), 2, "an older twinctl would delete the folder");
    let listed = twin.run(&["unadopt", "local", "--dry-run"]).exits_with(0).stdout;
    assert!(listed.starts_with("memory folder  ") && listed.lines().count() == 1, "{listed}");
    twin.run(&["destroy", "local", "--confirm", "local"])
        .exits_with(0)
        .reports("gave back the memory folder");
    assert_eq!(twin.read(&format!("memory/{ID}.json")), stored);
    assert!(!twin.join("memory/.twinctl.json").exists());

    let port = free_port().to_string();
    let adopt = ["deploy", "local", "--lambda-binary", binary(), "--adopt", "--port", &port];
    twin.run(&adopt).exits_with(0);
    twin.run(&["unadopt", "local", "--yes"]).exits_with(0);
    assert_eq!(format(), 1);
    assert_eq!(twin.read(&format!("memory/{ID}.json")), stored);
    assert!(!twin.join("memory/.twinctl.json").exists());
    twin.run(&["destroy", "local"]).exits_with(0);
    assert_eq!(twin.read(&format!("memory/{ID}.json")), stored);
}

#[testbed::test]
fn scripts_of_other_sites_are_blocked_unless_the_environment_file_allows_them() {
    let twin = Twin::new();
    let page = "<!doctype html>\n<title>Ada</title>\n<script src=https://cdn.example/x.js></script>\n";
    twin.write("web/index.html", page);
    let policy = |url: &str| get(url, "/").header("content-security-policy").unwrap().to_owned();
    let deployed = twin.deploy().exits_with(0);
    deployed.reports("blocks what the page loads from `script-src https://cdn.example`");
    assert!(!policy(deployed.url()).contains("cdn.example"));

    let csp = "bundle: web, csp: { script-src: \"'self' https://cdn.example\" } }";
    twin.replace(ENVIRONMENT_FILE, "bundle: web }", csp);
    let deployed = twin.deploy().exits_with(0);
    assert!(!deployed.stderr.contains("blocks what the page loads"), "{}", deployed.stderr);
    let allowed = policy(deployed.url());
    assert!(allowed.contains("; script-src 'self' https://cdn.example;"), "{allowed}");

    twin.replace(ENVIRONMENT_FILE, "csp: { script-src:", "csp: { frame-ancestors:");
    twin.deploy().exits_with(3).reports("set `web.frame_ancestors` instead");
    twin.replace(ENVIRONMENT_FILE, "csp: { frame-ancestors:", "csp: { script-src:");
}
