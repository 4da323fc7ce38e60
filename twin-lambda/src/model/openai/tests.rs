//! Events at every split, whole answers, refusals.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use http::Response;

use super::*;
use crate::body::Body;
use crate::model::Decode;
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

fn expected() -> Vec<Piece> {
    vec![
        Piece::Text("Grüße ".to_owned()),
        Piece::Text("日本".to_owned()),
        Piece::Stop(Stop::Done),
        Piece::Usage { input: 12, output: 3 },
    ]
}

fn decode(parts: &[&[u8]]) -> Result<Vec<Piece>, ModelError> {
    let (mut events, mut pieces) = (Events::default(), VecDeque::new());
    for part in parts {
        events.decode(part, &mut pieces)?;
    }
    if events.is_complete() { Ok(pieces.into()) } else { Err(ModelError::CutOff) }
}

#[test]
fn events_are_read_at_every_split() {
    let bytes = ANSWER.as_bytes();
    for at in 0..=bytes.len() {
        let (before, after) = bytes.split_at(at);
        assert_eq!(decode(&[before, after]).unwrap(), expected(), "split at {at}");
    }
    let single: Vec<&[u8]> = bytes.chunks(1).collect();
    assert_eq!(decode(&single).unwrap(), expected());
}

#[test]
fn an_answer_that_ends_early_is_not_taken_for_whole() {
    let end = ANSWER.find("\"stop\"").unwrap();
    assert!(matches!(decode(&[&ANSWER.as_bytes()[..end]]), Err(ModelError::CutOff)));
}

#[test]
fn an_error_in_the_stream_is_an_error() {
    let error = decode(&[b"data: {\"error\":{\"message\":\"overloaded\"}}\n\n"]).unwrap_err();
    assert_eq!(error.code(), "model_unavailable");
}

#[test]
fn refusals_say_whether_to_try_again() {
    let cases = [
        (401, "{}", "model_key", true),
        (429, "{}", "model_throttled", true),
        (429, r#"{"error":{"code":"insufficient_quota","message":"pay"}}"#, "model_refused", false),
        (500, "oops", "model_unavailable", true),
        (400, r#"{"error":{"message":"bad"}}"#, "model_refused", false),
        (404, r#"{"error":"model not found"}"#, "model_refused", false),
    ];
    for (status, body, code, passing) in cases {
        let error = refusal(StatusCode::from_u16(status).unwrap(), body.as_bytes());
        assert_eq!((error.code(), error.is_passing()), (code, passing), "{status} {body}");
    }
}

/// Secrets Manager and a model that takes the second key only.
async fn rotating() -> (String, Arc<Mutex<Vec<String>>>) {
    let calls = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&calls);
    let url = serve(move |request: Request<Bytes>| {
        let mut calls = kept.lock().unwrap();
        let fetched = calls.iter().filter(|call| *call == "secret").count();
        let response = if request.headers().contains_key("x-amz-target") {
            calls.push("secret".to_owned());
            let key = format!("key-{}", fetched + 1);
            let body = json!({"SecretString": json!({"openai_api_key": key}).to_string()});
            Response::new(Body::Whole(body.to_string().into()))
        } else {
            let sent = request.headers()["authorization"].to_str().unwrap().to_owned();
            let status = if sent == "Bearer key-2" { 200 } else { 401 };
            calls.push(sent);
            let body =
                json!({"choices": [{"message": {"content": "ok"}, "finish_reason": "stop"}]}).to_string();
            Response::builder().status(status).body(Body::Whole(body.into())).unwrap()
        };
        async move { response }
    })
    .await;
    (url, calls)
}

#[tokio::test]
async fn a_refused_key_is_fetched_again_once_and_a_good_one_is_kept() {
    let (url, calls) = rotating().await;
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
    fn no_bytes_break_the_reader(bytes in proptest::collection::vec(0u8.., 0..300), text in "data: .{0,80}\n") {
        drop(decode(&[&bytes, text.as_bytes()]));
        drop(whole(&bytes, Deadline::after(std::time::Duration::ZERO)));
    }
}
