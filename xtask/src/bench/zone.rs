//! A hosted zone in the emulated AWS.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};

use anyhow::{Result, ensure};
use testbed::emulator::PUBLIC_ACCOUNT;

/// Creates a hosted zone. Calls the emulator directly, so that the proxy does not count the call.
pub(super) fn create_zone(port: u16, name: &str) -> Result<()> {
    let body = format!(
        "<CreateHostedZoneRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><Name>{name}</Name>\
         <CallerReference>bench</CallerReference></CreateHostedZoneRequest>"
    );
    let credential = format!("{PUBLIC_ACCOUNT}/20260101/us-east-1/route53/aws4_request");
    let request = format!(
        "POST /2013-04-01/hostedzone HTTP/1.1\r\nHost: route53.amazonaws.com\r\nConnection: close\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential={credential}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.write_all(request.as_bytes())?;
    let mut response = String::new();
    stream.read_to_string(&mut response)?;
    ensure!(response.starts_with("HTTP/1.1 201"), "failed to create the zone: {response}");
    Ok(())
}
