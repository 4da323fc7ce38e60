//! Help, wrong usage and shell completions.

use std::path::Path;

use super::{command, transcript};

fn output(args: &[&str]) -> String {
    transcript(command(Path::new("."), args))
}

#[testbed::test]
fn short_and_full_help() {
    insta::assert_snapshot!("help_short", output(&["-h"]));
    insta::assert_snapshot!("help_full", output(&["--help"]));
    insta::assert_snapshot!("help_without_arguments", output(&[]));
}

#[testbed::test]
fn help_of_every_command() {
    for verb in
        "check plan deploy upload-data dev ci status releases rollback doctor verify destroy backup restore pause resume block unblock sweep adopt unadopt eject outputs chat logs stats cost memory questions secret data unlock lock-table completions version upgrade"
            .split(' ')
    {
        insta::assert_snapshot!(format!("help_{verb}"), output(&[verb, "--help"]));
    }
    for verb in ["ls", "show", "export", "delete"] {
        insta::assert_snapshot!(format!("help_memory_{verb}"), output(&["memory", verb, "--help"]));
    }
    for verb in ["ls", "pull", "history", "keygen", "encrypt", "decrypt"] {
        insta::assert_snapshot!(format!("help_data_{verb}"), output(&["data", verb, "--help"]));
    }
    for verb in ["set", "rotate", "status", "remove"] {
        insta::assert_snapshot!(format!("help_secret_{verb}"), output(&["secret", verb, "--help"]));
    }
    for words in [["ci", "setup"], ["ci", "remove"]] {
        let help = output(&[&words[..], &["--help"]].concat());
        insta::assert_snapshot!(format!("help_{}", words.join("_")), help);
    }
    insta::assert_snapshot!("help_man", output(&["man", "--help"]));
    insta::assert_snapshot!("help_lock-table_remove", output(&["lock-table", "remove", "--help"]));
}

#[testbed::test]
fn a_group_without_a_subcommand_prints_its_help() {
    for group in ["ci", "data", "memory", "secret", "lock-table"] {
        let output = output(&[group]);
        assert!(output.contains("\nCommands:\n") && output.contains("\nExamples:\n"), "{output}");
        assert!(output.ends_with("exit 2\n"), "{output}");
    }
}

#[testbed::test]
fn wrong_usage_is_reported() {
    let wrong: [&[&str]; 6] = [
        &["depoly"],
        &["deploy", "--yse"],
        &["destroy"],
        &["deploy", "--lock-wait", "soon"],
        &["deploy", "--lambda-zip", "a", "--lambda-binary", "b"],
        &["completions", "basic"],
    ];
    insta::assert_snapshot!("wrong_usage", wrong.map(output).join("\n"));
}

#[testbed::test]
fn completions_are_generated_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = output(&["completions", shell]);
        assert!(output.contains("destroy") && output.ends_with("exit 0\n"), "{shell}");
    }
}
