//! The stream API with scripted API Gateway responses.
//! Long because all tests need the same scripted API.

use std::collections::BTreeMap;

use reconcile::{Change, Choices, Outcome, Report, Resource as _};
use serde_json::{Value, json};

use super::{
    StreamApi, StreamApiDesired,
    definition::{definition, deployment},
    push::operations,
};
use crate::targets::aws::{
    Labels,
    resources::{
        Distribution,
        testing::{self, count},
    },
    script::{Reply, Script, json_error, ok},
};

const URI: &str = "arn:aws:apigateway:eu-central-1:lambda:path/2021-11-15/functions/\
    arn:aws:lambda:eu-central-1:123456789012:function:twin-dev-api:live/response-streaming-invocations";
const NAME: &str = "twin-dev-stream-api";

fn stream_api() -> StreamApi {
    StreamApi::new(NAME, "twin-dev-api", Labels::new("twin", "dev", &BTreeMap::new()))
}

fn desired() -> StreamApiDesired {
    StreamApiDesired { uri: URI.to_owned(), burst: 4, rate: 8 }
}

fn json(value: &Value) -> Reply {
    ok(&value.to_string())
}

fn ours() -> Value {
    json!({ "twinctl:project": "twin", "twinctl:environment": "dev" })
}

fn api(id: &str, tags: &Value) -> Value {
    json!({
        "id": id, "name": NAME, "description": format!("twinctl {NAME}"), "tags": tags, "createdDate": 1_764_432_000,
        "endpointConfiguration": { "types": ["REGIONAL"], "ipAddressType": "ipv4" }, "apiKeySource": "HEADER",
        "disableExecuteApiEndpoint": false, "rootResourceId": "root", "apiStatus": "AVAILABLE",
    })
}

fn items(items: &[Value]) -> Reply {
    json(&json!({ "item": items }))
}

fn resources(transfer: &str) -> Reply {
    items(&[
        json!({ "id": "root", "path": "/" }),
        json!({ "id": "api", "parentId": "root", "pathPart": "api", "path": "/api" }),
        json!({
            "id": "proxy", "parentId": "api", "pathPart": "{proxy+}", "path": "/api/{proxy+}",
            "resourceMethods": { "ANY": {
                "httpMethod": "ANY", "authorizationType": "NONE", "apiKeyRequired": false,
                "methodIntegration": {
                    "type": "AWS_PROXY", "httpMethod": "POST", "uri": URI, "timeoutInMillis": 900_000,
                    "responseTransferMode": transfer, "passthroughBehavior": "WHEN_NO_MATCH",
                },
            } },
        }),
    ])
}

fn stage(burst: i64, rate: f64) -> Value {
    json!({ "stageName": "live", "deploymentId": "d1", "tracingEnabled": false, "methodSettings": { "*/*": {
        "throttlingBurstLimit": burst, "throttlingRateLimit": rate, "metricsEnabled": false, "loggingLevel": "OFF",
        "dataTraceEnabled": false, "cachingEnabled": false,
    } } })
}

fn current(id: &str) -> Value {
    let description = deployment(&definition(NAME, &format!("twinctl {NAME}"), &desired()));
    json!({ "id": id, "description": description })
}

/// Scripts the parts of an API with the id `one`, of which only the stages change.
fn up_to_date(script: Script, stages: impl IntoIterator<Item = Value>) -> Script {
    script
        .on("GET /restapis/one/resources?embed=methods", [resources("STREAM")])
        .on("GET /restapis/one/gatewayresponses", [items(&[])])
        .on("GET /restapis/one/stages", stages.into_iter().map(|stage| items(&[stage])))
        .on("GET /restapis/one/deployments", [items(&[current("d1")])])
        .on("GET /restapis/one", [json(&api("one", &ours()))])
}

async fn deploy(script: &Script, choices: Choices) -> Report {
    testing::run(testing::engine(script, stream_api(), desired(), choices)).await
}

#[tokio::test(start_paused = true)]
async fn an_api_is_made_in_four_calls_one_after_the_other() {
    let empty = json!({});
    let script = Script::new()
        .on("GET /restapis/one/resources", [resources("STREAM")])
        .on("GET /restapis/one/gatewayresponses", [items(&[])])
        .on("GET /restapis/one/stages", [items(&[stage(4, 8.0)])])
        .on("GET /restapis/one/deployments", [items(&[current("d1")])])
        .on("GET /restapis/one", [json(&api("one", &ours()))])
        .on("GET /restapis?limit=500", [items(&[])])
        .on("PUT /restapis/one?mode=overwrite", [json(&api("one", &ours()))])
        .on("POST /restapis/one/deployments", [json(&current("d1"))])
        .on("PATCH /restapis/one/stages/live", [json(&empty)])
        .on("POST /restapis", [json(&api("one", &ours()))]);
    let report = deploy(&script, Choices::default()).await;
    assert!(matches!(report.outcome(testing::NODE), Some(Outcome::Created)), "{report:?}");
    let log = script.log();
    let writes: Vec<_> = log.iter().filter(|line| !line.starts_with("GET")).map(String::as_str).collect();
    assert_eq!(
        writes,
        [
            "POST /restapis",
            "PUT /restapis/one?mode=overwrite",
            "POST /restapis/one/deployments",
            "PATCH /restapis/one/stages/live",
        ]
    );
    // One listing, the writes, and five reads to verify.
    assert_eq!(log.len(), 1 + 4 + 5);
}

#[test]
fn the_definition_streams_all_paths_below_api() {
    let definition = definition(NAME, "twinctl", &desired());
    let method = &definition["paths"]["/api/{proxy+}"]["x-amazon-apigateway-any-method"];
    let integration = &method["x-amazon-apigateway-integration"];
    assert_eq!(integration["responseTransferMode"], "STREAM");
    assert!(integration["uri"].as_str().unwrap().ends_with("/response-streaming-invocations"));
    assert_eq!(definition["paths"].as_object().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_unchanged_api_gets_no_new_deployment() {
    let script = up_to_date(Script::new(), [stage(4, 8.0)])
        .on("GET /restapis?limit=500", [items(&[api("one", &ours())])]);
    let report = deploy(&script, Choices::default()).await;
    assert!(matches!(report.outcome(testing::NODE), Some(Outcome::Unchanged)), "{report:?}");
    assert_eq!(count(&script, "GET"), script.log().len());
}

#[tokio::test(start_paused = true)]
async fn a_limit_is_changed_without_a_new_deployment() {
    let script = up_to_date(Script::new(), [stage(1, 8.0), stage(4, 8.0)])
        .on("PATCH /restapis/one/stages/live", [ok("{}")])
        .on("GET /restapis?limit=500", [items(&[api("one", &ours())])]);
    assert!(deploy(&script, Choices::default()).await.complete());
    assert_eq!((count(&script, "PATCH"), count(&script, "POST")), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn an_api_that_buffers_is_imported_again_and_its_old_deployment_is_deleted() {
    let script = Script::new()
        .on("GET /restapis/one/resources", [resources("BUFFERED"), resources("STREAM")])
        .on(
            "GET /restapis/one/stages",
            [
                items(&[stage(4, 8.0)]),
                items(&[{
                    let mut stage = stage(4, 8.0);
                    stage["deploymentId"] = "d2".into();
                    stage
                }]),
            ],
        )
        .on(
            "GET /restapis/one/deployments",
            [items(&[json!({ "id": "d1", "description": "by hand" })]), items(&[current("d2")])],
        )
        .on("GET /restapis/one", [json(&api("one", &ours()))])
        .on("GET /restapis?limit=500", [items(&[api("one", &ours())])])
        .on("PUT /restapis/one?mode=overwrite", [ok("{}")])
        .on("POST /restapis/one/deployments", [json(&current("d2"))])
        .on("DELETE /restapis/one/deployments/d1", [ok("")]);
    let report = deploy(&script, Choices::default()).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!((count(&script, "PUT"), count(&script, "POST"), count(&script, "DELETE")), (1, 1, 1));
}

#[tokio::test(start_paused = true)]
async fn an_api_is_not_created_again_when_the_response_was_lost() {
    let script = up_to_date(Script::new(), [stage(4, 8.0)])
        .on("POST /restapis", [Reply::Lost])
        .on("GET /restapis?limit=500", [items(&[]), items(&[api("one", &ours())])]);
    let report = deploy(&script, Choices::default()).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(count(&script, "POST"), 1);
}

#[tokio::test(start_paused = true)]
async fn the_deletion_of_apis_is_throttled_to_one_in_30_seconds() {
    let slow = || json_error(429, "TooManyRequestsException", "Too Many Requests");
    let script = up_to_date(Script::new(), [stage(4, 8.0)])
        .on("DELETE /restapis/one", [slow(), slow(), slow(), slow(), slow(), slow(), ok("")])
        .on("GET /restapis?limit=500", [items(&[api("one", &ours())]), items(&[])]);
    let choices = Choices { destroy: true, ..Choices::default() };
    let report = deploy(&script, choices).await;
    assert!(matches!(report.outcome(testing::NODE), Some(Outcome::Deleted)), "{report:?}");
    assert_eq!(count(&script, "DELETE"), 7);
}

#[tokio::test(start_paused = true)]
async fn an_api_whose_deletion_got_no_response_is_deleted() {
    let script = up_to_date(Script::new(), [stage(4, 8.0)])
        .on("DELETE /restapis/one", [Reply::Lost])
        .on("GET /restapis?limit=500", [items(&[api("one", &ours())]), items(&[])]);
    let report = deploy(&script, Choices { destroy: true, ..Choices::default() }).await;
    assert!(matches!(report.outcome(testing::NODE), Some(Outcome::Deleted)), "{report:?}");
    assert_eq!(count(&script, "DELETE"), 1);
}

/// For a while, API Gateway neither finds nor lists a new API.
#[tokio::test(start_paused = true)]
async fn a_new_api_that_is_not_found_is_not_created_again() {
    let missing = || json_error(404, "NotFoundException", "Invalid API identifier specified");
    let script = Script::new()
        .on("GET /restapis/one/resources", [resources("STREAM")])
        .on("GET /restapis/one/gatewayresponses", [items(&[])])
        .on("GET /restapis/one/stages", [items(&[stage(4, 8.0)])])
        .on("GET /restapis/one/deployments", [items(&[current("d1")])])
        .on("GET /restapis/one", [missing(), missing(), json(&api("one", &ours()))])
        .on("GET /restapis?limit=500", [items(&[])])
        .on("PUT /restapis/one?mode=overwrite", [missing()])
        .on("POST /restapis", [json(&api("one", &ours()))]);
    let report = deploy(&script, Choices::default()).await;
    assert!(matches!(report.outcome(testing::NODE), Some(Outcome::Created)), "{report:?}");
    assert_eq!(count(&script, "POST"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_response_that_is_not_json_is_repeated() {
    let script = up_to_date(Script::new(), [stage(4, 8.0)])
        .on("GET /restapis?limit=500", [ok("<html>"), items(&[api("one", &ours())])]);
    assert!(deploy(&script, Choices::default()).await.complete());
}

#[tokio::test]
async fn two_apis_with_our_tags_are_an_error_that_lists_both() {
    let two = items(&[api("two", &ours()), api("one", &ours())]);
    let script = Script::new().on("GET /restapis?limit=500", [two]);
    let fault = stream_api().observe(&script.cloud(), &mut None).await.unwrap_err();
    assert!(fault.to_string().contains("one, two"), "{fault}");
}

#[tokio::test]
async fn all_pages_are_searched() {
    let first = json!({ "item": [api("zero", &json!({}))], "position": "a b" });
    let script = up_to_date(Script::new(), [stage(4, 8.0)])
        .on("GET /restapis?limit=500&position=a%20b", [items(&[api("one", &ours())])])
        .on("GET /restapis?limit=500", [json(&first)]);
    let actual = stream_api().observe(&script.cloud(), &mut None).await.unwrap();
    assert_eq!(stream_api().diff(&desired(), actual.as_ref()), []);
}

#[tokio::test(start_paused = true)]
async fn other_gateway_responses_are_reset_before_a_deployment() {
    let throttled = json!({ "responseType": "THROTTLED", "defaultResponse": false, "statusCode": "503" });
    let default = json!({ "responseType": "DEFAULT_4XX", "defaultResponse": true });
    let by_hand = json!({ "id": "d1", "description": "by hand" });
    let script = Script::new()
        .on("GET /restapis/one/resources", [resources("STREAM")])
        .on("GET /restapis/one/gatewayresponses", [items(&[default, throttled]), items(&[])])
        .on("GET /restapis/one/stages", [items(&[stage(4, 8.0)])])
        .on("GET /restapis/one/deployments", [items(&[by_hand]), items(&[current("d1")])])
        .on("GET /restapis/one", [json(&api("one", &ours()))])
        .on("GET /restapis?limit=500", [items(&[api("one", &ours())])])
        .on("DELETE /restapis/one/gatewayresponses/THROTTLED", [ok("")])
        .on("POST /restapis/one/deployments", [json(&current("d2"))])
        .on("DELETE /restapis/one/deployments/d1", [ok("")]);
    assert!(deploy(&script, Choices::default()).await.complete());
    let log = script.log();
    let writes: Vec<_> = log.iter().filter(|line| !line.starts_with("GET")).map(String::as_str).collect();
    assert_eq!(
        writes,
        [
            "DELETE /restapis/one/gatewayresponses/THROTTLED",
            "POST /restapis/one/deployments",
            "DELETE /restapis/one/deployments/d1",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn an_adopted_api_gets_our_tags() {
    let script = Script::new()
        .on("GET /restapis/one/resources", [resources("STREAM")])
        .on("GET /restapis/one/gatewayresponses", [items(&[])])
        .on("GET /restapis/one/stages", [items(&[stage(4, 8.0)])])
        .on("GET /restapis/one/deployments", [items(&[current("d1")])])
        .on("GET /restapis/one", [json(&api("one", &json!({}))), json(&api("one", &ours()))])
        .on("GET /restapis?limit=500", [items(&[api("one", &json!({}))])])
        .on("PUT /tags/arn%3Aaws%3Aapigateway%3Aeu-central-1%3A%3A%2Frestapis%2Fone", [ok("")]);
    let report = deploy(&script, Choices { adopt: true, ..Choices::default() }).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(count(&script, "PUT /tags/"), 1);
}

#[tokio::test]
async fn zero_limits_are_never_written() {
    let none = StreamApiDesired { rate: 0, ..desired() };
    let script = Script::new();
    assert!(stream_api().converge(&script.cloud(), &mut None, &none, None).await.is_err());
    assert_eq!(script.log(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn an_api_is_deleted_with_its_permission_when_the_distribution_without_it_is_deployed() {
    let live = |status: &str| {
        let config = include_str!("../distribution/tests/live.xml");
        let body = config.replace("{status}", status).replace("{enabled}", "true");
        Reply::Response { status: 200, body, headers: vec![("etag", "E1".to_owned())] }
    };
    let permission = "DELETE /2015-03-31/functions/twin-dev-api/policy/twinctl-stream-api";
    let script = up_to_date(Script::new(), [stage(4, 8.0)])
        .on("GET /2020-05-31/tagging", [ok("<Tags><Items></Items></Tags>")])
        .on("GET /2020-05-31/distribution/EDIST", [live("InProgress"), live("InProgress"), live("Deployed")])
        .on(permission, [ok("")])
        .on("DELETE /restapis/one", [Reply::Lost, ok("")])
        .on("GET /restapis?limit=500", [items(&[api("one", &ours())]), items(&[])]);
    let labels = Labels::new("twin", "dev", &BTreeMap::new());
    let distribution = Distribution::new("twin-dev", labels).found_before(Some("EDIST"));
    let choices = Choices { destroy: true, ..Choices::default() };
    let resource = stream_api().used_by(distribution);
    let report = testing::run(testing::engine(&script, resource, desired(), choices)).await;
    assert!(matches!(report.outcome(testing::NODE), Some(Outcome::Deleted)), "{report:?}");
    let log = script.log();
    let first = |prefix: &str| log.iter().position(|line| line.starts_with(prefix)).unwrap();
    assert!(first(permission) < first("DELETE /restapis/one"), "{log:?}");
    let before = log[..first(permission)].iter().filter(|line| line.contains("EDIST"));
    assert!(before.count() >= 3, "{log:?}");
}

/// Returns the fields that differ if `edit` changes the API, its method and its stage.
async fn differing(edit: fn(&mut Value, &mut Value, &mut Value)) -> Vec<String> {
    let Reply::Response { body: resources, .. } = resources("STREAM") else { unreachable!() };
    let mut resources: Value = serde_json::from_str(&resources).unwrap();
    let (mut api, mut stage) = (api("one", &ours()), stage(4, 8.0));
    edit(&mut api, &mut resources["item"][2]["resourceMethods"]["ANY"], &mut stage);
    let script = Script::new()
        .on("GET /restapis/one/resources", [json(&resources)])
        .on("GET /restapis/one/gatewayresponses", [items(&[])])
        .on("GET /restapis/one/stages", [items(&[stage])])
        .on("GET /restapis/one/deployments", [items(&[current("d1")])])
        .on("GET /restapis/one", [json(&api)])
        .on("GET /restapis?limit=500", [items(&[api.clone()])]);
    let actual = stream_api().observe(&script.cloud(), &mut None).await.unwrap();
    let changes = stream_api().diff(&desired(), actual.as_ref());
    changes.into_iter().map(|change| change.field).collect()
}

#[tokio::test]
async fn every_setting_that_the_console_can_change_is_a_difference() {
    // AWS adds these itself.
    let unchanged = differing(|_, method, _| {
        method["requestParameters"] = json!({ "method.request.path.proxy": true });
        method["methodResponses"] = json!({ "200": { "statusCode": "200" } });
        method["methodIntegration"]["cacheKeyParameters"] = json!([]);
        method["methodIntegration"]["cacheNamespace"] = "abc".into();
        method["methodIntegration"]["connectionType"] = "INTERNET".into();
    });
    assert_eq!(unchanged.await, [""; 0]);
    let changed = differing(|api, method, stage| {
        api["binaryMediaTypes"] = json!(["image/png", "*/*"]);
        api["apiKeySource"] = "AUTHORIZER".into();
        method["requestParameters"] = json!({ "method.request.querystring.q": true });
        method["requestValidatorId"] = "v".into();
        method["methodIntegration"]["httpMethod"] = "GET".into();
        method["methodIntegration"]["credentials"] = "arn:aws:iam::123456789012:role/r".into();
        method["methodIntegration"]["contentHandling"] = "CONVERT_TO_TEXT".into();
        method["methodIntegration"]["passthroughBehavior"] = "NEVER".into();
        method["methodIntegration"]["cacheKeyParameters"] = json!(["method.request.path.proxy"]);
        stage["variables"] = json!({ "a": "b" });
        stage["methodSettings"]["~1api~1{proxy+}/ANY"] = json!({ "throttlingRateLimit": 1.0 });
    });
    let mut changed = changed.await;
    changed.sort();
    assert_eq!(
        changed,
        [
            "api_key_source",
            "binary_media_types",
            "method.cache_keys",
            "method.content_handling",
            "method.credentials",
            "method.http_method",
            "method.parameters",
            "method.passthrough",
            "method.validator",
            "stage/variables/a",
            // The path of the patch operation, too: AWS returns it escaped as in a JSON pointer.
            "stage/~1api~1{proxy+}/ANY",
        ]
    );
}

#[test]
fn a_media_type_is_escaped_in_the_path_of_its_removal() {
    let change = Change::new("binary_media_types", Some("image/png, */*".to_owned()), None);
    let removal = |path: &str| json!({ "op": "remove", "path": path });
    let expected = [removal("/binaryMediaTypes/image~1png"), removal("/binaryMediaTypes/*~1*")];
    assert_eq!(operations(&change), expected);
}
