//! Alarms of a twin: the topic that notifies the owner, the metric alarms with their metric filters, and the dashboard.

pub(crate) mod dashboard;
mod definition;
#[cfg(test)]
mod tests;
mod topic;

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudwatchlogs::types::{MetricFilter, MetricTransformation};
use reconcile::{Change, Changes, Fault, Ownership, Pushed, Removed, Resource};
use serde_json::{Map, Value, json};

use crate::targets::aws::{
    Cloud, Labels, Permission, RequiredPermissions, SdkResult,
    json_calls::{call, tag_list, tags},
    names::Names,
};

pub use dashboard::{Dashboard, DashboardDesired};
pub use definition::{AlarmsSetup, Filter, alarms, filters};
pub use topic::{Topic, TopicDesired, TopicOutput};

/// The codes of missing resources. The name of the code depends on the protocol.
const MISSING: &[&str] = &["DashboardNotFoundError", "ResourceNotFound", "ResourceNotFoundException"];
/// The metric filters of other names belong to the owner.
const FILTER_PREFIX: &str = "twinctl-";
/// The settings of an alarm that are compared. All others are its identity or its current reading.
const SETTINGS: [&str; 18] = [
    "ActionsEnabled",
    "AlarmActions",
    "AlarmDescription",
    "ComparisonOperator",
    "DatapointsToAlarm",
    "Dimensions",
    "EvaluationPeriods",
    "ExtendedStatistic",
    "InsufficientDataActions",
    "MetricName",
    "Metrics",
    "Namespace",
    "OKActions",
    "Period",
    "Statistic",
    "Threshold",
    "TreatMissingData",
    "Unit",
];

/// The metric filters of the function's log group, and the metric alarms.
#[derive(Debug)]
pub struct MetricAlarms {
    /// The beginning of all names.
    marker: String,
    /// The beginning of all ARNs.
    arns: String,
    log_group: String,
    labels: Labels,
}

#[derive(Debug, Clone, PartialEq)]
pub struct MetricAlarmsDesired {
    pub filters: BTreeMap<String, Filter>,
    /// The request for each alarm, without its name and its tags.
    pub alarms: BTreeMap<String, Value>,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct MetricAlarmsActual {
    filters: BTreeMap<String, Filter>,
    alarms: BTreeMap<String, Alarm>,
}

#[derive(Debug, Clone, PartialEq)]
struct Alarm {
    settings: BTreeMap<String, String>,
    tags: BTreeMap<String, String>,
}

impl MetricAlarms {
    pub fn new(names: &Names, labels: Labels) -> Self {
        let (marker, log_group) = (names.marker.clone(), names.log_group.clone());
        Self { marker, arns: names.alarm_arn(""), log_group, labels }
    }

    fn full_name(&self, alarm: &str) -> String {
        format!("{}-{alarm}", self.marker)
    }

    fn arn(&self, alarm: &str) -> String {
        format!("{}{alarm}", self.arns)
    }

    /// Reads all alarms that this version of twinctl knows, and then their tags.
    async fn read_alarms(&self, cloud: &Cloud) -> Result<BTreeMap<String, Alarm>, Fault> {
        let names: Vec<_> = definition::NAMES.iter().map(|name| self.full_name(name)).collect();
        let request = json!({ "AlarmNames": names, "AlarmTypes": ["MetricAlarm"], "MaxRecords": 100 });
        let described =
            call(&cloud.monitoring, "DescribeAlarms", &request).await.fault("cloudwatch:DescribeAlarms")?;
        let found = described["MetricAlarms"].as_array().cloned().unwrap_or_default();
        let prefix = self.full_name("");
        let alarms = found.into_iter().filter_map(|alarm| {
            let name = alarm["AlarmName"].as_str()?.strip_prefix(&prefix)?.to_owned();
            Some((name, settings(&alarm)))
        });
        let read = alarms.map(async |(name, settings)| {
            let request = json!({ "ResourceARN": self.arn(&name) });
            let listed = call(&cloud.monitoring, "ListTagsForResource", &request).await;
            let listed = listed.found("cloudwatch:ListTagsForResource", MISSING)?.unwrap_or_default();
            Ok((name, Alarm { settings, tags: tags(&listed["Tags"]) }))
        });
        futures_util::future::join_all(read).await.into_iter().collect()
    }

    async fn read_filters(&self, cloud: &Cloud) -> Result<BTreeMap<String, Filter>, Fault> {
        let describe = cloud.logs.describe_metric_filters().log_group_name(&self.log_group);
        let described = describe.filter_name_prefix(FILTER_PREFIX).send().await;
        // Without the log group, there are no filters.
        let described = described.found("logs:DescribeMetricFilters", MISSING)?;
        let filters = described.and_then(|described| described.metric_filters).unwrap_or_default();
        Ok(filters
            .into_iter()
            .filter_map(|filter| Some((filter.filter_name.clone()?, filter.into())))
            .collect())
    }

    async fn write_filters(
        &self,
        cloud: &Cloud,
        desired: &BTreeMap<String, Filter>,
        actual: &BTreeMap<String, Filter>,
    ) -> Result<(), Fault> {
        for (name, filter) in desired.iter().filter(|(name, filter)| actual.get(*name) != Some(filter)) {
            let metric = MetricTransformation::builder().metric_namespace(&filter.namespace);
            let metric = metric.metric_name(&filter.metric).metric_value(&filter.value).build();
            let metric = metric.expect("the namespace, the name and the value are set");
            let put = cloud.logs.put_metric_filter().log_group_name(&self.log_group).filter_name(name);
            let put = put.filter_pattern(&filter.pattern).metric_transformations(metric);
            put.send().await.fault("logs:PutMetricFilter")?;
        }
        for name in actual.keys().filter(|name| !desired.contains_key(*name)) {
            self.delete_filter(cloud, name).await?;
        }
        Ok(())
    }

    async fn delete_filter(&self, cloud: &Cloud, name: &str) -> Result<(), Fault> {
        let delete = cloud.logs.delete_metric_filter().log_group_name(&self.log_group).filter_name(name);
        delete.send().await.done("logs:DeleteMetricFilter", MISSING)
    }

    /// Writes one alarm after the other, because AWS accepts only three a second.
    async fn write_alarms(
        &self,
        cloud: &Cloud,
        desired: &BTreeMap<String, Value>,
        actual: &BTreeMap<String, Alarm>,
    ) -> Result<(), Fault> {
        for (name, request) in desired {
            let existing = actual.get(name);
            if let Some(alarm) = existing {
                self.write_tags(cloud, name, &alarm.tags).await?;
            }
            if existing.is_none_or(|alarm| alarm.settings != settings(request)) {
                let mut request = request.clone();
                request["AlarmName"] = self.full_name(name).into();
                // AWS ignores the tags of an alarm that exists.
                request["Tags"] = tag_list(self.labels.iter());
                call(&cloud.monitoring, "PutMetricAlarm", &request)
                    .await
                    .fault("cloudwatch:PutMetricAlarm")?;
            }
        }
        let superfluous = actual.keys().filter(|name| !desired.contains_key(*name));
        self.delete_alarms(cloud, superfluous).await
    }

    async fn write_tags(
        &self,
        cloud: &Cloud,
        alarm: &str,
        actual: &BTreeMap<String, String>,
    ) -> Result<(), Fault> {
        let arn = self.arn(alarm);
        let tag = async |tags: BTreeMap<String, String>| {
            let request = json!({ "ResourceARN": arn, "Tags": tag_list(tags) });
            call(&cloud.monitoring, "TagResource", &request).await.fault("cloudwatch:TagResource")
        };
        let untag = async |keys| {
            let request = json!({ "ResourceARN": arn, "TagKeys": keys });
            call(&cloud.monitoring, "UntagResource", &request).await.fault("cloudwatch:UntagResource")
        };
        self.labels.write(actual, tag, untag).await
    }

    async fn delete_alarms(&self, cloud: &Cloud, alarms: impl Iterator<Item = &String>) -> Result<(), Fault> {
        let names: Vec<_> = alarms.map(|name| self.full_name(name)).collect();
        if names.is_empty() {
            return Ok(());
        }
        let request = json!({ "AlarmNames": names });
        call(&cloud.monitoring, "DeleteAlarms", &request).await.done("cloudwatch:DeleteAlarms", MISSING)
    }
}

impl From<MetricFilter> for Filter {
    /// A filter of twinctl has one metric, without dimensions and default value. If it has one of them, `value` says that, so
    /// that the filter counts as changed.
    fn from(filter: MetricFilter) -> Self {
        let metric = filter.metric_transformations.unwrap_or_default().pop();
        let others = metric.as_ref().is_some_and(|metric| {
            metric.default_value.is_some() || metric.dimensions.as_ref().is_some_and(|all| !all.is_empty())
        });
        let (namespace, name, value) = metric
            .map(|metric| (metric.metric_namespace, metric.metric_name, metric.metric_value))
            .unwrap_or_default();
        Self {
            pattern: filter.filter_pattern.unwrap_or_default(),
            namespace,
            metric: name,
            value: if others { format!("{value}, with dimensions or a default value,") } else { value },
        }
    }
}

/// Returns the compared settings of an alarm. AWS adds empty lists, and writes numbers with decimals.
fn settings(alarm: &Value) -> BTreeMap<String, String> {
    let known = SETTINGS.iter().filter_map(|name| Some((*name, normalized(alarm.get(name)?)?)));
    let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    known.map(|(name, value)| (name.to_owned(), text(value))).collect()
}

/// Returns a value without the members that are empty. The order of dimensions does not matter.
fn normalized(value: &Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Number(number) => Some(json!(number.as_f64())),
        Value::Array(items) => {
            let mut items: Vec<_> = items.iter().filter_map(normalized).collect();
            items.sort_by_key(|item| item["Name"].as_str().map(ToOwned::to_owned));
            (!items.is_empty()).then_some(Value::Array(items))
        }
        Value::Object(members) => {
            let members = members.iter().filter_map(|(name, value)| Some((name.clone(), normalized(value)?)));
            Some(Value::Object(members.collect::<Map<_, _>>()))
        }
        other => Some(other.clone()),
    }
}

impl Resource for MetricAlarms {
    type Cloud = Cloud;
    type Desired = MetricAlarmsDesired;
    type Actual = MetricAlarmsActual;
    type Output = ();
    type Memory = ();

    fn physical_name(&self) -> Option<String> {
        Some(self.full_name("*"))
    }

    async fn observe(&self, cloud: &Cloud, _: &mut ()) -> Result<Option<MetricAlarmsActual>, Fault> {
        let (filters, alarms) = tokio::join!(self.read_filters(cloud), self.read_alarms(cloud));
        let actual = MetricAlarmsActual { filters: filters?, alarms: alarms? };
        let exists = !actual.filters.is_empty() || !actual.alarms.is_empty();
        Ok(exists.then_some(actual))
    }

    /// A filter belongs to its log group.
    fn ownership(&self, actual: &MetricAlarmsActual) -> Ownership {
        let ownership = |(name, alarm): (&String, &Alarm)| {
            self.labels.ownership(&alarm.tags, &format!("the alarm `{}`", self.full_name(name)))
        };
        let mut all = actual.alarms.iter().map(ownership);
        all.find(|ownership| *ownership != Ownership::Ours).unwrap_or(Ownership::Ours)
    }

    fn diff(&self, desired: &MetricAlarmsDesired, actual: Option<&MetricAlarmsActual>) -> Vec<Change> {
        let mut changes = Changes::new();
        let filters = actual.map(|actual| &actual.filters).into_iter().flatten();
        changes.map("filter", &desired.filters, filters);
        let mut all = changes.into_vec();
        let names: BTreeSet<_> =
            desired.alarms.keys().chain(actual.iter().flat_map(|actual| actual.alarms.keys())).collect();
        for name in names {
            let mut changes = Changes::new();
            let wanted = desired.alarms.get(name).map(settings).unwrap_or_default();
            let alarm = actual.and_then(|actual| actual.alarms.get(name));
            changes.map(name, &wanted, alarm.map(|alarm| &alarm.settings).into_iter().flatten());
            if desired.alarms.contains_key(name) {
                let mut tags = Changes::new();
                self.labels.compare(&mut tags, alarm.map(|alarm| &alarm.tags));
                for change in tags.into_vec() {
                    changes.push(Change { field: format!("{name}.{}", change.field), ..change });
                }
            }
            all.extend(changes.into_vec());
        }
        all
    }

    async fn converge(
        &self,
        cloud: &Cloud,
        _: &mut (),
        desired: &MetricAlarmsDesired,
        actual: Option<&MetricAlarmsActual>,
    ) -> Result<Pushed<MetricAlarmsActual>, Fault> {
        let none = MetricAlarmsActual::default();
        let actual = actual.unwrap_or(&none);
        // `join!`, because `try_join!` would cancel a call in progress.
        let (filters, alarms) = tokio::join!(
            self.write_filters(cloud, &desired.filters, &actual.filters),
            self.write_alarms(cloud, &desired.alarms, &actual.alarms),
        );
        filters.and(alarms).map(|()| Pushed::Observe)
    }

    async fn delete(&self, cloud: &Cloud, _: &mut (), actual: &MetricAlarmsActual) -> Result<Removed, Fault> {
        self.delete_alarms(cloud, actual.alarms.keys()).await?;
        for name in actual.filters.keys() {
            self.delete_filter(cloud, name).await?;
        }
        Ok(Removed::Observe)
    }

    fn output(&self, _: &MetricAlarmsActual) -> Option<()> {
        Some(())
    }
}

impl RequiredPermissions for MetricAlarms {
    fn required_permissions(&self, names: &Names) -> Vec<Permission> {
        let all = [format!("arn:aws:cloudwatch:{}:{}:alarm:*", names.region, names.account)];
        let ours = definition::NAMES.map(|name| names.alarm_arn(name));
        let group = [format!("{}:*", names.log_group_arn())];
        vec![
            // A request for several alarms is authorized for all alarms.
            Permission::read(
                "LookAtAlarms",
                &["cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource"],
                all,
            ),
            Permission::read("LookAtFilters", &["logs:DescribeMetricFilters"], group.clone()),
            Permission::write(
                "ChangeAlarms",
                &[
                    "cloudwatch:DeleteAlarms",
                    "cloudwatch:PutMetricAlarm",
                    "cloudwatch:TagResource",
                    "cloudwatch:UntagResource",
                ],
                ours,
            ),
            Permission::write("ChangeFilters", &["logs:DeleteMetricFilter", "logs:PutMetricFilter"], group),
        ]
    }
}
