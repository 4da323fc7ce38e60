//! The dashboard: requests, errors, latency, tokens, dollars, conversations and unanswered questions.

use std::collections::BTreeMap;

use reconcile::{Change, Changes, Fault, Ownership, Pushed, Removed, Resource};
use serde_json::{Value, json};

use super::{
    MISSING,
    definition::{FIVE_MINUTES, MODEL_ERROR_METRIC, S3_ERROR_METRIC, TOKEN_FIELDS, namespace},
};
use crate::targets::aws::{
    Cloud, Permission, RequiredPermissions, SdkResult,
    json_calls::call,
    names::{Names, STREAM_STAGE},
};

const WIDTH: usize = 12;
const HEIGHT: usize = 6;
const PER_MILLION: f64 = 1e6;

/// AWS accepts the tags of a dashboard only when it is created, and returns them only with another call. So a text on the
/// dashboard names its environment.
#[derive(Debug)]
pub struct Dashboard {
    name: String,
    /// The text that names the environment.
    marker: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct DashboardDesired {
    pub names: Names,
    pub api_id: String,
    pub streams: bool,
    /// Dollars per million tokens of input and of output. `None` if the table has no price of the model.
    pub prices: Option<(f64, f64)>,
}

/// The widgets by title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DashboardActual {
    widgets: BTreeMap<String, String>,
    /// The text that names the environment.
    owner: Option<String>,
}

impl Dashboard {
    pub fn new(names: &Names) -> Self {
        Self { name: names.dashboard(), marker: marker(&names.project, &names.environment) }
    }
}

fn marker(project: &str, environment: &str) -> String {
    format!(
        "Environment `{environment}` of `{project}`, managed by twinctl: the next deployment overwrites changes."
    )
}

impl DashboardDesired {
    fn widgets(&self) -> Vec<Value> {
        let Names { function, marker: name, stream_api, .. } = &self.names;
        let api = |metric: &str| sum(&["AWS/ApiGateway", metric, "ApiId", &self.api_id]);
        let stream = |metric: &str| {
            let metric = sum(&["AWS/ApiGateway", metric, "ApiName", stream_api, "Stage", STREAM_STAGE]);
            self.streams.then_some(metric)
        };
        let own = |metric: &str| sum(&[&namespace(name), metric]);
        let requests = [Some(api("Count")), stream("Count")].into_iter().flatten();
        let errors = [
            Some(sum(&["AWS/Lambda", "Errors", "FunctionName", function])),
            Some(api("5xx")),
            stream("5XXError"),
            Some(own(MODEL_ERROR_METRIC)),
            Some(own(S3_ERROR_METRIC)),
        ];
        let latency = "pct(duration_ms, 50) as p50, pct(duration_ms, 95) as p95";
        let widgets = [
            self.metrics("Requests", requests.collect()),
            self.metrics("Errors", errors.into_iter().flatten().collect()),
            self.query("Latency (ms)", latency, "5m", "timeSeries"),
            self.query("Tokens per day", &tokens(|_| String::new()), "1d", "bar"),
            self.query("Unanswered questions per day", "sum(unanswered_count) as questions", "1d", "bar"),
            self.query("Conversations per day", "count_distinct(session) as conversations", "1d", "bar"),
        ];
        widgets.into_iter().chain(self.dollars()).collect()
    }

    fn dollars(&self) -> Option<Value> {
        let (input, output) = self.prices?;
        let price = |field: &str| if field.contains("input") { input } else { output };
        let dollars = tokens(|field| format!(" * {}", price(field) / PER_MILLION));
        Some(self.query("Dollars per day", &dollars, "1d", "bar"))
    }

    fn metrics(&self, title: &str, metrics: Vec<Value>) -> Value {
        json!({ "type": "metric", "properties": {
            "title": title,
            "region": self.names.region,
            "period": FIVE_MINUTES,
            "view": "timeSeries",
            "metrics": Value::Array(metrics),
        }})
    }

    /// A query of the function's lines about messages. Their metrics would mix all projects in the account that have an
    /// environment of this name, and do not have the tokens of summaries.
    fn query(&self, title: &str, stats: &str, bin: &str, view: &str) -> Value {
        let source = &self.names.log_group;
        let query = format!(r#"SOURCE '{source}' | filter route = "chat" | stats {stats} by bin({bin})"#);
        json!({ "type": "log", "properties": {
            "title": title,
            "region": self.names.region,
            "view": view,
            "stacked": view == "bar",
            "query": query,
        }})
    }

    /// Places two widgets in a row, below the text.
    pub(super) fn body(&self) -> String {
        let text = marker(&self.names.project, &self.names.environment);
        let text = json!({
            "type": "text", "x": 0, "y": 0, "width": 2 * WIDTH, "height": 1, "properties": { "markdown": text },
        });
        let placed = self.widgets().into_iter().enumerate().map(|(index, mut widget)| {
            widget["x"] = (index % 2 * WIDTH).into();
            widget["y"] = (1 + index / 2 * HEIGHT).into();
            widget["width"] = WIDTH.into();
            widget["height"] = HEIGHT.into();
            widget
        });
        json!({ "widgets": std::iter::once(text).chain(placed).collect::<Vec<_>>() }).to_string()
    }
}

/// Returns the sums of the fields that count tokens, each multiplied by what `factor` returns. Days without a summary have no
/// value for two of them, so they are not added up.
fn tokens(factor: impl Fn(&str) -> String) -> String {
    TOKEN_FIELDS
        .map(|field| format!("sum({field}){} as {}", factor(field), field.replace("_tokens", "")))
        .join(", ")
}

/// Returns the array of a metric, whose values are added.
fn sum(metric: &[&str]) -> Value {
    metric.iter().map(|part| json!(part)).chain([json!({ "stat": "Sum" })]).collect()
}

impl DashboardActual {
    /// Widgets without a title are named by their position. A body that is not JSON has no widgets.
    fn parse(body: &str) -> Self {
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        let (mut widgets, mut owner) = (BTreeMap::new(), None);
        for (widget, number) in body["widgets"].as_array().into_iter().flatten().zip(1..) {
            let text = widget["properties"]["markdown"].as_str();
            owner = owner
                .or_else(|| text.filter(|text| text.contains("managed by twinctl")).map(ToOwned::to_owned));
            let title = widget["properties"]["title"].as_str();
            let title = title.map_or_else(|| format!("{number}"), ToOwned::to_owned);
            widgets.insert(title, widget.to_string());
        }
        Self { widgets, owner }
    }
}

impl Resource for Dashboard {
    type Cloud = Cloud;
    type Desired = DashboardDesired;
    type Actual = DashboardActual;
    type Output = ();
    type Memory = ();

    fn physical_name(&self) -> Option<String> {
        Some(self.name.clone())
    }

    async fn observe(&self, cloud: &Cloud, _: &mut ()) -> Result<Option<DashboardActual>, Fault> {
        let request = json!({ "DashboardName": self.name });
        let found = call(&cloud.monitoring, "GetDashboard", &request)
            .await
            .found("cloudwatch:GetDashboard", MISSING)?;
        let body = found.map(|found| found["DashboardBody"].as_str().unwrap_or_default().to_owned());
        Ok(body.map(|body| DashboardActual::parse(&body)))
    }

    fn ownership(&self, actual: &DashboardActual) -> Ownership {
        let name = &self.name;
        match &actual.owner {
            Some(owner) if *owner == self.marker => Ownership::Ours,
            Some(_) => Ownership::Foreign(format!("the dashboard `{name}` belongs to another environment")),
            None => {
                Ownership::Untagged(format!("the dashboard `{name}` exists but is not managed by twinctl"))
            }
        }
    }

    fn diff(&self, desired: &DashboardDesired, actual: Option<&DashboardActual>) -> Vec<Change> {
        let mut changes = Changes::new();
        let desired = DashboardActual::parse(&desired.body());
        let actual = actual.map(|actual| &actual.widgets).into_iter().flatten();
        changes.map("widget", &desired.widgets, actual);
        changes.into_vec()
    }

    async fn converge(
        &self,
        cloud: &Cloud,
        _: &mut (),
        desired: &DashboardDesired,
        _: Option<&DashboardActual>,
    ) -> Result<Pushed<DashboardActual>, Fault> {
        let body = desired.body();
        let request = json!({ "DashboardName": self.name, "DashboardBody": body });
        call(&cloud.monitoring, "PutDashboard", &request).await.fault("cloudwatch:PutDashboard")?;
        Ok(Pushed::Actual(DashboardActual::parse(&body)))
    }

    async fn delete(&self, cloud: &Cloud, _: &mut (), _: &DashboardActual) -> Result<Removed, Fault> {
        let request = json!({ "DashboardNames": [self.name] });
        let deleted = call(&cloud.monitoring, "DeleteDashboards", &request).await;
        deleted.done("cloudwatch:DeleteDashboards", MISSING)?;
        Ok(Removed::Observe)
    }

    fn output(&self, _: &DashboardActual) -> Option<()> {
        Some(())
    }
}

impl RequiredPermissions for Dashboard {
    fn required_permissions(&self, names: &Names) -> Vec<Permission> {
        let arn = [format!("arn:aws:cloudwatch::{}:dashboard/{}", names.account, self.name)];
        vec![
            Permission::read("LookAtDashboard", &["cloudwatch:GetDashboard"], arn.clone()),
            Permission::write(
                "ChangeDashboard",
                &["cloudwatch:DeleteDashboards", "cloudwatch:PutDashboard"],
                arn,
            ),
        ]
    }
}
