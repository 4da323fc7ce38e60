//! A gateway of another twinctl.

use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::*;
use crate::{system::host::Process, targets::local::gateway::Running};

#[tokio::test]
async fn a_gateway_of_an_earlier_twinctl_has_no_canary_to_end() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        drop(stream.read(&mut [0; 4096]).await);
        let body = json!({"reason": "unknown control request", "log": []}).to_string();
        let head = format!("HTTP/1.1 404 Not Found\r\ncontent-length: {}\r\n\r\n", body.len());
        stream.write_all((head + &body).as_bytes()).await.unwrap();
    });
    let temporary = tempfile::tempdir().unwrap();
    let folder = TwinFolder::new(temporary.path());
    let process = Process::current();
    let running =
        json!({"process": process, "control": address, "token": "", "executable": "", "address": address});
    folder.write(&serde_json::from_value::<Running>(running).unwrap()).unwrap();
    let gate = Arc::new(WriteGate::default());
    gate.confirm(gate.now());
    let machine = Machine::new(folder, Secrets::default(), gate);
    assert!(!machine.end_canary().await.unwrap());
}
