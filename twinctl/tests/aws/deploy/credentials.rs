//! Credentials that end in the middle of a run, or will.

use testbed::Run;
use testbed::proxy::Which;
use testbed::twin_lambda::first_zip;

use super::{
    account::inventory,
    twin::{Twin, finish},
};

/// Every so many calls; a run makes about a hundred and fifty.
const STEP: usize = 13;

/// What a run whose credentials ended has to say, whenever that was.
fn is_told(ran: &Run, call: usize) {
    let told = &ran.stderr;
    assert_eq!(ran.code, Some(5), "at call {call}:\n{told}");
    assert_eq!(ran.stdout, "", "at call {call}");
    assert!(told.contains("your credentials have expired"), "at call {call}:\n{told}");
    let (_, error) = told.rsplit_once("error").unwrap();
    assert!(error.matches("ExpiredToken").count() <= 1, "at call {call}:\n{told}");
    assert!(!error.contains("resources failed"), "at call {call}:\n{told}");
}

#[testbed::test(emulator)]
async fn a_deploy_whose_credentials_end_stops_and_the_next_one_goes_on() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    let (calls, expected) = (twin.proxy.calls().len(), inventory(&twin.by_hand).await);
    for call in (1..calls).step_by(STEP) {
        twin.reset();
        twin.proxy.refuse(Which::From(call), 400, "ExpiredToken");
        let ran = twin.deploy(&[]).await;
        if ran.code == Some(0) {
            continue;
        }
        is_told(&ran, call);
        twin.proxy.reset();
        twin.deploy(&[]).await.exits_with(0);
        assert_eq!(inventory(&twin.by_hand).await, expected, "at call {call}");
    }
}

#[testbed::test(emulator)]
async fn a_destroy_whose_credentials_end_stops_and_the_next_one_goes_on() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    twin.proxy.reset();
    twin.destroy(&[]).await.exits_with(0);
    let (calls, expected) = (twin.proxy.calls().len(), inventory(&twin.by_hand).await);
    for call in (1..calls).step_by(STEP) {
        twin.reset();
        twin.deploy(&[]).await.exits_with(0);
        twin.proxy.reset();
        twin.proxy.refuse(Which::From(call), 400, "ExpiredToken");
        let ran = twin.destroy(&[]).await;
        twin.proxy.reset();
        if ran.code != Some(0) {
            is_told(&ran, call);
            twin.destroy(&[]).await.exits_with(0);
        }
        assert_eq!(inventory(&twin.by_hand).await, expected, "at call {call}");
    }
}

#[testbed::test(emulator)]
async fn what_is_done_and_what_is_not_is_listed() {
    let twin = Twin::new();
    twin.proxy.refuse(Which::first(1, "POST /2015-03-31/functions"), 400, "ExpiredTokenException");
    let ran = twin.deploy(&[]).await.exits_with(5);
    ran.reports("stopped before the end, because AWS rejects the credentials");
    ran.reports("function: lambda:CreateFunction: ExpiredTokenException");
    ran.reports("run `twinctl deploy dev` again to continue");
    let listed = |word: &str| -> Vec<&str> {
        let rest = ran.stderr.lines().find_map(|line| line.strip_prefix(word));
        rest.map(|names| names.split(", ").collect()).unwrap_or_default()
    };
    let (done, not_done) = (listed("  done: "), listed("  not done, or not verified: "));
    assert!(["function", "live", "site"].iter().all(|name| not_done.contains(name)), "{}", ran.stderr);
    assert!(done.iter().all(|name| !not_done.contains(name)), "{}", ran.stderr);
    assert_eq!(done.len() + not_done.len(), 12, "{}", ran.stderr);
    // The lock could be given back, and nothing is said of it.
    assert!(!ran.stderr.contains("the lock"), "{}", ran.stderr);
}

#[testbed::test(emulator)]
async fn credentials_that_will_end_too_soon_are_told_before_anything_is_written() {
    let twin = Twin::new();
    let zip = first_zip().to_str().unwrap();
    let mut deploy = twin.command(&["deploy", "dev", "--lambda-zip", zip]);
    deploy.env("AWS_SESSION_TOKEN", "of a session").env("AWS_CREDENTIAL_EXPIRATION", "2026-01-01T00:00:00Z");
    let ran = finish(deploy.spawn().unwrap()).await.exits_with(2);
    ran.reports(
        "warning: your credentials expire in 0 ms, and a first deploy can take 15 minutes: log in again",
    );
    assert!(twin.writes().is_empty(), "{:?}", twin.writes());
}
