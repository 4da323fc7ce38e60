//! What the log service does that the emulator is too kind for.

use serde_json::{Value, json};

use super::*;
use crate::{
    targets::aws::script::{Reply, Script, json_error, ok},
    twin::logs::Source,
    ui::{Exit, Mode, paper::on_paper},
};

/// Of a fixed moment, in milliseconds.
const THEN: i64 = 1_795_237_310_000;

fn event(id: &str, seconds: i64, message: &str) -> Value {
    json!({ "eventId": id, "timestamp": THEN + seconds * 1000, "message": message })
}

fn page(events: &[Value], next: Option<&str>) -> Reply {
    ok(&json!({ "events": events, "nextToken": next }).to_string())
}

fn throttled() -> Reply {
    json_error(400, "ThrottlingException", "Rate exceeded")
}

/// The lines of one look after the other.
async fn looks(script: &Script, count: usize) -> Vec<String> {
    let cloud = script.cloud();
    let mut log = GroupLog { cloud: &cloud, group: "/twin", from: THEN, seen: HashMap::new() };
    let mut lines = Vec::new();
    for _ in 0..count {
        log.look(&mut |line| lines.push(line.json())).await.unwrap();
        lines.push("--".to_owned());
    }
    lines
}

#[tokio::test]
async fn pages_are_followed_also_through_empty_ones() {
    let (a, b) = (event("1", 0, r#"{"n":1}"#), event("2", 1, r#"{"n":2}"#));
    let script =
        Script::new().on("FilterLogEvents", [page(&[a], Some("x")), page(&[], Some("y")), page(&[b], None)]);
    assert_eq!(looks(&script, 1).await, [r#"{"n":1}"#, r#"{"n":2}"#, "--"]);
    assert_eq!(script.log().len(), 3);
}

#[tokio::test]
async fn a_late_line_is_shown_and_none_twice() {
    let [early, late, last] =
        [("1", 40), ("2", 20), ("3", 100)].map(|(id, at)| event(id, at, &format!("{{\"n\":{id}}}")));
    let both = page(&[late.clone(), early.clone()], None);
    let script = Script::new().on(
        "FilterLogEvents",
        [
            page(std::slice::from_ref(&early), None),
            both,
            page(&[late, early, last.clone()], None),
            page(&[last], None),
        ],
    );
    let shown = looks(&script, 4).await;
    assert_eq!(shown, [r#"{"n":1}"#, "--", r#"{"n":2}"#, "--", r#"{"n":3}"#, "--", "--"]);
}

#[tokio::test]
async fn what_was_seen_is_kept_only_while_it_can_come_again() {
    let script =
        Script::new().on("FilterLogEvents", [page(&[event("1", 0, "a"), event("2", 60, "b")], None)]);
    let cloud = script.cloud();
    let mut log = GroupLog { cloud: &cloud, group: "/twin", from: THEN - 1, seen: HashMap::new() };
    log.look(&mut |_| {}).await.unwrap();
    assert_eq!((log.from, log.seen.len()), (THEN + 30_000, 1));
}

fn asked(source: Source) -> LogQuery {
    // Longer ago than the fixed moment.
    LogQuery { source, since: Duration::from_hours(24 * 365 * 50), follow: false }
}

#[tokio::test(start_paused = true)]
async fn a_busy_service_is_asked_again_and_one_that_stays_busy_is_an_error() {
    let line = r#"{"level":"info","message":"ready"}"#;
    let script =
        Script::new().on("FilterLogEvents", [throttled(), throttled(), page(&[event("1", 0, line)], None)]);
    let (ui, people, data) = on_paper(Mode::Lines);
    cloud_logs(&script.cloud(), "/twin", asked(Source::Twin), "dev", &ui).await.unwrap();
    assert_eq!(data.text(), "2026-11-21T05:01:50Z info  ready\n");
    assert_eq!(people.text().matches("trying again").count(), 1, "{}", people.text());

    let script = Script::new().on("FilterLogEvents", [throttled()]);
    let failed = cloud_logs(&script.cloud(), "/twin", asked(Source::Twin), "dev", &ui).await;
    assert_eq!((failed.unwrap_err().exit, script.log().len()), (Exit::Failed, 4));
}

#[tokio::test]
async fn the_requests_are_in_the_same_group() {
    let visit = r#"{"requestId":"r","time":"?","method":"GET","path":"/","status":"200","latencyMs":"12","error":"-"}"#;
    let events = [event("1", 0, visit), event("2", 1, r#"{"level":"info","message":"ready"}"#)];
    let script = Script::new().on("FilterLogEvents", [page(&events, None)]);
    let (ui, _, data) = on_paper(Mode::Lines);
    cloud_logs(&script.cloud(), "/twin", asked(Source::Requests), "dev", &ui).await.unwrap();
    assert_eq!(data.text(), "2026-11-21T05:01:50Z info  GET / 200 · 12 ms\n");
}

#[tokio::test]
async fn no_group_and_no_right_are_told() {
    let ended = async |reply| {
        let script = Script::new().on("FilterLogEvents", [reply]);
        let (ui, ..) = on_paper(Mode::Lines);
        cloud_logs(&script.cloud(), "/twin", asked(Source::Twin), "dev", &ui).await.unwrap_err()
    };
    let absent = ended(json_error(400, "ResourceNotFoundException", "no such group")).await;
    assert_eq!((absent.exit, absent.message.as_str()), (Exit::Unhealthy, "`dev` has no logs yet"));
    let denied = ended(json_error(400, "AccessDeniedException", "not you")).await;
    assert_eq!(denied.exit, Exit::Access);
    assert!(denied.hints[0].contains("logs:FilterLogEvents"), "{denied:?}");
}
