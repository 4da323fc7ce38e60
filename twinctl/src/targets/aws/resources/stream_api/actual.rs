//! The desired and the actual state of a stream API.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::targets::aws::names::STREAM_STAGE as STAGE;

/// The parameter of our method's path.
const PARAMETER: &str = "method.request.path.proxy";
/// Separates the elements of a list in a plan.
pub(super) const SEPARATOR: &str = ", ";
/// The settings of a stage that apply to all methods.
const ALL_METHODS: &str = "*/*";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamApiDesired {
    /// The address at which API Gateway invokes the function's alias with a streamed response.
    pub uri: String,
    pub burst: u16,
    pub rate: u16,
}

#[derive(Debug, Clone, PartialEq)]
pub struct StreamApiActual {
    pub(super) id: String,
    pub(super) tags: BTreeMap<String, String>,
    /// The settings that an update of the API changes, by the name of the field in a plan.
    pub(super) settings: BTreeMap<&'static str, String>,
    /// The settings of each method, for example of `ANY /api/{proxy+}`.
    pub(super) methods: BTreeMap<String, BTreeMap<&'static str, String>>,
    /// The types of responses of API Gateway itself that are not its defaults, for example `THROTTLED`.
    pub(super) responses: BTreeSet<String>,
    pub(super) stages: Vec<StageActual>,
    pub(super) deployments: Vec<Deployment>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Deployment {
    pub(super) id: String,
    pub(super) description: String,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct StageActual {
    pub(super) name: String,
    pub(super) deployment: String,
    /// `None` and zero differ: a stage without a limit is not the same as one with a limit of zero.
    pub(super) burst: Option<i64>,
    pub(super) rate: Option<f64>,
    /// Other settings than the limits, by the path with which an update removes or resets them.
    pub(super) extra: BTreeMap<String, String>,
}

impl StreamApiActual {
    pub(super) fn stage(&self) -> Option<&StageActual> {
        self.stages.iter().find(|stage| stage.name == STAGE)
    }

    /// Returns the description of the deployment that visitors reach.
    pub(super) fn deployed(&self) -> Option<&String> {
        let id = &self.stage()?.deployment;
        self.deployments.iter().find(|each| each.id == *id).map(|each| &each.description)
    }

    pub(super) fn other_stages(&self) -> impl Iterator<Item = &StageActual> {
        self.stages.iter().filter(|stage| stage.name != STAGE)
    }

    /// Returns the deployments that visitors do not reach.
    pub(super) fn old_deployments(&self) -> impl Iterator<Item = &Deployment> {
        let current = self.stage().map(|stage| stage.deployment.as_str());
        self.deployments.iter().filter(move |each| Some(each.id.as_str()) != current)
    }
}

/// Returns the settings of an API that are not part of its definition.
pub(super) fn settings(name: &str, description: &str) -> [(&'static str, String); 4] {
    [
        ("name", name.to_owned()),
        ("description", description.to_owned()),
        ("endpoint_type", "REGIONAL".to_owned()),
        ("endpoint", "enabled".to_owned()),
    ]
}

pub(super) fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

/// Returns the elements of a list in a response.
pub(super) fn items(response: &Value) -> &[Value] {
    response["item"].as_array().map(Vec::as_slice).unwrap_or_default()
}

pub(super) fn tags(api: &Value) -> BTreeMap<String, String> {
    let tags = api["tags"].as_object().into_iter().flatten();
    tags.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
}

impl StreamApiActual {
    pub(super) fn new(api: &Value, [resources, responses, stages, deployments]: [&Value; 4]) -> Self {
        let deployments = items(deployments).iter();
        let responses =
            items(responses).iter().filter(|response| response["defaultResponse"].as_bool() == Some(false));
        Self {
            id: text(api, "id"),
            tags: tags(api),
            settings: settings_of(api),
            methods: items(resources).iter().flat_map(methods_of).collect(),
            responses: responses.map(|response| text(response, "responseType")).collect(),
            stages: items(stages).iter().map(StageActual::new).collect(),
            deployments: deployments
                .map(|each| Deployment { id: text(each, "id"), description: text(each, "description") })
                .collect(),
        }
    }
}

fn settings_of(api: &Value) -> BTreeMap<&'static str, String> {
    let types = api["endpointConfiguration"]["types"].as_array().into_iter().flatten();
    let types: Vec<_> = types.filter_map(Value::as_str).collect();
    let reachable = api["disableExecuteApiEndpoint"].as_bool() != Some(true);
    let endpoint = if reachable { "enabled" } else { "disabled" };
    let mut settings = BTreeMap::from([
        ("name", text(api, "name")),
        ("description", text(api, "description")),
        ("endpoint_type", types.join(", ")),
        ("endpoint", endpoint.to_owned()),
    ]);
    let policy = api["policy"].as_str().filter(|policy| !policy.is_empty());
    settings.extend(policy.map(|_| ("policy", "another policy".to_owned())));
    // Compression would hold back the stream.
    let compression = api["minimumCompressionSize"].as_i64();
    settings.extend(compression.map(|size| ("compression", format!("from {size} bytes"))));
    // Responses of these types would be decoded from base64.
    settings.extend(list(&api["binaryMediaTypes"]).map(|types| ("binary_media_types", types)));
    let source = api["apiKeySource"].as_str().filter(|source| *source != "HEADER");
    settings.extend(source.map(|source| ("api_key_source", source.to_owned())));
    settings
}

/// Returns the elements of a list, or the keys of a map, unless it is empty.
fn list(value: &Value) -> Option<String> {
    let elements = value.as_array().into_iter().flatten().filter_map(Value::as_str);
    let keys = value.as_object().into_iter().flatten().map(|(key, _)| key.as_str());
    let all: Vec<_> = elements.chain(keys).collect();
    (!all.is_empty()).then(|| all.join(SEPARATOR))
}

fn methods_of(resource: &Value) -> impl Iterator<Item = (String, BTreeMap<&'static str, String>)> {
    let path = text(resource, "path");
    let methods = resource["resourceMethods"].as_object().into_iter().flatten();
    methods.map(move |(verb, method)| (format!("{verb} {path}"), method_of(method)))
}

fn method_of(method: &Value) -> BTreeMap<&'static str, String> {
    let integration = &method["methodIntegration"];
    let transfer = integration["responseTransferMode"].as_str().unwrap_or("BUFFERED");
    let mut settings = BTreeMap::from([
        ("authorization", text(method, "authorizationType")),
        ("api_key", (method["apiKeyRequired"].as_bool() == Some(true)).to_string()),
        ("type", text(integration, "type")),
        ("http_method", text(integration, "httpMethod")),
        ("passthrough", text(integration, "passthroughBehavior").to_uppercase()),
        ("target", text(integration, "uri")),
        ("transfer", transfer.to_owned()),
        ("timeout_ms", integration["timeoutInMillis"].as_i64().unwrap_or_default().to_string()),
    ]);
    settings.extend(extra_of_method(method));
    settings
}

/// Returns the settings of a method and its integration that twinctl does not set.
fn extra_of_method(method: &Value) -> impl Iterator<Item = (&'static str, String)> {
    let integration = &method["methodIntegration"];
    let is_set = |value: &Value| value.as_str().filter(|value| !value.is_empty()).map(ToOwned::to_owned);
    let parameters = method["requestParameters"].as_object().into_iter().flatten();
    let parameters: Vec<_> =
        parameters.map(|(name, _)| name.as_str()).filter(|name| *name != PARAMETER).collect();
    let connection = is_set(&integration["connectionType"]).filter(|kind| kind != "INTERNET");
    [
        ("authorizer", is_set(&method["authorizerId"])),
        ("authorization_scopes", list(&method["authorizationScopes"])),
        ("validator", is_set(&method["requestValidatorId"])),
        ("models", list(&method["requestModels"])),
        ("parameters", (!parameters.is_empty()).then(|| parameters.join(SEPARATOR))),
        ("credentials", is_set(&integration["credentials"])),
        ("connection", connection),
        ("content_handling", is_set(&integration["contentHandling"])),
        ("integration_parameters", list(&integration["requestParameters"])),
        ("templates", list(&integration["requestTemplates"])),
        ("cache_keys", list(&integration["cacheKeyParameters"])),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
}

impl StageActual {
    fn new(stage: &Value) -> Self {
        let methods = &stage["methodSettings"];
        let all = &methods[ALL_METHODS];
        Self {
            name: text(stage, "stageName"),
            deployment: text(stage, "deploymentId"),
            burst: all["throttlingBurstLimit"].as_i64(),
            rate: all["throttlingRateLimit"].as_f64(),
            extra: extra(stage),
        }
    }
}

/// Returns the settings that twinctl does not set. An access log could contain paths, and a path can contain the id of a
/// conversation, which gives access to it. A web ACL stays, as on the distribution.
fn extra(stage: &Value) -> BTreeMap<String, String> {
    let all = &stage["methodSettings"][ALL_METHODS];
    let on = |value: &Value| value.as_bool() == Some(true);
    let mut extra = BTreeMap::new();
    let mut add = |path: &str, is_set: bool| {
        if is_set {
            extra.insert(path.to_owned(), "set".to_owned());
        }
    };
    add("/*/*/metrics/enabled", on(&all["metricsEnabled"]));
    add("/*/*/logging/dataTrace", on(&all["dataTraceEnabled"]));
    add("/*/*/logging/loglevel", !matches!(all["loggingLevel"].as_str(), None | Some("OFF")));
    add("/*/*/caching/enabled", on(&all["cachingEnabled"]));
    add("/cacheClusterEnabled", on(&stage["cacheClusterEnabled"]));
    add("/tracingEnabled", on(&stage["tracingEnabled"]));
    add("/accessLogSettings", stage["accessLogSettings"]["destinationArn"].is_string());
    add("/canarySettings", stage["canarySettings"].as_object().is_some_and(|canary| !canary.is_empty()));
    add("/clientCertificateId", stage["clientCertificateId"].as_str().is_some_and(|id| !id.is_empty()));
    for name in stage["variables"].as_object().into_iter().flatten().map(|(name, _)| name) {
        add(&format!("/variables/{name}"), true);
    }
    for name in stage["methodSettings"].as_object().into_iter().flatten().map(|(name, _)| name) {
        // AWS returns the path of a resource escaped as in a JSON pointer: `~1api~1{proxy+}/ANY`.
        let (path, method) = name.rsplit_once('/').unwrap_or((name, ""));
        add(&format!("/{}/{method}", path.replace('/', "~1")), name != ALL_METHODS);
    }
    extra
}
