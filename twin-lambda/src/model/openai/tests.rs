//! Tests of streams, complete answers, error responses and keys.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{HeaderMap, Response};
use proptest::prelude::*;

use super::*;
use crate::body::Body;
use crate::config::Scope;
use crate::model::{Chunk, Decoder, Stop, Usage};
use crate::persona::Persona;
use crate::prompt::{SystemPrompt, Turn};
use crate::testing::model::{Step, model};
use crate::testing::serve::serve;
use crate::testing::{api, openai};

const ANSWER: &str = concat!(
    ": a comment\n\n",
    "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n",
    "data: {\"choices\":[{\"delta\":{\"content\":\"Gr\u{fc}\u{df}e \"}}]}\r\n\r\n",
    "data:{\"choices\":[{\"delta\":{\"content\":\"\u{65e5}\u{672c}\"},\"finish_reason\":null}]}\n\n",
    "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":3,\"prompt_tokens_details\":{\"cached_tokens\":9,\"cache_write_tokens\":2}}}\n\n",
    "data: [DONE]\n\n",
);

fn expected() -> Vec<Chunk> {
    vec![
        Chunk::Text("Grüße ".to_owned()),
        Chunk::Text("日本".to_owned()),
        Chunk::Stop(Stop::Done),
        Chunk::Usage(Usage { input: 12, cached: Some(9), cache_written: Some(2), output: 3 }),
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
fn an_answer_that_ended_by_length_before_the_first_word_is_no_malformed_one() {
    let chunks = |body: Value| {
        parse(body.to_string().as_bytes(), Deadline::after(Duration::ZERO)).map(|answer| answer.received)
    };
    for content in [json!(null), json!(""), json!([{"type": "thinking", "thinking": []}])] {
        let body = json!({"choices": [{"message": {"content": content}, "finish_reason": "length"}]});
        assert_eq!(
            chunks(body).unwrap(),
            [Chunk::Text(String::new()), Chunk::Stop(Stop::Length)],
            "{content}"
        );
    }
    let parts = json!([{"type": "thinking", "thinking": []}, {"type": "text", "text": "Hi"}]);
    let body = json!({"choices": [{"message": {"content": parts}, "finish_reason": "stop"}]});
    assert_eq!(chunks(body).unwrap(), [Chunk::Text("Hi".to_owned()), Chunk::Stop(Stop::Done)]);
    assert!(matches!(chunks(json!({"choices": []})), Err(ModelError::Malformed(_))));
}

#[test]
fn the_message_of_an_error_is_found_where_each_server_has_it() {
    let cases = [
        (json!({"error": {"message": "bad", "code": "x"}}), "bad"),
        (json!({"error": "bad"}), "bad"),
        (json!({"error": "Bad Request", "message": "bad"}), "bad"),
        (json!({"object": "error", "message": "bad", "type": "BadRequestError", "code": 400}), "bad"),
        (
            json!({"object": "error", "message": {"detail": [{"loc": ["body", "n"], "msg": "bad"}]}}),
            "body.n: bad",
        ),
        (json!({"detail": "bad"}), "bad"),
        (
            json!({"detail": [{"loc": ["body", "stream_options"], "msg": "not permitted", "input": "secret"}, {"msg": "bad"}]}),
            "body.stream_options: not permitted, bad",
        ),
        (json!({}), "no reason given"),
    ];
    for (body, expected) in cases {
        let body = body.to_string();
        let error = response_error(StatusCode::BAD_REQUEST, &HeaderMap::new(), body.as_bytes(), None);
        let ModelError::Rejected { error, .. } = error else { panic!("{body}") };
        assert_eq!(error.received(), expected, "{body}");
    }
    let error = decode(&[b"data: {\"object\":\"error\",\"message\":\"overloaded\"}\n\n"]).unwrap_err();
    let ModelError::Unavailable { error, .. } = error else { panic!("{error}") };
    assert_eq!(error.received(), "overloaded");
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// With a secret, the model gets the key that Secrets Manager returns, and no other, however the key is stored and
    /// whatever the other settings are.
    #[test]
    fn secrets_come_from_secrets_manager_only(
        id in "arn:aws:secretsmanager:eu-west-1:[0-9]{12}:secret:[a-z-]{1,20}",
        key in "sk-[a-zA-Z0-9]{8,40}",
        stored in proptest::sample::select(&["plain", "openai_api_key", "OPENAI_API_KEY", "api_key"][..]),
        other in proptest::option::of("other-[a-zA-Z0-9]{8,40}"),
    ) {
        let secret = if stored == "plain" { key.clone() } else { json!({stored: key}).to_string() };
        let (calls, received) = (Arc::new(Mutex::new(Vec::new())), id.clone());
        let seen = Arc::clone(&calls);
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            let url = serve(move |request: Request<Bytes>| {
                let body: Value = serde_json::from_slice(request.body()).unwrap();
                let response = if request.headers().contains_key("x-amz-target") {
                    assert_eq!((&request.headers()["x-amz-target"], &body["SecretId"]), (&"secretsmanager.GetSecretValue".parse().unwrap(), &json!(received)));
                    json!({"SecretString": secret})
                } else {
                    seen.lock().unwrap().push(request.headers()["authorization"].to_str().unwrap().to_owned());
                    json!({"choices": [{"message": {"content": "ok"}, "finish_reason": "stop"}]})
                };
                async move { Response::new(Body::Full(response.to_string().into())) }
            })
            .await;
            let mut settings = openai(&url).to_vec();
            settings.extend([("OPENAI_SECRET_ARN", id.as_str()), ("AWS_ENDPOINT_URL", &url)]);
            settings.extend([("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")]);
            settings.extend(other.iter().map(|other| ("OPENAI_API_KEY", other.as_str())));
            let twin = api(&settings);
            prop_assert_eq!(&twin.say("Hi").await.json()["response"], "ok");
            let log = format!("{:?} {:?}", twin.log(), twin.api);
            prop_assert!(!log.contains(&key) && !other.is_some_and(|other| log.contains(&other)), "{}", log);
            Ok(())
        })?;
        let calls = calls.lock().unwrap();
        prop_assert_eq!(&calls[..], [format!("Bearer {key}")]);
    }
}

/// One model of each family, at the servers where it is usual.
#[test]
fn request_bodies_by_model_family() {
    let openai = "https://api.openai.com/v1";
    let models = [
        (openai, "gpt-4o-mini"),
        (openai, "gpt-4.1"),
        (openai, "gpt-5-mini"),
        (openai, "gpt-5.2"),
        (openai, "o4-mini"),
        (openai, "gpt-7"),
        ("https://api.groq.com/openai/v1", "openai/gpt-oss-20b"),
        ("https://api.mistral.ai/v1", "mistral-small-latest"),
        ("https://openrouter.ai/api/v1", "openai/gpt-5-mini"),
        ("https://openrouter.ai/api/v1", "meta-llama/llama-3.3-70b-instruct"),
        ("http://localhost:8000/v1", "qwen3"),
    ];
    let system =
        SystemPrompt { text: "SYSTEM".to_owned(), ..SystemPrompt::new(Persona::default(), Scope::Owner) };
    let prompt = Prompt {
        system: Arc::new(system),
        today: "TODAY".to_owned(),
        turns: vec![Turn { role: Role::User, text: "Hi".to_owned() }],
        answer_tokens: contract::limits::ANSWER_TOKENS,
    };
    let bodies = models.map(|(url, id)| {
        let client = HttpClient::new(None).unwrap();
        let model = OpenAi::new(client, url.to_owned(), id.to_owned(), Key::None);
        let mut body = model.body(&prompt, model.settings.parameters(0), Delivery::Streamed);
        body.as_object_mut().unwrap().remove("messages");
        format!("{url} {body}")
    });
    insta::assert_snapshot!(bodies.join("\n"));
}

#[tokio::test]
async fn a_refused_parameter_is_left_out_of_this_and_all_later_requests() {
    let server = model(&[
        Step::Refuse("Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."),
        Step::Refuse("Unsupported value: 'temperature' does not support 0.3 with this model."),
        Step::Refuse("Your organization must be verified to stream this model."),
        Step::Answer("ok"),
    ])
    .await;
    let twin = api(&openai(&server.url));
    for requests in [4, 5] {
        let streamed = twin.chat(&json!({"message": "Hi", "stream": true})).await;
        assert_eq!(streamed.events().last().unwrap().1["response"], "ok");
        let received = server.requests.lock().unwrap();
        assert_eq!(received.len(), requests);
        let last = received.last().unwrap().as_object().unwrap();
        let names: Vec<&str> = last.keys().map(String::as_str).collect();
        assert_eq!(names, ["max_completion_tokens", "messages", "model"]);
    }
}

#[tokio::test]
async fn parallel_messages_whose_parameters_are_refused_are_all_answered() {
    let waiting = Arc::new(tokio::sync::Barrier::new(8));
    let url = serve(move |request: Request<Bytes>| {
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        let waiting = Arc::clone(&waiting);
        async move {
            let refused = ["temperature", "max_tokens"].into_iter().find(|name| !body[name].is_null());
            let Some(name) = refused else {
                let answer = json!({"choices": [{"message": {"content": "ok"}, "finish_reason": "stop"}]});
                return Response::new(Body::Full(answer.to_string().into()));
            };
            // No message learns the refusal before all have been sent.
            waiting.wait().await;
            let error = json!({"error": {"message": format!("'{name}' is not supported with this model.")}});
            Response::builder().status(400).body(Body::Full(error.to_string().into())).unwrap()
        }
    })
    .await;
    let twin = api(&openai(&url));
    let ask = |number: usize| {
        let (twin, session) = (&twin, format!("s{number}"));
        async move { twin.chat(&json!({"message": "Hi", "session_id": session})).await }
    };
    let answers = crate::testing::in_time(futures_util::future::join_all((0..8).map(ask))).await;
    for answer in answers {
        assert_eq!(answer.json()["response"], "ok", "{}", answer.text());
    }
}

#[tokio::test]
async fn an_error_about_something_else_is_not_retried() {
    let server = model(&[Step::Refuse("The model `m` does not exist")]).await;
    assert_eq!(api(&openai(&server.url)).say("Hi").await.json()["code"], "model_refused");
    assert_eq!(server.requests.lock().unwrap().len(), 1);
}

proptest::proptest! {
    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in proptest::collection::vec(0u8.., 0..300), text in "data: .{0,80}\n") {
        drop(decode(&[&bytes, text.as_bytes()]));
        drop(parse(&bytes, Deadline::after(Duration::ZERO)));
    }
}
