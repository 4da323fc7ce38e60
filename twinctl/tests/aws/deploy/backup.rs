//! Backups of a twin on AWS, restored in another environment.

use std::fs;

use testbed::proxy::{Selector, Timing};

use super::twin::{ENVIRONMENT, Twin, deploy_args};

/// The size of the placeholder of a deleted conversation, in bytes.
const DELETED: usize = 28;
const CONVERSATION: &str = r#"[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]"#;

async fn bucket(twin: &Twin, part: &str) -> String {
    let buckets = twin.by_hand.s3.list_buckets().send().await.unwrap();
    let mut names = buckets.buckets().iter().filter_map(|bucket| bucket.name());
    names.find(|name| name.contains(part)).unwrap().to_owned()
}

async fn put(twin: &Twin, bucket: &str, key: &str, body: &str) {
    let put = twin.by_hand.s3.put_object().bucket(bucket).key(key).body(body.as_bytes().to_vec().into());
    put.send().await.unwrap();
}

async fn read(twin: &Twin, bucket: &str, key: &str) -> Option<String> {
    let object = twin.by_hand.s3.get_object().bucket(bucket).key(key).send().await.ok()?;
    Some(String::from_utf8(object.body.collect().await.unwrap().to_vec()).unwrap())
}

#[testbed::test(emulator)]
async fn a_backup_is_restored_in_another_environment_despite_kills() {
    let twin = Twin::new();
    twin.write("data/facts.json", r#"{"full_name": "Ada Example", "name": "Ada"}"#);
    twin.deploy(&[]).await.exits_with(0);
    let memory = bucket(&twin, "dev-memory").await;
    let keys = ["a.json", "conversations/b.json", "questions/0a1b2c3d.json"];
    for key in keys {
        put(&twin, &memory, key, CONVERSATION).await;
    }
    put(&twin, &memory, "deleted.json", &format!("[{}]", " ".repeat(DELETED - 2))).await;
    twin.proxy.reset();
    twin.run(&["backup", "dev", "twin.jsonl"]).await.exits_with(0).reports("1 data file");
    assert!(twin.writes().is_empty(), "{:?}", twin.writes());
    let file = fs::read_to_string(twin.join("twin.jsonl")).unwrap();
    assert!(!file.contains("deleted.json") && file.lines().count() == 6, "{file}");

    let test = ENVIRONMENT.replace("environment: dev", "environment: test");
    twin.write("environments/test.yaml", format!("{test}memory: {{ expire_after_days: 30 }}\n"));
    fs::remove_dir_all(twin.join("data")).unwrap();
    let args =
        deploy_args(testbed::twin_lambda::first_zip()).map(|arg| if arg == "dev" { "test" } else { arg });
    twin.run(&args).await.exits_with(0);
    let restore = ["restore", "test", "twin.jsonl", "--yes", "--lock-wait", "2m"];
    // Even a run that has nothing to write makes this many calls.
    for call in [7, 8, 9] {
        twin.proxy.reset();
        twin.kill_at(Selector::Nth(call), Timing::AfterEffect, &restore).await;
    }
    for _ in 0..2 {
        twin.run(&restore).await.exits_with(0);
    }
    let memory = bucket(&twin, "test-memory").await;
    for key in keys {
        assert_eq!(read(&twin, &memory, key).await.as_deref(), Some(CONVERSATION), "{key}");
        let tags = twin.by_hand.s3.get_object_tagging().bucket(&memory).key(key).send().await.unwrap();
        let tags: Vec<_> = tags.tag_set().iter().map(|tag| (tag.key(), tag.value())).collect();
        assert_eq!(tags, [("twinctl:expires", "true")], "{key}");
    }
    let listed = twin.run(&["data", "ls", "test"]).await.exits_with(0).stdout;
    assert!(listed.contains("facts.json"), "{listed}");

    put(&twin, &memory, "a.json", "[]").await;
    twin.run(&["restore", "test", "twin.jsonl", "--yes"]).await.exits_with(0).reports("1 differ");
    assert_eq!(read(&twin, &memory, "a.json").await.as_deref(), Some("[]"));
    twin.run(&["restore", "test", "twin.jsonl", "--yes", "--overwrite"]).await.exits_with(0);
    assert_eq!(read(&twin, &memory, "a.json").await.as_deref(), Some(CONVERSATION));
}
