//! Another release of code and page.

use xtask::proxy::Which;

use crate::{
    code,
    twin::{ENVIRONMENT, Twin},
};

const SECOND_PAGE: &str =
    "<!doctype html>\n<html lang=\"en\">\n<title>Ada</title>\n<p>Hello again.</p>\n</html>\n";

#[tokio::test]
async fn changed_code_and_one_page_are_all_that_changes() {
    let Some(twin) = Twin::new() else { return };
    twin.deploy(&[]).await.ends_with(0);
    twin.write("web/index.html", SECOND_PAGE);

    twin.proxy.reset();
    let second = twin.deploy_of(code::after(), &[]).await.ends_with(0);
    let mut changed: Vec<_> = twin.writes().into_iter().map(|call| call.operation).collect();
    changed.sort();
    // The lock is taken and given back, and the release's list of files is written beside the page.
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
    let page = twin.visit(second.url(), "/").await;
    assert!(page.text.contains("Hello again."), "{page:?}");
    assert_eq!(twin.visit(second.url(), "/assets/style-5d41402a.css").await.status, 200);
}

#[tokio::test]
async fn a_version_that_does_not_answer_never_goes_live_and_is_tried_again() {
    let Some(twin) = Twin::new() else { return };
    let url = twin.deploy(&[]).await.ends_with(0).url().to_owned();
    for _ in 0..2 {
        twin.run(&["deploy", "dev", "--yes", "--lambda-binary", "/bin/true"])
            .await
            .ends_with(6)
            .says("version");
        let live =
            twin.by_hand.lambda.get_alias().function_name("ada-dev-api").name("live").send().await.unwrap();
        assert_eq!(live.function_version(), Some("1"));
    }
    assert_eq!(twin.visit(&url, "/api/health").await.status, 200);
    twin.deploy(&[]).await.ends_with(0);
    twin.plan().await.ends_with(0);
}

#[tokio::test]
async fn old_versions_go_but_those_of_remembered_releases_stay() {
    let Some(twin) = Twin::new() else { return };
    twin.deploy(&[]).await.ends_with(0);
    for zip in [code::after(), code::before()].into_iter().cycle().take(7) {
        let code = std::fs::read(zip).unwrap().into();
        let update = twin.by_hand.lambda.update_function_code().function_name("ada-dev-api").zip_file(code);
        update.publish(true).send().await.unwrap();
    }
    twin.deploy_of(code::before(), &[]).await.ends_with(0);
    let listed = twin.by_hand.lambda.list_versions_by_function().function_name("ada-dev-api").send();
    let listed = listed.await.unwrap();
    let versions: Vec<_> = listed.versions().iter().filter_map(|version| version.version()).collect();
    // The first one is what the first release would go back to.
    assert_eq!(versions, ["$LATEST", "1", "5", "6", "7", "8", "9"]);
    twin.plan().await.ends_with(0);
}

#[tokio::test]
async fn one_binary_is_one_code_wherever_it_lies() {
    let Some(twin) = Twin::new() else { return };
    let binary = twin.folder().join("elsewhere/bootstrap");
    std::fs::create_dir(twin.folder().join("elsewhere")).unwrap();
    std::fs::write(twin.folder().join("bootstrap"), code::binary()).unwrap();
    std::fs::write(&binary, code::binary()).unwrap();
    twin.run(&["deploy", "dev", "--yes", "--lambda-binary", "bootstrap"]).await.ends_with(0);
    let again = twin.run(&["deploy", "dev", "--yes", "--lambda-binary", binary.to_str().unwrap()]).await;
    again.ends_with(0).says("nothing to change");
}

#[tokio::test]
async fn when_the_front_does_not_answer_live_goes_back_and_the_release_is_tried_again() {
    let Some(twin) = Twin::new() else { return };
    twin.deploy(&[]).await.ends_with(0);
    twin.proxy.reset();
    twin.proxy.refuse(Which::first(1000, "GET /api/health"), 503, "Unavailable");
    let refused = twin.deploy_of(code::after(), &[]).await.ends_with(8);
    refused.says("`live` was moved back to version 1");
    assert_eq!(refused.stdout, "");
    assert_eq!(live(&twin).await, "1");

    twin.proxy.reset();
    let status = twin.run(&["status", "dev"]).await.ends_with(7);
    status.says("version 1 was released");
    status.says("version 2 was never released");
    status.says("1, should be 2 (after a successful health check)");
    twin.deploy_of(code::after(), &[]).await.ends_with(0);
    assert_eq!(live(&twin).await, "2");
}

#[tokio::test]
async fn what_changes_in_the_file_changes_in_the_account() {
    let Some(twin) = Twin::new() else { return };
    twin.deploy(&[]).await.ends_with(0);
    twin.write(
        "environments/dev.yaml",
        &format!("{ENVIRONMENT}api: {{ throttle: {{ burst: 7, rate: 3 }} }}\n"),
    );
    twin.proxy.reset();
    twin.deploy(&[]).await.ends_with(0).says("throttle.burst");
    let changed: Vec<_> = twin.writes().into_iter().map(|call| call.operation).collect();
    assert_eq!(changed, ["UpdateItem", "PATCH /v2/apis/{}/stages/{}", "UpdateItem"]);

    // But the tags: the emulator lists an API's tags as they were when it was made.
    let everything = "api: { throttle: { burst: 7, rate: 3 }, direct_access: true, cors_origins: [\"https://ada.example\"] }\n\
        lambda: { memory_mb: 512, timeout_s: 20, log_retention_days: 14 }\n\
        memory: { expire_after_days: 30 }\nlog_level: debug\n";
    twin.write("environments/dev.yaml", &format!("{ENVIRONMENT}{everything}"));
    twin.deploy(&[]).await.ends_with(0);
    twin.deploy(&[]).await.ends_with(0).says("nothing to change");
    twin.write("environments/dev.yaml", ENVIRONMENT);
    twin.deploy(&[]).await.ends_with(0);
    twin.run(&["status", "dev"]).await.ends_with(0);
}

async fn live(twin: &Twin) -> String {
    let alias =
        twin.by_hand.lambda.get_alias().function_name("ada-dev-api").name("live").send().await.unwrap();
    alias.function_version().unwrap().to_owned()
}
