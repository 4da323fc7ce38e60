//! Tests of the text of the comment.

use std::time::Duration;

use reconcile::{Action, Change, Plan, Planned};

use super::*;
use crate::ui::{Exit, Verb};

fn pull() -> PullRequest {
    PullRequest {
        repository: "ada/twin".to_owned(),
        number: 7,
        commit: Some("5d41402abc4b2a76b9719d911017c592".to_owned()),
        from_fork: false,
        run: Some("https://github.com/ada/twin/actions/runs/42/attempts/1".to_owned()),
    }
}

fn comment_text(lines: usize) -> String {
    let change = |n| Change::new(format!("variables.NAME_{n}"), Some("é".repeat(9)), Some("🌈".repeat(9)));
    let changes = (0..lines).map(change).collect();
    let plan = Plan {
        nodes: vec![Planned {
            node: "function",
            physical_name: None,
            action: Action::Update,
            changes,
            after: vec![],
        }],
    };
    let view = PlanView {
        title: "twin/dev · eu-west-1 · account 123456789012".to_owned(),
        plan: &plan,
        notes: vec![],
        took: Duration::from_millis(412),
        verb: Verb::Deploy,
        details: false,
    };
    text(Path::new("environments/dev.yaml"), Ok(&view), &pull())
}

#[test]
fn a_short_plan_is_complete() {
    insta::assert_snapshot!(comment_text(3));
}

#[test]
fn a_long_plan_is_shortened_to_the_limit() {
    for lines in [10, 1_000, 100_000] {
        let text = comment_text(lines);
        assert!(text.len() <= LONGEST, "{}", text.len());
        assert!(text.starts_with("### Plan for `twin/dev"));
        assert!(text.contains("1 to update · checked in"));
        assert!(text.ends_with("</sub>\n"));
        assert_eq!(text.contains("lines are omitted"), lines > 500);
    }
    let text = comment_text(100_000);
    let (_, end) = text.rsplit_once("variables.NAME_").unwrap();
    insta::assert_snapshot!(end);
}

#[test]
fn a_failed_plan_is_posted_without_its_causes() {
    let private = "facts.json, line 3: `0171 1234567` is a phone number";
    let diagnostic = Diagnostic::new(Exit::Environment, "your files cannot be used").cause(private);
    insta::assert_snapshot!(text(Path::new("environments/dev.yaml"), Err(&diagnostic), &pull()));
}

#[test]
fn a_path_cannot_end_the_marker() {
    assert_eq!(marker(Path::new("a-->b/dev.yaml")), "<!-- twinctl plan a- -b/dev.yaml -->");
}
