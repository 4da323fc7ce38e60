//! Tests of the alarms with lines of the logs.

use std::{fs, path::Path};

use jiff::Timestamp;

use super::*;

const NOON: &str = "2026-11-30T12:00:00Z";

fn at(seconds: i64) -> Timestamp {
    NOON.parse::<Timestamp>().unwrap() + jiff::SignedDuration::from_secs(seconds)
}

fn message(seconds: i64, more: &str) -> String {
    format!(r#"{{"route":"chat","method":"POST","status":200,"failed":0,"time":"{}"{more}}}"#, at(seconds))
}

fn request(seconds: i64, path: &str, status: u16, ms: u64) -> String {
    format!(r#"{{"at":"{}","method":"GET","path":"{path}","status":{status},"ms":{ms}}}"#, at(seconds))
}

/// Returns the alarms that are due some seconds after noon, after these lines.
fn due(lines: &[String], seconds: i64, daily_tokens: Option<u32>) -> Vec<(&'static str, String)> {
    let mut figures = Figures::default();
    for line in lines {
        figures.add(&LogLine::parse(line, None));
    }
    figures.due(at(seconds), daily_tokens).into_iter().collect()
}

fn names(lines: &[String], seconds: i64) -> Vec<&'static str> {
    due(lines, seconds, None).into_iter().map(|(name, _)| name).collect()
}

#[test]
fn an_alarm_is_due_above_its_limit_and_for_five_minutes() {
    let requests = |count: usize, status, ms| vec![request(0, "/api/chat", status, ms); count];
    let messages = |count: usize, more: &str| vec![message(0, more); count];
    let failed = r#","failed":1,"code":"internal""#;
    let model = r#","failed":1,"code":"model_throttled""#;
    let cases = [
        ([requests(99, 200, 10), requests(1, 503, 10)].concat(), vec![]),
        ([requests(98, 200, 10), requests(1, 503, 10)].concat(), vec!["api-5xx"]),
        ([requests(95, 200, 10), requests(5, 200, 25_001)].concat(), vec![]),
        ([requests(94, 200, 25_000), requests(5, 200, 25_001)].concat(), vec!["duration"]),
        ([messages(95, ""), messages(5, failed)].concat(), vec![]),
        ([messages(94, ""), messages(5, failed)].concat(), vec!["function-errors"]),
        ([messages(99, ""), messages(1, model)].concat(), vec!["model-errors"]),
        (vec![request(0, "/assets/page.js", 503, 30_000)], vec![]),
        (vec!["no JSON".to_owned(), r#"{"route":"chat","failed":1}"#.to_owned(), "[1]".to_owned()], vec![]),
        (vec![], vec![]),
    ];
    for (lines, expected) in cases {
        assert_eq!(names(&lines, 0), expected, "{:?}", lines.last());
        assert_eq!(names(&lines, 4 * 60 + 59), expected);
        assert_eq!(names(&lines, 5 * 60), [""; 0], "{:?}", lines.last());
    }
}

#[test]
fn tokens_are_counted_by_the_day_and_only_with_a_limit() {
    let tokens =
        r#","input_tokens":900,"output_tokens":50,"summary_input_tokens":40,"summary_output_tokens":10"#;
    let lines = [message(-12 * 3600 - 1, tokens), message(0, tokens)];
    assert_eq!(due(&lines, 3600, Some(1000)), []);
    let reason = "1000 tokens today, more than 999".to_owned();
    assert_eq!(due(&lines, 3600, Some(999)), [("tokens", reason)]);
    assert_eq!(due(&lines, 13 * 3600, Some(999)), [], "it is another day");
    assert_eq!(due(&lines, 3600, None), []);
}

/// A folder in the place of a file can be opened, but not read.
#[test]
fn after_a_read_error_nothing_is_reported_or_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let logs = folder.path().join("logs");
    fs::create_dir_all(logs.join("twin.log.2")).unwrap();
    let tokens = format!(r#"{{"route":"chat","status":200,"input_tokens":900,"time":"{}"}}"#, clock::now());
    let failed = request(0, "/api/chat", 503, 1).replace(&at(0).to_string(), &clock::now().to_string());
    for (name, line) in [("twin.log.1", tokens), ("twin.log", String::new()), ("requests.log", failed)] {
        fs::write(logs.join(name), line + "\n").unwrap();
    }
    let mut watch = watch(folder.path());
    assert!(watch.changes(Some(100)).is_empty());
    fs::remove_dir(logs.join("twin.log.2")).unwrap();
    let names: Vec<_> = watch.read().changes(Some(100)).into_iter().map(|change| change.name).collect();
    assert_eq!(names, ["api-5xx", "tokens"]);
}

fn watch(folder: &Path) -> Watch {
    Watch::new(&TwinFolder::new(folder)).read()
}

#[test]
fn an_alarm_of_an_earlier_process_is_neither_reported_again_nor_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("logs")).unwrap();
    let event = |message: &str, name: &str| {
        format!(
            r#"{{"timestamp":"{NOON}","level":"warn","message":"{message}","from":"gateway","detail":{{"alarm":"{name}","reason":"r"}}}}"#
        )
    };
    let now = clock::now();
    let failed = format!(r#"{{"route":"chat","status":503,"failed":1,"code":"model_busy","time":"{now}"}}"#);
    let lines = [
        event(RAISED, "model-errors"),
        event(RAISED, "api-5xx"),
        event(RAISED, "tokens"),
        event(ENDED, "tokens"),
        failed,
    ];
    fs::write(folder.path().join("logs/twin.log"), lines.join("\n") + "\n").unwrap();
    let mut watch = watch(folder.path());
    let mut changes: Vec<_> =
        watch.changes(None).into_iter().map(|change| (change.name, change.is_on)).collect();
    changes.sort();
    assert_eq!(changes, [("api-5xx".to_owned(), false), ("function-errors".to_owned(), true)]);
    assert_eq!(watch.on.keys().collect::<Vec<_>>(), ["function-errors", "model-errors"]);
    let since = ActiveAlarm { since: at(0), reason: "r".to_owned() };
    assert_eq!(watch.on["model-errors"], since);
    assert!(watch.changes(None).is_empty());
}
