//! Runs that are stopped, as a suspended laptop is, while another run takes their lock over.
//!
//! The tests stop a run at its writes, not at its reads. A run that stops at a read continues as one that stops after the write
//! before it: both have to confirm the lock before the next write.

use std::time::Duration;

use futures_util::{StreamExt as _, future::join_all, stream};
use testbed::{
    process,
    proxy::{Call, Proxy},
    twin_lambda::{first_zip, second_zip},
    wait,
};

use super::{
    budget::{BUDGET, with_short_requests},
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
    let other = [other, &["--lock-wait", "10m"]].concat();
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
        twin.run(&other).await.exits_with(0);
        return Vec::new();
    }
    process::signal(pid, "-STOP");

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
    // A run that has nothing to change leaves the lock to its holder.
    let left_the_lock = took_over.stderr.contains("the environment is locked by");
    let late =
        |call: &&Call| is_write(call) && call.signed_at >= continued && !writes_lock(call) && !left_the_lock;
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
    switch_stopped_at_any_write(&with_short_requests(), BUDGET).await;
}

/// Turns a feature on and off. The other run undoes the change.
async fn switch_stopped_at_any_write(off: &str, feature: &str) {
    let twin = Twin::new();
    twin.write("off/dev.yaml", off);
    twin.write("on/dev.yaml", format!("{off}{feature}"));
    let change = |name, before: &'static [&'static str; 2], after: &'static [&'static str; 2]| Scenario {
        name,
        step: 1,
        before: vec![first_code(before)],
        run: first_code(after),
        other: first_code(before),
    };
    stopped_at_any_write(&twin, &[change("on", OFF, ON), change("off", ON, OFF)]).await;
}

/// Every other command that writes. The other run is a deploy that undoes or finishes it.
#[testbed::test(emulator)]
async fn any_command_that_was_stopped_at_any_write_writes_nothing_after_another_run_took_its_lock_over() {
    let twin = Twin::new();
    let off = format!("{ENVIRONMENT}{STREAMING}");
    twin.write("off/dev.yaml", &off);
    twin.write("on/dev.yaml", format!("{off}lambda: {{ memory_mb: 512 }}\ndata: notes\n"));
    twin.write("data/facts.json", r#"{ "full_name": "Ada Example" }"#);
    twin.write("notes/facts.json", r#"{ "full_name": "Ada Changed" }"#);
    twin.write("notes/me.txt", "I paint.");
    let (first, second) = (first_code(OFF), [&deploy_args(second_zip())[..], ON].concat());
    let scenario = |name, before: &[&Args], run: Args, other: &Args| Scenario {
        name,
        // A destroy makes many writes of the same kind.
        step: if name == "destroy" { 2 } else { 1 },
        before: before.iter().map(|args| (*args).clone()).collect(),
        run,
        other: other.clone(),
    };
    let command = |args: &[&'static str], folder: &[&'static str]| [args, folder].concat();
    stopped_at_any_write(
        &twin,
        &[
            scenario("update", &[&first], second.clone(), &first),
            scenario("destroy", &[&first], command(&["destroy", "dev", "--confirm", "dev"], OFF), &first),
            scenario("rollback", &[&first, &second], command(&["rollback", "dev", "--yes"], ON), &second),
            scenario("rotate", &[&first], command(&["secret", "rotate", "dev", "origin"], OFF), &first),
            scenario("upload", &[&first], command(&["upload-data", "dev", "--yes"], ON), &first),
        ],
    )
    .await;
}

type Args = Vec<&'static str>;

const OFF: &[&str; 2] = &["--environments", "off"];
const ON: &[&str; 2] = &["--environments", "on"];

/// The arguments of a deploy of the first code with the file in a folder.
fn first_code(folder: &[&'static str; 2]) -> Args {
    [&deploy_args(first_zip())[..], folder].concat()
}

/// How many projects are tested at the same time. Each waits a minute until its lock can be taken over, so many run together.
/// With too many, a slow machine could not renew their locks in time.
const AT_ONCE: usize = 20;

/// A run that is stopped, the runs before it, and the run that takes its lock over.
struct Scenario {
    name: &'static str,
    /// The run is stopped at each write, or at each second one.
    step: usize,
    before: Vec<Args>,
    run: Args,
    other: Args,
}

impl Scenario {
    /// Makes the runs before the one that is stopped.
    async fn prepare(&self, twin: &Twin, project: &str) {
        for args in &self.before {
            twin.run(&in_project(args, project)).await.exits_with(0);
        }
    }

    /// Stops the run in a project of its own. Returns what was written afterwards, or what differs at the end.
    async fn stopped_at(&self, twin: &Twin, point: usize) -> Vec<String> {
        let project = format!("{}{point}", self.name);
        self.prepare(twin, &project).await;
        let (run, other) = (in_project(&self.run, &project), in_project(&self.other, &project));
        let mut late = late_writes(twin, point, &run, &other).await;
        let again = twin.run(&other).await.exits_with(0);
        if !again.stderr.contains("nothing to change") {
            late.push(format!("{project} has not the result of the other run:\n{}", again.stderr));
        }
        destroy(twin, &project).await;
        late
    }
}

fn in_project<'a>(args: &[&'a str], project: &'a str) -> Vec<&'a str> {
    [args, &["--project", project]].concat()
}

async fn destroy(twin: &Twin, project: &str) {
    let args = [&["destroy", "dev", "--confirm", "dev"], &OFF[..]].concat();
    twin.run(&in_project(&args, project)).await.exits_with(0);
}

/// Stops the run of each scenario at its writes, many at the same time.
async fn stopped_at_any_write(twin: &Twin, scenarios: &[Scenario]) {
    let mut points = Vec::new();
    for scenario in scenarios {
        scenario.prepare(twin, scenario.name).await;
        twin.proxy.reset();
        twin.run(&in_project(&scenario.run, scenario.name)).await.exits_with(0);
        let before = points.len();
        let writes = twin.writes().into_iter().filter(|call| !writes_lock(call));
        points.extend(writes.step_by(scenario.step).map(|call| (scenario, call.number)));
        assert!(points.len() > before + 2, "{} writes nothing", scenario.name);
        destroy(twin, scenario.name).await;
    }
    let expected = inventory(&twin.by_hand).await;
    let runs = points.iter().map(|(scenario, point)| scenario.stopped_at(twin, *point));
    let late: Vec<_> = stream::iter(runs).buffer_unordered(AT_ONCE).collect().await;
    let late = late.concat();
    assert!(late.is_empty(), "{} of {} points:\n{}", late.len(), points.len(), late.join("\n"));
    assert_eq!(inventory(&twin.by_hand).await, expected, "resources are left over");
}
