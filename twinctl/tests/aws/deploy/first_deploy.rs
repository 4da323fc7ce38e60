//! A first deploy and the commands that follow it.

use testbed::twin_lambda::{first_zip, second_zip};

use super::{
    inventory::inventory,
    twin::{Twin, finish},
};

#[testbed::test(emulator)]
async fn a_first_deploy_puts_page_and_api_online_and_a_second_one_writes_nothing() {
    let twin = Twin::new();
    let first = twin.deploy(&[]).await.exits_with(0);
    let url = first.url().to_owned();
    first.reports("ada/dev");
    let warning =
        "no data files: the twin cannot answer until you run `twinctl upload-data dev`, or add them to ";
    first.reports(warning);

    let page = twin.visit(&url, "/");
    assert!(page.status == 200 && page.body.contains("<p>Hello.</p>"), "{page:?}");
    assert_eq!(page.header("cache-control"), Some("no-cache"));
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    assert!(page.header("content-security-policy").is_some(), "{page:?}");
    let asset = twin.visit(&url, "/assets/style-5d41402a.css");
    assert!(asset.status == 200 && asset.header("cache-control").unwrap().contains("immutable"), "{asset:?}");
    let health = twin.visit(&url, "/api/health");
    assert!(health.status == 200 && health.body.contains("\"healthy\""), "{health:?}");
    // Only an error response: the function cannot reach the emulated S3.
    let refused = twin.ask(&url, "POST /api/chat", r#"{ "message": "" }"#);
    assert!(refused.status == 422 && refused.body.contains("\"detail\""), "{refused:?}");

    let resources = inventory(&twin.by_hand).await;
    twin.proxy.reset();
    let second = twin.deploy(&[]).await.exits_with(0);
    assert_eq!(second.url(), url);
    second.reports("nothing to change");
    assert!(!second.stderr.contains(warning), "{second:?}");
    assert_eq!(twin.writes().iter().map(|call| &call.operation).collect::<Vec<_>>(), [""; 0]);
    let calls = twin.proxy.calls().len();
    assert!(calls <= 50, "{calls} calls to see that nothing changed");
    assert_eq!(inventory(&twin.by_hand).await, resources);
}

/// Counts the calls since the last reset, except those that poll and are repeated on a slow machine: the function's status,
/// its health check, and the requests to the public endpoint.
fn count_calls(twin: &Twin) -> usize {
    const POLLS: [&str; 3] = [
        "GET /2015-03-31/functions/{}",
        "GET /2015-03-31/functions/{}/versions",
        "POST /2015-03-31/functions/{}/invocations",
    ];
    let calls = twin.proxy.calls();
    twin.proxy.reset();
    calls.iter().filter(|call| !call.service.is_empty() && !POLLS.contains(&call.operation.as_str())).count()
}

/// Returns the calls of a first deploy, of one that changes nothing, and of one with a new function. The function's own calls
/// do not count, because it runs inside AWS.
pub(super) async fn calls_of_three_deploys(twin: &Twin) -> (usize, usize, usize) {
    twin.proxy.ignore_function();
    twin.deploy(&[]).await.exits_with(0);
    let first = count_calls(twin);
    twin.deploy(&[]).await.exits_with(0).reports("nothing to change");
    let unchanged = count_calls(twin);
    twin.deploy_zip(second_zip()).await.exits_with(0);
    (first, unchanged, count_calls(twin))
}

/// Including the five files of the page.
#[testbed::test(emulator)]
async fn the_calls_of_a_deploy_are_counted() {
    assert_eq!(calls_of_three_deploys(&Twin::new()).await, (103, 46, 92));
}

#[testbed::test(emulator)]
async fn status_plan_and_outputs_describe_the_deployed_twin() {
    let twin = Twin::new();
    let absent = twin.run(&["status", "dev"]).await.exits_with(8);
    assert_eq!(absent.stdout, "");
    absent.reports("`dev` is not deployed: run `twinctl deploy dev`");
    assert!(!absent.stderr.contains("web bucket"), "{}", absent.stderr);
    twin.run(&["outputs", "dev"]).await.exits_with(8).reports("run `twinctl deploy dev`");
    twin.plan().await.exits_with(7);
    assert_eq!(inventory(&twin.by_hand).await, [""; 0]);

    let url = twin.deploy(&[]).await.exits_with(0).url().to_owned();
    twin.proxy.reset();
    twin.plan().await.exits_with(0);
    let status = twin.run(&["status", "dev"]).await.exits_with(0);
    assert_eq!(status.url(), url);
    status.reports("the page and the API answer; the model was not asked");
    status.reports("version 1 was released");
    status.reports("by ada");
    assert_eq!(twin.run(&["outputs", "dev"]).await.exits_with(0).url(), url);
    outputs_in_json(&twin, &url).await;
    status_in_json(&twin, &url).await;
    assert_eq!(twin.writes().len(), 0);
}

async fn outputs_in_json(twin: &Twin, url: &str) {
    let all = twin.run(&["outputs", "dev", "--all", "--json"]).await.exits_with(0);
    let text = all.stdout.lines().last().unwrap();
    for expected in
        [url, "ada-dev-frontend-000000000000", "ada-dev-api", "api_endpoint", "distribution_hostname"]
    {
        assert!(text.contains(expected), "{expected} is not in {text}");
    }
}

async fn status_in_json(twin: &Twin, url: &str) {
    let status = twin.run(&["status", "dev", "--json"]).await.exits_with(0);
    let text = status.stdout.lines().last().unwrap();
    assert!(text.contains("\"drifted\":false") && text.contains(url), "{text}");
}

#[testbed::test(emulator)]
async fn a_dry_run_prints_the_plan_and_changes_nothing() {
    let twin = Twin::new();
    let shown = twin.deploy(&["--dry-run"]).await.exits_with(0);
    shown.reports("distribution");
    assert_eq!(shown.stdout, "");
    assert_eq!(inventory(&twin.by_hand).await, [""; 0]);
}

#[testbed::test(emulator)]
async fn json_output_has_one_object_per_line_and_ends_with_the_address() {
    let twin = Twin::new();
    let deployed = twin.deploy(&["--json"]).await.exits_with(0);
    let objects: Vec<serde_json::Value> =
        deployed.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(objects.iter().all(|object| object["version"] == 1), "{}", deployed.stdout);
    let last = objects.last().unwrap();
    assert!(last["kind"] == "done" && last["url"].as_str().unwrap().starts_with("https://"), "{last}");
}

#[testbed::test(emulator)]
async fn two_environments_are_deployed_and_destroyed_independently() {
    let twin = Twin::new();
    twin.write("environments/test.yaml", "extends: dev.yaml\nenvironment: test\n");
    let zip = first_zip().to_str().unwrap();
    let dev = twin.deploy(&[]).await.exits_with(0).url().to_owned();
    let test = twin.run(&["deploy", "test", "--yes", "--lambda-zip", zip]).await.exits_with(0);
    assert_ne!(test.url(), dev);
    twin.run(&["destroy", "test", "--confirm", "test"]).await.exits_with(0);
    twin.plan().await.exits_with(0);
    assert_eq!(twin.visit(&dev, "/").status, 200);
}

#[testbed::test(emulator)]
async fn the_environments_and_page_of_this_repository_can_be_deployed() {
    let twin = Twin::new();
    let zip = first_zip().to_str().unwrap();
    for environment in ["dev", "prod"] {
        let mut deploy = twin.command(&["deploy", environment, "--yes", "--lambda-zip", zip]);
        let deploy = deploy.current_dir(testbed::workspace::root()).spawn().unwrap();
        let url = finish(deploy).await.exits_with(0).url().to_owned();
        assert_eq!(twin.visit(&url, "/").status, 200);
        assert_eq!(twin.visit(&url, "/api/health").status, 200);
        let mut status = twin.command(&["status", environment]);
        let status = status.current_dir(testbed::workspace::root()).spawn().unwrap();
        assert_eq!(finish(status).await.exits_with(0).url(), url);
    }
}

#[testbed::test(emulator)]
async fn another_region_works() {
    let twin = Twin::new();
    let url = twin.deploy(&["--region", "eu-central-1"]).await.exits_with(0).url().to_owned();
    assert_eq!(twin.visit(&url, "/").status, 200);
    twin.deploy(&["--region", "eu-central-1"]).await.exits_with(0).reports("nothing to change");
    twin.destroy(&["--region", "eu-central-1"]).await.exits_with(0);
}

#[testbed::test(emulator)]
async fn environment_and_project_can_be_overridden() {
    let twin = Twin::new();
    twin.write("environments/test.yaml", "extends: dev.yaml\nenvironment: test\n");
    let mut plan =
        twin.command(&["plan", "--project", "grace", "--lambda-zip", first_zip().to_str().unwrap()]);
    plan.env("TWINCTL_ENV", "test");
    finish(plan.spawn().unwrap()).await.exits_with(0).reports("grace/test");
}
