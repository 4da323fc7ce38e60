//! A second release of the code, the page and the settings.

use testbed::proxy::Selector;
use testbed::twin_lambda::{first_zip, second_zip, stripped};

use super::twin::{ENVIRONMENT, Twin};

const SECOND_PAGE: &str =
    "<!doctype html>\n<html lang=\"en\">\n<title>Ada</title>\n<p>Hello again.</p>\n</html>\n";

#[testbed::test(emulator)]
async fn only_changed_code_and_pages_are_written() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    twin.write("web/index.html", SECOND_PAGE);

    twin.proxy.reset();
    let second = twin.deploy_zip(second_zip()).await.exits_with(0);
    let mut changed: Vec<_> = twin.writes().into_iter().map(|call| call.operation).collect();
    changed.sort();
    // Two lock writes, and the history in addition to the page.
    assert_eq!(
        changed,
        [
            "POST /2015-03-31/functions/{}/invocations",
            "POST /2020-05-31/distribution/{}/invalidation",
            "PUT /2015-03-31/functions/{}/aliases/{}",
            "PUT /2015-03-31/functions/{}/code",
            "PUT /{bucket}/{key}",
            "PUT /{bucket}/{key}",
            "UpdateItem",
            "UpdateItem",
        ]
    );

    let alias =
        twin.by_hand.lambda.get_alias().function_name("ada-dev-api").name("live").send().await.unwrap();
    assert_eq!(alias.function_version(), Some("2"));
    let page = twin.visit(second.url(), "/");
    assert!(page.body.contains("Hello again."), "{page:?}");
    assert_eq!(twin.visit(second.url(), "/assets/style-5d41402a.css").status, 200);
}

#[testbed::test(emulator)]
async fn a_version_that_fails_its_health_check_never_goes_live_and_is_tried_again() {
    let twin = Twin::new();
    let url = twin.deploy(&[]).await.exits_with(0).url().to_owned();
    for _ in 0..2 {
        twin.run(&["deploy", "dev", "--yes", "--lambda-binary", "/bin/true"])
            .await
            .exits_with(6)
            .reports("version");
        let live =
            twin.by_hand.lambda.get_alias().function_name("ada-dev-api").name("live").send().await.unwrap();
        assert_eq!(live.function_version(), Some("1"));
    }
    assert_eq!(twin.visit(&url, "/api/health").status, 200);
    twin.deploy(&[]).await.exits_with(0);
    twin.plan().await.exits_with(0);
}

#[testbed::test(emulator)]
async fn old_versions_are_deleted_except_those_of_recorded_releases() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    for zip in [second_zip(), first_zip()].into_iter().cycle().take(7) {
        let code = std::fs::read(zip).unwrap().into();
        let update = twin.by_hand.lambda.update_function_code().function_name("ada-dev-api").zip_file(code);
        update.publish(true).send().await.unwrap();
    }
    twin.deploy_zip(first_zip()).await.exits_with(0);
    let listed = twin.by_hand.lambda.list_versions_by_function().function_name("ada-dev-api").send();
    let listed = listed.await.unwrap();
    let versions: Vec<_> = listed.versions().iter().filter_map(|version| version.version()).collect();
    // A rollback to the first release needs version 1.
    assert_eq!(versions, ["$LATEST", "1", "5", "6", "7", "8", "9"]);
    twin.plan().await.exits_with(0);
}

#[testbed::test(emulator)]
async fn the_path_of_a_binary_does_not_change_the_code() {
    let twin = Twin::new();
    let binary = twin.join("elsewhere/bootstrap");
    std::fs::create_dir(twin.join("elsewhere")).unwrap();
    std::fs::write(twin.join("bootstrap"), stripped()).unwrap();
    std::fs::write(&binary, stripped()).unwrap();
    twin.run(&["deploy", "dev", "--yes", "--lambda-binary", "bootstrap"]).await.exits_with(0);
    let again = twin.run(&["deploy", "dev", "--yes", "--lambda-binary", binary.to_str().unwrap()]).await;
    again.exits_with(0).reports("nothing to change");
}

#[testbed::test(emulator)]
async fn live_is_moved_back_when_the_public_endpoint_does_not_answer_and_the_release_is_tried_again() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    twin.proxy.reset();
    twin.proxy.refuse(Selector::first(1000, "GET /api/health"), 503, "Unavailable");
    let refused = twin.deploy_zip(second_zip()).await.exits_with(8);
    refused.reports("`live` was moved back to version 1");
    assert_eq!(refused.stdout, "");
    assert_eq!(live(&twin).await, "1");

    twin.proxy.reset();
    let status = twin.run(&["status", "dev"]).await.exits_with(7);
    status.reports("version 1 was released");
    status.reports("version 2 was never released");
    status.reports("1, expected 2 (after a successful health check)");
    twin.deploy_zip(second_zip()).await.exits_with(0);
    assert_eq!(live(&twin).await, "2");
}

#[testbed::test(emulator)]
async fn changed_settings_are_applied() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    twin.write(
        "environments/dev.yaml",
        format!("{ENVIRONMENT}api: {{ throttle: {{ burst: 7, rate: 3 }} }}\n"),
    );
    twin.proxy.reset();
    twin.deploy(&[]).await.exits_with(0).reports("throttle.burst");
    let changed: Vec<_> = twin.writes().into_iter().map(|call| call.operation).collect();
    assert_eq!(changed, ["UpdateItem", "PATCH /v2/apis/{}/stages/{}", "UpdateItem"]);

    let everything = "api: { throttle: { burst: 7, rate: 3 }, direct_access: true, cors_origins: [\"https://ada.example\"] }\n\
        lambda: { memory_mb: 512, timeout_s: 20, log_retention_days: 14 }\n\
        memory: { expire_after_days: 30 }\nlog_level: debug\ntags: { team: art }\n";
    twin.write("environments/dev.yaml", format!("{ENVIRONMENT}{everything}"));
    twin.deploy(&[]).await.exits_with(0);
    twin.deploy(&[]).await.exits_with(0).reports("nothing to change");
    twin.write("environments/dev.yaml", ENVIRONMENT);
    twin.deploy(&[]).await.exits_with(0);
    twin.run(&["status", "dev"]).await.exits_with(0);
}

#[testbed::test(emulator)]
async fn tags_and_limits_change_together() {
    let twin = Twin::new();
    let write = |tags: &str, burst: u8| {
        let limits = format!("api: {{ throttle: {{ burst: {burst}, rate: 3 }} }}\n");
        twin.write("environments/dev.yaml", format!("{ENVIRONMENT}tags: {tags}\n{limits}"));
    };
    write("{ cost: me }", 7);
    twin.deploy(&[]).await.exits_with(0);
    write("{ team: us }", 9);
    twin.deploy(&[]).await.exits_with(0).reports("throttle.burst");
    let apis = twin.by_hand.api.get_apis().send().await.unwrap();
    let tags = apis.items()[0].tags().unwrap();
    assert_eq!((tags.get("team").map(String::as_str), tags.get("cost")), (Some("us"), None));
    twin.run(&["status", "dev"]).await.exits_with(0);
}

async fn live(twin: &Twin) -> String {
    let alias =
        twin.by_hand.lambda.get_alias().function_name("ada-dev-api").name("live").send().await.unwrap();
    alias.function_version().unwrap().to_owned()
}
