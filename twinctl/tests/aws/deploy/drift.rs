//! Changes made by hand are reported and repaired.

use serde_json::Value;
use testbed::{
    proxy::{Selector, Timing},
    twin_lambda::{first_zip, second_zip},
};

use super::{
    by_hand::{self, FUNCTION, LOG_GROUP, WEB},
    inventory::inventory,
    twin::{Twin, deploy_args},
};

#[testbed::test(emulator)]
async fn changes_made_by_hand_are_reported_and_repaired() {
    let twin = Twin::new();
    let url = twin.deploy(&[]).await.exits_with(0).url().to_owned();
    let before = settled(inventory(&twin.by_hand).await);
    by_hand::drift(&twin.by_hand).await;

    twin.proxy.reset();
    let expected = [
        "log group: retention_days",
        "role: inline_policy",
        "role: attached_policy",
        "function: environment.LOG_LEVEL",
        // The next published version; the one behind `live` was not changed.
        "function: version",
        "api: throttle.burst",
        "api: throttle.rate",
        "api: route.GET /by-hand",
        "distribution: path.*",
        "web access: policy.ByHand",
        "site: files.assets/main-7c211433.js",
        "site: files.by-hand.html",
    ];
    let status = twin.run(&["status", "dev", "--json"]).await.exits_with(7);
    assert_eq!(fields(&status.stdout), expected);
    let zip = first_zip().to_str().unwrap();
    let plan = twin.run(&["plan", "dev", "--exit-code", "--json", "--lambda-zip", zip]).await.exits_with(7);
    // Only a plan with the bundle knows which paths to invalidate.
    assert_eq!(fields(&plan.stdout), [&expected[..], &["site: invalidation"]].concat());
    assert_eq!(twin.writes().len(), 0);

    assert_eq!(twin.deploy(&[]).await.exits_with(0).url(), url);
    twin.run(&["status", "dev"]).await.exits_with(0);
    twin.plan().await.exits_with(0);
    assert_eq!(settled(inventory(&twin.by_hand).await), before);
}

#[testbed::test(emulator)]
async fn weakened_security_settings_are_reported_and_repaired() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    by_hand::weaken(&twin.by_hand).await;

    let status = twin.run(&["status", "dev", "--json"]).await.exits_with(7);
    assert_eq!(
        fields(&status.stdout),
        [
            "memory bucket: versioning",
            "data bucket: public access",
            "role: trust.Lambda",
            "role: trust.statement 1",
            "function: reserved_concurrency",
            "live alias: permission.by-hand",
            "distribution: origin.api.secret",
        ]
    );
    assert!(!status.stdout.contains("guessed"), "a secret is shown:\n{}", status.stdout);
    twin.deploy(&[]).await.exits_with(0);
    twin.run(&["status", "dev"]).await.exits_with(0);
    twin.plan().await.exits_with(0);
}

#[testbed::test(emulator)]
async fn an_alias_moved_by_hand_is_reported_and_repaired() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    twin.deploy_zip(second_zip()).await.exits_with(0);
    let alias = twin.by_hand.lambda.update_alias().function_name(FUNCTION).name("live");
    alias.function_version("1").send().await.unwrap();

    let status = twin.run(&["status", "dev", "--json"]).await.exits_with(7);
    assert_eq!(fields(&status.stdout), ["live alias: version"]);
    twin.deploy_zip(second_zip()).await.exits_with(0);
    let alias = twin.by_hand.lambda.get_alias().function_name(FUNCTION).name("live").send().await.unwrap();
    assert_ne!(alias.function_version(), Some("1"));
    twin.run(&["status", "dev"]).await.exits_with(0);
}

#[testbed::test(emulator)]
async fn resources_deleted_by_hand_are_recreated() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    let before = settled(inventory(&twin.by_hand).await);
    let cloud = &twin.by_hand;
    cloud.lambda.delete_function().function_name(FUNCTION).send().await.unwrap();
    cloud.logs.delete_log_group().log_group_name(LOG_GROUP).send().await.unwrap();
    let apis = cloud.api.get_apis().send().await.unwrap();
    cloud.api.delete_api().api_id(apis.items()[0].api_id().unwrap()).send().await.unwrap();
    cloud.s3.delete_bucket().bucket("ada-dev-data-000000000000").send().await.unwrap();
    cloud.s3.delete_bucket_policy().bucket(WEB).send().await.unwrap();

    twin.run(&["status", "dev"]).await.exits_with(8);
    let url = twin.deploy(&[]).await.exits_with(0).url().to_owned();
    assert_eq!(settled(inventory(cloud).await), before);
    assert_eq!(twin.visit(&url, "/api/health").status, 200);
    twin.plan().await.exits_with(0);
}

/// Returns the version behind `live` and the variable that names the role.
async fn live_version(twin: &Twin) -> (String, String) {
    let found = twin.by_hand.lambda.get_function().function_name(FUNCTION).qualifier("live").send();
    let live = found.await.unwrap().configuration.unwrap();
    let variables = live.environment.unwrap().variables.unwrap();
    (live.version.unwrap(), variables["ROLE_ID"].clone())
}

async fn role_id(twin: &Twin) -> String {
    let role = twin.by_hand.iam.get_role().role_name(by_hand::ROLE).send().await.unwrap();
    role.role.unwrap().role_id
}

async fn delete_role(twin: &Twin) {
    let iam = &twin.by_hand.iam;
    iam.delete_role_policy().role_name(by_hand::ROLE).policy_name("twinctl").send().await.unwrap();
    iam.delete_role().role_name(by_hand::ROLE).send().await.unwrap();
}

/// Lambda grants the new role access to the key of the function's variables only if the function is updated.
#[testbed::test(emulator)]
async fn a_role_that_was_deleted_and_created_again_updates_the_function_also_after_a_crash() {
    let twin = Twin::new();
    let url = twin.deploy(&[]).await.exits_with(0).url().to_owned();
    let first = live_version(&twin).await;
    assert_eq!(first.1, role_id(&twin).await);
    let args = deploy_args(first_zip());
    for killed in [false, true] {
        let before = live_version(&twin).await;
        delete_role(&twin).await;
        twin.proxy.reset();
        if killed {
            // The role exists again, and the function does not know it yet.
            let update = Selector::first(1, "PUT /2015-03-31/functions/{}/configuration");
            assert!(twin.kill_at(update, Timing::BeforeEffect, &args).await.is_some());
            assert_eq!(live_version(&twin).await, before);
            assert_ne!(before.1, role_id(&twin).await);
            twin.proxy.reset();
        }
        assert_eq!(twin.deploy(&[]).await.exits_with(0).url(), url);
        let after = live_version(&twin).await;
        assert!(after.0 != before.0 && after.1 == role_id(&twin).await, "{before:?} {after:?}");
        twin.deploy(&[]).await.exits_with(0).reports("nothing to change");
    }
}

#[testbed::test(emulator)]
async fn without_its_record_an_environment_is_found_by_tags_and_gets_a_new_secret() {
    let twin = Twin::new();
    let url = twin.deploy(&[]).await.exits_with(0).url().to_owned();
    let before = settled(inventory(&twin.by_hand).await);
    twin.by_hand.dynamodb.delete_table().table_name("twinctl-locks").send().await.unwrap();
    assert_eq!(twin.deploy(&[]).await.exits_with(0).url(), url);
    assert_eq!(settled(inventory(&twin.by_hand).await), before);
    assert_eq!(twin.visit(&url, "/api/health").status, 200);
    twin.plan().await.exits_with(0);
}

/// Without versions and aliases, because repairing the function publishes a version.
fn settled(mut lines: Vec<String>) -> Vec<String> {
    lines.retain(|line| !line.starts_with("version ") && !line.starts_with("alias "));
    lines
}

/// `node: field` of every change in a printed plan.
fn fields(ndjson: &str) -> Vec<String> {
    let objects = ndjson.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let plan = objects.into_iter().find(|object| object["kind"] == "plan").expect("a plan");
    let nodes = plan["nodes"].as_array().unwrap().clone();
    let changes = nodes.iter().flat_map(|node| {
        let changes = node["changes"].as_array().cloned().unwrap_or_default();
        changes.into_iter().map(|change| {
            format!("{}: {}", node["node"].as_str().unwrap(), change["field"].as_str().unwrap())
        })
    });
    changes.collect()
}
