//! docs/move-in.md, followed word by word at a terminal.

use std::{fs, path::Path};

use testbed::{Folder, self_contained, terminal, workspace};

use super::{adopt::create_former_twin, twin::Twin};

const PAGE: &str =
    "<!doctype html>\n<title>Former</title>\n<style>p { color: teal }</style>\n<p>Hello.</p>\n";
const CONTEXT: &str = include_str!("../../local/move_in/context.py.txt");
const VARIABLES: &str =
    "variable \"aws_region\" {\n  default = \"us-east-1\"\n}\nvariable \"project_name\" {}\n";
const QUESTIONS: [&str; 3] = ["[y/N] ", "[Y/n] ", "]: "];

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
    let (twin, bin) = (Twin::new(), Folder::new());
    for folder in ["environments", "web"] {
        fs::remove_dir_all(twin.join(folder)).unwrap();
    }
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
