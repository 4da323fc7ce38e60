//! What a local twin could not answer: listed, answered in the owner's file, known after the next deploy.

use std::{
    fs,
    io::Write as _,
    process::{Output, Stdio},
};

use serde_json::Value;

use crate::home::Home;

const QUESTION: &str = "Which instruments can be rented nearby?";

#[test]
fn a_question_without_an_answer_gets_one() {
    let home = Home::new();
    home.run(&["questions", "local"])
        .ends_with(8)
        .says("`local` is not deployed and stores no conversations");
    home.deploy().ends_with(0);
    home.run(&["questions", "local"]).ends_with(0).says("there are no unanswered questions");
    home.run(&["chat", "local", QUESTION]).ends_with(0);
    home.run(&["chat", "local", "Unrelated \u{1b}[2J zebra crossing?"]).ends_with(0);

    let listed = home.run(&["questions", "local"]).ends_with(0).stdout;
    assert_eq!(listed.lines().count(), 2, "{listed}");
    assert!(listed.contains("␛[2J") && !listed.contains('\u{1b}'), "{listed}");
    let id = |word: &str| listed.lines().find(|line| line.contains(word)).unwrap()[..8].to_owned();
    let json = home.run(&["questions", "local", "--json"]).ends_with(0).stdout;
    let total: Value = serde_json::from_str(json.lines().last().unwrap()).unwrap();
    assert_eq!((&total["kind"], &total["total"]), (&"questions".into(), &2.into()));

    home.run(&["questions", "local", "--answer"])
        .ends_with(2)
        .says("cannot ask for an answer: there is no terminal");
    home.run(&["questions", "local", "--answer", "zz", "x"]).ends_with(2).says("there is no question `zz`");
    home.run(&["questions", "local", "--answer", &id("instr"), " "]).ends_with(2).says("the answer is empty");
    home.run(&["questions", "local", "--dismiss", &id("zebra")]).ends_with(0).says("forgotten: Unrelated");
    let answer = "The \"harp\": ask at the harbour.";
    home.run(&["questions", "local", "--answer", &id("instr"), answer])
        .ends_with(0)
        .says("twinctl upload-data local");
    home.run(&["questions", "local"]).ends_with(0).says("there are no unanswered questions");
    assert!(fs::read_to_string(home.folder().join("data/qna.yml")).unwrap().contains(QUESTION));

    home.deploy().ends_with(0);
    // The twin reads its files again once a second.
    let told = || home.run(&["chat", "local", QUESTION]).ends_with(0).stdout == format!("{answer}\n");
    assert!((0..200).any(|_| told()));
    home.deploy().ends_with(0).says("nothing to change");
}

#[test]
fn an_answer_may_be_piped_and_a_file_that_cannot_be_added_to_stays_as_it_is() {
    let home = Home::new();
    let note = format!("{{\"question\": \"{QUESTION}\", \"asked_at\": \"2026-11-20T10:00:00Z\"}}");
    let path = format!(".twinctl/local/local/memory/questions/{}.json", "3f".repeat(16));
    home.write(&path, &note);
    home.write("data/qna.yml", "faqs: [{question: Q, answer: A}]\n");
    let refused = home.run(&["questions", "local", "--answer", "3f", "At the harbour."]).ends_with(6);
    refused.says("add the answer by hand");
    refused.says("    answer: \"At the harbour.\"");
    assert!(home.folder().join(&path).exists());

    home.write("data/qna.yml", "faqs:\n  - question: Q\n    answer: A\n");
    let mut command = home.command(&["questions", "local", "--answer", "3f"]);
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"At the harbour.\nOn Sundays.\n").unwrap();
    let Output { status, .. } = child.wait_with_output().unwrap();
    assert!(status.success());
    let text = fs::read_to_string(home.folder().join("data/qna.yml")).unwrap();
    assert!(text.ends_with("    answer: \"At the harbour.\\nOn Sundays.\"\n"), "{text}");
    assert!(!home.folder().join(&path).exists());
}
