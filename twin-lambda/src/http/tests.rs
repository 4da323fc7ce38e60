//! Tests of routes, JSON shapes, limits and headers.

use proptest::prelude::*;

use super::*;
use crate::clock::{self, Deadline};
use crate::testing::model::{Step, model};
use crate::testing::serve::serve;
use crate::testing::{NEVER, Testing, api, openai, request, s3};

#[tokio::test]
async fn every_route_exists_with_and_without_the_prefix() {
    let twin = api(&[]);
    let table = [
        (Method::GET, "", 200),
        (Method::GET, "/health", 200),
        (Method::HEAD, "/health", 200),
        (Method::GET, "/conversation/unknown", 200),
        (Method::GET, "/chat/history/unknown", 200),
        (Method::DELETE, "/chat/history/unknown", 204),
        (Method::OPTIONS, "/chat", 204),
        (Method::GET, "/chat", 405),
        (Method::POST, "/health", 405),
        (Method::DELETE, "/conversation/unknown", 405),
        (Method::GET, "/conversation", 404),
        (Method::GET, "/conversations", 404),
        (Method::GET, "/sessions", 404),
        (Method::GET, "/chat/history", 404),
        (Method::GET, "/chat/history/a.b", 400),
        (Method::GET, "/chat/history/..%2f..%2fetc", 400),
        (Method::GET, "/nothing", 404),
        (Method::POST, "/question", 404),
        (Method::POST, "/ask", 404),
        (Method::POST, "/chat", 422),
    ];
    for (method, path, status) in table {
        for prefix in ["", "/api"] {
            let path = format!("{prefix}{path}");
            let path = if path.is_empty() { "/" } else { &path };
            let answered = twin.send(request(method.clone(), path, "")).await;
            assert_eq!(answered.status, status, "{method} {path}");
            assert!(answered.headers.contains_key("x-correlation-id"));
        }
    }
}

/// The public endpoint forwards these paths, so each pattern has to lead to a route.
#[tokio::test]
async fn every_path_of_the_contract_is_routed() {
    let twin = api(&[]);
    for (pattern, path) in contract::api::PATHS.map(|pattern| (pattern, pattern.replace('*', "health"))) {
        let answered = twin.get(&path).await;
        assert_ne!(answered.status, 404, "{pattern}");
    }
}

#[tokio::test]
async fn the_question_is_answered_briefly_and_not_remembered() {
    let model = model(&[Step::Answer("I am Ada's twin.")]).await;
    let twin = api(&openai(&model.url));
    let report = twin.api.question(Deadline::after(NEVER)).await;
    assert!(report["milliseconds"].is_number(), "{report}");
    let expected = json!({
        "base_url": model.url,
        "provider": "openai",
        "model": "m",
        "milliseconds": report["milliseconds"],
        "characters": 16,
        "input_tokens": 7,
        "cached_tokens": 3,
        "cache_written_tokens": null,
        "output_tokens": 5,
    });
    assert_eq!(report, expected);
    let requests = model.requests.lock().unwrap();
    assert_eq!(requests[0]["max_tokens"], 4_000, "an unknown model may reason");
    assert!(requests[0]["messages"][0]["content"].as_str().unwrap().contains("Ada Example"));
    assert_eq!(requests.len(), 1);
    assert!(!twin.path("memory").exists(), "nothing is saved");
    let line = twin.log().pop().unwrap();
    assert_eq!((&line["route"], &line["status"]), (&json!("question"), &json!(200)));
    assert!(line.get("_aws").is_none(), "it does not count as a visitor's message: {line}");
}

#[tokio::test]
async fn the_answer_to_the_question_has_at_most_64_tokens_unless_the_model_may_reason() {
    for (id, most) in [("gpt-4o", 64), ("gpt-5-mini", 4_000), ("unknown", 4_000)] {
        let model = model(&[Step::Answer("I am Ada's twin.")]).await;
        let twin = api(&[&openai(&model.url)[..], &[("OPENAI_MODEL", id)]].concat());
        twin.api.question(Deadline::after(NEVER)).await;
        let request = model.requests.lock().unwrap()[0].clone();
        let limit = ["max_tokens", "max_completion_tokens"].iter().find_map(|name| request[name].as_u64());
        assert_eq!(limit, Some(most), "{id}");
    }
}

#[tokio::test]
async fn the_report_of_the_question_has_the_code_and_the_cause_of_an_error() {
    let model = model(&[Step::Reject { status: 403 }]).await;
    let error = async |twin: &Testing| twin.api.question(Deadline::after(NEVER)).await["error"].clone();
    let twin = api(&openai(&model.url));
    let refused = error(&twin).await;
    assert_eq!(refused["code"], "model_refused");
    assert!(refused["message"].as_str().unwrap().contains("status 403"), "{refused}");

    let forbidden = serve(async |_| Response::builder().status(403).body(Body::empty()).unwrap()).await;
    let bucket = s3::settings(&forbidden);
    let memory = [&openai(&model.url)[..], &bucket[..4]].concat();
    let unreadable = error(&api(&memory)).await;
    assert_eq!(unreadable["code"], "memory_unavailable");
    assert!(unreadable["message"].as_str().unwrap().contains("with status 403"), "{unreadable}");
    let empty = api(&openai(&model.url));
    std::fs::remove_file(empty.path("data/facts.json")).unwrap();
    assert_eq!(error(&empty).await["code"], "persona_missing");
    assert_eq!(model.requests.lock().unwrap().len(), 1, "the model is asked last");
}

#[tokio::test]
async fn responses_have_the_documented_fields() {
    let twin = api(&[]);
    let chat = twin.chat(&json!({"message": "What is your email?"})).await;
    let reply = chat.json();
    assert!(reply["response"].as_str().unwrap().contains("ada@example.com"), "{reply}");
    assert!(reply["timestamp"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok());
    let id = reply["session_id"].as_str().unwrap();
    assert_eq!(chat.headers["x-session-id"], id);

    let history = twin.get(&format!("/api/chat/history/{id}")).await;
    assert_eq!(history.headers["cache-control"], "no-store");
    let messages = &history.json()["messages"];
    assert_eq!(
        (&messages[0]["role"], &messages[0]["content"]),
        (&json!("user"), &json!("What is your email?"))
    );
    assert_eq!((&messages[1]["role"], &messages[1]["content"]), (&json!("assistant"), &reply["response"]));
    let conversation = twin.get(&format!("/conversation/{id}")).await.json();
    assert_eq!((&conversation["session_id"], &conversation["messages"]), (&json!(id), messages));

    twin.send(request(Method::DELETE, &format!("/api/chat/history/{id}"), "")).await;
    assert_eq!(twin.get(&format!("/chat/history/{id}")).await.json(), json!({"messages": []}));
}

#[tokio::test]
async fn root_and_health_describe_the_twin() {
    let twin = api(&[("AWS_LAMBDA_FUNCTION_VERSION", "7")]);
    insta::assert_json_snapshot!([twin.get("/").await.json(), twin.get("/health").await.json()]);
}

#[tokio::test]
async fn a_stream_consists_of_session_tokens_and_done() {
    let twin = api(&[]);
    let body = json!({"message": "Hi", "session_id": "s", "turn": "t", "stream": true});
    let answered = twin.chat(&body).await;
    assert!(answered.headers["content-type"].to_str().unwrap().starts_with("text/event-stream"));
    let events = answered.events();
    assert_eq!(events[0], ("session".to_owned(), json!({"session_id": "s", "turn": "t"})));
    let (last, done) = events.last().unwrap();
    assert_eq!(last, "done");
    let tokens = &events[1..events.len() - 1];
    assert!(tokens.len() > 5 && tokens.iter().all(|(name, _)| name == "token"));
    let text: String = tokens.iter().map(|(_, data)| data["delta"].as_str().unwrap()).collect();
    assert_eq!(done["response"], text);
    assert_eq!((&done["session_id"], &done["turn"]), (&json!("s"), &json!("t")));
}

#[tokio::test]
async fn errors_have_a_status_a_code_and_a_sentence() {
    let twin = api(&[]);
    let message = |text: &str| json!({"message": text}).to_string();
    let long = "x".repeat(contract::limits::BODY);
    let table = [
        ("{", 422, "bad_body"),
        ("[]", 422, "bad_body"),
        (r#"{"message": 5}"#, 422, "bad_body"),
        (r#"{"text": "hi"}"#, 422, "bad_body"),
        (r#"{"message": " "}"#, 422, "empty_message"),
        (r#"{"message": "hi", "session_id": "../x"}"#, 400, "bad_session_id"),
        (&message(&"ä".repeat(4001)), 413, "message_too_long"),
        (&message(&long), 413, "body_too_large"),
        ("not base64", 422, "bad_body"),
    ];
    for (body, status, code) in table {
        let answered = twin.send(request(Method::POST, "/chat", body)).await;
        let error = answered.json();
        assert_eq!((answered.status.as_u16(), &error["code"]), (status, &json!(code)), "{body:.40}");
        assert!(error["detail"].as_str().unwrap().ends_with('.'));
        assert_eq!(error["correlation_id"], answered.headers["x-correlation-id"].to_str().unwrap());
    }
    assert_eq!(twin.send(request(Method::POST, "/chat", &message(&"ä".repeat(4000)))).await.status, 200);
    let mut form = request(Method::POST, "/chat", &message("hi"));
    form.headers_mut().insert("content-type", HeaderValue::from_static("text/plain"));
    assert_eq!(twin.send(form).await.status, 415);
}

#[tokio::test]
async fn every_route_except_health_requires_the_origin_secret() {
    let hash = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(b"right"));
    let twin = api(&[("ORIGIN_SECRET_HASHES", &hash)]);
    for (path, secret, status) in [
        ("/api/health", None, 200),
        ("/", None, 403),
        ("/nothing", None, 403),
        ("/", Some("wrong"), 403),
        ("/", Some("right"), 200),
    ] {
        let mut request = request(Method::GET, path, "");
        if let Some(secret) = secret {
            request.headers_mut().insert("x-origin-secret", HeaderValue::from_static(secret));
        }
        assert_eq!(twin.send(request).await.status, status, "{path} {secret:?}");
    }
    assert_eq!(twin.get("/").await.json()["code"], "forbidden");
}

async fn allowed_origin(twin: &Testing, method: Method, origin: &'static str) -> Option<HeaderValue> {
    let mut request = request(method, "/api/chat", "");
    request.headers_mut().insert("origin", HeaderValue::from_static(origin));
    twin.send(request).await.headers.get("access-control-allow-origin").cloned()
}

#[tokio::test]
async fn only_configured_origins_are_allowed() {
    let twin = api(&[("CORS_ORIGINS", "https://me.example, http://localhost:3000")]);
    for (origin, allowed) in [
        ("https://me.example", true),
        ("http://localhost:3000", true),
        ("https://me.example.evil", false),
        ("http://me.example", false),
        ("null", false),
    ] {
        for method in [Method::OPTIONS, Method::POST] {
            let answer = allowed_origin(&twin, method, origin).await;
            assert_eq!(answer, allowed.then(|| HeaderValue::from_static(origin)), "{origin}");
        }
    }
    assert!(allowed_origin(&api(&[]), Method::OPTIONS, "https://me.example").await.is_none());
    let open = api(&[("CORS_ORIGINS", "*")]);
    assert_eq!(allowed_origin(&open, Method::POST, "https://any.example").await.unwrap(), "*");
}

#[tokio::test]
async fn pages_may_send_the_headers_that_other_backends_expect() {
    let twin = api(&[("CORS_ORIGINS", "https://me.example")]);
    let answer = twin.send(request(Method::OPTIONS, "/api/chat", "")).await;
    let allowed = answer.headers["access-control-allow-headers"].to_str().unwrap();
    for header in ["Content-Type", "X-API-Key", "X-Session-ID", "Authorization"] {
        assert!(allowed.split(", ").any(|name| name == header), "{header} in {allowed}");
    }
}

#[tokio::test]
async fn a_session_that_sends_too_many_messages_is_rejected() {
    let twin = api(&[("TURNS_PER_MINUTE", "2")]);
    // The timestamps are in the future, so that they still count on a slow machine.
    let at = clock::now() + jiff::SignedDuration::from_hours(1);
    let messages =
        ["user", "assistant", "user"].map(|role| json!({"role": role, "content": "x", "timestamp": at}));
    std::fs::create_dir(twin.path("memory")).unwrap();
    std::fs::write(twin.path("memory/s.json"), json!(messages).to_string()).unwrap();
    let rejected = twin.say("three").await;
    assert_eq!((rejected.status.as_u16(), &rejected.json()["code"]), (429, &json!("too_many_turns")));
    assert!(rejected.headers.contains_key("retry-after"));
    let other = twin.chat(&json!({"message": "hi", "session_id": "other"})).await;
    assert_eq!(other.status, 200);
}

#[tokio::test]
async fn a_valid_correlation_id_is_used() {
    let twin = api(&[]);
    for (sent, valid) in [("abc-1.2:3_x", true), ("with space", false), ("", false), ("<script>", false)] {
        let mut request = request(Method::GET, "/health", "");
        request.headers_mut().insert("x-correlation-id", HeaderValue::from_static(sent));
        let answered = twin.send(request).await;
        assert_eq!(answered.headers["x-correlation-id"] == sent, valid, "{sent}");
    }
}

#[tokio::test]
async fn each_request_is_logged_without_its_message() {
    let twin = api(&[]);
    twin.say("My number is 4111").await;
    let log = twin.log();
    let line = &log[log.len() - 1];
    assert_eq!(
        (&line["route"], &line["status"], &line["level"]),
        (&json!("chat"), &json!(200), &json!("info"))
    );
    assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Namespace"], "twinctl");
    assert!(line["duration_ms"].is_f64() && line["session"].is_string());
    assert!(!line.to_string().contains("4111"));

    let twin = api(&[("LOG_LEVEL", "debug")]);
    twin.say("I am a@b.example").await;
    assert_eq!(twin.log().last().unwrap()["question"], "I am [email]");
}

/// Metrics, statistics and alarms are made of the lines of messages.
#[tokio::test]
async fn the_level_leaves_out_lines_but_none_of_a_message() {
    for (level, expected) in [
        (
            "debug",
            vec![
                ("chat", "info"),
                ("health", "info"),
                ("none", "warn"),
                ("chat", "warn"),
                ("history", "error"),
            ],
        ),
        (
            "info",
            vec![
                ("chat", "info"),
                ("health", "info"),
                ("none", "warn"),
                ("chat", "warn"),
                ("history", "error"),
            ],
        ),
        ("warn", vec![("chat", "info"), ("none", "warn"), ("chat", "warn"), ("history", "error")]),
        ("error", vec![("chat", "info"), ("chat", "warn"), ("history", "error")]),
    ] {
        let twin = api(&[("LOG_LEVEL", level)]);
        assert_eq!(twin.say("Hello").await.status, 200);
        assert_eq!(twin.get("/api/health").await.status, 200);
        assert_eq!(twin.get("/nowhere").await.status, 404);
        assert_eq!(twin.send(request(Method::POST, "/api/chat", "{}")).await.status, 422);
        std::fs::create_dir(twin.path("memory/a.json")).unwrap();
        assert_eq!(twin.get("/api/chat/history/a").await.status, 503);
        let lines = twin.log();
        let seen: Vec<_> = lines
            .iter()
            .filter(|line| line["route"].is_string())
            .map(|line| (line["route"].as_str().unwrap(), line["level"].as_str().unwrap()))
            .collect();
        assert_eq!(seen, expected, "{level}");
        assert!(lines.iter().all(|line| line["route"] != "chat" || line["_aws"].is_object()));
    }
}

/// Returns the hash that the log has for a question from this address.
async fn logged_visitor(twin: &Testing, forwarded: &'static str) -> Value {
    let mut request = request(Method::POST, "/api/chat", &json!({"message": "Hi"}).to_string());
    request.headers_mut().insert("x-forwarded-for", HeaderValue::from_static(forwarded));
    assert_eq!(twin.send(request).await.status, 200);
    let line = twin.log().pop().unwrap();
    assert!(!line.to_string().contains(forwarded), "{line}");
    line["visitor"].clone()
}

#[tokio::test]
async fn a_visitor_is_logged_as_a_hash_that_other_twins_do_not_share() {
    let twin = api(&[]);
    let first = logged_visitor(&twin, "192.0.2.1").await;
    assert_eq!(first.as_str().unwrap().len(), 8);
    assert_eq!(logged_visitor(&twin, "192.0.2.1").await, first);
    assert_ne!(logged_visitor(&twin, "192.0.2.2").await, first);
    assert_ne!(logged_visitor(&api(&[]), "192.0.2.1").await, first);
    twin.say("without a proxy").await;
    assert!(twin.log().pop().unwrap().get("visitor").is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn arbitrary_requests_are_not_internal_errors(
        method in "(GET|POST|DELETE|OPTIONS|PUT|[A-Z]{1,10})",
        path in "(/api)?/(chat|health|conversation|chat/history)?/?[!-~]{0,20}",
        body in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..80),
            "\\{\"message\": \"[^\"\\\\]{0,30}\", \"session_id\": \"[ -~]{0,10}\"\\}".prop_map(String::into_bytes),
        ],
        header in proptest::collection::vec(32u8.., 0..40),
    ) {
        let Ok(uri) = path.parse::<http::Uri>() else { return Ok(()) };
        let mut request = Request::new(Bytes::from(body));
        *request.uri_mut() = uri;
        *request.method_mut() = Method::from_bytes(method.as_bytes()).unwrap();
        for name in ["accept", "origin", "x-correlation-id", "x-origin-secret", "content-type"] {
            if let Ok(value) = HeaderValue::from_bytes(&header) {
                request.headers_mut().insert(name, value);
            }
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let answered = runtime.block_on(async { api(&[("CORS_ORIGINS", "*")]).send(request).await });
        prop_assert!(answered.status.as_u16() < 500, "{answered:?}");
    }
}
