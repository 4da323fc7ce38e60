//! `memory.expire_after_days`: only conversations that the twin writes expire.

use testbed::twin_lambda::first_zip;

use super::twin::{ENVIRONMENT, Twin};

async fn tags(twin: &Twin, bucket: &str, key: &str) -> Vec<String> {
    let request = twin.by_hand.s3.get_object_tagging().bucket(bucket).key(key);
    request
        .send()
        .await
        .unwrap()
        .tag_set()
        .iter()
        .map(|tag| format!("{}={}", tag.key(), tag.value()))
        .collect()
}

/// Asks a question, and returns the key of the conversation.
async fn chat(twin: &Twin) -> String {
    let run = twin.run(&["chat", "dev", "What is your email?"]).await.exits_with(0);
    let session = run.stderr.trim_end().rsplit_once("--session ").unwrap().1.trim_end_matches('`');
    format!("{session}.json")
}

#[testbed::test(emulator)]
async fn conversations_are_tagged_while_an_expiry_is_set() {
    let twin = Twin::new();
    twin.write("data/facts.json", r#"{ "full_name": "Ada Example", "email": "ada@example.com" }"#);
    let first = twin.deploy(&[]).await.exits_with(0);
    assert!(!first.stderr.contains("last message"), "{first:?}");
    let buckets = twin.by_hand.s3.list_buckets().send().await.unwrap();
    let memory =
        buckets.buckets().iter().filter_map(|bucket| bucket.name()).find(|name| name.contains("-memory-"));
    let memory = memory.unwrap();
    let before = chat(&twin).await;
    assert_eq!(tags(&twin, memory, &before).await, [""; 0]);

    let expiring = |days: u32| {
        twin.write(
            "environments/dev.yaml",
            format!("{ENVIRONMENT}memory: {{ expire_after_days: {days} }}\n"),
        );
    };
    expiring(90);
    let run = twin.deploy(&[]).await.exits_with(0);
    run.reports("90 days after its last message (so far: never). To be deleted within two days: none. All");
    let after = chat(&twin).await;
    assert_eq!(tags(&twin, memory, &after).await, ["twinctl:expires=true"]);
    assert_eq!(tags(&twin, memory, &before).await, [""; 0]);

    let zip = first_zip().to_str().unwrap();
    let plan = async || twin.run(&["plan", "dev", "--lambda-zip", zip]).await.exits_with(0);
    assert!(!plan().await.stdout.contains("last message"));
    expiring(30);
    plan().await.reports("(so far: after 90 days)");
    expiring(400);
    assert!(!plan().await.stdout.contains("last message"), "a longer expiry deletes nothing");
}
