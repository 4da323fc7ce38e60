//! A newcomer's first hour: deploy, look, deploy again, ask for everything.

use crate::{
    account::inventory,
    twin::Twin,
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
    let health = twin.visit(&url, "/api/health").await;
    assert!(health.status == 200 && health.text.contains("\"healthy\""), "{health:?}");
    // A real answer needs a memory, and a function in the emulator does not know that S3 is emulated too.
    let refused = chat(twin.emulator.port(), &url, "").await;
    assert!(refused.status == 422 && refused.text.contains("\"detail\""), "{refused:?}");
    assert_eq!(twin.visit(&url, "/nowhere").await.status, 404);

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
    status.says("version 1 is live");
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
