//! Errors in files, arguments and credentials.

use std::fs;
use testbed::Run;
use testbed::twin_lambda::first_zip;

use super::twin::{ENVIRONMENT, Twin, finish};

/// Asserts that there was no call.
#[track_caller]
fn assert_no_calls(twin: &Twin) {
    assert_eq!(twin.proxy.calls().len(), 0);
}

/// Asserts that there were only reads.
#[track_caller]
fn assert_no_writes(twin: &Twin) {
    assert_eq!(twin.writes().iter().map(|call| &call.operation).collect::<Vec<_>>(), [""; 0]);
}

async fn deploy_with(twin: &Twin, environment: &str) -> Run {
    twin.write("environments/dev.yaml", environment);
    twin.proxy.reset();
    twin.deploy(&[]).await
}

#[testbed::test(emulator)]
async fn an_unknown_environment_gets_a_suggestion() {
    let twin = Twin::new();
    twin.run(&["plan", "dve"]).await.exits_with(3).reports("dev");
    assert_no_calls(&twin);
}

#[testbed::test(emulator)]
async fn all_errors_in_the_file_are_reported_and_nothing_is_called() {
    let twin = Twin::new();
    let invalid =
        format!("{ENVIRONMENT}api:\n  throttle: {{ brust: 10, rate: 5 }}\nlambda:\n  timeout_s: 30\n");
    let refused = deploy_with(&twin, &invalid).await.exits_with(3);
    refused.reports("did you mean `burst`?");
    refused.reports("29");
    refused.reports("dev.yaml:7");
    assert_no_calls(&twin);
}

#[testbed::test(emulator)]
async fn a_twin_whose_model_server_has_no_tls_is_not_deployed_but_can_be_used_and_destroyed() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    let model = "{ source: openai, id: m, base_url: \"http://models.example/v1\" }";
    let refused = deploy_with(&twin, &ENVIRONMENT.replace("{ source: builtin }", model)).await;
    refused.exits_with(3).reports("would send messages and API key to http://models.example/v1 without TLS");
    assert_no_calls(&twin);
    twin.plan().await.exits_with(3);
    twin.run(&["check", "dev"]).await.exits_with(3);
    twin.run(&["status", "dev"]).await.exits_with(7);
    twin.run(&["backup", "dev", "twin.jsonl"]).await.exits_with(0);
    twin.destroy(&[]).await.exits_with(0);
}

#[testbed::test(emulator)]
async fn another_account_than_the_configured_one_is_not_changed() {
    let twin = Twin::new();
    let elsewhere = format!("{ENVIRONMENT}account: \"123456789012\"\n");
    let refused = deploy_with(&twin, &elsewhere).await.exits_with(5);
    refused.reports("123456789012");
    assert_no_writes(&twin);
}

#[testbed::test(emulator)]
async fn without_a_terminal_a_deploy_requires_yes() {
    let twin = Twin::new();
    let zip = first_zip().to_str().unwrap();
    let refused = twin.run(&["deploy", "dev", "--lambda-zip", zip]).await.exits_with(2);
    refused.reports("`twinctl deploy dev --yes`");
    assert_no_writes(&twin);
}

#[testbed::test(emulator)]
async fn an_unreachable_endpoint_url_is_named() {
    let twin = Twin::new();
    let refused = twin.run(&["status", "dev", "--endpoint-url", "http://127.0.0.1:1"]).await.exits_with(6);
    refused.reports("could not reach AWS");
    refused.reports("--endpoint-url");
}

const PROFILES: &str = "\
[profile p1]
aws_access_key_id = 111111111111
aws_secret_access_key = test
[profile sso1]
sso_start_url = https://sso.example/start
sso_region = us-east-1
sso_account_id = 111111111111
sso_role_name = deployer
";

#[testbed::test(emulator)]
async fn a_profile_of_the_command_line_overrides_environment_variables_and_that_of_the_file_does_not() {
    let twin = Twin::new();
    twin.write("config", PROFILES);
    let named = ENVIRONMENT.replace("environment: dev", "environment: named");
    twin.write("environments/named.yaml", named + "profile: p1\n");
    let status = async |environment: &str, more: &[&str]| {
        let mut command = twin.command(&[&["status", environment], more].concat());
        command.env("AWS_CONFIG_FILE", twin.join("config")).env("HOME", twin.path());
        finish(command.spawn().unwrap()).await
    };
    status("dev", &[]).await.exits_with(8).reports("account 000000000000");
    status("dev", &["--profile", "p1"]).await.exits_with(8).reports("account 111111111111");
    let unknown = status("dev", &["--profile", "nope"]).await.exits_with(5);
    unknown.reports("there is no profile `nope` in ");
    unknown.reports("(existing: p1, sso1)");
    let expired = status("dev", &["--profile", "sso1"]).await.exits_with(5);
    expired.reports("the SSO session of the profile `sso1` is not logged in or has expired");
    expired.reports("aws sso login --profile sso1");

    let named = status("named", &[]).await.exits_with(8);
    named.reports("account 000000000000");
    let note =
        "using the credentials in AWS_ACCESS_KEY_ID, not the profile `p1` that the file of `named` specifies";
    assert_eq!(named.stderr.matches(note).count(), 1, "{}", named.stderr);
    let explicit = status("named", &["--profile", "p1"]).await.exits_with(8);
    assert!(!explicit.stderr.contains("AWS_ACCESS_KEY_ID"), "{}", explicit.stderr);
}

#[testbed::test(emulator)]
async fn missing_credentials_are_reported() {
    let twin = Twin::new();
    let mut command = twin.command(&["status", "dev"]);
    command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    let refused = finish(command.spawn().unwrap()).await.exits_with(5);
    refused.reports("there are no credentials: ");
    refused.reports("aws configure");
    assert_no_calls(&twin);
}

#[testbed::test(emulator)]
async fn a_file_that_is_not_a_zip_is_rejected() {
    let twin = Twin::new();
    twin.write("code.zip", "not a zip");
    twin.deploy_zip(&twin.join("code.zip")).await.exits_with(3).reports("code.zip");
    assert_no_writes(&twin);
}

#[testbed::test(emulator)]
async fn a_page_without_an_index_is_rejected() {
    let twin = Twin::new();
    fs::remove_file(twin.join("web/index.html")).unwrap();
    twin.deploy(&[]).await.exits_with(3).reports("index.html");
    fs::remove_dir_all(twin.join("web")).unwrap();
    fs::create_dir(twin.join("web")).unwrap();
    twin.deploy(&[]).await.exits_with(3).reports("web");
    assert_no_writes(&twin);
}
