//! Tests of the job summary.

use reconcile::{Action, Change, Failure, Phase, Planned, Problem};

use super::*;
use crate::ui::to_continue;

fn change(field: &str, new: &str) -> Change {
    Change::new(field, Some("old".to_owned()), Some(new.to_owned()))
}

fn planned(node: &'static str, action: Action, changes: Vec<Change>) -> Planned {
    Planned { node, physical_name: None, action, changes, after: Vec::new() }
}

/// Returns the summary of a run with a plan of these changes. `add` adds events and messages.
fn summary_of(changes: Vec<Change>, exit: Exit, add: impl FnOnce(&Summary)) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("summary.md");
    let summary = Summary::in_file(file.clone());
    let plan = Plan {
        nodes: vec![planned("function", Action::Update, changes), planned("role", Action::Keep, vec![])],
    };
    summary.plan(&PlanView {
        title: "twin/dev · eu-west-1 · account 123456789012".to_owned(),
        plan: &plan,
        notes: Vec::new(),
        took: Duration::from_millis(412),
        verb: Verb::Deploy,
        details: false,
    });
    add(&summary);
    summary.write(exit).unwrap();
    std::fs::read_to_string(file).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_deploy() {
    insta::assert_snapshot!(summary_of(vec![change("memory", "512")], Exit::Done, |summary| {
        let took = Duration::from_millis(1_200);
        summary.on(Event::Finished { node: "function", outcome: Outcome::Updated, took });
        summary.warning("your credentials expire in 4 min");
        summary.address("https://d111111abcdef8.cloudfront.net");
    }));
}

#[tokio::test(start_paused = true)]
async fn a_plan() {
    insta::assert_snapshot!(summary_of(vec![change("memory", "512")], Exit::Pending, |_| {}));
}

#[tokio::test(start_paused = true)]
async fn a_failure() {
    insta::assert_snapshot!(summary_of(vec![change("memory", "512")], Exit::Failed, |summary| {
        let problem = Problem::Broken("```\n@ada arn:aws:iam::123456789012:role/x".to_owned());
        let failure = Failure { node: "function", phase: Phase::Converge, problem };
        let diagnostic = Diagnostic::failures([&failure], to_continue("twinctl deploy dev"));
        let took = Duration::from_millis(900);
        summary.on(Event::Finished { node: "function", outcome: Outcome::Failed(failure), took });
        summary.error(&diagnostic);
    }));
}

#[tokio::test(start_paused = true)]
async fn the_summary_never_exceeds_the_limit() {
    for count in [10, 1_000, 100_000] {
        let changes = (0..count).map(|n| change(&format!("variables.NAME_{n}"), "new")).collect();
        let text = summary_of(changes, Exit::Done, |_| {});
        assert!(text.len() <= LIMIT, "{}", text.len());
        assert_eq!(text.contains("lines are omitted here"), count == 100_000);
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("summary.md");
    std::fs::write(&file, "x".repeat(LIMIT - 10)).unwrap();
    let summary = Summary::in_file(file.clone());
    summary.error(&Diagnostic::new(Exit::Failed, "it failed"));
    summary.write(Exit::Failed).unwrap();
    assert_eq!(
        std::fs::metadata(&file).unwrap().len(),
        (LIMIT - 10) as u64,
        "nothing is written if it does not fit"
    );
}
