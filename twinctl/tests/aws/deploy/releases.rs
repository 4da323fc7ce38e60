//! The list of releases.

use serde_json::Value;
use testbed::{Run, twin_lambda::second_zip};

use super::twin::{ENVIRONMENT, Twin};

/// Returns the objects of `releases --json`.
async fn releases(twin: &Twin) -> Vec<Value> {
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
    assert!(twin.writes().is_empty(), "a release of an earlier version stays as it is");

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
