//! Credentials that expire during a run, or soon after its start.

use serde_json::json;
use testbed::Run;
use testbed::emulator::PUBLIC_ACCOUNT;
use testbed::proxy::Selector;
use testbed::twin_lambda::first_zip;

use super::{
    inventory::inventory,
    twin::{Twin, finish},
};

/// Distance between the calls at which credentials expire. A run makes about 150 calls.
const STEP: usize = 13;

/// Asserts that a run reports expired credentials once.
fn assert_reports_expiry(run: &Run, call: usize) {
    let output = &run.stderr;
    assert_eq!(run.code, Some(5), "at call {call}:\n{output}");
    assert_eq!(run.stdout, "", "at call {call}");
    assert!(output.contains("your credentials have expired"), "at call {call}:\n{output}");
    let (_, error) = output.rsplit_once("error").unwrap();
    assert!(error.matches("ExpiredToken").count() <= 1, "at call {call}:\n{output}");
    assert!(!error.contains("resources failed"), "at call {call}:\n{output}");
}

#[testbed::test(emulator)]
async fn a_deploy_whose_credentials_expire_is_continued_by_the_next_one() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    let (calls, expected) = (twin.proxy.calls().len(), inventory(&twin.by_hand).await);
    for call in (1..calls).step_by(STEP) {
        twin.reset();
        twin.proxy.refuse(Selector::From(call), 400, "ExpiredToken");
        let run = twin.deploy(&[]).await;
        if run.code == Some(0) {
            continue;
        }
        assert_reports_expiry(&run, call);
        twin.proxy.reset();
        twin.deploy(&[]).await.exits_with(0);
        assert_eq!(inventory(&twin.by_hand).await, expected, "at call {call}");
    }
}

#[testbed::test(emulator)]
async fn a_destroy_whose_credentials_expire_is_continued_by_the_next_one() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    twin.proxy.reset();
    twin.destroy(&[]).await.exits_with(0);
    let (calls, expected) = (twin.proxy.calls().len(), inventory(&twin.by_hand).await);
    for call in (1..calls).step_by(STEP) {
        twin.reset();
        twin.deploy(&[]).await.exits_with(0);
        twin.proxy.reset();
        twin.proxy.refuse(Selector::From(call), 400, "ExpiredToken");
        let run = twin.destroy(&[]).await;
        twin.proxy.reset();
        if run.code != Some(0) {
            assert_reports_expiry(&run, call);
            twin.destroy(&[]).await.exits_with(0);
        }
        assert_eq!(inventory(&twin.by_hand).await, expected, "at call {call}");
    }
}

#[testbed::test(emulator)]
async fn completed_and_remaining_nodes_are_listed() {
    let twin = Twin::new();
    twin.proxy.refuse(Selector::first(1, "POST /2015-03-31/functions"), 400, "ExpiredTokenException");
    let run = twin.deploy(&[]).await.exits_with(5);
    run.reports("stopped before the end, because AWS rejects the credentials");
    run.reports("function: lambda:CreateFunction: ExpiredTokenException");
    run.reports("run `twinctl deploy dev` again to continue");
    let listed = |word: &str| -> Vec<&str> {
        let rest = run.stderr.lines().find_map(|line| line.strip_prefix(word));
        rest.map(|names| names.split(", ").collect()).unwrap_or_default()
    };
    let (done, not_done) = (listed("  done: "), listed("  not done, or not verified: "));
    assert!(["function", "live alias", "site"].iter().all(|name| not_done.contains(name)), "{}", run.stderr);
    assert!(done.iter().all(|name| !not_done.contains(name)), "{}", run.stderr);
    assert_eq!(done.len() + not_done.len(), 12, "{}", run.stderr);
    // The lock was released, so it is not mentioned.
    assert!(!run.stderr.contains("the lock"), "{}", run.stderr);
}

#[testbed::test(emulator)]
async fn credentials_that_expire_soon_cause_a_warning_before_any_write() {
    let twin = Twin::new();
    let zip = first_zip().to_str().unwrap();
    let mut deploy = twin.command(&["deploy", "dev", "--lambda-zip", zip]);
    deploy.env("AWS_SESSION_TOKEN", "of a session").env("AWS_CREDENTIAL_EXPIRATION", "2026-01-01T00:00:00Z");
    let run = finish(deploy.spawn().unwrap()).await.exits_with(2);
    run.reports(
        "warning: your credentials expire in 0 ms, and a first deploy can take 15 minutes: log in again",
    );
    assert!(twin.writes().is_empty(), "{:?}", twin.writes());
}

/// The SHA-256 hash of the session in the profile, which names the file with its credentials.
const SESSION_HASH: &str = "0a7fd2161290f1dcdecb522703b79f899116c16b220c29f9a17dd185f77f1533";

#[testbed::test(emulator)]
async fn a_profile_of_aws_login_is_used() {
    let twin = Twin::new();
    twin.write("config", "[profile console]\nlogin_session = arn:aws:iam::000000000000:user/ada\n");
    let session = json!({
        "accessToken": {
            "accessKeyId": PUBLIC_ACCOUNT,
            "secretAccessKey": "test",
            "sessionToken": "of a session",
            "accountId": PUBLIC_ACCOUNT,
            "expiresAt": "2099-01-01T00:00:00Z",
        },
        "tokenType": "aws_sigv4",
        "refreshToken": "not used",
        "clientId": "arn:aws:signin:::devtools/same-device",
        "dpopKey": "not used",
    });
    twin.write(&format!("cache/{SESSION_HASH}.json"), session.to_string());
    let zip = first_zip().to_str().unwrap();
    let mut plan = twin.command(&["plan", "dev", "--lambda-zip", zip, "--profile", "console"]);
    plan.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    plan.env("AWS_CONFIG_FILE", twin.join("config")).env("AWS_LOGIN_CACHE_DIRECTORY", twin.join("cache"));
    finish(plan.spawn().unwrap()).await.exits_with(0).reports("to create");
}
