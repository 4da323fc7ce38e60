//! Frames at every split, stop reasons, refusals.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue as Text, Message};
use bytes::Bytes;
use http::{Request, Response};

use super::*;
use crate::body::Body;
use crate::model::Decode;
use crate::testing::api;
use crate::testing::serve::serve;

fn frame(headers: &[(&'static str, &'static str)], payload: &Value) -> Vec<u8> {
    let headers = headers.iter().map(|(name, value)| Header::new(*name, Text::String((*value).into())));
    let message = Message::new_from_parts(headers.collect(), Bytes::from(payload.to_string()));
    let mut bytes = Vec::new();
    write_message_to(&message, &mut bytes).unwrap();
    bytes
}

fn event(kind: &'static str, payload: &Value) -> Vec<u8> {
    frame(&[(":message-type", "event"), (":event-type", kind)], payload)
}

fn answer() -> Vec<u8> {
    [
        event("messageStart", &json!({"role": "assistant"})),
        event("contentBlockDelta", &json!({"delta": {"text": "Grüße "}})),
        event("contentBlockDelta", &json!({"delta": {"reasoningContent": {"text": "hm"}}})),
        event("contentBlockDelta", &json!({"delta": {"text": "日本"}})),
        event("contentBlockStop", &json!({})),
        event("messageStop", &json!({"stopReason": "end_turn"})),
        event("metadata", &json!({"usage": {"inputTokens": 12, "outputTokens": 3}})),
    ]
    .concat()
}

fn expected() -> Vec<Piece> {
    vec![
        Piece::Text("Grüße ".to_owned()),
        Piece::Text("日本".to_owned()),
        Piece::Stop(Stop::Done),
        Piece::Usage { input: 12, output: 3 },
    ]
}

fn decode(parts: &[&[u8]]) -> Result<Vec<Piece>, ModelError> {
    let (mut frames, mut pieces) = (Frames::default(), VecDeque::new());
    for part in parts {
        frames.decode(part, &mut pieces)?;
    }
    if frames.is_complete() { Ok(pieces.into()) } else { Err(ModelError::CutOff) }
}

#[test]
fn frames_are_read_at_every_split() {
    let bytes = answer();
    for at in 0..=bytes.len() {
        let (before, after) = bytes.split_at(at);
        assert_eq!(decode(&[before, after]).unwrap(), expected(), "split at {at}");
    }
    let single: Vec<&[u8]> = bytes.chunks(1).collect();
    assert_eq!(decode(&single).unwrap(), expected());
}

#[test]
fn an_answer_that_ends_early_is_not_taken_for_whole() {
    let bytes = answer();
    let stop_at =
        bytes.len() - event("metadata", &json!({"usage": {"inputTokens": 12, "outputTokens": 3}})).len();
    for end in 0..stop_at {
        assert!(matches!(decode(&[&bytes[..end]]), Err(ModelError::CutOff)), "ended at {end}");
    }
}

#[test]
fn an_exception_in_the_stream_is_an_error() {
    let throttled = frame(
        &[(":message-type", "exception"), (":exception-type", "throttlingException")],
        &json!({"message": "slow down"}),
    );
    let start = event("contentBlockDelta", &json!({"delta": {"text": "a"}}));
    assert!(matches!(decode(&[&start, &throttled]), Err(ModelError::Throttled(_))));
}

#[test]
fn refusals_say_whether_to_try_again() {
    let cases = [
        (429, "Too many requests", true),
        (408, "timed out", true),
        (424, "model failed", true),
        (500, "", true),
        (503, "busy", true),
        (400, "on-demand throughput isn\u{2019}t supported", false),
        (403, "no access", false),
        (404, "no such model", false),
    ];
    for (status, message, passing) in cases {
        let body = json!({"message": message}).to_string();
        let error = refusal(StatusCode::from_u16(status).unwrap(), body.as_bytes());
        assert_eq!(error.is_passing(), passing, "{status}");
    }
    let error = refusal(StatusCode::BAD_REQUEST, br#"{"message": "on-demand throughput isn't supported"}"#);
    assert!(error.to_string().contains("eu., us., apac. or global."), "{error}");
}

#[test]
fn only_models_that_keep_prompts_get_a_cache_point() {
    let cases = [
        ("eu.amazon.nova-lite-v1:0", true),
        ("us.anthropic.claude-sonnet-4-20250514-v1:0", true),
        ("anthropic.claude-3-haiku-20240307-v1:0", false),
        ("meta.llama3-1-8b-instruct-v1:0", false),
    ];
    for (model, keeps) in cases {
        assert_eq!(keeps_prompts(model), keeps, "{model}");
    }
}

/// Answers like Bedrock, and keeps what it was asked.
async fn bedrock() -> (String, Arc<Mutex<Vec<Request<Bytes>>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&asked);
    let url = serve(move |request: Request<Bytes>| {
        let body = if request.uri().path().ends_with("/converse-stream") {
            answer().into()
        } else {
            json!({"output": {"message": {"content": [{"text": "Grüße "}, {"text": "日本"}]}}, "stopReason": "end_turn"})
                .to_string()
                .into()
        };
        kept.lock().unwrap().push(request);
        async move { Response::new(Body::Whole(body)) }
    })
    .await;
    (url, asked)
}

#[tokio::test]
async fn both_ways_of_asking_give_the_same_answer() {
    let (url, asked) = bedrock().await;
    let twin = api(&[
        ("AI_PROVIDER", "bedrock"),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ENDPOINT_URL", &url),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_SESSION_TOKEN", "token"),
    ]);
    assert_eq!(twin.say("Hi").await.json()["response"], "Grüße 日本");
    let streamed = twin.chat(&json!({"message": "Hi", "stream": true})).await;
    assert_eq!(streamed.events().last().unwrap().1["response"], "Grüße 日本");

    let asked = asked.lock().unwrap();
    let paths: Vec<&str> = asked.iter().map(|request| request.uri().path()).collect();
    let model = "/model/eu%2Eamazon%2Enova%2Dlite%2Dv1%3A0";
    assert_eq!(paths, [format!("{model}/converse"), format!("{model}/converse-stream")]);
    let authorization = asked[0].headers()["authorization"].to_str().unwrap();
    assert!(authorization.contains("/eu-west-1/bedrock/aws4_request"), "{authorization}");
    assert_eq!(asked[0].headers()["x-amz-security-token"], "token");
    let body: Value = serde_json::from_slice(asked[0].body()).unwrap();
    let system = body["system"].as_array().unwrap();
    assert!(system[0]["text"].as_str().unwrap().starts_with("You are the digital twin of Ada Example"));
    assert_eq!(system[1], json!({"cachePoint": {"type": "default"}}));
    assert!(system[2]["text"].as_str().unwrap().starts_with("Today is "));
    assert_eq!(body["messages"], json!([{"role": "user", "content": [{"text": "Hi"}]}]));
}

proptest::proptest! {
    #[test]
    fn no_bytes_break_the_reader(bytes in proptest::collection::vec(0u8.., 0..300)) {
        drop(decode(&[&bytes]));
        drop(whole(&bytes, Deadline::after(std::time::Duration::ZERO)));
    }
}
