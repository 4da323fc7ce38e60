//! What people get wrong, and what they are told.

use std::fs;
use testbed::Run;
use testbed::twin_lambda::first_zip;

use super::twin::{ENVIRONMENT, Twin, finish};

/// No call at all.
#[track_caller]
fn untouched(twin: &Twin) {
    assert_eq!(twin.proxy.calls().len(), 0);
}

/// Nothing but looks.
#[track_caller]
fn unchanged(twin: &Twin) {
    assert_eq!(twin.writes().iter().map(|call| &call.operation).collect::<Vec<_>>(), [""; 0]);
}

async fn deploy_with(twin: &Twin, environment: &str) -> Run {
    twin.write("environments/dev.yaml", environment);
    twin.proxy.reset();
    twin.deploy(&[]).await
}

#[testbed::test(emulator)]
async fn an_environment_that_is_not_there_is_answered_with_a_name_that_is() {
    let twin = Twin::new();
    twin.run(&["plan", "dve"]).await.exits_with(3).reports("dev");
    untouched(&twin);
}

#[testbed::test(emulator)]
async fn mistakes_in_the_file_are_shown_all_at_once_and_nothing_is_called() {
    let twin = Twin::new();
    let mistaken =
        format!("{ENVIRONMENT}api:\n  throttle: {{ brust: 10, rate: 5 }}\nlambda:\n  timeout_s: 30\n");
    let refused = deploy_with(&twin, &mistaken).await.exits_with(3);
    refused.reports("did you mean `burst`?");
    refused.reports("29");
    refused.reports("dev.yaml:7");
    untouched(&twin);
}

#[testbed::test(emulator)]
async fn another_account_than_the_named_one_is_not_touched() {
    let twin = Twin::new();
    let elsewhere = format!("{ENVIRONMENT}account: \"123456789012\"\n");
    let refused = deploy_with(&twin, &elsewhere).await.exits_with(5);
    refused.reports("123456789012");
    unchanged(&twin);
}

#[testbed::test(emulator)]
async fn without_a_terminal_a_deploy_wants_to_be_approved_beforehand() {
    let twin = Twin::new();
    let zip = first_zip().to_str().unwrap();
    let refused = twin.run(&["deploy", "dev", "--lambda-zip", zip]).await.exits_with(2);
    refused.reports("`twinctl deploy dev --yes`");
    unchanged(&twin);
}

#[testbed::test(emulator)]
async fn an_address_where_nothing_listens_is_named() {
    let twin = Twin::new();
    let refused = twin.run(&["status", "dev", "--endpoint-url", "http://127.0.0.1:1"]).await.exits_with(6);
    refused.reports("--endpoint-url");
}

#[testbed::test(emulator)]
async fn missing_credentials_are_said_to_be_missing() {
    let twin = Twin::new();
    let mut command = twin.command(&["status", "dev"]);
    command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    let refused = finish(command.spawn().unwrap()).await.exits_with(5);
    refused.reports("aws configure");
    untouched(&twin);
}

#[testbed::test(emulator)]
async fn a_file_that_is_no_zip_is_refused() {
    let twin = Twin::new();
    twin.write("code.zip", "not a zip");
    twin.deploy_zip(&twin.join("code.zip")).await.exits_with(3).reports("code.zip");
    unchanged(&twin);
}

#[testbed::test(emulator)]
async fn a_page_without_an_index_is_refused() {
    let twin = Twin::new();
    fs::remove_file(twin.join("web/index.html")).unwrap();
    twin.deploy(&[]).await.exits_with(3).reports("index.html");
    fs::remove_dir_all(twin.join("web")).unwrap();
    fs::create_dir(twin.join("web")).unwrap();
    twin.deploy(&[]).await.exits_with(3).reports("web");
    unchanged(&twin);
}
