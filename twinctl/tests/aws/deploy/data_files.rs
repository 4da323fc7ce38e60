//! Data files in AWS: uploaded by `deploy` and `upload-data`, listed, pulled and rolled back.

use std::time::Duration;

use testbed::{
    Run,
    process::signal,
    proxy::{Selector, Timing},
};

use super::{
    inventory::inventory,
    twin::{ENVIRONMENT, Twin, finish, is_write},
};

const BUCKET: &str = "ada-dev-data-000000000000";
const UPLOAD: [&str; 3] = ["upload-data", "dev", "--yes"];

fn facts(name: &str) -> String {
    format!("{{\"full_name\": \"{name}\"}}")
}

fn twin_with_files() -> Twin {
    let twin = Twin::new();
    twin.write("data/facts.json", facts("Ada Example"));
    twin.write("data/summary.txt", "Ada draws maps of islands.");
    twin
}

async fn chat(twin: &Twin, question: &str) -> String {
    twin.run(&["chat", "dev", question]).await.stdout
}

async fn ls(twin: &Twin) -> Vec<String> {
    let ran = twin.run(&["data", "ls", "dev"]).await.exits_with(0);
    ran.stdout.lines().filter_map(|line| line.split_whitespace().next()).map(ToOwned::to_owned).collect()
}

#[testbed::test(emulator)]
async fn a_deploy_uploads_data_files_and_a_second_one_changes_nothing() {
    let twin = twin_with_files();
    let first = twin.deploy(&[]).await.exits_with(0);
    let page = twin.visit(first.url(), "/config.json").body;
    assert!(page.contains("Ada Example"), "{page}");
    assert_eq!(ls(&twin).await, ["facts.json", "summary.txt"]);
    twin.proxy.reset();
    twin.deploy(&[]).await.exits_with(0).reports("nothing to change");
    assert!(twin.proxy.calls().len() <= 48, "{} calls", twin.proxy.calls().len());
    assert!(twin.writes().is_empty(), "{:?}", twin.writes());
    twin.run(&["status", "dev"]).await.exits_with(0);
}

#[testbed::test(emulator)]
async fn data_files_are_changed_without_a_deploy_and_rolled_back() {
    let twin = twin_with_files();
    twin.run(&UPLOAD).await.exits_with(8).reports("twinctl deploy dev");
    twin.deploy(&[]).await.exits_with(0);
    twin.proxy.reset();
    let same = twin.run(&UPLOAD).await.exits_with(0);
    same.reports("nothing to change");
    same.reports("a model reads about");
    assert!(twin.proxy.calls().len() <= 4 && twin.writes().is_empty(), "{:?}", twin.proxy.calls());

    twin.write("data/facts.json", facts("Ada Changed"));
    std::fs::remove_file(twin.join("data/summary.txt")).unwrap();
    twin.write("data/me.txt", "I paint.");
    twin.run(&["upload-data", "dev"]).await.exits_with(2).reports("--yes");
    let planned = twin.run(&["upload-data", "dev", "--dry-run", "--diff"]).await.exits_with(0);
    planned.reports("files.summary.txt");
    planned.reports("-{\"full_name\": \"Ada Example\"}");
    planned.reports("+{\"full_name\": \"Ada Changed\"}");
    assert_eq!(ls(&twin).await, ["facts.json", "summary.txt"]);
    twin.run(&UPLOAD).await.exits_with(0).reports("twinctl deploy dev");
    assert_eq!(ls(&twin).await, ["facts.json", "me.txt"]);

    let planned = twin.run(&["upload-data", "dev", "--rollback", "--dry-run", "--diff"]).await.exits_with(0);
    planned.reports("+{\"full_name\": \"Ada Example\"}");
    planned.reports("+Ada draws maps of islands.");
    let back = ["upload-data", "dev", "--yes", "--rollback"];
    twin.run(&back).await.exits_with(0);
    assert_eq!(ls(&twin).await, ["facts.json", "summary.txt"]);
    twin.run(&back).await.exits_with(0);
    assert_eq!(ls(&twin).await, ["facts.json", "me.txt"]);
    let history = twin.run(&["data", "history", "dev", "--json"]).await.exits_with(0).stdout;
    let objects = history.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let history = objects.into_iter().find(|object| object["kind"] == "history").unwrap();
    let sets = history["sets"].as_array().unwrap();
    assert_eq!(sets.len(), 4, "{sets:?}");
    let id = sets[3]["id"].as_str().unwrap();
    for name in [id, &id[..id.len() - 2]] {
        let first = format!("--rollback={name}");
        twin.run(&["upload-data", "dev", "--yes", &first]).await.exits_with(0);
        assert_eq!(ls(&twin).await, ["facts.json", "summary.txt"]);
    }
    twin.run(&["upload-data", "dev", "--rollback=nothing"]).await.exits_with(2).reports("available sets");
}

#[testbed::test(emulator)]
async fn without_local_data_files_the_uploaded_ones_are_kept() {
    let twin = twin_with_files();
    twin.deploy(&[]).await.exits_with(0);
    std::fs::remove_dir_all(twin.join("data")).unwrap();
    twin.deploy(&[]).await.exits_with(0).reports("nothing to change");
    twin.write("data/sample/facts.json", facts("Nobody Real"));
    twin.deploy(&[]).await.exits_with(0).reports("nothing to change");
    assert_eq!(ls(&twin).await, ["facts.json", "summary.txt"]);
    twin.run(&UPLOAD).await.exits_with(3).reports("there are no data files");
    twin.run(&["data", "pull", "dev"]).await.exits_with(0);
    let pulled = std::fs::read_to_string(twin.join("data/facts.json")).unwrap();
    assert_eq!(pulled, facts("Ada Example"));
    twin.write("data/facts.json", facts("Ada Edited"));
    twin.run(&["data", "pull", "dev"]).await.exits_with(6).reports("--force");
    assert!(std::fs::read_to_string(twin.join("data/facts.json")).unwrap().contains("Edited"));
    twin.run(&["data", "pull", "dev", "--force"]).await.exits_with(0);
    assert!(std::fs::read_to_string(twin.join("data/facts.json")).unwrap().contains("Example"));
}

#[testbed::test(emulator)]
async fn upload_on_deploy_false_leaves_data_files_unchanged() {
    let twin = twin_with_files();
    let file = format!("{ENVIRONMENT}data: {{ upload_on_deploy: false }}\n");
    twin.write("environments/dev.yaml", &file);
    twin.deploy(&[]).await.exits_with(0);
    assert_eq!(ls(&twin).await, [""; 0]);
    twin.run(&["status", "dev"]).await.exits_with(0).reports("run `twinctl upload-data dev`");
    twin.run(&UPLOAD).await.exits_with(0);
    assert_eq!(ls(&twin).await, ["facts.json", "summary.txt"]);
    assert!(chat(&twin, "What does Ada draw?").await.contains("islands"));
}

#[testbed::test(emulator)]
async fn an_upload_killed_at_any_write_is_finished_by_the_next_one() {
    let twin = twin_with_files();
    twin.deploy(&[]).await.exits_with(0);
    let change = |turn: usize| {
        twin.write("data/facts.json", facts(&format!("Ada {turn}")));
        let (new, old) =
            if turn.is_multiple_of(2) { ("me.txt", "style.txt") } else { ("style.txt", "me.txt") };
        twin.write(&format!("data/{new}"), turn.to_string());
        let _ = std::fs::remove_file(twin.join("data").join(old));
    };
    change(0);
    twin.run(&UPLOAD).await.exits_with(0);
    change(1);
    twin.proxy.reset();
    twin.run(&UPLOAD).await.exits_with(0);
    let calls = twin.proxy.calls();
    let points: Vec<_> = calls.iter().filter(|call| is_write(call)).map(|call| call.number).collect();
    assert!(points.len() >= 6, "the lock, the history, two uploads, one deletion, the lock: {calls:?}");
    for (turn, (point, moment)) in points
        .iter()
        .flat_map(|point| [Timing::BeforeEffect, Timing::AfterEffect].map(|moment| (*point, moment)))
        .enumerate()
    {
        change(turn + 2);
        twin.proxy.reset();
        twin.kill_at(Selector::Nth(point), moment, &UPLOAD).await;
        twin.proxy.reset();
        twin.run(&UPLOAD).await.exits_with(0);
        let now = twin.run(&["data", "pull", "dev"]).await;
        assert_eq!(now.code, Some(0), "{point} {moment:?}: {now:?}");
        assert_eq!(ls(&twin).await.len(), 3, "{point} {moment:?}");
        assert!(inventory(&twin.by_hand).await.contains(&"item ada/dev free".to_owned()));
    }
}

#[testbed::test(emulator)]
async fn one_of_two_simultaneous_uploads_is_refused() {
    let twin = twin_with_files();
    twin.deploy(&[]).await.exits_with(0);
    twin.write("data/me.txt", "I paint.");
    let held = twin.proxy.hold(Selector::first(1, "PUT /{bucket}/{key}"), Timing::BeforeEffect);
    let mut first = twin.spawn(&UPLOAD);
    held.await.unwrap();
    let second: Run = twin.run(&UPLOAD).await.exits_with(4);
    second.reports("twinctl upload-data dev");
    first.kill().await.unwrap();
    twin.proxy.reset();
    twin.run(&UPLOAD).await.exits_with(0);
    assert_eq!(ls(&twin).await, ["facts.json", "me.txt", "summary.txt"]);
}

#[testbed::test(emulator)]
async fn files_uploaded_by_other_tools_are_replaced_in_place() {
    let twin = twin_with_files();
    std::fs::rename(twin.join("data"), twin.join("aside")).unwrap();
    twin.deploy(&[]).await.exits_with(0);
    for key in ["personal_data/facts.json", "holiday.jpg"] {
        let body = aws_sdk_s3::primitives::ByteStream::from_static(b"{}");
        twin.by_hand.s3.put_object().bucket(BUCKET).key(key).body(body).send().await.unwrap();
    }
    std::fs::rename(twin.join("aside"), twin.join("data")).unwrap();
    twin.run(&UPLOAD).await.exits_with(0);
    assert_eq!(ls(&twin).await, ["personal_data/facts.json", "personal_data/summary.txt"]);
    let listed = twin.by_hand.s3.list_objects_v2().bucket(BUCKET).prefix("holiday").send().await.unwrap();
    assert_eq!(listed.key_count, Some(1));
}

#[testbed::test(emulator)]
async fn ctrl_c_releases_the_lock() {
    let twin = twin_with_files();
    twin.deploy(&[]).await.exits_with(0);
    for number in 0..200 {
        twin.write(&format!("data/notes/{number}.txt"), "note");
    }
    twin.proxy.set_delay(Duration::from_millis(200));
    let child = twin.spawn(&UPLOAD);
    twin.proxy.reset();
    twin.wait_for_calls("PUT /{bucket}/{key}", 1).await;
    signal(child.id().unwrap(), "-INT");
    finish(child).await;
    twin.proxy.set_delay(Duration::ZERO);
    assert!(inventory(&twin.by_hand).await.contains(&"item ada/dev free".to_owned()));
    twin.run(&UPLOAD).await.exits_with(0);
}
