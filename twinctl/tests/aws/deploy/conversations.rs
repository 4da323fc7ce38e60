//! Conversations stored in AWS, which are deleted in every version.

use serde_json::Value;

use super::twin::Twin;

/// Returns one key per object version and delete marker.
async fn versions(twin: &Twin, bucket: &str) -> Vec<String> {
    let listed = twin.by_hand.s3.list_object_versions().bucket(bucket).send().await.unwrap();
    let versions = listed.versions().iter().filter_map(|version| version.key());
    let markers = listed.delete_markers().iter().filter_map(|marker| marker.key());
    let mut keys: Vec<_> = versions.chain(markers).map(ToOwned::to_owned).collect();
    keys.sort();
    keys
}

async fn put(twin: &Twin, bucket: &str, key: &str, body: &str) {
    let put = twin.by_hand.s3.put_object().bucket(bucket).key(key).body(body.as_bytes().to_vec().into());
    put.send().await.unwrap();
}

#[testbed::test(emulator)]
async fn a_deleted_conversation_is_deleted_in_every_version() {
    let twin = Twin::new();
    twin.run(&["memory", "ls", "dev"])
        .await
        .exits_with(8)
        .reports("`dev` is not deployed and stores no conversations");
    twin.run(&["questions", "dev"])
        .await
        .exits_with(8)
        .reports("`dev` is not deployed and stores no conversations");
    twin.deploy(&[]).await.exits_with(0);
    let buckets = twin.by_hand.s3.list_buckets().send().await.unwrap();
    let mut names = buckets.buckets().iter().filter_map(|bucket| bucket.name());
    let bucket = names.find(|name| name.contains("-memory-")).unwrap();

    let messages = |text: &str| format!(r#"[{{"role":"user","content":"{text}"}}]"#);
    put(&twin, bucket, "asks.json", &messages("One")).await;
    put(&twin, bucket, "asks.json", &messages("Two")).await;
    put(&twin, bucket, "conversations/asks.json", r#"{"messages":[]}"#).await;
    put(&twin, bucket, "asks.json.json", "[]").await;
    put(&twin, bucket, "stays.json", &messages("Stay")).await;
    let delete = twin.by_hand.s3.delete_object().bucket(bucket).key("asks.json");
    delete.send().await.unwrap();
    assert_eq!(versions(&twin, bucket).await.len(), 6);

    let listed = twin.run(&["memory", "ls", "dev"]).await.exits_with(0).stdout;
    assert!(listed.contains("  1  Stay") && listed.lines().count() == 2, "{listed}");
    twin.run(&["memory", "delete", "dev", "nobody", "--yes"])
        .await
        .exits_with(2)
        .reports("nothing was deleted");
    twin.run(&["memory", "delete", "dev", "asks", "--dry-run"])
        .await
        .exits_with(0)
        .reports("asks: 4 versions");
    twin.proxy.reset();
    let deleted = twin.run(&["memory", "delete", "dev", "asks", "--yes", "--json"]).await.exits_with(0);
    let deleted: Value = serde_json::from_str(deleted.stdout.lines().last().unwrap()).unwrap();
    assert_eq!((&deleted["kind"], &deleted["versions"]), (&"deleted".into(), &4.into()), "{deleted}");
    assert_eq!(versions(&twin, bucket).await, ["asks.json.json", "stays.json"]);
    twin.run(&["memory", "delete", "dev", "asks", "--yes"])
        .await
        .exits_with(2)
        .reports("no conversation `asks`");

    // Neither the lock nor another resource of the environment was written.
    assert!(twin.writes().iter().all(|call| call.service == "s3"), "{:?}", twin.writes());
    twin.proxy.reset();
    twin.deploy(&[]).await.exits_with(0).reports("nothing to change");
    // An environment without an API key makes no call about one.
    assert!(!twin.proxy.calls().iter().any(|call| call.operation == "DescribeSecret"));
}
