//! Streaming turned on and off: the order of the changes, while visitors ask, and after runs that did not finish.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use serde_json::{Value, json};
use testbed::{
    emulator::Auth,
    http, process,
    proxy::{Proxy, Selector, Timing},
    twin_lambda::{first_zip, second_zip},
    wait,
};

use super::{
    ci::{DEPLOY, Job, ON_MAIN, set_up_ci},
    inventory::inventory,
    streaming::{FILE, STREAMING, apis, origin_of, streaming_twin},
    twin::{ENVIRONMENT, Twin, deploy_args, finish},
};

const GET_DISTRIBUTION: &str = "GET /2020-05-31/distribution/{}";
const UPDATE_DISTRIBUTION: &str = "PUT /2020-05-31/distribution/{}/config";
const INVOKE: &str = "POST /2015-03-31/functions/{}/invocations";
const MOVE_ALIAS: &str = "PUT /2015-03-31/functions/{}/aliases/{}";
const LIMIT_HTTP_API: &str = "PATCH /v2/apis/{}/stages/{}";
const LIMIT_STREAM_API: &str = "PATCH /restapis/{}/stages/{}";
const PERMIT: &str = "POST /2015-03-31/functions/{}/policy";

/// Returns burst and rate of the HTTP API.
async fn limit(twin: &Twin) -> (i32, f64) {
    let client = &twin.by_hand.api;
    let apis = client.get_apis().send().await.unwrap();
    let id = apis.items()[0].api_id().unwrap();
    let stage = client.get_stage().api_id(id).stage_name("$default").send().await.unwrap();
    let settings = stage.default_route_settings.unwrap();
    (settings.throttling_burst_limit.unwrap(), settings.throttling_rate_limit.unwrap())
}

/// After the next update of the distribution, the first `reads` show that CloudFront is still deploying it.
fn deploy_slowly(twin: &Twin, reads: usize) {
    let reads = Selector::first_after(UPDATE_DISTRIBUTION, reads, GET_DISTRIBUTION);
    twin.proxy.replace_text(reads, "<Status>Deployed<", "<Status>InProgress<");
}

/// Returns the position of the first call of an operation.
#[track_caller]
fn position(twin: &Twin, operation: &str) -> usize {
    let calls = twin.proxy.calls();
    let found = calls.iter().position(|call| call.operation == operation);
    found.unwrap_or_else(|| panic!("{operation} was not called"))
}

#[testbed::test(emulator)]
async fn streaming_is_turned_off_and_on_again_while_a_visitor_asks() {
    let twin = Twin::new();
    // The emulator throttles REST APIs.
    let plain = format!("{ENVIRONMENT}api: {{ throttle: {{ burst: 5000, rate: 5000 }} }}\n");
    let streaming = format!("{plain}{STREAMING}");
    twin.write(FILE, &streaming);
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
    twin.write(FILE, &plain);
    twin.deploy(&[]).await.exits_with(0);
    assert_eq!(apis(&twin), [Value::Null; 0]);
    assert_eq!(origin_of(&twin, "/api/*").await, "api");
    twin.proxy.reset();
    twin.deploy(&[]).await.exits_with(0).reports("nothing to change");
    assert!(!twin.proxy.calls().iter().any(|call| call.path.contains("/restapis")), "it is forgotten");
    twin.write(FILE, &streaming);
    twin.deploy(&[]).await.exits_with(0);
    assert_eq!(origin_of(&twin, "/api/*").await, "stream");
    done.store(true, Ordering::Relaxed);
    let statuses = visitor.join().unwrap();
    assert!(statuses.len() > 20 && statuses.iter().all(|status| *status == 200), "{statuses:?}");
}

#[testbed::test(emulator)]
async fn a_stream_api_that_was_made_by_a_killed_first_deploy_is_removed_when_streaming_is_turned_off() {
    let twin = streaming_twin();
    let selector = Selector::first(1, "PUT /restapis/{}");
    twin.kill_at(selector, Timing::BeforeEffect, &deploy_args(first_zip())).await.unwrap();
    assert_eq!(apis(&twin).len(), 1);
    twin.proxy.reset();
    twin.write(FILE, ENVIRONMENT);
    twin.deploy(&[]).await.exits_with(0);
    assert_eq!(apis(&twin), [Value::Null; 0]);
}

const WHOLE: (i32, f64) = (10, 5.0);
const PART: (i32, f64) = (2, 1.0);

#[testbed::test(emulator)]
async fn the_http_api_keeps_the_whole_limit_until_cloudfront_has_switched() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    twin.write(FILE, format!("{ENVIRONMENT}{STREAMING}"));
    twin.proxy.reset();
    deploy_slowly(&twin, 1);
    twin.deploy(&[]).await.exits_with(0).reports("api limit");
    assert_eq!(origin_of(&twin, "/api/*").await, "stream");
    assert!(position(&twin, UPDATE_DISTRIBUTION) < position(&twin, LIMIT_HTTP_API));
    assert_eq!(limit(&twin).await, PART);
    twin.deploy(&[]).await.exits_with(0).reports("nothing to change");

    twin.write(FILE, ENVIRONMENT);
    twin.proxy.reset();
    twin.deploy(&[]).await.exits_with(0);
    assert!(position(&twin, LIMIT_HTTP_API) < position(&twin, UPDATE_DISTRIBUTION));
    assert_eq!(limit(&twin).await, WHOLE);
}

#[testbed::test(emulator)]
async fn a_deploy_that_does_not_wait_leaves_limit_and_deletion_to_the_next_one() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    twin.write(FILE, format!("{ENVIRONMENT}{STREAMING}"));
    twin.proxy.reset();
    deploy_slowly(&twin, 1000);
    twin.deploy(&["--no-wait"]).await.exits_with(0);
    assert_eq!((origin_of(&twin, "/api/*").await.as_str(), limit(&twin).await), ("stream", WHOLE));
    twin.run(&["status", "dev"]).await.exits_with(7).reports("api limit");
    twin.proxy.reset();
    twin.deploy(&[]).await.exits_with(0);
    assert_eq!(limit(&twin).await, PART);
    twin.deploy(&[]).await.exits_with(0).reports("nothing to change");

    twin.write(FILE, ENVIRONMENT);
    twin.proxy.reset();
    deploy_slowly(&twin, 1000);
    twin.deploy(&["--no-wait"]).await.exits_with(0);
    assert_eq!((origin_of(&twin, "/api/*").await.as_str(), limit(&twin).await), ("api", WHOLE));
    assert_eq!(apis(&twin).len(), 1, "an edge location may still send requests to it");
    let status = twin.run(&["status", "dev"]).await.exits_with(7);
    status.reports("stream api");
    assert!(!status.stderr.contains("word by word"), "{}", status.stderr);
    twin.proxy.reset();
    twin.deploy(&[]).await.exits_with(0);
    assert_eq!(apis(&twin), [Value::Null; 0]);
    twin.proxy.reset();
    twin.deploy(&[]).await.exits_with(0).reports("nothing to change");
    assert!(!twin.proxy.calls().iter().any(|call| call.path.contains("/restapis")), "it is forgotten");
}

#[testbed::test(emulator)]
async fn visitors_are_sent_to_a_stream_api_only_after_it_works_although_the_record_has_an_old_one() {
    let twin = streaming_twin();
    twin.deploy(&[]).await.exits_with(0);
    twin.write(FILE, ENVIRONMENT);
    let deleted = Selector::first(1, "DELETE /restapis/{}");
    twin.kill_at(deleted, Timing::AfterEffect, &deploy_args(first_zip())).await.unwrap();
    assert_eq!((origin_of(&twin, "/api/*").await.as_str(), apis(&twin).len()), ("api", 0));
    twin.write(FILE, format!("{ENVIRONMENT}{STREAMING}"));
    twin.proxy.reset();
    twin.deploy(&[]).await.exits_with(0);
    let switched = position(&twin, UPDATE_DISTRIBUTION);
    assert!(position(&twin, LIMIT_STREAM_API) < switched && position(&twin, PERMIT) < switched);
}

/// Turns on streaming with a second version, which visitors do not reach. `change` changes the response of the first version to
/// a request of a REST API.
async fn unhealthy_switch(change: fn(&str) -> String) -> (Twin, testbed::Run) {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    twin.write(FILE, format!("{ENVIRONMENT}{STREAMING}"));
    twin.proxy.reset();
    twin.proxy.refuse(Selector::first(1000, "GET /api/health"), 503, "Unavailable");
    twin.proxy.edit(Selector::first_after(MOVE_ALIAS, 1, INVOKE), change);
    let run = twin.deploy_zip(second_zip()).await.exits_with(8);
    (twin, run)
}

async fn live(twin: &Twin) -> String {
    let alias = twin.by_hand.lambda.get_alias().function_name("ada-dev-api").name("live").send();
    alias.await.unwrap().function_version.unwrap()
}

#[testbed::test(emulator)]
async fn live_is_not_moved_back_to_a_version_that_cannot_answer_the_stream_api() {
    let (twin, run) = unhealthy_switch(|_| json!({ "statusCode": 404 }).to_string()).await;
    run.reports("`live` stays on version 2");
    run.reports("set `streaming: false`");
    assert_eq!(live(&twin).await, "2");
    let (twin, run) = unhealthy_switch(ToOwned::to_owned).await;
    run.reports("`live` was moved back to version 1");
    assert_eq!(live(&twin).await, "1");
}

#[testbed::test(emulator)]
async fn a_version_that_cannot_answer_the_stream_api_never_goes_live() {
    let twin = streaming_twin();
    let url = twin.deploy(&[]).await.exits_with(0).url().to_owned();
    twin.proxy.reset();
    // The health check is the first invocation.
    let check = Selector::first_after(INVOKE, 1, INVOKE);
    twin.proxy.edit(check, |_| json!({ "statusCode": 404 }).to_string());
    twin.deploy_zip(second_zip()).await.exits_with(6).reports("no stream, which `streaming: true` requires");
    assert_eq!((live(&twin).await.as_str(), twin.visit(&url, "/api/health").status), ("1", 200));
}

/// The second deploy does not know of the stream API, because it read the record before.
#[testbed::test(emulator)]
async fn a_deploy_that_waited_while_another_one_turned_on_streaming_leaves_no_stream_api_behind() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    twin.write("other/dev.yaml", format!("{ENVIRONMENT}lambda: {{ memory_mb: 512 }}\n"));
    let other = [&deploy_args(first_zip())[..], &["--environments", "other"]].concat();
    let proxy = Proxy::start(&twin.emulator.endpoint(), Duration::from_millis(300)).unwrap();
    let stopped = twin.command(&other).env("AWS_ENDPOINT_URL", proxy.endpoint()).spawn().unwrap();
    let has_read = || proxy.calls().iter().any(|call| call.operation == "GetItem" && call.status.is_some());
    wait::until_async("the record is read", has_read).await;
    process::signal(stopped.id().unwrap(), "-STOP");
    twin.write(FILE, format!("{ENVIRONMENT}{STREAMING}"));
    twin.deploy(&[]).await.exits_with(0);
    process::signal(stopped.id().unwrap(), "-CONT");
    finish(stopped)
        .await
        .exits_with(4)
        .reports("another process has just turned on streaming, alarms, a budget, its mail or a domain");
    assert_eq!(origin_of(&twin, "/api/*").await, "stream");
    twin.run(&other).await.exits_with(0);
    assert_eq!(apis(&twin), [Value::Null; 0]);
}

#[testbed::test(emulator)]
async fn ci_may_delete_the_stream_api_and_gets_a_hint_how_to_create_one() {
    let twin = Twin::inside(Auth::Enforced, "test");
    set_up_ci(&twin, &["dev"]).await;
    let job = Job::as_role(&twin, DEPLOY, ON_MAIN).await;
    job.run(&deploy_args(first_zip())).await.exits_with(0);
    twin.write(FILE, format!("{ENVIRONMENT}{STREAMING}"));
    job.run(&deploy_args(first_zip())).await.exits_with(5).reports("run `twinctl ci setup dev` again");
    set_up_ci(&twin, &["dev"]).await;
    job.run(&deploy_args(first_zip())).await.exits_with(0);

    twin.write(FILE, ENVIRONMENT);
    set_up_ci(&twin, &["dev"]).await;
    job.run(&deploy_args(first_zip())).await.exits_with(0);
    let left = inventory(&twin.by_hand).await;
    assert!(!left.iter().any(|line| line.starts_with("REST")), "{left:#?}");
}

#[testbed::test(emulator)]
async fn a_destroy_that_does_not_wait_is_finished_by_the_next_one() {
    let twin = streaming_twin();
    twin.deploy(&[]).await.exits_with(0);
    twin.proxy.reset();
    deploy_slowly(&twin, 1000);
    twin.destroy(&["--no-wait"]).await.exits_with(0).reports("still exists");
    let status = twin.run(&["status", "dev"]).await.exits_with(8);
    status.reports("a destroy has not finished");
    assert!(!status.stderr.contains("word by word"), "{}", status.stderr);
    twin.proxy.reset();
    twin.destroy(&[]).await.exits_with(0);
    assert_eq!(inventory(&twin.by_hand).await, ["table twinctl-locks"]);
}
