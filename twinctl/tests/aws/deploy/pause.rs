//! Deploys that are stopped, as a suspended laptop is, while another run takes their lock over.

use std::time::Duration;

use futures_util::future::join_all;
use testbed::{
    process,
    proxy::{Call, Proxy},
    twin_lambda::first_zip,
    wait,
};

use super::{
    budget::{BUDGET, with_bedrock},
    inventory::inventory,
    streaming::STREAMING,
    twin::{ENVIRONMENT, Twin, deploy_args, finish, is_write},
};

/// All are stopped at the same time, because a lock can be taken over only after a minute.
#[testbed::test(emulator)]
async fn a_deploy_that_was_stopped_at_any_write_writes_nothing_after_its_lock_was_taken_over() {
    let twin = Twin::new();
    twin.write("environments/dev.yaml", format!("{ENVIRONMENT}{STREAMING}"));
    twin.deploy(&[]).await.exits_with(0);
    let points = twin.writes().into_iter().filter(|call| !writes_lock(call));
    let points: Vec<_> = points.map(|call| call.number).collect();
    twin.destroy(&[]).await.exits_with(0);
    let expected = inventory(&twin.by_hand).await;

    let late = join_all(points.iter().map(|point| stopped_at(&twin, *point))).await;
    let late: Vec<_> = late.into_iter().flatten().collect();
    assert!(late.is_empty(), "{} of {} points:\n{}", late.len(), points.len(), late.join("\n"));
    assert_eq!(inventory(&twin.by_hand).await, expected, "resources are left over");
}

/// Stops the deploy of a project of its own at the call `point`, and lets another run destroy that project. Returns what
/// the deploy wrote afterwards.
async fn stopped_at(twin: &Twin, point: usize) -> Vec<String> {
    let project = format!("ada{point}");
    let deploy = [&deploy_args(first_zip())[..], &["--project", &project]].concat();
    let destroy = ["destroy", "dev", "--confirm", "dev", "--project", &project];
    late_writes(twin, point, &deploy, &destroy).await
}

/// Stops a run at the call `point`, and lets another run take its lock over. Returns what the first run wrote afterwards.
pub(super) async fn late_writes(twin: &Twin, point: usize, args: &[&str], other: &[&str]) -> Vec<String> {
    let proxy = Proxy::start(&twin.emulator.endpoint(), Duration::from_millis(50)).unwrap();
    let mut child = twin.command(args).env("AWS_ENDPOINT_URL", proxy.endpoint()).spawn().unwrap();
    let pid = child.id().unwrap();
    // Some runs make fewer calls than the first one, and some repeat reads before they take the lock.
    let mut ended = false;
    let mut reached = || {
        ended = child.try_wait().unwrap().is_some();
        let calls = proxy.calls();
        let has_lock = calls.iter().any(|call| is_write(call) && writes_lock(call) && call.status.is_some());
        ended || has_lock && calls.len() >= point
    };
    wait::until_async(&format!("call {point}"), &mut reached).await;
    if ended {
        return Vec::new();
    }
    process::signal(pid, "-STOP");

    let other = [other, &["--lock-wait", "10m"]].concat();
    let mut took_over = twin.run(&other).await;
    if took_over.stderr.contains("the environment changed meanwhile") {
        // A call that was in progress took effect after the plan was made.
        took_over = twin.run(&other).await;
    }
    let took_over = took_over.exits_with(0);
    let before = proxy.calls().len();
    let continued = twinctl::system::clock::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    process::signal(pid, "-CONT");
    let ended = finish(child).await;
    let calls = proxy.calls();
    // A call that was signed before the stop may still arrive. The next run finds what it made.
    if calls.iter().skip(before).any(is_write) {
        twin.run(&other).await.exits_with(0);
    }
    let late = |call: &&Call| is_write(call) && call.signed_at >= continued && !writes_lock(call);
    let writes = calls.iter().filter(late);
    let mut late: Vec<_> = writes.map(|call| format!("{point}: wrote {}", call.operation)).collect();
    if ended.code != Some(0) && !ended.stderr.contains("the lock could not be renewed") {
        late.push(format!("{point}: ended with {:?}:\n{}", ended.code, ended.stderr));
    }
    if !late.is_empty() {
        late.push(format!("{point}: the other run:\n{}", took_over.stderr));
    }
    late
}

/// Whether the call writes the lock table, whose items have their own conditions.
fn writes_lock(call: &Call) -> bool {
    call.service == "dynamodb" && call.operation.ends_with("Item")
}

#[testbed::test(emulator)]
async fn a_change_of_streaming_that_was_stopped_at_any_write_writes_nothing_after_it_was_undone() {
    switch_stopped_at_any_write(ENVIRONMENT, STREAMING).await;
}

#[testbed::test(emulator)]
async fn a_change_of_budget_that_was_stopped_at_any_write_writes_nothing_after_it_was_undone() {
    switch_stopped_at_any_write(&with_bedrock(), BUDGET).await;
}

/// Turns a feature on and off. All changes are stopped at the same time, and the other run undoes them.
async fn switch_stopped_at_any_write(off: &str, feature: &str) {
    let twin = Twin::new();
    twin.write("off/dev.yaml", off);
    twin.write("on/dev.yaml", format!("{off}{feature}"));
    twin.run(&deploy(OFF, "ada")).await.exits_with(0);
    let mut changes = Vec::new();
    for (from, to) in [(OFF, ON), (ON, OFF)] {
        twin.proxy.reset();
        twin.run(&deploy(to, "ada")).await.exits_with(0);
        let writes = twin.writes().into_iter().filter(|call| !writes_lock(call));
        changes.extend(writes.map(|call| (from, to, call.number)));
    }
    let points = changes.len();
    assert!(points > 8, "{changes:?}");
    twin.destroy(&["--environments", OFF]).await.exits_with(0);
    let expected = inventory(&twin.by_hand).await;

    let late = join_all(changes.into_iter().map(|change| undone_at(&twin, change))).await;
    let late: Vec<_> = late.into_iter().flatten().collect();
    assert!(late.is_empty(), "{} of {points} points:\n{}", late.len(), late.join("\n"));
    assert_eq!(inventory(&twin.by_hand).await, expected, "resources are left over");
}

const OFF: &str = "off";
const ON: &str = "on";

/// The arguments of a deploy with the file in one of the two folders.
fn deploy<'a>(folder: &'a str, project: &'a str) -> Vec<&'a str> {
    [&deploy_args(first_zip())[..], &["--environments", folder, "--project", project]].concat()
}

/// Stops a change in a project of its own, which another run undoes. Returns what was written afterwards, or what
/// differs at the end.
async fn undone_at(twin: &Twin, (from, to, point): (&str, &str, usize)) -> Vec<String> {
    let project = format!("{to}{point}");
    let undo = deploy(from, &project);
    twin.run(&undo).await.exits_with(0);
    let mut late = late_writes(twin, point, &deploy(to, &project), &undo).await;
    let again = twin.run(&undo).await.exits_with(0);
    if !again.stderr.contains("nothing to change") {
        late.push(format!("{project} was not undone:\n{}", again.stderr));
    }
    let destroy = ["destroy", "dev", "--confirm", "dev", "--environments", from, "--project", &project];
    twin.run(&destroy).await.exits_with(0);
    late
}
