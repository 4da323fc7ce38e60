//! New credentials during a canary.

use std::fs;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::*;
use crate::targets::local::gateway::protocol::{BackendSetup, Credentials, Secrets};

/// Answers each request as a healthy twin-lambda does.
async fn serve(listener: TcpListener) {
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        tokio::spawn(async move {
            let mut request = [0; 4096];
            while stream.read(&mut request).await.is_ok_and(|read| read > 0) {
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
            }
        });
    }
}

/// A backend whose program is the file `serve` in the twin's folder.
fn change(fingerprint: &str) -> Change {
    let setup = BackendSetup {
        binary: "/bin/sh".into(),
        settings: BTreeMap::new(),
        credentials: Credentials::None,
        fingerprint: fingerprint.to_owned(),
    };
    Change { setup, secrets: Secrets::default() }
}

#[tokio::test]
async fn both_processes_of_a_canary_get_new_credentials_and_keep_their_answers() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(listener));
    let folder = tempfile::tempdir().unwrap();
    let program = format!("echo '{{\"detail\":{{\"url\":\"http://{address}\"}}}}'\nexec cat\n");
    fs::write(folder.path().join("serve"), program).unwrap();
    let (view, mut seen) = watch::channel(View::default());
    let logs = Logs::open(folder.path().join("logs"));
    let mut supervisor = Supervisor::new(folder.path().to_owned(), logs, view);
    supervisor.change(change("first")).await.unwrap();
    supervisor.begin_canary(change("second"), 50).await.unwrap();

    let upstreams = |view: &View| {
        let second = view.canary.as_ref().and_then(|canary| canary.upstream.as_ref());
        [view.upstream.as_ref(), second].map(|upstream| Arc::clone(upstream.unwrap()))
    };
    let before = upstreams(&seen.borrow());
    supervisor.timer = Some(Instant::now());
    supervisor.second.as_mut().unwrap().renew = Some(Instant::now());
    let (_steps, mut requested) = mpsc::channel(1);
    let renewed = seen.wait_for(|view| {
        let now = upstreams(view);
        now.iter().zip(&before).all(|(now, before)| !Arc::ptr_eq(now, before))
    });
    tokio::select! {
        () = supervisor.handle_events(&mut requested) => {}
        renewed = renewed => drop(renewed.unwrap()),
    }
    let canary = supervisor.view.borrow().canary.clone().unwrap();
    let tally = |live: &Option<LiveProcess>| Arc::clone(live.as_ref().unwrap().process.tally());
    assert!(Arc::ptr_eq(&tally(&supervisor.current), &canary.old));
    assert!(Arc::ptr_eq(&tally(&supervisor.second), &canary.new));
}
