//! Judgments about a version.

use tokio::time::Instant;

use super::{trial::Answer, *};

fn canary(seconds: u64) -> Canary {
    Canary { percent: 10, duration: Duration::from_secs(seconds), ask: true }
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
    let why = "another process changed the alias meanwhile";
    let disturbed = Trial { disturbed: Some(why.to_owned()), ..trial(20, 0) };
    assert_eq!(reason(&disturbed), why);
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

#[test]
fn of_very_many_answers_the_older_ones_are_forgotten() {
    let mut answers = Answers::default();
    for number in 0..1_000_000 {
        answers.add(if number % 100 == 0 { Answer::Failed } else { Answer::Given(f64::from(number)) });
    }
    assert!((25_000..=50_000).contains(&answers.durations.len()), "{}", answers.durations.len());
    let per_thousand = answers.failed * 1000 / answers.count();
    assert!((9..=11).contains(&per_thousand), "{per_thousand}");
    assert_eq!(answers.durations.last(), Some(&999_999.0));
}
