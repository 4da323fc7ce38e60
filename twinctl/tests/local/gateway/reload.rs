//! Changes of backend, page, throttle, port and executable while there are visitors.

use std::fs;

use testbed::{process::is_running, wait::until_async};
use twinctl::targets::local::gateway::{BackendSetup, ControlError, GatewaySetup, Secrets, Throttle};

use super::{
    load::{Kind, Load},
    test_gateway::{TestGateway, backend_pid, page, ready, setup, twinctl},
    visitor::until_throttled,
};

async fn answer_some(load: &Load) {
    let before = load.answered();
    until_async("some are answered", || load.answered() > before + 20).await;
}

#[testbed::test]
async fn a_new_backend_takes_over_without_a_failed_request() {
    let gateway = TestGateway::new();
    let control = gateway.open().await;
    let first = backend_pid(&ready(&control).await);
    let load = Load::start(&gateway.visitor(), Kind::Chat, 8);
    for fingerprint in ["second", "third"] {
        answer_some(&load).await;
        gateway.twin_folder.write(&gateway.backend(fingerprint)).unwrap();
        let status = control.reload(Secrets::default()).await.unwrap();
        assert_eq!(status.backend.unwrap().fingerprint, fingerprint);
    }
    answer_some(&load).await;
    let outcomes = load.stop().await;
    assert_eq!(outcomes.keys().collect::<Vec<_>>(), ["200"], "{outcomes:?}");
    until_async("the first one ends", || !is_running(first)).await;
}

#[testbed::test]
async fn an_unhealthy_backend_is_rejected_with_the_reason() {
    let gateway = TestGateway::new();
    let control = gateway.open().await;
    let before = ready(&control).await;
    let load = Load::start(&gateway.visitor(), Kind::Chat, 4);
    answer_some(&load).await;
    let broken = gateway.with_settings("broken", &[("AI_PROVIDER", "gemini")]);
    let missing = BackendSetup { binary: gateway.path("nothing"), ..gateway.backend("missing") };
    for (setup, reason) in [(broken, "exit status: 3"), (missing, "could not start")] {
        gateway.twin_folder.write(&setup).unwrap();
        let Err(ControlError::Refused(refusal)) = control.reload(Secrets::default()).await else {
            panic!("{reason}: it was taken")
        };
        assert!(refusal.reason.contains(reason), "{refusal:?}");
        assert!(reason == "could not start" || refusal.log.concat().contains("gemini"), "{refusal:?}");
    }
    answer_some(&load).await;
    let outcomes = load.stop().await;
    assert_eq!(outcomes.keys().collect::<Vec<_>>(), ["200"], "{outcomes:?}");
    let after = ready(&control).await;
    assert_eq!(backend_pid(&after), backend_pid(&before));
    assert_eq!(after.backend.unwrap().fingerprint, "first");
}

#[testbed::test]
async fn a_new_page_and_throttle_are_served_by_the_same_processes() {
    let gateway = TestGateway::new();
    let control = gateway.open().await;
    let before = ready(&control).await;
    gateway.page("second", &[("index.html", "second")]);
    let throttle = Throttle { burst: 1, rate: 1 };
    gateway.twin_folder.write(&GatewaySetup { page: page("second"), throttle, ..setup() }).unwrap();
    let after = control.reload(Secrets::default()).await.unwrap();
    assert_eq!((after.setup.throttle, backend_pid(&after)), (throttle, backend_pid(&before)));
    let visitor = gateway.visitor();
    assert_eq!(visitor.get("/").await.body, "second");
    until_throttled(&visitor).await;

    gateway.twin_folder.write(&GatewaySetup { page: page("third"), ..setup() }).unwrap();
    let refused = control.reload(Secrets::default()).await.unwrap_err();
    assert!(refused.to_string().contains("third does not exist"), "{refused}");
    assert_eq!(visitor.get("/").await.body, "second");
}

#[testbed::test]
async fn a_new_port_is_opened_before_the_old_one_is_closed() {
    let gateway = TestGateway::new();
    let control = gateway.open().await;
    let before = gateway.visitor();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    gateway.twin_folder.write(&GatewaySetup { port: free, ..setup() }).unwrap();
    let status = control.reload(Secrets::default()).await.unwrap();
    assert_eq!((status.address.port(), gateway.address().port()), (free, free));
    assert_eq!(gateway.visitor().get("/").await.status, 200);
    assert!(before.send(http::Method::GET, "/", &[], String::new()).await.is_err());
}

#[testbed::test]
async fn a_new_executable_takes_over_without_a_failed_request() {
    let gateway = TestGateway::new();
    let control = gateway.open().await;
    let (before, address) = (ready(&control).await, gateway.address());
    let load = Load::start(&gateway.visitor(), Kind::Chat, 8);
    answer_some(&load).await;
    let copy = gateway.path("another-twinctl");
    fs::copy(twinctl(), &copy).unwrap();
    let control = control.hand_over(&gateway.twin_folder, &copy).await.unwrap();
    answer_some(&load).await;
    let outcomes = load.stop().await;
    assert_eq!(outcomes.keys().collect::<Vec<_>>(), ["200"], "{outcomes:?}");
    let after = ready(&control).await;
    assert_ne!(after.process.pid, before.process.pid);
    assert_eq!((after.address, gateway.address()), (address, address));
    for pid in [before.process.pid, backend_pid(&before)] {
        until_async("the first one ends", || !is_running(pid)).await;
    }
    assert_eq!(gateway.visitor().get("/").await.status, 200);
}

#[testbed::test]
async fn an_executable_that_cannot_serve_does_not_take_over() {
    let gateway = TestGateway::new();
    let control = gateway.open().await;
    let refused = control.hand_over(&gateway.twin_folder, "/bin/false".as_ref()).await.unwrap_err();
    assert!(refused.to_string().contains("exited without an error message"), "{refused}");
    assert_eq!(gateway.visitor().get("/api/health").await.status, 200);
}
