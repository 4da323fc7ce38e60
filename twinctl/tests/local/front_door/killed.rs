//! Processes that are killed at any moment, by whoever does such a thing.

use testbed::{
    process::{self, is_running},
    wait::until_async,
};

use super::{
    load::{Load, What},
    place::{Place, backend_pid, ready},
};

#[testbed::test]
async fn a_backend_that_is_killed_comes_back_and_only_what_it_had_is_lost() {
    let place = Place::new();
    let control = place.open().await;
    let (chat, health) =
        (Load::start(&place.visitor(), What::Chat, 4), Load::start(&place.visitor(), What::Health, 4));
    for kills in 1..=2_u32 {
        let before = chat.answered();
        until_async("some are answered", || chat.answered() > before + 20).await;
        process::kill(backend_pid(&ready(&control).await));
        until_async("it is started again", || chat.answered() > before + 40).await;
        assert_eq!(ready(&control).await.backend.unwrap().restarts, kills);
    }
    let (chat, health) = (chat.stop().await, health.stop().await);
    // Each visitor has one message on its way at most.
    let lost: usize = chat.iter().filter(|(outcome, _)| *outcome != "200").map(|(_, count)| count).sum();
    assert!(lost <= 8, "{chat:?}");
    assert!(chat.keys().all(|outcome| ["200", "502"].contains(&outcome.as_str())), "{chat:?}");
    assert_eq!(health.keys().collect::<Vec<_>>(), ["200"], "{health:?}");
}

#[testbed::test]
async fn a_door_that_is_killed_leaves_nothing_behind_that_is_in_the_way() {
    let place = Place::new();
    let control = place.open().await;
    let status = ready(&control).await;
    let load = Load::start(&place.visitor(), What::Chat, 4);
    until_async("some are answered", || load.answered() > 20).await;
    process::kill(status.process.pid);
    until_async("the backend ends with it", || !is_running(backend_pid(&status))).await;
    load.stop().await;
    assert!(control.status().await.is_err());

    let control = place.open().await;
    assert_ne!(control.running().process.pid, status.process.pid);
    assert_eq!(place.visitor().chat("What is your email?", "abc").await.unwrap().status, 200);
    for file in std::fs::read_dir(place.path("memory")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "json") {
            let conversation = std::fs::read(&path).unwrap();
            assert!(serde_json::from_slice::<serde_json::Value>(&conversation).is_ok(), "{path:?}");
        }
    }
}

#[testbed::test]
async fn a_door_that_is_stopped_finishes_and_leaves() {
    let place = Place::new();
    let control = place.open().await;
    let status = ready(&control).await;
    control.stop().await.unwrap();
    assert!(!is_running(status.process.pid) && !is_running(backend_pid(&status)));
    assert!(!place.path("running.json").exists());
    assert!(place.log("twin.log").contains("the gateway has stopped"));
}
