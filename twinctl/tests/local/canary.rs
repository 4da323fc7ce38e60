//! Canaries: a share of the conversations gets a new backend first. `page_switch.rs` follows page and API through one.

use std::{
    collections::BTreeSet,
    fs,
    process::{Child, Stdio},
};

use serde_json::{Value, json};
use testbed::{
    Run,
    model_server::{FIRST, ModelServer, UNKNOWN_MODEL},
    process, wait,
};
use twinctl::targets::local::gateway;

use super::{
    gateway::test_gateway::{ready, twinctl},
    page_switch::{api, deploy_both, page, write_both},
    redeploy::Visitors,
    twin::{DEPLOY, ENVIRONMENT_FILE, Twin, binary, chat},
};

const BACKEND: &str = ".twinctl/local/local/backend.json";
const QUICK: [&str; 2] = ["--canary", "25%:0s"];
const LONG: [&str; 2] = ["--canary", "50%:30m"];

/// Starts a deploy whose canary lasts half an hour. Returns it with the process of the second backend.
fn begin(twin: &Twin, number: u64) -> (Child, u32) {
    let begun = || {
        let log = fs::read_to_string(twin.place().join("logs/twin.log")).unwrap();
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines
            .filter(|line| line["message"] == "a canary has begun")
            .map(|line| line["detail"]["pid"].as_u64())
            .collect::<Vec<_>>()
    };
    let before = begun().len();
    let program = write_both(twin, number);
    let mut deploy = twin.command(&[&DEPLOY[..], &[&program], &LONG].concat());
    let deploy = deploy.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait::until("the canary has begun", || begun().len() > before);
    (deploy, begun()[before].unwrap().try_into().unwrap())
}

fn finish(deploy: Child) -> Run {
    deploy.wait_with_output().unwrap().into()
}

/// The numbers of the backends that answer now. Half of the requests go to each during [`LONG`].
fn answering(url: &str) -> BTreeSet<u64> {
    (0..50).map(|_| api(url)).collect()
}

/// Returns the canary in the record of the environment.
fn recorded(twin: &Twin) -> Value {
    let record: Value = serde_json::from_str(&twin.read(".twinctl/local/local/record.json")).unwrap();
    record["canary"]["canary"].clone()
}

fn all_on(twin: &Twin, url: &str, number: u64) {
    assert_eq!((answering(url), recorded(twin)), ([number].into(), Value::Null));
}

#[testbed::test]
fn a_new_backend_gets_a_share_of_the_conversations_with_the_old_page_and_then_all() {
    let twin = Twin::new();
    let url = deploy_both(&twin, 1, &QUICK).exits_with(0).url().to_owned();
    let first = twin.status();
    let (deploy, second) = begin(&twin, 2);
    assert_eq!((answering(&url), page(&url)), ([1, 2].into(), 1));
    assert_eq!(recorded(&twin), "50%:30m");
    twin.run(&["status", "local"]).reports("a deploy with a canary (50%:30m) is under way");
    let status = twin.status();
    assert_eq!((&status["canary"], &status["backend"]), (&json!("50%:30m"), &first["backend"]));
    process::signal(deploy.id(), "-INT");
    let stopped = finish(deploy).exits_with(130);
    stopped.reports("the canary was ended: the previous version gets all visitors again");
    all_on(&twin, &url, 1);
    wait::until("the second backend has exited", || !process::is_running(second));

    let done = deploy_both(&twin, 2, &QUICK).exits_with(0);
    done.reports("canary: 25% of the visitors get the new version first");
    done.reports("answered 20 of 20 requests (0 of visitors, 20 of twinctl)");
    all_on(&twin, &url, 2);
    assert_eq!(page(&url), 2);
    deploy_both(&twin, 2, &QUICK).exits_with(0).reports("nothing to change");
}

#[testbed::test]
fn a_backend_that_exits_during_its_canary_gets_no_visitors() {
    let twin = Twin::new();
    // The visitors ask as often as they can.
    twin.replace(ENVIRONMENT_FILE, "burst: 1000, rate: 1000", "burst: 10000, rate: 10000");
    let url = deploy_both(&twin, 1, &[]).exits_with(0).url().to_owned();
    let setup = twin.read(BACKEND);
    let visitors = Visitors::repeat(1, {
        let url = url.clone();
        move || {
            api(&url);
        }
    });
    let (deploy, second) = begin(&twin, 2);
    process::kill(second);
    let failed = finish(deploy).exits_with(6);
    failed.reports("gets no visitors after its canary, because twin-lambda exited with signal: 9");
    failed.reports("fix the cause, then deploy again");
    visitors.wait_for_answers(2);
    visitors.stop();
    all_on(&twin, &url, 1);
    assert_eq!((page(&url), twin.read(BACKEND)), (1, setup));
}

#[testbed::test]
fn a_backend_that_cannot_answer_during_its_canary_gets_no_visitors() {
    let twin = Twin::new();
    let server = ModelServer::start("127.0.0.1");
    twin.write(".env", format!("OPENAI_API_KEY={FIRST}\n"));
    let url = format!("http://{}/v1", server.address);
    twin.add_to_environment(&format!("model: {{ source: openai, id: tiny, base_url: \"{url}\" }}\n"));
    let url = deploy_both(&twin, 1, &[]).exits_with(0).url().to_owned();
    let (deploy, _) = begin(&twin, 2);
    server.refuse(UNKNOWN_MODEL);
    finish(deploy).exits_with(6).reports("because it failed to answer ");
    all_on(&twin, &url, 1);
    server.refuse(None);
    deploy_both(&twin, 2, &QUICK).exits_with(0).reports("answered 20 of 20 requests");
    all_on(&twin, &url, 2);
}

/// Kills a deploy during its canary.
fn killed(twin: &Twin, number: u64) {
    let (mut deploy, _) = begin(twin, number);
    deploy.kill().unwrap();
    deploy.wait().unwrap();
    assert_eq!(recorded(twin), "50%:30m");
}

#[testbed::test]
fn every_run_that_writes_first_ends_the_canary_of_a_killed_deploy() {
    const ENDED: &str = "ended the canary (50%:30m) of an interrupted run";
    let twin = Twin::new();
    deploy_both(&twin, 1, &[]).exits_with(0);
    let url = deploy_both(&twin, 2, &[]).exits_with(0).url().to_owned();
    killed(&twin, 3);
    assert_eq!(answering(&url), [2, 3].into());
    twin.run(&["status", "local"]).reports("a deploy with a canary (50%:30m) was interrupted");
    twin.run(&["plan", "local", "--lambda-binary", binary()]).reports("was interrupted");
    twin.run(&["unlock", "local", "--yes"]);
    assert_eq!(recorded(&twin), "50%:30m");
    twin.write("data/summary.txt", "Ada draws maps of lakes.");
    twin.run(&["upload-data", "local", "--yes"]).exits_with(0).reports(ENDED);
    all_on(&twin, &url, 2);
    killed(&twin, 3);
    twin.run(&["rollback", "local", "--yes"]).exits_with(0).reports(ENDED);
    all_on(&twin, &url, 1);
    killed(&twin, 3);
    deploy_both(&twin, 4, &QUICK).exits_with(0).reports(ENDED);
    all_on(&twin, &url, 4);
    assert_eq!(chat(&url, "Who are you?").status, 200);
    killed(&twin, 3);
    twin.run(&["destroy", "local", "--confirm", "local"]).exits_with(0).reports(ENDED);
    assert!(!twin.place().exists());
}

fn kill_gateway(twin: &Twin) {
    process::kill(twin.status()["gateway"]["pid"].as_u64().unwrap().try_into().unwrap());
}

/// The second backend is in no file, so a gateway that is started again runs the previous one.
#[testbed::test]
async fn a_gateway_that_is_killed_during_a_canary_starts_again_with_the_previous_backend() {
    let twin = Twin::new();
    deploy_both(&twin, 1, &[]).exits_with(0);
    let setup = twin.read(BACKEND);
    let (deploy, _) = begin(&twin, 2);
    kill_gateway(&twin);
    finish(deploy).exits_with(6).reports("because the gateway stopped meanwhile");
    assert_eq!(twin.read(BACKEND), setup);
    let folder = gateway::TwinFolder::new(twin.place());
    let (control, _) = gateway::launch(twinctl(), &folder, &gateway::Secrets::default()).await.unwrap();
    ready(&control).await;
    all_on(&twin, &format!("http://{}", control.running().address), 1);
}

/// The run is killed after its canary, or the gateway exits.
#[testbed::test]
fn a_canary_that_is_not_under_way_any_more_is_not_reported_as_ended() {
    let twin = Twin::new();
    deploy_both(&twin, 1, &[]).exits_with(0);
    killed(&twin, 2);
    kill_gateway(&twin);
    let done = deploy_both(&twin, 1, &[]).exits_with(0);
    done.reports("the canary (50%:30m) of an interrupted run was not under way any more");
    all_on(&twin, done.url(), 1);
}
