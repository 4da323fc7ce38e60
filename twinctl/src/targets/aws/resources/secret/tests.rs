//! The secret with Secrets Manager responses that the emulator does not give.

use std::collections::BTreeMap;

use reconcile::{Class, Outcome, Ownership, Resource as _};
use serde_json::json;
use zeroize::Zeroizing;

use super::*;
use crate::targets::{
    Aim,
    aws::{
        Labels,
        resources::testing::{count, deploy, destroy},
        script::{Reply, Script, json_error, ok},
    },
};

fn secret(aim: Aim) -> Secret {
    let labels = Labels::new("twin", "dev", &BTreeMap::new());
    Secret::new("twin-dev-openai-key".to_owned(), labels, aim)
}

fn value() -> SecretValue {
    SecretValue::new(
        "0123456789abcdef0123456789abcdef".to_owned(),
        Zeroizing::new("sk-very-secret".to_owned()),
    )
}

fn desired(value: &SecretValue) -> SecretDesired {
    SecretDesired { value: Some(value.clone()) }
}

fn described(version: &str, deleted: Option<u32>) -> Reply {
    let tags = [("twinctl:project", "twin"), ("twinctl:environment", "dev")];
    let mut secret = json!({
        "ARN": "arn:secret-AbCdEf",
        "Name": "twin-dev-openai-key",
        "Description": "The key of the model that an AI twin asks",
        "Tags": tags.map(|(key, value)| json!({ "Key": key, "Value": value })),
        "VersionIdsToStages": { version: ["AWSCURRENT"], "older": ["AWSPREVIOUS"] },
    });
    if let Some(second) = deleted {
        secret["DeletedDate"] = second.into();
    }
    ok(&secret.to_string())
}

fn missing() -> Reply {
    json_error(400, "ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
}

#[tokio::test(start_paused = true)]
async fn a_secret_is_not_created_again_when_the_response_was_lost() {
    let value = value();
    let script = Script::new()
        .on("DescribeSecret", [missing(), described(&value.version, None)])
        .on("CreateSecret", [Reply::Lost]);
    let report = deploy(&script, secret(Aim::Use), desired(&value)).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!((count(&script, "CreateSecret"), count(&script, "PutSecretValue")), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_deleted_secret_is_restored_before_it_gets_a_new_value() {
    let value = value();
    let script = Script::new()
        .on(
            "DescribeSecret",
            [
                described("old", Some(1_700_000_000)),
                // Stale reads.
                described("old", Some(1_700_000_000)),
                described("old", Some(1_700_000_000)),
                described("old", None),
                described(&value.version, None),
            ],
        )
        .on("RestoreSecret", [ok("{}"), json_error(400, "InvalidRequestException", "not deleted")])
        .on("PutSecretValue", [ok("{}")]);
    let report = deploy(&script, secret(Aim::Use), desired(&value)).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!((count(&script, "RestoreSecret"), count(&script, "PutSecretValue")), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn a_read_that_missed_the_deletion_is_repeated() {
    let value = value();
    let scheduled =
        "You can't create this secret because a secret with this name is already scheduled for deletion.";
    let script = Script::new()
        .on("DescribeSecret", [missing(), described("old", Some(1)), described(&value.version, None)])
        .on("CreateSecret", [json_error(400, "InvalidRequestException", scheduled)])
        .on("RestoreSecret", [ok("{}")]);
    let report = deploy(&script, secret(Aim::Use), desired(&value)).await;
    assert!(report.complete(), "{report:?}");

    let exists = json_error(400, "ResourceExistsException", "already exists");
    let script = Script::new()
        .on("DescribeSecret", [missing(), missing(), described(&value.version, None)])
        .on("CreateSecret", [exists]);
    assert!(deploy(&script, secret(Aim::Use), desired(&value)).await.complete());
}

#[tokio::test(start_paused = true)]
async fn a_deploy_writes_no_value() {
    let script = Script::new().on("DescribeSecret", [described("any", None)]);
    let report = deploy(&script, secret(Aim::Use), SecretDesired::default()).await;
    assert!(matches!(report.outcome("resource"), Some(Outcome::Unchanged)));

    let script = Script::new().on("DescribeSecret", [missing()]);
    let report = deploy(&script, secret(Aim::Use), SecretDesired::default()).await;
    let failure = report.failures().next().unwrap().to_string();
    assert!(!report.complete() && count(&script, "CreateSecret") == 0, "{failure}");
}

#[tokio::test(start_paused = true)]
async fn a_scheduled_deletion_completes_a_destroy_and_is_not_repeated() {
    let scheduled = || described("any", Some(1_700_000_000));
    let script = Script::new()
        .on("DescribeSecret", [described("any", None), described("any", None), scheduled()])
        .on("DeleteSecret", [Reply::Lost, ok("{}")]);
    let report = destroy(&script, secret(Aim::Remove), SecretDesired::default()).await;
    assert!(report.complete(), "{report:?}");

    let script = Script::new().on("DescribeSecret", [scheduled()]);
    let report = destroy(&script, secret(Aim::Remove), SecretDesired::default()).await;
    assert!(report.complete() && count(&script, "DeleteSecret") == 0, "{report:?}");
}

#[tokio::test]
async fn a_forbidden_secret_is_not_missing_and_one_without_tags_is_not_ours() {
    let denied = json_error(400, "AccessDeniedException", "no");
    let script = Script::new().on("DescribeSecret", [denied]);
    assert_eq!(secret(Aim::Use).observe(&script.cloud(), &mut ()).await.unwrap_err().class, Class::Denied);

    let script = Script::new().on("DescribeSecret", [ok(r#"{"ARN":"a","Name":"twin-dev-openai-key"}"#)]);
    let actual = secret(Aim::Use).observe(&script.cloud(), &mut ()).await.unwrap().unwrap();
    assert!(matches!(secret(Aim::Use).ownership(&actual), Ownership::Untagged(_)));
}

#[test]
fn the_value_is_never_printed() {
    let value = value();
    let changes = secret(Aim::Use).diff(&desired(&value), None);
    let shown = format!("{changes:?} {value:?} {:?}", desired(&value));
    assert!(!shown.contains("very-secret"), "{shown}");
}
