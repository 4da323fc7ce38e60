//! Names of environments that do not exist.

use testbed::Folder;

use super::{command, transcript};

fn run(args: &[&str]) -> (String, String) {
    let folder = Folder::new();
    folder.write("environments/dev.yaml", "project: ada\nenvironment: dev\nregion: eu-central-1\n");
    let environments = folder.path().canonicalize().unwrap().join("environments").display().to_string();
    (transcript(command(folder.path(), args)), environments)
}

#[testbed::test]
fn a_question_without_an_environment_is_recognized() {
    let (output, environments) = run(&["chat", "Who are you?"]);
    assert!(
        output.contains(&format!("there is no environment `Who are you?` in {environments}\n")),
        "{output}"
    );
    assert!(output.contains("ENV comes first: `twinctl chat dev \"Who are you?\"`"), "{output}");
    assert!(!output.contains("standard input"), "{output}");
}

#[testbed::test]
fn the_name_is_suggested_for_a_file() {
    for name in ["dev.yaml", "environments/dev.yaml", "./environments/dev.yaml"] {
        let (output, _) = run(&["deploy", name]);
        assert!(output.contains("did you mean `dev`?") && output.ends_with("exit 3\n"), "{output}");
    }
}
