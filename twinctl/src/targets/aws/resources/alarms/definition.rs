//! The metric filters, and the metrics and thresholds of the alarms.

use std::{collections::BTreeMap, fmt};

use serde_json::{Value, json};

use crate::targets::aws::names::{Names, STREAM_STAGE};

pub(super) const FUNCTION_ERRORS: &str = "function-errors";
pub(super) const API_ERRORS: &str = "api-5xx";
pub(super) const STREAM_API_ERRORS: &str = "stream-api-5xx";
pub(super) const DURATION: &str = "duration";
pub(super) const S3_ERRORS: &str = "s3-errors";
pub(super) const MODEL_ERRORS: &str = "model-errors";
pub(super) const TOKENS: &str = "tokens";
/// All alarms that an environment can have.
pub(super) const NAMES: [&str; 7] =
    [FUNCTION_ERRORS, API_ERRORS, STREAM_API_ERRORS, DURATION, S3_ERRORS, MODEL_ERRORS, TOKENS];

/// The metrics of the metric filters.
pub(super) const MODEL_ERROR_METRIC: &str = "ModelErrors";
pub(super) const S3_ERROR_METRIC: &str = "S3Errors";
pub(super) const TOKEN_METRIC: &str = "Tokens";

/// Codes of twin-lambda's errors, and causes in warnings after which the twin answered nevertheless.
const S3_PATTERN: &str = r#"{ ($.code = "memory_unavailable") || ($.code = "persona_unreadable") || ($.errors[0] = "*bucket*") || ($.errors[1] = "*bucket*") || ($.errors[0] = "saving the turn timed out") }"#;
/// Includes `model_throttled`.
const MODEL_PATTERN: &str = r#"{ ($.route = "chat") && ($.code = "model_*") }"#;
/// The fields of a line that count tokens. The names of the filters are `twinctl-` and these, with hyphens.
pub(super) const TOKEN_FIELDS: [&str; 4] =
    ["input_tokens", "output_tokens", "summary_input_tokens", "summary_output_tokens"];

pub(super) const FIVE_MINUTES: u32 = 300;
const DAY: u32 = 86_400;
/// The function times out after 29 seconds.
const SLOW_MS: u32 = 25_000;

/// A metric filter: the lines that it matches, and the metric that it adds to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    pub(super) pattern: String,
    pub(super) namespace: String,
    pub(super) metric: String,
    pub(super) value: String,
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} adds {} to {}/{}", self.pattern, self.value, self.namespace, self.metric)
    }
}

/// The inputs of the alarms.
#[derive(Debug, Clone)]
pub struct AlarmsSetup {
    pub names: Names,
    pub streams: bool,
    pub daily_tokens: Option<u32>,
}

/// The namespace of the metrics of an environment's filters.
pub(super) fn namespace(marker: &str) -> String {
    format!("twinctl/{marker}")
}

/// Returns the metric filters by name.
pub fn filters(setup: &AlarmsSetup) -> BTreeMap<String, Filter> {
    let filter = |pattern: &str, metric: &str, value: &str| Filter {
        pattern: pattern.to_owned(),
        namespace: namespace(&setup.names.marker),
        metric: metric.to_owned(),
        value: value.to_owned(),
    };
    let mut filters = BTreeMap::from([
        ("twinctl-model-errors".to_owned(), filter(MODEL_PATTERN, MODEL_ERROR_METRIC, "1")),
        ("twinctl-s3-errors".to_owned(), filter(S3_PATTERN, S3_ERROR_METRIC, "1")),
    ]);
    for field in TOKEN_FIELDS.iter().filter(|_| setup.daily_tokens.is_some()) {
        let of_field = filter(&format!("{{ $.{field} > 0 }}"), TOKEN_METRIC, &format!("$.{field}"));
        filters.insert(format!("twinctl-{}", field.replace('_', "-")), of_field);
    }
    filters
}

/// Returns the requests for the alarms by name, without the full name and the tags.
pub fn alarms(setup: &AlarmsSetup, api_id: &str, topic_arn: &str) -> BTreeMap<String, Value> {
    let (names, ours) = (&setup.names, namespace(&setup.names.marker));
    let function = |name| metric("AWS/Lambda", name, &[("FunctionName", &names.function)]);
    let api = |name| metric("AWS/ApiGateway", name, &[("ApiId", api_id)]);
    let stream = [("ApiName", names.stream_api.as_str()), ("Stage", STREAM_STAGE)];
    let stream = |name| metric("AWS/ApiGateway", name, &stream);
    let errors = |name| single(&metric(&ours, name, &[]), "Sum", FIVE_MINUTES);
    let mut alarms = vec![
        (
            FUNCTION_ERRORS,
            "More than 5 % of the function's invocations failed in five minutes",
            5,
            share(&function("Errors"), &function("Invocations")),
        ),
        (
            API_ERRORS,
            "More than 1 % of the API's responses were 5xx errors in five minutes",
            1,
            share(&api("5xx"), &api("Count")),
        ),
        (
            DURATION,
            "The slowest 5 % of the answers took more than 25 seconds",
            SLOW_MS,
            single(&function("Duration"), "p95", FIVE_MINUTES),
        ),
        (S3_ERRORS, "S3 failed for the twin", 0, errors(S3_ERROR_METRIC)),
        (
            MODEL_ERRORS,
            "The model failed or was throttled, and visitors got no answer",
            0,
            errors(MODEL_ERROR_METRIC),
        ),
    ];
    if setup.streams {
        let text = "More than 1 % of the stream API's responses were 5xx errors in five minutes";
        alarms.push((STREAM_API_ERRORS, text, 1, share(&stream("5XXError"), &stream("Count"))));
    }
    if let Some(most) = setup.daily_tokens {
        let text = "The model read and wrote more tokens in a day than `alarms.daily_tokens`";
        alarms.push((TOKENS, text, most, single(&metric(&ours, TOKEN_METRIC, &[]), "Sum", DAY)));
    }
    let request = |(name, text, threshold, queries): (&str, &str, u32, Value)| {
        (name.to_owned(), alarm(text, threshold, &queries, topic_arn))
    };
    alarms.into_iter().map(request).collect()
}

/// No data means no visitors, which is no reason for an alarm.
fn alarm(description: &str, threshold: u32, queries: &Value, topic_arn: &str) -> Value {
    json!({
        "AlarmDescription": description,
        "ActionsEnabled": true,
        "AlarmActions": [topic_arn],
        "OKActions": [topic_arn],
        "Metrics": queries,
        "EvaluationPeriods": 1,
        "DatapointsToAlarm": 1,
        "Threshold": threshold,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    })
}

fn metric(namespace: &str, name: &str, dimensions: &[(&str, &str)]) -> Value {
    let dimensions: Vec<_> =
        dimensions.iter().map(|(name, value)| json!({ "Name": name, "Value": value })).collect();
    json!({ "Namespace": namespace, "MetricName": name, "Dimensions": dimensions })
}

fn query(id: &str, metric: &Value, stat: &str, period: u32, is_result: bool) -> Value {
    let stat = json!({ "Metric": metric, "Period": period, "Stat": stat });
    json!({ "Id": id, "MetricStat": stat, "ReturnData": is_result })
}

fn single(metric: &Value, stat: &str, period: u32) -> Value {
    json!([query("value", metric, stat, period, true)])
}

/// Returns the percentage of one metric in another.
fn share(part: &Value, whole: &Value) -> Value {
    let expression = json!({ "Id": "share", "Expression": "100 * part / whole", "ReturnData": true });
    let of = |id, metric| query(id, metric, "Sum", FIVE_MINUTES, false);
    json!([expression, of("part", part), of("whole", whole)])
}
