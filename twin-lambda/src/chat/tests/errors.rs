//! A property of every error, whichever request, store or model it comes from: one structured line, with its correlation id.

use std::fs;

use http::{HeaderValue, Method};
use proptest::prelude::*;

use super::properties::{cases, run};
use super::*;
use crate::testing::Testing;

/// An error of each kind.
#[derive(Clone, Debug)]
enum Problem {
    Model {
        step: Step,
        stream: bool,
    },
    /// A request that the twin refuses.
    Request {
        method: Method,
        path: String,
        body: String,
    },
    MediaType,
    NotFromTheEndpoint,
    TooManyTurns,
    NoPersona,
    Paused,
    Memory,
}

fn problems() -> impl Strategy<Value = Problem> {
    let step = prop_oneof![
        Just(Step::Reject { status: 400 }),
        Just(Step::Reject { status: 403 }),
        Just(Step::Echo { status: 400 }),
        Just(Step::Answer("")),
        Just(Step::CloseAfter("I was")),
        Just(Step::EchoInStream),
    ];
    let refused = |method: Method, path: &str, body: &str| {
        Just(Problem::Request { method, path: path.to_owned(), body: body.to_owned() })
    };
    let id = |id: &str| format!("{{\"message\": \"Hi\", \"session_id\": {id:?}}}");
    let long = "x".repeat(4_001);
    prop_oneof![
        4 => (step, any::<bool>()).prop_map(|(step, stream)| Problem::Model { step, stream }),
        1 => "(/api)?/[a-z]{1,12}x/[a-z]{0,9}".prop_map(|path| Problem::Request { method: Method::GET, path, body: String::new() }),
        1 => "[a-z{\\[\" ]{0,20}".prop_map(|body| Problem::Request { method: Method::POST, path: "/chat".to_owned(), body }),
        1 => "[a-z]{0,5}[./ ~][a-z]{0,5}".prop_map(move |bad| {
            Problem::Request { method: Method::POST, path: "/api/chat".to_owned(), body: id(&bad) }
        }),
        1 => refused(Method::POST, "/chat", "{\"message\": \" \"}"),
        1 => refused(Method::POST, "/chat", &format!("{{\"message\": {long:?}}}")),
        1 => refused(Method::PUT, "/api/chat", ""),
        1 => refused(Method::DELETE, "/chat/history/a.b", ""),
        1 => refused(Method::POST, "/chat/stop", "{}"),
        1 => Just(Problem::MediaType),
        1 => Just(Problem::NotFromTheEndpoint),
        1 => Just(Problem::TooManyTurns),
        1 => Just(Problem::NoPersona),
        1 => Just(Problem::Paused),
        1 => Just(Problem::Memory),
    ]
}

/// Returns a twin that has the problem, and the request that fails.
async fn cause(problem: Problem, message: &str) -> (Testing, http::Request<bytes::Bytes>) {
    let step = if let Problem::Model { step, .. } = &problem { step.clone() } else { Step::Answer("Hi.") };
    let model = model(&[step]).await;
    let mut settings = openai(&model.url).to_vec();
    match problem {
        Problem::NotFromTheEndpoint => settings.push(("ORIGIN_SECRET_HASHES", ORIGIN)),
        Problem::TooManyTurns => settings.push(("TURNS_PER_MINUTE", "1")),
        _ => {}
    }
    let twin = api(&settings);
    let stream = matches!(problem, Problem::Model { stream: true, .. });
    let body = json!({"message": message, "session_id": "s", "stream": stream}).to_string();
    let mut asked = request(Method::POST, "/chat", &body);
    match problem {
        Problem::Request { method, path, body } => asked = request(method, &path, &body),
        Problem::MediaType => {
            asked.headers_mut().insert("content-type", HeaderValue::from_static("text/plain"));
        }
        Problem::TooManyTurns => drop(twin.say("First").await),
        Problem::NoPersona => fs::remove_file(twin.path("data/facts.json")).unwrap(),
        Problem::Paused => {
            fs::create_dir(twin.path("data/.twinctl")).unwrap();
            fs::write(twin.path("data/.twinctl/paused.json"), "{}").unwrap();
        }
        Problem::Memory => {
            // A folder where the file should be.
            fs::create_dir_all(twin.path("memory/s.json")).unwrap();
            asked = request(Method::GET, "/chat/history/s", "");
        }
        Problem::Model { .. } | Problem::NotFromTheEndpoint => {}
    }
    (twin, asked)
}

const ORIGIN: &str = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn errors_are_structured_logs_with_a_correlation_id(
        problem in problems(),
        sent in proptest::option::of("[a-zA-Z0-9_.:-]{1,64}"),
        message in "[a-z]{8} [a-z]{8}",
    ) {
        run(async {
            let is_intended = matches!(problem, Problem::Paused);
            let (twin, mut asked) = cause(problem, &message).await;
            if let Some(sent) = &sent {
                asked.headers_mut().insert("x-correlation-id", sent.parse().unwrap());
            }
            let response = twin.send(asked).await;
            let id = response.headers["x-correlation-id"].to_str().unwrap();
            prop_assert!(!id.is_empty() && sent.as_deref().is_none_or(|sent| sent == id));
            let lines: Vec<_> = twin.log().into_iter().filter(|line| line["correlation_id"] == id).collect();
            prop_assert_eq!(lines.len(), 1);
            let line = &lines[0];
            let level = match response.status.as_u16() {
                _ if is_intended => "info",
                400..=499 => "warn",
                // A stream that fails has the status 200.
                _ => "error",
            };
            prop_assert_eq!(&line["level"], level);
            prop_assert_eq!(&line["status"], response.status.as_u16());
            prop_assert!(line["time"].is_string() && line["duration_ms"].is_number() && line["route"].is_string());
            prop_assert!(line["code"].is_string(), "{}", line);
            prop_assert!(line["errors"].as_array().is_some_and(|errors| !errors.is_empty()), "{}", line);
            prop_assert!(!line.to_string().contains(&message), "{}", line);
            if response.status != 200 {
                prop_assert_eq!(&response.json()["correlation_id"], id);
                prop_assert_eq!(&response.json()["code"], &line["code"]);
            }
            Ok(())
        })?;
    }
}
