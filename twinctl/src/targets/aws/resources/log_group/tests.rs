//! What the log service does that the emulator is too kind for.

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
async fn late_delivery_recreates_it_and_it_goes_again() {
    let script = Script::new()
        .on("DescribeLogGroups", [described(&["/twin"]), described(&["/twin"]), described(&[])])
        .on("ListTagsForResource", [tags(), ok(r#"{"tags":{}}"#), missing()])
        .on("DeleteLogGroup", [ok("{}")]);
    let report = destroy(&script, log_group(), DESIRED).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(count(&script, "DeleteLogGroup"), 2);
}

#[test]
fn what_late_logs_left_behind_after_a_destroy_is_taken_and_what_is_somebody_elses_is_not() {
    let actual = |tags: &[(&str, &str)]| LogGroupActual {
        retention_days: None,
        kms_key: None,
        tags: tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
    };
    assert_eq!(log_group().ownership(&actual(&[])), Ownership::Ours);
    assert!(matches!(log_group().ownership(&actual(&[("team", "other")])), Ownership::Foreign(_)));
}

#[tokio::test(start_paused = true)]
async fn a_name_that_only_begins_like_ours_is_anothers() {
    let script = Script::new()
        .on("DescribeLogGroups", [described(&["/twin-other"])])
        .on("ListTagsForResource", [missing()]);
    assert_eq!(log_group().observe(&script.cloud(), &mut ()).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_to_its_creation_is_found_and_used() {
    let script = Script::new()
        .on("DescribeLogGroups", [described(&[]), described(&["/twin"])])
        .on("ListTagsForResource", [missing(), tags()])
        .on("CreateLogGroup", [Reply::Lost]);
    let report = deploy(&script, log_group(), DESIRED).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(count(&script, "CreateLogGroup"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stale_list_ends_in_already_exists_and_another_look() {
    let script = Script::new()
        .on("DescribeLogGroups", [described(&[]), described(&[]), described(&["/twin"])])
        .on("ListTagsForResource", [missing(), tags()])
        .on("CreateLogGroup", [json_error(400, "ResourceAlreadyExistsException", "it is there")]);
    let report = deploy(&script, log_group(), DESIRED).await;
    assert!(report.complete(), "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn a_throttle_comes_as_400_and_is_waited_out() {
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
async fn forbidden_is_not_missing() {
    let script = Script::new()
        .on("DescribeLogGroups", [described(&[])])
        .on("ListTagsForResource", [json_error(400, "AccessDeniedException", "no")]);
    let fault = log_group().observe(&script.cloud(), &mut ()).await.unwrap_err();
    assert_eq!(fault.class, reconcile::Class::Denied);
}
