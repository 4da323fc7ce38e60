//! Runs that are killed and repeated: the result is the same as of an undisturbed run, without leftovers or duplicates.

use std::time::Duration;

use testbed::Run;
use testbed::proxy::{Call, Selector, Timing};
use testbed::twin_lambda::{first_zip, second_zip};

use super::{
    alarms::ALARMS,
    budget::{BUDGET, with_short_requests},
    inventory::inventory,
    streaming::{STREAMING, streaming_twin},
    twin::{ENVIRONMENT, Twin, deploy_args, is_write},
};

/// Returns the calls to kill a run at, alternately before and after their effect. Calls overlap, so a number may be
/// another call.
fn kill_points(calls: &[Call], is_relevant: impl Fn(&Call) -> bool) -> Vec<(usize, Timing)> {
    let signed = calls.iter().filter(|call| !call.service.is_empty() && is_relevant(call));
    let moments = [Timing::BeforeEffect, Timing::AfterEffect].into_iter().cycle();
    signed.map(|call| call.number).zip(moments).collect()
}

/// Compares the account with the expected one after a repeated run.
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

fn assert_no_failures(calls: &[Call], failed: &[(usize, Timing, String)], tried: usize) {
    let lines = failed.iter().map(|(point, moment, why)| {
        let operation = calls.get(point - 1).map_or("", |call| call.operation.as_str());
        format!("{point} ({operation}) {moment:?}: {why}")
    });
    let lines: Vec<_> = lines.collect();
    assert!(lines.is_empty(), "{} of {tried} points:\n{}", lines.len(), lines.join("\n"));
}

/// Kills a first deploy at every call. The twin streams, as new environment files do, and streaming only adds calls. Two tests take half of the calls each, so that they can run in parallel.
async fn first_deploy(half: usize) {
    let twin = streaming_twin();
    let args = deploy_args(first_zip());
    twin.deploy(&[]).await.exits_with(0);
    let (calls, expected) = (twin.proxy.calls(), inventory(&twin.by_hand).await);
    let kill_points = kill_points(&calls, |call| call.number / 2 % 2 == half);
    let mut failed = Vec::new();
    for (point, moment) in &kill_points {
        twin.reset();
        twin.kill_at(Selector::Nth(*point), *moment, &args).await;
        twin.proxy.reset();
        let again = twin.deploy(&[]).await;
        if let Some(why) = compare(&twin, again, &expected).await {
            failed.push((*point, *moment, why));
        }
    }
    assert_no_failures(&calls, &failed, kill_points.len());
}

#[testbed::test(emulator)]
async fn a_first_deploy_killed_at_any_call_converges_first_half() {
    first_deploy(0).await;
}

#[testbed::test(emulator)]
async fn a_first_deploy_killed_at_any_call_converges_second_half() {
    first_deploy(1).await;
}

#[testbed::test(emulator)]
async fn an_update_killed_at_any_write_converges() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    let releases = [(second_zip(), "<p>Again.</p>"), (first_zip(), "<p>Hello.</p>")];
    let title = "<!doctype html><html lang=\"en\"><title>Ada</title>";
    let release = |turn: usize| {
        let (zip, page) = releases[turn % 2];
        twin.write("web/index.html", format!("{title}{page}\n"));
        (zip, page)
    };
    twin.proxy.reset();
    twin.deploy_zip(release(0).0).await.exits_with(0);
    let calls = twin.proxy.calls();
    let expected = without_versions(inventory(&twin.by_hand).await);
    let kill_points = kill_points(&calls, is_write);
    let mut failed = Vec::new();
    for (turn, (point, moment)) in kill_points.iter().enumerate() {
        let (zip, page) = release(turn + 1);
        let args = deploy_args(zip);
        twin.proxy.reset();
        twin.kill_at(Selector::Nth(*point), *moment, &args).await;
        twin.proxy.reset();
        let again = twin.deploy_zip(zip).await.exits_with(0);
        assert!(twin.visit(again.url(), "/").body.contains(page));
        let now = without_versions(inventory(&twin.by_hand).await);
        if now != expected {
            failed.push((*point, *moment, format!("{now:#?}")));
        }
    }
    assert_no_failures(&calls, &failed, kill_points.len());
}

/// A fault of a call during a deploy.
#[derive(Clone, Copy, Debug)]
enum Mishap {
    /// The deploy is killed, and another one follows.
    Kill(Timing),
    /// The response is lost.
    Lose(Timing),
}

/// Turns a feature on or off, with each mishap at each write. Visitors are answered in between, and the result is that of an
/// undisturbed deploy.
async fn switch_at_any_write(before: &str, after: &str) {
    let twin = Twin::new();
    let deploy = async |text: &str| {
        twin.write("environments/dev.yaml", text);
        twin.deploy(&[]).await.exits_with(0)
    };
    let url = deploy(before).await.url().to_owned();
    twin.proxy.reset();
    deploy(after).await;
    let mut writes: Vec<_> = twin.writes().into_iter().map(|call| call.operation).collect();
    writes.sort();
    writes.dedup();
    let expected = inventory(&twin.by_hand).await;
    assert!(writes.len() >= 5, "{writes:?}");
    let timings = [Timing::BeforeEffect, Timing::AfterEffect];
    let mishaps = timings.into_iter().flat_map(|timing| [Mishap::Kill(timing), Mishap::Lose(timing)]);
    let mishaps: Vec<_> = mishaps.collect();
    let mut failed = Vec::new();
    for (operation, mishap) in
        writes.iter().flat_map(|write| mishaps.iter().map(move |mishap| (write, mishap)))
    {
        deploy(before).await;
        twin.proxy.reset();
        twin.write("environments/dev.yaml", after);
        let call = Selector::first(1, operation);
        match *mishap {
            Mishap::Kill(timing) => drop(twin.kill_at(call, timing, &deploy_args(first_zip())).await),
            Mishap::Lose(timing) => twin.proxy.lose(call, timing),
        }
        let visited = twin.visit(&url, "/api/health").status;
        let again = twin.deploy(&[]).await;
        twin.proxy.reset();
        let why = compare(&twin, again, &expected).await;
        let unseen = (visited != 200).then(|| format!("a visitor got {visited}"));
        failed.extend(why.or(unseen).map(|why| format!("{operation} {mishap:?}: {why}")));
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[testbed::test(emulator)]
async fn streaming_is_turned_on_completely_after_a_kill_or_a_lost_response_at_any_write() {
    switch_at_any_write(ENVIRONMENT, &format!("{ENVIRONMENT}{STREAMING}")).await;
}

#[testbed::test(emulator)]
async fn streaming_is_turned_off_completely_after_a_kill_or_a_lost_response_at_any_write() {
    switch_at_any_write(&format!("{ENVIRONMENT}{STREAMING}"), ENVIRONMENT).await;
}

#[testbed::test(emulator)]
async fn alarms_are_turned_on_completely_after_a_kill_or_a_lost_response_at_any_write() {
    switch_at_any_write(ENVIRONMENT, &format!("{ENVIRONMENT}{ALARMS}")).await;
}

#[testbed::test(emulator)]
async fn alarms_are_turned_off_completely_after_a_kill_or_a_lost_response_at_any_write() {
    switch_at_any_write(&format!("{ENVIRONMENT}{ALARMS}"), ENVIRONMENT).await;
}

#[testbed::test(emulator)]
async fn a_budget_is_turned_on_completely_after_a_kill_or_a_lost_response_at_any_write() {
    switch_at_any_write(&with_short_requests(), &format!("{}{BUDGET}", with_short_requests())).await;
}

#[testbed::test(emulator)]
async fn a_budget_is_turned_off_completely_after_a_kill_or_a_lost_response_at_any_write() {
    switch_at_any_write(&format!("{}{BUDGET}", with_short_requests()), &with_short_requests()).await;
}

/// Without versions and aliases, which every release changes.
fn without_versions(mut lines: Vec<String>) -> Vec<String> {
    lines.retain(|line| !line.starts_with("version ") && !line.starts_with("alias "));
    lines
}

#[testbed::test(emulator)]
async fn a_destroy_killed_at_any_write_is_finished_by_the_next_one() {
    let twin = streaming_twin();
    let args = ["destroy", "dev", "--confirm", "dev"];
    twin.deploy(&[]).await.exits_with(0);
    twin.proxy.reset();
    twin.destroy(&[]).await.exits_with(0);
    let calls = twin.proxy.calls();
    let expected = inventory(&twin.by_hand).await;
    let kill_points = kill_points(&calls, is_write);
    let mut failed = Vec::new();
    for (point, moment) in &kill_points {
        twin.reset();
        twin.deploy(&[]).await.exits_with(0);
        twin.proxy.reset();
        twin.kill_at(Selector::Nth(*point), *moment, &args).await;
        twin.proxy.reset();
        let again = twin.destroy(&[]).await;
        if let Some(why) = compare(&twin, again, &expected).await {
            failed.push((*point, *moment, why));
        }
    }
    assert_no_failures(&calls, &failed, kill_points.len());
}

/// Kills a deploy that has applied everything, but has not verified or recorded it and still holds the lock.
#[testbed::test(emulator)]
async fn the_release_of_a_killed_deploy_is_recorded_by_the_next_one() {
    let twin = Twin::new();
    let script = "<script>document.title = \"Ada Lovelace\"</script>";
    twin.write("web/index.html", format!("<!doctype html><html lang=\"en\"><title>Ada</title>{script}\n"));
    let args = deploy_args(first_zip());
    twin.proxy.set_delay(Duration::from_millis(100));
    let mut deploy = twin.spawn(&args);
    twin.wait_for_calls("POST /2015-03-31/functions/{}/aliases", 1).await;
    // From here on, tags are only read to verify the result.
    let verifying = twin.proxy.hold(Selector::first(1, "GET /{bucket}?tagging"), Timing::BeforeEffect);
    verifying.await.unwrap();
    deploy.kill().await.unwrap();
    twin.proxy.set_delay(Duration::ZERO);
    twin.proxy.reset();
    twin.deploy(&[]).await.exits_with(0);
    assert!(inventory(&twin.by_hand).await.contains(&"item ada/dev free".to_owned()));
    twin.run(&["status", "dev"]).await.exits_with(0).reports("version 1 was released");
}
