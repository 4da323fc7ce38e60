//! What becomes of a release when S3 or CloudFront is less kind than the emulator.

use std::sync::Arc;

use reconcile::{Apply, Choices, Class, Engine, Graph, Halt, Report, Resource as _, Silent, Waits};

use super::*;
use crate::targets::aws::script::{Reply, Script, ok, s3_error, xml_error};

fn bundle() -> Arc<WebBundle> {
    Arc::new(WebBundle::made(&[("index.html", "<p>home</p>"), ("a.txt", "a"), ("b.txt", "b")]))
}

fn desired(bundle: Option<&Arc<WebBundle>>) -> SiteDesired {
    SiteDesired { bundle: bundle.cloned(), distribution_id: "E1".to_owned(), release: "r1".to_owned() }
}

async fn deploy(script: &Script, bundle: &Arc<WebBundle>) -> Report {
    let mut graph = Graph::new();
    let desired = desired(Some(bundle));
    graph.add("site", Site::new("b"), (), move |()| desired.clone());
    let engine =
        Engine::new(graph, Arc::new(script.cloud()), Arc::new(Silent), Halt::new(), Choices::default());
    engine.observe().await.expect("it can be looked at");
    let plan = engine.plan();
    let report = engine.apply(&plan, Apply { waits: Waits::Yes, observed: true }).await;
    engine.verify(&plan, report).await
}

fn listing<'a>(objects: impl IntoIterator<Item = (&'a str, &'a str)>) -> Reply {
    let objects = objects
        .into_iter()
        .map(|(key, etag)| format!("<Contents><Key>{key}</Key><ETag>&quot;{etag}&quot;</ETag></Contents>"));
    ok(&format!("<ListBucketResult>{}</ListBucketResult>", objects.collect::<Vec<_>>().concat()))
}

fn whole(bundle: &WebBundle) -> Reply {
    listing(bundle.files().iter().map(|file| (file.key.as_str(), file.md5_hex.as_str())))
}

/// What the bundle's release leaves behind.
fn history(bundle: &WebBundle) -> Reply {
    let history = History::default().with("r1", &bundle.manifest(), &BTreeMap::new());
    ok(&String::from_utf8(history.to_json().unwrap()).unwrap())
}

fn count(script: &Script, line: &str) -> usize {
    script.log().iter().filter(|entry| entry.starts_with(line)).count()
}

#[tokio::test(start_paused = true)]
async fn a_throttled_upload_loses_nothing_of_what_was_done() {
    let bundle = bundle();
    let done = bundle.files().iter().filter(|file| file.key != "index.html");
    let done = listing(done.map(|file| (file.key.as_str(), file.md5_hex.as_str())));
    let script = Script::new()
        .on("GET /b/?list-type", [listing([]), done, whole(&bundle)])
        .on("GET /b/.twinctl", [s3_error(404, "NoSuchKey"), history(&bundle)])
        .on("PUT /b/index.html", [s3_error(503, "SlowDown"), ok("")])
        .on("PUT /b", [ok("")])
        .on("POST /2020-05-31/distribution/E1/invalidation", [ok("<Invalidation/>")]);
    let report = deploy(&script, &bundle).await;
    assert!(report.complete(), "{report:?}");
    let puts = |key: &str| count(&script, &format!("PUT /b/{key}"));
    // The others had begun when the last one failed.
    assert_eq!((puts("a.txt"), puts("b.txt"), puts("index.html"), puts(".twinctl")), (1, 1, 2, 1));
}

#[tokio::test(start_paused = true)]
async fn a_page_never_shows_before_what_it_refers_to() {
    let bundle = bundle();
    let old = listing([("index.html", "old"), ("a.txt", "old")]);
    let script = Script::new()
        .on("GET /b/?list-type", [old, whole(&bundle)])
        .on("GET /b/.twinctl", [s3_error(404, "NoSuchKey"), history(&bundle)])
        .on("PUT /b", [ok("")])
        .on("POST /2020-05-31/distribution/E1/invalidation", [ok("<Invalidation/>")]);
    assert!(deploy(&script, &bundle).await.complete());
    let log = script.log();
    let at = |line: &str| log.iter().position(|entry| entry.starts_with(line)).expect(line);
    let order = [at("PUT /b/b.txt"), at("PUT /b/index.html"), at("POST /2020"), at("PUT /b/.twinctl")];
    assert!(order.is_sorted() && at("PUT /b/a.txt") < order[1], "{log:#?}");
}

#[tokio::test(start_paused = true)]
async fn too_many_invalidations_are_waited_for_before_the_release_is_noted() {
    let bundle = bundle();
    let old = listing([("index.html", "old")]);
    let none = s3_error(404, "NoSuchKey");
    let many = xml_error(400, "TooManyInvalidationsInProgress", "many");
    let script = Script::new()
        .on("GET /b/?list-type", [old, whole(&bundle)])
        .on("GET /b/.twinctl", [none.clone(), none, history(&bundle)])
        .on("PUT /b", [ok("")])
        .on("POST /2020-05-31/distribution/E1/invalidation", [many, ok("<Invalidation/>")]);
    assert!(deploy(&script, &bundle).await.complete());
    assert_eq!((count(&script, "POST /2020"), count(&script, "PUT /b/.twinctl")), (2, 1));
    assert_eq!(count(&script, "PUT /b/index.html"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_file_that_changes_during_the_upload_is_named() {
    let bundle = bundle();
    let script = Script::new()
        .on("GET /b/?list-type", [listing([])])
        .on("GET /b/.twinctl", [s3_error(404, "NoSuchKey")])
        .on("PUT /b/a.txt", [s3_error(400, "BadDigest")])
        .on("PUT /b", [ok("")]);
    let report = deploy(&script, &bundle).await;
    let problem = report.failures().next().expect("a failure").problem.to_string();
    assert!(problem.ends_with("a.txt of the page: changed during the upload"), "{problem}");
}

#[tokio::test(start_paused = true)]
async fn a_forbidden_history_is_not_a_missing_one() {
    let script = Script::new()
        .on("GET /b/?list-type", [listing([])])
        .on("GET /b/.twinctl", [s3_error(403, "AccessDenied")]);
    let fault = Site::new("b").observe(&script.cloud(), &mut BTreeMap::new()).await.unwrap_err();
    assert_eq!(fault.class, Class::Denied);
}

#[tokio::test(start_paused = true)]
async fn a_history_of_a_later_version_is_refused_and_a_broken_one_begins_anew() {
    let observe = async |history: &str| {
        let script =
            Script::new().on("GET /b/?list-type", [listing([])]).on("GET /b/.twinctl", [ok(history)]);
        Site::new("b").observe(&script.cloud(), &mut BTreeMap::new()).await
    };
    let later = observe(r#"{"version": 2}"#).await.unwrap_err();
    insta::assert_snapshot!(later, @"`.twinctl/releases/current.json` has version 2, which this twinctl does not know");
    assert!(observe("{").await.unwrap().is_none());
}

#[test]
fn without_a_release_nothing_is_called_drift() {
    let actual = SiteActual {
        objects: BTreeMap::from([("theirs.pdf".to_owned(), "1".to_owned())]),
        history: History::default(),
    };
    assert_eq!(Site::new("b").diff(&desired(None), Some(&actual)), []);
}
