//! A stand-in for an OpenAI-compatible model server that accepts one API key.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

pub const FIRST: &str = "sk-proj-0123456789abcdefONE1";
pub const SECOND: &str = "sk-proj-0123456789abcdefTWO2";

#[derive(Debug)]
pub struct ModelServer {
    pub address: String,
    accepted: Arc<Mutex<&'static str>>,
}

impl ModelServer {
    pub fn start(host: &str) -> Self {
        let listener = TcpListener::bind((host, 0)).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let accepted = Arc::new(Mutex::new(FIRST));
        let accepted_key = Arc::clone(&accepted);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                drop(answer(stream, *accepted_key.lock().unwrap()));
            }
        });
        Self { address, accepted }
    }

    pub fn accept_only(&self, key: &'static str) {
        *self.accepted.lock().unwrap() = key;
    }
}

fn answer(mut stream: TcpStream, accepted_key: &str) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut head, mut length) = (String::new(), 0);
    while !head.ends_with("\r\n\r\n") {
        let begin = head.len();
        reader.read_line(&mut head)?;
        let line = head[begin..].to_lowercase();
        length = line.strip_prefix("content-length: ").map_or(length, |text| text.trim().parse().unwrap());
    }
    reader.read_exact(&mut vec![0; length])?;
    let (status, body) = if head.contains(&format!("Bearer {accepted_key}\r\n")) {
        ("200 OK", r#"{"choices":[{"message":{"content":"I know the key."},"finish_reason":"stop"}]}"#)
    } else {
        ("401 Unauthorized", r#"{"error":{"message":"wrong key"}}"#)
    };
    let head = "Content-Type: application/json\r\nConnection: close";
    write!(stream, "HTTP/1.1 {status}\r\n{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}
