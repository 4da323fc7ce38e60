//! The API key of a local twin: stored, replaced while it runs, and deleted.

use std::{fs, os::unix::fs::PermissionsExt as _};

use serde_json::Value;
use testbed::model_server::{FIRST, ModelServer, SECOND};

use super::twin::{DEPLOY, Twin, binary};

pub(crate) fn model_at(server: &ModelServer) -> String {
    let url = format!("http://{}/v1", server.address);
    // The twin is deployed before it has a key.
    format!("model: {{ source: openai, id: tiny, base_url: \"{url}\" }}\nrelease: {{ ask: false }}\n")
}

#[testbed::test]
fn a_local_twin_has_no_origin_secret() {
    let twin = Twin::new();
    twin.run(&["secret", "rotate", "local", "origin"])
        .exits_with(2)
        .reports("a local twin has no origin secret; nothing was changed");
}

#[testbed::test]
fn a_running_twin_gets_a_new_key_at_once() {
    let twin = Twin::new();
    let server = ModelServer::start("127.0.0.1");
    twin.add_to_environment(&model_at(&server));
    let set = ["secret", "set", "local", "openai"];

    twin.run(&["secret", "status", "local"]).exits_with(8).reports("no key is stored");
    twin.deploy().exits_with(0);
    twin.run(&["chat", "local", "Do you?"]).exits_with(8);
    twin.run(&["secret", "set", "local", "openai", FIRST])
        .exits_with(2)
        .reports("a key must not be passed as an argument");
    twin.run_with_input(&set, "").exits_with(2).reports("the key is empty");
    twin.run_with_input(&["secret", "rotate", "local", "openai"], FIRST)
        .exits_with(2)
        .reports("no key to replace");
    twin.run_with_input(&set, FIRST).exits_with(0).reports("which ends in ONE1");
    let key = twin.place().join("secrets/openai");
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(twin.run(&["chat", "local", "And now?"]).exits_with(0).stdout, "I know the key.\n");
    twin.deploy().exits_with(0).reports("nothing to change");

    server.accept_only(SECOND);
    let rotated =
        twin.run_with_input(&["secret", "rotate", "local", "openai", "--json"], SECOND).exits_with(0);
    assert!(!format!("{rotated:?}").contains("sk-proj"), "{rotated:?}");
    assert_eq!(twin.run(&["chat", "local", "And then?"]).exits_with(0).stdout, "I know the key.\n");
    twin.deploy().exits_with(0).reports("nothing to change");
    let status = twin.run(&["secret", "status", "local", "--json"]).exits_with(0).stdout;
    let status: Value = serde_json::from_str(&status).unwrap();
    assert_eq!((&status["ending"], &status["used"]), (&"TWO2".into(), &true.into()), "{status}");

    twin.run(&["destroy", "local", "--confirm", "local"]).exits_with(0);
    assert!(!key.exists());
    twin.run_with_input(&set, FIRST).exits_with(0);
    twin.run(&["secret", "remove", "local", "openai", "--yes"]).exits_with(0).reports("deleted");
    assert!(!key.exists());
}

#[testbed::test]
fn a_removed_key_is_no_longer_used() {
    let twin = Twin::new();
    let server = ModelServer::start("127.0.0.1");
    twin.add_to_environment(&model_at(&server));
    twin.deploy().exits_with(0);
    twin.run_with_input(&["secret", "set", "local", "openai"], FIRST)
        .exits_with(0)
        .reports("which ends in ONE1, is stored");
    assert_eq!(twin.run(&["chat", "local", "Do you?"]).exits_with(0).stdout, "I know the key.\n");
    let remove = ["secret", "remove", "local", "openai", "--yes"];
    twin.run(&remove).exits_with(0).reports("also from the running twin");
    twin.run(&["chat", "local", "And now?"]).exits_with(8);
}

#[testbed::test]
fn a_deploy_without_a_required_key_changes_nothing() {
    let twin = Twin::new();
    twin.add_to_environment("model: { source: openai, id: gpt-4o-mini }\nrelease: { ask: false }\n");
    for _ in 0..2 {
        let refused = twin.deploy().exits_with(6);
        refused.reports("nothing was changed, because the API key of the model provider is missing");
        refused.reports("`twinctl secret set local openai`, then run the command again");
        assert!(!twin.place().join("door.json").exists());
        assert!(!twin.place().join("memory").exists());
    }
    twin.write(".env", "OPENAI_API_KEY=sk-1\n");
    twin.run(&["secret", "status", "local"]).exits_with(0).reports("a deploy uses the one in ");
    twin.deploy().exits_with(0);
    fs::remove_file(twin.join(".env")).unwrap();
    twin.deploy().exits_with(6).reports("the API key of the model provider is missing");

    twin.run_with_input(&["secret", "set", "local", "openai"], "sk-2")
        .exits_with(0)
        .reports("`local` is stored");
    twin.deploy().exits_with(0).reports("nothing to change");
    let remove = ["secret", "remove", "local", "openai", "--yes"];
    twin.run(&remove).exits_with(0).reports("keeps this one in memory until it stops");
    twin.deploy().exits_with(6).reports("the API key of the model provider is missing");
    twin.run(&["secret", "status", "local"]).exits_with(8).reports("no key is stored for `local`");
    twin.run(&["status", "local"]).exits_with(7).reports("openai key");

    // A key that exists only in the running twin's memory.
    let mut deploy = twin.command(&[&DEPLOY[..], &[binary()]].concat());
    assert!(deploy.env("OPENAI_API_KEY", "sk-3").output().unwrap().status.success());
    twin.deploy().exits_with(0).reports("nothing to change");
    twin.run(&["status", "local"]).exits_with(0);
}
