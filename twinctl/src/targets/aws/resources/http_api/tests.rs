//! The HTTP API with scripted API Gateway responses.

use std::collections::BTreeMap;

use reconcile::{Choices, Report, Resource as _};
use serde_json::{Value, json};

use super::{HttpApi, HttpApiDesired, LimitOwner, actual::LOG_FORMAT, old_access_logs::INTERIM_FORMAT};
use crate::targets::aws::{
    Labels,
    resources::testing::{self, count},
    script::{Reply, Script, json_error, ok},
};

const TARGET: &str = "arn:aws:lambda:eu-central-1:123456789012:function:twin-dev-api:live";
const LOG_GROUP: &str =
    "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/vendedlogs/aws/lambda/twin-dev-api";

fn http_api() -> HttpApi {
    HttpApi::new("twin-api", Labels::new("twin", "dev", &BTreeMap::new()))
}

fn desired() -> HttpApiDesired {
    HttpApiDesired {
        target_arn: TARGET.to_owned(),
        burst: 5,
        rate: 10,
        limit_owner: LimitOwner::Api,
        log_group_arn: LOG_GROUP.to_owned(),
        former_log_group: "/aws/lambda/twin-dev-api".to_owned(),
    }
}

fn json(value: &Value) -> Reply {
    ok(&value.to_string())
}

fn ours() -> Value {
    json!({ "twinctl:project": "twin", "twinctl:environment": "dev" })
}

fn api(id: &str, tags: &Value) -> Value {
    json!({
        "apiId": id, "name": "twin-api", "protocolType": "HTTP", "description": "twinctl twin-api", "tags": tags,
        "apiEndpoint": format!("https://{id}.execute-api.eu-central-1.amazonaws.com"),
    })
}

fn items(items: &[Value]) -> Reply {
    json(&json!({ "items": items }))
}

fn stage(burst: i32, rate: f64) -> Value {
    json!({
        "stageName": "$default", "autoDeploy": true,
        "defaultRouteSettings": {
            "throttlingBurstLimit": burst, "throttlingRateLimit": rate, "detailedMetricsEnabled": false,
        },
        "accessLogSettings": { "destinationArn": LOG_GROUP, "format": LOG_FORMAT },
    })
}

/// Scripts the parts of an API with the id `one` that match the desired state.
fn up_to_date(script: Script, stages: impl IntoIterator<Item = Value>) -> Script {
    let integration = json!({
        "integrationId": "i", "integrationType": "AWS_PROXY", "payloadFormatVersion": "2.0", "timeoutInMillis": 30000,
        "integrationUri": format!("arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/{TARGET}/invocations"),
    });
    let route = json!({
        "routeId": "r", "routeKey": "$default", "target": "integrations/i", "authorizationType": "NONE",
    });
    script
        .on("GET /v2/apis/one/integrations", [items(&[integration])])
        .on("GET /v2/apis/one/routes", [items(&[route])])
        .on("GET /v2/apis/one/stages", stages.into_iter().map(|stage| items(&[stage])))
}

async fn deploy(script: &Script, choices: Choices) -> Report {
    testing::run(testing::engine(script, http_api(), desired(), choices)).await
}

#[test]
fn access_logs_contain_no_path() {
    assert!(LOG_FORMAT.contains("$context.routeKey") && !LOG_FORMAT.to_lowercase().contains("path"));
    assert!(INTERIM_FORMAT != LOG_FORMAT && !INTERIM_FORMAT.to_lowercase().contains("path"));
}

#[tokio::test(start_paused = true)]
async fn an_update_is_retried_after_a_concurrent_modification() {
    let busy = || {
        json_error(409, "ConflictException", "Unable to complete operation due to concurrent modification")
    };
    let script = up_to_date(Script::new(), [stage(1, 10.0), stage(1, 10.0), stage(1, 10.0), stage(5, 10.0)])
        .on("PATCH /v2/apis/one/stages/%24default", [busy(), busy(), json(&stage(5, 10.0))])
        .on("GET /v2/apis/one", [json(&api("one", &ours()))])
        .on("GET /v2/apis", [items(&[api("one", &ours())])]);
    let report = deploy(&script, Choices::default()).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(count(&script, "PATCH"), 3);
}

#[tokio::test(start_paused = true)]
async fn an_api_is_not_created_again_when_the_response_was_lost() {
    let script = up_to_date(Script::new(), [stage(5, 10.0)])
        .on("POST /v2/apis", [Reply::Lost])
        .on("GET /v2/apis/one", [json(&api("one", &ours()))])
        .on("GET /v2/apis", [items(&[]), items(&[api("one", &ours())])]);
    let report = deploy(&script, Choices::default()).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(count(&script, "POST"), 1);
}

#[tokio::test(start_paused = true)]
async fn an_api_is_not_created_again_after_a_stale_read() {
    let script = up_to_date(Script::new(), [stage(1, 10.0), stage(5, 10.0)])
        .on("PATCH /v2/apis/one/stages", [Reply::Lost])
        .on(
            "GET /v2/apis/one",
            [
                json(&api("one", &ours())),
                json_error(404, "NotFoundException", "Invalid API identifier specified"),
                json(&api("one", &ours())),
            ],
        )
        .on("GET /v2/apis", [items(&[api("one", &ours())])]);
    let report = deploy(&script, Choices::default()).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(count(&script, "POST"), 0);
}

#[tokio::test]
async fn two_apis_with_our_tags_are_an_error_that_lists_both() {
    let script = Script::new().on("GET /v2/apis", [items(&[api("two", &ours()), api("one", &ours())])]);
    let fault = http_api().observe(&script.cloud(), &mut None).await.unwrap_err();
    assert!(fault.to_string().contains("one, two"), "{fault}");
}

#[tokio::test]
async fn all_pages_are_searched() {
    let first = json!({ "items": [api("zero", &json!({}))], "nextToken": "n" });
    let script = up_to_date(Script::new(), [stage(5, 10.0)])
        .on("GET /v2/apis/one", [json(&api("one", &ours()))])
        .on("GET /v2/apis", [json(&first), items(&[api("one", &ours())])]);
    let actual =
        http_api().observe(&script.cloud(), &mut None).await.unwrap().expect("the API on the second page");
    assert_eq!(http_api().diff(&desired(), Some(&actual)), []);
}

#[tokio::test(start_paused = true)]
async fn an_adopted_api_gets_our_tags() {
    let script = up_to_date(Script::new(), [stage(5, 10.0)])
        .on("POST /v2/tags/", [ok("{}")])
        .on("GET /v2/apis/one", [json(&api("one", &json!({}))), json(&api("one", &ours()))])
        .on("GET /v2/apis", [items(&[api("one", &json!({}))])]);
    let report = deploy(&script, Choices { adopt: true, ..Choices::default() }).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(count(&script, "POST /v2/tags/"), 1);
}

#[tokio::test]
async fn zero_limits_are_never_written() {
    let none = HttpApiDesired { rate: 0, ..desired() };
    let script = Script::new();
    assert!(http_api().converge(&script.cloud(), &mut None, &none, None).await.is_err());
    assert_eq!(script.log(), [""; 0]);
}

#[tokio::test]
async fn a_stage_without_limits_differs_from_one_with_limits_of_zero() {
    for (settings, old) in [(json!({}), None), (json!({ "throttlingRateLimit": 0.0 }), Some("0".to_owned()))]
    {
        let mut unlimited = stage(5, 10.0);
        unlimited["defaultRouteSettings"] = settings;
        let script = up_to_date(Script::new(), [unlimited])
            .on("GET /v2/apis/one", [json(&api("one", &ours()))])
            .on("GET /v2/apis", [items(&[api("one", &ours())])]);
        let actual = http_api().observe(&script.cloud(), &mut None).await.unwrap();
        let changes = http_api().diff(&desired(), actual.as_ref());
        let rate = changes.iter().find(|change| change.field == "throttle.rate").expect("it differs");
        assert_eq!(rate.old, old);
    }
}

/// A twin that streams lowers the limit later. See `ApiLimit`.
#[tokio::test(start_paused = true)]
async fn a_limit_of_another_node_is_kept_unless_the_stage_has_none() {
    let desired = HttpApiDesired { limit_owner: LimitOwner::ApiLimit, ..desired() };
    for (burst, rate, written) in [(2, 1.0, 0), (5, 10.0, 0), (0, 0.0, 1)] {
        let script = up_to_date(Script::new(), [stage(burst, rate), stage(5, 10.0)])
            .on("PATCH /v2/apis/one/stages", [ok("{}")])
            .on("GET /v2/apis/one", [json(&api("one", &ours()))])
            .on("GET /v2/apis", [items(&[api("one", &ours())])]);
        let engine = testing::engine(&script, http_api(), desired.clone(), Choices::default());
        assert!(testing::run(engine).await.complete());
        assert_eq!(count(&script, "PATCH"), written, "{burst}, {rate}");
    }
}
