//! The alarms with their topic, metric filters and dashboard.

use std::collections::BTreeMap;

use reconcile::Fault;
use serde_json::{Value, json};

use super::{
    function::label_of,
    hcl::{Body, Resource, parsed},
};
use crate::targets::aws::{Cloud, SdkResult, json_calls::call, names::Names};

/// Returns the topic with its confirmed subscriptions, and the number of the others, which cannot be imported.
pub(super) async fn topic(cloud: &Cloud, names: &Names) -> Result<(Vec<Resource>, usize), Fault> {
    let arn = names.alarm_topic_arn();
    let (attributes, tags, subscriptions) = tokio::join!(
        cloud.sns.get_topic_attributes().topic_arn(&arn).send(),
        cloud.sns.list_tags_for_resource().resource_arn(&arn).send(),
        cloud.sns.list_subscriptions_by_topic().topic_arn(&arn).send(),
    );
    let policy = attributes.fault("sns:GetTopicAttributes")?.attributes.unwrap_or_default();
    let policy = parsed(policy.get("Policy").map(String::as_str).unwrap_or_default());
    let tags = tags.fault("sns:ListTagsForResource")?.tags.unwrap_or_default();
    let tags: BTreeMap<_, _> = tags.into_iter().map(|tag| (tag.key, tag.value)).collect();
    let body = Body::new().set("name", names.alarm_topic()).set("tags", json!(tags));
    let topic = Resource::new("aws_sns_topic", "alarms", &*arn, body).provides("arn", &*arn);
    let body = Body::new().set("arn", &*arn).document("policy", policy);
    let policy = Resource::new("aws_sns_topic_policy", "alarms", &*arn, body);
    let subscriptions =
        subscriptions.fault("sns:ListSubscriptionsByTopic")?.subscriptions.unwrap_or_default();
    let is_confirmed = |id: &Option<String>| id.as_ref().is_some_and(|id| id.starts_with("arn:"));
    let (confirmed, others): (Vec<_>, Vec<_>) =
        subscriptions.into_iter().partition(|each| is_confirmed(&each.subscription_arn));
    let confirmed = confirmed.into_iter().zip(1..).map(|(each, number)| {
        let body = Body::new()
            .set("topic_arn", &*arn)
            .set_some("protocol", each.protocol)
            .set_some("endpoint", each.endpoint);
        let id = each.subscription_arn.unwrap_or_default();
        Resource::new("aws_sns_topic_subscription", format!("alarms_{number}"), id, body)
            .unread(&["confirmation_timeout_in_minutes", "endpoint_auto_confirms"])
    });
    Ok(([topic, policy].into_iter().chain(confirmed).collect(), others.len()))
}

/// Returns the alarms, the metric filters of the function's log group, and the dashboard.
pub(super) async fn alarms(cloud: &Cloud, names: &Names) -> Result<Vec<Resource>, Fault> {
    let request = json!({ "AlarmNamePrefix": format!("{}-", names.marker), "AlarmTypes": ["MetricAlarm"] });
    let dashboard_request = json!({ "DashboardName": names.dashboard() });
    let (alarms, filters, dashboard) = tokio::join!(
        call(&cloud.monitoring, "DescribeAlarms", &request),
        cloud.logs.describe_metric_filters().log_group_name(&names.log_group).send(),
        call(&cloud.monitoring, "GetDashboard", &dashboard_request),
    );
    let alarms = alarms.fault("cloudwatch:DescribeAlarms")?;
    let topic = names.alarm_topic_arn();
    // Another environment can have a longer name that begins with the name of this one.
    let notifies = |alarm: &&Value| {
        alarm["AlarmActions"].as_array().into_iter().flatten().any(|action| action == topic.as_str())
    };
    let ours = alarms["MetricAlarms"].as_array().into_iter().flatten().filter(notifies);
    let mut resources = Vec::new();
    for found in ours {
        resources.push(alarm(cloud, names, found).await?);
    }
    let filters = filters.fault("logs:DescribeMetricFilters")?.metric_filters.unwrap_or_default();
    resources.extend(filters.into_iter().map(|filter| metric_filter(&names.log_group, filter)));
    let dashboard = dashboard.fault("cloudwatch:GetDashboard")?;
    let name = names.dashboard();
    let document = parsed(dashboard["DashboardBody"].as_str().unwrap_or_default());
    let body = Body::new().set("dashboard_name", &*name).document("dashboard_body", document);
    resources.push(Resource::new("aws_cloudwatch_dashboard", "twin", name, body));
    Ok(resources)
}

async fn alarm(cloud: &Cloud, names: &Names, alarm: &Value) -> Result<Resource, Fault> {
    let name = alarm["AlarmName"].as_str().unwrap_or_default();
    let short = name.strip_prefix(&format!("{}-", names.marker)).unwrap_or(name);
    let request = json!({ "ResourceARN": names.alarm_arn(short) });
    let listed = call(&cloud.monitoring, "ListTagsForResource", &request).await;
    let listed = listed.fault("cloudwatch:ListTagsForResource")?;
    let tags = listed["Tags"].as_array().into_iter().flatten();
    let tags: BTreeMap<_, _> = tags.filter_map(|tag| Some((tag["Key"].as_str()?, &tag["Value"]))).collect();
    let is_set = |value: &&Value| value.as_array().is_none_or(|items| !items.is_empty());
    let setting = |name: &str| alarm.get(name).filter(is_set).cloned();
    let queries = alarm["Metrics"].as_array().into_iter().flatten();
    let body = Body::new()
        .set("alarm_name", name)
        .set_some("alarm_description", setting("AlarmDescription"))
        .set_some("alarm_actions", setting("AlarmActions"))
        .set_some("ok_actions", setting("OKActions"))
        .set_some("insufficient_data_actions", setting("InsufficientDataActions"))
        .set_some("comparison_operator", setting("ComparisonOperator"))
        .set_some("evaluation_periods", setting("EvaluationPeriods"))
        .set_some("datapoints_to_alarm", setting("DatapointsToAlarm"))
        .set_some("threshold", setting("Threshold"))
        .set_some("treat_missing_data", setting("TreatMissingData"))
        .set("tags", json!(tags))
        .blocks("metric_query", queries.map(query));
    Ok(Resource::new("aws_cloudwatch_metric_alarm", label_of(short), name, body))
}

fn query(query: &Value) -> Body {
    let member = |name: &str| query.get(name).cloned();
    let metric = query.get("MetricStat").map(|stat| {
        let dimensions = stat["Metric"]["Dimensions"].as_array().into_iter().flatten();
        let dimensions: BTreeMap<_, _> =
            dimensions.filter_map(|each| Some((each["Name"].as_str()?, &each["Value"]))).collect();
        let dimensions = Some(dimensions).filter(|dimensions| !dimensions.is_empty());
        Body::new()
            .set("namespace", stat["Metric"]["Namespace"].clone())
            .set("metric_name", stat["Metric"]["MetricName"].clone())
            .set_some("dimensions", dimensions.map(|dimensions| json!(dimensions)))
            .set("period", stat["Period"].clone())
            .set("stat", stat["Stat"].clone())
    });
    Body::new()
        .set_some("id", member("Id"))
        .set_some("expression", member("Expression"))
        .set_some("label", member("Label"))
        .set_some("return_data", member("ReturnData"))
        .blocks("metric", metric)
}

fn metric_filter(group: &str, filter: aws_sdk_cloudwatchlogs::types::MetricFilter) -> Resource {
    let name = filter.filter_name.unwrap_or_default();
    let metrics = filter.metric_transformations.unwrap_or_default().into_iter().map(|metric| {
        Body::new()
            .set("name", metric.metric_name)
            .set("namespace", metric.metric_namespace)
            .set("value", metric.metric_value)
            .set_some("default_value", metric.default_value.map(|value| value.to_string()))
    });
    let body = Body::new()
        .set("name", &*name)
        .set("log_group_name", group)
        .set("pattern", filter.filter_pattern.unwrap_or_default())
        .blocks("metric_transformation", metrics);
    let label = label_of(name.strip_prefix("twinctl-").unwrap_or(&name));
    Resource::new("aws_cloudwatch_log_metric_filter", label, format!("{group}:{name}"), body)
        .unread(&["metric_transformation[0].unit"])
}
