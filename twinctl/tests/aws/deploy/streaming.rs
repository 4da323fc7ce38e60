//! Streaming: deployed, drifted, buffered and adopted.

use std::time::Duration;

use serde_json::{Value, json};
use testbed::{
    proxy::{Selector, Timing},
    twin_lambda::first_zip,
};

use super::{
    first_deploy::calls_of_three_deploys,
    inventory::inventory,
    twin::{ENVIRONMENT, Twin, deploy_args},
};

pub(crate) const STREAMING: &str = "streaming: true\n";
pub(super) const FILE: &str = "environments/dev.yaml";
/// The request by which twinctl checks that the REST API streams.
const CHECK: &str = "GET /live/api/{}";
fn rest(twin: &Twin, request: &str, body: &Value) -> Value {
    crate::cloud::rest(&twin.by_hand, request, body)
}

pub(super) fn apis(twin: &Twin) -> Vec<Value> {
    rest(twin, "GET /restapis", &Value::Null)["item"].as_array().unwrap().clone()
}

pub(super) fn streaming_twin() -> Twin {
    let twin = Twin::new();
    twin.write(FILE, format!("{ENVIRONMENT}{STREAMING}"));
    twin
}

/// Returns the origin that the distribution sends a path to.
pub(super) async fn origin_of(twin: &Twin, path: &str) -> String {
    let client = &twin.by_hand.cloudfront;
    let listed = client.list_distributions().send().await.unwrap();
    let id = listed.distribution_list().unwrap().items()[0].id().to_owned();
    let config = client.get_distribution_config().id(&id).send().await.unwrap().distribution_config.unwrap();
    let behaviors = config.cache_behaviors.unwrap().items.unwrap();
    assert_eq!(behaviors.len(), 4, "with the default behavior, a flat-rate plan allows five");
    behaviors.into_iter().find(|behavior| behavior.path_pattern == path).unwrap().target_origin_id
}

#[testbed::test(emulator)]
async fn a_twin_that_streams_is_deployed_and_a_second_deploy_writes_nothing() {
    let twin = streaming_twin();
    twin.write("data/facts.json", r#"{ "full_name": "Ada Example" }"#);
    let first = twin.deploy(&[]).await.exits_with(0);
    assert!(!first.stderr.contains("word by word"), "it streams: {}", first.stderr);
    let url = first.url().to_owned();
    let fresh = twin.proxy.calls().len();
    assert!(fresh <= 165, "{fresh} calls for a fresh deploy");
    assert_eq!(apis(&twin).len(), 1);
    assert_eq!(origin_of(&twin, "/api/*").await, "stream");
    for path in ["/chat", "/health", "/conversation/*"] {
        assert_eq!(origin_of(&twin, path).await, "api");
    }
    assert_eq!(twin.visit(&url, "/health").status, 200);
    let question = json!({"message": "Who are you?", "session_id": "s", "turn": "t", "stream": true});
    let answer = twin.ask(&url, "POST /api/chat", &question.to_string());
    assert_eq!(answer.header("content-type"), Some("text/event-stream; charset=utf-8"), "{answer:?}");
    for event in ["session", "token", "done"] {
        assert!(answer.body.contains(&format!("event: {event}\n")), "{answer:?}");
    }
    assert_eq!(twin.visit(&url, "/api/chat/history/s").json()["messages"][1]["turn"], "t");
    twin.proxy.reset();
    twin.deploy(&[]).await.exits_with(0).reports("nothing to change");
    assert_eq!(twin.writes().iter().map(|call| &call.operation).collect::<Vec<_>>(), [""; 0]);
    let calls = twin.proxy.calls().len();
    assert!(calls <= 56, "{calls} calls to see that nothing changed");
    twin.destroy(&[]).await.exits_with(0);
    assert_eq!(inventory(&twin.by_hand).await, ["table twinctl-locks"]);
}

/// Including the five files of the page, without polls.
#[testbed::test(emulator)]
async fn the_calls_of_a_deploy_that_streams_are_counted() {
    assert_eq!(calls_of_three_deploys(&streaming_twin()).await, (114, 52, 104));
}

/// Returns the most calls since the last reset that were made one after the other. Unlike `Proxy::depth`, it does not count the
/// time between calls, which depends on the machine.
pub(super) fn round_trips(twin: &Twin) -> usize {
    let calls = twin.proxy.calls();
    let mut calls: Vec<_> = calls.iter().filter_map(|call| Some((call.ended?, call.started))).collect();
    calls.sort_unstable();
    let (mut count, mut last) = (0, Duration::ZERO);
    for (ended, started) in calls {
        if started >= last {
            (count, last) = (count + 1, ended);
        }
    }
    count
}

#[testbed::test(emulator)]
async fn the_round_trips_of_a_deploy_that_streams_are_limited() {
    let twin = streaming_twin();
    twin.proxy.ignore_function();
    twin.proxy.set_delay(Duration::from_millis(500));
    twin.deploy(&[]).await.exits_with(0);
    let fresh = round_trips(&twin);
    twin.proxy.reset();
    twin.deploy(&[]).await.exits_with(0).reports("nothing to change");
    let unchanged = round_trips(&twin);
    assert!(fresh <= 12 && unchanged <= 2, "{fresh} and {unchanged}");
}

/// Changes every part of the stream API.
fn drift(twin: &Twin) {
    let api = &apis(twin)[0];
    let path = |part: &str| format!("/restapis/{}{part}", api["id"].as_str().unwrap());
    let resources = rest(twin, &format!("GET {}", path("/resources")), &Value::Null);
    let proxy = resources["item"].as_array().unwrap().iter();
    let proxy = proxy.clone().find(|resource| resource["path"] == "/api/{proxy+}").unwrap()["id"].clone();
    let method = path(&format!("/resources/{}/methods", proxy.as_str().unwrap()));
    let replace = |path: &str, value: &str| json!({ "op": "replace", "path": path, "value": value });
    let patches = |operations: &[Value]| json!({ "patchOperations": operations });
    rest(twin, &format!("PATCH {}", path("")), &patches(&[replace("/description", "by hand")]));
    let buffered = patches(&[
        replace("/responseTransferMode", "BUFFERED"),
        replace("/httpMethod", "GET"),
        replace("/credentials", "arn:aws:iam::000000000000:role/by-hand"),
    ]);
    rest(twin, &format!("PATCH {method}/ANY/integration"), &buffered);
    rest(twin, &format!("PUT {method}/GET"), &json!({ "authorizationType": "NONE" }));
    let limited = json!({ "statusCode": "503" });
    rest(twin, &format!("PUT {}", path("/gatewayresponses/THROTTLED")), &limited);
    let open = patches(&[
        replace("/*/*/throttling/burstLimit", "5000"),
        replace("/*/*/logging/loglevel", "INFO"),
        replace("/~1api~1{proxy+}/GET/throttling/rateLimit", "5000"),
    ]);
    rest(twin, &format!("PATCH {}", path("/stages/live")), &open);
    rest(
        twin,
        &format!("POST {}", path("/deployments")),
        &json!({ "stageName": "odd", "description": "odd" }),
    );
    rest(
        twin,
        &format!("POST {}", path("/deployments")),
        &json!({ "stageName": "live", "description": "odd" }),
    );
}

#[testbed::test(emulator)]
async fn every_part_of_the_stream_api_that_drifts_is_shown_and_repaired() {
    let twin = streaming_twin();
    twin.deploy(&[]).await.exits_with(0);
    drift(&twin);
    // A method without an integration answers nothing.
    let shown = twin.run(&["status", "dev"]).await.exits_with(8);
    for field in [
        "description",
        "method.transfer",
        "method.http_method",
        "method.credentials",
        "method.GET /api/{proxy+}",
        "gateway_response.THROTTLED",
        "deployment",
        "throttle.burst",
        "stage/*/*/logging/loglevel",
        "stage/~1api~1{proxy+}/GET",
        "stage.odd",
    ] {
        shown.reports(field);
    }
    twin.deploy(&[]).await.exits_with(0);
    twin.plan().await.exits_with(0);
    let id = apis(&twin)[0]["id"].as_str().unwrap().to_owned();
    let deployments = rest(&twin, &format!("GET /restapis/{id}/deployments"), &Value::Null);
    assert_eq!(deployments["item"].as_array().unwrap().len(), 1, "{deployments}");
}

#[testbed::test(emulator)]
async fn a_stream_api_that_buffers_is_reported_by_deploy_and_status() {
    let twin = streaming_twin();
    // The proxy changes only a complete response.
    let hold_back = || twin.proxy.edit(Selector::first(1000, CHECK), ToOwned::to_owned);
    hold_back();
    let expected = "answers may not appear word by word: the response of the stream API arrives in one piece";
    twin.deploy(&[]).await.exits_with(0).reports(expected);
    twin.run(&["status", "dev"]).await.exits_with(0).reports(expected);
    twin.proxy.reset();
    twin.run(&["status", "dev"]).await.exits_with(0).reports("answers appear word by word");
}

#[testbed::test(emulator)]
async fn a_release_is_recorded_while_the_stream_is_checked() {
    let twin = streaming_twin();
    let check = twin.proxy.hold(Selector::first(1, CHECK), Timing::BeforeEffect);
    let mut deploy = twin.spawn(&deploy_args(first_zip()));
    check.await.unwrap();
    let is_free =
        async { while !inventory(&twin.by_hand).await.contains(&"item ada/dev free".to_owned()) {} };
    tokio::time::timeout(Duration::from_mins(1), is_free).await.unwrap();
    deploy.kill().await.unwrap();
    twin.proxy.reset();
    twin.run(&["status", "dev"]).await.exits_with(0).reports("version 1 was released");
}

#[testbed::test(emulator)]
async fn a_rest_api_with_our_name_is_only_taken_over_with_adopt() {
    let twin = streaming_twin();
    rest(&twin, "POST /restapis", &json!({ "name": "ada-dev-stream-api" }));
    twin.deploy(&[]).await.exits_with(6).reports("is not managed by twinctl");
    twin.deploy(&["--adopt"]).await.exits_with(0);
    assert_eq!(apis(&twin).len(), 1);
    twin.plan().await.exits_with(0);
}
