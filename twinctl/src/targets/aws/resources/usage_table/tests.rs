//! The usage table with `DynamoDB` responses that the emulator does not give.

use serde_json::{Value, json};

use super::*;
use crate::targets::aws::{
    resources::testing::{count, deploy, destroy},
    script::{Reply, Script, json_error, ok},
};

const ARN: &str = "arn:aws:dynamodb:eu-central-1:123456789012:table/twin-dev-usage";

fn table() -> UsageTable {
    let labels = Labels::new("twin", "dev", &BTreeMap::new());
    UsageTable::new("twin-dev-usage".to_owned(), ARN.to_owned(), labels)
}

fn described(status: &str, more: &Value) -> Reply {
    let mut table = json!({
        "TableName": "twin-dev-usage",
        "TableStatus": status,
        "AttributeDefinitions": [{ "AttributeName": "month", "AttributeType": "S" }],
        "KeySchema": [{ "AttributeName": "month", "KeyType": "HASH" }],
        "BillingModeSummary": { "BillingMode": "PAY_PER_REQUEST" },
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        table[name] = value.clone();
    }
    ok(&json!({ "Table": table }).to_string())
}

fn none() -> Value {
    json!({})
}

fn tags() -> Reply {
    let tag = |(key, value): (&str, &str)| json!({ "Key": key, "Value": value });
    ok(&json!({ "Tags": table().labels.iter().map(tag).collect::<Vec<_>>() }).to_string())
}

fn missing() -> Reply {
    json_error(400, "ResourceNotFoundException", "no such table")
}

fn exists_or_changes() -> Reply {
    json_error(400, "ResourceInUseException", "Table already exists: twin-dev-usage")
}

#[tokio::test(start_paused = true)]
async fn a_table_is_used_only_when_it_is_active() {
    let script = Script::new()
        .on(
            "DescribeTable",
            [
                missing(),
                described("CREATING", &none()),
                described("CREATING", &none()),
                described("ACTIVE", &none()),
            ],
        )
        .on("ListTagsOfResource", [tags()])
        .on("CreateTable", [ok("{}")]);
    let report = deploy(&script, table(), ()).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(count(&script, "CreateTable"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_table_stays_until_the_last_requests_of_the_previous_version_have_ended() {
    for has_visitors in [false, true] {
        let departure = Departure::of_function(20);
        if has_visitors {
            departure.begin();
        }
        let begun = tokio::time::Instant::now();
        let script = Script::new()
            .on("DescribeTable", [described("ACTIVE", &none()), described("ACTIVE", &none()), missing()])
            .on("ListTagsOfResource", [tags()])
            .on("DeleteTable", [ok("{}")]);
        let report = destroy(&script, table().until(departure), ()).await;
        assert!(report.complete(), "{report:?}");
        assert_eq!(begun.elapsed().as_secs() >= 25, has_visitors);
    }
}

#[tokio::test(start_paused = true)]
async fn a_table_that_a_lost_call_created_is_not_created_twice() {
    let script = Script::new()
        .on("DescribeTable", [missing(), missing(), described("ACTIVE", &none())])
        .on("ListTagsOfResource", [tags()])
        .on("CreateTable", [ok("{}"), exists_or_changes()]);
    let report = deploy(&script, table(), ()).await;
    assert!(report.complete(), "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn a_protected_table_loses_its_protection_before_it_is_deleted() {
    let protected = json!({ "DeletionProtectionEnabled": true });
    let script = Script::new()
        .on(
            "DescribeTable",
            [
                described("ACTIVE", &protected),
                described("UPDATING", &protected),
                described("ACTIVE", &none()),
                described("ACTIVE", &none()),
                described("DELETING", &none()),
                missing(),
            ],
        )
        .on("ListTagsOfResource", [tags()])
        .on("UpdateTable", [ok("{}")])
        .on("DeleteTable", [exists_or_changes(), ok("{}")]);
    let report = destroy(&script, table(), ()).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(count(&script, "UpdateTable"), 1);
}

#[test]
fn every_difference_is_shown_and_another_key_replaces_the_table() {
    let actual = UsageTableActual {
        status: TableStatus::Active,
        key: "id: N, HASH".to_owned(),
        billing_mode: PROVISIONED.to_owned(),
        deletion_protection: true,
        tags: BTreeMap::from([("beside".to_owned(), "ours".to_owned())]),
    };
    let changes = table().diff(&(), Some(&actual));
    let fields: Vec<_> = changes.iter().map(|change| (change.field.as_str(), change.replaces)).collect();
    assert_eq!(
        fields,
        [
            ("key", true),
            ("billing_mode", false),
            ("deletion_protection", false),
            ("tags.beside", false),
            ("tags.twinctl:environment", false),
            ("tags.twinctl:project", false),
        ]
    );
    assert!(matches!(table().ownership(&actual), Ownership::Untagged(_)));
}
