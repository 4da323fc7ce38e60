//! Tests of the system prompt and of the conversation in the prompt.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::config::Scope;
use crate::persona::File;

fn persona(texts: &[(File, &str)]) -> Persona {
    Persona::new(texts.iter().map(|(file, text)| (*file, (*text).to_owned())).collect::<BTreeMap<_, _>>())
}

fn full_persona() -> Persona {
    persona(&[
        (
            File::Facts,
            r#"{"full_name": "Ada Example", "name": "Ada", "skills": ["Rust", {"level": "high", "in": ["a", "b"]}], "gone": null}"#,
        ),
        (File::Qna, "faqs:\n  - id: 1\n    question: Why Rust?\n    answer: It is calm.\n"),
        (File::Summary, "I build </notes> things."),
        (File::Style, "Dry humour."),
        (File::CriticalRules, "Never talk about money."),
        (File::Sources, r#"[{"title": "Blog"}]"#),
    ])
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn the_default_system_prompt() {
    insta::assert_snapshot!(SystemPrompt::new(full_persona(), Scope::Owner).text);
}

#[test]
fn a_custom_system_prompt_keeps_the_rules_and_repeats_no_file() {
    let mut texts = vec![(
        File::SystemPrompt,
        "Be {full_name} ({name}) on {current_datetime}. {unknown} {\n{formatted_facts}\n{style}\n{num_rules} rules:\n{critical_rules}",
    )];
    texts.extend([
        (File::Facts, r#"{"full_name": "Ada Example", "motto": "{name}"}"#),
        (File::Style, "Dry."),
        (File::CriticalRules, "One.\nTwo."),
        (File::Me, "Me."),
    ]);
    insta::assert_snapshot!(SystemPrompt::new(persona(&texts), Scope::Owner).text);
}

#[test]
fn the_mark_of_private_data_is_explained_if_it_occurs() {
    let text = |note: &str| SystemPrompt::new(persona(&[(File::Summary, note)]), Scope::Owner).text;
    assert!(text("Call me at (left out).").contains("`(left out)` stands for private data. Never write it."));
    assert!(!text("I bake.").contains("private data"));
}

#[test]
fn long_notes_come_before_the_instructions_and_three_rules_after_them() {
    let long = "I keep bees. ".repeat(1_000);
    let default = SystemPrompt::new(persona(&[(File::Me, &long), (File::Style, "Dry.")]), Scope::Owner).text;
    let template = [(File::Me, long.as_str()), (File::SystemPrompt, "Be kind.")];
    let custom = SystemPrompt::new(persona(&template), Scope::Owner).text;
    for (text, before) in [(default, "# How to speak"), (custom, "Be kind.")] {
        let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part}"));
        assert!(at("</notes>") < at("# Rules") && at("</notes>") < at(before), "{before}");
        let (_, reminder) = text.split_once("# Remember").unwrap();
        assert_eq!(reminder.matches("\n- ").count(), 3);
    }
    assert!(!SystemPrompt::new(full_persona(), Scope::Owner).text.contains("# Remember"));
}

#[test]
fn homework_and_code_are_declined_unless_the_scope_is_any() {
    let text = |scope| SystemPrompt::new(full_persona(), scope).text;
    assert!(text(Scope::Owner).contains("such as homework, code"));
    assert!(!text(Scope::Any).contains("homework"));
}

#[test]
fn with_any_scope_no_rule_limits_other_subjects_to_the_notes() {
    let long = "I keep bees. ".repeat(1_000);
    for template in ["Be kind.", ""] {
        let texts = [(File::Me, long.as_str()), (File::SystemPrompt, template)];
        let text = |scope| SystemPrompt::new(persona(&texts), scope).text;
        assert_eq!(text(Scope::Owner).matches("nswer only from the notes").count(), 2, "rules and reminder");
        let any = text(Scope::Any);
        assert!(any.contains("help with other tasks"), "{template}");
        assert_eq!(any.matches("About the owner, answer only from the notes").count(), 2, "{template}");
        assert_eq!(any.matches("nswer only from the notes").count(), 2, "{template}");
    }
}

#[test]
fn the_owners_words_win_except_on_safety_and_on_being_an_ai() {
    let precedence = |file, text: &str| {
        let text = SystemPrompt::new(persona(&[(File::Me, "Me."), (file, text)]), Scope::Owner).text;
        let (_, rules) = text.split_once("# Rules").unwrap();
        rules.lines().nth(1).unwrap().to_owned()
    };
    for file in [File::SystemPrompt, File::CriticalRules, File::Style] {
        let line = precedence(file, "Help visitors with their code.");
        assert!(
            line.contains("own instructions, rules and style win over the rules 1, 2, 4 and 7"),
            "{line}"
        );
        assert!(
            line.ends_with("The rules 3, 5 and 6 always apply."),
            "being an AI, data, and secrecy: {line}"
        );
    }
    assert!(
        precedence(File::Summary, "I build.").starts_with("1. "),
        "the owner has written no instructions"
    );
    let long = "I keep bees. ".repeat(1_000);
    let files = [(File::Me, long.as_str()), (File::Style, "Dry."), (File::Facts, r#"{"name": "Ada"}"#)];
    let text = SystemPrompt::new(persona(&files), Scope::Owner).text;
    assert!(text.contains("- Follow Ada's own instructions. Otherwise: Answer only from the notes"));
}

#[test]
fn every_placeholder_is_filled() {
    for name in contract::data::PLACEHOLDERS {
        let template = format!("Before {{{name}}} after");
        let text =
            SystemPrompt::new(persona(&[(File::Me, "Me."), (File::SystemPrompt, &template)]), Scope::Owner)
                .text;
        assert!(text.starts_with("Before ") && !text.contains(&template), "{name}");
    }
}

#[test]
fn only_the_date_changes_from_day_to_day() {
    let system = Arc::new(SystemPrompt::new(full_persona(), Scope::Owner));
    let morning = build(Arc::clone(&system), &[], "Hi", 1_000, at("2026-03-01T07:00:01Z"));
    let evening = build(Arc::clone(&system), &[], "Hi", 1_000, at("2026-03-01T21:30:59Z"));
    assert_eq!(morning.today, "Today is Sunday, 1 March 2026.");
    assert_eq!(morning.today, evening.today);
    assert_eq!(SystemPrompt::new(full_persona(), Scope::Owner).text, system.text);
    assert!(!system.text.contains("2026"));
}

fn message(role: &str, content: &str) -> Message {
    let role = match role {
        "u" => Role::User,
        "a" => Role::Assistant,
        other => Role::Other(other.to_owned()),
    };
    Message::new(role, content.to_owned(), Timestamp::UNIX_EPOCH)
}

fn turns(history: &[(&str, &str)], budget: usize) -> String {
    let history: Vec<Message> = history.iter().map(|(role, text)| message(role, text)).collect();
    let turns = history::recent_turns(&history, "now?", budget);
    turns
        .iter()
        .map(|turn| format!("{:?}: {}", turn.role, turn.text.replace("\n\n", " + ")))
        .collect::<Vec<_>>()
        .join(" | ")
}

#[test]
fn turns_start_with_the_visitor_and_alternate() {
    let cases: [(&[(&str, &str)], &str); 6] = [
        (&[], "User: now?"),
        (&[("a", "hello")], "User: now?"),
        (&[("u", "1"), ("a", "2")], "User: 1 | Assistant: 2 | User: now?"),
        (&[("u", "1"), ("u", "2"), ("a", "3"), ("a", "4")], "User: 1 + 2 | Assistant: 3 + 4 | User: now?"),
        (&[("u", "1")], "User: 1 + now?"),
        (&[("system", "evil"), ("u", "1"), ("a", " "), ("a", "2")], "User: 1 | Assistant: 2 | User: now?"),
    ];
    for (history, expected) in cases {
        assert_eq!(turns(history, 1000), expected);
    }
}

#[test]
fn the_oldest_pairs_are_removed_first() {
    let long = "word ".repeat(20);
    let history = [("u", long.as_str()), ("a", &long), ("u", "new"), ("a", "er")];
    assert_eq!(turns(&history, 10), "User: new | Assistant: er | User: now?");
    assert_eq!(turns(&history, 0), "User: now?");
    assert_eq!(turns(&history, 2), "User: now?", "the question counts");
}

proptest! {
    #[test]
    fn arbitrary_histories_become_valid_turns(
        history in proptest::collection::vec(("[uax]", "[a-z ]{0,30}"), 0..12),
        budget in 0usize..60,
    ) {
        let history: Vec<Message> = history.iter().map(|(role, text)| message(role, text)).collect();
        let turns = history::recent_turns(&history, "now?", budget);
        prop_assert_eq!(&turns[0].role, &Role::User);
        prop_assert!(turns.last().unwrap().text.ends_with("now?"));
        prop_assert!(turns.windows(2).all(|pair| pair[0].role != pair[1].role));
    }

    /// The model receives the newest turns of any history, as many as fit, and the question last.
    #[test]
    fn history_is_in_the_context_in_order(
        history in proptest::collection::vec(("[uax]", "[a-z ]{0,30}"), 0..20),
        budget in 0usize..200,
    ) {
        let history: Vec<Message> = history.iter().map(|(role, text)| message(role, text)).collect();
        let texts = |budget| {
            let turns = history::recent_turns(&history, "now?", budget);
            turns.into_iter().map(|turn| turn.text).collect::<Vec<_>>()
        };
        let of_visitor = history.iter().position(|message| message.role == Role::User && !message.content.trim().is_empty());
        let said = history[of_visitor.unwrap_or(history.len())..].iter();
        let said = said.filter(|message| matches!(message.role, Role::User | Role::Assistant) && !message.content.trim().is_empty());
        let said: Vec<&str> = said.map(|message| message.content.as_str()).chain(["now?"]).collect();
        prop_assert_eq!(texts(usize::MAX).join("\n\n"), said.join("\n\n"));
        let (all, kept) = (texts(usize::MAX), texts(budget));
        prop_assert!(all.ends_with(&kept), "{:?}", kept);
        let used = |texts: &[String]| texts.iter().map(|text| estimate(text)).sum::<usize>();
        prop_assert!(kept.len() == 1 || used(&kept) <= budget);
        let next = &all[all.len() - (kept.len() + 2).min(all.len())..];
        prop_assert!(next.len() == kept.len() || used(next) > budget, "another pair fits: {:?}", next);
    }

    #[test]
    fn arbitrary_templates_are_filled(template in "[{}a-z_ ]{0,60}") {
        let text = SystemPrompt::new(persona(&[(File::Me, "Me."), (File::SystemPrompt, &template)]), Scope::Owner).text;
        prop_assert!(text.contains("# Rules"));
    }
}
