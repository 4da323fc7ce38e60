//! Resources with our names that are not managed by twinctl.

use super::{inventory::inventory, twin::Twin};

const BUCKET: &str = "ada-dev-memory-000000000000";

/// Returns the inventory without the lock table.
async fn resources(twin: &Twin) -> Vec<String> {
    let mut resources = inventory(&twin.by_hand).await;
    resources.retain(|resource| !resource.starts_with("table ") && !resource.starts_with("item "));
    resources
}

#[testbed::test(emulator)]
async fn an_unmanaged_bucket_blocks_the_deploy_until_it_is_adopted() {
    let twin = Twin::new();
    twin.by_hand.s3.create_bucket().bucket(BUCKET).send().await.unwrap();
    let before = resources(&twin).await;
    twin.proxy.reset();

    for refused in [twin.plan().await, twin.deploy(&[]).await] {
        let refused = refused.exits_with(6);
        refused.reports("nothing was changed: cannot take over the memory bucket");
        refused.reports("--adopt");
        assert_eq!(refused.stdout, "");
    }
    // With `--yes`, a deploy takes the lock while it reads.
    assert!(twin.writes().iter().all(|call| call.service == "dynamodb"), "{:?}", twin.writes());
    assert_eq!(resources(&twin).await, before);

    twin.deploy(&["--adopt"]).await.exits_with(0);
    let tags = twin.by_hand.s3.get_bucket_tagging().bucket(BUCKET).send().await.unwrap();
    assert!(tags.tag_set().iter().any(|tag| (tag.key(), tag.value()) == ("twinctl:environment", "dev")));
    twin.plan().await.exits_with(0);
}
