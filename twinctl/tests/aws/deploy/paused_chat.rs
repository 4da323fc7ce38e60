//! A paused chat, and blocked conversations, on AWS.

use std::time::Duration;

use serde_json::Value;
use testbed::{
    proxy::{Selector, Timing},
    twin_lambda::second_zip,
};

use super::twin::Twin;

const QUESTION: &str = r#"{"message":"Who are you?"}"#;

/// Returns the operations of the calls since the last reset of the proxy.
fn operations(twin: &Twin) -> Vec<String> {
    let mut operations: Vec<_> = twin.proxy.calls().into_iter().map(|call| call.operation).collect();
    operations.sort();
    operations
}

/// A function checks its data files once a minute, so each question goes to a version that has just started.
#[testbed::test(emulator)]
async fn a_paused_twin_stays_paused_through_a_deploy_until_it_is_resumed() {
    let twin = Twin::new();
    for command in ["pause", "resume"] {
        twin.run(&[command, "dev"]).await.exits_with(8).reports("`dev` is not deployed");
    }
    twin.write("data/facts.json", r#"{"full_name": "Ada Example", "name": "Ada"}"#);
    let url = twin.deploy(&[]).await.exits_with(0).url().to_owned();
    twin.proxy.reset();
    let pause = ["pause", "dev", "--message", "Back on Monday."];
    for _ in 0..2 {
        twin.run(&pause).await.exits_with(0).reports("`dev` is paused within a minute");
    }
    twin.proxy.reset();
    twin.proxy.set_delay(Duration::from_millis(300));
    twin.run(&pause).await.exits_with(0).reports("visitors read: Back on Monday.");
    assert!(twin.proxy.depth() < 3.5, "{} round trips: {:?}", twin.proxy.depth(), operations(&twin));
    twin.proxy.set_delay(Duration::ZERO);
    assert_eq!(twin.proxy.calls().len(), 3, "{:?}", operations(&twin));

    let status = twin.run(&["status", "dev"]).await.exits_with(0);
    status.reports("the chat was paused");
    status.reports("run `twinctl resume dev`");
    let status = twin.run(&["status", "dev", "--json"]).await.exits_with(0).stdout;
    let last: Value = serde_json::from_str(status.lines().last().unwrap()).unwrap();
    assert!(last["paused"].is_string(), "{last}");
    twin.plan().await.exits_with(0).reports("the chat was paused");
    twin.deploy_zip(second_zip()).await.exits_with(0).reports("the chat was paused");
    let answered = twin.ask(&url, "POST /api/chat", QUESTION);
    assert_eq!(answered.status, 403, "{answered:?}");
    let json: Value = serde_json::from_str(&answered.body).unwrap();
    assert_eq!((&json["code"], &json["detail"]), (&"paused".into(), &"Back on Monday.".into()), "{json}");

    twin.proxy.reset();
    twin.run(&["resume", "dev"]).await.exits_with(0).reports("is open within a minute");
    assert_eq!(twin.proxy.calls().len(), 2, "{:?}", operations(&twin));
    twin.run(&["resume", "dev"]).await.exits_with(0);
    let status = twin.run(&["status", "dev", "--json"]).await.exits_with(0).stdout;
    assert!(!status.contains("paused"), "{status}");
    twin.deploy(&[]).await.exits_with(0);
    assert_eq!(twin.ask(&url, "POST /api/chat", QUESTION).status, 200);
    twin.run(&pause).await.exits_with(0);
    twin.destroy(&[]).await.exits_with(0);
    twin.run(&["resume", "dev"]).await.exits_with(8);
}

#[testbed::test(emulator)]
async fn a_pause_that_was_killed_can_be_repeated() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    twin.proxy.reset();
    twin.run(&["pause", "dev"]).await.exits_with(0);
    for (command, calls) in [("resume", 2), ("pause", 3)] {
        for call in 1..=calls {
            for moment in [Timing::BeforeEffect, Timing::AfterEffect] {
                twin.proxy.reset();
                twin.kill_at(Selector::Nth(call), moment, &[command, "dev"]).await;
                twin.run(&[command, "dev"]).await.exits_with(0);
                let status = twin.run(&["status", "dev", "--json"]).await.exits_with(0).stdout;
                assert_eq!(status.contains("\"paused\""), command == "pause", "{command} {call} {status}");
            }
        }
    }
}

const FROM_A_CONVERSATION: &str = r#"{"message":"Who are you?","session_id":"the-first-conversation"}"#;

#[testbed::test(emulator)]
async fn a_blocked_conversation_stays_blocked_through_a_deploy_until_it_is_unblocked() {
    let twin = Twin::new();
    twin.run(&["block", "dev", "9f86d081"]).await.exits_with(8).reports("`dev` is not deployed");
    twin.write("data/facts.json", r#"{"full_name": "Ada Example", "name": "Ada"}"#);
    let url = twin.deploy(&[]).await.exits_with(0).url().to_owned();
    twin.proxy.reset();
    let block = ["block", "dev", "the-first-conversation"];
    let blocked = twin.run(&block).await.exits_with(0);
    blocked.reports("the list of `dev` has 1 entry; the twin uses it within a minute");
    assert!(twin.proxy.depth() < 4.5, "{} round trips: {:?}", twin.proxy.depth(), operations(&twin));
    let lists =
        operations(&twin).into_iter().filter(|operation| operation == "GET /{bucket}?list-type").count();
    assert_eq!(lists, 1, "only the folder of the list of blocks, not the conversations");
    // A function checks its data files once a minute, and a new version checks them at once.
    twin.deploy_zip(second_zip()).await.exits_with(0);
    let answered = twin.ask(&url, "POST /api/chat", FROM_A_CONVERSATION);
    assert_eq!((answered.status, answered.body.contains(r#""code":"blocked""#)), (403, true), "{answered:?}");
    assert_eq!(twin.ask(&url, "POST /api/chat", QUESTION).status, 200);
    twin.deploy_zip(second_zip()).await.exits_with(0).reports("nothing to change");
    twin.run(&["unblock", "dev", "--all"]).await.exits_with(0).reports("has 0 entries");
    twin.deploy(&[]).await.exits_with(0);
    assert_eq!(twin.ask(&url, "POST /api/chat", FROM_A_CONVERSATION).status, 200);
    twin.destroy(&[]).await.exits_with(0);
}

/// The response to a write can be lost, and another write can come first.
#[testbed::test(emulator)]
async fn a_block_that_was_killed_can_be_repeated() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    let block = ["block", "dev", "9f86d081"];
    twin.proxy.reset();
    twin.run(&block).await.exits_with(0);
    let calls = twin.proxy.calls().len();
    twin.run(&["unblock", "dev", "--all"]).await.exits_with(0);
    for call in 1..=calls {
        for moment in [Timing::BeforeEffect, Timing::AfterEffect] {
            twin.proxy.reset();
            twin.kill_at(Selector::Nth(call), moment, &block).await;
            twin.run(&block).await.exits_with(0).reports("has 1 entry");
            twin.run(&["unblock", "dev", "9f86d081"]).await.exits_with(0).reports("has 0 entries");
        }
    }
}
