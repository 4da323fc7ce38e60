//! Something in the account has one of our names, and is not ours.

use super::{account::inventory, twin::Twin};

const BUCKET: &str = "ada-dev-memory-000000000000";

/// What there is, but for the locks.
async fn things(twin: &Twin) -> Vec<String> {
    let mut things = inventory(&twin.by_hand).await;
    things.retain(|thing| !thing.starts_with("table ") && !thing.starts_with("item "));
    things
}

#[testbed::test(emulator)]
async fn somebody_elses_bucket_stops_everything_until_it_is_adopted() {
    let twin = Twin::new();
    twin.by_hand.s3.create_bucket().bucket(BUCKET).send().await.unwrap();
    let before = things(&twin).await;
    twin.proxy.reset();

    for refused in [twin.plan().await, twin.deploy(&[]).await] {
        let refused = refused.exits_with(6);
        refused.reports("nothing was changed, because of the memory bucket");
        refused.reports("--adopt");
        assert_eq!(refused.stdout, "");
    }
    // A deploy that was approved beforehand takes the lock while it looks.
    assert!(twin.writes().iter().all(|call| call.service == "dynamodb"), "{:?}", twin.writes());
    assert_eq!(things(&twin).await, before);

    twin.deploy(&["--adopt"]).await.exits_with(0);
    let tags = twin.by_hand.s3.get_bucket_tagging().bucket(BUCKET).send().await.unwrap();
    assert!(tags.tag_set().iter().any(|tag| (tag.key(), tag.value()) == ("twinctl:environment", "dev")));
    twin.plan().await.exits_with(0);
}
