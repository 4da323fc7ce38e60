//! The list of releases, and rollbacks.

mod after_failures;

use std::{path::Path, time::Duration};

use serde_json::Value;
use testbed::{
    Run,
    proxy::{Call, Selector, Timing},
    twin_lambda::{first_zip, second_zip},
};

use super::twin::{ENVIRONMENT, Twin, is_write};

const ROLLBACK: [&str; 3] = ["rollback", "dev", "--yes"];
/// The settings of the second release.
const SECOND: &str = "lambda: { memory_mb: 512 }\napi: { throttle: { burst: 7, rate: 3 } }\n";

/// Returns the objects of `releases --json`.
pub(super) async fn releases(twin: &Twin) -> Vec<Value> {
    let run = twin.run(&["releases", "dev", "--json"]).await.exits_with(0);
    let listed: Value = serde_json::from_str(run.stdout.trim()).unwrap();
    listed["releases"].as_array().unwrap().clone()
}

/// Removes what earlier versions of twinctl did not record.
async fn forget_parts(twin: &Twin) {
    let table = &twin.by_hand.dynamodb;
    let items = table.scan().table_name("twinctl-locks").send().await.unwrap();
    let mut item = items.items()[0].clone();
    let mut releases: Vec<Value> = serde_json::from_str(item["releases"].as_s().unwrap()).unwrap();
    for release in &mut releases {
        release.as_object_mut().unwrap().retain(|name, _| !["parts", "commit"].contains(&name.as_str()));
    }
    let releases = serde_json::to_string(&releases).unwrap();
    item.insert("releases".to_owned(), aws_sdk_dynamodb::types::AttributeValue::S(releases));
    table.put_item().table_name("twinctl-locks").set_item(Some(item)).send().await.unwrap();
}

#[testbed::test(emulator)]
async fn releases_are_listed_with_what_changed() {
    let twin = Twin::new();
    let none = twin.run(&["releases", "dev"]).await.exits_with(0);
    none.reports("`dev` has no releases yet: run `twinctl deploy dev`");
    twin.deploy(&[]).await.exits_with(0);
    forget_parts(&twin).await;
    twin.proxy.reset();
    twin.deploy(&[]).await.exits_with(0).reports("nothing to change");
    assert!(twin.writes().is_empty(), "the record of a release of an earlier version is unchanged");

    twin.write("web/index.html", "<!doctype html><html lang=\"en\"><title>Ada</title>Again.\n");
    twin.deploy_zip(second_zip()).await.exits_with(0);
    twin.write("environments/dev.yaml", format!("{ENVIRONMENT}lambda: {{ memory_mb: 512 }}\n"));
    twin.deploy_zip(second_zip()).await.exits_with(0);

    twin.proxy.reset();
    let listed = releases(&twin).await;
    assert_eq!(twin.proxy.calls().len(), 1);
    let changed: Vec<_> = listed.iter().map(|release| release["changed"].to_string()).collect();
    assert_eq!(changed, [r#"["settings"]"#, r#"["code","page"]"#, "null"]);
    let models: Vec<_> = listed.iter().map(|release| release["model"].to_string()).collect();
    assert_eq!(models, ["\"builtin\"", "\"builtin\"", "null"]);
    let Run { stdout, .. } = twin.run(&["releases", "dev"]).await.exits_with(0);
    let lines: Vec<_> = stdout.lines().map(|line| line.split_once(", ").unwrap().1).collect();
    assert_eq!(
        lines,
        ["by ada: settings (healthy, current)", "by ada: code, page (healthy)", "by ada (healthy)"]
    );
}

/// The version that visitors reach, its memory, the limit of requests, and the text of the page.
async fn live(twin: &Twin, url: &str) -> (String, i32, i32, String) {
    let found = twin.by_hand.lambda.get_function().function_name("ada-dev-api").qualifier("live").send();
    let function = found.await.unwrap().configuration.unwrap();
    let api = twin.by_hand.api.get_apis().send().await.unwrap().items()[0].api_id().unwrap().to_owned();
    let stage = twin.by_hand.api.get_stages().api_id(api).send().await.unwrap().items()[0].clone();
    let burst = stage.default_route_settings.unwrap().throttling_burst_limit.unwrap();
    let page = twin.visit(url, "/").body;
    let text = page.split_once("<p>").unwrap().1.split_once("</p>").unwrap().0.to_owned();
    (function.version.unwrap(), function.memory_size.unwrap(), burst, text)
}

/// Deploys a page with this text.
async fn release(twin: &Twin, text: &str, settings: &str, zip: &Path) -> Run {
    let page = format!("<!doctype html><html lang=\"en\"><title>Ada</title><p>{text}</p>\n");
    twin.write("web/index.html", page);
    twin.write("environments/dev.yaml", format!("{ENVIRONMENT}{settings}"));
    twin.deploy_zip(zip).await.exits_with(0)
}

/// Deploys two releases, which differ in code, page and settings. Returns the address.
async fn two_releases(twin: &Twin) -> String {
    release(twin, "First.", "", first_zip()).await;
    release(twin, "Second.", SECOND, second_zip()).await.url().to_owned()
}

fn states(listed: &[Value]) -> Vec<String> {
    let state = |release: &Value| {
        let mark = if release["healthy"] == true { "" } else { " rolled back" };
        format!("{}{mark}", release["version"].as_str().unwrap())
    };
    listed.iter().map(state).collect()
}

#[testbed::test(emulator)]
async fn a_rollback_restores_code_page_and_settings_without_a_build() {
    let twin = Twin::new();
    twin.run(&ROLLBACK).await.exits_with(8).reports("`dev` is not deployed yet");
    let first = release(&twin, "First.", "", first_zip()).await;
    twin.run(&ROLLBACK).await.exits_with(2).reports("there is no healthy release before the current one");
    let before = live(&twin, first.url()).await;
    let url = release(&twin, "Second.", SECOND, second_zip()).await.url().to_owned();
    let after = live(&twin, &url).await;
    assert_eq!((after.1, after.2, after.3.as_str()), (512, 7, "Second."));

    twin.proxy.reset();
    let shown = twin.run(&["rollback", "dev", "--dry-run"]).await.exits_with(0);
    shown.reports("which differ in code, page, settings");
    shown.reports("files.index.html");
    shown.reports("throttle.burst");
    twin.run(&["rollback", "dev"]).await.exits_with(2).reports("--yes");
    assert_eq!(live(&twin, &url).await, after, "nothing was changed");

    let restored = twin.run(&ROLLBACK).await.exits_with(0);
    assert_eq!(restored.url(), url);
    assert_eq!(live(&twin, &url).await, before);
    let listed = releases(&twin).await;
    assert_eq!(states(&listed), [before.0.clone(), format!("{} rolled back", after.0), before.0.clone()]);
    assert_eq!(listed[0]["restores"], listed[2]["id"]);
    let status = twin.run(&["status", "dev"]).await.exits_with(7);
    status.reports("by a rollback to");
    assert!(!status.stderr.contains("was never released"), "{}", status.stderr);
    let refused = twin.run(&["secret", "rotate", "dev", "origin"]).await.exits_with(6);
    refused.reports("revert the commit that was rolled back, then run `twinctl deploy dev`");

    let undone = twin.deploy_zip(second_zip()).await.exits_with(0);
    undone.reports("this deploy undoes the rollback to");
    undone.reports("code, page, settings");
    assert_eq!(live(&twin, &url).await.3, "Second.");
    // Each rollback goes one release further back, or to the given release.
    twin.run(&ROLLBACK).await.exits_with(0);
    assert_eq!(live(&twin, &url).await, before);
    let id = releases(&twin).await[1]["id"].as_str().unwrap().to_owned();
    twin.run(&["rollback", "dev", &id, "--yes"]).await.exits_with(0);
    assert_eq!(live(&twin, &url).await.3, "Second.");
    twin.run(&["rollback", "dev", &id[..3], "--yes"]).await.exits_with(2).reports("matches");
}

/// Returns the number of consecutive round trips.
fn round_trips<'c>(calls: impl IntoIterator<Item = &'c Call>) -> usize {
    let (mut count, mut ends) = (0, Duration::ZERO);
    for call in calls {
        if call.started >= ends {
            (count, ends) = (count + 1, call.ended.unwrap());
        }
    }
    count
}

#[testbed::test(emulator)]
async fn a_rollback_takes_at_most_five_round_trips_after_the_lock_and_ten_altogether() {
    let twin = Twin::new();
    let url = two_releases(&twin).await;
    twin.proxy.reset();
    twin.proxy.set_delay(Duration::from_millis(100));
    twin.run(&ROLLBACK).await.exits_with(0);
    twin.proxy.set_delay(Duration::ZERO);
    let calls = twin.proxy.calls();
    let locked = calls.iter().find(|call| call.operation == "UpdateItem").unwrap().ended.unwrap();
    let after = round_trips(calls.iter().filter(|call| call.started >= locked));
    let all = round_trips(&calls);
    let names: Vec<_> = calls.iter().map(|call| (&call.operation, call.started, call.ended)).collect();
    // Ten round trips take a second if each takes 100 ms.
    assert!(after <= 5 && all <= 9, "{after} of {all} round trips: {names:#?}");
    assert_eq!(live(&twin, &url).await.3, "First.");
}

/// A deploy whose public endpoint does not answer moves `live` back, but leaves its page.
#[testbed::test(emulator)]
async fn the_current_release_is_restored_after_a_failed_deploy() {
    let twin = Twin::new();
    let first = release(&twin, "First.", "", first_zip()).await;
    let before = live(&twin, first.url()).await;
    let page = "<!doctype html><html lang=\"en\"><title>Ada</title><p>Second.</p>\n";
    twin.write("web/index.html", page);
    twin.proxy.refuse(Selector::first(1000, "GET /api/health"), 503, "Unavailable");
    twin.deploy_zip(second_zip()).await.exits_with(8);
    assert_eq!(live(&twin, first.url()).await.3, "Second.");
    twin.proxy.reset();
    let id = releases(&twin).await[0]["id"].as_str().unwrap().to_owned();
    twin.run(&["rollback", "dev", &id, "--yes"]).await.exits_with(0);
    assert_eq!(live(&twin, first.url()).await, before);
    assert_eq!(states(&releases(&twin).await), [before.0.clone(), before.0]);
}

/// The current version can answer the older page, but the older version may not know what the current page sends.
#[testbed::test(emulator)]
async fn the_page_is_restored_before_the_function_is_switched() {
    let twin = Twin::new();
    let url = two_releases(&twin).await;
    twin.proxy.reset();
    let alias = "PUT /2015-03-31/functions/{}/aliases/{}";
    let switching = twin.proxy.hold(Selector::first(1, alias), Timing::BeforeEffect);
    let mut rollback = twin.spawn(&ROLLBACK);
    switching.await.unwrap();
    let (version, .., page) = live(&twin, &url).await;
    assert_eq!((version.as_str(), page.as_str()), ("2", "First."));
    rollback.kill().await.unwrap();
}

#[testbed::test(emulator)]
async fn a_rollback_killed_at_any_write_is_finished_by_the_next_one_or_undone_by_a_deploy() {
    let twin = Twin::new();
    let url = two_releases(&twin).await;
    twin.proxy.reset();
    twin.run(&ROLLBACK).await.exits_with(0);
    let points: Vec<_> = twin.proxy.calls().into_iter().filter(is_write).collect();
    let moments = [Timing::BeforeEffect, Timing::AfterEffect];
    for (turn, (point, moment)) in
        points.iter().flat_map(|point| moments.map(|moment| (point, moment))).enumerate()
    {
        let at = format!("killed at {} {moment:?}", point.operation);
        twin.deploy_zip(second_zip()).await.exits_with(0);
        assert_eq!(live(&twin, &url).await.3, "Second.", "{at}");
        let listed = releases(&twin).await;
        let first = listed.iter().find(|release| release["version"] == "1").unwrap();
        let id = first["id"].as_str().unwrap();
        let rollback = ["rollback", "dev", id, "--yes"];
        twin.proxy.reset();
        twin.kill_at(Selector::Nth(point.number), moment, &rollback).await;
        twin.proxy.reset();
        assert_eq!(twin.visit(&url, "/api/health").status, 200, "{at}");
        if turn % 3 == 2 {
            continue;
        }
        twin.run(&rollback).await.exits_with(0);
        let (_, memory, burst, page) = live(&twin, &url).await;
        assert_eq!((memory, page.as_str()), (256, "First."), "{at}");
        assert_ne!(burst, 7, "{at}");
        assert_eq!(releases(&twin).await[0]["restores"], id, "{at}");
    }
}

#[testbed::test(emulator)]
async fn a_release_that_would_not_answer_is_refused_before_anything_is_written() {
    let twin = Twin::new();
    let url = two_releases(&twin).await;
    let now = live(&twin, &url).await;
    let refused = async |why: &str| {
        twin.proxy.reset();
        twin.run(&ROLLBACK).await.exits_with(6).reports(why);
        let invoked = "POST /2015-03-31/functions/{}/invocations";
        assert!(twin.writes().iter().all(|call| call.operation == invoked), "{:?}", twin.writes());
        assert_eq!(live(&twin, &url).await, now);
    };
    twin.proxy.refuse(Selector::first(1, "POST /2015-03-31/functions/{}/invocations"), 400, "Broken");
    twin.run(&ROLLBACK).await.exits_with(6);
    // The page of the first release is only in an older version.
    let bucket = twin.by_hand.s3.list_buckets().send().await.unwrap();
    let bucket = bucket.buckets().iter().filter_map(|bucket| bucket.name());
    let bucket = bucket.into_iter().find(|name| name.contains("frontend")).unwrap().to_owned();
    let versions = twin.by_hand.s3.list_object_versions().bucket(&bucket).prefix("index.html").send();
    for version in versions.await.unwrap().versions() {
        if version.is_latest() != Some(true) {
            let delete = twin.by_hand.s3.delete_object().bucket(&bucket).key("index.html");
            delete.version_id(version.version_id().unwrap()).send().await.unwrap();
        }
    }
    refused("`index.html` of the release has expired").await;
    let delete = twin.by_hand.lambda.delete_function().function_name("ada-dev-api").qualifier("1");
    delete.send().await.unwrap();
    refused("version 1 of the function was deleted").await;
    let refused = twin.run(&ROLLBACK).await.exits_with(6);
    refused.reports("restore another release, or deploy its commit again");
    assert!(!refused.stderr.contains("to continue"), "the same command would fail again: {}", refused.stderr);
}

#[testbed::test(emulator)]
async fn a_version_with_the_old_origin_secret_is_not_restored() {
    let twin = Twin::new();
    two_releases(&twin).await;
    let rotated = twin.run(&["secret", "rotate", "dev", "origin"]).await.exits_with(0);
    rotated.reports("after the rotation, `rollback` can restore none of the earlier releases");
    let refused = twin.run(&ROLLBACK).await.exits_with(6);
    refused.reports("version 1 of the function was published before the origin secret was replaced");
    refused.reports("find its commit with `twinctl releases`, check it out, and deploy it");
}

#[testbed::test(emulator)]
async fn data_files_are_restored_only_on_request() {
    let twin = Twin::new();
    twin.write("data/facts.json", r#"{ "full_name": "Ada Example" }"#);
    release(&twin, "First.", "", first_zip()).await;
    twin.write("data/facts.json", r#"{ "full_name": "Ada B. Example" }"#);
    release(&twin, "Second.", "", second_zip()).await;
    let name = async || {
        twin.run(&["data", "pull", "dev", "pulled", "--force"]).await.exits_with(0);
        twin.read("pulled/facts.json")
    };
    twin.run(&ROLLBACK).await.exits_with(0);
    assert!(name().await.contains("Ada B. Example"));
    twin.deploy_zip(second_zip()).await.exits_with(0);
    let first = releases(&twin).await.last().unwrap()["id"].as_str().unwrap().to_owned();
    let restored = twin.run(&["rollback", "dev", &first, "--with-data", "--yes"]).await.exits_with(0);
    restored.reports("facts.json");
    assert!(name().await.contains("Ada Example"));
    twin.deploy_zip(second_zip()).await.exits_with(0).reports("code, page, data");
}

/// Files with a hash in their names, and the replaced versions of others, are kept for all recorded releases.
#[testbed::test(emulator)]
async fn the_files_of_the_last_ten_releases_are_kept_and_older_ones_deleted() {
    let twin = Twin::new();
    let asset = |number: usize| format!("assets/main-a1b2c3{number:02}.js");
    for number in 1..=12 {
        let before = twin.join("web").join(asset(number - 1));
        let _ = std::fs::remove_file(before);
        twin.write(&format!("web/{}", asset(number)), format!("export default {number};\n"));
        release(&twin, &number.to_string(), "", first_zip()).await;
    }
    let url = twin.deploy(&[]).await.exits_with(0).url().to_owned();
    let has = |number: usize| twin.visit(&url, &format!("/{}", asset(number))).status == 200;
    let kept: Vec<_> = (1..=12).filter(|number| has(*number)).collect();
    // The last release, and the ten that were recorded before it. Recording the last one removed the oldest of these
    // from the record.
    assert_eq!(kept, (2..=12).collect::<Vec<_>>());
    let oldest = releases(&twin).await[9]["id"].as_str().unwrap().to_owned();
    twin.run(&["rollback", "dev", &oldest, "--yes"]).await.exits_with(0);
    assert_eq!(live(&twin, &url).await.3, "3");
    assert!(has(3));
}
