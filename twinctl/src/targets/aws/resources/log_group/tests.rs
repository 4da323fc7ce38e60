//! The log groups with `CloudWatch` Logs responses that the emulator does not give.

use serde_json::json;

use super::*;
use crate::targets::aws::{
    resources::testing::{count, deploy, destroy},
    script::{Reply, Script, json_error, ok},
};

const DESIRED: LogGroupsDesired = LogGroupsDesired { retention_days: 14 };

const ACCESS: &str = "/aws/vendedlogs/twin";
const BOTH: &[&str] = &["/twin", ACCESS];

fn log_groups() -> LogGroups {
    let group = |name: &str| GroupName {
        name: name.to_owned(),
        arn: format!("arn:aws:logs:eu-central-1:123456789012:log-group:{name}"),
    };
    LogGroups::new(group("/twin"), group(ACCESS), Labels::new("twin", "dev", &BTreeMap::new()))
}

fn described(names: &[&str]) -> Reply {
    let group = |name: &&str| json!({ "logGroupName": name, "retentionInDays": 14 });
    ok(&json!({ "logGroups": names.iter().map(group).collect::<Vec<_>>() }).to_string())
}

/// Scripts reads that find these groups. Each read makes one call for each of the two groups.
fn reads(found: &[&[&str]]) -> Vec<Reply> {
    found.iter().flat_map(|names| [described(names), described(names)]).collect()
}

fn tags() -> Reply {
    let labels: BTreeMap<_, _> = log_groups().labels.to_map();
    ok(&json!({ "tags": labels }).to_string())
}

fn missing() -> Reply {
    json_error(400, "ResourceNotFoundException", "no such log group")
}

#[tokio::test(start_paused = true)]
async fn a_group_that_late_logs_recreate_is_deleted_again() {
    let script = Script::new()
        .on("DescribeLogGroups", reads(&[BOTH, &["/twin"], &[]]))
        .on("ListTagsForResource", [tags(), ok(r#"{"tags":{}}"#), missing()])
        .on("DeleteLogGroup", [ok("{}")]);
    let report = destroy(&script, log_groups(), DESIRED).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(count(&script, "DeleteLogGroup"), 3);
}

#[test]
fn a_group_without_tags_is_ours_and_one_with_other_tags_is_not() {
    let ownership = |tags: &[(&str, &str)]| {
        let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let settings = || Some(Settings { retention_days: None, kms_key: None });
        log_groups().ownership(&LogGroupsActual { function: settings(), access: settings(), tags })
    };
    assert_eq!(ownership(&[]), Ownership::Ours);
    assert!(matches!(ownership(&[("team", "other")]), Ownership::Untagged(_)));
}

#[tokio::test(start_paused = true)]
async fn changed_tags_are_written_to_both_groups() {
    let other = || ok(r#"{"tags":{"twinctl:project":"twin","twinctl:environment":"dev","beside":"x"}}"#);
    let script = Script::new()
        .on("DescribeLogGroups", reads(&[BOTH]))
        .on("ListTagsForResource", [other(), tags()])
        .on("UntagResource", [ok("{}")]);
    let report = deploy(&script, log_groups(), DESIRED).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!((count(&script, "UntagResource"), count(&script, "TagResource")), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn a_group_whose_name_only_contains_ours_is_another_one() {
    let script = Script::new()
        .on("DescribeLogGroups", reads(&[&["/twin-other", "/aws/vendedlogs/twin-other"]]))
        .on("ListTagsForResource", [missing()]);
    assert_eq!(
        log_groups().observe(&script.cloud(), &mut LogGroupsMemory { seen: true }).await.unwrap(),
        None
    );
}

#[tokio::test(start_paused = true)]
async fn a_missing_group_is_created_beside_the_other_one() {
    let script = Script::new()
        .on("DescribeLogGroups", reads(&[&["/twin"], BOTH]))
        .on("ListTagsForResource", [tags()])
        .on("CreateLogGroup", [ok("{}")])
        .on("PutRetentionPolicy", [ok("{}")]);
    let actual =
        log_groups().observe(&script.cloud(), &mut LogGroupsMemory { seen: true }).await.unwrap().unwrap();
    assert_eq!(script.log().len(), 3);
    assert_eq!(log_groups().output(&actual), None, "the API needs the other group");
    let changes = log_groups().diff(&DESIRED, Some(&actual));
    assert!(changes.iter().all(|change| change.field.starts_with("access_log.")), "{changes:?}");

    let script = Script::new()
        .on("DescribeLogGroups", reads(&[&["/twin"], BOTH]))
        .on("ListTagsForResource", [tags()])
        .on("CreateLogGroup", [ok("{}")])
        .on("PutRetentionPolicy", [ok("{}")]);
    let report = deploy(&script, log_groups(), DESIRED).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!((count(&script, "CreateLogGroup"), count(&script, "PutRetentionPolicy")), (1, 1));
}

#[tokio::test]
async fn the_tags_of_missing_groups_are_not_read() {
    let script = Script::new().on("DescribeLogGroups", [described(&[])]);
    assert_eq!(log_groups().observe(&script.cloud(), &mut LogGroupsMemory::default()).await.unwrap(), None);
    assert_eq!(script.log().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_group_is_not_created_again_when_the_response_was_lost() {
    let script = Script::new()
        .on("DescribeLogGroups", reads(&[&[], BOTH]))
        .on("ListTagsForResource", [tags()])
        .on("CreateLogGroup", [Reply::Lost]);
    let report = deploy(&script, log_groups(), DESIRED).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(count(&script, "CreateLogGroup"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_stale_read_of_an_existing_group_is_repeated() {
    let script = Script::new()
        .on("DescribeLogGroups", reads(&[&[], &[], BOTH]))
        .on("ListTagsForResource", [tags()])
        .on("CreateLogGroup", [json_error(400, "ResourceAlreadyExistsException", "already exists")]);
    let report = deploy(&script, log_groups(), DESIRED).await;
    assert!(report.complete(), "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn throttling_with_status_400_is_retried() {
    let slow = || json_error(400, "ThrottlingException", "Rate exceeded");
    let script = Script::new()
        .on("DescribeLogGroups", reads(&[&[], &[], BOTH]))
        .on("ListTagsForResource", [tags()])
        .on("CreateLogGroup", [slow(), slow(), ok("{}")])
        .on("PutRetentionPolicy", [ok("{}")]);
    let report = deploy(&script, log_groups(), DESIRED).await;
    assert!(report.complete(), "{report:?}");
    assert!(count(&script, "CreateLogGroup") >= 2);
}

#[tokio::test]
async fn a_forbidden_group_is_not_a_missing_one() {
    let script = Script::new()
        .on("DescribeLogGroups", reads(&[&[]]))
        .on("ListTagsForResource", [json_error(400, "AccessDeniedException", "no")]);
    let fault = log_groups().observe(&script.cloud(), &mut LogGroupsMemory { seen: true }).await.unwrap_err();
    assert_eq!(fault.class, reconcile::Class::Denied);
}
