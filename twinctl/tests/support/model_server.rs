//! A server that speaks OpenAI's language, and takes one key.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

pub(crate) const FIRST: &str = "sk-proj-0123456789abcdefONE1";
pub(crate) const SECOND: &str = "sk-proj-0123456789abcdefTWO2";

pub(crate) struct Server {
    pub(crate) address: String,
    takes: Arc<Mutex<&'static str>>,
}

impl Server {
    pub(crate) fn start(host: &str) -> Self {
        let listener = TcpListener::bind((host, 0)).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let takes = Arc::new(Mutex::new(FIRST));
        let wanted = Arc::clone(&takes);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                drop(answer(stream, *wanted.lock().unwrap()));
            }
        });
        Self { address, takes }
    }

    pub(crate) fn takes(&self, key: &'static str) {
        *self.takes.lock().unwrap() = key;
    }
}

fn answer(mut stream: TcpStream, wanted: &str) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut head, mut length) = (String::new(), 0);
    while !head.ends_with("\r\n\r\n") {
        let begin = head.len();
        reader.read_line(&mut head)?;
        let line = head[begin..].to_lowercase();
        length = line.strip_prefix("content-length: ").map_or(length, |text| text.trim().parse().unwrap());
    }
    reader.read_exact(&mut vec![0; length])?;
    let (status, body) = if head.contains(&format!("Bearer {wanted}\r\n")) {
        ("200 OK", r#"{"choices":[{"message":{"content":"I know the key."},"finish_reason":"stop"}]}"#)
    } else {
        ("401 Unauthorized", r#"{"error":{"message":"wrong key"}}"#)
    };
    let head = "Content-Type: application/json\r\nConnection: close";
    write!(stream, "HTTP/1.1 {status}\r\n{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}
