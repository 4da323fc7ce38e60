//! Tests of answers, which are quotes from the data files.

use std::collections::BTreeMap;

use super::*;
use crate::persona::File;

fn ada() -> Persona {
    let texts = [
        (
            File::Facts,
            r#"{"full_name": "Ada Example", "name": "Ada", "email": "ada@example.com", "location": "London, UK",
                "current_role": "Engineer at Example Ltd", "specialties": ["Rust", "teaching"],
                "education": [{"degree": "MSc Mathematics", "institution": "Example University"}]}"#,
        ),
        (
            File::Qna,
            "faqs:\n  - question: Do you take freelance projects?\n    answer: Yes, from March on.\n",
        ),
        (
            File::Summary,
            "I have written compilers for ten years.\n\nHobbies\n\nI sail on Sundays, and I bake bread.\n\n# Talks\nI spoke at RustConf about borrow checking.",
        ),
        (File::Style, "Never quoted."),
    ];
    Persona::new(texts.map(|(file, text)| (file, text.to_owned())).into_iter().collect::<BTreeMap<_, _>>())
}

fn ask(question: &str) -> String {
    let persona = ada();
    reply(&persona, &Index::new(passages::split(&persona)), question)
}

#[test]
fn answers_quote_the_notes() {
    let cases = [
        ("Do you take freelance projects?", "Yes, from March on."),
        ("are you available for freelancing", "Yes, from March on."),
        ("What's your email?", "email: ada@example.com"),
        ("How can I contact you?", "email: ada@example.com"),
        ("Where do you live?", "location: London, UK"),
        ("What do you do for work?", "current role: Engineer at Example Ltd"),
        ("What do you do?", "current role: Engineer at Example Ltd"),
        ("where did you study?", "education: MSc Mathematics, Example University"),
        ("Tell me about compilers", "I have written compilers for ten years."),
        ("What are your hobbies?", "I sail on Sundays, and I bake bread."),
        ("Did you give talks?", "I spoke at RustConf about borrow checking."),
    ];
    for (question, quote) in cases {
        let answer = ask(question);
        assert!(answer.contains(quote), "{question}\n{answer}");
        assert!(!answer.contains(UNANSWERED_MARK), "{question}");
    }
}

#[test]
fn questions_without_an_answer_in_the_notes_are_marked() {
    for question in
        ["What is your favorite opera?", "Capital of France?", "asdf", "Wie alt bist du?", "Never quoted?"]
    {
        let answer = ask(question);
        assert!(answer.ends_with(UNANSWERED_MARK), "{question}\n{answer}");
        assert!(answer.contains("ada@example.com"));
    }
}

#[test]
fn a_prepared_answer_takes_precedence_and_is_not_changed() {
    assert_eq!(ask("do you take FREELANCE projects"), "Yes, from March on.");
    let prepared = "faqs:\n  - {question: \"Are you real? Who are you?\", answer: Made up.}\n";
    let persona = Persona::new(BTreeMap::from([(File::Qna, prepared.to_owned())]));
    let ask = |question| reply(&persona, &Index::new(passages::split(&persona)), question);
    assert_eq!(ask("who are you"), "Made up.");
    assert_eq!(ask("Are you real?!"), "Made up.");
    for question in ["", "???", "Hello"] {
        assert!(ask(question).starts_with("I am the AI twin"), "{question}");
    }
}

#[test]
fn the_sample_persona_answers_typical_questions() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/sample/");
    let read = |(file, name)| (file, std::fs::read_to_string(format!("{folder}{name}")).unwrap());
    let files = [
        (File::Qna, "qna.yml"),
        (File::Facts, "facts.json"),
        (File::Summary, "summary.txt"),
        (File::Experience, "experience.yml"),
        (File::Skills, "skills.yml"),
        (File::Style, "style.txt"),
    ];
    let persona = Persona::new(files.map(read).into_iter().collect());
    assert_eq!(persona.problems(), [""; 0]);
    let index = Index::new(passages::split(&persona));
    let questions = [
        "Who are you?",
        "What do you do?",
        "How can I reach you?",
        "What are your skills?",
        "What projects have you built?",
        "Where do you live?",
        "Where did you study?",
        "What do you do in your free time?",
        "Are you real?",
        "What is your experience?",
        "What is the capital of France?",
    ];
    let answers = questions.map(|question| format!("> {question}\n{}\n", reply(&persona, &index, question)));
    insta::assert_snapshot!(answers.join("\n"));
}

#[test]
fn questions_about_the_twin_are_answered_with_an_introduction() {
    for question in ["Who are you?", "hi", "Are you a real person?", "are you an AI?", "Hello!", "???"] {
        assert!(ask(question).starts_with("I am the AI twin of Ada Example: the built-in one"), "{question}");
    }
}

#[test]
fn stop_words_are_sorted() {
    let question = words::parse_question("what is it about");
    assert!(question.words.is_empty() && question.is_about_twin);
}

proptest::proptest! {
    #[test]
    fn every_question_gets_an_answer(question in ".{0,60}") {
        proptest::prop_assert!(!ask(&question).is_empty());
    }
}
