//! Tests of the budget under load, with a model that counts the tokens of each answer. Nothing depends on the machine's speed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use contract::budget::{allowance, from_usd};
use futures_util::future::join_all;
use http::{Request, Response};
use serde_json::{Value, json};

use super::super::this_month;
use super::{AMPLE, spent};
use crate::body::Body;
use crate::clock;
use crate::testing::dynamodb::{settings, table};
use crate::testing::serve::serve;
use crate::testing::{Testing, api, openai};

const VISITORS: usize = 50;
const TURNS: usize = 4;
/// More than the highest price of a turn.
const HIGHEST: u64 = 15_000_000;

/// A model that reports the tokens of each answer, and what they cost in all.
struct Metered {
    url: String,
    billed: Arc<AtomicU64>,
}

/// Starts a model whose answers have up to 900 tokens. Every seventh request is rejected, which costs nothing.
async fn metered() -> Metered {
    let billed = Arc::new(AtomicU64::new(0));
    let (total, count) = (Arc::clone(&billed), Arc::new(AtomicU64::new(0)));
    let url = serve(move |request: Request<Bytes>| {
        let number = count.fetch_add(1, Ordering::Relaxed);
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        let input = body["messages"].to_string().len() as u64 / 4;
        let output = number * 37 % 900 + 1;
        let total = Arc::clone(&total);
        async move {
            clock::sleep_with_jitter(Duration::from_millis(4)).await;
            if number % 7 == 6 {
                return Response::builder().status(500).body(Body::empty()).unwrap();
            }
            total.fetch_add(input * 1_000 + output * 2_000, Ordering::Relaxed);
            let body = json!({
                "choices": [{"message": {"content": "Hello!"}, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": input, "completion_tokens": output},
            });
            let response = Response::builder().header("content-type", "application/json");
            response.body(Body::Full(body.to_string().into())).unwrap()
        }
    })
    .await;
    Metered { url, billed }
}

/// Has fifty visitors ask two versions of a twin at the same time. Returns the number of answers of the model.
async fn visit(versions: [&Testing; 2], turns: usize) -> usize {
    let visits = (0..VISITORS).map(|visitor| async move {
        let mut answers = 0;
        for turn in 0..turns {
            let twin = versions[(visitor + turn) % 2];
            let session = format!("visitor-{visitor}");
            let reply = twin.chat(&json!({"message": "Hi there", "session_id": session})).await;
            answers += usize::from(reply.json()["response"] == "Hello!");
        }
        answers
    });
    join_all(visits).await.into_iter().sum()
}

#[tokio::test]
async fn fifty_visitors_of_two_versions_are_counted_exactly_in_a_table() {
    let (url, table) = table().await;
    let model = metered().await;
    let all = [openai(&model.url).as_slice(), &settings(&url), &AMPLE].concat();
    let (first, second) = (api(&all), api(&all));
    let answers = visit([&first, &second], TURNS).await;
    check(answers, table.spent(&this_month()), &model);
}

#[tokio::test]
async fn fifty_visitors_of_two_processes_are_counted_exactly_in_a_file() {
    let model = metered().await;
    let first = api(&[openai(&model.url).as_slice(), &AMPLE].concat());
    let memory = first.path("memory").to_str().unwrap().to_owned();
    let second = api(&[openai(&model.url).as_slice(), &AMPLE, &[("MEMORY_DIR", &memory)]].concat());
    let answers = visit([&first, &second], TURNS).await;
    check(answers, spent(&first), &model);
}

/// The recorded and the actual spending differ by at most 5%. A turn whose attempts are all rejected has no answer,
/// which is rare.
fn check(answers: usize, recorded: i64, model: &Metered) {
    assert!(answers > VISITORS * TURNS / 2, "{answers} answers");
    let actual = i64::try_from(model.billed.load(Ordering::Relaxed)).unwrap();
    assert!((recorded - actual).abs() * 20 <= actual, "recorded {recorded}, actual {actual}");
}

#[tokio::test]
async fn the_model_bill_of_an_attacked_twin_stays_within_the_budget() {
    let (url, table) = table().await;
    let model = metered().await;
    let budget = [("BUDGET_MONTHLY_USD", "0.9"), ("BUDGET_PRICE", "1,2")];
    let all = [openai(&model.url).as_slice(), &settings(&url), &budget].concat();
    let (first, second) = (api(&all), api(&all));
    let (mut rounds, mut answers) = (0, 0);
    loop {
        let more = visit([&first, &second], 1).await;
        (rounds, answers) = (rounds + 1, answers + more);
        // Even one turn at a time gets no answer any more.
        if more == 0 {
            break;
        }
    }
    let today = clock::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let days = |days: i8| u8::try_from(days).unwrap();
    let allowed = allowance(from_usd(0.9), days(today.day()), days(today.days_in_month()));
    let billed = model.billed.load(Ordering::Relaxed);
    assert!(billed <= allowed, "the model cost {billed} of {allowed} in {rounds} rounds");
    assert!(answers > 0 && table.spent(&this_month()) <= i64::try_from(allowed).unwrap());
    assert!(billed + HIGHEST >= allowed, "only {billed} of {allowed} was used");
}
