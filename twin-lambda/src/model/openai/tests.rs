//! Tests of streams, complete answers, error responses and keys.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use http::{HeaderMap, Response};

use super::*;
use crate::body::Body;
use crate::model::{Chunk, Decoder, Stop};
use crate::testing::serve::serve;
use crate::testing::{api, openai};

const ANSWER: &str = concat!(
    ": a comment\n\n",
    "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n",
    "data: {\"choices\":[{\"delta\":{\"content\":\"Gr\u{fc}\u{df}e \"}}]}\r\n\r\n",
    "data:{\"choices\":[{\"delta\":{\"content\":\"\u{65e5}\u{672c}\"},\"finish_reason\":null}]}\n\n",
    "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":3}}\n\n",
    "data: [DONE]\n\n",
);

fn expected() -> Vec<Chunk> {
    vec![
        Chunk::Text("Grüße ".to_owned()),
        Chunk::Text("日本".to_owned()),
        Chunk::Stop(Stop::Done),
        Chunk::Usage { input: 12, output: 3 },
    ]
}

fn decode(parts: &[&[u8]]) -> Result<Vec<Chunk>, ModelError> {
    let (mut decoder, mut chunks) = (EventDecoder::default(), VecDeque::new());
    for part in parts {
        decoder.decode(part, &mut chunks)?;
    }
    if decoder.is_complete() { Ok(chunks.into()) } else { Err(ModelError::Truncated) }
}

#[test]
fn events_are_decoded_at_every_split() {
    let bytes = ANSWER.as_bytes();
    for at in 0..=bytes.len() {
        let (before, after) = bytes.split_at(at);
        assert_eq!(decode(&[before, after]).unwrap(), expected(), "split at {at}");
    }
    let single: Vec<&[u8]> = bytes.chunks(1).collect();
    assert_eq!(decode(&single).unwrap(), expected());
}

#[test]
fn a_truncated_answer_is_an_error() {
    let end = ANSWER.find("\"stop\"").unwrap();
    assert!(matches!(decode(&[&ANSWER.as_bytes()[..end]]), Err(ModelError::Truncated)));
}

#[test]
fn an_error_in_the_stream_is_an_error() {
    let error = decode(&[b"data: {\"error\":{\"message\":\"overloaded\"}}\n\n"]).unwrap_err();
    assert_eq!(error.code(), "model_unavailable");
}

#[test]
fn error_responses_are_classified() {
    let cases = [
        (401, "{}", "model_key", true),
        (429, "{}", "model_throttled", true),
        (429, r#"{"error":{"code":"insufficient_quota","message":"pay"}}"#, "model_refused", false),
        (500, "oops", "model_unavailable", true),
        (400, r#"{"error":{"message":"bad"}}"#, "model_refused", false),
        (404, r#"{"error":"model not found"}"#, "model_refused", false),
    ];
    for (status, body, code, transient) in cases {
        let error =
            response_error(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), body.as_bytes(), None);
        assert_eq!((error.code(), error.is_transient()), (code, transient), "{status} {body}");
    }
}

/// Starts a stub of Secrets Manager and of a model that accepts only the second key. Returns its URL and the calls.
async fn key_rotation() -> (String, Arc<Mutex<Vec<String>>>) {
    let calls = Arc::new(Mutex::new(Vec::new()));
    let received = Arc::clone(&calls);
    let url = serve(move |request: Request<Bytes>| {
        let mut calls = received.lock().unwrap();
        let fetched = calls.iter().filter(|call| *call == "secret").count();
        let response = if request.headers().contains_key("x-amz-target") {
            calls.push("secret".to_owned());
            let key = format!("key-{}", fetched + 1);
            let body = json!({"SecretString": json!({"openai_api_key": key}).to_string()});
            Response::new(Body::Full(body.to_string().into()))
        } else {
            let sent = request.headers()["authorization"].to_str().unwrap().to_owned();
            let status = if sent == "Bearer key-2" { 200 } else { 401 };
            calls.push(sent);
            let body =
                json!({"choices": [{"message": {"content": "ok"}, "finish_reason": "stop"}]}).to_string();
            Response::builder().status(status).body(Body::Full(body.into())).unwrap()
        };
        async move { response }
    })
    .await;
    (url, calls)
}

#[tokio::test]
async fn a_rejected_key_is_read_again_once_and_an_accepted_one_is_cached() {
    let (url, calls) = key_rotation().await;
    let mut settings = openai(&url).to_vec();
    settings.extend([
        ("OPENAI_SECRET_ARN", "arn"),
        ("AWS_ENDPOINT_URL", &url),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
    ]);
    let twin = api(&settings);
    for _ in 0..2 {
        assert_eq!(twin.say("Hi").await.json()["response"], "ok");
    }
    let expected = ["secret", "Bearer key-1", "secret", "Bearer key-2", "Bearer key-2"];
    assert_eq!(*calls.lock().unwrap(), expected);
    assert!(!twin.log().iter().any(|line| line.to_string().contains("key-")), "no key in a log");
}

proptest::proptest! {
    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in proptest::collection::vec(0u8.., 0..300), text in "data: .{0,80}\n") {
        drop(decode(&[&bytes, text.as_bytes()]));
        drop(parse(&bytes, Deadline::after(std::time::Duration::ZERO)));
    }
}
