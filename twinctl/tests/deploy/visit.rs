//! Visits through the emulated CloudFront, which knows a distribution by the Host header.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// What a visitor gets.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Head and body, as they came.
    pub(crate) text: String,
}

/// `url` is what `twinctl` printed.
pub(crate) async fn visit(port: u16, url: &str, path: &str) -> Answer {
    ask(port, domain(url), &format!("GET {path}"), "").await
}

pub(crate) async fn chat(port: u16, url: &str, message: &str) -> Answer {
    ask(port, domain(url), "POST /api/chat", &serde_json::json!({ "message": message }).to_string()).await
}

fn domain(url: &str) -> &str {
    url.strip_prefix("https://").expect("an address")
}

pub(crate) async fn ask(port: u16, host: &str, what: &str, body: &str) -> Answer {
    let request = format!(
        "{what} HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-Proto: https\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut text = Vec::new();
    stream.read_to_end(&mut text).await.unwrap();
    let text = String::from_utf8_lossy(&text).into_owned();
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
    Answer { status: status.unwrap_or_default(), text }
}
