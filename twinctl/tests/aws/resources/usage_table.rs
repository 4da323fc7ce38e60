//! The table that counts what the model costs, and the access of the function to it.

use std::{collections::BTreeMap, sync::Arc};

use aws_sdk_dynamodb::types::{AttributeValue, BillingMode, ProvisionedThroughput, Tag};
use reconcile::{Choices, Graph, Outcome, testing::every_crash_point};
use twinctl::targets::aws::{
    Cloud,
    resources::{Departure, Role, RoleDesired, USAGE_POLICY, UsageAccess, UsageTable, role::Boundary},
};

use serde_json::json;

use super::sandbox::{REGION, Sandbox, destroy, labels, only};

const NAME: &str = "twin-dev-usage";
const ROLE: &str = "twin-dev-lambda-role";

fn table(account: &str) -> UsageTable {
    UsageTable::new(NAME.to_owned(), arn(account), labels())
}

fn arn(account: &str) -> String {
    format!("arn:aws:dynamodb:{REGION}:{account}:table/{NAME}")
}

#[testbed::test(emulator, paused_clock)]
async fn created_kept_repaired_and_deleted() {
    let sandbox = Sandbox::blind();
    let dynamodb = &sandbox.by_hand.dynamodb;
    let resource = || table(&sandbox.account);
    assert!(sandbox.deploy(resource(), ()).await.unwrap().complete());
    assert_eq!(sandbox.operations(), ["CreateTable"]);

    sandbox.forget_calls();
    let report = sandbox.deploy(resource(), ()).await.unwrap();
    assert!(matches!(report.outcome("resource"), Some(Outcome::Unchanged)));
    assert!(sandbox.operations().is_empty());

    let item = BTreeMap::from([
        ("month", AttributeValue::S("2026-11".into())),
        ("spent", AttributeValue::N("7".into())),
    ]);
    let item = item.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    dynamodb.put_item().table_name(NAME).set_item(Some(item)).send().await.unwrap();
    let throughput = ProvisionedThroughput::builder().read_capacity_units(1).write_capacity_units(1).build();
    let update = dynamodb.update_table().table_name(NAME).billing_mode(BillingMode::Provisioned);
    update.provisioned_throughput(throughput.unwrap()).send().await.unwrap();
    dynamodb.update_table().table_name(NAME).deletion_protection_enabled(true).send().await.unwrap();
    let tag = Tag::builder().key("beside").value("ours").build().unwrap();
    dynamodb.tag_resource().resource_arn(arn(&sandbox.account)).tags(tag).send().await.unwrap();
    let changes = sandbox.changes(only(resource(), ())).await;
    assert_eq!(changes, ["billing_mode", "deletion_protection", "tags.beside"]);
    assert!(sandbox.deploy(resource(), ()).await.unwrap().complete());
    assert!(sandbox.changes(only(resource(), ())).await.is_empty());
    assert_eq!(UsageTable::spent(dynamodb, NAME, "2026-11").await.unwrap(), 7, "the item is kept");
    assert_eq!(UsageTable::spent(dynamodb, NAME, "2026-12").await.unwrap(), 0);

    dynamodb.update_table().table_name(NAME).deletion_protection_enabled(true).send().await.unwrap();
    assert!(sandbox.destroy(resource(), ()).await.unwrap().complete());
    assert!(dynamodb.list_tables().send().await.unwrap().table_names().is_empty());
    assert_eq!(UsageTable::spent(dynamodb, NAME, "2026-11").await.unwrap(), 0);
}

/// Returns the graph of a role, the table, and the role's access to it.
fn graph(account: &str) -> Graph<Cloud> {
    let mut graph = Graph::new();
    let role = Role::new(ROLE.to_owned(), format!("arn:aws:iam::{account}:role/{ROLE}"), labels());
    let policy = json!({ "Version": "2012-10-17", "Statement": [] });
    let desired = RoleDesired::of_function(policy, Boundary::None);
    let role = graph.add("role", role.beside(Some(USAGE_POLICY)), (), move |()| desired.clone());
    graph.add("usage table", table(account), (), |()| ());
    let access =
        UsageAccess { role: ROLE.to_owned(), table_arn: arn(account), departure: Departure::default() };
    graph.add("usage access", access, (role.after(),), |_| ());
    graph
}

#[testbed::test(emulator, paused_clock)]
async fn the_access_is_kept_by_the_role_repaired_and_deleted() {
    let sandbox = Sandbox::blind();
    let graph = || graph(&sandbox.account);
    assert!(sandbox.succeeds(graph(), Choices::default()).await);
    sandbox.forget_calls();
    assert!(sandbox.succeeds(graph(), Choices::default()).await);
    assert!(sandbox.operations().is_empty());

    let iam = &sandbox.by_hand.iam;
    let more = json!({ "Version": "2012-10-17", "Statement": [
        { "Sid": "More", "Effect": "Allow", "Action": "dynamodb:*", "Resource": "*" },
    ]});
    let put = iam.put_role_policy().role_name(ROLE).policy_name(USAGE_POLICY);
    put.policy_document(more.to_string()).send().await.unwrap();
    assert_eq!(sandbox.changes(graph()).await, ["policy.CountSpending", "policy.More"]);
    assert!(sandbox.succeeds(graph(), Choices::default()).await);
    assert!(sandbox.changes(graph()).await.is_empty());
    assert!(sandbox.succeeds(graph(), destroy()).await);
    assert!(iam.get_role().role_name(ROLE).send().await.is_err());
}

#[testbed::test(emulator, paused_clock)]
async fn creation_survives_every_lost_call() {
    let fresh = async || Sandbox::new(|cloud| Box::pin(snapshot(cloud)));
    let deploy =
        async |sandbox: &Sandbox| sandbox.succeeds(graph(&sandbox.account), Choices::default()).await;
    every_crash_point(fresh, deploy).await;
}

#[testbed::test(emulator, paused_clock)]
async fn deletion_survives_every_lost_call() {
    let fresh = async || {
        let sandbox = Sandbox::new(|cloud| Box::pin(snapshot(cloud)));
        assert!(sandbox.succeeds(graph(&sandbox.account), Choices::default()).await);
        sandbox.forget_calls();
        sandbox
    };
    let destroy = async |sandbox: &Sandbox| sandbox.succeeds(graph(&sandbox.account), destroy()).await;
    every_crash_point(fresh, destroy).await;
}

async fn snapshot(cloud: Arc<Cloud>) -> String {
    let policies = cloud.iam.list_role_policies().role_name(ROLE).send().await;
    let policies = policies.map(|found| found.policy_names).unwrap_or_default();
    let described = cloud.dynamodb.describe_table().table_name(NAME).send().await;
    let Ok(described) = described else { return format!("{policies:?}") };
    let table = described.table.unwrap();
    let tags = cloud.dynamodb.list_tags_of_resource().resource_arn(table.table_arn().unwrap()).send().await;
    let mut tags: Vec<_> =
        tags.unwrap().tags().iter().map(|tag| format!("{}={}", tag.key(), tag.value())).collect();
    tags.sort();
    format!("{policies:?} {:?} {:?} {tags:?}", table.key_schema(), table.table_status())
}
