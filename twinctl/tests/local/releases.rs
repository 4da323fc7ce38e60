//! The list of releases, and rollbacks.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
    time::Instant,
};

use serde_json::Value;
use testbed::{
    Run,
    model_server::{self, ModelServer},
    process,
};

use super::{
    api_key::model_at,
    crash::pause,
    redeploy::Visitors,
    twin::{DEPLOY, ENVIRONMENT_FILE, Twin, binary, chat, get},
};

const ROLLBACK: [&str; 3] = ["rollback", "local", "--yes"];

/// Returns the objects of `releases --json`.
fn releases(twin: &Twin) -> Vec<Value> {
    let run = twin.run(&["releases", "local", "--json"]).exits_with(0);
    let listed: Value = serde_json::from_str(run.stdout.trim()).unwrap();
    listed["releases"].as_array().unwrap().clone()
}

fn git(twin: &Twin, args: &[&str]) {
    let names = ["-c", "user.name=ada", "-c", "user.email=ada@ada.example"];
    let ran = Command::new("git").args(names).args(args).current_dir(twin.path()).env_clear().output();
    assert!(ran.unwrap().status.success(), "{args:?}");
}

#[testbed::test]
fn releases_are_listed_with_their_commit_and_what_changed() {
    let twin = Twin::new();
    twin.deploy().exits_with(0);
    git(&twin, &["init", "-q"]);
    git(&twin, &["add", ENVIRONMENT_FILE]);
    git(&twin, &["commit", "-q", "-m", "First"]);
    twin.replace(ENVIRONMENT_FILE, "burst: 1000", "burst: 2000");
    twin.write("data/summary.txt", "Ada paints lighthouses.");
    twin.deploy().exits_with(0);
    twin.write("web/index.html", "<!doctype html>\n<title>New</title>\n");
    git(&twin, &["commit", "-q", "-a", "-m", "Second"]);
    twin.deploy().exits_with(0);
    twin.deploy().exits_with(0).reports("nothing to change");

    let listed = releases(&twin);
    let changed: Vec<_> = listed.iter().map(|release| release["changed"].to_string()).collect();
    assert_eq!(changed, [r#"["page"]"#, r#"["settings","data"]"#, "null"]);
    let commit = |index: usize| listed[index]["commit"].as_str();
    assert_eq!(commit(0).unwrap().len(), 12);
    assert!(commit(1).unwrap().ends_with("-dirty") && commit(2).is_none(), "{listed:?}");
}

/// Returns the path of another binary with the same behavior: a few more bytes at its end.
fn other_binary(twin: &Twin, bytes: &str) -> String {
    twin.write_program(bytes, [&fs::read(binary()).unwrap()[..], bytes.as_bytes()].concat());
    twin.join(bytes).to_str().unwrap().to_owned()
}

/// Deploys two releases, which differ in code, page and settings. Returns the address.
fn two_releases(twin: &Twin) -> String {
    twin.deploy().exits_with(0);
    second_release(twin)
}

fn second_release(twin: &Twin) -> String {
    twin.write("web/index.html", "<!doctype html>\n<html lang=\"en\">\n<title>Second</title>\n</html>\n");
    let file = twin.read(ENVIRONMENT_FILE).replace("burst: 1000", "burst: 2000");
    twin.write(ENVIRONMENT_FILE, file);
    let newer = other_binary(twin, "newer");
    twin.run(&[&DEPLOY[..], &[&newer]].concat()).exits_with(0).url().to_owned()
}

/// The binary, the limit of requests, and whether the page is the second one.
fn live(twin: &Twin, url: &str) -> (String, u64, bool) {
    let read = |name: &str| -> Value {
        serde_json::from_str(&fs::read_to_string(twin.place().join(name)).unwrap()).unwrap()
    };
    let (gateway, backend) = (read("door.json"), read("backend.json"));
    let burst = gateway["throttle"]["burst"].as_u64().unwrap();
    (backend["binary"].as_str().unwrap().to_owned(), burst, get(url, "/").body.contains("Second"))
}

#[testbed::test]
fn a_release_that_did_not_answer_is_not_verified_and_no_default_of_a_rollback() {
    let twin = Twin::new();
    let file = twin.read(ENVIRONMENT_FILE);
    twin.deploy().exits_with(0);
    twin.add_to_environment("model: { source: openai, id: m, base_url: \"http://127.0.0.1:9/v1\" }\n");
    twin.deploy().exits_with(0).reports("it is not known whether the new version can answer");
    twin.write(ENVIRONMENT_FILE, file.replace("burst: 1000", "burst: 2000"));
    twin.deploy().exits_with(0);
    let listed = releases(&twin);
    let verified: Vec<_> = listed.iter().map(|release| release["verified"].as_bool().unwrap()).collect();
    assert_eq!((verified, &listed[1]["healthy"]), (vec![true, false, true], &false.into()));
    let shown = twin.run(&["releases", "local"]).exits_with(0).stdout;
    assert!(shown.lines().nth(1).unwrap().ends_with("(not verified)"), "{shown}");
    let first = listed[2]["id"].as_str().unwrap();
    twin.run(&["rollback", "local", "--dry-run"]).exits_with(0).reports(first);
    // Only the port changes, which is no part of a release.
    let port = super::twin::free_port().to_string();
    twin.deploy_with(&["--port", &port]).exits_with(0);
    assert_eq!(releases(&twin).len(), 3);
}

#[testbed::test]
fn a_rollback_restores_code_page_and_settings_without_a_failed_request() {
    let twin = Twin::new();
    twin.run(&ROLLBACK).exits_with(8).reports("`local` is not deployed yet");
    let first = twin.deploy().exits_with(0);
    let before = live(&twin, first.url());
    let url = second_release(&twin);
    let after = live(&twin, &url);
    assert!(after.2 && after.1 == 2000 && after.0 != before.0, "{after:?}");
    twin.write("data/summary.txt", "Ada paints lighthouses.");
    twin.run(&["upload-data", "local", "--yes"]).exits_with(0);

    let shown = twin.run(&["rollback", "local", "--dry-run"]).exits_with(0);
    shown.reports("which differ in code, page, settings");
    assert_eq!(live(&twin, &url), after);
    let visitors = Visitors::start(&url, 4);
    visitors.wait_for_answers(10);
    assert_eq!(twin.run(&ROLLBACK).exits_with(0).url(), url);
    visitors.wait_for_answers(10);
    visitors.stop();
    assert_eq!(live(&twin, &url), before);
    assert!(fs::read_to_string(twin.place().join("data/summary.txt")).unwrap().contains("lighthouses"));
    let listed = releases(&twin);
    let healthy: Vec<_> = listed.iter().map(|release| release["healthy"].as_bool().unwrap()).collect();
    assert_eq!((healthy, &listed[0]["restores"]), (vec![true, false, true], &listed[2]["id"]));

    let newer = twin.join("newer").to_str().unwrap().to_owned();
    let undone = twin.run(&[&DEPLOY[..], &[&newer]].concat()).exits_with(0);
    undone.reports("this deploy undoes the rollback to");
    assert_eq!(live(&twin, &url), after);
    let first = listed[2]["id"].as_str().unwrap();
    twin.run(&["rollback", "local", first, "--with-data", "--yes"]).exits_with(0);
    assert_eq!(live(&twin, &url), before);
    assert!(fs::read_to_string(twin.place().join("data/summary.txt")).unwrap().contains("islands"));
}

#[testbed::test]
fn a_killed_rollback_is_finished_by_the_next_one() {
    let twin = Twin::new();
    let url = two_releases(&twin);
    let version = releases(&twin)[1]["version"].clone();
    // The id of the newest release with the first binary.
    let first = || -> String {
        let listed = releases(&twin);
        let found = listed.iter().find(|release| release["version"] == version).unwrap();
        found["id"].as_str().unwrap().to_owned()
    };
    let newer = twin.join("newer").to_str().unwrap().to_owned();
    let started = Instant::now();
    twin.run(&["rollback", "local", &first(), "--yes"]).exits_with(0);
    let whole = started.elapsed();
    for step in 0..8 {
        twin.run(&[&DEPLOY[..], &[&newer]].concat()).exits_with(0);
        let (moment, first) = (whole * step / 8, first());
        let rollback = ["rollback", "local", &first, "--yes"];
        let mut killed = twin.command(&rollback);
        let mut killed = killed.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        pause(moment);
        killed.kill().unwrap();
        killed.wait().unwrap();
        assert_eq!(chat(&url, "Who are you?").status, 200, "after {moment:?}");
        twin.run(&rollback).exits_with(0);
        let (_, burst, is_second) = live(&twin, &url);
        assert!(burst == 1000 && !is_second, "after {moment:?}");
        assert_eq!(releases(&twin)[0]["restores"], first.as_str(), "after {moment:?}");
    }
}

/// The settings of the page are no part of the bundle.
#[testbed::test]
fn a_plan_reports_that_it_undoes_the_rollback_of_a_page_setting() {
    let twin = Twin::new();
    twin.replace(ENVIRONMENT_FILE, "bundle: web", "bundle: web, greeting: Hello");
    twin.deploy().exits_with(0);
    twin.replace(ENVIRONMENT_FILE, "greeting: Hello", "greeting: Welcome");
    twin.deploy().exits_with(0);
    twin.run(&ROLLBACK).exits_with(0);
    let plan = twin.run(&["plan", "local", "--lambda-binary", binary()]).exits_with(0);
    let note = plan.stderr.lines().find(|line| line.contains("this deploy undoes the rollback to"));
    assert!(note.is_some_and(|note| note.contains("): page")), "{plan:?}");
}

/// The second deploy read the record before the first one made its release.
#[testbed::test]
fn a_deploy_that_waited_for_another_one_keeps_the_files_of_its_release() {
    let twin = Twin::new();
    twin.deploy().exits_with(0);
    let page =
        |title: &str| format!("<!doctype html>\n<html lang=\"en\">\n<title>{title}</title>\n</html>\n");
    twin.write("web/index.html", page("Second"));
    let newer = other_binary(&twin, "newer");
    let mut first = twin.command(&[&DEPLOY[..], &[&newer]].concat());
    let mut first = first.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let record = twin.place().join("record.json");
    let is_locked = || {
        let record: Value = serde_json::from_slice(&fs::read(&record).unwrap()).unwrap();
        record["lease"].is_object()
    };
    while !is_locked() {
        assert_eq!(first.try_wait().unwrap(), None, "the lock was not seen");
    }
    process::signal(first.id(), "-STOP");
    // The first deploy may still have to read its files.
    twin.write("other/index.html", page("Third"));
    twin.replace(ENVIRONMENT_FILE, "bundle: web", "bundle: other");
    let mut waiting = twin.command(&[&DEPLOY[..], &[binary(), "--lock-wait", "10m"]].concat());
    let mut waiting = waiting.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(waiting.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains("waiting for the lock")));
    process::signal(first.id(), "-CONT");
    let more: Vec<_> = lines.collect();
    assert!(first.wait().unwrap().success());
    assert!(waiting.wait().unwrap().success(), "{more:#?}");
    let url = twin.run(&ROLLBACK).exits_with(0).url().to_owned();
    assert!(live(&twin, &url).2, "the page of the first of both deploys");
}

#[testbed::test]
fn a_rollback_to_a_model_without_its_key_is_refused() {
    let twin = Twin::new();
    let plain = twin.read(ENVIRONMENT_FILE);
    twin.add_to_environment("model: { source: openai, id: tiny }\nrelease: { ask: false }\n");
    twin.write(".env", "OPENAI_API_KEY=sk-proj-example\n");
    twin.deploy().exits_with(0);
    twin.write(ENVIRONMENT_FILE, plain);
    twin.deploy().exits_with(0);
    fs::remove_file(twin.join(".env")).unwrap();
    let refused = twin.run(&ROLLBACK).exits_with(6);
    refused.reports("nothing was changed, because the API key of the model provider is missing");
}

#[testbed::test]
fn a_rollback_passes_the_key_of_its_command_to_the_restored_model() {
    let twin = Twin::new();
    let server = ModelServer::start("127.0.0.1");
    let with_key = |args: &[&str]| -> Run {
        twin.command(args).env("OPENAI_API_KEY", model_server::FIRST).output().unwrap().into()
    };
    let plain = twin.read(ENVIRONMENT_FILE);
    twin.add_to_environment(&model_at(&server));
    with_key(&[&DEPLOY[..], &[binary()]].concat()).exits_with(0);
    twin.write(ENVIRONMENT_FILE, plain);
    twin.deploy().exits_with(0);
    with_key(&ROLLBACK).exits_with(0);
    assert_eq!(twin.run(&["chat", "local", "Do you?"]).exits_with(0).stdout, "I know the key.\n");
}

#[testbed::test]
fn the_files_of_the_last_ten_releases_are_kept_and_older_ones_deleted() {
    let twin = Twin::new();
    for number in 0..12 {
        twin.write("web/index.html", format!("<!doctype html>\n<title>{number}</title>\n"));
        twin.deploy().exits_with(0);
    }
    let pages = fs::read_dir(twin.place().join("pages")).unwrap().count();
    // The ten that were recorded before the last deploy, and its own.
    assert_eq!(pages, 11);
    let oldest = releases(&twin)[9]["id"].as_str().unwrap().to_owned();
    let url = twin.run(&["rollback", "local", &oldest, "--yes"]).exits_with(0).url().to_owned();
    assert!(get(&url, "/").body.contains("<title>2</title>"));
    let next = releases(&twin)[9]["id"].as_str().unwrap().to_owned();
    fs::remove_dir_all(twin.place().join("pages")).unwrap();
    let refused = twin.run(&["rollback", "local", &next, "--yes"]).exits_with(6);
    refused.reports("no longer exists; nothing was changed");
}
