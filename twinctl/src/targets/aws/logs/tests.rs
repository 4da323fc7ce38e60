//! Responses of `CloudWatch` Logs that the emulator does not give.

use serde_json::{Value, json};

use super::*;
use crate::{
    targets::aws::script::{Reply, Script, json_error, ok},
    twin::logs::Source,
    ui::{Exit, Mode, capture::captured},
};

/// A fixed time, in milliseconds.
const START: i64 = 1_795_237_310_000;

fn event(id: &str, seconds: i64, message: &str) -> Value {
    json!({ "eventId": id, "timestamp": START + seconds * 1000, "message": message })
}

fn page(events: &[Value], next: Option<&str>) -> Reply {
    ok(&json!({ "events": events, "nextToken": next }).to_string())
}

fn throttled() -> Reply {
    json_error(400, "ThrottlingException", "Rate exceeded")
}

/// Polls `count` times. Returns the lines, with `--` after the lines of each poll.
async fn poll(script: &Script, count: usize) -> Vec<String> {
    let cloud = script.cloud();
    let from = Timestamp::from_millisecond(START).unwrap();
    let mut log = GroupLog { cloud: &cloud, groups: &["/twin"], position: LogPosition::at(from) };
    let mut lines = Vec::new();
    for _ in 0..count {
        log.poll(&mut |line| lines.push(line.json())).await.unwrap();
        lines.push("--".to_owned());
    }
    lines
}

#[tokio::test]
async fn pages_after_an_empty_page_are_read() {
    let (a, b) = (event("1", 0, r#"{"n":1}"#), event("2", 1, r#"{"n":2}"#));
    let script =
        Script::new().on("FilterLogEvents", [page(&[a], Some("x")), page(&[], Some("y")), page(&[b], None)]);
    assert_eq!(poll(&script, 1).await, [r#"{"n":1}"#, r#"{"n":2}"#, "--"]);
    assert_eq!(script.log().len(), 3);
}

#[tokio::test]
async fn late_lines_are_printed_and_no_line_is_printed_twice() {
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
    let printed = poll(&script, 4).await;
    assert_eq!(printed, [r#"{"n":1}"#, "--", r#"{"n":2}"#, "--", r#"{"n":3}"#, "--", "--"]);
}

#[tokio::test]
async fn old_lines_are_forgotten() {
    let script =
        Script::new().on("FilterLogEvents", [page(&[event("1", 0, "a"), event("2", 60, "b")], None)]);
    let cloud = script.cloud();
    let from = Timestamp::from_millisecond(START - 1).unwrap();
    let mut log = GroupLog { cloud: &cloud, groups: &["/twin"], position: LogPosition::at(from) };
    log.poll(&mut |_| {}).await.unwrap();
    assert_eq!((log.position.from, log.position.known.len()), (START + 30_000, 1));
}

fn query(source: Source) -> LogQuery {
    // Includes the fixed time.
    let since = Duration::from_hours(24 * 365 * 50);
    LogQuery { source, since, follow: false, errors: false, correlation: None }
}

#[tokio::test(start_paused = true)]
async fn throttled_reads_are_repeated_a_limited_number_of_times() {
    let line = r#"{"level":"info","message":"ready"}"#;
    let script =
        Script::new().on("FilterLogEvents", [throttled(), throttled(), page(&[event("1", 0, line)], None)]);
    let (ui, people, data) = captured(Mode::Lines);
    cloud_logs(&script.cloud(), &["/twin"], query(Source::Twin), "dev", &ui).await.unwrap();
    assert_eq!(data.text(), "2026-11-21T05:01:50Z info  ready\n");
    assert_eq!(people.text().matches("retrying").count(), 1, "{}", people.text());

    let script = Script::new().on("FilterLogEvents", [throttled()]);
    let failed = cloud_logs(&script.cloud(), &["/twin"], query(Source::Twin), "dev", &ui).await;
    assert_eq!((failed.unwrap_err().exit, script.log().len()), (Exit::Failed, 4));
}

#[tokio::test]
async fn the_first_group_that_exists_is_read() {
    let missing = json_error(400, "ResourceNotFoundException", "no such group");
    let visit = r#"{"requestId":"r","method":"GET","routeKey":"$default","status":"429","bytes":"33","error":"-","gatewayError":"Too Many Requests"}"#;
    let script = Script::new().on("FilterLogEvents", [missing, page(&[event("1", 0, visit)], None)]);
    let (ui, _, data) = captured(Mode::Lines);
    let groups = ["/aws/vendedlogs/twin", "/twin"];
    cloud_logs(&script.cloud(), &groups, query(Source::Requests), "dev", &ui).await.unwrap();
    assert_eq!(data.text(), "2026-11-21T05:01:50Z warn  GET 429 · 33 bytes · Too Many Requests\n");
}

#[tokio::test]
async fn requests_are_read_from_the_same_group() {
    let visit = r#"{"requestId":"r","time":"?","method":"GET","path":"/","status":"200","latencyMs":"12","error":"-"}"#;
    let events = [event("1", 0, visit), event("2", 1, r#"{"level":"info","message":"ready"}"#)];
    let script = Script::new().on("FilterLogEvents", [page(&events, None)]);
    let (ui, _, data) = captured(Mode::Lines);
    cloud_logs(&script.cloud(), &["/twin"], query(Source::Requests), "dev", &ui).await.unwrap();
    assert_eq!(data.text(), "2026-11-21T05:01:50Z info  GET / 200 · 12 ms\n");
}

#[tokio::test]
async fn errors_and_lines_of_one_request_are_selected() {
    let lines = [
        r#"{"level":"info","correlation_id":"a","method":"POST","route":"chat","status":200}"#,
        r#"{"level":"warn","correlation_id":"b","method":"POST","route":"chat","status":422}"#,
        r#"{"level":"error","correlation_id":"c","method":"POST","route":"chat","status":503}"#,
        "START RequestId: 1 Version: 7",
        r#"{"level":"info","message":"mentions b"}"#,
    ];
    let events: Vec<_> = lines.iter().zip(0..).map(|(line, n)| event(&n.to_string(), n, line)).collect();
    let printed = async |query: LogQuery| {
        let script = Script::new().on("FilterLogEvents", [page(&events, None)]);
        let (ui, _, data) = captured(Mode::Json);
        cloud_logs(&script.cloud(), &["/twin"], query, "dev", &ui).await.unwrap();
        data.text()
    };
    let errors = LogQuery { errors: true, ..query(Source::Twin) };
    assert_eq!(printed(errors).await, format!("{}\n", lines[2]));
    let request = LogQuery { correlation: Some("b".to_owned()), ..query(Source::Twin) };
    assert_eq!(printed(request).await, format!("{}\n", lines[1]));
}

#[tokio::test]
async fn a_missing_group_and_a_missing_permission_are_reported() {
    let error = async |reply| {
        let script = Script::new().on("FilterLogEvents", [reply]);
        let (ui, ..) = captured(Mode::Lines);
        cloud_logs(&script.cloud(), &["/twin"], query(Source::Twin), "dev", &ui).await.unwrap_err()
    };
    let missing = error(json_error(400, "ResourceNotFoundException", "no such group")).await;
    assert_eq!((missing.exit, missing.message.as_str()), (Exit::Unhealthy, "`dev` has no logs yet"));
    let denied = error(json_error(400, "AccessDeniedException", "not you")).await;
    assert_eq!(denied.exit, Exit::Access);
    assert!(denied.hints[0].contains("logs:FilterLogEvents"), "{denied:?}");
}
