//! The pipeline of `ci setup`: its jobs, and when production is rolled back.

use serde_json::{Value, json};
use testbed::{Run, emulator::Auth};

use super::{
    ci::{ON_MAIN, assume_role, set_up_ci},
    twin::{ENVIRONMENT, Twin},
    workflows::Runner,
};

/// The settings of a local twin on a free port.
fn local() -> String {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let local = ENVIRONMENT.replace("dev", "local").replace("region: us-east-1", "target: local");
    format!("{local}local: {{ port: {port}, next_free_port: true }}\n")
}

/// Creates a twin with staging, production and a pipeline. Its conversations are reached at the address of the emulator.
async fn twin_with_pipeline() -> Twin {
    let twin = Twin::inside(Auth::Enforced, "test");
    for name in ["test", "prod"] {
        twin.write(&format!("environments/{name}.yaml"), ENVIRONMENT.replace("dev", name));
    }
    twin.write("environments/local.yaml", local());
    twin.write("data/facts.json", r#"{"full_name": "Ada Example", "name": "Ada"}"#);
    set_up_ci(&twin, &["test", "prod"]).await;
    twin
}

const IN_PROD: &str = "repo:ada@1815/twin@1843:environment:prod";
const PIPELINE: &str = ".github/workflows/twinctl-pipeline-test-prod.yml";

#[testbed::test(emulator, git)]
async fn a_pipeline_checks_and_builds_once_and_deploys_to_staging_before_production() {
    let twin = twin_with_pipeline().await;
    let runner = Runner::new(&twin).await;
    let pipeline = runner.yaml(PIPELINE);
    let jobs = ["tests", "check", "staging", "production"].map(|name| &pipeline["jobs"][name]);
    let [tests, check, staging, production] = jobs;
    assert_eq!((&staging["needs"], &production["needs"]), (&json!(["check", "tests"]), &json!("staging")));
    twin.proxy.reset();
    runner.job(check, "test", "", &[]).await.exits_with(0);
    let failing = [("vars.TWIN_TESTS", "echo 1 | grep 2 | cat")];
    runner.job(tests, "test", "", &[]).await.exits_with(0);
    runner.job(tests, "test", "", &failing).await.exits_with(1);
    assert!(twin.proxy.calls().is_empty(), "it has no credentials: {:?}", twin.proxy.calls());
    for (job, name) in [(staging, "test"), (production, "prod")] {
        assert_eq!(job["environment"], name);
        let subject = format!("repo:ada@1815/twin@1843:environment:{name}");
        let ran = runner.steps(job, name, &subject, &[]).await;
        for (step, run) in &ran {
            assert_eq!(run.code, Some(0), "{step}: {}{}", run.stdout, run.stderr);
        }
        let names: Vec<_> = ran.iter().map(|(name, _)| name.as_str()).collect();
        assert!(!names.contains(&"Roll back"), "{names:?}");
        assert!(
            assume_role(&twin, &format!("ada-{name}-ci-deploy"), ON_MAIN, "sts.amazonaws.com")
                .await
                .is_none()
        );
    }
}

/// Lets `verify` fail with this exit code from the next deployment on, until a rollback.
fn fail_after_a_deployment(runner: &Runner<'_>, code: u8) {
    if !runner.tools.join("real").exists() {
        let program = runner.tools.read("twinctl");
        runner.tools.write_program("real", program);
    }
    let broken = runner.tools.join("broken");
    let script = "#!/bin/bash\nif [ \"$1\" = verify ] && [ -e BROKEN ]; then exit CODE; fi\nreal \"$@\"\ncode=$?\n\
                  case $1 in deploy) touch BROKEN;; rollback) rm -f BROKEN;; esac\nexit $code\n";
    let script = script.replace("BROKEN", broken.to_str().unwrap()).replace("CODE", &code.to_string());
    runner.tools.write_program("twinctl", script);
}

/// Returns the objects of `releases prod --json`.
async fn releases(twin: &Twin) -> Vec<Value> {
    let run = twin.run(&["releases", "prod", "--json"]).await.exits_with(0);
    let listed: Value = serde_json::from_str(run.stdout.trim()).unwrap();
    listed["releases"].as_array().unwrap().clone()
}

fn code_of(ran: &[(String, Run)], name: &str) -> Option<i32> {
    ran.iter().find(|(step, _)| step.starts_with(name)).map(|(_, run)| run.code.unwrap())
}

fn ids(releases: &[Value]) -> Vec<&str> {
    releases.iter().map(|release| release["id"].as_str().unwrap()).collect()
}

#[testbed::test(emulator, git)]
async fn production_is_rolled_back_only_if_a_new_release_breaks_what_worked() {
    let twin = twin_with_pipeline().await;
    let runner = Runner::new(&twin).await;
    let pipeline = runner.yaml(PIPELINE);
    let [check, production] = ["check", "production"].map(|name| &pipeline["jobs"][name]);
    runner.job(check, "prod", "", &[]).await.exits_with(0);
    let deploy = async |memory_mb: u32| {
        let file = ENVIRONMENT.replace("dev", "prod");
        runner.clone.write("environments/prod.yaml", format!("{file}lambda: {{ memory_mb: {memory_mb} }}\n"));
        runner.steps(production, "prod", IN_PROD, &[]).await
    };
    let all = async || releases(&twin).await;
    assert_eq!(code_of(&deploy(256).await, "Check for drift"), Some(0));
    let first = all().await;

    // It is not known whether the new release works.
    fail_after_a_deployment(&runner, 1);
    let ran = deploy(257).await;
    assert_eq!((code_of(&ran, "Smoke"), code_of(&ran, "Roll back")), (Some(1), None));
    let second = all().await;
    assert_eq!(ids(&second)[1..], ids(&first));

    // The release before did not pass the test, either.
    fail_after_a_deployment(&runner, 8);
    let ran = deploy(258).await;
    assert_eq!((code_of(&ran, "Smoke"), code_of(&ran, "Roll back")), (Some(8), None));
    let third = all().await;
    assert_eq!(ids(&third)[1..], ids(&second));

    // Nothing new was deployed.
    std::fs::remove_file(runner.tools.join("broken")).unwrap();
    let ran = deploy(258).await;
    assert_eq!((code_of(&ran, "Smoke"), code_of(&ran, "Roll back")), (Some(8), Some(1)));
    assert_eq!(all().await, third);

    std::fs::remove_file(runner.tools.join("broken")).unwrap();
    let ran = deploy(259).await;
    assert_eq!((code_of(&ran, "Smoke"), code_of(&ran, "Roll back")), (Some(8), Some(0)));
    let last = all().await;
    assert_eq!(last[0]["restores"], third[0]["id"]);
    assert_eq!(last[1]["healthy"], false);
    assert_eq!(code_of(&ran, "Check for drift"), None);

    // Another run has made a release since.
    let rollback = ["rollback", "prod", ids(&third)[0], "--if-current", ids(&third)[0], "--yes"];
    twin.run(&rollback).await.exits_with(6).reports("nothing was changed");
    assert_eq!(all().await, last);
}
