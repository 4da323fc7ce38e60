//! Killed in the middle, and run again: it ends like an undisturbed run, with nothing left over and nothing doubled.

use std::time::Duration;

use testbed::Run;
use testbed::proxy::{Call, Moment, Which};
use testbed::twin_lambda::{first_zip, second_zip};

use super::{
    account::inventory,
    twin::{Twin, deploy_args, is_write},
};

/// Where to kill, before and after the effect in turn. Calls overlap, so that a number is not always the same call.
fn points(calls: &[Call], of_interest: impl Fn(&Call) -> bool) -> Vec<(usize, Moment)> {
    let signed = calls.iter().filter(|call| !call.service.is_empty() && of_interest(call));
    let moments = [Moment::BeforeEffect, Moment::AfterEffect].into_iter().cycle();
    signed.map(|call| call.number).zip(moments).collect()
}

/// What went wrong at a point, if anything did.
async fn compare(twin: &Twin, again: Run, expected: &[String]) -> Option<String> {
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
}

/// At every call; by two halves that run side by side.
async fn fresh(half: usize) {
    let twin = Twin::new();
    let args = deploy_args(first_zip());
    twin.deploy(&[]).await.exits_with(0);
    let (calls, expected) = (twin.proxy.calls(), inventory(&twin.by_hand).await);
    let points = points(&calls, |call| call.number / 2 % 2 == half);
    let mut failed = Vec::new();
    for (point, moment) in &points {
        twin.reset();
        twin.killed_at(Which::Nth(*point), *moment, &args).await;
        twin.proxy.reset();
        let again = twin.deploy(&[]).await;
        if let Some(why) = compare(&twin, again, &expected).await {
            failed.push((*point, *moment, why));
        }
    }
    report(&calls, &failed, points.len());
}

#[testbed::test(emulator)]
async fn a_fresh_deploy_killed_at_a_call_converges_first_half() {
    fresh(0).await;
}

#[testbed::test(emulator)]
async fn a_fresh_deploy_killed_at_a_call_converges_second_half() {
    fresh(1).await;
}

#[testbed::test(emulator)]
async fn an_update_killed_at_a_write_converges() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    let releases = [(second_zip(), "<p>Again.</p>"), (first_zip(), "<p>Hello.</p>")];
    let title = "<!doctype html><html lang=\"en\"><title>Ada</title>";
    let release = |turn: usize| {
        let (zip, page) = releases[turn % 2];
        twin.write("web/index.html", &format!("{title}{page}\n"));
        (zip, page)
    };
    twin.proxy.reset();
    twin.deploy_zip(release(0).0).await.exits_with(0);
    let calls = twin.proxy.calls();
    let expected = without_versions(inventory(&twin.by_hand).await);
    let points = points(&calls, is_write);
    let mut failed = Vec::new();
    for (turn, (point, moment)) in points.iter().enumerate() {
        let (zip, page) = release(turn + 1);
        let args = deploy_args(zip);
        twin.proxy.reset();
        twin.killed_at(Which::Nth(*point), *moment, &args).await;
        twin.proxy.reset();
        let again = twin.deploy_zip(zip).await.exits_with(0);
        assert!(twin.visit(again.url(), "/").body.contains(page));
        let now = without_versions(inventory(&twin.by_hand).await);
        if now != expected {
            failed.push((*point, *moment, format!("{now:#?}")));
        }
    }
    report(&calls, &failed, points.len());
}

/// Each release adds a version and moves the alias.
fn without_versions(mut lines: Vec<String>) -> Vec<String> {
    lines.retain(|line| !line.starts_with("version ") && !line.starts_with("alias "));
    lines
}

#[testbed::test(emulator)]
async fn a_destroy_killed_at_a_write_ends_with_nothing_left() {
    let twin = Twin::new();
    let args = ["destroy", "dev", "--confirm", "dev"];
    twin.deploy(&[]).await.exits_with(0);
    twin.proxy.reset();
    twin.destroy(&[]).await.exits_with(0);
    let calls = twin.proxy.calls();
    let expected = inventory(&twin.by_hand).await;
    let points = points(&calls, is_write);
    let mut failed = Vec::new();
    for (point, moment) in &points {
        twin.reset();
        twin.deploy(&[]).await.exits_with(0);
        twin.proxy.reset();
        twin.killed_at(Which::Nth(*point), *moment, &args).await;
        twin.proxy.reset();
        let again = twin.destroy(&[]).await;
        if let Some(why) = compare(&twin, again, &expected).await {
            failed.push((*point, *moment, why));
        }
    }
    report(&calls, &failed, points.len());
}

/// Everything is there, but nobody has noted it, nobody has asked whether it answers, and the lock is still held.
#[testbed::test(emulator)]
async fn what_a_killed_deploy_did_is_noted_by_the_next_one() {
    let twin = Twin::new();
    let script = "<script>document.title = \"Ada Lovelace\"</script>";
    twin.write("web/index.html", &format!("<!doctype html><html lang=\"en\"><title>Ada</title>{script}\n"));
    let args = deploy_args(first_zip());
    twin.proxy.set_delay(Duration::from_millis(100));
    let mut deploy = twin.spawn(&args);
    twin.wait_for_calls("POST /2015-03-31/functions/{}/aliases", 1).await;
    // From here on, tags are only looked at to verify.
    let verifying = twin.proxy.hold(Which::first(1, "GET /{bucket}?tagging"), Moment::BeforeEffect);
    verifying.await.unwrap();
    deploy.kill().await.unwrap();
    twin.proxy.set_delay(Duration::ZERO);
    twin.proxy.reset();
    twin.deploy(&[]).await.exits_with(0);
    assert!(inventory(&twin.by_hand).await.contains(&"item ada/dev free".to_owned()));
    twin.run(&["status", "dev"]).await.exits_with(0).reports("version 1 was released");
}
