//! How a door begins, and what it does not let get in its way.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    time::{Duration, Instant},
};

use testbed::wait::{self, until_async};
use twinctl::targets::local::gateway::{self, ControlClient, ControlError, GatewaySetup, Secrets};

use super::place::{Place, setup, twinctl};

async fn refused(place: &Place) -> String {
    let refused = gateway::launch(twinctl(), &place.door, &Secrets::default()).await;
    match refused {
        Err(ControlError::Refused(refusal)) => refusal.reason,
        other => panic!("{other:?}"),
    }
}

#[testbed::test]
async fn there_is_one_door_in_a_place() {
    let place = Place::new();
    place.open().await;
    assert_eq!(refused(&place).await, "a gateway is already running for this twin");
    assert_eq!(place.visitor().get("/").await.status, 200);
}

#[testbed::test]
async fn a_port_that_is_taken_is_said_by_whom_or_the_next_one_serves() {
    let place = Place::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    place.door.write(&GatewaySetup { port, ..setup() }).unwrap();
    let reason = refused(&place).await;
    assert!(reason.starts_with(&format!("port {port} is in use by local")), "{reason}");
    assert!(reason.contains(&format!("(process {}); ", std::process::id())), "{reason}");

    place.door.write(&GatewaySetup { port, next_free_port: true, ..setup() }).unwrap();
    place.open().await;
    assert!(place.address().port() > port);
}

#[testbed::test]
async fn what_is_not_there_is_said() {
    let place = Place::new();
    assert!(matches!(ControlClient::find(&place.door), Err(ControlError::NotRunning)));
    fs::remove_file(place.path("door.json")).unwrap();
    assert!(refused(&place).await.ends_with("has no door.json"));
}

#[testbed::test]
async fn without_a_backend_the_page_is_served_and_the_api_says_so() {
    let place = Place::new();
    fs::remove_file(place.path("backend.json")).unwrap();
    gateway::launch(twinctl(), &place.door, &Secrets::default()).await.unwrap();
    let visitor = place.visitor();
    assert_eq!(visitor.get("/").await.status, 200);
    let answer = visitor.get("/api/health").await;
    assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, "1"));
    assert_eq!(answer.json()["code"], "starting");
}

#[testbed::test]
async fn whoever_does_not_know_the_token_is_told_nothing() {
    let place = Place::new();
    let control = place.open().await;
    let visitor = super::visitor::Visitor::new(control.running().control);
    assert_eq!(visitor.get("/status").await.status, 401);
    assert_eq!(visitor.get_with("/status", &[("authorization", "Bearer x")]).await.status, 401);
}

#[testbed::test]
async fn a_visitor_who_never_finishes_is_let_go() {
    let place = Place::new();
    place.open().await;
    let mut slow = TcpStream::connect(place.address()).unwrap();
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
    assert_eq!(place.visitor().get("/").await.status, 200);
}

#[testbed::test]
async fn a_log_that_cannot_be_written_costs_no_request() {
    let place = Place::new();
    fs::write(place.path("logs"), "in the way").unwrap();
    let control = place.open().await;
    let visitor = place.visitor();
    for _ in 0..5 {
        assert_eq!(visitor.chat("What is your email?", "abc").await.unwrap().status, 200);
    }
    fs::remove_file(place.path("logs")).unwrap();
    assert_eq!(visitor.get("/").await.status, 200);
    until_async("it is written again", || !place.log("requests.log").is_empty()).await;
    control.stop().await.unwrap();
}

#[testbed::test]
async fn a_full_disk_for_logs_costs_no_request() {
    let place = Place::new();
    // Writing to it says that no space is left, as a full disk does.
    fs::create_dir(place.path("logs")).unwrap();
    for log in ["twin.log", "requests.log"] {
        std::os::unix::fs::symlink("/dev/full", place.path("logs").join(log)).unwrap();
    }
    let control = place.open().await;
    assert_eq!(place.visitor().chat("What is your email?", "abc").await.unwrap().status, 200);
    control.stop().await.unwrap();
}

#[testbed::test]
async fn a_log_that_is_large_is_put_aside() {
    let place = Place::new();
    fs::create_dir(place.path("logs")).unwrap();
    fs::write(place.path("logs/requests.log"), "x".repeat(5 << 20)).unwrap();
    place.open().await;
    place.visitor().get("/").await;
    until_async("it is put aside", || place.log("requests.log").lines().count() == 1).await;
    assert_eq!(place.log("requests.log.1").len(), 5 << 20);
}
