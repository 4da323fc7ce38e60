//! A newcomer's first hour: deploy, look, deploy again, ask for everything.

use crate::{
    account::inventory,
    code,
    twin::{Twin, finish},
    visit::chat,
};

#[tokio::test]
async fn a_first_deploy_puts_page_and_api_online_and_a_second_one_writes_nothing() {
    let Some(twin) = Twin::new() else { return };
    let first = twin.deploy(&[]).await.ends_with(0);
    let url = first.url().to_owned();
    first.says("dev of ada");

    let page = twin.visit(&url, "/").await;
    assert!(page.status == 200 && page.text.contains("<p>Hello.</p>"), "{page:?}");
    let page_head = page.text.to_lowercase();
    for header in ["cache-control: no-cache", "content-security-policy: ", "x-content-type-options: nosniff"]
    {
        assert!(page_head.contains(header), "{header} is not in {page_head}");
    }
    let asset = twin.visit(&url, "/assets/style-5d41402a.css").await;
    assert!(asset.status == 200 && asset.text.contains("immutable"), "{asset:?}");
    let health = twin.visit(&url, "/api/health").await;
    assert!(health.status == 200 && health.text.contains("\"healthy\""), "{health:?}");
    // A real answer needs a memory, and a function in the emulator does not know that S3 is emulated too.
    let refused = chat(twin.emulator.port(), &url, "").await;
    assert!(refused.status == 422 && refused.text.contains("\"detail\""), "{refused:?}");

    let there = inventory(&twin.by_hand).await;
    twin.proxy.reset();
    let second = twin.deploy(&[]).await.ends_with(0);
    assert_eq!(second.url(), url);
    second.says("nothing to change");
    assert_eq!(twin.writes().iter().map(|call| &call.operation).collect::<Vec<_>>(), [""; 0]);
    let calls = twin.proxy.calls().len();
    assert!(calls <= 50, "{calls} calls to see that nothing changed");
    assert_eq!(inventory(&twin.by_hand).await, there);
}

#[tokio::test]
async fn what_is_there_is_told_by_status_plan_and_outputs() {
    let Some(twin) = Twin::new() else { return };
    let absent = twin.run(&["status", "dev"]).await.ends_with(8);
    assert_eq!(absent.stdout, "");
    twin.run(&["outputs", "dev"]).await.ends_with(8).says("run `twinctl deploy dev`");
    twin.plan().await.ends_with(7);
    assert_eq!(inventory(&twin.by_hand).await, [""; 0]);

    let url = twin.deploy(&[]).await.ends_with(0).url().to_owned();
    twin.proxy.reset();
    twin.plan().await.ends_with(0);
    let status = twin.run(&["status", "dev"]).await.ends_with(0);
    assert_eq!(status.url(), url);
    status.says("the twin answers");
    status.says("version 1 was released");
    status.says("by ada");
    assert_eq!(twin.run(&["outputs", "dev"]).await.ends_with(0).url(), url);
    outputs_in_json(&twin, &url).await;
    status_in_json(&twin, &url).await;
    assert_eq!(twin.writes().len(), 0);
}

async fn outputs_in_json(twin: &Twin, url: &str) {
    let all = twin.run(&["outputs", "dev", "--all", "--json"]).await.ends_with(0);
    let text = all.stdout.lines().last().unwrap();
    for expected in [url, "ada-dev-frontend-000000000000", "ada-dev-api", "api_endpoint"] {
        assert!(text.contains(expected), "{expected} is not in {text}");
    }
}

async fn status_in_json(twin: &Twin, url: &str) {
    let status = twin.run(&["status", "dev", "--json"]).await.ends_with(0);
    let text = status.stdout.lines().last().unwrap();
    assert!(text.contains("\"drifted\":false") && text.contains(url), "{text}");
}

#[tokio::test]
async fn a_dry_run_shows_everything_and_touches_nothing() {
    let Some(twin) = Twin::new() else { return };
    let shown = twin.deploy(&["--dry-run"]).await.ends_with(0);
    shown.says("distribution");
    assert_eq!(shown.stdout, "");
    assert_eq!(inventory(&twin.by_hand).await, [""; 0]);
}

#[tokio::test]
async fn in_json_every_line_is_an_object_and_the_last_one_has_the_address() {
    let Some(twin) = Twin::new() else { return };
    let deployed = twin.deploy(&["--json"]).await.ends_with(0);
    let objects: Vec<serde_json::Value> =
        deployed.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(objects.iter().all(|object| object["version"] == 1), "{}", deployed.stdout);
    let last = objects.last().unwrap();
    assert!(last["kind"] == "done" && last["url"].as_str().unwrap().starts_with("https://"), "{last}");
}

#[tokio::test]
async fn two_environments_live_side_by_side_and_go_one_by_one() {
    let Some(twin) = Twin::new() else { return };
    twin.write("environments/test.yaml", "extends: dev.yaml\nenvironment: test\n");
    let zip = code::before().to_str().unwrap();
    let dev = twin.deploy(&[]).await.ends_with(0).url().to_owned();
    let test = twin.run(&["deploy", "test", "--yes", "--lambda-zip", zip]).await.ends_with(0);
    assert_ne!(test.url(), dev);
    twin.run(&["destroy", "test", "--confirm", "test"]).await.ends_with(0);
    twin.plan().await.ends_with(0);
    assert_eq!(twin.visit(&dev, "/").await.status, 200);
}

#[tokio::test]
async fn the_environments_and_the_page_of_this_repository_deploy_as_they_are() {
    let Some(twin) = Twin::new() else { return };
    let zip = code::before().to_str().unwrap();
    for environment in ["dev", "prod"] {
        let mut deploy = twin.command(&["deploy", environment, "--yes", "--lambda-zip", zip]);
        let deploy = deploy.current_dir(xtask::workspace::root()).spawn().unwrap();
        let url = finish(deploy).await.ends_with(0).url().to_owned();
        assert_eq!(twin.visit(&url, "/").await.status, 200);
        assert_eq!(twin.visit(&url, "/api/health").await.status, 200);
        let mut status = twin.command(&["status", environment]);
        let status = status.current_dir(xtask::workspace::root()).spawn().unwrap();
        assert_eq!(finish(status).await.ends_with(0).url(), url);
    }
}

#[tokio::test]
async fn another_region_works_as_well() {
    let Some(twin) = Twin::new() else { return };
    let url = twin.deploy(&["--region", "eu-central-1"]).await.ends_with(0).url().to_owned();
    assert_eq!(twin.visit(&url, "/").await.status, 200);
    twin.deploy(&["--region", "eu-central-1"]).await.ends_with(0).says("nothing to change");
    twin.destroy(&["--region", "eu-central-1"]).await.ends_with(0);
}

#[tokio::test]
async fn environment_and_project_can_be_named_from_outside() {
    let Some(twin) = Twin::new() else { return };
    twin.write("environments/test.yaml", "extends: dev.yaml\nenvironment: test\n");
    let mut plan =
        twin.command(&["plan", "--project", "grace", "--lambda-zip", code::before().to_str().unwrap()]);
    plan.env("TWINCTL_ENV", "test");
    finish(plan.spawn().unwrap()).await.ends_with(0).says("test of grace");
}
