//! Responses of AWS that the emulator does not give.

use std::collections::BTreeMap;

use reconcile::{Class, Outcome, Report, Resource as _};
use serde_json::{Value, json};

use super::{
    AlarmsSetup, Dashboard, DashboardDesired, MetricAlarms, MetricAlarmsDesired, Topic, TopicDesired, alarms,
    filters, settings,
};
use crate::{
    spec::{self, Overrides},
    targets::aws::{
        Labels, SdkResult as _,
        json_calls::call,
        names::Names,
        resources::testing::{self, count},
        script::{Reply, Script, json_error, ok, xml_error},
    },
};

const TOPIC: &str = "arn:aws:sns:eu-central-1:123456789012:twin-dev-alarms";

fn names() -> Names {
    let folder = tempfile::TempDir::with_prefix("twinctl-test-").unwrap();
    let text = "project: twin\nenvironment: dev\nregion: eu-central-1\n";
    std::fs::write(folder.path().join("dev.yaml"), text).unwrap();
    Names::new(&spec::load(folder.path(), "dev", &Overrides::default()).unwrap(), "123456789012")
}

fn labels() -> Labels {
    Labels::new("twin", "dev", &BTreeMap::new())
}

fn setup(streams: bool, daily_tokens: Option<u32>) -> AlarmsSetup {
    AlarmsSetup { names: names(), streams, daily_tokens }
}

fn desired(setup: &AlarmsSetup) -> MetricAlarmsDesired {
    MetricAlarmsDesired { filters: filters(setup), alarms: alarms(setup, "api", TOPIC) }
}

fn metric_alarms() -> MetricAlarms {
    MetricAlarms::new(&names(), labels())
}

fn reply(value: &Value) -> Reply {
    ok(&value.to_string())
}

/// The alarms as AWS describes them, with decimals, empty lists and its own members.
fn described(desired: &MetricAlarmsDesired) -> Value {
    let alarm = |(name, alarm): (&String, &Value)| {
        let mut alarm = alarm.clone();
        alarm["AlarmName"] = format!("twin-dev-{name}").into();
        alarm["Threshold"] = json!(alarm["Threshold"].as_f64());
        alarm["InsufficientDataActions"] = json!([]);
        alarm["StateValue"] = "OK".into();
        alarm["Dimensions"] = json!([]);
        alarm
    };
    json!({ "MetricAlarms": desired.alarms.iter().map(alarm).collect::<Vec<_>>(), "CompositeAlarms": [] })
}

fn described_filters(desired: &MetricAlarmsDesired) -> Value {
    let filter = |(name, filter): (&String, &super::Filter)| {
        json!({
            "filterName": name, "filterPattern": filter.pattern, "creationTime": 1,
            "metricTransformations": [{
                "metricNamespace": filter.namespace, "metricName": filter.metric, "metricValue": filter.value,
            }],
        })
    };
    json!({ "metricFilters": desired.filters.iter().map(filter).collect::<Vec<_>>() })
}

fn tags() -> Reply {
    reply(&json!({ "Tags": [
        { "Key": "twinctl:project", "Value": "twin" },
        { "Key": "twinctl:environment", "Value": "dev" },
    ] }))
}

fn outcome(report: &Report) -> &Outcome {
    report.outcome(testing::NODE).unwrap()
}

#[test]
fn a_twin_that_streams_and_has_a_ceiling_has_two_more_alarms() {
    let names = |setup: &AlarmsSetup| alarms(setup, "api", TOPIC).into_keys().collect::<Vec<_>>().join(" ");
    assert_eq!(names(&setup(false, None)), "api-5xx duration function-errors model-errors s3-errors");
    let all = "api-5xx duration function-errors model-errors s3-errors stream-api-5xx tokens";
    assert_eq!(names(&setup(true, Some(1_000))), all);
    assert!(filters(&setup(true, None)).keys().all(|name| !name.contains("tokens")));
}

#[test]
fn the_alarms_have_the_thresholds_of_the_documentation() {
    let alarms = alarms(&setup(true, Some(1_000)), "api", TOPIC);
    insta::assert_json_snapshot!(alarms);
}

#[test]
fn settings_that_aws_writes_otherwise_are_equal() {
    let desired = desired(&setup(true, Some(1_000)));
    for alarm in described(&desired)["MetricAlarms"].as_array().unwrap() {
        let name = alarm["AlarmName"].as_str().unwrap().strip_prefix("twin-dev-").unwrap();
        assert_eq!(settings(alarm), settings(&desired.alarms[name]), "{name}");
    }
}

/// Evaluates the part of the pattern language that our filters use, which the emulator does not know.
fn matches(pattern: &str, line: &Value) -> bool {
    let holds = |term: &str| {
        let term = term.trim_matches(['{', '}', '(', ')', ' ']);
        let (selector, operator, expected) = term
            .split_once(" = ")
            .map(|(left, right)| (left, '=', right))
            .or_else(|| term.split_once(" > ").map(|(left, right)| (left, '>', right)))
            .unwrap();
        let pointer = selector.trim_start_matches('$').replace(['.', '['], "/").replace(']', "");
        let Some(found) = line.pointer(&pointer) else { return false };
        let expected = expected.trim_matches('"');
        match (operator, found.as_str()) {
            ('>', _) => found.as_f64() > expected.parse().ok(),
            (_, Some(text)) if expected.starts_with('*') => text.contains(expected.trim_matches('*')),
            (_, Some(text)) if expected.ends_with('*') => text.starts_with(expected.trim_matches('*')),
            (_, text) => text == Some(expected),
        }
    };
    pattern.split(" || ").any(|all| all.split(" && ").all(holds))
}

#[test]
fn the_metric_filters_match_the_lines_of_the_function() {
    let lines = [
        json!({ "route": "chat", "status": 200, "input_tokens": 1200, "output_tokens": 85 }),
        json!({ "route": "chat", "status": 503, "code": "model_throttled", "errors": ["the model did not answer"] }),
        json!({ "route": "chat", "status": 200, "errors": ["bucket b rejected the request with status 403 AccessDenied"] }),
        json!({ "route": "history", "status": 503, "code": "memory_unavailable", "errors": ["failed to read"] }),
        json!({ "route": "chat", "status": 200, "errors": ["saving the turn timed out"] }),
        json!({ "route": "chat", "status": 422, "code": "empty_message", "errors": ["the message is empty"] }),
        json!({ "level": "info", "message": "listening" }),
    ];
    let filters = filters(&setup(false, Some(1_000)));
    let found = |name: &str| {
        let matching = (0..lines.len()).filter(|index| matches(&filters[name].pattern, &lines[*index]));
        matching.collect::<Vec<_>>()
    };
    assert_eq!(found("twinctl-model-errors"), [1]);
    assert_eq!(found("twinctl-s3-errors"), [2, 3, 4]);
    assert_eq!(found("twinctl-input-tokens"), [0]);
    assert_eq!(found("twinctl-output-tokens"), [0]);
    assert_eq!(found("twinctl-summary-input-tokens"), [0; 0]);
}

/// A change of these texts in twin-lambda would silence an alarm.
#[test]
fn the_metric_filters_match_texts_of_twin_lambda() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../twin-lambda/src");
    for (file, text) in [
        ("error.rs", "\"memory_unavailable\""),
        ("error.rs", "\"persona_unreadable\""),
        ("store.rs", "failed to reach bucket {0}"),
        ("store.rs", "bucket {bucket} rejected the request"),
        ("chat.rs", "\"saving the turn timed out\""),
        ("model.rs", "\"model_throttled\""),
        ("log.rs", "pub summary_output_tokens"),
    ] {
        let source = std::fs::read_to_string(folder.join(file)).unwrap();
        assert!(source.contains(text), "{file} lacks {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn throttled_writes_of_alarms_are_repeated_and_written_ones_are_not() {
    let desired = desired(&setup(false, None));
    let one = json!({ "MetricAlarms": [described(&desired)["MetricAlarms"][0]] });
    let throttled = json_error(400, "ThrottlingException", "Rate exceeded");
    let script = Script::new()
        .on("DescribeAlarms", [ok("{}"), reply(&one), reply(&described(&desired))])
        .on("DescribeMetricFilters", [ok("{}"), reply(&described_filters(&desired))])
        .on("ListTagsForResource", [tags()])
        .on("PutMetricFilter", [ok("{}")])
        .on("PutMetricAlarm", [ok("{}"), throttled, ok("{}")]);
    let report = testing::deploy(&script, metric_alarms(), desired).await;
    assert!(matches!(outcome(&report), Outcome::Created), "{report:?}");
    // One of five, a throttled one, and the other four.
    assert_eq!(count(&script, "PutMetricAlarm"), 6, "{:?}", script.log());
    assert_eq!(count(&script, "PutMetricFilter"), 2);
}

#[tokio::test(start_paused = true)]
async fn an_alarm_whose_response_was_lost_is_not_written_twice() {
    let desired = desired(&setup(false, None));
    let script = Script::new()
        .on("DescribeAlarms", [ok("{}"), reply(&described(&desired))])
        .on("DescribeMetricFilters", [ok("{}"), reply(&described_filters(&desired))])
        .on("ListTagsForResource", [tags()])
        .on("PutMetricFilter", [ok("{}")])
        .on("PutMetricAlarm", [ok("{}"), ok("{}"), ok("{}"), ok("{}"), Reply::Lost]);
    let report = testing::deploy(&script, metric_alarms(), desired).await;
    assert!(matches!(outcome(&report), Outcome::Created), "{report:?}");
    assert_eq!(count(&script, "PutMetricAlarm"), 5);
}

#[tokio::test(start_paused = true)]
async fn alarms_are_deleted_with_their_filters_although_the_log_group_is_gone() {
    let desired = desired(&setup(false, None));
    let missing = json_error(400, "ResourceNotFoundException", "no such group");
    let script = Script::new()
        .on("DescribeAlarms", [reply(&described(&desired)), ok("{}")])
        .on("DescribeMetricFilters", [missing])
        .on("ListTagsForResource", [tags()])
        .on("DeleteAlarms", [ok("{}")]);
    let report = testing::destroy(&script, metric_alarms(), desired).await;
    assert!(matches!(outcome(&report), Outcome::Deleted), "{report:?}");
    assert_eq!(count(&script, "DeleteAlarms"), 1);
}

fn xml(operation: &str, inner: &str) -> Reply {
    ok(&format!("<{operation}Response><{operation}Result>{inner}</{operation}Result></{operation}Response>"))
}

fn attributes(pairs: &[(&str, &str)]) -> Reply {
    let entry = |(key, value): &(&str, &str)| {
        format!("<entry><key>{key}</key><value>{}</value></entry>", value.replace('"', "&quot;"))
    };
    let entries: String = pairs.iter().map(entry).collect();
    xml("GetTopicAttributes", &format!("<Attributes>{entries}</Attributes>"))
}

fn subscriptions(all: &[(&str, &str)]) -> Reply {
    let member = |(address, arn): &(&str, &str)| {
        format!(
            "<member><SubscriptionArn>{arn}</SubscriptionArn><Protocol>email</Protocol><Endpoint>{address}</Endpoint></member>"
        )
    };
    let members: String = all.iter().map(member).collect();
    xml("ListSubscriptionsByTopic", &format!("<Subscriptions>{members}</Subscriptions>"))
}

fn topic_tags() -> Reply {
    let member =
        |(key, value): (&str, &str)| format!("<member><Key>{key}</Key><Value>{value}</Value></member>");
    let members = [("twinctl:project", "twin"), ("twinctl:environment", "dev")].map(member).concat();
    xml("ListTagsForResource", &format!("<Tags>{members}</Tags>"))
}

fn email(address: &str) -> TopicDesired {
    TopicDesired { email: Some(address.to_owned()), webhook: None }
}

fn topic() -> Topic {
    Topic::new(&names(), labels())
}

#[tokio::test(start_paused = true)]
async fn a_topic_that_is_created_is_not_found_at_once() {
    let missing = xml_error(404, "NotFound", "Topic does not exist");
    let policy = topic().policy();
    let script = Script::new()
        .on("GetTopicAttributes", [missing.clone(), missing.clone(), attributes(&[("Policy", &policy)])])
        .on(
            "ListSubscriptionsByTopic",
            [missing.clone(), missing, subscriptions(&[("a@b.c", "PendingConfirmation")])],
        )
        .on("ListTagsForResource", [topic_tags()])
        .on("CreateTopic", [xml("CreateTopic", &format!("<TopicArn>{TOPIC}</TopicArn>"))])
        .on("Subscribe", [xml("Subscribe", "<SubscriptionArn>pending confirmation</SubscriptionArn>")]);
    let report = testing::deploy(&script, topic(), email("a@b.c")).await;
    assert!(matches!(outcome(&report), Outcome::Created), "{report:?}");
}

/// Nobody can delete a subscription before its receiver has confirmed it. AWS deletes it after a few days.
#[tokio::test(start_paused = true)]
async fn a_former_address_that_never_confirmed_is_no_difference() {
    let policy = topic().policy();
    let script = Script::new()
        .on("GetTopicAttributes", [attributes(&[("Policy", &policy)])])
        .on(
            "ListSubscriptionsByTopic",
            [subscriptions(&[
                ("old@b.c", "PendingConfirmation"),
                ("a@b.c", &format!("{TOPIC}:1")),
                ("x@b.c", "Deleted"),
            ])],
        )
        .on("ListTagsForResource", [topic_tags()]);
    let report = testing::deploy(&script, topic(), email("a@b.c")).await;
    assert!(matches!(outcome(&report), Outcome::Unchanged), "{report:?}");
    assert_eq!(count(&script, "Unsubscribe"), 0);
}

/// Alarms cannot publish to a topic that is encrypted with the default key of SNS.
#[test]
fn an_encrypted_topic_is_a_difference() {
    let actual = super::topic::TopicActual::with_key(&topic(), "alias/aws/sns");
    let changes = topic().diff(&TopicDesired { email: None, webhook: None }, Some(&actual));
    let fields: Vec<_> = changes.into_iter().map(|change| change.field).collect();
    assert!(fields.contains(&"kms_key".to_owned()), "{fields:?}");
}

fn dashboard(prices: Option<(f64, f64)>) -> DashboardDesired {
    DashboardDesired { names: names(), api_id: "api".to_owned(), streams: true, prices }
}

#[tokio::test(start_paused = true)]
async fn a_dashboard_that_is_missing_is_created_and_one_that_is_equal_is_kept() {
    let body = dashboard(Some((0.5, 1.5))).body();
    let found = json!({ "DashboardBody": body });
    for missing in ["DashboardNotFoundError", "ResourceNotFound"] {
        let script = Script::new()
            .on("GetDashboard", [json_error(404, missing, "no"), reply(&found)])
            .on("PutDashboard", [ok("{}")]);
        let report = testing::deploy(&script, Dashboard::new(&names()), dashboard(Some((0.5, 1.5)))).await;
        assert!(matches!(outcome(&report), Outcome::Created), "{report:?}");
    }
    let script = Script::new().on("GetDashboard", [reply(&found)]);
    let report = testing::deploy(&script, Dashboard::new(&names()), dashboard(Some((0.5, 1.5)))).await;
    assert!(matches!(outcome(&report), Outcome::Unchanged), "{report:?}");
}

#[test]
fn the_dashboard_shows_nothing_of_a_project_whose_environment_has_the_same_name() {
    let body: Value = serde_json::from_str(&dashboard(Some((0.5, 1.5))).body()).unwrap();
    let own = [names().function, names().log_group, names().marker, names().stream_api, "api".to_owned()];
    for widget in body["widgets"].as_array().unwrap().iter().skip(1) {
        let properties = &widget["properties"];
        let sources = match properties["query"].as_str() {
            Some(query) => vec![query.split('\'').nth(1).unwrap().to_owned()],
            None => properties["metrics"].as_array().unwrap().iter().map(ToString::to_string).collect(),
        };
        for source in sources {
            assert!(own.iter().any(|own| source.contains(own.as_str())), "{}: {source}", properties["title"]);
        }
    }
}

#[test]
fn the_tokens_of_summaries_are_on_the_dashboard() {
    let body = dashboard(None).body();
    assert!(body.contains(
        "sum(summary_input_tokens) as summary_input, sum(summary_output_tokens) as summary_output"
    ));
}

#[test]
fn a_model_without_a_price_has_no_dollars_on_the_dashboard() {
    let price = "sum(input_tokens) * 0.0000005 as input, sum(output_tokens) * 0.0000015 as output, \
                 sum(summary_input_tokens) * 0.0000005 as summary_input, \
                 sum(summary_output_tokens) * 0.0000015 as summary_output by bin(1d)";
    assert!(dashboard(Some((0.5, 1.5))).body().contains(price));
    assert!(!dashboard(None).body().contains("Dollars"));
}

#[tokio::test]
async fn a_call_has_its_own_operation_and_returns_json() {
    let script = Script::new()
        .on("DescribeAlarms", [ok(r#"{"MetricAlarms": []}"#)])
        .on("GetDashboard", [json_error(400, "com.amazonaws.cloudwatch#DashboardNotFoundError", "no")]);
    let client = script.cloud().monitoring;
    let alarms = call(&client, "DescribeAlarms", &json!({})).await.unwrap();
    assert_eq!(alarms, json!({ "MetricAlarms": [] }));
    let dashboard = call(&client, "GetDashboard", &json!({})).await;
    let dashboard = dashboard.found("cloudwatch:GetDashboard", &["DashboardNotFoundError"]);
    assert_eq!(dashboard.unwrap(), None);
}

#[tokio::test]
async fn a_response_that_is_no_json_is_an_error() {
    let script = Script::new().on("DescribeAlarms", [ok("<html>")]);
    let answer = call(&script.cloud().monitoring, "DescribeAlarms", &json!({})).await;
    assert_eq!(answer.fault("cloudwatch:DescribeAlarms").unwrap_err().class, Class::Unavailable);
}
