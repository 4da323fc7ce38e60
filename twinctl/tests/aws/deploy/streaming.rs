//! Streaming: on, drifted, off and on again, adopted and destroyed, while visitors ask.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use serde_json::{Value, json};
use testbed::http;

use super::{
    inventory::inventory,
    twin::{ENVIRONMENT, Twin},
};

pub(crate) const STREAMING: &str = "streaming: true\n";

/// Sends a request to the API for REST APIs, which has no client here.
pub(crate) fn rest(twin: &Twin, request: &str, body: &Value) -> Value {
    let scope = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/apigateway/aws4_request, SignedHeaders=host, Signature=0";
    let headers = [("Authorization", scope), ("Content-Type", "application/json")];
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let response =
        http::send(("127.0.0.1", twin.emulator.port()), "apigateway.localhost", request, &headers, &body);
    let response = response.unwrap();
    assert!(response.status < 300, "{request}: {response:?}");
    serde_json::from_str(&response.body).unwrap_or_default()
}

fn apis(twin: &Twin) -> Vec<Value> {
    rest(twin, "GET /restapis", &Value::Null)["item"].as_array().unwrap().clone()
}

fn streaming_twin() -> Twin {
    let twin = Twin::new();
    twin.write("environments/dev.yaml", format!("{ENVIRONMENT}{STREAMING}"));
    twin
}

/// Returns the origin that the distribution sends a path to.
async fn origin_of(twin: &Twin, path: &str) -> String {
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
    twin.proxy.reset();
    twin.deploy(&[]).await.exits_with(0).reports("nothing to change");
    assert_eq!(twin.writes().iter().map(|call| &call.operation).collect::<Vec<_>>(), [""; 0]);
    let calls = twin.proxy.calls().len();
    assert!(calls <= 56, "{calls} calls to see that nothing changed");
    twin.destroy(&[]).await.exits_with(0);
    assert_eq!(apis(&twin), [Value::Null; 0]);
    assert_eq!(inventory(&twin.by_hand).await, ["table twinctl-locks"]);
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
    let buffered = patches(&[replace("/responseTransferMode", "BUFFERED")]);
    rest(twin, &format!("PATCH {method}/ANY/integration"), &buffered);
    rest(twin, &format!("PUT {method}/GET"), &json!({ "authorizationType": "NONE" }));
    let open =
        patches(&[replace("/*/*/throttling/burstLimit", "5000"), replace("/*/*/logging/loglevel", "INFO")]);
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
        "method.GET /api/{proxy+}",
        "deployment",
        "throttle.burst",
        "stage/*/*/logging/loglevel",
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
async fn streaming_is_turned_off_and_on_again_while_a_visitor_asks() {
    let twin = Twin::new();
    // The emulator throttles REST APIs.
    let plain = format!("{ENVIRONMENT}api: {{ throttle: {{ burst: 5000, rate: 5000 }} }}\n");
    let streaming = format!("{plain}{STREAMING}");
    twin.write("environments/dev.yaml", &streaming);
    let url = twin.deploy(&[]).await.exits_with(0).url().to_owned();
    let done = Arc::new(AtomicBool::new(false));
    let visitor = {
        let (done, port) = (Arc::clone(&done), twin.emulator.port());
        let host = url.strip_prefix("https://").unwrap().to_owned();
        thread::spawn(move || {
            let mut statuses = Vec::new();
            while !done.load(Ordering::Relaxed) {
                let https = [("X-Forwarded-Proto", "https")];
                let ask = || http::send(("127.0.0.1", port), &host, "GET /api/chat/history/none", &https, "");
                statuses.push(ask().unwrap().status);
            }
            statuses
        })
    };
    twin.write("environments/dev.yaml", &plain);
    twin.deploy(&[]).await.exits_with(0);
    assert_eq!(apis(&twin), [Value::Null; 0]);
    assert_eq!(origin_of(&twin, "/api/*").await, "api");
    twin.proxy.reset();
    twin.deploy(&[]).await.exits_with(0).reports("nothing to change");
    assert!(!twin.proxy.calls().iter().any(|call| call.path.contains("/restapis")), "it is forgotten");
    twin.write("environments/dev.yaml", &streaming);
    twin.deploy(&[]).await.exits_with(0);
    assert_eq!(origin_of(&twin, "/api/*").await, "stream");
    done.store(true, Ordering::Relaxed);
    let statuses = visitor.join().unwrap();
    assert!(statuses.len() > 20 && statuses.iter().all(|status| *status == 200), "{statuses:?}");
}

#[testbed::test(emulator)]
async fn a_stream_api_that_was_made_by_a_killed_first_deploy_is_removed_when_streaming_is_turned_off() {
    let twin = streaming_twin();
    let args = super::twin::deploy_args(testbed::twin_lambda::first_zip());
    let selector = testbed::proxy::Selector::first(1, "PUT /restapis/{}");
    twin.kill_at(selector, testbed::proxy::Timing::BeforeEffect, &args).await.unwrap();
    assert_eq!(apis(&twin).len(), 1);
    twin.proxy.reset();
    twin.write("environments/dev.yaml", ENVIRONMENT);
    twin.deploy(&[]).await.exits_with(0);
    assert_eq!(apis(&twin), [Value::Null; 0]);
}

#[testbed::test(emulator)]
async fn a_destroy_that_does_not_wait_is_finished_by_the_next_one() {
    let twin = streaming_twin();
    twin.deploy(&[]).await.exits_with(0);
    twin.destroy(&["--no-wait"]).await;
    twin.destroy(&[]).await.exits_with(0);
    assert_eq!(apis(&twin), [Value::Null; 0]);
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
