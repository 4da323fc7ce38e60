//! Streamed responses behind a REST API.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::Instant;

use super::rest_api::{Abandoned, Parser, Part, RestApi, Visit, event};
use super::v2;
use crate::body::Body;
use crate::config::InvokeMode;
use crate::http::Transport;
use crate::runtime::Runtime;
use crate::runtime::event::{self, Event};
use crate::runtime::reply::Reply;
use crate::testing::model::{Step, model};
use crate::testing::{self, Testing, openai};

const STREAM: &str = "text/event-stream";
const JSON: &str = "application/json";

fn run(twin: &Testing, api: &RestApi) {
    let (runtime, twin) = (Runtime::new(&api.address), Arc::clone(&twin.api));
    tokio::spawn(async move { runtime.run(twin, InvokeMode::RestApi).await });
}

fn ask(api: &RestApi, accept: &str, turn: &str) -> Visit {
    let body = json!({"message": "Who are you?", "session_id": "conversation-1", "turn": turn});
    api.visit("POST", "/api/chat", accept, &body)
}

#[tokio::test]
async fn every_event_of_a_rest_api_is_answered_in_the_streamed_form() {
    let secret = "0123456789abcdef0123456789abcdef";
    let hash = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(secret));
    let twin = testing::api(&[("ORIGIN_SECRET_HASHES", &hash)]);
    let mut api = RestApi::start(Abandoned::Closed).await;
    run(&twin, &api);
    let hello = json!({"message": "Who are you?"});
    for (method, path, accept, body, is_sent, status, start) in [
        ("POST", "/api/chat", STREAM, &hello, true, 200, "event: session\n"),
        ("POST", "/api/chat", JSON, &hello, true, 200, "{\"response\""),
        ("GET", "/api/health", JSON, &json!(null), false, 200, "{\"ai_model\""),
        ("GET", "/api/stream-check", JSON, &json!(null), true, 200, "data: 1\n\ndata: 2\n\n"),
        ("HEAD", "/api/health", JSON, &json!(null), true, 200, ""),
        ("OPTIONS", "/api/chat", JSON, &json!(null), true, 204, ""),
        ("GET", "/api/stream-check", JSON, &json!(null), false, 403, "{\"code\":\"forbidden\""),
        ("POST", "/api/chat", STREAM, &hello, false, 403, "{\"code\":\"forbidden\""),
        ("POST", "/api/chat", STREAM, &json!([]), true, 422, "{\"code\":\"bad_body\""),
        ("GET", "/api/nothing", STREAM, &json!(null), true, 404, "{\"code\":\"not_found\""),
        ("PUT", "/api/chat", STREAM, &json!(null), true, 405, "{\"code\":\"method_not_allowed\""),
    ] {
        let mut event = event(method, path, accept, &body.to_string());
        if is_sent {
            event["headers"]["x-origin-secret"] = secret.into();
        }
        let (head, text) = api.send(event).complete().await;
        assert_eq!(head["statusCode"], status, "{method} {path} {text}");
        assert!(text.starts_with(start), "{method} {path} {text}");
        assert!(head["headers"]["x-correlation-id"].is_string());
        let headers = api.response_headers().await;
        assert_eq!(headers["lambda-runtime-function-response-mode"], "streaming");
        assert_eq!(headers["transfer-encoding"], "chunked");
        assert_eq!(headers["content-type"], "application/vnd.awslambda.http-integration-response");
        assert_eq!(headers["connection"], "close");
        assert_eq!(headers.get_all("trailer").iter().count(), 2);
    }
}

#[test]
fn events_tell_whether_the_response_is_streamed() {
    let rest = event("GET", "/api/health", JSON, "");
    let mut http_v1 = rest.clone();
    http_v1["version"] = "1.0".into();
    let load_balancer = json!({"httpMethod": "GET", "path": "/", "requestContext": {"elb": {}}});
    let http_v2 = v2("GET", "/api/health", "x.execute-api.eu", &json!(null));
    let url = v2("GET", "/api/health", "abc.lambda-url.eu-west-1.on.aws", &json!(null));
    for (event, modes) in [
        (rest, [true, false, true]),
        (http_v1, [false; 3]),
        (http_v2, [false; 3]),
        (load_balancer, [false; 3]),
        (url, [false, false, true]),
    ] {
        let transports =
            [InvokeMode::RestApi, InvokeMode::Buffered, InvokeMode::ResponseStream].map(|mode| {
                let Event::Http { transport, .. } = event::parse(event.to_string().as_bytes(), mode) else {
                    panic!("{event} is no request")
                };
                transport == Transport::Streaming
            });
        assert_eq!(transports, modes, "{event}");
    }
}

#[tokio::test]
async fn a_response_is_understood_however_it_is_divided() {
    let response = http::Response::builder().header("x-a", "ä").header("vary", "a").header("vary", "b");
    let body = Body::Full("data: \0\0\0 é\n\n".into());
    let reply = Reply::wrap(response.body(body).unwrap(), Transport::Streaming).await;
    let bytes = http_body_util::BodyExt::collect(reply).await.unwrap().to_bytes();
    let parse = |chunks: &[Bytes]| {
        let mut parser = Parser::default();
        let (mut head, mut body) = (Value::Null, Vec::new());
        for part in chunks.iter().flat_map(|chunk| parser.push(chunk.clone())) {
            match part {
                Part::Head(prelude) => head = prelude,
                Part::Data(bytes) => body.extend_from_slice(&bytes),
                other => panic!("{other:?}"),
            }
        }
        (head, String::from_utf8(body).unwrap())
    };
    let whole = parse(std::slice::from_ref(&bytes));
    assert_eq!(whole.0["headers"]["vary"], "a, b");
    assert_eq!(whole.1, "data: \0\0\0 é\n\n");
    for at in 0..=bytes.len() {
        assert_eq!(parse(&[bytes.slice(..at), bytes.slice(at..)]), whole, "divided at {at}");
    }
    let single: Vec<Bytes> = (0..bytes.len()).map(|at| bytes.slice(at..=at)).collect();
    assert_eq!(parse(&single), whole);
}

#[tokio::test]
async fn a_model_that_fails_in_the_middle_is_an_error_event() {
    let model = model(&[Step::CloseAfter("I was abou")]).await;
    let twin = testing::api(&openai(&model.url));
    let api = RestApi::start(Abandoned::Closed).await;
    run(&twin, &api);
    let (head, text) = ask(&api, STREAM, "t1").complete().await;
    assert_eq!(head["statusCode"], 200);
    assert!(text.contains("I was abou") && text.contains("event: error\n"), "{text}");
}

#[tokio::test]
async fn an_interrupted_stream_ends_with_trailers() {
    let api = RestApi::start(Abandoned::Closed).await;
    let mut visit = api.visit("GET", "/", STREAM, &json!(null));
    let runtime = Runtime::new(&api.address);
    runtime.next().await.unwrap();
    let (chunks, body) = mpsc::channel(1);
    let reply = Reply::wrap(http::Response::new(Body::stream(body)), Transport::Streaming).await;
    tokio::spawn(async move { runtime.reply("r-1", reply).await });
    chunks.send("data: 1\n\n".into()).await.unwrap();
    assert_eq!(visit.until("data: 1").await, "data: 1\n\n");
    drop(chunks);
    let Part::Failed { kind, body } = visit.next().await else { panic!("no trailers") };
    assert_eq!(
        (kind.as_str(), &body["errorMessage"]),
        ("Twin.Interrupted", &json!("the stream was interrupted"))
    );
}

/// The function is frozen while it waits for an event, so it may ask for one only after the turn is saved.
#[tokio::test]
async fn a_turn_is_saved_before_the_next_event_if_the_visitor_leaves() {
    let model = model(&[Step::HangAfter("Well, ää")]).await;
    let twin = testing::api(&openai(&model.url));
    let api = RestApi::start(Abandoned::Closed).await;
    run(&twin, &api);
    let mut visit = ask(&api, STREAM, "t1");
    visit.until("Well").await;
    let next = api.visit("GET", "/api/chat/history/conversation-1", JSON, &json!(null));
    drop(visit);
    let (_, history) = next.complete().await;
    assert!(
        history.contains(r#""content":"Well, ää""#) && history.contains(r#""stopped":true"#),
        "{history}"
    );
    assert_eq!(twin.log()[0]["code"], "client_gone");
}

#[tokio::test]
async fn a_turn_is_completed_if_the_function_does_not_notice_that_the_visitor_leaves() {
    let gate = Arc::new(Semaphore::new(0));
    let model = model(&[Step::Number(Arc::clone(&gate))]).await;
    let twin = testing::api(&openai(&model.url));
    let api = RestApi::start(Abandoned::Received).await;
    run(&twin, &api);
    let mut visit = ask(&api, STREAM, "t1");
    visit.until("event: session").await;
    let next = api.visit("GET", "/api/chat/history/conversation-1", JSON, &json!(null));
    drop(visit);
    gate.add_permits(1);
    let (_, history) = next.complete().await;
    assert!(history.contains("Answer 1, ää🦀.") && !history.contains("stopped"), "{history}");
}

#[tokio::test(start_paused = true)]
async fn comments_keep_a_stream_open_while_the_model_thinks() {
    let gate = Arc::new(Semaphore::new(0));
    let model = model(&[Step::Number(Arc::clone(&gate))]).await;
    let twin = testing::api(&openai(&model.url));
    let api = RestApi::start(Abandoned::Closed).await;
    run(&twin, &api);
    let started = Instant::now();
    let mut visit = ask(&api, STREAM, "t1");
    visit.until("event: session").await;
    for number in 1..=24 {
        assert_eq!(visit.until("\n\n").await, ": the model is thinking\n\n");
        // Less than the 30 seconds that CloudFront waits.
        assert!(started.elapsed() < Duration::from_secs(15 * number + 10), "{:?}", started.elapsed());
    }
    assert!(started.elapsed() > Duration::from_mins(5), "longer than API Gateway waits for a chunk");
    gate.add_permits(1);
    assert!(visit.until("event: done").await.contains("Answer 1, ää🦀."));
}

/// Shows that the stand-in has the limit which the comments prevent.
#[tokio::test(start_paused = true)]
async fn a_stream_without_comments_is_cut_off_after_five_minutes() {
    let api = RestApi::start(Abandoned::Received).await;
    let mut visit = api.visit("GET", "/", STREAM, &json!(null));
    let runtime = Runtime::new(&api.address);
    runtime.next().await.unwrap();
    let (_chunks, body) = mpsc::channel(1);
    let reply = Reply::wrap(http::Response::new(Body::stream(body)), Transport::Streaming).await;
    let started = Instant::now();
    tokio::spawn(async move { runtime.reply("r-1", reply).await });
    assert!(matches!(visit.next().await, Part::Head(_)));
    assert_eq!(visit.next().await, Part::IdleTimeout);
    assert!(started.elapsed() >= Duration::from_mins(5));
}

#[tokio::test(start_paused = true)]
async fn both_parts_of_the_stream_check_are_sent_apart() {
    let twin = testing::api(&[]);
    let api = RestApi::start(Abandoned::Closed).await;
    run(&twin, &api);
    let mut visit = api.visit("GET", "/api/stream-check", STREAM, &json!(null));
    assert_eq!(visit.until("\n\n").await, "data: 1\n\n");
    let first = Instant::now();
    assert_eq!(visit.until("\n\n").await, "data: 2\n\n");
    assert!(first.elapsed() >= Duration::from_millis(299));
    assert_eq!(visit.next().await, Part::End);
}

/// A REST API of twinctl has no access log, so the function's line replaces it.
#[tokio::test]
async fn a_line_without_the_conversation_describes_each_request() {
    let twin = testing::api(&[]);
    let api = RestApi::start(Abandoned::Closed).await;
    run(&twin, &api);
    ask(&api, STREAM, "t1").complete().await;
    api.visit("GET", "/api/chat/history/conversation-1", JSON, &json!(null)).complete().await;
    api.visit("GET", "/api/conversation/conversation-1", JSON, &json!(null)).complete().await;
    api.visit("GET", "/api/other/conversation-1", JSON, &json!(null)).complete().await;
    let lines = twin.log();
    let shown: Vec<String> = lines
        .iter()
        .filter(|line| line["route"].is_string())
        .map(|line| {
            assert!(
                line["duration_ms"].is_number() && !line.to_string().contains("conversation-1"),
                "{line}"
            );
            format!("{} {} {}", line["method"], line["route"], line["status"]).replace('"', "")
        })
        .collect();
    assert_eq!(shown, ["POST chat 200", "GET history 200", "GET conversation 200", "GET none 404"]);
}
