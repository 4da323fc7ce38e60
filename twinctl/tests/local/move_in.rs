//! Moving in and out: repositories in the shapes of existing twins are taken over, deployed, continue an old conversation, and
//! are returned.

use std::{collections::BTreeMap, process::Command, thread};

use serde_json::Value;
use testbed::{
    Run,
    former_twins::{self, FormerTwin, SESSION, course, monorepo},
    terminal,
};

use super::twin::{ENVIRONMENT_FILE, Twin, binary, free_port, get, try_chat};

const RECORD: &str = ".twinctl/local/local/record.json";
const QUESTIONS: [&str; 4] = ["[y/N] ", "[Y/n] ", "]: ", "(Enter to skip): "];

/// Runs `twinctl` on the environments of a former twin, with the key of its data files.
fn command(twin: &Twin, former: &FormerTwin, args: &[&str]) -> Command {
    let mut command = twin.command(args);
    command.args(["--environments", &former.environments()]);
    command.envs(former.passphrase.map(|passphrase| ("DATA_KEY", passphrase)));
    command
}

fn run(twin: &Twin, former: &FormerTwin, args: &[&str]) -> Run {
    command(twin, former, args).output().unwrap().into()
}

/// Initializes the repository. Returns the files that `init` creates and those to which it adds lines.
fn initialize(twin: &Twin, former: &FormerTwin) -> [Vec<String>; 2] {
    let init = ["init", "--yes", "--model", "builtin"];
    let planned = run(twin, former, &[&init[..], &["--dry-run", "--json"]].concat()).exits_with(0);
    assert_eq!(twin.bytes(), former.files, "{}: a dry run writes nothing", former.name);
    let planned: Value = serde_json::from_str(planned.stdout.trim()).unwrap();
    let printed = run(twin, former, &init).exits_with(0);
    former.printed.iter().for_each(|text| printed.reports(text));
    let base = twin.read(&format!("{}/base.yaml", former.environments()));
    for setting in former.settings {
        assert!(base.contains(setting), "{}: {setting} in {base}", former.name);
    }
    assert!(!base.contains("\nmemory:"), "{}: found conversations get no expiry", former.name);
    ["written", "added_to"].map(|list| serde_json::from_value(planned[list].clone()).unwrap())
}

/// Initializes a copy of the repository at a terminal, and accepts each default.
fn initialize_at_a_terminal(former: &FormerTwin) -> BTreeMap<String, Vec<u8>> {
    let twin = Twin::of_repository(former);
    let asked = terminal::answer(command(&twin, former, &["init", "--model", "builtin"]), &QUESTIONS, &[]);
    assert!(asked.is_success, "{}: {asked:?}", former.name);
    twin.bytes()
}

/// Continues the old conversation. Returns the address.
fn continue_conversation(twin: &Twin, former: &FormerTwin) -> String {
    let port = free_port().to_string();
    let options = ["local", "--lambda-binary", binary(), "--adopt", "--port", &port];
    run(twin, former, &[&["plan"], &options[..]].concat()).exits_with(0);
    let deployed = run(twin, former, &[&["deploy"], &options[..]].concat()).exits_with(0);
    assert!(!deployed.stderr.contains("blocks what the page loads"), "{}: {}", former.name, deployed.stderr);
    let url = deployed.url().to_owned();
    let history = get(&url, &format!("/api/chat/history/{SESSION}")).json();
    assert_eq!(history["messages"][1]["content"], "Yes, on a loom.", "{}: {history}", former.name);
    let [question, expected] = former.question;
    let answer = try_chat(&url, question, Some(SESSION)).unwrap().json()["response"].to_string();
    assert!(answer.contains(expected), "{}: {answer}", former.name);
    let uploaded = run(twin, former, &["data", "ls", "local"]).exits_with(0).stdout;
    assert!(!uploaded.contains(".py") && !uploaded.contains("secret"), "{}: {uploaded}", former.name);
    url
}

/// Asserts that the page of the repository is shown with its styles.
fn assert_shows_its_page(former: &FormerTwin, url: &str) {
    let page = former.files.iter().find(|(path, _)| path.ends_with("/index.html")).unwrap().1;
    let shown = get(url, "/");
    assert_eq!(shown.body.as_bytes(), page, "{}", former.name);
    let policy = shown.header("content-security-policy").unwrap();
    let has_styles = |element: &str| String::from_utf8_lossy(page).contains(element);
    if has_styles("<style>") {
        assert!(policy.contains("style-src 'self' 'sha256-"), "{}: {policy}", former.name);
    }
    if has_styles("style=") {
        assert!(policy.contains("style-src-attr 'unsafe-inline'"), "{}: {policy}", former.name);
    }
}

fn move_in_and_out(former: &FormerTwin) {
    let twin = Twin::of_repository(former);
    let created = initialize(&twin, former);
    assert_eq!(initialize_at_a_terminal(former), twin.bytes(), "{}", former.name);
    let url = continue_conversation(&twin, former);
    assert_shows_its_page(former, &url);
    run(&twin, former, &["unadopt", "local", "--yes"]).exits_with(0);
    run(&twin, former, &["destroy", "local"]).exits_with(0);
    former.assert_restored(&twin, created);
}

#[testbed::test]
fn a_twin_of_each_shape_moves_in_and_out_again() {
    let shapes = former_twins::all();
    let failed = shapes
        .iter()
        .filter(|former| thread::scope(|scope| scope.spawn(|| move_in_and_out(former)).join().is_err()));
    let failed: Vec<_> = failed.map(|former| former.name).collect();
    assert!(failed.is_empty(), "{failed:?}");
}

#[testbed::test]
fn prompt_and_notes_of_a_repository_are_taken_over() {
    let former = course();
    let twin = Twin::of_repository(&former);
    initialize(&twin, &former);
    let prompt = twin.read("backend/data/prompts/system_prompt.txt");
    assert!(
        prompt.contains("the twin of {full_name}, called {name}") && prompt.contains("{current_datetime}"),
        "{prompt}"
    );
    assert_eq!(twin.read("backend/data/notes/portfolio.txt"), "Her largest map shows Quillholm.");
}

#[testbed::test]
fn files_that_contradict_each_other_stop_init_without_a_terminal() {
    let mut former = course();
    let workflow = "- with:\n    aws-region: eu-west-1\n- run: terraform apply\n";
    former.files.insert(".github/workflows/plan.yml".to_owned(), workflow.into());
    // Otherwise, the region of the provider decides.
    former.files.insert("terraform/main.tf".to_owned(), "terraform {}\n".into());
    let twin = Twin::of_repository(&former);
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
    let twin = Twin::of_repository(&course());
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
    let former = monorepo();
    let twin = Twin::of_repository(&former);
    let before = twin.contents();
    for args in [&["init"][..], &["init", "--yes"], &["init", "--yes", "--dry-run"]] {
        twin.run(args).exits_with(2).reports("to take it over, run `cd apps/twin && twinctl init`");
        assert_eq!(twin.contents(), before, "{args:?}");
    }
    twin.run(&["init", "--yes", "--name", "Ines Vale", "--dry-run"])
        .exits_with(0)
        .reports("apps/twin contains a twin");
    twin.run(&["init", "--yes", "--fresh", "--dry-run"]).exits_with(0);
    assert_eq!(twin.contents(), before);
    let shop = ".github/workflows/shop.yml";
    run(&twin, &former, &["init", "--yes", "--retire"]).exits_with(0);
    assert!(twin.join(shop).exists() && !twin.join(".github/workflows/twin.yml").exists());
}

#[testbed::test]
fn a_twin_in_a_subfolder_is_taken_over_at_a_terminal() {
    let former = monorepo();
    let twin = Twin::of_repository(&former);
    let asked = terminal::answer(twin.command(&["init", "--model", "builtin"]), &QUESTIONS, &[]);
    assert!(asked.is_success, "{asked:?}");
    assert!(!twin.join("environments").exists());
    assert_eq!(twin.bytes(), initialize_at_a_terminal(&former));
}

#[testbed::test]
fn parts_of_a_twin_that_are_elsewhere_are_taken_over_or_listed() {
    let mut former = course();
    let server = "client = OpenAI(base_url=\"https://openrouter.ai/api/v1\")\nreply = client.create(model=\"openai/gpt-4o-mini\")\n";
    for (path, text) in [
        ("backend/server.py", server),
        ("backend/context.py", "from main.context import prompt\n"),
        ("backend/main/context.py", "instructions = f\"You are acting as {name}.\"\n"),
        ("frontend/package.json", "{\"dependencies\": {\"next\": \"16\"}}\n"),
        ("linkedin.pdf", "%PDF"),
    ] {
        former.files.insert(path.to_owned(), text.into());
    }
    for name in ["facts.json", "summary.txt", "style.txt"] {
        let bytes = former.files.remove(&format!("backend/data/{name}")).unwrap();
        former.files.insert(format!("backend/{name}"), bytes);
    }
    former.files.insert("backend/data/me.txt".to_owned(), "I weave.".into());
    former.files.remove("frontend/out/index.html");
    let twin = Twin::of_repository(&former);
    let printed = twin.run(&["init", "--yes"]).exits_with(0);
    for line in [
        "backend: facts.json, summary.txt, data/me.txt, portfolio.txt",
        "the model `openai/gpt-4o-mini` in backend/server.py",
        "base_url: \"https://openrouter.ai/api/v1\"",
        "the prompt in backend/main/context.py",
        "linkedin.pdf: your data folder is backend",
        "your page: build it (`npm run build` in frontend)",
        "Existing files with added lines:\n  .gitignore",
    ] {
        printed.reports(line);
    }
    assert!(twin.read("environments/base.yaml").contains("data: backend\n"));
    assert_eq!(twin.read("backend/data/notes/portfolio.txt"), "Her largest map shows Quillholm.");
    assert!(twin.read(".gitignore").ends_with("\n/memory/\n"));
}

#[testbed::test]
fn conversations_that_were_taken_over_survive_the_twin() {
    let former = course();
    let twin = Twin::of_repository(&former);
    initialize(&twin, &former);
    continue_conversation(&twin, &former);
    let stored = twin.read(&format!("memory/{SESSION}.json"));
    assert!(twin.join("memory/.twinctl.json").exists());
    let format = || serde_json::from_str::<Value>(&twin.read(RECORD)).unwrap()["format"].clone();
    assert_eq!(format(), 2, "an older twinctl would delete the folder");
    let listed = twin.run(&["unadopt", "local", "--dry-run"]).exits_with(0).stdout;
    assert!(listed.starts_with("memory folder  ") && listed.lines().count() == 1, "{listed}");
    twin.run(&["destroy", "local", "--confirm", "local"]).exits_with(0).reports("released the memory folder");
    assert_eq!(twin.read(&format!("memory/{SESSION}.json")), stored);
    assert!(!twin.join("memory/.twinctl.json").exists());

    let port = free_port().to_string();
    let adopt = ["deploy", "local", "--lambda-binary", binary(), "--adopt", "--port", &port];
    twin.run(&adopt).exits_with(0);
    twin.run(&["unadopt", "local", "--yes"]).exits_with(0);
    assert_eq!(format(), 1);
    assert_eq!(twin.read(&format!("memory/{SESSION}.json")), stored);
    assert!(!twin.join("memory/.twinctl.json").exists());
    twin.run(&["destroy", "local"]).exits_with(0);
    assert_eq!(twin.read(&format!("memory/{SESSION}.json")), stored);
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
