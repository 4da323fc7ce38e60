//! A log group with `CloudWatch` Logs responses that the emulator does not give.

use serde_json::json;

use super::*;
use crate::targets::aws::{
    resources::testing::{count, deploy, destroy},
    script::{Reply, Script, json_error, ok},
};

const DESIRED: LogGroupDesired = LogGroupDesired { retention_days: 14 };

fn log_group() -> LogGroup {
    let labels = Labels::new("twin", "dev", &BTreeMap::new());
    LogGroup::new(
        "/twin".to_owned(),
        "arn:aws:logs:eu-central-1:123456789012:log-group:/twin".to_owned(),
        labels,
    )
}

fn described(names: &[&str]) -> Reply {
    let group = |name: &&str| json!({ "logGroupName": name, "retentionInDays": 14 });
    ok(&json!({ "logGroups": names.iter().map(group).collect::<Vec<_>>() }).to_string())
}

fn tags() -> Reply {
    let labels: BTreeMap<_, _> = log_group().labels.to_map();
    ok(&json!({ "tags": labels }).to_string())
}

fn missing() -> Reply {
    json_error(400, "ResourceNotFoundException", "no such log group")
}

#[tokio::test(start_paused = true)]
async fn a_group_that_late_logs_recreate_is_deleted_again() {
    let script = Script::new()
        .on("DescribeLogGroups", [described(&["/twin"]), described(&["/twin"]), described(&[])])
        .on("ListTagsForResource", [tags(), ok(r#"{"tags":{}}"#), missing()])
        .on("DeleteLogGroup", [ok("{}")]);
    let report = destroy(&script, log_group(), DESIRED).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(count(&script, "DeleteLogGroup"), 2);
}

#[test]
fn a_group_without_tags_is_ours_and_one_with_other_tags_is_not() {
    let actual = |tags: &[(&str, &str)]| LogGroupActual {
        retention_days: None,
        kms_key: None,
        tags: tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
    };
    assert_eq!(log_group().ownership(&actual(&[])), Ownership::Ours);
    assert!(matches!(log_group().ownership(&actual(&[("team", "other")])), Ownership::Untagged(_)));
}

#[tokio::test(start_paused = true)]
async fn a_group_whose_name_only_starts_with_ours_is_another_one() {
    let script = Script::new()
        .on("DescribeLogGroups", [described(&["/twin-other"])])
        .on("ListTagsForResource", [missing()]);
    assert_eq!(log_group().observe(&script.cloud(), &mut ()).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn a_group_is_not_created_again_when_the_response_was_lost() {
    let script = Script::new()
        .on("DescribeLogGroups", [described(&[]), described(&["/twin"])])
        .on("ListTagsForResource", [missing(), tags()])
        .on("CreateLogGroup", [Reply::Lost]);
    let report = deploy(&script, log_group(), DESIRED).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(count(&script, "CreateLogGroup"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stale_read_of_an_existing_group_is_repeated() {
    let script = Script::new()
        .on("DescribeLogGroups", [described(&[]), described(&[]), described(&["/twin"])])
        .on("ListTagsForResource", [missing(), tags()])
        .on("CreateLogGroup", [json_error(400, "ResourceAlreadyExistsException", "already exists")]);
    let report = deploy(&script, log_group(), DESIRED).await;
    assert!(report.complete(), "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn throttling_with_status_400_is_retried() {
    let slow = || json_error(400, "ThrottlingException", "Rate exceeded");
    let script = Script::new()
        .on("DescribeLogGroups", [described(&[]), described(&[]), described(&[]), described(&["/twin"])])
        .on("ListTagsForResource", [missing(), missing(), missing(), tags()])
        .on("CreateLogGroup", [slow(), slow(), ok("{}")])
        .on("PutRetentionPolicy", [ok("{}")]);
    let report = deploy(&script, log_group(), DESIRED).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(count(&script, "CreateLogGroup"), 3);
}

#[tokio::test]
async fn a_forbidden_group_is_not_a_missing_one() {
    let script = Script::new()
        .on("DescribeLogGroups", [described(&[])])
        .on("ListTagsForResource", [json_error(400, "AccessDeniedException", "no")]);
    let fault = log_group().observe(&script.cloud(), &mut ()).await.unwrap_err();
    assert_eq!(fault.class, reconcile::Class::Denied);
}
