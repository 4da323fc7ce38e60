//! HTTP requests, each on a separate connection.

use std::{
    io::{self, Read as _, Write as _},
    net::{TcpStream, ToSocketAddrs},
};

use serde_json::Value;

use crate::wait;

#[derive(Debug)]
pub struct Response {
    pub status: u16,
    head: String,
    pub body: String,
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Sends `request`, a method and a path, with the Host header `host`. Returns an error if the connection breaks
/// before the response is complete.
pub fn send(
    address: impl ToSocketAddrs,
    host: &str,
    request: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> io::Result<Response> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(wait::LIMIT))?;
    let headers: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let headers = headers.concat();
    let length = body.len();
    let head = format!("{request} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}");
    stream.write_all(format!("{head}\r\n{headers}\r\n{body}").as_bytes())?;
    let mut response = Vec::new();
    stream.read_to_end(&mut response)?;
    parse(&response).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

fn parse(response: &[u8]) -> Option<Response> {
    let end = response.windows(4).position(|window| window == b"\r\n\r\n")?;
    let (head, body) = (String::from_utf8_lossy(&response[..end]).into_owned(), &response[end + 4..]);
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let response = Response { status, head, body: String::from_utf8_lossy(body).into_owned() };
    let length = response.header("content-length").and_then(|length| length.parse().ok());
    length.is_none_or(|length: usize| body.len() == length).then_some(response)
}
