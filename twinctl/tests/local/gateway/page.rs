//! The page: headers, paths and hosts.

use http::Method;
use twinctl::{
    artifacts::web::PageSettings,
    targets::local::gateway::{GatewaySetup, PageSetup},
};

use super::test_gateway::{TestGateway, page, setup};

#[testbed::test]
async fn pages_have_the_same_headers_as_on_aws() {
    let gateway = TestGateway::new();
    gateway
        .page("first", &[("assets/index-BbHh1234.js", "1"), ("about.html", "about"), ("404.html", "lost")]);
    gateway.page("first", &[("docs/index.html", "docs")]);
    let paths = [("/docs".to_owned(), "/docs/index.html".to_owned())].into();
    let script_hashes = vec!["'sha256-abc'".to_owned()];
    let settings = PageSettings { paths, script_hashes, ..PageSettings::default() };
    let page = PageSetup { settings, ..page("first") };
    gateway.twin_folder.write(&GatewaySetup { page, ..setup() }).unwrap();
    gateway.open().await;
    let visitor = gateway.visitor();

    let page = visitor.get("/").await;
    assert_eq!((page.status.as_u16(), page.body.as_str()), (200, "<h1>Ada</h1>"));
    assert_eq!(page.header("cache-control"), "no-cache");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert_eq!(page.header("x-frame-options"), "DENY");
    assert!(page.header("content-security-policy").contains("script-src 'self' 'sha256-abc'"));
    assert_eq!(page.header("strict-transport-security"), "");

    let again = visitor.get_with("/", &[("if-none-match", page.header("etag"))]).await;
    assert_eq!((again.status.as_u16(), again.body.as_str()), (304, ""));
    let asset = visitor.get("/assets/index-BbHh1234.js?v=1").await;
    assert_eq!(asset.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(asset.content_type(), "text/javascript; charset=utf-8");

    for (path, body) in [("/about", "about"), ("/docs", "docs"), ("/docs/", "docs")] {
        assert_eq!(visitor.get(path).await.body, body, "{path}");
    }
    for path in ["/nowhere", "/../door.json", "/%2e%2e/door.json", "/..%2f..%2fdoor.json"] {
        let lost = visitor.get(path).await;
        assert_eq!((lost.status.as_u16(), lost.body.as_str()), (404, "lost"), "{path}");
    }
    let head = visitor.send(Method::HEAD, "/", &[], String::new()).await.unwrap();
    assert_eq!((head.status().as_u16(), &head.headers()["content-length"]), (200, &"12".parse().unwrap()));
    let post = visitor.send(Method::POST, "/", &[], "x".to_owned()).await.unwrap();
    assert_eq!(post.status(), 405);
}

#[testbed::test]
async fn requests_for_unknown_hosts_are_rejected() {
    let gateway = TestGateway::new();
    let allowed_hosts = vec!["twin.home".to_owned()];
    gateway.twin_folder.write(&GatewaySetup { allowed_hosts, ..setup() }).unwrap();
    gateway.open().await;
    let visitor = gateway.visitor();
    for (host, status) in
        [("localhost", 200), ("twin.home:80", 200), ("evil.example", 421), ("localhost.evil.example", 421)]
    {
        for path in ["/", "/api/health"] {
            assert_eq!(visitor.get_with(path, &[("host", host)]).await.status, status, "{host}{path}");
        }
    }
}
