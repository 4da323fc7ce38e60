//! Unanswered questions: listed, answered in `qna.yml`, and known after the next deploy.

use std::fs;

use serde_json::Value;
use testbed::wait;

use crate::twin::Twin;

const QUESTION: &str = "Which instruments can be rented nearby?";

#[testbed::test]
fn an_unanswered_question_is_answered() {
    let twin = Twin::new();
    twin.run(&["questions", "local"])
        .exits_with(8)
        .reports("`local` is not deployed and stores no conversations");
    twin.deploy().exits_with(0);
    twin.run(&["questions", "local"]).exits_with(0).reports("there are no unanswered questions");
    twin.run(&["chat", "local", QUESTION]).exits_with(0);
    twin.run(&["chat", "local", "Unrelated \u{1b}[2J zebra crossing?"]).exits_with(0);

    let listed = twin.run(&["questions", "local"]).exits_with(0).stdout;
    assert_eq!(listed.lines().count(), 2, "{listed}");
    assert!(listed.contains("␛[2J") && !listed.contains('\u{1b}'), "{listed}");
    let id = |word: &str| listed.lines().find(|line| line.contains(word)).unwrap()[..8].to_owned();
    let json = twin.run(&["questions", "local", "--json"]).exits_with(0).stdout;
    let total: Value = serde_json::from_str(json.lines().last().unwrap()).unwrap();
    assert_eq!((&total["kind"], &total["total"]), (&"questions".into(), &2.into()));

    twin.run(&["questions", "local", "--answer"])
        .exits_with(2)
        .reports("cannot ask for an answer: there is no terminal");
    twin.run(&["questions", "local", "--answer", "zz", "x"])
        .exits_with(2)
        .reports("there is no question `zz`");
    twin.run(&["questions", "local", "--answer", &id("instr"), " "])
        .exits_with(2)
        .reports("the answer is empty");
    twin.run(&["questions", "local", "--dismiss", &id("zebra")])
        .exits_with(0)
        .reports("dismissed: Unrelated");
    let answer = "The \"harp\": ask at the harbour.";
    twin.run(&["questions", "local", "--answer", &id("instr"), answer])
        .exits_with(0)
        .reports("twinctl upload-data local");
    twin.run(&["questions", "local"]).exits_with(0).reports("there are no unanswered questions");
    assert!(fs::read_to_string(twin.join("data/qna.yml")).unwrap().contains(QUESTION));

    twin.deploy().exits_with(0);
    // The twin reads its files once per second.
    let told = || twin.run(&["chat", "local", QUESTION]).exits_with(0).stdout == format!("{answer}\n");
    wait::until("the twin knows the answer", told);
    twin.deploy().exits_with(0).reports("nothing to change");
}

#[testbed::test]
fn an_answer_can_be_piped_and_an_unsuitable_file_is_unchanged() {
    let twin = Twin::new();
    let note = format!("{{\"question\": \"{QUESTION}\", \"asked_at\": \"2026-11-20T10:00:00Z\"}}");
    let path = format!(".twinctl/local/local/memory/questions/{}.json", "3f".repeat(16));
    twin.write(&path, &note);
    twin.write("data/qna.yml", "faqs: [{question: Q, answer: A}]\n");
    let refused = twin.run(&["questions", "local", "--answer", "3f", "At the harbour."]).exits_with(6);
    refused.reports("add the answer by hand");
    refused.reports("    answer: \"At the harbour.\"");
    assert!(twin.join(&path).exists());

    twin.write("data/qna.yml", "faqs:\n  - question: Q\n    answer: A\n");
    twin.run_with_input(&["questions", "local", "--answer", "3f"], "At the harbour.\nOn Sundays.\n")
        .exits_with(0);
    let text = fs::read_to_string(twin.join("data/qna.yml")).unwrap();
    assert!(text.ends_with("    answer: \"At the harbour.\\nOn Sundays.\"\n"), "{text}");
    assert!(!twin.join(&path).exists());
}
