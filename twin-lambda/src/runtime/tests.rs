//! Tests with a stub of the Runtime API.

mod rest_api;
mod streams;

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Mutex;

use http_body_util::Full;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::*;
use crate::testing;
use crate::testing::model::{Step, model};

/// A request that the twin sent for one event.
#[derive(Debug)]
struct Sent {
    path: String,
    headers: HeaderMap,
    body: Bytes,
}

impl Sent {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// Runs a twin that receives these events. Returns what it sends. After the last event the stub does not respond, as Lambda
/// while there are no requests.
async fn run(events: Vec<Value>, mode: InvokeMode) -> Vec<Sent> {
    let count = events.len();
    let (address, mut received) = serve(events).await;
    let runtime = Runtime::new(&address);
    let twin = testing::api(&[("TURNS_PER_MINUTE", "100")]);
    tokio::spawn(async move { runtime.run(twin.api, mode).await });
    let mut all = Vec::new();
    while all.len() < count {
        all.push(received.recv().await.unwrap());
    }
    all
}

/// Starts a stub. Returns its address and a receiver of what the twin sends.
async fn serve(events: Vec<Value>) -> (String, mpsc::UnboundedReceiver<Sent>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (sent, received) = mpsc::unbounded_channel();
    let queue = Arc::new(Mutex::new(VecDeque::from(events)));
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (queue, sent) = (Arc::clone(&queue), sent.clone());
            let service = service_fn(move |request| lambda(Arc::clone(&queue), sent.clone(), request));
            tokio::spawn(
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
            );
        }
    });
    (address, received)
}

async fn lambda(
    queue: Arc<Mutex<VecDeque<Value>>>,
    sent: mpsc::UnboundedSender<Sent>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path().to_owned();
    if !path.ends_with("/next") {
        let headers = request.headers().clone();
        let body = request.into_body().collect().await.unwrap().to_bytes();
        sent.send(Sent { path, headers, body }).unwrap();
        return Ok(Response::new(Full::new(Bytes::new())));
    }
    let event = queue.lock().unwrap().pop_front();
    let Some(event) = event else {
        return std::future::pending().await;
    };
    let deadline = crate::clock::now().as_millisecond() + 600_000;
    let response = Response::builder()
        .header("lambda-runtime-aws-request-id", "r-1")
        .header("lambda-runtime-deadline-ms", deadline.to_string())
        .body(Full::new(event.to_string().into()));
    Ok(response.unwrap())
}

fn v2(method: &str, path: &str, domain: &str, body: &Value) -> Value {
    json!({
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json", "accept": "text/event-stream", "origin": "https://me.example"},
        "requestContext": {"http": {"method": method, "path": path}, "domainName": domain, "stage": "$default"},
        "body": body.to_string(),
        "isBase64Encoded": false,
    })
}

fn hello() -> Value {
    json!({"message": "Who are you?", "session_id": "s1"})
}

#[tokio::test]
async fn work_that_does_not_end_delays_the_next_event_until_shortly_before_the_deadline() {
    let model = model(&[Step::Hang]).await;
    let twin = testing::api(&testing::openai(&model.url));
    let api = Arc::clone(&twin.api);
    let endless = tokio::spawn(async move { twin.say("Hi").await });
    model.wait_for_requests(1).await;
    testing::in_time(wait_for_work(&api, Deadline::after(2 * FREEZE_MARGIN))).await;
    assert!(!endless.is_finished());
    endless.abort();
    drop(endless.await);
    testing::in_time(wait_for_work(&api, Deadline::after(testing::NEVER))).await;
}

#[tokio::test]
async fn an_http_api_receives_json_even_if_the_client_accepts_a_stream() {
    let sent = run(vec![v2("POST", "/api/chat", "x.execute-api.eu", &hello())], InvokeMode::Buffered).await;
    assert!(sent[0].path.ends_with("/invocation/r-1/response"));
    let reply = sent[0].json();
    assert_eq!(reply["statusCode"], 200);
    assert_eq!(reply["headers"]["x-session-id"], "s1");
    let body: Value = serde_json::from_str(reply["body"].as_str().unwrap()).unwrap();
    assert_eq!(body["session_id"], "s1");
}

#[tokio::test]
async fn a_turn_is_stopped_in_both_modes() {
    for (mode, domain) in [
        (InvokeMode::Buffered, "x.execute-api.eu"),
        (InvokeMode::ResponseStream, "abc.lambda-url.eu-west-1.on.aws"),
    ] {
        let chat = json!({"message": "Who are you?", "session_id": "s1", "turn": "t"});
        let stop = json!({"session_id": "s1", "turn": "t", "shown": 4});
        let events = vec![
            v2("POST", "/api/chat", domain, &chat),
            v2("POST", "/api/chat/stop", domain, &stop),
            v2("GET", "/api/chat/history/s1", domain, &json!(null)),
        ];
        let sent = run(events, mode).await;
        let text = |at: usize| String::from_utf8_lossy(&sent[at].body).replace('\\', "");
        assert!(text(1).contains(r#""statusCode":204"#), "{}", text(1));
        assert!(
            text(2).contains(r#""content":"I am""#) && text(2).contains(r#""stopped":true"#),
            "{}",
            text(2)
        );
    }
}

#[tokio::test]
async fn payload_1_0_and_base64_bodies_are_parsed() {
    let event = json!({
        "httpMethod": "POST",
        "path": "/chat",
        "multiValueHeaders": {"Content-Type": ["application/json"]},
        "requestContext": {"stage": "prod"},
        "body": aws_smithy_types::base64::encode(hello().to_string().as_bytes()),
        "isBase64Encoded": true,
    });
    let sent = run(vec![event], InvokeMode::Buffered).await;
    assert_eq!(sent[0].json()["statusCode"], 200, "{:?}", sent[0].body);
}

#[tokio::test]
async fn a_named_stage_is_removed_from_the_path() {
    let mut event = v2("GET", "/dev/health", "x.execute-api.eu", &Value::Null);
    event["requestContext"]["stage"] = "dev".into();
    let sent = run(vec![event], InvokeMode::Buffered).await;
    assert_eq!(sent[0].json()["statusCode"], 200);
}

#[tokio::test]
async fn a_function_url_receives_a_prelude_and_a_stream() {
    let url = "abc.lambda-url.eu-west-1.on.aws";
    let events = vec![v2("POST", "/api/chat", url, &hello()), v2("GET", "/health", url, &Value::Null)];
    let sent = run(events, InvokeMode::ResponseStream).await;
    for (at, starts) in [(0, "event: session\n"), (1, "{\"ai_model\"")] {
        let Sent { headers, body, .. } = &sent[at];
        assert_eq!(headers["lambda-runtime-function-response-mode"], "streaming");
        assert_eq!(headers["transfer-encoding"], "chunked");
        let split = body.windows(8).position(|window| window == [0; 8]).unwrap();
        let prelude: Value = serde_json::from_slice(&body[..split]).unwrap();
        assert_eq!(prelude["statusCode"], 200);
        let text = std::str::from_utf8(&body[split + 8..]).unwrap();
        assert!(text.starts_with(starts), "{text}");
    }
}

#[tokio::test]
async fn the_smoke_test_returns_the_health() {
    let sent = run(vec![json!({"twinctl": "smoke"})], InvokeMode::Buffered).await;
    let health = sent[0].json();
    assert_eq!((&health["status"], &health["ai_provider"]), (&json!("healthy"), &json!("builtin")));
    assert!(health["version"].is_string());
}

#[tokio::test]
async fn the_smoke_test_answers_the_question_if_asked() {
    let smoke = json!({"twinctl": "smoke"});
    let sent = run(vec![json!({"twinctl": "smoke", "ask": true}), smoke], InvokeMode::Buffered).await;
    let health = sent[0].json();
    assert_eq!(health["status"], "healthy");
    assert!(health["question"]["characters"].as_u64() > Some(0), "{health}");
    assert!(sent[1].json().get("question").is_none());
}

/// A visitor controls the path, the query, the headers and the body of an event, but none of its top-level fields.
/// Even if one could, the event would stay an HTTP request.
#[tokio::test]
async fn no_http_request_is_a_smoke_test() {
    let smoke = json!({"twinctl": "smoke", "ask": true});
    let in_body = v2("POST", "/api/chat", "x.execute-api.eu", &smoke);
    let mut in_headers = v2("GET", "/api/health", "x.execute-api.eu", &smoke);
    in_headers["headers"]["twinctl"] = "smoke".into();
    in_headers["rawQueryString"] = "twinctl=smoke&ask=true".into();
    let mut at_top = v2("POST", "/api/chat", "x.execute-api.eu", &smoke);
    let mut at_top_v1 = json!({"httpMethod": "GET", "path": "/health"});
    for event in [&mut at_top, &mut at_top_v1] {
        event["twinctl"] = "smoke".into();
        event["ask"] = true.into();
    }
    let sent = run(vec![in_body, in_headers, at_top, at_top_v1], InvokeMode::Buffered).await;
    let statuses: Vec<_> = sent.iter().map(|sent| sent.json()["statusCode"].clone()).collect();
    assert_eq!(statuses, [422, 200, 422, 200]);
    assert!(sent.iter().all(|sent| !sent.json().to_string().contains("question")), "{sent:?}");
}

#[tokio::test]
async fn an_unknown_event_is_an_error_and_the_next_one_is_answered() {
    let unknown = vec![json!(null), json!([1]), json!({"a": {"b": 1}}), json!({"requestContext": 7})];
    let mut events = unknown.clone();
    events.push(json!({"twinctl": "smoke"}));
    let sent = run(events, InvokeMode::Buffered).await;
    for sent in &sent[..unknown.len()] {
        assert!(sent.path.ends_with("/invocation/r-1/error"), "{sent:?}");
    }
    assert_eq!(sent[unknown.len()].json()["status"], "healthy");
}

#[tokio::test]
async fn init_errors_are_reported() {
    let (address, mut received) = serve(Vec::new()).await;
    Runtime::new(&address).report_init_error("AI_PROVIDER is \"x\"").await.unwrap();
    let sent = received.recv().await.unwrap();
    assert!(sent.path.ends_with("/runtime/init/error"));
    assert_eq!(sent.json()["errorMessage"], "AI_PROVIDER is \"x\"");
}

proptest::proptest! {
    #[test]
    fn arbitrary_payloads_do_not_panic(bytes in proptest::collection::vec(0u8.., 0..200), method in ".{0,8}", path in ".{0,30}") {
        drop(event::parse(&bytes, InvokeMode::Buffered));
        let built = json!({"rawPath": path, "requestContext": {"http": {"method": method}}, "headers": {method.clone(): path}});
        drop(event::parse(built.to_string().as_bytes(), InvokeMode::Buffered));
    }
}
