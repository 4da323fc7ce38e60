//! Visitors ask through deploys and a rollback. They see neither an error nor a page that is newer than the API.

use std::{
    collections::BTreeSet,
    fs, mem,
    process::Command,
    sync::{Arc, Mutex},
};

use testbed::{Run, process, wait};

use super::{
    redeploy::Visitors,
    twin::{DEPLOY, ENVIRONMENT_FILE, Twin, binary, chat, get},
};

/// The numbers of page and API that were seen together.
type Seen = Arc<Mutex<BTreeSet<(u64, u64)>>>;

const ROLLBACK: &[&str] = &["rollback", "local", "--yes"];

/// Writes a page with this number, and a program for the backend. Returns its path.
fn write(twin: &Twin, number: u64, script: &str) -> String {
    twin.write(
        "web/index.html",
        format!("<!doctype html>\n<html lang=\"en\">\n<title>{number}</title>\n</html>\n"),
    );
    let program = format!("backend-{number}");
    twin.write_program(&program, format!("#!/bin/sh\n{script}\n"));
    twin.join(&program).to_str().unwrap().to_owned()
}

fn deploy(twin: &Twin, number: u64, script: &str) -> Run {
    twin.run(&[&DEPLOY[..], &[&write(twin, number, script)]].concat())
}

/// Writes a page and a backend with this number. Returns the path of the program.
pub(crate) fn write_both(twin: &Twin, number: u64) -> String {
    let script = format!("export AWS_LAMBDA_FUNCTION_VERSION={number}\nexec {} \"$@\"", binary());
    write(twin, number, &script)
}

/// Deploys a page and a backend with this number.
pub(crate) fn deploy_both(twin: &Twin, number: u64, more: &[&str]) -> Run {
    twin.run(&[&DEPLOY[..], &[&write_both(twin, number)], more].concat())
}

#[testbed::test]
fn a_rollback_leaves_a_release_whose_backend_exits_at_once() {
    let twin = Twin::new();
    leave_broken_release(&twin, twin.command(ROLLBACK));
}

/// The gateway is replaced before the backend.
#[testbed::test]
fn a_rollback_of_another_twinctl_leaves_a_release_whose_backend_exits_at_once() {
    let twin = Twin::new();
    let other = twin.join("twinctl");
    fs::copy(env!("CARGO_BIN_EXE_twinctl"), &other).unwrap();
    let mut rollback = Command::new(other);
    rollback.args(ROLLBACK).current_dir(twin.path()).env_clear().env("HOME", twin.path());
    leave_broken_release(&twin, rollback);
}

/// Deploys a program that is healthy at first, and then exits at every start.
fn leave_broken_release(twin: &Twin, mut rollback: Command) {
    let url = deploy_both(twin, 1, &[]).exits_with(0).url().to_owned();
    twin.replace(ENVIRONMENT_FILE, "burst: 1000", "burst: 2000");
    let broken = twin.join("broken");
    let script = format!("[ ! -e {} ] || exit 3\nexec {} \"$@\"", broken.display(), binary());
    deploy(twin, 2, &script).exits_with(0);
    fs::write(&broken, "").unwrap();
    let phase = || twin.status()["backend"]["phase"].clone();
    process::kill(phase()["pid"].as_u64().unwrap().try_into().unwrap());
    wait::until("the backend does not start", || phase()["phase"] == "waiting");
    let visitors = Visitors::repeat(1, {
        let url = url.clone();
        move || {
            page(&url);
        }
    });
    visitors.wait_for_answers(2);
    Run::from(rollback.output().unwrap()).exits_with(0);
    visitors.wait_for_answers(2);
    visitors.stop();
    assert_eq!((page(&url), chat(&url, "Who are you?").status), (1, 200));
}

pub(crate) fn page(url: &str) -> u64 {
    let page = get(url, "/");
    assert_eq!(page.status, 200, "{page:?}");
    let (_, rest) = page.body.split_once("<title>").unwrap();
    rest.split_once('<').unwrap().0.parse().unwrap()
}

/// Returns the number of the backend that answers.
pub(crate) fn api(url: &str) -> u64 {
    let health = get(url, "/api/health");
    assert_eq!(health.status, 200, "{health:?}");
    health.json()["version"].as_str().unwrap().parse().unwrap()
}

/// Watches page and API. The page counts only if it was the same before and after the answer of the API.
fn watch(url: &str, seen: &Seen) -> Visitors {
    let (url, seen) = (url.to_owned(), Arc::clone(seen));
    Visitors::repeat(1, move || {
        let before = page(&url);
        let api = api(&url);
        if page(&url) == before {
            seen.lock().unwrap().insert((before, api));
        }
    })
}

#[testbed::test]
fn visitors_never_see_an_error_or_a_page_that_is_newer_than_the_api() {
    let twin = Twin::new();
    let url = deploy_both(&twin, 1, &[]).exits_with(0).url().to_owned();
    let seen = Seen::default();
    let (watcher, visitors) = (watch(&url, &seen), Visitors::start(&url, 2));
    let seen_until_now = || {
        watcher.wait_for_answers(5);
        visitors.wait_for_answers(20);
        mem::take(&mut *seen.lock().unwrap())
    };
    assert_eq!(seen_until_now(), [(1, 1)].into());

    deploy_both(&twin, 2, &[]).exits_with(0);
    let during = seen_until_now();
    assert!(during.is_subset(&[(1, 1), (1, 2), (2, 2)].into()), "{during:?}");
    assert_eq!(seen_until_now(), [(2, 2)].into());

    let setup =
        || [twin.read(".twinctl/local/local/door.json"), twin.read(".twinctl/local/local/backend.json")];
    let before = setup();
    deploy(&twin, 3, "exit 3").exits_with(6);
    assert_eq!(seen_until_now(), [(2, 2)].into());
    // A gateway that is started again serves the same.
    assert_eq!(setup(), before);

    twin.run(&["rollback", "local", "--yes"]).exits_with(0);
    let during = seen_until_now();
    assert!(during.is_subset(&[(2, 2), (1, 2), (1, 1)].into()), "{during:?}");
    assert_eq!(seen_until_now(), [(1, 1)].into());

    deploy_both(&twin, 3, &["--canary", "50%:2s"]).exits_with(0).reports("canary: version ");
    let during = seen_until_now();
    assert!(during.is_subset(&[(1, 1), (1, 3), (3, 3)].into()), "{during:?}");
    assert_eq!(seen_until_now(), [(3, 3)].into());

    deploy_both(&twin, 4, &[]).exits_with(0);
    watcher.stop();
    visitors.stop();
    assert_eq!(page(&url), 4);
    assert_eq!(chat(&url, "Who are you?").status, 200);
}
