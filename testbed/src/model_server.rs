//! A stand-in for an OpenAI-compatible model server that accepts one API key, and can refuse to answer.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

pub const FIRST: &str = "sk-proj-0123456789abcdefONE1";
pub const SECOND: &str = "sk-proj-0123456789abcdefTWO2";

const ANSWER: &str = r#"{"choices":[{"message":{"content":"I know the key."},"finish_reason":"stop"}],"usage":{"prompt_tokens":1234,"completion_tokens":7}}"#;

#[derive(Debug)]
pub struct ModelServer {
    pub address: String,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    accepted_key: Mutex<&'static str>,
    refusal: Mutex<Option<Refusal>>,
    /// The size of the model's context, if the server is Ollama.
    context: Mutex<Option<usize>>,
    /// The bodies of all requests, except those that ask for the context.
    received: Mutex<Vec<String>>,
}

/// The status and the body of an error response.
type Refusal = (&'static str, &'static str);

/// The model does not exist, as OpenAI reports it.
pub const UNKNOWN_MODEL: Refusal = (
    "404 Not Found",
    r#"{"error":{"code":"model_not_found","message":"The model `tiny` does not exist or you do not have access to it."}}"#,
);

impl ModelServer {
    pub fn start(host: &str) -> Self {
        let listener = TcpListener::bind((host, 0)).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let shared = Arc::new(Shared {
            accepted_key: Mutex::new(FIRST),
            refusal: Mutex::default(),
            context: Mutex::default(),
            received: Mutex::default(),
        });
        let served = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                drop(answer(stream, &served));
            }
        });
        Self { address, shared }
    }

    pub fn accept_only(&self, key: &'static str) {
        *self.shared.accepted_key.lock().unwrap() = key;
    }

    /// Answers all following requests with an error, or again with a text.
    pub fn refuse(&self, refusal: impl Into<Option<Refusal>>) {
        *self.shared.refusal.lock().unwrap() = refusal.into();
    }

    /// Becomes Ollama, with a model whose context has this size.
    pub fn become_ollama(&self, context: usize) {
        *self.shared.context.lock().unwrap() = Some(context);
    }

    /// Returns the bodies of the requests since the last call.
    pub fn take_received(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.received.lock().unwrap())
    }
}

fn answer(mut stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut head, mut length) = (String::new(), 0);
    while !head.ends_with("\r\n\r\n") {
        let begin = head.len();
        reader.read_line(&mut head)?;
        let line = head[begin..].to_lowercase();
        length = line.strip_prefix("content-length: ").map_or(length, |text| text.trim().parse().unwrap());
    }
    let mut request = vec![0; length];
    reader.read_exact(&mut request)?;
    if head.starts_with("POST /api/show ") {
        let context = *shared.context.lock().unwrap();
        let show = |context| {
            format!(r#"{{"model_info":{{"general.architecture":"llama","llama.context_length":{context}}}}}"#)
        };
        return match context {
            Some(context) => respond(&mut stream, "200 OK", &show(context)),
            None => respond(&mut stream, "404 Not Found", "404 page not found"),
        };
    }
    shared.received.lock().unwrap().push(String::from_utf8_lossy(&request).into_owned());
    let accepted_key = *shared.accepted_key.lock().unwrap();
    let (status, body) = if let Some(refusal) = *shared.refusal.lock().unwrap() {
        refusal
    } else if head.contains(&format!("Bearer {accepted_key}\r\n")) {
        ("200 OK", ANSWER)
    } else {
        ("401 Unauthorized", r#"{"error":{"message":"wrong key"}}"#)
    };
    respond(&mut stream, status, body)
}

fn respond(stream: &mut TcpStream, status: &str, body: &str) -> std::io::Result<()> {
    let head = "Content-Type: application/json\r\nConnection: close";
    write!(stream, "HTTP/1.1 {status}\r\n{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}
