//! The key of a local twin's model: stored, replaced while it runs, and gone with it.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    process::{Output, Stdio},
};

use serde_json::Value;

use crate::{
    home::{Home, Ran, binary},
    model_server::{FIRST, SECOND, Server},
};

fn piped(home: &Home, args: &[&str], text: &str) -> Ran {
    let mut command = home.command(args);
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
}

#[test]
fn a_twin_that_runs_gets_a_new_key_at_once() {
    let home = Home::new();
    let server = Server::start("127.0.0.1");
    home.add_model(&format!("{{ source: openai, id: tiny, base_url: \"http://{}/v1\" }}", server.address));
    let set = ["secret", "set", "local", "openai"];

    home.run(&["secret", "status", "local"]).ends_with(8).says("no key is stored");
    home.deploy().ends_with(0);
    home.run(&["chat", "local", "Do you?"]).ends_with(8);
    home.run(&["secret", "set", "local", "openai", FIRST])
        .ends_with(2)
        .says("a key must not be passed as an argument");
    piped(&home, &set, "").ends_with(2).says("there is no key in it");
    piped(&home, &["secret", "rotate", "local", "openai"], FIRST).ends_with(2).says("no key to replace");
    piped(&home, &set, FIRST).ends_with(0).says("which ends in ONE1");
    let key = home.place().join("secrets/openai");
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(home.run(&["chat", "local", "And now?"]).ends_with(0).stdout, "I know the key.\n");
    home.deploy().ends_with(0).says("nothing to change");

    server.takes(SECOND);
    let rotated = piped(&home, &["secret", "rotate", "local", "openai", "--json"], SECOND).ends_with(0);
    assert!(!format!("{rotated:?}").contains("sk-proj"), "{rotated:?}");
    assert_eq!(home.run(&["chat", "local", "And then?"]).ends_with(0).stdout, "I know the key.\n");
    home.deploy().ends_with(0).says("nothing to change");
    let status = home.run(&["secret", "status", "local", "--json"]).ends_with(0).stdout;
    let status: Value = serde_json::from_str(&status).unwrap();
    assert_eq!((&status["ending"], &status["used"]), (&"TWO2".into(), &true.into()), "{status}");

    home.run(&["destroy", "local", "--confirm", "local"]).ends_with(0);
    assert!(!key.exists());
    piped(&home, &set, FIRST).ends_with(0);
    home.run(&["secret", "remove", "local", "openai", "--yes"]).ends_with(0).says("deleted");
    assert!(!key.exists());
}

#[test]
fn a_key_that_was_taken_away_is_used_no_more() {
    let home = Home::new();
    let server = Server::start("127.0.0.1");
    home.add_model(&format!("{{ source: openai, id: tiny, base_url: \"http://{}/v1\" }}", server.address));
    home.deploy().ends_with(0);
    piped(&home, &["secret", "set", "local", "openai"], FIRST)
        .ends_with(0)
        .says("which ends in ONE1, is stored");
    assert_eq!(home.run(&["chat", "local", "Do you?"]).ends_with(0).stdout, "I know the key.\n");
    let remove = ["secret", "remove", "local", "openai", "--yes"];
    home.run(&remove).ends_with(0).says("also from the running twin");
    home.run(&["chat", "local", "And now?"]).ends_with(8);
}

#[test]
fn where_a_key_is_needed_nothing_is_begun_without_one() {
    let home = Home::new();
    home.add_model("{ source: openai, id: gpt-4o-mini }");
    for _ in 0..2 {
        let refused = home.deploy().ends_with(6);
        refused.says("nothing was changed, because the API key of the model provider is missing");
        refused.says("`twinctl secret set local openai`, then deploy again");
        assert!(!home.place().join("door.json").exists());
        assert!(!home.place().join("memory").exists());
    }
    home.write(".env", "OPENAI_API_KEY=sk-1\n");
    home.run(&["secret", "status", "local"]).ends_with(0).says("a deploy uses the one in ");
    home.deploy().ends_with(0);
    fs::remove_file(home.folder().join(".env")).unwrap();
    home.deploy().ends_with(6).says("the API key of the model provider is missing");

    piped(&home, &["secret", "set", "local", "openai"], "sk-2").ends_with(0).says("`local` is stored");
    home.deploy().ends_with(0).says("nothing to change");
    let remove = ["secret", "remove", "local", "openai", "--yes"];
    home.run(&remove).ends_with(0).says("keeps this one in memory until it stops");
    home.deploy().ends_with(6).says("the key of the model's server is missing");
    home.run(&["secret", "status", "local"]).ends_with(8).says("no key is stored for `local`");
    home.run(&["status", "local"]).ends_with(7).says("openai key");

    // In memory alone, and known to the twin that runs.
    let mut deploy = home.command(&["deploy", "local", "--lambda-binary", binary().to_str().unwrap()]);
    assert!(deploy.env("OPENAI_API_KEY", "sk-3").output().unwrap().status.success());
    home.deploy().ends_with(0).says("nothing to change");
    home.run(&["status", "local"]).ends_with(0);
}
