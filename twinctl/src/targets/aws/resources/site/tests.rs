//! Releases with S3 and CloudFront responses that the emulators do not give.

use std::sync::Arc;

use reconcile::{Class, Report, Resource as _};

use super::*;
use crate::{
    artifacts::web::outdated,
    targets::aws::{
        resources::testing::{self, count},
        script::{Reply, Script, ok, s3_error, xml_error},
    },
};

fn bundle() -> Arc<WebBundle> {
    Arc::new(WebBundle::generated(&[("index.html", "<p>home</p>"), ("a.txt", "a"), ("b.txt", "b")]))
}

fn desired(bundle: Option<&Arc<WebBundle>>) -> SiteDesired {
    SiteDesired {
        bundle: bundle.cloned(),
        distribution_id: "E1".to_owned(),
        release: "r1".to_owned(),
        kept: BTreeSet::new(),
    }
}

async fn deploy(script: &Script, bundle: &Arc<WebBundle>) -> Report {
    testing::deploy(script, Site::new("b"), desired(Some(bundle))).await
}

fn listing<'a>(objects: impl IntoIterator<Item = (&'a str, &'a str)>) -> Reply {
    let objects = objects
        .into_iter()
        .map(|(key, etag)| format!("<Contents><Key>{key}</Key><ETag>&quot;{etag}&quot;</ETag></Contents>"));
    ok(&format!("<ListBucketResult>{}</ListBucketResult>", objects.collect::<Vec<_>>().concat()))
}

fn all_files(bundle: &WebBundle) -> Reply {
    listing(bundle.files().iter().map(|file| (file.key.as_str(), file.md5_hex.as_str())))
}

/// The history after the release of the bundle.
fn history(bundle: &WebBundle) -> Reply {
    let history = History::default().with("r1", &bundle.manifest(), &BTreeMap::new(), &BTreeSet::new());
    ok(&String::from_utf8(history.to_json().unwrap()).unwrap())
}

#[tokio::test(start_paused = true)]
async fn after_a_throttled_upload_only_the_failed_file_is_uploaded_again() {
    let bundle = bundle();
    let done = bundle.files().iter().filter(|file| file.key != "index.html");
    let done = listing(done.map(|file| (file.key.as_str(), file.md5_hex.as_str())));
    let script = Script::new()
        .on("GET /b/?list-type", [listing([]), done, all_files(&bundle)])
        .on("GET /b/.twinctl", [s3_error(404, "NoSuchKey"), history(&bundle)])
        .on("PUT /b/index.html", [s3_error(503, "SlowDown"), ok("")])
        .on("PUT /b", [ok("")])
        .on("POST /2020-05-31/distribution/E1/invalidation", [ok("<Invalidation/>")]);
    let report = deploy(&script, &bundle).await;
    assert!(report.complete(), "{report:?}");
    let puts = |key: &str| count(&script, &format!("PUT /b/{key}"));
    // The other uploads had started when index.html failed.
    assert_eq!((puts("a.txt"), puts("b.txt"), puts("index.html"), puts(".twinctl")), (1, 1, 2, 1));
}

#[tokio::test(start_paused = true)]
async fn a_page_is_uploaded_after_the_files_it_refers_to() {
    let bundle = bundle();
    let old = listing([("index.html", "old"), ("a.txt", "old")]);
    let script = Script::new()
        .on("GET /b/?list-type", [old, all_files(&bundle)])
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
async fn a_release_is_recorded_after_its_invalidation_was_accepted() {
    let bundle = bundle();
    let old = listing([("index.html", "old")]);
    let none = s3_error(404, "NoSuchKey");
    let many = xml_error(400, "TooManyInvalidationsInProgress", "many");
    let script = Script::new()
        .on("GET /b/?list-type", [old, all_files(&bundle)])
        .on("GET /b/.twinctl", [none.clone(), none, history(&bundle)])
        .on("PUT /b", [ok("")])
        .on("POST /2020-05-31/distribution/E1/invalidation", [many, ok("<Invalidation/>")]);
    assert!(deploy(&script, &bundle).await.complete());
    assert_eq!((count(&script, "POST /2020"), count(&script, "PUT /b/.twinctl")), (2, 1));
    assert_eq!(count(&script, "PUT /b/index.html"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_file_that_changes_during_the_upload_is_reported_by_name() {
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
async fn a_history_of_a_later_version_is_refused_and_an_invalid_one_counts_as_empty() {
    let observe = async |history: &str| {
        let script =
            Script::new().on("GET /b/?list-type", [listing([])]).on("GET /b/.twinctl", [ok(history)]);
        Site::new("b").observe(&script.cloud(), &mut BTreeMap::new()).await
    };
    let later = observe(r#"{"version": 2}"#).await.unwrap_err();
    insta::assert_snapshot!(later, @"`.twinctl/releases/current.json` has version 2, which this twinctl does not know");
    assert!(observe("{").await.unwrap().is_none());
}

/// S3 may report an object as missing in the minutes after versioning was switched on.
#[tokio::test(start_paused = true)]
async fn a_history_that_is_listed_but_not_found_is_read_again() {
    let bundle = bundle();
    let files: Vec<_> =
        bundle.files().iter().map(|file| (file.key.as_str(), file.md5_hex.as_str())).collect();
    let all = listing(files.into_iter().chain([(history::KEY, "h"), ("old.js", "old")]));
    let script = Script::new()
        .on("GET /b/?list-type", [all])
        .on("GET /b/.twinctl", [s3_error(404, "NoSuchKey"), history(&bundle)]);
    let fault = Site::new("b").observe(&script.cloud(), &mut BTreeMap::new()).await.unwrap_err();
    assert_eq!(fault.class, Class::Stale);
    let actual = Site::new("b").observe(&script.cloud(), &mut BTreeMap::new()).await.unwrap().unwrap();
    assert!(actual.history.newest().is_some() && !actual.history.was_found("old.js"));
}

/// Neither the listing nor the read shows the history, but it exists.
#[tokio::test(start_paused = true)]
async fn a_history_that_exists_is_not_replaced_by_one_in_which_all_files_are_unknown() {
    let bundle = bundle();
    let old = || listing([("index.html", "old"), ("old.js", "old")]);
    let files = bundle.files().iter().map(|file| (file.key.as_str(), file.md5_hex.as_str()));
    let new = listing(files.chain([("old.js", "old")]));
    let known = Arc::new(WebBundle::generated(&[("index.html", "<p>old</p>"), ("old.js", "old")]));
    let script = Script::new()
        .on("GET /b/?list-type", [old(), new])
        .on("GET /b/.twinctl", [s3_error(404, "NoSuchKey"), history(&known), history(&bundle)])
        .on("PUT /b/.twinctl", [s3_error(412, "PreconditionFailed"), ok("")])
        .on("PUT /b", [ok("")])
        .on("POST /2020-05-31/distribution/E1/invalidation", [ok("<Invalidation/>")]);
    let report = deploy(&script, &bundle).await;
    let writes = |line: &str| count(&script, line);
    assert_eq!((writes("PUT /b/.twinctl"), writes("PUT /b/index.html")), (2, 1), "{report:?}");
}

#[test]
fn without_a_release_there_is_no_drift() {
    let actual = SiteActual {
        objects: BTreeMap::from([("theirs.pdf".to_owned(), "1".to_owned())]),
        ..SiteActual::default()
    };
    assert_eq!(Site::new("b").diff(&desired(None), Some(&actual)), []);
}

#[test]
fn the_history_keeps_recent_releases_and_those_that_a_rollback_may_need() {
    let manifest = |content: &str| WebBundle::generated(&[("index.html", content)]).manifest();
    let kept = BTreeSet::from(["r2".to_owned()]);
    let mut history = History::default();
    for number in 1..=7 {
        history =
            history.with(&format!("r{number}"), &manifest(&number.to_string()), &BTreeMap::new(), &kept);
    }
    let known = |history: &History, number: usize| history.manifest(&format!("r{number}")).is_some();
    let all: Vec<_> = (1..=7).filter(|number| known(&history, *number)).collect();
    assert_eq!(all, [2, 4, 5, 6, 7]);

    let restored = history.restored("r2");
    assert_eq!(restored.newest_id(), Some("r2"));
    assert_eq!(restored.last_written("index.html"), manifest("2").files.get("index.html"));
    assert_eq!(restored.manifests().len(), 5);
    assert_eq!(outdated(&manifest("7"), &manifest("2")), ["/", "/index.html"]);
}
