//! Environments on AWS with a time to live.

use aws_sdk_dynamodb::types::AttributeValue;
use testbed::proxy::{Selector, Timing};

use super::{
    inventory::inventory,
    twin::{ENVIRONMENT, Twin},
};

const TTL: &str = "ttl: 8h\n";

/// Ends the life of the environment.
pub(super) async fn expire(twin: &Twin) {
    let client = aws_sdk_dynamodb::Client::new(&twin.config());
    let update =
        client.update_item().table_name("twinctl-locks").key("id", AttributeValue::S("ada/dev".to_owned()));
    let expiry = AttributeValue::S(r#"{"at":"2026-01-01T00:00:00Z"}"#.to_owned());
    let update =
        update.update_expression("SET expiry = :expiry").expression_attribute_values(":expiry", expiry);
    update.send().await.unwrap();
}

#[testbed::test(emulator)]
async fn an_expired_environment_is_deleted_unless_a_deploy_renews_it() {
    let twin = Twin::new();
    twin.run(&["sweep", "--yes"]).await.exits_with(0).reports("no environment has expired");
    twin.write("environments/dev.yaml", format!("{ENVIRONMENT}{TTL}"));
    twin.deploy(&[]).await.exits_with(0);
    twin.run(&["status", "dev"]).await.exits_with(0).reports("expires in ");
    twin.proxy.reset();
    let listed = twin.run(&["sweep", "--yes"]).await.exits_with(0);
    assert!(listed.stdout.contains("dev  expires in "), "{listed:?}");
    assert_eq!(twin.proxy.calls().len(), 2, "the identity and one scan");

    expire(&twin).await;
    twin.run(&["sweep"]).await.exits_with(2).reports("cannot ask for confirmation");
    let listed = twin.run(&["sweep", "--dry-run"]).await.exits_with(0);
    assert!(listed.stdout.contains("dev  expired"), "{listed:?}");
    twin.write("environments/dev.yaml", format!("{ENVIRONMENT}protect: true\n"));
    let listed = twin.run(&["sweep", "--yes"]).await.exits_with(0);
    assert!(listed.stdout.contains("`protect: true`"), "{listed:?}");
    twin.write("environments/dev.yaml", format!("{ENVIRONMENT}{TTL}"));
    twin.proxy.reset();
    twin.deploy(&[]).await.exits_with(0).reports("nothing to change");
    assert_eq!(twin.writes().len(), 2, "the lock is taken and released: {:?}", twin.writes());
    twin.run(&["sweep", "--yes"]).await.exits_with(0).reports("no environment has expired");

    expire(&twin).await;
    // As for an environment of a pull request, whose file is on another branch.
    std::fs::remove_file(twin.join("environments/dev.yaml")).unwrap();
    twin.write("environments/test.yaml", ENVIRONMENT.replace("environment: dev", "environment: test"));
    for call in [3, 12, 25, 40, 55] {
        twin.proxy.reset();
        twin.kill_at(Selector::Nth(call), Timing::AfterEffect, &["sweep", "--yes"]).await;
    }
    for _ in 0..2 {
        twin.run(&["sweep", "--yes", "--lock-wait", "2m"]).await.exits_with(0);
    }
    assert_eq!(inventory(&twin.by_hand).await, ["table twinctl-locks"]);
}
