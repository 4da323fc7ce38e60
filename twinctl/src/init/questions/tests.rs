//! Tests with whole dialogs, as the terminal shows them.

use super::*;
use crate::init::terraform::Terraform;

const ALL: OpenQuestions = OpenQuestions { base: true, local: true, owner: true };

/// A terminal with prepared answers.
#[derive(Default)]
struct Typist {
    answers: Vec<&'static str>,
    seen: String,
}

impl Dialog for Typist {
    fn ask(&mut self, prompt: &str) -> Option<String> {
        let typed = if self.answers.is_empty() { None } else { Some(self.answers.remove(0)) };
        self.seen.extend([prompt, " ", typed.unwrap_or("^D"), "\n"]);
        typed.map(str::to_owned)
    }

    fn say(&mut self, text: &str) {
        self.seen.extend([text, "\n"]);
    }
}

fn talk(
    answers: &[&'static str],
    given: GivenAnswers,
    open: OpenQuestions,
    found: &Existing,
) -> (Option<Answers>, String) {
    let mut typist = Typist { answers: answers.to_vec(), ..Typist::default() };
    let answered = ask(&mut typist, given, open, found);
    assert!(answered.is_none() || typist.answers.is_empty(), "not asked: {:?}", typist.answers);
    (answered, typist.seen)
}

/// Project and region.
fn words(answers: &Answers) -> (&str, &str) {
    (answers.project.as_ref().unwrap().as_str(), answers.region.as_ref().unwrap().as_str())
}

fn nothing() -> Existing {
    Existing::default()
}

#[test]
fn enter_accepts_every_default() {
    let (answers, seen) = talk(&["", "", "", ""], GivenAnswers::default(), ALL, &nothing());
    let answers = answers.unwrap();
    assert_eq!(answers, ask(&mut Defaults, GivenAnswers::default(), ALL, &nothing()).unwrap());
    assert_eq!(words(&answers), ("twin", "us-east-1"));
    assert_eq!((answers.model, answers.owner), (Some(Model::Builtin), Owner::default()));
    insta::assert_snapshot!(seen);
}

#[test]
fn invalid_answers_are_asked_for_again() {
    let typed = [
        "Mira Vale",
        "Map-maker",
        "mira@",
        "mira@vale.example",
        "Mira's Twin",
        "mira",
        "4",
        "ollama",
        "localhost",
        "",
        "qwen3:4b",
        "perhaps",
        "y",
        "mars",
        "eu-west-1",
    ];
    let (answers, seen) = talk(&typed, GivenAnswers::default(), ALL, &nothing());
    let answers = answers.unwrap();
    assert!(answers.wants_aws);
    insta::assert_snapshot!(format!("{seen}\n{answers:#?}"));
}

#[test]
fn given_and_existing_answers_are_not_asked_for() {
    let given = GivenAnswers {
        owner: Owner {
            name: "Mira Vale".parse().ok(),
            role: "x".parse().ok(),
            email: "y@z.example".parse().ok(),
        },
        project: "mira".parse().ok(),
        model: Some(ModelKind::Bedrock),
        region: "eu-west-1".parse().ok(),
        ..GivenAnswers::default()
    };
    assert_eq!(talk(&[], given, ALL, &nothing()).1, "");
    let closed = OpenQuestions { base: false, local: false, owner: false };
    assert_eq!(talk(&[], GivenAnswers::default(), closed, &nothing()).1, "");
}

#[test]
fn an_existing_twin_provides_the_defaults() {
    let base = [("project", "ada"), ("region", "eu-west-1")];
    let base = base.map(|(path, value)| (path.to_owned(), value.to_owned())).into();
    let terraform = Terraform { base, openai: Some("gpt-4o".to_owned()), ..Terraform::default() };
    let found = Existing { terraform: Some(terraform), ..Existing::default() };
    let (answers, seen) = talk(&["", "", "", "", "", "y", ""], GivenAnswers::default(), ALL, &found);
    let answers = answers.unwrap();
    assert_eq!(words(&answers), ("ada", "eu-west-1"));
    let model = Model::OpenAi { id: "gpt-4o".parse().unwrap(), base_url: None };
    assert_eq!(answers.model, Some(model), "{seen}");
}

#[test]
fn the_end_of_the_input_is_not_an_answer() {
    for answered in 0..4 {
        assert_eq!(talk(&["", "", "", ""][..answered], GivenAnswers::default(), ALL, &nothing()).0, None);
    }
    assert_eq!(take_over(&mut Typist::default()), None);
    assert_eq!(take_over(&mut Defaults), Some(true));
}
