//! Tests with a stub of Ollama: the description of a model, the size of its context, and answers.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};

use super::*;
use crate::body::Body;
use crate::testing::serve::serve;
use crate::testing::{Testing, api};

fn shown(body: &Value) -> Option<Shown> {
    Shown::parse(StatusCode::OK, body.to_string().as_bytes()).unwrap()
}

#[test]
fn a_description_contains_the_context_and_whether_the_model_thinks() {
    let llama = json!({
        "parameters": "stop \"<|eot_id|>\"\nnum_ctx                        8192",
        "model_info": {"general.architecture": "llama", "llama.context_length": 131_072, "llama.block_count": 28},
        "capabilities": ["completion", "tools"],
    });
    assert_eq!(shown(&llama), Some(Shown { context: 131_072, set: 8_192, thinks: false }));
    let qwen = json!({"model_info": {"general.architecture": "qwen3", "qwen3.context_length": 40_960}, "capabilities": ["completion", "thinking"]});
    assert_eq!(shown(&qwen), Some(Shown { context: 40_960, set: 0, thinks: true }));
    assert_eq!(shown(&json!({"error": "unexpected endpoint"})), None);
    let llama_cpp = json!({
        "template": "", "details": {"format": "gguf"}, "capabilities": ["completion"],
        "model_info": {"llama.context_length": 4_096},
    });
    assert_eq!(shown(&llama_cpp), None, "llama.cpp's server has the operation, but not Ollama's chat");
    let missing = Shown::parse(StatusCode::NOT_FOUND, br#"{"error":"model 'm' not found"}"#);
    assert_eq!(missing, Err(()), "the owner may pull it later");
    assert_eq!(Shown::parse(StatusCode::NOT_FOUND, b"404 page not found"), Ok(None));
}

#[derive(Clone, Default)]
struct Stub {
    /// The paths and bodies of requests.
    received: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Stub {
    /// Starts an Ollama whose model has this context, and a twin that uses it.
    async fn twin(&self, context: usize, thinks: bool) -> Testing {
        let received = Arc::clone(&self.received);
        let url = serve(move |request: Request<Bytes>| {
            let body: Value = serde_json::from_slice(request.body()).unwrap();
            let path = request.uri().path().to_owned();
            let response = match path.as_str() {
                "/api/show" => {
                    let capabilities = if thinks { json!(["completion", "thinking"]) } else { json!(["completion"]) };
                    let info = json!({"general.architecture": "llama", "llama.context_length": context});
                    json!({"model_info": info, "capabilities": capabilities}).to_string()
                }
                _ => [
                    json!({"message": {"role": "assistant", "content": "", "thinking": "hm"}, "done": false}),
                    json!({"message": {"role": "assistant", "content": "Grüße "}, "done": false}),
                    json!({"message": {"role": "assistant", "content": "日本"}, "done": false}),
                    json!({"message": {"role": "assistant", "content": ""}, "done": true, "done_reason": "stop",
                        "prompt_eval_count": 12, "eval_count": 3}),
                ]
                .map(|line| format!("{line}\n"))
                .concat(),
            };
            received.lock().unwrap().push((path, body));
            async move { Response::new(Body::Full(response.into())) }
        })
        .await;
        let base_url = format!("{url}/v1");
        api(&[
            ("AI_PROVIDER", "openai"),
            ("OPENAI_BASE_URL", &base_url),
            ("OPENAI_MODEL", "llama3.2"),
            ("TURNS_PER_MINUTE", "0"),
        ])
    }

    fn chats(&self) -> Vec<Value> {
        let received = self.received.lock().unwrap();
        received.iter().filter(|(path, _)| path == "/api/chat").map(|(_, body)| body.clone()).collect()
    }
}

#[tokio::test]
async fn the_context_is_asked_once_and_set_as_large_as_needed() {
    let stub = Stub::default();
    let twin = stub.twin(131_072, false).await;
    for _ in 0..2 {
        assert_eq!(twin.say("Hi").await.json()["response"], "Grüße 日本");
    }
    let streamed = twin.chat(&json!({"message": "Hi", "stream": true})).await;
    assert_eq!(streamed.events().last().unwrap().1["response"], "Grüße 日本");
    let chats = stub.chats();
    assert_eq!(stub.received.lock().unwrap().len(), 1 + chats.len(), "one description");
    assert_eq!(chats[0]["options"], json!({"num_ctx": 8_192, "num_predict": 1_000, "temperature": 0.3}));
    assert_eq!(chats[0]["stream"], true);
    assert_eq!(chats[0]["messages"].as_array().unwrap().len(), 2);
    assert!(chats[0].get("think").is_none());
    let sizes: Vec<_> = chats.iter().map(|chat| &chat["options"]["num_ctx"]).collect();
    assert!(sizes.iter().all(|size| *size == sizes[0]), "each change loads the model again: {sizes:?}");
    let line = twin.log().into_iter().find(|line| line["route"] == "chat").unwrap();
    assert_eq!((&line["input_tokens"], &line["output_tokens"]), (&json!(12), &json!(3)));
}

#[tokio::test]
async fn large_data_files_get_a_larger_context_or_are_refused() {
    for (context, expected) in [(131_072, 200), (16_384, 503)] {
        let stub = Stub::default();
        let twin = stub.twin(context, false).await;
        std::fs::write(twin.path("data/me.txt"), "word ".repeat(20_000)).unwrap();
        let answered = twin.say("Hi").await;
        assert_eq!(answered.status, expected, "{context}");
        match stub.chats().first() {
            Some(chat) => {
                let size = chat["options"]["num_ctx"].as_u64().unwrap();
                assert!((32_000..=38_000).contains(&size) && size % 2_048 == 0, "{size}");
            }
            None => assert_eq!(answered.json()["code"], "persona_too_large"),
        }
    }
}

#[tokio::test]
async fn a_model_that_thinks_is_asked_not_to_and_has_tokens_for_it() {
    let stub = Stub::default();
    let twin = stub.twin(40_960, true).await;
    twin.say("Hi").await;
    let chats = stub.chats();
    assert_eq!((&chats[0]["think"], &chats[0]["options"]["num_predict"]), (&json!(false), &json!(5_000)));
}

const SHOWN: Shown = Shown { context: 8_192, set: 0, thinks: false };

#[tokio::test(start_paused = true)]
async fn messages_during_a_slow_detection_share_it_and_wait_a_bounded_time() {
    let (detection, attempts) = (Detection::default(), AtomicUsize::new(0));
    let start = Instant::now();
    let show = |_| {
        attempts.fetch_add(1, Ordering::Relaxed);
        async {
            crate::clock::sleep(Duration::from_secs(5)).await;
            Ok(Some(SHOWN))
        }
    };
    let ask = || detection.shown(Duration::from_mins(1), show);
    let early = futures_util::future::join_all((0..20).map(|_| ask())).await;
    assert_eq!(early, [None; 20]);
    assert_eq!(start.elapsed(), SHOW_WAIT, "nobody waits for another visitor");
    assert_eq!(ask().await, None);
    assert_eq!(start.elapsed(), SHOW_WAIT, "later messages do not wait again");
    crate::clock::sleep(Duration::from_secs(4)).await;
    assert_eq!(ask().await, Some(SHOWN));
    assert_eq!((ask().await, attempts.into_inner()), (Some(SHOWN), 1));
}

#[tokio::test(start_paused = true)]
async fn a_failed_detection_is_repeated_after_a_pause_and_does_not_depend_on_a_visitor() {
    let (detection, attempts) = (Detection::default(), AtomicUsize::new(0));
    let show = |_| {
        let attempt = attempts.fetch_add(1, Ordering::Relaxed);
        async move { if attempt == 0 { Err(()) } else { Ok(Some(SHOWN)) } }
    };
    let minute = Duration::from_mins(1);
    // This visitor leaves at once.
    assert_eq!(futures_util::FutureExt::now_or_never(detection.shown(minute, show)), None);
    assert_eq!(detection.shown(minute, show).await, None);
    assert_eq!(attempts.load(Ordering::Relaxed), 1);
    crate::clock::sleep(SHOW_PAUSE).await;
    assert_eq!(detection.shown(minute, show).await, Some(SHOWN));
    assert_eq!(attempts.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_small_context_holds_small_data_files() {
    let stub = Stub::default();
    let twin = stub.twin(8_192, false).await;
    std::fs::write(twin.path("data/me.txt"), "word ".repeat(3_000)).unwrap();
    assert_eq!(twin.say("Hi").await.status, 200);
    assert_eq!(stub.chats()[0]["options"]["num_ctx"], 8_192);
}

fn decode(parts: &[&[u8]]) -> Result<Vec<Chunk>, ModelError> {
    let (mut decoder, mut chunks) = (LineDecoder::default(), VecDeque::new());
    for part in parts {
        decoder.decode(part, &mut chunks)?;
    }
    if decoder.is_complete() { Ok(chunks.into()) } else { Err(ModelError::Truncated) }
}

#[test]
fn lines_are_decoded_at_every_split() {
    let answer = concat!(
        "{\"message\":{\"content\":\"Gr\u{fc}\u{df}e\"},\"done\":false}\r\n\n",
        "{\"message\":{\"content\":\"\"},\"done\":true,\"done_reason\":\"length\",\"prompt_eval_count\":1,\"eval_count\":2}\n",
    );
    let usage = Usage { input: 1, output: 2, ..Usage::default() };
    let expected = vec![Chunk::Text("Grüße".to_owned()), Chunk::Stop(Stop::Length), Chunk::Usage(usage)];
    let bytes = answer.as_bytes();
    for at in 0..=bytes.len() {
        let (before, after) = bytes.split_at(at);
        assert_eq!(decode(&[before, after]).unwrap(), expected, "split at {at}");
    }
    for end in 0..bytes.len() {
        assert!(matches!(decode(&[&bytes[..end]]), Err(ModelError::Truncated)), "ended at {end}");
    }
    assert_eq!(decode(&[b"{\"error\":\"out of memory\"}\n"]).unwrap_err().code(), "model_unavailable");
}

proptest::proptest! {
    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in proptest::collection::vec(0u8.., 0..300)) {
        drop(decode(&[&bytes]));
        let _ = Shown::parse(StatusCode::OK, &bytes);
    }
}
