//! `doctor` for a twin on this machine.

use std::{fs, net::TcpListener};

use serde_json::Value;
use testbed::{
    Run,
    model_server::{FIRST, ModelServer, SECOND},
    process,
};

use super::twin::{ENVIRONMENT_FILE, Twin, binary};

fn doctor(twin: &Twin, more: &[&str]) -> Run {
    twin.run(&[&["doctor", "local", "--lambda-binary", binary()], more].concat())
}

#[testbed::test]
fn doctor_checks_a_local_twin_before_and_after_its_deployment() {
    let twin = Twin::new();
    let before = doctor(&twin, &[]).exits_with(0);
    let filters = vec![
        (r"(?m)^(ok +port +)\d+", "$1[PORT]"),
        (r"\d+ MB are free in \S+", "[FREE] MB are free in [PATH]"),
        (r"the backend is \S+", "the backend is [PATH]"),
    ];
    insta::with_settings!({ filters => filters }, {
        insta::assert_snapshot!("doctor_local", before.stdout);
    });
    before.reports("no problems, 1 not checked");
    assert!(!twin.join(".twinctl").exists(), "nothing is written");

    twin.deploy().exits_with(0);
    let after = doctor(&twin, &[]).exits_with(0);
    assert!(after.check("gateway").contains("running as process"), "{}", after.stdout);
    assert!(after.check("port").contains("the gateway of this twin listens on"), "{}", after.stdout);
}

#[testbed::test]
fn a_twin_whose_gateway_was_killed_is_a_problem() {
    let twin = Twin::new();
    twin.deploy().exits_with(0);
    let pid = twin.status()["gateway"]["pid"].as_u64().unwrap();
    process::kill(pid.try_into().unwrap());
    let run = doctor(&twin, &[]).exits_with(6);
    assert!(run.check("gateway").ends_with("run `twinctl deploy local`"), "{}", run.stdout);
}

#[testbed::test]
fn obstacles_of_a_local_twin_are_found_without_a_deploy() {
    let twin = Twin::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    twin.write(".twinctl/local", "a file");
    let run = doctor(&twin, &["--port", &port]).exits_with(6);
    assert!(run.check("port").contains(&format!("process {}", std::process::id())), "{}", run.stdout);
    assert!(run.check("folders").contains("is not a folder"), "{}", run.stdout);
    run.reports("3 problems");

    let run = doctor(&twin, &["--port", &port, "--json"]).exits_with(6);
    let object: Value = serde_json::from_str(run.stdout.lines().next().unwrap()).unwrap();
    assert_eq!((&object["kind"], &object["exit"]), (&"doctor".into(), &6.into()));
    let failed = twin.deploy().exits_with(6);
    failed.reports("move it away");
    fs::remove_file(twin.join(".twinctl/local")).unwrap();
}

#[testbed::test]
fn the_key_of_a_model_server_is_checked_and_never_printed() {
    let twin = Twin::new();
    let server = ModelServer::start("127.0.0.1");
    let url = format!("http://{}/v1", server.address);
    let model = format!("model: {{ source: openai, id: m, base_url: \"{url}\" }}\n");
    twin.write(ENVIRONMENT_FILE, twin.read(ENVIRONMENT_FILE) + &model);
    let missing = doctor(&twin, &[]).exits_with(6);
    assert!(missing.check("model").contains("requires an API key"), "{}", missing.stdout);
    for (key, exit, expected) in [(SECOND, 6, "rejects the API key"), (FIRST, 0, "lists no models")] {
        twin.write(".env", format!("OPENAI_API_KEY={key}\n"));
        let run = doctor(&twin, &[]).exits_with(exit);
        assert!(run.check("model").contains(expected), "{}", run.stdout);
        let output = run.stdout + &run.stderr;
        assert!(!output.contains(&key[key.len() - 8..]), "{output}");
    }
}
