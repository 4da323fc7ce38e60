//! Gateways and backends that are killed or stopped.

use testbed::{
    process::{self, is_running},
    wait::{self, until_async},
};

use super::{
    load::{Kind, Load},
    test_gateway::{TestGateway, backend_pid, ready},
};

#[testbed::test]
async fn a_killed_backend_restarts_and_only_its_open_requests_fail() {
    let gateway = TestGateway::new();
    let control = gateway.open().await;
    let (chat, health) =
        (Load::start(&gateway.visitor(), Kind::Chat, 4), Load::start(&gateway.visitor(), Kind::Health, 4));
    for kills in 1..=2_u32 {
        let before = chat.answered();
        until_async("some are answered", || chat.answered() > before + 20).await;
        process::kill(backend_pid(&ready(&control).await));
        until_async("it is started again", || chat.answered() > before + 40).await;
        assert_eq!(ready(&control).await.backend.unwrap().restarts, kills);
    }
    let (chat, health) = (chat.stop().await, health.stop().await);
    // Each visitor has at most one open request.
    let lost: usize = chat.iter().filter(|(outcome, _)| *outcome != "200").map(|(_, count)| count).sum();
    assert!(lost <= 8, "{chat:?}");
    assert!(chat.keys().all(|outcome| ["200", "502"].contains(&outcome.as_str())), "{chat:?}");
    assert_eq!(health.keys().collect::<Vec<_>>(), ["200"], "{health:?}");
}

#[testbed::test]
async fn a_backend_that_hangs_is_replaced() {
    let gateway = TestGateway::new();
    let control = gateway.open().await;
    let visitor = gateway.visitor();
    assert_eq!(visitor.chat("What is your email?", "abc").await.unwrap().status, 200);
    let hung = backend_pid(&ready(&control).await);
    process::signal(hung, "-STOP");
    until_async("it is killed", || !is_running(hung)).await;
    let status = wait::for_value_async("it is replaced", async || {
        let status = ready(&control).await;
        (backend_pid(&status) != hung).then_some(status)
    })
    .await;
    assert_eq!(status.backend.unwrap().restarts, 1);
    assert_eq!(visitor.chat("What is your email?", "abc").await.unwrap().status, 200);
    let log = gateway.log("twin.log");
    assert!(log.contains("stopped responding"), "{log}");
    assert!(!log.contains("\"route\":\"health\""), "probes are not logged: {log}");
}

#[testbed::test]
async fn a_killed_gateway_does_not_block_a_restart() {
    let gateway = TestGateway::new();
    let control = gateway.open().await;
    let status = ready(&control).await;
    let load = Load::start(&gateway.visitor(), Kind::Chat, 4);
    until_async("some are answered", || load.answered() > 20).await;
    process::kill(status.process.pid);
    until_async("the backend ends with it", || !is_running(backend_pid(&status))).await;
    load.stop().await;
    assert!(control.status().await.is_err());

    let control = gateway.open().await;
    assert_ne!(control.running().process.pid, status.process.pid);
    assert_eq!(gateway.visitor().chat("What is your email?", "abc").await.unwrap().status, 200);
    for file in std::fs::read_dir(gateway.path("memory")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "json") {
            let conversation = std::fs::read(&path).unwrap();
            assert!(serde_json::from_slice::<serde_json::Value>(&conversation).is_ok(), "{}", path.display());
        }
    }
}

#[testbed::test]
async fn a_stopped_gateway_stops_its_backend_and_deletes_its_record() {
    let gateway = TestGateway::new();
    let control = gateway.open().await;
    let status = ready(&control).await;
    control.stop().await.unwrap();
    assert!(!is_running(status.process.pid) && !is_running(backend_pid(&status)));
    assert!(!gateway.path("running.json").exists());
    assert!(gateway.log("twin.log").contains("the gateway has stopped"));
}
