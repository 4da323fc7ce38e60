//! The words of the command line, as people read them.

use std::path::Path;

use super::{command, transcript};

fn said(args: &[&str]) -> String {
    transcript(command(Path::new("."), args))
}

#[testbed::test]
fn help_of_the_program_in_short_and_in_full() {
    insta::assert_snapshot!("help_short", said(&["-h"]));
    insta::assert_snapshot!("help_full", said(&["--help"]));
    insta::assert_snapshot!("help_of_no_words_at_all", said(&[]));
}

#[testbed::test]
fn help_of_every_command() {
    for verb in
        "plan deploy upload-data dev ci status destroy outputs chat logs memory questions secret data unlock lock-table completions"
            .split(' ')
    {
        insta::assert_snapshot!(format!("help_{verb}"), said(&[verb, "--help"]));
    }
    for verb in ["ls", "show", "export", "delete"] {
        insta::assert_snapshot!(format!("help_memory_{verb}"), said(&["memory", verb, "--help"]));
    }
    for verb in ["ls", "pull", "history", "keygen", "encrypt", "decrypt"] {
        insta::assert_snapshot!(format!("help_data_{verb}"), said(&["data", verb, "--help"]));
    }
    for verb in ["set", "rotate", "status", "remove"] {
        insta::assert_snapshot!(format!("help_secret_{verb}"), said(&["secret", verb, "--help"]));
    }
    for words in [["ci", "setup"], ["ci", "remove"]] {
        let help = said(&[&words[..], &["--help"]].concat());
        insta::assert_snapshot!(format!("help_{}", words.join("_")), help);
    }
    insta::assert_snapshot!("help_lock-table_remove", said(&["lock-table", "remove", "--help"]));
}

#[testbed::test]
fn usage_that_is_wrong() {
    let wrong: [&[&str]; 6] = [
        &["depoly"],
        &["deploy", "--yse"],
        &["destroy"],
        &["deploy", "--lock-wait", "soon"],
        &["deploy", "--lambda-zip", "a", "--lambda-binary", "b"],
        &["completions", "basic"],
    ];
    insta::assert_snapshot!("wrong_usage", wrong.map(said).join("\n"));
}

#[testbed::test]
fn completions_are_made_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let said = said(&["completions", shell]);
        assert!(said.contains("destroy") && said.ends_with("exit 0\n"), "{shell}");
    }
}
