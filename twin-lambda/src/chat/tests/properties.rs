//! Properties that hold for any owner, visitor and failure.

use std::fs;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::*;
use crate::persona::File;
use crate::testing::Testing;
use crate::testing::serve::serve;

pub(super) fn cases() -> ProptestConfig {
    ProptestConfig::with_cases(100)
}

pub(super) fn run(test: impl Future<Output = Result<(), TestCaseError>>) -> Result<(), TestCaseError> {
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

/// A data file, its text, and what of it the prompt has to contain.
type Part = (File, String, Vec<String>);

/// Personas of any of the files that describe an owner. Each text is unique. Some are longer than the instructions.
fn personas() -> impl Strategy<Value = Vec<Part>> {
    let files: Vec<File> = File::ALL.into_iter().filter(|file| file.is_knowledge()).collect();
    let word = "[A-Za-zÄÖÉäöüß]{1,12}";
    let texts = proptest::collection::vec(proptest::collection::vec(word, 1..6), files.len());
    let texts = (texts, proptest::sample::select(&[1, 2_000][..]));
    (proptest::sample::subsequence(files, 0..=3), texts).prop_map(|(files, (texts, repeated))| {
        let part = |(file, words): (File, Vec<String>)| {
            let words: Vec<_> = words.iter().map(|word| format!("{word}{}", file as u8)).collect();
            let text = match file {
                File::Facts => json!({"full_name": words[0], "skills": words}).to_string(),
                File::Qna => format!("faqs:\n- question: {0}\n  answer: {0} {0}\n", words[0]),
                _ => words.join(" ").repeat(repeated),
            };
            let parts = if file == File::Qna { words[..1].to_vec() } else { words };
            (file, text, parts)
        };
        files.into_iter().zip(texts).map(part).collect()
    })
}

/// Starts a model of either provider. Returns its URL, and the instructions of each request.
async fn provider() -> (String, Arc<Mutex<Vec<String>>>) {
    let prompts = Arc::new(Mutex::new(Vec::new()));
    let received = Arc::clone(&prompts);
    let url = serve(move |request: Request<Bytes>| {
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        let openai = body["messages"][0]["content"].as_str().map(ToOwned::to_owned);
        let prompt = openai.or_else(|| Some(body["system"][0]["text"].as_str()?.to_owned()));
        received.lock().unwrap().extend(prompt);
        let answer = json!({
            "choices": [{"message": {"content": "Hi."}, "finish_reason": "stop"}],
            "output": {"message": {"content": [{"text": "Hi."}]}}, "stopReason": "end_turn",
        });
        async move { Response::new(Body::Full(answer.to_string().into())) }
    })
    .await;
    (url, prompts)
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn stored_messages_come_back_unchanged_and_in_order(messages in messages(), in_bucket in any::<bool>()) {
        run(async {
            let model = model(&[Step::Reply(reply)]).await;
            let (url, bucket) = s3::bucket().await;
            bucket.insert("data/me.txt", "I am Ada.");
            let stored = if in_bucket { s3::settings(&url).to_vec() } else { Vec::new() };
            let twin = api(&[stored.as_slice(), &openai(&model.url)].concat());
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

    /// The prompt of each provider contains the persona from the data files, whichever of them exist.
    #[test]
    fn the_persona_is_in_every_prompt(
        persona in personas(),
        instructions in proptest::option::of("[A-Z][a-z]{1,9}( \\{full_name\\}| \\{facts\\}| [a-z]{1,9}){0,4}"),
        messages in messages(),
        is_bedrock in any::<bool>(),
        scope in proptest::sample::select(&["owner", "any"][..]),
    ) {
        run(async {
            let (url, prompts) = provider().await;
            let bedrock = [
                ("AI_PROVIDER", "bedrock"),
                ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", &url),
                ("AWS_ACCESS_KEY_ID", "test"),
                ("AWS_SECRET_ACCESS_KEY", "test"),
            ];
            let provider = if is_bedrock { bedrock } else { openai(&url) };
            let twin = api(&[&provider[..], &[("PROMPT_SCOPE", scope)]].concat());
            for (file, text, _) in &persona {
                fs::write(twin.path("data").join(file.names()[0]), text).unwrap();
            }
            if let Some(text) = &instructions {
                fs::write(twin.path("data/system_prompt.txt"), text).unwrap();
            }
            for message in &messages {
                prop_assert_eq!(twin.say(message).await.status, 200);
            }
            let prompts = prompts.lock().unwrap();
            prop_assert_eq!(prompts.len(), messages.len());
            for prompt in prompts.iter() {
                for part in persona.iter().flat_map(|(.., parts)| parts) {
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
}
