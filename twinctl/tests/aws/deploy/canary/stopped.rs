//! Canaries whose deploy is stopped, as a suspended laptop is, while another run takes its lock over.

use futures_util::future::join_all;
use testbed::twin_lambda::{first_zip, second_zip};

use super::{QUICK, UPDATE_ALIAS, args, crash::points};
use crate::deploy::{
    inventory::inventory,
    pause::late_writes,
    twin::{Twin, is_write},
};

/// All are stopped at the same time, because a lock can be taken over only after a minute.
#[testbed::test(emulator)]
async fn a_canary_that_was_stopped_at_any_write_changes_nothing_after_its_lock_was_taken_over() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    twin.proxy.reset();
    twin.run(&args(second_zip(), &QUICK)).await.exits_with(0);
    let mut points: Vec<_> = points(&twin).into_iter().map(|(call, _)| call).collect();
    points.retain(|call| is_write(call) && call.service != "dynamodb");
    let switches = points.iter().filter(|call| call.operation == UPDATE_ALIAS).count();
    assert_eq!(switches, 2, "{points:?}");
    twin.destroy(&[]).await.exits_with(0);
    let expected = inventory(&twin.by_hand).await;

    let late = join_all(points.iter().map(|call| undone_at(&twin, call.number))).await;
    let late: Vec<_> = late.into_iter().flatten().collect();
    assert!(late.is_empty(), "{} of {} points:\n{}", late.len(), points.len(), late.join("\n"));
    assert_eq!(inventory(&twin.by_hand).await, expected, "resources are left over");
}

/// Stops a deploy with a canary in a project of its own, which another run undoes. Returns what was written afterwards, or what
/// differs at the end.
async fn undone_at(twin: &Twin, point: usize) -> Vec<String> {
    let project = format!("ada{point}");
    let of = |zip, canary| [args(zip, canary), vec!["--project", &project]].concat();
    let undo = of(first_zip(), &[]);
    twin.run(&undo).await.exits_with(0);
    let mut late = late_writes(twin, point, &of(second_zip(), &QUICK), &undo).await;
    let alias =
        twin.by_hand.lambda.get_alias().function_name(format!("{project}-dev-api")).name("live").send();
    let weights = alias.await.unwrap().routing_config.and_then(|routing| routing.additional_version_weights);
    if weights.is_some_and(|weights| !weights.is_empty()) {
        late.push(format!("{project} still has a canary"));
    }
    let again = twin.run(&undo).await.exits_with(0);
    if again.stderr.contains("canary") {
        late.push(format!("{project} still has a canary in its record:\n{}", again.stderr));
    }
    twin.run(&["destroy", "dev", "--confirm", "dev", "--project", &project]).await.exits_with(0);
    late
}
