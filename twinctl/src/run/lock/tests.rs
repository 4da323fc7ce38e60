//! Tests of the lock against a scripted table, on a paused clock.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::BoxFuture;
use reconcile::{Halt, HaltReason};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::*;
use crate::{
    system::host::Process,
    targets::aws::script::{Reply, Script, json_error, ok},
    targets::{
        aws::LockTable,
        record::{Birth, Holder, Record, Register, WriteGate},
    },
};

fn holder(host: &str) -> Holder {
    let process = Process { host: host.to_owned(), pid: u32::MAX, ..Process::current() };
    Holder {
        user: "ada".to_owned(),
        process,
        ci_run: None,
        command: "twinctl deploy dev".to_owned(),
        since: crate::system::clock::now(),
    }
}

/// The item as DynamoDB returns it: locked by `holder`, or free.
fn item(held: Option<(&str, u64, &Holder)>) -> Value {
    let mut item = json!({
        "id": { "S": "twin/dev" },
        "birth": { "S": "born" },
        "origin_secret": { "S": "secret" },
        "fence": { "N": "3" },
    });
    if let Some((lease, beat, holder)) = held {
        item["lease"] = json!({ "S": lease });
        item["beat"] = json!({ "N": beat.to_string() });
        item["holder"] = json!({ "S": serde_json::to_string(holder).unwrap() });
    }
    item
}

fn read(item: &Value) -> Reply {
    ok(&json!({ "Item": item }).to_string())
}

fn taken() -> Reply {
    ok(&json!({ "Attributes": item(Some(("ours", 0, &holder("here")))) }).to_string())
}

fn refused(item: &Value) -> Reply {
    let body = json!({ "__type": "ConditionalCheckFailedException", "message": "no", "Item": item });
    let headers = vec![("x-amzn-errortype", "ConditionalCheckFailedException".to_owned())];
    Reply::Response { status: 400, body: body.to_string(), headers }
}

fn record(held: Option<(&str, u64, &Holder)>) -> Record {
    let item = serde_json::from_value::<std::collections::HashMap<String, Value>>(item(held)).unwrap();
    let attribute = |value: Value| match (value["S"].as_str(), value["N"].as_str()) {
        (Some(text), _) => aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned()),
        (_, number) => aws_sdk_dynamodb::types::AttributeValue::N(number.unwrap().to_owned()),
    };
    let item = item.into_iter().map(|(name, value)| (name, attribute(value))).collect();
    crate::targets::aws::lock_table::item::record(Some(&item)).unwrap().unwrap()
}

/// A gate on the paused clock.
fn gate() -> Arc<WriteGate> {
    let begun = Instant::now();
    Arc::new(WriteGate::on(move || begun.elapsed()))
}

struct Attempt {
    script: Script,
    halt: Halt,
    took: Duration,
    answer: Result<(Lease, bool), LockError>,
}

async fn attempt(script: Script, seen: Option<&Record>, patience: Duration) -> Attempt {
    attempt_when_over_after(usize::MAX, script, seen, patience).await
}

/// Reports the holder as over after `limit` calls.
async fn attempt_when_over_after(
    limit: usize,
    script: Script,
    seen: Option<&Record>,
    patience: Duration,
) -> Attempt {
    let calls = AtomicUsize::new(0);
    let is_over = |_: &Holder| {
        let over = calls.fetch_add(1, Ordering::Relaxed) >= limit;
        Box::pin(async move { over }) as BoxFuture<'_, bool>
    };
    let challenger = Challenger { patience, on_wait: &|_| {}, is_over: &is_over };
    let table: Register = Arc::new(LockTable::new(script.cloud().dynamodb, "twin", "dev"));
    let (halt, begun) = (Halt::new(), Instant::now());
    let answer = acquire(&table, seen, &Birth::new(), &holder("here"), challenger, &halt, &gate()).await;
    Attempt { script, halt, took: begun.elapsed(), answer }
}

#[tokio::test(start_paused = true)]
async fn a_free_lock_is_acquired_in_one_call() {
    let script = Script::new().on("UpdateItem", [taken()]);
    let attempt = attempt(script, Some(&record(None)), Duration::ZERO).await;
    let (lease, undisturbed) = attempt.answer.unwrap();
    assert!(undisturbed);
    assert_eq!(lease.record().birth.id, "born");
    assert_eq!(attempt.script.log(), ["UpdateItem"]);
}

/// A newer twinctl may write the record after this one has read it.
#[tokio::test(start_paused = true)]
async fn a_record_that_a_newer_twinctl_wrote_meanwhile_is_refused() {
    let mut newer = item(None);
    newer["record_format"] = json!({ "N": "3" });
    newer["twinctl"] = json!({ "S": "9.1.0" });
    for seen in [None, Some(record(None))] {
        let script = Script::new().on("UpdateItem", [refused(&newer)]);
        let attempt = attempt(script, seen.as_ref(), Duration::ZERO).await;
        let Err(LockError::Fault(fault)) = attempt.answer else { panic!("{:?}", attempt.answer) };
        assert!(fault.to_string().starts_with("a newer twinctl (9.1.0) wrote it"), "{fault}");
        assert_eq!(attempt.script.log(), ["UpdateItem"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_missing_table_is_created_and_awaited() {
    let missing = || json_error(400, "ResourceNotFoundException", "no table");
    let script = Script::new()
        .on("UpdateItem", [missing(), missing(), missing(), taken()])
        .on("CreateTable", [ok("{}"), json_error(400, "ResourceInUseException", "being made")]);
    let attempt = attempt(script, None, Duration::ZERO).await;
    assert!(attempt.answer.is_ok());
    assert_eq!(attempt.script.log().iter().filter(|line| *line == "UpdateItem").count(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_live_holder_is_reported_within_its_heartbeat() {
    let alive = holder("elsewhere");
    let beats = (5..20)
        .flat_map(|beat| (0..5).map(move |_| beat))
        .map(|beat| read(&item(Some(("theirs", beat, &alive)))));
    let script = Script::new().on("GetItem", beats.collect::<Vec<_>>());
    let seen = record(Some(("theirs", 5, &alive)));
    let attempt = attempt(script, Some(&seen), Duration::ZERO).await;
    let LockError::Held(held) = attempt.answer.unwrap_err() else { panic!("the lock was acquired") };
    assert!(held.holder.to_string().starts_with("ada on elsewhere (`twinctl deploy dev`, started"));
    assert!(attempt.took < Duration::from_secs(20), "{:?}", attempt.took);
}

#[tokio::test(start_paused = true)]
async fn a_lock_is_taken_over_after_one_lease_without_renewal_and_not_before() {
    let dead = holder("elsewhere");
    let script =
        Script::new().on("GetItem", [read(&item(Some(("theirs", 5, &dead))))]).on("UpdateItem", [taken()]);
    let attempt = attempt(script, Some(&record(Some(("theirs", 5, &dead)))), Duration::ZERO).await;
    let (_lease, undisturbed) = attempt.answer.unwrap();
    assert!(!undisturbed, "an observation under another process's lock is not valid");
    assert!(
        attempt.took >= Duration::from_mins(1) && attempt.took < Duration::from_secs(70),
        "{:?}",
        attempt.took
    );
}

#[cfg(target_os = "linux")]
#[tokio::test(start_paused = true)]
async fn a_lock_of_a_dead_process_on_this_host_is_taken_over_immediately() {
    let here = Process::current();
    let dead = Holder { process: Process { started: "1".to_owned(), ..here }, ..holder("here") };
    let script = Script::new().on("UpdateItem", [taken()]);
    let attempt = attempt(script, Some(&record(Some(("theirs", 5, &dead)))), Duration::ZERO).await;
    assert!(attempt.answer.is_ok());
    assert_eq!(attempt.took, Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_lock_of_a_finished_workflow_run_is_taken_over_immediately() {
    let script = Script::new().on("UpdateItem", [taken()]);
    let seen = record(Some(("theirs", 5, &holder("elsewhere"))));
    let attempt = attempt_when_over_after(0, script, Some(&seen), Duration::ZERO).await;
    let (_lease, undisturbed) = attempt.answer.unwrap();
    assert!(!undisturbed, "an observation under another process's lock is not valid");
    assert_eq!((attempt.took, attempt.script.log()), (Duration::ZERO, vec!["UpdateItem".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn a_workflow_run_that_ends_during_the_wait_is_noticed_within_seconds() {
    let alive = holder("elsewhere");
    let held = |beat| read(&item(Some(("theirs", beat, &alive))));
    let script = Script::new()
        .on("GetItem", [held(1), held(2), held(3), held(4), held(5), held(6)])
        .on("UpdateItem", [taken()]);
    let seen = record(Some(("theirs", 0, &alive)));
    let attempt = attempt_when_over_after(3, script, Some(&seen), Duration::from_mins(5)).await;
    assert!(attempt.answer.is_ok());
    assert!(attempt.took <= Duration::from_secs(40), "{:?}", attempt.took);
}

#[tokio::test(start_paused = true)]
async fn the_wait_ends_when_the_lock_is_released() {
    let alive = holder("elsewhere");
    let held = |beat| read(&item(Some(("theirs", beat, &alive))));
    let script = Script::new()
        .on("GetItem", [held(1), held(2), held(3), held(4), held(5), read(&item(None))])
        .on("UpdateItem", [taken()]);
    let seen = record(Some(("theirs", 0, &alive)));
    let attempt = attempt(script, Some(&seen), Duration::from_mins(5)).await;
    assert!(attempt.answer.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_faster_process_is_noticed_even_after_its_release() {
    let mut later = item(None);
    later["fence"] = json!({ "N": "4" });
    let script = Script::new().on("UpdateItem", [refused(&later), taken()]);
    let attempt = attempt(script, Some(&record(None)), Duration::ZERO).await;
    let (_lease, undisturbed) = attempt.answer.unwrap();
    assert!(!undisturbed);
}

#[tokio::test(start_paused = true)]
async fn a_lost_response_does_not_lock_us_out() {
    let script = Script::new().on("UpdateItem", [Reply::Lost, taken()]);
    let attempt = attempt(script, Some(&record(None)), Duration::ZERO).await;
    assert!(attempt.answer.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_holder_that_lost_its_lease_stops() {
    let script = Script::new().on("UpdateItem", [taken(), ok("{}"), refused(&item(None))]);
    let attempt = attempt(script, Some(&record(None)), Duration::ZERO).await;
    let begun = Instant::now();
    assert_eq!(attempt.halt.halted().await, HaltReason::LeaseLost);
    assert!(begun.elapsed() < Duration::from_secs(30), "at the second renewal");
    drop(attempt.answer);
}

#[tokio::test(start_paused = true)]
async fn a_holder_with_expired_credentials_stops_at_its_next_renewal() {
    let expired = json_error(400, "ExpiredTokenException", "the security token is expired");
    let script = Script::new().on("UpdateItem", [taken(), ok("{}"), expired]);
    let attempt = attempt(script, Some(&record(None)), Duration::ZERO).await;
    let begun = Instant::now();
    assert_eq!(attempt.halt.halted().await, HaltReason::CredentialsRejected);
    assert!(begun.elapsed() < Duration::from_secs(30), "at the second renewal");
    drop(attempt.answer);
}

#[tokio::test(start_paused = true)]
async fn a_holder_that_cannot_renew_stops_before_a_takeover_is_possible() {
    let script = Script::new().on("UpdateItem", [taken(), Reply::Lost]);
    let attempt = attempt(script, Some(&record(None)), Duration::ZERO).await;
    let begun = Instant::now();
    assert_eq!(attempt.halt.halted().await, HaltReason::LeaseLost);
    assert!(begun.elapsed() < Duration::from_secs(55), "{:?}", begun.elapsed());
    drop(attempt.answer);
}
