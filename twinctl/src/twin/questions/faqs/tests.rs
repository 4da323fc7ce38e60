//! Files as owners write them, and what strangers ask.

use proptest::prelude::*;

use super::*;

const FAQ: Faq<'static> = Faq { id: "asked-0a1b2c3d", question: "Do you ski?", answer: "No: \"never\"." };

const FILES: [&str; 11] = [
    "",
    "# Answers that you want given as you wrote them.\n",
    "faqs:\n  - id: a\n    question: Q?\n    answer: >-\n      long\n      text\n",
    "faqs:\n- id: a   # zero\n  question: Q?\n  answer: A\nother: 1\n",
    "faqs:\n    - question: Q?\n      answer: |\n        # no comment\n\n        end\n\n# the end\n",
    "other:\n  - 1\nfaqs: []  # none yet\nlast: {a: b}\n",
    "faqs:\n",
    "title: x",
    "faqs:\r\n  - question: Q?\r\n    answer: A\r\n",
    "---\nfaqs:\n  # first\n  - {question: \"Q?\", answer: A}\n",
    "faqs:\n  - question: Q?\n    answer: A\n\n  # about b\n  - question: B\n    answer: B",
];

#[test]
fn an_answer_is_added_and_nothing_else_changes() {
    let shown = FILES.map(|file| with(file, &FAQ).unwrap().replace('\r', "␍"));
    insta::assert_snapshot!(shown.join("\n=====\n"));
}

#[test]
fn what_cannot_be_added_to_is_left_alone_and_the_lines_are_given() {
    for file in ["faqs: [{question: Q, answer: A}]\n", "- question: Q\n", "just words\n", "a: 1\n---\nb: 2\n"]
    {
        match with(file, &FAQ) {
            Err(QnaError::OtherForm { lines }) => assert!(lines.contains("question: \"Do you ski?\"")),
            Err(QnaError::NotYaml(_)) => assert!(file.contains("---"), "{file}"),
            Ok(text) => panic!("{text}"),
        }
    }
    assert!(matches!(with("faqs: [\n", &FAQ), Err(QnaError::NotYaml(_))));
}

#[test]
fn what_was_answered_is_known() {
    assert!(answer_to(FILES[10], "Q?").unwrap().is_some() && answer_to(FILES[10], "B").unwrap().is_some());
    assert_eq!(answer_to("", "Q?").unwrap(), None);
}

proptest! {
    #[test]
    fn whatever_is_asked_and_answered_comes_back(
        file in 0..FILES.len(), question in any::<String>(), answer in any::<String>(),
    ) {
        let text = with(FILES[file], &Faq { id: "asked-1", question: &question, answer: &answer }).unwrap();
        let again = with(&text, &FAQ).unwrap();
        prop_assert!(answer_to(&again, &question).unwrap().is_some());
        prop_assert!(answer_to(&again, FAQ.question).unwrap().is_some());
    }
}
