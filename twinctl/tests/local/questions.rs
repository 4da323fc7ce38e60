//! What a local twin could not answer: listed, answered in the owner's file, known after the next deploy.

use std::fs;

use serde_json::Value;
use testbed::wait;

use crate::home::Home;

const QUESTION: &str = "Which instruments can be rented nearby?";

#[testbed::test]
fn a_question_without_an_answer_gets_one() {
    let home = Home::new();
    home.run(&["questions", "local"])
        .exits_with(8)
        .reports("`local` is not deployed and stores no conversations");
    home.deploy().exits_with(0);
    home.run(&["questions", "local"]).exits_with(0).reports("there are no unanswered questions");
    home.run(&["chat", "local", QUESTION]).exits_with(0);
    home.run(&["chat", "local", "Unrelated \u{1b}[2J zebra crossing?"]).exits_with(0);

    let listed = home.run(&["questions", "local"]).exits_with(0).stdout;
    assert_eq!(listed.lines().count(), 2, "{listed}");
    assert!(listed.contains("␛[2J") && !listed.contains('\u{1b}'), "{listed}");
    let id = |word: &str| listed.lines().find(|line| line.contains(word)).unwrap()[..8].to_owned();
    let json = home.run(&["questions", "local", "--json"]).exits_with(0).stdout;
    let total: Value = serde_json::from_str(json.lines().last().unwrap()).unwrap();
    assert_eq!((&total["kind"], &total["total"]), (&"questions".into(), &2.into()));

    home.run(&["questions", "local", "--answer"])
        .exits_with(2)
        .reports("cannot ask for an answer: there is no terminal");
    home.run(&["questions", "local", "--answer", "zz", "x"])
        .exits_with(2)
        .reports("there is no question `zz`");
    home.run(&["questions", "local", "--answer", &id("instr"), " "])
        .exits_with(2)
        .reports("the answer is empty");
    home.run(&["questions", "local", "--dismiss", &id("zebra")])
        .exits_with(0)
        .reports("dismissed: Unrelated");
    let answer = "The \"harp\": ask at the harbour.";
    home.run(&["questions", "local", "--answer", &id("instr"), answer])
        .exits_with(0)
        .reports("twinctl upload-data local");
    home.run(&["questions", "local"]).exits_with(0).reports("there are no unanswered questions");
    assert!(fs::read_to_string(home.join("data/qna.yml")).unwrap().contains(QUESTION));

    home.deploy().exits_with(0);
    // The twin reads its files again once a second.
    let told = || home.run(&["chat", "local", QUESTION]).exits_with(0).stdout == format!("{answer}\n");
    wait::until("the twin knows the answer", told);
    home.deploy().exits_with(0).reports("nothing to change");
}

#[testbed::test]
fn an_answer_may_be_piped_and_a_file_that_cannot_be_added_to_stays_as_it_is() {
    let home = Home::new();
    let note = format!("{{\"question\": \"{QUESTION}\", \"asked_at\": \"2026-11-20T10:00:00Z\"}}");
    let path = format!(".twinctl/local/local/memory/questions/{}.json", "3f".repeat(16));
    home.write(&path, &note);
    home.write("data/qna.yml", "faqs: [{question: Q, answer: A}]\n");
    let refused = home.run(&["questions", "local", "--answer", "3f", "At the harbour."]).exits_with(6);
    refused.reports("add the answer by hand");
    refused.reports("    answer: \"At the harbour.\"");
    assert!(home.join(&path).exists());

    home.write("data/qna.yml", "faqs:\n  - question: Q\n    answer: A\n");
    home.run_with_input(&["questions", "local", "--answer", "3f"], "At the harbour.\nOn Sundays.\n")
        .exits_with(0);
    let text = fs::read_to_string(home.join("data/qna.yml")).unwrap();
    assert!(text.ends_with("    answer: \"At the harbour.\\nOn Sundays.\"\n"), "{text}");
    assert!(!home.join(&path).exists());
}
