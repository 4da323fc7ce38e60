//! Starts of the gateway, and obstacles to it.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    time::{Duration, Instant},
};

use testbed::wait::{self, until_async};
use twinctl::targets::local::gateway::{self, ControlClient, ControlError, GatewaySetup, Secrets};

use super::test_gateway::{TestGateway, setup, twinctl};

async fn refused(gateway: &TestGateway) -> String {
    let refused = gateway::launch(twinctl(), &gateway.twin_folder, &Secrets::default()).await;
    match refused {
        Err(ControlError::Refused(refusal)) => refusal.reason,
        other => panic!("{other:?}"),
    }
}

#[testbed::test]
async fn a_second_gateway_for_a_twin_is_rejected() {
    let gateway = TestGateway::new();
    gateway.open().await;
    assert_eq!(refused(&gateway).await, "a gateway is already running for this twin");
    assert_eq!(gateway.visitor().get("/").await.status, 200);
}

#[testbed::test]
async fn a_port_in_use_is_reported_with_its_process_or_the_next_one_is_used() {
    let gateway = TestGateway::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    gateway.twin_folder.write(&GatewaySetup { port, ..setup() }).unwrap();
    let reason = refused(&gateway).await;
    assert!(reason.starts_with(&format!("port {port} is in use by local")), "{reason}");
    assert!(reason.contains(&format!("(process {}); ", std::process::id())), "{reason}");

    gateway.twin_folder.write(&GatewaySetup { port, next_free_port: true, ..setup() }).unwrap();
    gateway.open().await;
    assert!(gateway.address().port() > port);
}

#[testbed::test]
async fn missing_files_are_reported() {
    let gateway = TestGateway::new();
    assert!(matches!(ControlClient::find(&gateway.twin_folder), Err(ControlError::NotRunning)));
    fs::remove_file(gateway.path("door.json")).unwrap();
    assert!(refused(&gateway).await.ends_with("has no door.json"));
}

#[testbed::test]
async fn without_a_backend_the_page_is_served_and_the_api_returns_503() {
    let gateway = TestGateway::new();
    fs::remove_file(gateway.path("backend.json")).unwrap();
    gateway::launch(twinctl(), &gateway.twin_folder, &Secrets::default()).await.unwrap();
    let visitor = gateway.visitor();
    assert_eq!(visitor.get("/").await.status, 200);
    let answer = visitor.get("/api/health").await;
    assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, "1"));
    assert_eq!(answer.json()["code"], "starting");
}

#[testbed::test]
async fn control_requests_without_the_token_are_rejected() {
    let gateway = TestGateway::new();
    let control = gateway.open().await;
    let visitor = super::visitor::Visitor::new(control.running().control);
    assert_eq!(visitor.get("/status").await.status, 401);
    assert_eq!(visitor.get_with("/status", &[("authorization", "Bearer x")]).await.status, 401);
}

#[testbed::test]
async fn a_request_that_never_finishes_is_disconnected() {
    let gateway = TestGateway::new();
    gateway.open().await;
    let mut slow = TcpStream::connect(gateway.address()).unwrap();
    slow.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n").unwrap();
    slow.set_read_timeout(Some(wait::LIMIT)).unwrap();
    let begun = Instant::now();
    let answer = tokio::task::spawn_blocking(move || {
        let mut answer = Vec::new();
        slow.read_to_end(&mut answer).map(|_| answer)
    });
    let answer = String::from_utf8(answer.await.unwrap().unwrap()).unwrap();
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(begun.elapsed() > Duration::from_secs(5));
    assert_eq!(gateway.visitor().get("/").await.status, 200);
}

#[testbed::test]
async fn an_unwritable_log_fails_no_request() {
    let gateway = TestGateway::new();
    fs::write(gateway.path("logs"), "a file").unwrap();
    let control = gateway.open().await;
    let visitor = gateway.visitor();
    for _ in 0..5 {
        assert_eq!(visitor.chat("What is your email?", "abc").await.unwrap().status, 200);
    }
    fs::remove_file(gateway.path("logs")).unwrap();
    assert_eq!(visitor.get("/").await.status, 200);
    until_async("it is written again", || !gateway.log("requests.log").is_empty()).await;
    control.stop().await.unwrap();
}

#[testbed::test]
async fn a_full_disk_for_logs_fails_no_request() {
    let gateway = TestGateway::new();
    // A write to /dev/full fails like one to a full disk.
    fs::create_dir(gateway.path("logs")).unwrap();
    for log in ["twin.log", "requests.log"] {
        std::os::unix::fs::symlink("/dev/full", gateway.path("logs").join(log)).unwrap();
    }
    let control = gateway.open().await;
    assert_eq!(gateway.visitor().chat("What is your email?", "abc").await.unwrap().status, 200);
    control.stop().await.unwrap();
}

#[testbed::test]
async fn a_large_log_is_rotated() {
    let gateway = TestGateway::new();
    fs::create_dir(gateway.path("logs")).unwrap();
    fs::write(gateway.path("logs/requests.log"), "x".repeat(5 << 20)).unwrap();
    gateway.open().await;
    gateway.visitor().get("/").await;
    until_async("it is put aside", || gateway.log("requests.log").lines().count() == 1).await;
    assert_eq!(gateway.log("requests.log.1").len(), 5 << 20);
}
