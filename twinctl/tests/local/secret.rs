//! The key of a local twin's model: stored, replaced while it runs, and gone with it.

use std::{fs, os::unix::fs::PermissionsExt as _};

use serde_json::Value;
use testbed::model_server::{FIRST, ModelServer, SECOND};

use super::home::{DEPLOY, Home, binary};

fn model_at(server: &ModelServer) -> String {
    format!("model: {{ source: openai, id: tiny, base_url: \"http://{}/v1\" }}\n", server.address)
}

#[testbed::test]
fn a_twin_that_runs_gets_a_new_key_at_once() {
    let home = Home::new();
    let server = ModelServer::start("127.0.0.1");
    home.add_to_environment(&model_at(&server));
    let set = ["secret", "set", "local", "openai"];

    home.run(&["secret", "status", "local"]).exits_with(8).reports("no key is stored");
    home.deploy().exits_with(0);
    home.run(&["chat", "local", "Do you?"]).exits_with(8);
    home.run(&["secret", "set", "local", "openai", FIRST])
        .exits_with(2)
        .reports("a key must not be passed as an argument");
    home.run_with_input(&set, "").exits_with(2).reports("the key is empty");
    home.run_with_input(&["secret", "rotate", "local", "openai"], FIRST)
        .exits_with(2)
        .reports("no key to replace");
    home.run_with_input(&set, FIRST).exits_with(0).reports("which ends in ONE1");
    let key = home.place().join("secrets/openai");
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(home.run(&["chat", "local", "And now?"]).exits_with(0).stdout, "I know the key.\n");
    home.deploy().exits_with(0).reports("nothing to change");

    server.accept_only(SECOND);
    let rotated =
        home.run_with_input(&["secret", "rotate", "local", "openai", "--json"], SECOND).exits_with(0);
    assert!(!format!("{rotated:?}").contains("sk-proj"), "{rotated:?}");
    assert_eq!(home.run(&["chat", "local", "And then?"]).exits_with(0).stdout, "I know the key.\n");
    home.deploy().exits_with(0).reports("nothing to change");
    let status = home.run(&["secret", "status", "local", "--json"]).exits_with(0).stdout;
    let status: Value = serde_json::from_str(&status).unwrap();
    assert_eq!((&status["ending"], &status["used"]), (&"TWO2".into(), &true.into()), "{status}");

    home.run(&["destroy", "local", "--confirm", "local"]).exits_with(0);
    assert!(!key.exists());
    home.run_with_input(&set, FIRST).exits_with(0);
    home.run(&["secret", "remove", "local", "openai", "--yes"]).exits_with(0).reports("deleted");
    assert!(!key.exists());
}

#[testbed::test]
fn a_key_that_was_taken_away_is_used_no_more() {
    let home = Home::new();
    let server = ModelServer::start("127.0.0.1");
    home.add_to_environment(&model_at(&server));
    home.deploy().exits_with(0);
    home.run_with_input(&["secret", "set", "local", "openai"], FIRST)
        .exits_with(0)
        .reports("which ends in ONE1, is stored");
    assert_eq!(home.run(&["chat", "local", "Do you?"]).exits_with(0).stdout, "I know the key.\n");
    let remove = ["secret", "remove", "local", "openai", "--yes"];
    home.run(&remove).exits_with(0).reports("also from the running twin");
    home.run(&["chat", "local", "And now?"]).exits_with(8);
}

#[testbed::test]
fn where_a_key_is_needed_nothing_is_begun_without_one() {
    let home = Home::new();
    home.add_to_environment("model: { source: openai, id: gpt-4o-mini }\n");
    for _ in 0..2 {
        let refused = home.deploy().exits_with(6);
        refused.reports("nothing was changed, because the API key of the model provider is missing");
        refused.reports("`twinctl secret set local openai`, then deploy again");
        assert!(!home.place().join("door.json").exists());
        assert!(!home.place().join("memory").exists());
    }
    home.write(".env", "OPENAI_API_KEY=sk-1\n");
    home.run(&["secret", "status", "local"]).exits_with(0).reports("a deploy uses the one in ");
    home.deploy().exits_with(0);
    fs::remove_file(home.join(".env")).unwrap();
    home.deploy().exits_with(6).reports("the API key of the model provider is missing");

    home.run_with_input(&["secret", "set", "local", "openai"], "sk-2")
        .exits_with(0)
        .reports("`local` is stored");
    home.deploy().exits_with(0).reports("nothing to change");
    let remove = ["secret", "remove", "local", "openai", "--yes"];
    home.run(&remove).exits_with(0).reports("keeps this one in memory until it stops");
    home.deploy().exits_with(6).reports("the API key of the model provider is missing");
    home.run(&["secret", "status", "local"]).exits_with(8).reports("no key is stored for `local`");
    home.run(&["status", "local"]).exits_with(7).reports("openai key");

    // In memory alone, and known to the twin that runs.
    let mut deploy = home.command(&[&DEPLOY[..], &[binary()]].concat());
    assert!(deploy.env("OPENAI_API_KEY", "sk-3").output().unwrap().status.success());
    home.deploy().exits_with(0).reports("nothing to change");
    home.run(&["status", "local"]).exits_with(0);
}
