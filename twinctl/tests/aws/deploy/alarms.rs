//! Alarms and dashboard: deployed, drifted, adopted and turned off.

use aws_sdk_cloudwatchlogs::types::MetricTransformation;
use serde_json::{Value, json};

use super::{
    inventory::inventory,
    twin::{ENVIRONMENT, Twin},
};
use crate::cloud::monitoring;

pub(crate) const ALARMS: &str = "alarms: { email: ada@example.com, daily_tokens: 100000 }\n";
const FILE: &str = "environments/dev.yaml";
pub(super) const TOPIC: &str = "arn:aws:sns:us-east-1:000000000000:ada-dev-alarms";
const DASHBOARD: &str = "ada-dev-us-east-1";
const GROUP: &str = "/aws/lambda/ada-dev-api";

fn watched_twin() -> Twin {
    let twin = Twin::new();
    twin.write(FILE, format!("{ENVIRONMENT}{ALARMS}"));
    twin
}

/// Returns how many calls of the services of alarms were made.
fn calls_about_alarms(twin: &Twin) -> usize {
    let services = ["monitoring", "sns"];
    let calls = twin.proxy.calls();
    let is_about =
        |service: &str, operation: &str| services.contains(&service) || operation.contains("MetricFilter");
    calls.iter().filter(|call| is_about(&call.service, &call.operation)).count()
}

#[testbed::test(emulator)]
async fn a_twin_with_alarms_is_deployed_and_a_second_deploy_writes_nothing() {
    let twin = watched_twin();
    twin.deploy(&[]).await.exits_with(0);
    let found = inventory(&twin.by_hand).await;
    for expected in [
        "alarm ada-dev-api-5xx",
        "alarm ada-dev-duration",
        "alarm ada-dev-function-errors",
        "alarm ada-dev-model-errors",
        "alarm ada-dev-s3-errors",
        "alarm ada-dev-tokens",
        "dashboard ada-dev-us-east-1",
        "metric filter twinctl-input-tokens of /aws/lambda/ada-dev-api",
        "metric filter twinctl-model-errors of /aws/lambda/ada-dev-api",
        "subscription email ada@example.com",
        "topic arn:aws:sns:us-east-1:000000000000:ada-dev-alarms",
    ] {
        assert!(found.iter().any(|line| line == expected), "{expected} is not among {found:#?}");
    }
    twin.proxy.reset();
    twin.deploy(&[]).await.exits_with(0).reports("nothing to change");
    assert_eq!(twin.writes().iter().map(|call| &call.operation).collect::<Vec<_>>(), [""; 0]);
    let calls = calls_about_alarms(&twin);
    assert!(calls <= 12, "{calls} calls to see that no alarm changed");
    twin.destroy(&[]).await.exits_with(0);
    assert_eq!(inventory(&twin.by_hand).await, ["table twinctl-locks"]);
}

#[testbed::test(emulator)]
async fn alarms_add_at_most_two_round_trips_to_an_unchanged_deploy() {
    let twin = watched_twin();
    twin.proxy.ignore_function();
    twin.deploy(&[]).await.exits_with(0);
    twin.proxy.set_delay(std::time::Duration::from_millis(500));
    twin.proxy.reset();
    twin.deploy(&[]).await.exits_with(0).reports("nothing to change");
    let unchanged = super::streaming::round_trips(&twin);
    assert!(unchanged <= 4, "{unchanged} round trips");
}

#[testbed::test(emulator)]
async fn a_twin_without_alarms_makes_no_call_about_them() {
    let twin = watched_twin();
    twin.deploy(&[]).await.exits_with(0);
    twin.write(FILE, ENVIRONMENT);
    twin.deploy(&[]).await.exits_with(0);
    let found = inventory(&twin.by_hand).await;
    let left: Vec<_> = found
        .iter()
        .filter(|line| ["alarm", "topic", "dashboard", "metric"].iter().any(|kind| line.starts_with(kind)))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    twin.proxy.reset();
    twin.deploy(&[]).await.exits_with(0).reports("nothing to change");
    twin.run(&["status", "dev"]).await.exits_with(0);
    assert_eq!(calls_about_alarms(&twin), 0);
}

#[testbed::test(emulator)]
async fn status_reports_an_unconfirmed_subscription() {
    let twin = watched_twin();
    twin.deploy(&[]).await.exits_with(0);
    twin.run(&["status", "dev"]).await.exits_with(0).reports("ada@example.com has not confirmed");
    let confirm = twin.by_hand.sns.confirm_subscription().topic_arn(TOPIC).token("confirm");
    confirm.send().await.unwrap();
    let status = twin.run(&["status", "dev"]).await.exits_with(0);
    assert!(!status.stderr.contains("confirm"), "{}", status.stderr);
    // The former address is unsubscribed.
    twin.write(FILE, format!("{ENVIRONMENT}alarms: {{ email: new@example.com }}\n"));
    twin.plan().await.exits_with(7).reports("subscription.email");
    twin.deploy(&[]).await.exits_with(0);
    let found = inventory(&twin.by_hand).await;
    assert!(!found.contains(&"subscription email ada@example.com".to_owned()), "{found:#?}");
    twin.plan().await.exits_with(0);
}

/// Nobody can delete the subscription of the former address, and its receiver need not confirm it any more.
#[testbed::test(emulator)]
async fn status_reports_no_alarm_subscription_of_a_former_address() {
    let twin = Twin::new();
    let email = |address: &str| format!("{ENVIRONMENT}alarms: {{ email: {address} }}\n");
    for address in ["typo@example.com", "ada@example.com"] {
        twin.write(FILE, email(address));
        twin.deploy(&[]).await.exits_with(0);
    }
    let status = twin.run(&["status", "dev"]).await.exits_with(0);
    status.reports("ada@example.com has not confirmed");
    assert!(!status.stderr.contains("typo@example.com"), "{}", status.stderr);
}

/// Changes every part of the alarms by hand.
async fn drift(twin: &Twin) {
    let cloud = &twin.by_hand;
    let call = |operation: &str, body: &Value| monitoring(cloud, operation, body);
    let found = call("DescribeAlarms", &json!({ "AlarmNames": ["ada-dev-duration"] }));
    let mut alarm = found["MetricAlarms"][0].clone();
    alarm["Threshold"] = 9.into();
    alarm["AlarmActions"] = json!([]);
    call("PutMetricAlarm", &alarm);
    let arn = "arn:aws:cloudwatch:us-east-1:000000000000:alarm:ada-dev-s3-errors";
    call("TagResource", &json!({ "ResourceARN": arn, "Tags": [{ "Key": "odd", "Value": "1" }] }));
    call("DeleteAlarms", &json!({ "AlarmNames": ["ada-dev-tokens"] }));
    let found = call("GetDashboard", &json!({ "DashboardName": DASHBOARD }));
    let body = found["DashboardBody"].as_str().unwrap().replace("p95", "p90");
    call("PutDashboard", &json!({ "DashboardName": DASHBOARD, "DashboardBody": body }));
    let set = cloud.sns.set_topic_attributes().topic_arn(TOPIC);
    set.clone().attribute_name("Policy").attribute_value("{}").send().await.unwrap();
    set.attribute_name("KmsMasterKeyId").attribute_value("alias/aws/sns").send().await.unwrap();
    let metric = MetricTransformation::builder().metric_namespace("x").metric_name("y").metric_value("2");
    let put = cloud.logs.put_metric_filter().log_group_name(GROUP).filter_name("twinctl-s3-errors");
    let put = put.filter_pattern("odd").metric_transformations(metric.build().unwrap());
    put.send().await.unwrap();
    let delete = cloud.logs.delete_metric_filter().log_group_name(GROUP).filter_name("twinctl-model-errors");
    delete.send().await.unwrap();
}

#[testbed::test(emulator)]
async fn every_part_of_the_alarms_that_drifts_is_shown_and_repaired() {
    let twin = watched_twin();
    twin.deploy(&[]).await.exits_with(0);
    drift(&twin).await;
    let shown = twin.run(&["status", "dev"]).await.exits_with(7);
    for field in [
        "duration.Threshold",
        "duration.AlarmActions",
        "s3-errors.tags.odd",
        "tokens.Metrics",
        "widget.Latency (ms)",
        "policy.Alarms",
        "kms_key",
        "filter.twinctl-s3-errors",
        "filter.twinctl-model-errors",
    ] {
        shown.reports(field);
    }
    twin.deploy(&[]).await.exits_with(0);
    twin.plan().await.exits_with(0);
}

#[testbed::test(emulator)]
async fn alarms_topic_and_dashboard_of_others_are_only_taken_over_with_adopt() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    twin.write(FILE, format!("{ENVIRONMENT}{ALARMS}"));
    let alarm = json!({
        "AlarmName": "ada-dev-duration", "MetricName": "Duration", "Namespace": "AWS/Lambda", "Statistic": "Average",
        "Period": 60, "EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold",
    });
    monitoring(&twin.by_hand, "PutMetricAlarm", &alarm);
    let dashboard = json!({ "DashboardName": DASHBOARD, "DashboardBody": r#"{"widgets": []}"# });
    monitoring(&twin.by_hand, "PutDashboard", &dashboard);
    twin.by_hand.sns.create_topic().name("ada-dev-alarms").send().await.unwrap();
    let refused = twin.deploy(&[]).await.exits_with(6);
    for text in [
        "the alarm `ada-dev-duration` exists but is not managed by twinctl",
        "the topic `ada-dev-alarms` exists but is not managed by twinctl",
        "the dashboard `ada-dev-us-east-1` exists but is not managed by twinctl",
    ] {
        refused.reports(text);
    }
    twin.deploy(&["--adopt"]).await.exits_with(0);
    twin.plan().await.exits_with(0);
}
