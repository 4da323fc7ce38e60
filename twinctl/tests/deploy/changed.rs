//! Another release of code and page.

use crate::{code, twin::Twin};

const SECOND_PAGE: &str = "<!doctype html>\n<html lang=\"en\">\n<title>Ada</title>\n<p>Hello again.</p>\n</html>\n";

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
            "PUT /2015-03-31/functions/{}/aliases/live",
            "PUT /2015-03-31/functions/{}/code",
            "PUT /{bucket}/{key}",
            "PUT /{bucket}/{key}",
            "UpdateItem",
            "UpdateItem",
        ]
    );

    let alias = twin.by_hand.lambda.get_alias().function_name("ada-dev-api").name("live").send().await.unwrap();
    assert_eq!(alias.function_version(), Some("2"));
    let page = twin.visit(second.url(), "/").await;
    assert!(page.text.contains("Hello again."), "{page:?}");
    assert_eq!(twin.visit(second.url(), "/assets/style-5d41402a.css").await.status, 200);
}
