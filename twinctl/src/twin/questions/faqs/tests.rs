//! Tests with typical files and arbitrary questions.

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
fn an_answer_is_added_and_the_rest_is_unchanged() {
    let shown = FILES.map(|file| with_answer(file, &FAQ).unwrap().replace('\r', "␍"));
    insta::assert_snapshot!(shown.join("\n=====\n"));
}

#[test]
fn other_forms_are_reported_with_the_lines_to_add() {
    for file in ["faqs: [{question: Q, answer: A}]\n", "- question: Q\n", "just words\n", "a: 1\n---\nb: 2\n"]
    {
        match with_answer(file, &FAQ) {
            Err(QnaError::OtherForm { lines }) => assert!(lines.contains("question: \"Do you ski?\"")),
            Err(QnaError::NotYaml(_)) => assert!(file.contains("---"), "{file}"),
            Ok(text) => panic!("{text}"),
        }
    }
    assert!(matches!(with_answer("faqs: [\n", &FAQ), Err(QnaError::NotYaml(_))));
}

#[test]
fn existing_answers_are_found() {
    assert!(answer_to(FILES[10], "Q?").unwrap().is_some() && answer_to(FILES[10], "B").unwrap().is_some());
    assert_eq!(answer_to("", "Q?").unwrap(), None);
}

proptest! {
    #[test]
    fn every_question_and_answer_is_preserved(
        file in 0..FILES.len(), question in any::<String>(), answer in any::<String>(),
    ) {
        let text = with_answer(FILES[file], &Faq { id: "asked-1", question: &question, answer: &answer }).unwrap();
        let again = with_answer(&text, &FAQ).unwrap();
        prop_assert!(answer_to(&again, &question).unwrap().is_some());
        prop_assert!(answer_to(&again, FAQ.question).unwrap().is_some());
    }
}
