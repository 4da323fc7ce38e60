//! Properties of every conversation, whatever its owner, its visitor and its failures are.

use std::fs;

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::*;
use crate::testing::Testing;

fn cases() -> ProptestConfig {
    ProptestConfig::with_cases(100)
}

fn run(test: impl Future<Output = Result<(), TestCaseError>>) -> Result<(), TestCaseError> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test)
}

/// Messages as visitors write them, in any script, with several lines, quotes and markup.
fn messages() -> impl Strategy<Value = Vec<String>> {
    let message = "[^\\p{C}\\p{Z}]([^\\p{C}]|\n){0,60}[^\\p{C}\\p{Z}]";
    proptest::collection::vec(message, 1..4)
}

/// The answer depends on the question, so that answers in a wrong order are noticed.
fn reply(echo: &str) -> Option<String> {
    let question = echo.rsplit_once("\"content\":")?.1;
    Some(format!("You wrote {} bytes with the hash {}.", question.len(), hash(question)))
}

fn hash(text: &str) -> u32 {
    text.bytes().fold(7, |hash: u32, byte| hash.wrapping_mul(31).wrapping_add(u32::from(byte)))
}

/// Asks all messages in one conversation, every second one over a stream. Returns the messages with their answers.
async fn converse(twin: &Testing, messages: &[String]) -> Vec<String> {
    let mut all = Vec::new();
    for (number, message) in messages.iter().enumerate() {
        let streams = number % 2 == 1;
        let body = json!({"message": message, "session_id": "s", "stream": streams});
        let response = twin.chat(&body).await;
        assert_eq!(response.status, 200);
        let answer = if streams {
            let tokens = response.events().into_iter().filter(|(name, _)| name == "token");
            tokens.map(|(_, data)| data["delta"].as_str().unwrap_or_default().to_owned()).collect()
        } else {
            response.json()["response"].as_str().unwrap().to_owned()
        };
        all.extend([message.clone(), answer]);
    }
    all
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn stored_messages_come_back_unchanged_and_in_order(messages in messages()) {
        run(async {
            let model = model(&[Step::Reply(reply)]).await;
            let twin = api(&openai(&model.url));
            let said = converse(&twin, &messages).await;
            let history = twin.get("/chat/history/s").await.json();
            let stored: Vec<_> = history["messages"].as_array().unwrap().iter().collect();
            let texts: Vec<_> = stored.iter().map(|message| message["content"].as_str().unwrap()).collect();
            prop_assert_eq!(texts, said);
            let roles: Vec<_> = stored.iter().map(|message| message["role"].as_str().unwrap()).collect();
            prop_assert_eq!(roles, ["user", "assistant"].repeat(messages.len()));
            Ok(())
        })?;
    }

    #[test]
    fn the_persona_is_in_every_prompt(
        messages in messages(),
        name in "[A-ZÄÖÉ][a-zäöé]{1,12}",
        employer in "[A-Z][a-z]{2,12} (GmbH|Ltd|SA)",
        skills in proptest::collection::vec("[A-Z][a-z+#]{1,10}", 1..4),
        summary in "[A-Za-z]{1,10}( [a-zäöüß]{1,10}){0,12}",
    ) {
        run(async {
            let model = model(&[Step::Reply(reply)]).await;
            let twin = api(&openai(&model.url));
            let facts = json!({"full_name": format!("{name} Example"), "employer": employer, "skills": skills});
            fs::write(twin.path("data/facts.json"), facts.to_string()).unwrap();
            fs::write(twin.path("data/summary.txt"), &summary).unwrap();
            converse(&twin, &messages).await;
            let requests = model.requests.lock().unwrap();
            prop_assert_eq!(requests.len(), messages.len());
            for request in requests.iter() {
                prop_assert_eq!(&request["messages"][0]["role"], "system");
                let prompt = request["messages"][0]["content"].as_str().unwrap();
                for part in [&name, &employer, &summary].into_iter().chain(&skills) {
                    prop_assert!(prompt.contains(part.as_str()), "{} is missing in {}", part, prompt);
                }
            }
            Ok(())
        })?;
    }

    #[test]
    fn history_is_in_the_context_in_order(messages in messages()) {
        run(async {
            let model = model(&[Step::Reply(reply)]).await;
            let twin = api(&openai(&model.url));
            let said = converse(&twin, &messages).await;
            let requests = model.requests.lock().unwrap();
            for (turn, request) in requests.iter().enumerate() {
                let input = request["messages"].as_array().unwrap()[1..].iter();
                let input: Vec<_> = input.map(|message| message["content"].as_str().unwrap()).collect();
                prop_assert_eq!(&input, &said[..=2 * turn]);
            }
            Ok(())
        })?;
    }

    #[test]
    fn errors_are_structured_logs_with_a_correlation_id(
        step in prop_oneof![
            Just(Step::Reject { status: 400 }),
            Just(Step::Reject { status: 403 }),
            Just(Step::Echo { status: 400 }),
            Just(Step::Answer("")),
            Just(Step::CloseAfter("I was")),
            Just(Step::EchoInStream),
        ],
        stream in any::<bool>(),
        sent in proptest::option::of("[a-zA-Z0-9_.:-]{1,64}"),
        message in "[a-z ?]{0,20}[a-z?]",
    ) {
        run(async {
            let model = model(&[step]).await;
            let twin = api(&openai(&model.url));
            let body = json!({"message": message, "session_id": "s", "stream": stream}).to_string();
            let mut asked = request(Method::POST, "/chat", &body);
            if let Some(sent) = &sent {
                asked.headers_mut().insert("x-correlation-id", sent.parse().unwrap());
            }
            let response = twin.send(asked).await;
            let id = response.headers["x-correlation-id"].to_str().unwrap();
            prop_assert!(sent.as_deref().is_none_or(|sent| sent == id));
            let lines: Vec<_> = twin.log().into_iter().filter(|line| line["correlation_id"] == id).collect();
            prop_assert_eq!(lines.len(), 1);
            let line = &lines[0];
            prop_assert_eq!(&line["level"], "error");
            prop_assert_eq!(&line["route"], "chat");
            prop_assert!(line["time"].is_string() && line["status"].is_u64() && line["duration_ms"].is_number());
            prop_assert!(line["errors"].as_array().is_some_and(|errors| !errors.is_empty()));
            Ok(())
        })?;
    }
}
