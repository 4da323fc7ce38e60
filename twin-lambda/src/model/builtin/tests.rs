//! Questions to answers, all from the notes.

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
    reply(&persona, &Index::new(passages::of(&persona)), question)
}

#[test]
fn answers_are_quotes_from_the_notes() {
    let cases = [
        ("Do you take freelance projects?", "Yes, from March on."),
        ("are you available for freelancing", "Yes, from March on."),
        ("What's your email?", "email: ada@example.com"),
        ("How can I contact you?", "email: ada@example.com"),
        ("Where do you live?", "location: London, UK"),
        ("What do you do for work?", "current role: Engineer at Example Ltd"),
        ("where did you study?", "education: MSc Mathematics, Example University"),
        ("Tell me about compilers", "I have written compilers for ten years."),
        ("What are your hobbies?", "I sail on Sundays, and I bake bread."),
        ("Did you give talks?", "I spoke at RustConf about borrow checking."),
    ];
    for (question, quote) in cases {
        let answer = ask(question);
        assert!(answer.contains(quote), "{question}\n{answer}");
        assert!(!answer.contains(UNANSWERED), "{question}");
    }
}

#[test]
fn what_the_notes_do_not_say_it_does_not_know() {
    for question in
        ["What is your favourite opera?", "Capital of France?", "asdf", "Wie alt bist du?", "Never quoted?"]
    {
        let answer = ask(question);
        assert!(answer.ends_with(UNANSWERED), "{question}\n{answer}");
        assert!(answer.contains("ada@example.com"));
    }
}

#[test]
fn it_says_that_it_is_an_ai_twin() {
    for question in ["Who are you?", "hi", "Are you a real person?", "are you an AI?", "Hello!", "???"] {
        assert!(ask(question).starts_with("I am the AI twin of Ada Example: the built-in one"), "{question}");
    }
}

#[test]
fn filler_is_sorted_for_its_search() {
    let question = words::of_question("what is it about");
    assert!(question.words.is_empty() && question.is_about_the_twin);
}

proptest::proptest! {
    #[test]
    fn any_question_gets_an_answer(question in ".{0,60}") {
        proptest::prop_assert!(!ask(&question).is_empty());
    }
}
