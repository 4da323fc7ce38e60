//! Tests of the event stream, error responses and request bodies.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue as Text, Message};
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};

use super::*;
use crate::body::Body;
use crate::config::Scope;
use crate::model::{Chunk, Decoder, Stop, Usage};
use crate::persona::Persona;
use crate::prompt::{SystemPrompt, Turn};
use crate::testing::serve::serve;
use crate::testing::{NEVER, api, signature};

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

fn usage() -> Value {
    let usage = json!({
        "inputTokens": 2, "cacheReadInputTokens": 7, "cacheWriteInputTokens": 3, "outputTokens": 3, "totalTokens": 15,
    });
    json!({"usage": usage})
}

fn answer() -> Vec<u8> {
    [
        event("messageStart", &json!({"role": "assistant"})),
        event("contentBlockDelta", &json!({"delta": {"text": "Grüße "}})),
        event("contentBlockDelta", &json!({"delta": {"reasoningContent": {"text": "hm"}}})),
        event("contentBlockDelta", &json!({"delta": {"text": "日本"}})),
        event("contentBlockStop", &json!({})),
        event("messageStop", &json!({"stopReason": "end_turn"})),
        event("metadata", &usage()),
    ]
    .concat()
}

fn expected() -> Vec<Chunk> {
    vec![
        Chunk::Text("Grüße ".to_owned()),
        Chunk::Text("日本".to_owned()),
        Chunk::Stop(Stop::Done),
        Chunk::Usage(Usage { input: 12, cached: Some(7), cache_written: Some(3), output: 3 }),
    ]
}

fn decode(parts: &[&[u8]]) -> Result<Vec<Chunk>, ModelError> {
    let (mut decoder, mut chunks) = (FrameDecoder::default(), VecDeque::new());
    for part in parts {
        decoder.decode(part, &mut chunks)?;
    }
    if decoder.is_complete() { Ok(chunks.into()) } else { Err(ModelError::Truncated) }
}

#[test]
fn frames_are_decoded_at_every_split() {
    let bytes = answer();
    for at in 0..=bytes.len() {
        let (before, after) = bytes.split_at(at);
        assert_eq!(decode(&[before, after]).unwrap(), expected(), "split at {at}");
    }
    let single: Vec<&[u8]> = bytes.chunks(1).collect();
    assert_eq!(decode(&single).unwrap(), expected());
}

#[test]
fn a_truncated_answer_is_an_error() {
    let bytes = answer();
    let stop_at = bytes.len() - event("metadata", &usage()).len();
    for end in 0..stop_at {
        assert!(matches!(decode(&[&bytes[..end]]), Err(ModelError::Truncated)), "ended at {end}");
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
fn error_responses_are_classified() {
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
    for (status, message, transient) in cases {
        let body = json!({"message": message}).to_string();
        let error = response_error(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), body.as_bytes());
        assert_eq!(error.is_transient(), transient, "{status}");
    }
    let body = br#"{"message": "on-demand throughput isn't supported"}"#;
    let error = response_error(StatusCode::BAD_REQUEST, &HeaderMap::new(), body);
    assert!(error.to_string().contains("eu., us., apac. or global."), "{error}");
}

fn prompt() -> Prompt {
    let turn = |role, text: &str| Turn { role, text: text.to_owned() };
    Prompt {
        system: Arc::new(SystemPrompt {
            tokens: 5_000,
            ..SystemPrompt::new(Persona::default(), Scope::Owner)
        }),
        today: "Today is Saturday, 31 January 2026.".to_owned(),
        turns: vec![
            turn(Role::User, "Who are you?"),
            turn(Role::Assistant, "Ada."),
            turn(Role::User, "Grüße! \"日本\""),
        ],
        answer_tokens: contract::limits::ANSWER_TOKENS,
    }
}

/// One model of each family. `twinctl/tests/aws/deploy/conformance/twin_lambda.rs` validates the snapshot against AWS's model of Converse.
#[test]
fn request_bodies_by_model_family() {
    let models = [
        "amazon.titan-text-lite-v1",
        "anthropic.claude-3-haiku-20240307-v1:0",
        "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/a1b2",
        "eu.amazon.nova-micro-v1:0",
        "eu.anthropic.claude-haiku-4-5-20251001-v1:0",
        "global.anthropic.claude-opus-5-5",
        "us.anthropic.claude-opus-4-8",
        "us.deepseek.r1-v1:0",
        "global.amazon.nova-2-lite-v1:0",
        "mistral.mistral-large-2402-v1:0",
        "openai.gpt-oss-20b-1:0",
        "us.meta.llama3-3-70b-instruct-v1:0",
    ];
    let aws = signature::aws(&signature::cases("bedrock-runtime")[0]);
    let bodies = models.map(|model| {
        let model = Bedrock::new(aws.clone(), model.to_owned());
        let mut body = body(&prompt(), model.settings.parameters(0));
        body["system"][0]["text"] = json!("SYSTEM");
        format!("\"{}\": {body}", model.model)
    });
    insta::assert_snapshot!(format!("{{\n{}\n}}", bodies.join(",\n")));
}

#[test]
fn requests_are_signed_as_botocore_signs_them() {
    for case in signature::cases("bedrock-runtime") {
        let aws = signature::aws(&case);
        let model = case["parameters"]["modelId"].as_str().unwrap();
        let delivery = if case["operation"] == "Converse" { Delivery::Full } else { Delivery::Streamed };
        let model = Bedrock::new(aws.clone(), model.to_owned());
        let request = model.request(&prompt(), model.settings.parameters(0), delivery);
        let body = Bytes::from(case["body"].as_str().unwrap().to_owned());
        signature::check(&case, &aws, AwsRequest { body, ..request });
    }
}

/// Starts a stub of Bedrock. Returns its URL and the requests that it received.
async fn bedrock() -> (String, Arc<Mutex<Vec<Request<Bytes>>>>) {
    let requests = Arc::new(Mutex::new(Vec::new()));
    let received = Arc::clone(&requests);
    let url = serve(move |request: Request<Bytes>| {
        let body = if request.uri().path().ends_with("/converse-stream") {
            answer().into()
        } else {
            json!({"output": {"message": {"content": [{"text": "Grüße "}, {"text": "日本"}]}}, "stopReason": "end_turn"})
                .to_string()
                .into()
        };
        received.lock().unwrap().push(request);
        async move { Response::new(Body::Full(body)) }
    })
    .await;
    (url, requests)
}

fn settings(url: &str) -> [(&str, &str); 6] {
    [
        ("AI_PROVIDER", "bedrock"),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ENDPOINT_URL", url),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_SESSION_TOKEN", "token"),
    ]
}

#[tokio::test]
async fn nova_answers_the_question_before_a_release_with_at_most_64_tokens() {
    let (url, requests) = bedrock().await;
    api(&settings(&url)).api.question(Deadline::after(NEVER)).await;
    let requests = requests.lock().unwrap();
    assert_eq!(requests[0].uri().path(), "/model/eu.amazon.nova-micro-v1%3A0/converse");
    let body: Value = serde_json::from_slice(requests[0].body()).unwrap();
    assert_eq!(body["inferenceConfig"]["maxTokens"], 64);
}

#[tokio::test]
async fn converse_and_converse_stream_give_the_same_answer() {
    let (url, requests) = bedrock().await;
    let settings = settings(&url);
    let twin = api(&settings);
    assert_eq!(twin.say("Hi").await.json()["response"], "Grüße 日本");
    let twin = api(&settings);
    std::fs::write(twin.path("data/summary.txt"), "I build small things. ".repeat(200)).unwrap();
    let streamed = twin.chat(&json!({"message": "Hi", "stream": true})).await;
    assert_eq!(streamed.events().last().unwrap().1["response"], "Grüße 日本");

    let requests = requests.lock().unwrap();
    let paths: Vec<&str> = requests.iter().map(|request| request.uri().path()).collect();
    let model = "/model/eu.amazon.nova-micro-v1%3A0";
    assert_eq!(paths, [format!("{model}/converse"), format!("{model}/converse-stream")]);
    let authorization = requests[0].headers()["authorization"].to_str().unwrap();
    assert!(authorization.contains("/eu-west-1/bedrock/aws4_request"), "{authorization}");
    assert_eq!(requests[0].headers()["x-amz-security-token"], "token");
    let body: Value = serde_json::from_slice(requests[0].body()).unwrap();
    assert_eq!(body["system"].as_array().unwrap().len(), 2, "a short prompt has no cache point");
    let body: Value = serde_json::from_slice(requests[1].body()).unwrap();
    let system = body["system"].as_array().unwrap();
    assert!(system[0]["text"].as_str().unwrap().starts_with("You are the digital twin of Ada Example"));
    assert_eq!(system[1], json!({"cachePoint": {"type": "default"}}));
    assert!(system[2]["text"].as_str().unwrap().starts_with("Today is "));
    assert_eq!(body["messages"], json!([{"role": "user", "content": [{"text": "Hi"}]}]));
}

#[tokio::test]
async fn a_refused_temperature_and_cache_point_are_left_out_of_later_requests() {
    let bodies = Arc::new(Mutex::new(Vec::new()));
    let received = Arc::clone(&bodies);
    let url = serve(move |request: Request<Bytes>| {
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        let (status, answer) = if !body["inferenceConfig"]["temperature"].is_null() {
            (400, json!({"message": "The model returned the following errors: `temperature` is deprecated for this model."}))
        } else if body["system"].as_array().unwrap().len() == 3 {
            (403, json!({"message": "You invoked an unsupported model or your request did not allow prompt caching."}))
        } else {
            (200, json!({"output": {"message": {"content": [{"text": "ok"}]}}, "stopReason": "end_turn"}))
        };
        received.lock().unwrap().push(body);
        async move { Response::builder().status(status).body(Body::Full(answer.to_string().into())).unwrap() }
    })
    .await;
    let twin = api(&[
        ("AI_PROVIDER", "bedrock"),
        ("BEDROCK_MODEL_ID", "eu.amazon.nova-micro-v1:0"),
        ("AWS_ENDPOINT_URL", &url),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
    ]);
    std::fs::write(twin.path("data/summary.txt"), "I build small things. ".repeat(200)).unwrap();
    for requests in [3, 4] {
        assert_eq!(twin.say("Hi").await.json()["response"], "ok");
        assert_eq!(bodies.lock().unwrap().len(), requests);
    }
}

#[tokio::test]
async fn errors_that_repeat_the_request_are_redacted_before_they_are_logged() {
    let url = serve(|request: Request<Bytes>| {
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        let echo = format!(
            "The canonical request should have been authorization:{} x-amz-security-token:{} {}",
            request.headers()["authorization"].to_str().unwrap(),
            request.headers()["x-amz-security-token"].to_str().unwrap(),
            body["messages"][0]["content"][0]["text"].as_str().unwrap(),
        );
        let response = Response::builder()
            .status(403)
            .header("x-amzn-errortype", "InvalidSignatureException:http://internal.amazon.com/")
            .header("x-amzn-requestid", "5f3c-1")
            .body(Body::Full(json!({"message": echo}).to_string().into()));
        async move { response.unwrap() }
    })
    .await;
    let token = "IQoJb3JpZ2luX2VjEBMaCWV1LXdlc3QtMSJHMEUCIQ";
    let twin = api(&[
        ("AI_PROVIDER", "bedrock"),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ENDPOINT_URL", &url),
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_SESSION_TOKEN", token),
    ]);
    for stream in [false, true] {
        let message = "Would Ada hire someone with epilepsy?";
        twin.chat(&json!({"message": message, "session_id": "s", "stream": stream})).await;
    }
    let lines: Vec<Value> = twin.log().into_iter().filter(|line| line["route"] == "chat").collect();
    assert_eq!(lines.len(), 2);
    for line in lines {
        let error = line["errors"][0].as_str().unwrap();
        let start = "the model did not answer: the model rejected the request (status 403): \
                     InvalidSignatureException: request 5f3c-1: The canonical request should have been";
        assert!(error.starts_with(start) && error.len() < 400, "{error}");
        for leak in [token, "AKIA", "epilepsy", "hire"] {
            assert!(!line.to_string().contains(leak), "{leak} in {error}");
        }
    }
}

proptest::proptest! {
    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in proptest::collection::vec(0u8.., 0..300)) {
        drop(decode(&[&bytes]));
        drop(parse(&bytes, Deadline::after(std::time::Duration::ZERO)));
    }
}
