//! Moving in and out: docs/move-in.md, followed word by word at a terminal, and repositories in the shapes of existing twins.

use std::{fs, path::Path};

use serde_json::{Value, json};
use testbed::{
    Folder, Run,
    former_twins::{self, CONTEXT, FormerTwin, SESSION},
    self_contained, terminal,
    twin_lambda::first_zip,
    workspace,
};

use super::{
    adopt::{MEMORY, create_former_twin, create_former_twin_with, settings},
    twin::{Twin, finish},
};

const PAGE: &str =
    "<!doctype html>\n<title>Former</title>\n<style>p { color: teal }</style>\n<p>Hello.</p>\n";
const VARIABLES: &str =
    "variable \"aws_region\" {\n  default = \"us-east-1\"\n}\nvariable \"project_name\" {}\n";
const QUESTIONS: [&str; 3] = ["[y/N] ", "[Y/n] ", "]: "];

/// Returns a twin without files.
fn empty() -> Twin {
    let twin = Twin::new();
    for folder in ["environments", "web"] {
        fs::remove_dir_all(twin.join(folder)).unwrap();
    }
    twin
}

/// Writes the repository that the page describes.
async fn write_repository(twin: &Twin) {
    for (path, text) in [
        ("backend/server.py", "from context import prompt\n"),
        ("backend/context.py", CONTEXT),
        ("backend/data/facts.json", "{\"full_name\": \"Mira Vale\", \"name\": \"Mira\"}"),
        ("backend/data/summary.txt", "Mira weaves maps on a loom."),
        ("backend/data/style.txt", "Short sentences."),
        ("frontend/out/index.html", PAGE),
        ("terraform/main.tf", "provider \"aws\" {\n  region = var.aws_region\n}\n"),
        ("terraform/variables.tf", VARIABLES),
        ("terraform/terraform.tfvars", "project_name = \"ada\"\n"),
        ("scripts/deploy.sh", "cd terraform\nterraform apply -var=\"environment=$1\"\n"),
        ("memory/old.json", "[]"),
    ] {
        twin.write(path, text);
    }
    let state = create_former_twin(twin).await;
    twin.write("terraform/terraform.tfstate", state.to_string());
}

/// Returns the commands of the page, as words.
fn commands() -> Vec<Vec<String>> {
    let page = fs::read_to_string(workspace::root().join("docs/move-in.md")).unwrap();
    let lines = page.lines().filter_map(|line| line.strip_prefix("twinctl "));
    let words = |line: &str| {
        let quoted = line.split('"').enumerate();
        let words = quoted.flat_map(|(number, part)| match number % 2 {
            0 => part.split_whitespace().map(ToOwned::to_owned).collect(),
            _ => vec![part.to_owned()],
        });
        words.collect()
    };
    lines.map(words).collect()
}

#[testbed::test(emulator)]
async fn a_typical_twin_moves_in_as_documented() {
    let (twin, bin) = (empty(), Folder::new());
    write_repository(&twin).await;
    let before = twin.contents();
    let program = self_contained::twinctl(Path::new(env!("CARGO_BIN_EXE_twinctl")), &bin);

    let mut printed = String::new();
    for words in commands() {
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        let command = twin.command_of(&program, &words).into_std();
        // `init` suggests a value in each question. The other questions ask for a confirmation.
        let answer = if words == ["init"] { "" } else { "y" };
        let run = terminal::answer(command, &QUESTIONS, &[answer; 9]);
        assert!(run.is_success, "{words:?}: {run:?}");
        printed += &run.stderr;
        if words == ["init"] {
            // The emulator has no model.
            let base = twin.read("environments/base.yaml");
            twin.write("environments/base.yaml", base.replace("source: bedrock ", "source: builtin "));
        }
    }
    for text in ["becomes the memory bucket `ada-conversations`", "terraform state rm", "nothing to change"] {
        assert!(printed.contains(text), "{text} in {printed}");
    }
    for (path, text) in before.iter().filter(|(path, _)| *path != "scripts/deploy.sh") {
        assert_eq!(twin.read(path), *text, "{path}");
    }
    assert!(twin.join("scripts/deploy.sh.disabled").exists() && !twin.join("scripts/deploy.sh").exists());

    let url = twin.run(&["outputs", "dev"]).await.exits_with(0).url().to_owned();
    assert_eq!(twin.visit(&url, "/").body, PAGE);
    assert!(twin.visit(&url, "/api/chat/history/old").body.contains("Yes, on a loom."));
    twin.run(&["unadopt", "dev", "--yes"]).await.exits_with(0);
    twin.run(&["destroy", "local", "--confirm", "local"]).await.exits_with(0);
}

/// Runs `twinctl` on the environments of a former twin, with the key of its data files.
async fn run(twin: &Twin, former: &FormerTwin, args: &[&str]) -> Run {
    let mut command = twin.command(args);
    command.args(["--environments", &former.environments()]);
    command.envs(former.passphrase.map(|passphrase| ("DATA_KEY", passphrase)));
    finish(command.spawn().unwrap()).await
}

/// Initializes the repository. Returns the files that `init` creates and those to which it adds lines.
async fn initialize(twin: &Twin, former: &FormerTwin) -> [Vec<String>; 2] {
    let init = ["init", "--yes", "--json", "--region", "us-east-1", "--project", "ada"];
    let done = run(twin, former, &init).await.exits_with(0);
    let base = format!("{}/base.yaml", former.environments());
    // The emulator has no model.
    twin.replace(&base, "source: bedrock ", "source: builtin ");
    let done: Value = serde_json::from_str(done.stdout.trim()).unwrap();
    ["written", "added_to"].map(|list| serde_json::from_value(done[list].clone()).unwrap())
}

/// Moves a twin in, continues its conversation, and moves it out.
async fn move_in_and_out(mut former: FormerTwin) {
    let twin = empty();
    let mut arguments = vec!["deploy", "dev"];
    let from = format!("{}terraform.tfstate", former.folder);
    if former.has_terraform {
        let state = create_former_twin_with(&twin, &former.form.key(), former.form.content()).await;
        former.files.insert(from.clone(), state.to_string().into_bytes());
        arguments = vec!["adopt", "dev", "--from", &from];
    }
    former.write(&twin);
    let before = if former.has_terraform { Some(settings(&twin).await) } else { None };
    let created = initialize(&twin, &former).await;

    let code = ["--lambda-zip", first_zip().to_str().unwrap()];
    run(&twin, &former, &[&["plan", "dev", "--adopt"], &code[..]].concat()).await.exits_with(0);
    let deployed = run(&twin, &former, &[&arguments[..], &["--yes"], &code].concat()).await.exits_with(0);
    let body = json!({ "message": former.question[0], "session_id": SESSION }).to_string();
    let answer = twin.ask(deployed.url(), "POST /api/chat", &body).body;
    assert!(answer.contains(former.question[1]), "{}: {answer}", former.name);
    run(&twin, &former, &[&["deploy", "dev", "--yes"], &code[..]].concat()).await.exits_with(0);

    run(&twin, &former, &["unadopt", "dev", "--yes"]).await.exits_with(0);
    if let Some(before) = before {
        assert_eq!(settings(&twin).await, before, "{}", former.name);
    }
    run(&twin, &former, &["destroy", "dev", "--confirm", "dev"]).await.exits_with(0);
    if former.has_terraform {
        let stored = twin.by_hand.s3.get_object().bucket(MEMORY).key(former.form.key()).send().await.unwrap();
        former.assert_continued(&stored.body.collect().await.unwrap().to_vec());
    }
    former.assert_restored(&twin, created);
}

#[testbed::test(emulator)]
async fn a_twin_of_each_shape_moves_in_and_out_again() {
    for former in former_twins::all() {
        move_in_and_out(former).await;
    }
}
