//! A visitor of the twin.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use serde_json::{Value, json};

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// What comes before the body.
    head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

pub(crate) fn get(url: &str, path: &str) -> Answer {
    try_ask(url, &format!("GET {path} HTTP/1.1"), "").unwrap()
}

pub(crate) fn chat(url: &str, message: &str) -> Answer {
    try_chat(url, message, None).unwrap()
}

pub(crate) fn chat_at(url: &str, path: &str, message: &str) -> Answer {
    let head = format!("POST {path} HTTP/1.1\r\ncontent-type: application/json");
    try_ask(url, &head, &json!({ "message": message }).to_string()).unwrap()
}

/// None when the connection broke before an answer was whole.
pub(crate) fn try_chat(url: &str, message: &str, session: Option<&str>) -> Option<Answer> {
    let body = json!({"message": message, "session_id": session}).to_string();
    try_ask(url, "POST /api/chat HTTP/1.1\r\ncontent-type: application/json", &body)
}

fn try_ask(url: &str, head: &str, body: &str) -> Option<Answer> {
    let host = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let length = body.len();
    let request =
        format!("{head}\r\nhost: {host}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, head: head.to_owned(), body: body.to_owned() })
}
