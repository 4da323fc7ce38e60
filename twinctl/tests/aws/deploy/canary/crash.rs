//! Canaries whose deploy is killed or stopped, or loses a response.

use std::collections::BTreeMap;

use testbed::{
    process,
    proxy::{Call, Selector, Timing},
    twin_lambda::{first_zip, second_zip},
    wait,
};

use super::{LOG, LONG, QUICK, UPDATE_ALIAS, alias, all_on, args, recorded};
use crate::deploy::twin::{Twin, finish, is_write};

/// A mishap at one call of a deploy.
#[derive(Clone, Copy, Debug)]
enum Mishap {
    Kill(Timing),
    Lose(Timing),
}

/// Selects the call of this operation with this number, which is 1 or 2.
fn nth(operation: &str, number: usize) -> Selector {
    if number == 1 { Selector::first(1, operation) } else { Selector::first_after(operation, 1, operation) }
}

/// Returns the first two calls of each write and of each read of the log, with their number among the calls of the operation.
pub(super) fn points(twin: &Twin) -> Vec<(Call, usize)> {
    let mut seen = BTreeMap::<String, usize>::new();
    let calls = twin.proxy.calls().into_iter().filter(|call| is_write(call) || call.operation == LOG);
    let numbered = calls.map(|call| {
        let number = seen.entry(call.operation.clone()).or_default();
        *number += 1;
        (call, *number)
    });
    numbered.filter(|(_, number)| *number <= 2).collect()
}

#[testbed::test(emulator)]
async fn a_canary_is_completed_after_a_kill_or_a_lost_response_at_any_write() {
    let twin = Twin::new();
    let zips = [second_zip(), first_zip()];
    twin.deploy(&[]).await.exits_with(0);
    twin.proxy.reset();
    twin.run(&args(zips[0], &QUICK)).await.exits_with(0);
    let points = points(&twin);
    let is_switch = |(call, number): &(Call, usize)| call.operation == UPDATE_ALIAS && *number == 2;
    assert!(points.iter().any(is_switch), "{points:?}");
    let timings = [Timing::BeforeEffect, Timing::AfterEffect];
    let mishaps = timings.into_iter().flat_map(|timing| [Mishap::Kill(timing), Mishap::Lose(timing)]);
    let mishaps: Vec<_> = mishaps.collect();
    let cases = points.iter().flat_map(|point| mishaps.iter().map(move |mishap| (point, *mishap)));
    for (turn, ((Call { operation, .. }, number), mishap)) in cases.enumerate() {
        let args = args(zips[(turn + 1) % 2], &QUICK);
        twin.proxy.reset();
        match mishap {
            Mishap::Kill(timing) => drop(twin.kill_at(nth(operation, *number), timing, &args).await),
            Mishap::Lose(timing) => twin.proxy.lose(nth(operation, *number), timing),
        }
        let again = twin.run(&args).await;
        let what = format!("{operation} {number} {mishap:?}: {}", again.stderr);
        assert_eq!(again.code, Some(0), "{what}");
        assert_eq!((alias(&twin).await.1, recorded(&twin).await), (BTreeMap::new(), None), "{what}");
        assert_eq!(twin.visit(again.url(), "/api/health").status, 200, "{what}");
    }
}

#[testbed::test(emulator)]
async fn a_deploy_that_was_stopped_during_its_canary_does_not_undo_what_the_next_run_did() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    twin.proxy.reset();
    let stopped = twin.spawn(&args(second_zip(), &LONG));
    let weights = async || (!alias(&twin).await.1.is_empty()).then_some(());
    wait::for_value_async("the alias has weights", weights).await;
    process::signal(stopped.id().unwrap(), "-STOP");
    let next = twin.deploy(&["--lock-wait", "10m"]).await.exits_with(0);
    next.reports("ended the canary (25%:30m) of an interrupted run");
    all_on(&twin, "3").await;
    process::signal(stopped.id().unwrap(), "-CONT");
    finish(stopped).await.exits_with(4);
    all_on(&twin, "3").await;
}
