//! The built binary behind a REST API that streams.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../src/runtime/tests/rest_api.rs"]
mod rest_api;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use rest_api::{Abandoned, Part, RestApi};

struct Function {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
}

impl Function {
    fn start(folder: &Path, runtime_api: &str, model: &str) -> Self {
        std::fs::create_dir(folder.join("data")).unwrap();
        std::fs::write(folder.join("data/facts.json"), r#"{"full_name": "Ada Example"}"#).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_twin-lambda"))
            .current_dir(folder)
            .env_clear()
            .envs([
                ("AWS_LAMBDA_RUNTIME_API", runtime_api),
                ("AI_PROVIDER", "openai"),
                ("OPENAI_BASE_URL", model),
                ("OPENAI_MODEL", "m"),
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    fn next_line(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Starts a model that streams a word each time that the test sends one. An empty word ends its answer.
fn model() -> (String, Sender<&'static str>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    // At this path, the twin does not look for Ollama.
    let url = format!("http://{}/openai/v1", listener.local_addr().unwrap());
    let (sender, words) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            // The function may disconnect at any time.
            drop(answer(stream.unwrap(), &words));
        }
    });
    (url, sender)
}

fn answer(mut stream: TcpStream, words: &Receiver<&'static str>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut line, mut length) = (String::new(), 0);
    while line != "\r\n" {
        line.clear();
        reader.read_line(&mut line)?;
        if let Some(value) = line.to_lowercase().strip_prefix("content-length: ") {
            length = value.trim().parse().unwrap();
        }
    }
    reader.read_exact(&mut vec![0; length])?;
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")?;
    while let Ok(word) = words.recv() {
        let event = match word {
            "" => "[DONE]".to_owned(),
            word => json!({"choices": [{"delta": {"content": word}}]}).to_string(),
        };
        stream.write_all(format!("data: {event}\n\n").as_bytes())?;
        if word.is_empty() {
            break;
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_binary_streams_tokens_and_saves_the_turn_of_a_visitor_who_leaves() {
    let folder = tempfile::tempdir().unwrap();
    let (url, words) = model();
    let mut api = RestApi::start(Abandoned::Closed).await;
    let mut function = Function::start(folder.path(), &api.address, &url);
    let ask = |api: &RestApi, turn: &str| {
        let body = json!({"message": "Who are you?", "session_id": "secret-id", "turn": turn});
        api.visit("POST", "/api/chat", "text/event-stream", &body)
    };

    let mut visit = ask(&api, "t1");
    assert!(matches!(visit.next().await, Part::Head(_)));
    // The model sends the next word only after the previous one was received, so nothing in between may buffer.
    for word in ["I am", " the twin", " of Ada."] {
        words.send(word).unwrap();
        visit.until(word).await;
    }
    words.send("").unwrap();
    visit.until("event: done").await;
    assert_eq!(api.response_headers().await["lambda-runtime-function-response-mode"], "streaming");

    let mut visit = ask(&api, "t2");
    words.send("Well,").unwrap();
    visit.until("Well,").await;
    let history = api.visit("GET", "/api/chat/history/secret-id", "application/json", &json!(null));
    drop(visit);
    let (head, history) = history.complete().await;
    assert_eq!(head["statusCode"], 200);
    assert!(history.contains("I am the twin of Ada."), "{history}");
    assert!(history.contains(r#""content":"Well,""#) && history.contains(r#""stopped":true"#), "{history}");

    for (method, route) in [("POST", "chat"), ("POST", "chat"), ("GET", "history")] {
        let line = function.next_line();
        assert_eq!(
            (&line["method"], &line["route"], &line["status"]),
            (&json!(method), &json!(route), &json!(200))
        );
        assert!(line["duration_ms"].is_number() && !line.to_string().contains("secret-id"), "{line}");
    }
}

#[tokio::test]
async fn the_binary_sends_both_parts_of_the_stream_check_apart() {
    let folder = tempfile::tempdir().unwrap();
    let api = RestApi::start(Abandoned::Received).await;
    let _function = Function::start(folder.path(), &api.address, "http://127.0.0.1:9/v1");
    let mut visit = api.visit("GET", "/api/stream-check", "text/event-stream", &json!(null));
    visit.until("data: 1\n\n").await;
    let first = Instant::now();
    visit.until("data: 2\n\n").await;
    assert!(first.elapsed() > Duration::from_millis(200), "{:?}", first.elapsed());
}
