//! What people get wrong, and what they are told.

use std::fs;

use crate::{
    code,
    twin::{ENVIRONMENT, Ran, Twin, finish},
};

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

async fn deploy_with(twin: &Twin, environment: &str) -> Ran {
    twin.write("environments/dev.yaml", environment);
    twin.proxy.reset();
    twin.deploy(&[]).await
}

#[tokio::test]
async fn an_environment_that_is_not_there_is_answered_with_a_name_that_is() {
    let Some(twin) = Twin::new() else { return };
    twin.run(&["plan", "dve"]).await.ends_with(3).says("dev");
    untouched(&twin);
}

#[tokio::test]
async fn mistakes_in_the_file_are_shown_all_at_once_and_nothing_is_called() {
    let Some(twin) = Twin::new() else { return };
    let mistaken =
        format!("{ENVIRONMENT}api:\n  throttle: {{ brust: 10, rate: 5 }}\nlambda:\n  timeout_s: 30\n");
    let refused = deploy_with(&twin, &mistaken).await.ends_with(3);
    refused.says("did you mean `burst`?");
    refused.says("29");
    refused.says("dev.yaml:7");
    untouched(&twin);
}

#[tokio::test]
async fn another_account_than_the_named_one_is_not_touched() {
    let Some(twin) = Twin::new() else { return };
    let elsewhere = format!("{ENVIRONMENT}account: \"123456789012\"\n");
    let refused = deploy_with(&twin, &elsewhere).await.ends_with(5);
    refused.says("123456789012");
    unchanged(&twin);
}

#[tokio::test]
async fn without_a_terminal_a_deploy_wants_to_be_approved_beforehand() {
    let Some(twin) = Twin::new() else { return };
    let zip = code::before().to_str().unwrap();
    let refused = twin.run(&["deploy", "dev", "--lambda-zip", zip]).await.ends_with(2);
    refused.says("`twinctl deploy dev --yes`");
    unchanged(&twin);
}

#[tokio::test]
async fn an_address_where_nothing_listens_is_named() {
    let Some(twin) = Twin::new() else { return };
    let refused = twin.run(&["status", "dev", "--endpoint-url", "http://127.0.0.1:1"]).await.ends_with(6);
    refused.says("--endpoint-url");
}

#[tokio::test]
async fn missing_credentials_are_said_to_be_missing() {
    let Some(twin) = Twin::new() else { return };
    let mut command = twin.command(&["status", "dev"]);
    command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    let refused = finish(command.spawn().unwrap()).await.ends_with(5);
    refused.says("aws configure");
    untouched(&twin);
}

#[tokio::test]
async fn a_file_that_is_no_zip_is_refused() {
    let Some(twin) = Twin::new() else { return };
    twin.write("code.zip", "not a zip");
    twin.deploy_of(&twin.folder().join("code.zip"), &[]).await.ends_with(3).says("code.zip");
    unchanged(&twin);
}

#[tokio::test]
async fn a_page_without_an_index_is_refused() {
    let Some(twin) = Twin::new() else { return };
    fs::remove_file(twin.folder().join("web/index.html")).unwrap();
    twin.deploy(&[]).await.ends_with(3).says("index.html");
    fs::remove_dir_all(twin.folder().join("web")).unwrap();
    fs::create_dir(twin.folder().join("web")).unwrap();
    twin.deploy(&[]).await.ends_with(3).says("web");
    unchanged(&twin);
}
