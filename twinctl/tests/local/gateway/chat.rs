//! The API behind the gateway: responses, streams, throttling, size limits.

use std::fs;

use http::Method;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use testbed::wait::{for_value_async, until_async};
use twinctl::targets::local::gateway::{GatewaySetup, Throttle};

use super::{
    streaming_model::StreamingModel,
    test_gateway::{TestGateway, setup},
    visitor::until_throttled,
};

#[testbed::test]
async fn a_question_is_answered_and_stored() {
    let gateway = TestGateway::new();
    let control = gateway.open().await;
    let visitor = gateway.visitor();
    let answer = visitor.chat("What is your email?", "abc").await.unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.json()["response"].as_str().unwrap().contains("ada@example.com"));
    assert_eq!(answer.header("x-frame-options"), "DENY");
    assert_eq!(visitor.get("/api/chat/history/abc").await.json()["messages"].as_array().unwrap().len(), 2);
    assert_eq!(visitor.get("/conversation/abc").await.json()["session_id"], "abc");
    assert!(gateway.path("memory/abc.json").exists());
    assert_eq!(control.status().await.unwrap().requests.total, 3);
    until_async("the requests are written down", || gateway.log("requests.log").lines().count() == 3).await;
    let log = gateway.log("requests.log");
    assert!(log.contains(r#""path":"/conversation/*""#) && !log.contains("/abc"), "{log}");
}

#[testbed::test]
async fn pages_of_other_sites_cannot_send_messages() {
    let gateway = TestGateway::new();
    let allowed_origins = vec!["https://ada.example".to_owned()];
    gateway.twin_folder.write(&GatewaySetup { allowed_origins, ..setup() }).unwrap();
    gateway.open().await;
    let visitor = gateway.visitor();
    let (json, text) = (("content-type", "application/json"), ("content-type", "text/plain"));
    let cross_site = ("sec-fetch-site", "cross-site");
    for (headers, status) in [
        // A page of the twin, `curl`, and a page of an allowed site.
        (vec![json, ("sec-fetch-site", "same-origin")], 200),
        (vec![json], 200),
        (vec![json, cross_site, ("origin", "https://ada.example")], 200),
        // Requests that any page can make a browser send.
        (vec![text, cross_site, ("origin", "https://evil.example")], 403),
        (vec![json, cross_site, ("origin", "https://evil.example")], 403),
        (vec![text], 415),
        (vec![], 415),
    ] {
        let body = r#"{"message": "What is your email?"}"#.to_owned();
        let answer = visitor.send(Method::POST, "/api/chat", &headers, body).await.unwrap();
        assert_eq!(answer.status(), status, "{headers:?}");
    }
    assert_eq!(fs::read_dir(gateway.path("memory")).unwrap().filter(is_json).count(), 3);
}

fn is_json(entry: &std::io::Result<fs::DirEntry>) -> bool {
    entry.as_ref().unwrap().path().extension().is_some_and(|ending| ending == "json")
}

async fn next(body: &mut Incoming) -> String {
    let frame = body.frame().await.unwrap().unwrap();
    String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap()
}

/// Reads the stream until it contains `word`.
async fn read_until(body: &mut Incoming, word: &str) -> String {
    let mut received = String::new();
    while !received.contains(word) {
        received += &next(body).await;
    }
    received
}

async fn with_model(gateway: &TestGateway, model: &StreamingModel) {
    // At this path, the twin does not look for Ollama.
    let url = format!("http://{}/openai/v1", model.address);
    let settings = [("AI_PROVIDER", "openai"), ("OPENAI_BASE_URL", url.as_str())];
    gateway.twin_folder.write(&gateway.with_settings("model", &settings)).unwrap();
    gateway.open().await;
}

#[testbed::test]
async fn words_are_streamed_as_the_model_produces_them() {
    let (gateway, model) = (TestGateway::new(), StreamingModel::start().await);
    with_model(&gateway, &model).await;
    model.send_word("My name is a long one, and I say it slowly. ");
    let mut body = gateway.visitor().stream("Who are you?").await.into_body();
    // The model sends the next word only after the previous one has arrived, so nothing in between may buffer.
    let mut received = read_until(&mut body, "event: session").await;
    for (word, next) in
        [("slowly", "It is Ada. "), ("Ada", "That is all that I have to say. "), ("all that", "")]
    {
        if !received.contains(word) {
            received += &read_until(&mut body, word).await;
        }
        model.send_word(next);
    }
    assert!(read_until(&mut body, "event: done").await.contains("That is all that I have to say."));
}

#[testbed::test]
async fn a_disconnected_visitor_cancels_the_model_request() {
    let (gateway, mut model) = (TestGateway::new(), StreamingModel::start().await);
    with_model(&gateway, &model).await;
    model.send_word("I have a lot to say, and it takes a while to say it all. ");
    let mut body = gateway.visitor().stream("Who are you?").await.into_body();
    read_until(&mut body, "a lot").await;
    drop(body);
    model.wait_for_disconnect().await;
}

#[testbed::test]
async fn a_stopped_answer_is_remembered_as_far_as_it_was_shown() {
    let (gateway, mut model) = (TestGateway::new(), StreamingModel::start().await);
    with_model(&gateway, &model).await;
    let visitor = gateway.visitor();
    model.send_word("I have a lot to say, and it takes a while to say it all. ");
    let headers = [("content-type", "application/json"), ("accept", "text/event-stream")];
    let body = r#"{"message": "Who are you?", "session_id": "abc", "turn": "t1"}"#.to_owned();
    let mut body = visitor.send(Method::POST, "/api/chat", &headers, body).await.unwrap().into_body();
    read_until(&mut body, "a lot").await;
    drop(body);
    let stop = r#"{"session_id": "abc", "turn": "t1", "shown": 19}"#.to_owned();
    let stopped = visitor.send(Method::POST, "/api/chat/stop", &headers[..1], stop).await.unwrap();
    assert!(stopped.status().is_success());
    model.wait_for_disconnect().await;
    let answer = for_value_async("the turn is saved", async || {
        let history = visitor.get("/api/chat/history/abc").await.json();
        history["messages"].get(1).cloned()
    })
    .await;
    assert_eq!((&answer["content"], &answer["stopped"]), (&"I have a lot to say".into(), &true.into()));
    until_async("the path is written down", || {
        gateway.log("requests.log").contains(r#""path":"/api/chat/stop""#)
    })
    .await;
}

#[testbed::test]
async fn throttled_requests_get_a_retry_after_header() {
    let gateway = TestGateway::new();
    gateway.twin_folder.write(&GatewaySetup { throttle: Throttle { burst: 2, rate: 1 }, ..setup() }).unwrap();
    let control = gateway.open().await;
    let visitor = gateway.visitor();
    let refused = until_throttled(&visitor).await;
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(refused.json()["code"], "throttled");
    assert_eq!(refused.json()["correlation_id"], refused.header("x-correlation-id"));
    assert_eq!(visitor.get("/").await.status, 200);
    assert!(control.status().await.unwrap().requests.throttled > 0);
    until_async("they are written down", || gateway.log("requests.log").contains(r#""throttled":true"#))
        .await;
}

#[testbed::test]
async fn a_body_that_is_too_large_is_rejected() {
    let gateway = TestGateway::new();
    gateway.open().await;
    let visitor = gateway.visitor();
    let large = visitor.chat(&"x".repeat(200 << 10), "abc").await.unwrap();
    assert_eq!((large.status.as_u16(), &large.json()["code"]), (413, &"body_too_large".into()));
}
