//! `destroy`.

use std::fs;

use aws_sdk_s3::primitives::ByteStream;
use testbed::proxy::Selector;
use testbed::terminal::{self, Conversation};

use super::{
    inventory::inventory,
    twin::{ENVIRONMENT, Twin},
};

const MEMORY: &str = "ada-dev-memory-000000000000";
const DATA: &str = "ada-dev-data-000000000000";

async fn put_object(twin: &Twin, bucket: &str, key: &str, text: &'static str) {
    let put_object = twin.by_hand.s3.put_object().bucket(bucket).key(key);
    put_object.body(ByteStream::from_static(text.as_bytes())).send().await.unwrap();
}

#[testbed::test(emulator)]
async fn destroy_leaves_only_the_lock_table() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    put_object(&twin, MEMORY, "session-1.json", "[]").await;
    put_object(&twin, MEMORY, "session-1.json", "[1]").await;
    // Takes the place of a conversation that its visitor deleted.
    put_object(&twin, MEMORY, "session-2.json", "[                          ]").await;
    put_object(&twin, DATA, "facts.json", "{}").await;
    twin.run(&["lock-table", "remove"]).await.exits_with(6).reports("ada/dev");
    let shown = twin.run(&["destroy", "dev", "--dry-run"]).await.exits_with(0);
    shown.reports("1 conversation would be lost");
    shown.reports("1 data file would be lost");

    twin.destroy(&["--backup", "saved"]).await.exits_with(0);
    let saved = |path: &str| fs::read_to_string(twin.join("saved").join(path)).unwrap();
    assert_eq!((saved("memory/session-1.json"), saved("data/facts.json")), ("[1]".into(), "{}".into()));
    assert_eq!(inventory(&twin.by_hand).await, ["table twinctl-locks"]);
    twin.destroy(&[]).await.exits_with(0);
    twin.run(&["status", "dev"]).await.exits_with(8).reports("`dev` is not deployed");
    assert_eq!(inventory(&twin.by_hand).await, ["table twinctl-locks"]);
    let unconfirmed = twin.run(&["lock-table", "remove", "--region", "us-east-1"]).await.exits_with(2);
    unconfirmed.reports("twinctl lock-table remove dev --region us-east-1 --yes");
    assert_eq!(inventory(&twin.by_hand).await, ["table twinctl-locks"]);
    let remove = ["lock-table", "remove", "--yes"];
    twin.run(&remove).await.exits_with(0).reports("deleted the lock table in ");
    assert_eq!(inventory(&twin.by_hand).await, [""; 0]);
    let again = twin.run(&[&remove[..], &["--json"]].concat()).await.exits_with(0);
    assert!(again.stdout.contains("\"removed\":false"), "{}", again.stdout);
}

#[testbed::test(emulator)]
async fn kept_conversations_and_data_files_are_reused_by_the_next_deploy() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    put_object(&twin, MEMORY, "session-1.json", "[]").await;
    twin.destroy(&["--keep-data"]).await.exits_with(0);
    let kept = inventory(&twin.by_hand).await;
    let kept: Vec<_> = kept.iter().filter(|line| !line.starts_with("item ")).collect();
    assert_eq!(
        kept,
        [
            &format!("bucket {DATA}"),
            &format!("bucket {MEMORY}"),
            &format!("object {MEMORY}/session-1.json"),
            "table twinctl-locks"
        ]
    );
    twin.deploy(&[]).await.exits_with(0);
    assert!(inventory(&twin.by_hand).await.contains(&format!("object {MEMORY}/session-1.json")));
    twin.destroy(&["--keep-data"]).await.exits_with(0);
    twin.destroy(&["--keep-data"]).await.exits_with(0);
    twin.destroy(&[]).await.exits_with(0);
    assert_eq!(inventory(&twin.by_hand).await, ["table twinctl-locks"]);
}

/// Makes CloudFront report the distribution as still being deployed.
fn report_as_in_progress(twin: &Twin) {
    let reads = Selector::first(1000, "GET /2020-05-31/distribution/{}");
    twin.proxy.replace_text(reads, "<Status>Deployed</Status>", "<Status>InProgress</Status>");
}

#[testbed::test(emulator)]
async fn a_destroy_that_did_not_wait_is_reported_by_status_and_finished_by_the_next_destroy() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    report_as_in_progress(&twin);
    let left = twin.destroy(&["--no-wait"]).await.exits_with(0);
    left.reports("run `twinctl destroy dev` again to finish");
    let remaining = [
        "distribution twinctl ada-dev",
        // The development and the live stage.
        "edge function ada-dev-paths",
        "edge function ada-dev-paths",
        "headers policy ada-dev",
        "item ada/dev free",
        "origin access control ada-dev",
        "table twinctl-locks",
    ];
    assert_eq!(inventory(&twin.by_hand).await, remaining);
    twin.proxy.reset();
    // CloudFront has finished by now, but `status` only reports.
    let status = twin.run(&["status", "dev"]).await.exits_with(8);
    status.reports("a destroy has not finished; run `twinctl destroy dev` again");
    assert_eq!(twin.writes().len(), 0);
    assert_eq!(inventory(&twin.by_hand).await, remaining);
    twin.destroy(&[]).await.exits_with(0);
    assert_eq!(inventory(&twin.by_hand).await, ["table twinctl-locks"]);
}

#[testbed::test(emulator)]
async fn destroy_requires_the_name_of_the_environment() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    let resources = inventory(&twin.by_hand).await;
    twin.proxy.reset();
    twin.run(&["destroy", "dev", "--confirm", "prod"]).await.exits_with(2).reports("nothing was deleted");
    twin.run(&["destroy", "dev"]).await.exits_with(2).reports("--confirm dev");
    twin.run(&["destroy", "dev", "--yes"]).await.exits_with(2).reports("use `--confirm dev` instead");
    let refused = destroy_at_terminal(&twin, "dev\n", "prod");
    assert!(!refused.is_success && refused.stderr.contains("the name does not match"), "{refused:?}");
    twin.write("environments/dev.yaml", format!("{ENVIRONMENT}protect: true\n"));
    twin.destroy(&[]).await.exits_with(3).reports("protect: true");
    assert_eq!(twin.writes().len(), 0);
    assert_eq!(inventory(&twin.by_hand).await, resources);

    twin.write("environments/dev.yaml", ENVIRONMENT);
    let destroyed = destroy_at_terminal(&twin, "", "dev");
    assert!(destroyed.is_success, "{destroyed:?}");
    assert_eq!(inventory(&twin.by_hand).await, ["table twinctl-locks"]);
}

/// Types `ahead` before `destroy dev` starts, and `answer` after its question.
fn destroy_at_terminal(twin: &Twin, ahead: &str, answer: &str) -> Conversation {
    let command = twin.command(&["destroy", "dev"]).into_std();
    terminal::answer_after(ahead, command, &["saves it first): "], &[answer])
}
