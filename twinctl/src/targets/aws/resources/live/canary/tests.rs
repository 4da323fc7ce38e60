//! Judgments about a version, and the lines that they are made from.

use super::{trial::Answers, *};

fn canary(seconds: u64) -> Canary {
    Canary {
        percent: 10,
        duration: Duration::from_secs(seconds),
        ask: true,
        log_group: "/twin".to_owned(),
        log_group_arn: "arn".to_owned(),
        under_way: Arc::default(),
    }
}

/// A canary of version 7 with so many answers to questions, and failures among them.
fn trial(answered: usize, failed: u32) -> Trial {
    let questions = Answers { failed, durations: vec![900.0; answered] };
    Trial { questions, begun: Some(Instant::now()), ..Trial::of("7", "6") }
}

fn answers(count: usize, milliseconds: f64) -> Answers {
    Answers { failed: 0, durations: vec![milliseconds; count] }
}

fn reason(trial: &Trial) -> String {
    match canary(300).verdict_of(trial) {
        Verdict::Back(why) => why,
        other => format!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_version_gets_all_visitors_after_the_time_and_enough_answers() {
    let (early, good) = (trial(5, 0), trial(20, 0));
    assert_eq!(canary(300).verdict_of(&good), Verdict::Undecided, "the time is not over");
    assert_eq!(canary(0).verdict_of(&good), Verdict::On);
    tokio::time::advance(Duration::from_mins(5)).await;
    assert_eq!(canary(300).verdict_of(&good), Verdict::On);
    assert_eq!(canary(300).verdict_of(&early), Verdict::Undecided, "too few answers");
}

#[tokio::test(start_paused = true)]
async fn failures_are_judged_only_above_the_minimum_of_answers() {
    assert_eq!(reason(&trial(0, 19)), "Undecided");
    assert_eq!(reason(&trial(19, 1)), "Undecided", "exactly 5%");
    assert_eq!(reason(&trial(18, 2)), "it failed to answer 2 of 20 requests, more than 5%");
    let before = Answers { failed: 3, ..answers(9, 800.0) };
    let other = reason(&Trial { before, ..trial(0, 20) });
    assert_eq!(
        other,
        "it failed to answer 20 of 20 requests, more than 5%; version 6 failed to answer 3 of 12"
    );
}

#[tokio::test(start_paused = true)]
async fn a_version_that_is_much_slower_than_the_previous_one_gets_no_visitors() {
    let compared = |new: Answers, old: Answers| reason(&Trial { visitors: new, before: old, ..trial(20, 0) });
    let slower = "half of its answers took 5.1 s or longer; 2.0 s in version 6";
    assert_eq!(compared(answers(10, 5_100.0), answers(10, 2_000.0)), slower);
    assert_eq!(compared(answers(10, 4_900.0), answers(10, 2_000.0)), "Undecided");
    assert_eq!(compared(answers(10, 5_100.0), answers(9, 2_000.0)), "Undecided", "too few to compare");
    assert_eq!(compared(answers(2, 26_000.0), answers(0, 0.0)), "5% of its answers took 26.0 s or longer");
    assert_eq!(compared(answers(1, 26_000.0), answers(0, 0.0)), "Undecided");
}

#[tokio::test(start_paused = true)]
async fn a_version_that_cannot_be_judged_gets_no_visitors() {
    let unproven = vec!["the model is busy".to_owned(); 11];
    assert_eq!(
        reason(&Trial { unproven, ..trial(5, 0) }),
        "it could not be judged: the model is busy; `deploy --canary off` deploys without a canary"
    );
    let disturbed = Trial { disturbed: true, ..trial(20, 0) };
    assert_eq!(reason(&disturbed), "another process changed the alias meanwhile");
}

/// Without visitors, the questions are spread over the time. Each answer to a visitor replaces one.
#[tokio::test(start_paused = true)]
async fn a_question_is_asked_only_if_there_were_too_few_answers_until_now() {
    let due = |seconds, trial: &Trial| canary(200).is_question_due(trial, Duration::from_secs(seconds));
    assert!(!due(0, &trial(0, 0)));
    assert!(due(1, &trial(0, 0)) && !due(10, &trial(1, 0)) && due(11, &trial(1, 0)));
    let visited = Trial { visitors: answers(15, 900.0), ..trial(0, 0) };
    assert!(!due(150, &visited) && due(160, &visited));
    assert!(due(999, &trial(19, 0)) && !due(999, &trial(20, 0)));
    assert!(due(0, &trial(0, 1)), "a failed answer is followed by questions at once");
    assert!(canary(0).is_question_due(&trial(19, 0), Duration::from_millis(1)));
}

#[test]
fn answers_are_read_from_the_streams_of_both_versions() {
    let mut trial = trial(0, 0);
    let mut add = |stream: &str, message: &str| {
        let event = FilteredLogEvent::builder().log_stream_name(stream).message(message).build();
        let _ = trial.add(&event);
    };
    let chat = |status: u16, level: &str| {
        format!(r#"{{"route":"chat","status":{status},"level":"{level}","duration_ms":12.5}}"#)
    };
    add("2026/11/30/[7]4f8c", &chat(200, "info"));
    add("2026/11/30/twin-dev-api[7]4f8c", &chat(502, "error"));
    add("2026/11/30/[7]4f8c", &chat(200, "error"));
    add("2026/11/30/[7]4f8c", "2026-11-30T01:00:00.000Z 4f8c Task timed out after 29.00 seconds");
    add(
        "2026/11/30/[7]4f8c",
        "REPORT RequestId: 4f8c\tDuration: 12.00 ms\tStatus: error\tError Type: Runtime.ExitError",
    );
    add("2026/11/30/[7]4f8c", r#"{"route":"chat","status":200,"memory":"not-saved","duration_ms":1}"#);
    add("2026/11/30/[6]4f8c", &chat(200, "info"));
    add("2026/11/30/[6]4f8c", &chat(503, "error"));
    for other in [
        "REPORT RequestId: 4f8c\tDuration: 12.00 ms",
        r#"{"route":"health","status":503}"#,
        r#"{"route":"question","status":200,"duration_ms":1}"#,
        r#"{"route":"chat","status":403,"code":"paused","duration_ms":1}"#,
        r#"{"route":"chat","status":422,"level":"warn","duration_ms":1}"#,
        r#"{"route":"chat","status":200,"level":"info","over_budget":true,"duration_ms":1}"#,
        r#"{"route":"chat","status":200,"level":"info","code":"client_gone","duration_ms":1}"#,
    ] {
        add("2026/11/30/[7]4f8c", other);
    }
    add("2026/11/30/[5]4f8c", &chat(502, "error"));
    add("a stream of something else", &chat(502, "error"));
    assert_eq!((trial.visitors.failed, trial.visitors.durations.as_slice()), (5, [12.5].as_slice()));
    assert_eq!((trial.before.failed, trial.before.count()), (1, 2));
}

#[test]
fn the_answers_are_described_with_the_price_of_the_questions() {
    let trial = Trial { visitors: Answers { failed: 1, ..answers(3, 1.0) }, usd: 0.0021, ..trial(16, 0) };
    assert_eq!(
        trial.describe(),
        "version 7 answered 19 of 20 requests (4 of visitors, 16 of twinctl); the questions cost about $0.0021"
    );
}

#[tokio::test(start_paused = true)]
async fn the_log_is_read_at_most_every_ten_seconds_and_at_once_in_a_canary_without_duration() {
    let pause = |seconds, trial: &Trial| canary(seconds).wait(trial).map(|wait| wait.backoff.max.as_secs());
    assert_eq!(pause(3600, &trial(0, 0)), Some(10));
    assert_eq!(pause(60, &trial(0, 0)), Some(3));
    assert_eq!(pause(0, &trial(0, 0)), Some(0));
    assert_eq!(pause(0, &Trial { unproven: vec![String::new()], ..trial(0, 0) }), Some(2));
    assert_eq!(pause(3600, &trial(0, 1)), Some(1));
    assert_eq!(pause(0, &trial(20, 0)), None);
    assert_eq!(pause(60, &Trial { ended: true, ..trial(0, 0) }), None);
    assert_eq!(pause(60, &Trial { begun: None, ..trial(0, 0) }), None);
}
