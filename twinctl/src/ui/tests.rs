//! Tests of each output mode: what is printed on stdout and on stderr.

use reconcile::{Action, Change, Class, Event, Failure, Outcome, Phase, Plan, Planned, Problem};
use serde_json::json;

use std::time::Duration;

use super::{
    capture::{captured, captured_on_runner},
    *,
};
use crate::ui::{Exit, Location, to_continue, to_repeat};

fn milliseconds(count: u64) -> Duration {
    Duration::from_millis(count)
}

fn failure() -> Failure {
    let problem = Problem::Broken("it was refused\nfor a reason".to_owned());
    Failure { node: "http api", phase: Phase::Converge, problem }
}

/// Returns one event of each kind, some of them twice.
fn all_events() -> Vec<Event> {
    let retry = |node| {
        let error = "TooManyRequestsException: Rate exceeded".to_owned();
        Event::Retrying { node, class: Class::Throttled, error, delay: milliseconds(1_000) }
    };
    let finished = |node, outcome, took| Event::Finished { node, outcome, took: milliseconds(took) };
    vec![
        Event::Observing { nodes: 2 },
        Event::Observed { node: "function" },
        Event::Observed { node: "distribution" },
        Event::Started { node: "function", action: Action::Update },
        Event::Started { node: "memory bucket", action: Action::Leave("it is yours".to_owned()) },
        retry("function"),
        retry("function"),
        Event::Progress { node: "function", text: "12 of 40 MB".to_owned() },
        finished("function", Outcome::Updated, 1_200),
        Event::Started { node: "distribution", action: Action::Create },
        Event::Waiting { node: "distribution", reason: "CloudFront to deploy it".to_owned() },
        finished("distribution", Outcome::InProgress("CloudFront to deploy it".to_owned()), 62_000),
        finished("memory bucket", Outcome::Unchanged, 20),
        finished("http api", Outcome::Failed(failure()), 900),
        finished("alarms", Outcome::Skipped { because: "http api" }, 0),
        finished("gateway", Outcome::Halted, 10),
        Event::Verifying { nodes: 2 },
        Event::Verified,
    ]
}

fn show(ui: &Ui) {
    let observer = ui.observer();
    for event in all_events() {
        observer.on(event);
    }
}

fn a_plan() -> Plan {
    let change = Change::new("memory", Some("256".to_owned()), Some("512".to_owned()));
    let planned =
        |node, action, changes, after| Planned { node, physical_name: None, action, changes, after };
    Plan {
        nodes: vec![
            planned("function", Action::Update, vec![change], vec![]),
            planned("http api", Action::Recheck, vec![], vec!["function"]),
            planned("memory bucket", Action::Leave("it is yours".to_owned()), vec![], vec![]),
        ],
    }
}

fn view(plan: &Plan) -> PlanView<'_> {
    let title = "twin/dev · eu-west-1".to_owned();
    PlanView {
        title,
        plan,
        notes: vec!["a note".to_owned()],
        took: milliseconds(412),
        verb: Verb::Deploy,
        details: false,
    }
}

#[test]
fn plain_lines_print_repeated_events_once() {
    let (ui, people, data) = captured(Mode::Lines);
    show(&ui);
    insta::assert_snapshot!("run_in_lines", people.text());
    assert_eq!(data.text(), "");
}

#[tokio::test(start_paused = true)]
async fn plain_lines_print_progress_every_two_seconds() {
    let (ui, people, _) = captured(Mode::Lines);
    let observer = ui.observer();
    observer.on(Event::Started { node: "persona", action: Action::Update });
    for done in 1..=40 {
        tokio::time::advance(milliseconds(130)).await;
        observer.on(Event::Progress { node: "persona", text: format!("{done} of 40 files") });
    }
    insta::assert_snapshot!(people.text(), @"
    persona: updating
    persona: 16 of 40 files
    persona: 32 of 40 files
    ");
}

#[test]
fn animated_output_leaves_one_line_per_finished_resource() {
    let (ui, people, data) = captured(Mode::Live);
    show(&ui);
    insta::assert_snapshot!("run_live", people.text());
    assert_eq!(data.text(), "");
}

#[test]
fn json_is_one_flat_object_per_line() {
    let (ui, people, data) = captured(Mode::Json);
    ui.plan(&view(&a_plan()));
    show(&ui);
    ui.object("outputs", json!({ "url": "https://example.com" }));
    insta::assert_snapshot!("run_in_json", data.text());
    assert_eq!(people.text(), "");
}

#[test]
fn with_json_stdout_contains_only_objects() {
    let (ui, people, data) = captured(Mode::Json);
    ui.say("hello");
    ui.data("https://example.com");
    ui.warn("careful");
    ui.error(&Diagnostic::new(Exit::Locked, "held").cause("by ann").hint("wait"));
    insta::assert_snapshot!(data.text(), @r#"
    {"kind":"warning","message":"careful","version":1}
    {"causes":["by ann"],"exit_code":4,"hints":["wait"],"kind":"error","message":"held","version":1}
    "#);
    insta::assert_snapshot!(people.text(), @r"
    error: held
      by ann

    hint: wait
    ");
}

#[test]
fn without_json_stdout_contains_only_the_result() {
    let (ui, people, data) = captured(Mode::Lines);
    ui.plan(&view(&a_plan()));
    ui.say("hello");
    ui.warn("careful");
    ui.error(&Diagnostic::new(Exit::Failed, "it failed"));
    ui.object("outputs", json!({ "url": "https://example.com" }));
    ui.data("https://example.com");
    assert_eq!(data.text(), "https://example.com\n");
    insta::assert_snapshot!(people.text());
}

#[test]
fn a_runner_gets_annotations_and_no_other_workflow_commands() {
    let (ui, people, data) = captured_on_runner(Mode::Lines);
    ui.say("::add-mask::a value");
    ui.warn("100% careful\nreally");
    ui.error(&Diagnostic::new(Exit::Locked, "held").cause("by ann").hint("wait"));
    let location = |line, message: &str| Location {
        path: "environments/dev.yaml".into(),
        line,
        column: 5,
        message: message.to_owned(),
    };
    let locations = Box::new([location(3, "no such key"), location(9, "no number\ndid you mean 9?")]);
    ui.error(&Diagnostic { locations, ..Diagnostic::rendered(Exit::Environment, "error: two".to_owned()) });
    insta::assert_snapshot!(people.text().replace('\u{200b}', "␣"), @r"
    ␣::add-mask::a value
    ::warning title=twinctl::100%25 careful%0Areally

    error: held
      by ann

    hint: wait

    ::error title=twinctl::held%0Aby ann%0Await

    error: two

    ::error file=environments/dev.yaml,line=3,col=5,title=twinctl::no such key
    ::error file=environments/dev.yaml,line=9,col=5,title=twinctl::no number%0Adid you mean 9?
    ");
    assert_eq!(data.text(), "");
}

#[test]
fn with_json_no_questions_are_asked() {
    let (ui, people, _) = captured(Mode::Json);
    assert_eq!(ui.ask("Continue?"), Answer::NoTerminal);
    assert_eq!(ui.ask_for("The name:"), None);
    assert_eq!(people.text(), "");
}

/// Lets time pass during a run.
async fn pass(ui: &Ui, seconds: u64) {
    let ended = tokio::time::timeout(Duration::from_secs(seconds), ui.show_progress()).await;
    assert!(ended.is_err(), "`show_progress` returned");
}

#[tokio::test(start_paused = true)]
async fn slow_operations_are_reported_every_ten_seconds() {
    let (ui, people, _) = captured(Mode::Lines);
    let observer = ui.observer();
    pass(&ui, 25).await;
    assert_eq!(people.text(), "", "nothing is printed while nothing runs");
    observer.on(Event::Observing { nodes: 12 });
    observer.on(Event::Observed { node: "role" });
    pass(&ui, 11).await;
    observer.on(Event::Started { node: "function", action: Action::Update });
    observer.on(Event::Started { node: "distribution", action: Action::Create });
    pass(&ui, 7).await;
    observer.on(Event::Waiting { node: "distribution", reason: "CloudFront to deploy it".to_owned() });
    pass(&ui, 24).await;
    insta::assert_snapshot!(people.text(), @r"
    checking 12 resources
    still checking 12 resources … 1/12
    function: updating
    distribution: creating
    distribution: waiting for CloudFront to deploy it
    function: still updating after 17 s
    distribution: still creating after 17 s, waiting for CloudFront to deploy it
    function: still updating after 27 s
    distribution: still creating after 27 s, waiting for CloudFront to deploy it
    ");
}

#[tokio::test(start_paused = true)]
async fn with_json_slow_operations_are_not_reported() {
    let (ui, people, data) = captured(Mode::Json);
    ui.observer().on(Event::Started { node: "function", action: Action::Update });
    let before = data.text();
    pass(&ui, 60).await;
    assert_eq!((people.text(), data.text()), (String::new(), before));
}

#[test]
fn a_diagnostic_reports_which_nodes_failed() {
    let one = Diagnostic::failures([&failure()], to_continue("twinctl deploy dev"));
    let other = Failure { node: "function", ..failure() };
    let both = Diagnostic::failures([&failure(), &other], to_repeat("twinctl deploy dev"));
    assert!(one.reports_failure_of("http api") && !one.reports_failure_of("function"));
    assert!(both.reports_failure_of("http api") && both.reports_failure_of("function"));
    assert!(!both.reports_failure_of("distribution"));
    let hints = [one, both].map(|diagnostic| diagnostic.hints.last().unwrap().clone());
    assert_eq!(
        hints,
        [
            "completed steps are kept; run `twinctl deploy dev` again to continue",
            "nothing was changed; run `twinctl deploy dev` again",
        ]
    );
}
