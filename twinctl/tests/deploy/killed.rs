//! Killed in the middle, and run again: it ends like an undisturbed run, with nothing left over and nothing doubled.

use xtask::proxy::{Call, Moment, Which};

use crate::{
    account::inventory,
    code,
    twin::{Ran, Twin, writes},
};

/// Of the calls that only look, every so many-th.
const LOOKS: usize = 6;

/// Where to kill: at every call that changes something, and at some that look; before and after the effect in turn.
/// Calls overlap, so that a number is not always the same call.
fn points(calls: &[Call]) -> Vec<(usize, Moment)> {
    let of_interest = calls.iter().filter(|call| writes(call) || call.number % LOOKS == 0);
    let signed = of_interest.filter(|call| !call.service.is_empty());
    let moments = [Moment::BeforeEffect, Moment::AfterEffect].into_iter().cycle();
    signed.map(|call| call.number).zip(moments).collect()
}

/// What went wrong at a point, if anything did.
async fn compare(twin: &Twin, again: Ran, expected: &[String]) -> Option<String> {
    if again.code != Some(0) {
        return Some(format!("ended with {:?}:\n{}", again.code, again.stderr));
    }
    let found = inventory(&twin.by_hand).await;
    (found != expected).then(|| {
        let only = |one: &[String], other: &[String]| {
            one.iter().filter(|line| !other.contains(line)).cloned().collect::<Vec<_>>()
        };
        let counts = (found.len(), expected.len());
        format!("too much: {:?}, missing: {:?}, {counts:?}", only(&found, expected), only(expected, &found))
    })
}

fn report(calls: &[Call], failed: &[(usize, Moment, String)], tried: usize) {
    let lines = failed.iter().map(|(point, moment, why)| {
        let operation = calls.get(point - 1).map_or("", |call| call.operation.as_str());
        format!("{point} ({operation}) {moment:?}: {why}")
    });
    let lines: Vec<_> = lines.collect();
    assert!(lines.is_empty(), "{} of {tried} points:\n{}", lines.len(), lines.join("\n"));
    println!("{tried} of {} calls", calls.len());
}

/// One half of the points, so that two halves run side by side.
async fn fresh(half: usize) {
    let Some(twin) = Twin::new() else { return };
    let args = ["deploy", "dev", "--yes", "--lambda-zip", code::before().to_str().unwrap()];
    twin.deploy(&[]).await.ends_with(0);
    let (calls, expected) = (twin.proxy.calls(), inventory(&twin.by_hand).await);
    let points: Vec<_> = points(&calls).into_iter().skip(half).step_by(2).collect();
    let mut failed = Vec::new();
    for (point, moment) in &points {
        twin.forget_everything().await;
        twin.killed_at(Which::Nth(*point), *moment, &args).await;
        twin.proxy.reset();
        let again = twin.deploy(&[]).await;
        if let Some(why) = compare(&twin, again, &expected).await {
            failed.push((*point, *moment, why));
        }
    }
    report(&calls, &failed, points.len());
}

#[tokio::test]
async fn a_fresh_deploy_killed_at_a_call_converges_first_half() {
    fresh(0).await;
}

#[tokio::test]
async fn a_fresh_deploy_killed_at_a_call_converges_second_half() {
    fresh(1).await;
}

#[tokio::test]
async fn an_update_killed_at_a_write_converges() {
    let Some(twin) = Twin::new() else { return };
    twin.deploy(&[]).await.ends_with(0);
    let releases = [(code::after(), "<p>Again.</p>"), (code::before(), "<p>Hello.</p>")];
    let title = "<!doctype html><html lang=\"en\"><title>Ada</title>";
    let release = |turn: usize| {
        let (zip, page) = releases[turn % 2];
        twin.write("web/index.html", &format!("{title}{page}\n"));
        (zip, page)
    };
    twin.proxy.reset();
    twin.deploy_of(release(0).0, &[]).await.ends_with(0);
    let calls = twin.proxy.calls();
    let expected = without_versions(inventory(&twin.by_hand).await);
    let points: Vec<_> = calls.iter().filter(|call| writes(call)).map(|call| call.number).collect();
    let mut failed = Vec::new();
    for (turn, point) in points.iter().enumerate() {
        let (zip, page) = release(turn + 1);
        let moment = if turn % 2 == 0 { Moment::AfterEffect } else { Moment::BeforeEffect };
        let args = ["deploy", "dev", "--yes", "--lambda-zip", zip.to_str().unwrap()];
        twin.proxy.reset();
        twin.killed_at(Which::Nth(*point), moment, &args).await;
        twin.proxy.reset();
        let again = twin.deploy_of(zip, &[]).await.ends_with(0);
        assert!(twin.visit(again.url(), "/").await.text.contains(page));
        let now = without_versions(inventory(&twin.by_hand).await);
        if now != expected {
            failed.push((*point, moment, format!("{now:#?}")));
        }
    }
    report(&calls, &failed, points.len());
}

/// Each release adds a version and moves the alias.
fn without_versions(mut lines: Vec<String>) -> Vec<String> {
    lines.retain(|line| !line.starts_with("version ") && !line.starts_with("alias "));
    lines
}

#[tokio::test]
async fn a_destroy_killed_at_a_write_ends_with_nothing_left() {
    let Some(twin) = Twin::new() else { return };
    let args = ["destroy", "dev", "--confirm", "dev"];
    twin.deploy(&[]).await.ends_with(0);
    twin.proxy.reset();
    twin.destroy(&[]).await.ends_with(0);
    let calls = twin.proxy.calls();
    let expected = inventory(&twin.by_hand).await;
    let points: Vec<_> = calls.iter().filter(|call| writes(call)).map(|call| call.number).collect();
    let mut failed = Vec::new();
    for (turn, point) in points.iter().enumerate() {
        let moment = if turn % 2 == 0 { Moment::AfterEffect } else { Moment::BeforeEffect };
        twin.forget_everything().await;
        twin.deploy(&[]).await.ends_with(0);
        twin.proxy.reset();
        twin.killed_at(Which::Nth(*point), moment, &args).await;
        twin.proxy.reset();
        let again = twin.destroy(&[]).await;
        if let Some(why) = compare(&twin, again, &expected).await {
            failed.push((*point, moment, why));
        }
    }
    report(&calls, &failed, points.len());
}
