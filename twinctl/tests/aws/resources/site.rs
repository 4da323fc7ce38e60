//! The files of the page: released, changed by hand, repaired, and crashed at every call.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use aws_sdk_cloudfront::types::{
    DefaultCacheBehavior, DistributionConfig, Origin, Origins, S3OriginConfig, ViewerProtocolPolicy,
};
use aws_sdk_s3::{
    primitives::ByteStream,
    types::{BucketLocationConstraint, CreateBucketConfiguration},
};
use futures_util::{FutureExt as _, future::BoxFuture};
use reconcile::{
    Choices, Graph, Outcome,
    testing::{LossyCloud as _, every_crash_point},
};
use testbed::clock::fast_clock;
use twinctl::{
    artifacts::web::WebBundle,
    targets::aws::{
        Cloud,
        resources::{
            site::{Site, SiteDesired},
            web_access::{WebAccess, WebAccessDesired},
        },
    },
};

use super::sandbox::{Sandbox, destroy};

const HISTORY: &str = ".twinctl/releases/current.json";

type Files<'a> = &'a [(&'a str, &'a str)];

const FIRST: Files = &[
    ("index.html", "<p>one</p>"),
    ("about.html", "<p>about</p>"),
    ("config.json", "{}"),
    ("assets/app-BbHh1234.js", "one()"),
];
const SECOND: Files = &[
    ("index.html", "<p>two</p>"),
    ("about.html", "<p>about</p>"),
    ("new.txt", "new"),
    ("assets/app-CcHh1234.js", "two()"),
];

fn bucket(cloud: &Cloud) -> String {
    format!("twin-frontend-{}", cloud.account)
}

async fn create_bucket_by_hand(cloud: &Cloud) {
    let region = BucketLocationConstraint::from(&*cloud.region);
    let location = CreateBucketConfiguration::builder().location_constraint(region).build();
    let request = cloud.s3.create_bucket().bucket(bucket(cloud)).create_bucket_configuration(location);
    request.send().await.expect("it is made");
}

/// Creates an empty bucket and a distribution. Returns the ID of the distribution.
async fn create_bucket_and_distribution(sandbox: &Sandbox) -> String {
    let cloud = &sandbox.by_hand;
    create_bucket_by_hand(cloud).await;
    let origin = Origin::builder()
        .id("web")
        .domain_name("web.example")
        .s3_origin_config(S3OriginConfig::builder().origin_access_identity("").build())
        .build()
        .unwrap();
    let behavior = DefaultCacheBehavior::builder()
        .target_origin_id("web")
        .viewer_protocol_policy(ViewerProtocolPolicy::RedirectToHttps);
    let configuration = DistributionConfig::builder()
        .caller_reference("once")
        .comment("")
        .enabled(true)
        .origins(Origins::builder().quantity(1).items(origin).build().unwrap())
        .default_cache_behavior(behavior.build().unwrap());
    let request = cloud.cloudfront.create_distribution();
    let made = request.distribution_config(configuration.build().unwrap()).send().await.expect("it is made");
    made.distribution.expect("a distribution").id
}

async fn bundle(files: Files<'_>) -> (tempfile::TempDir, Arc<WebBundle>) {
    let folder = tempfile::tempdir().unwrap();
    for (key, content) in files {
        let path = folder.path().join(key);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new(""))).unwrap();
        std::fs::write(path, content).unwrap();
    }
    let bundle = WebBundle::load(folder.path()).await.expect("a whole bundle");
    (folder, Arc::new(bundle))
}

fn graph(cloud: &Cloud, bundle: Option<&Arc<WebBundle>>, distribution: &str, release: &str) -> Graph<Cloud> {
    let desired = SiteDesired {
        kept: std::collections::BTreeSet::new(),
        bundle: bundle.cloned(),
        distribution_id: distribution.to_owned(),
        release: release.to_owned(),
    };
    let mut graph = Graph::new();
    graph.add("site", Site::new(bucket(cloud)), (), move |()| desired.clone());
    graph
}

async fn release(sandbox: &Sandbox, files: Files<'_>, distribution: &str, id: &str) -> Outcome {
    let (_folder, bundle) = bundle(files).await;
    let graph = graph(&sandbox.cloud, Some(&bundle), distribution, id);
    let report = sandbox.run(graph, Choices::default()).await.expect("it runs");
    assert!(report.complete(), "{report:?}");
    report.outcome("site").cloned().expect("an outcome")
}

/// Every object with its headers and content.
fn picture(cloud: Arc<Cloud>) -> BoxFuture<'static, String> {
    async move {
        let mut lines = vec![];
        for key in keys(&cloud).await {
            let request = cloud.s3.get_object().bucket(bucket(&cloud)).key(&key);
            let object = request.send().await.expect("it exists");
            let headers = (object.content_type.clone(), object.cache_control.clone());
            let content = object.body.collect().await.expect("its bytes").to_vec();
            lines.push(format!("{key} {headers:?} {}", String::from_utf8_lossy(&content)));
        }
        lines.join("\n")
    }
    .boxed()
}

async fn keys(cloud: &Cloud) -> Vec<String> {
    let listed = cloud.s3.list_objects_v2().bucket(bucket(cloud)).send().await.expect("a bucket");
    listed.contents.unwrap_or_default().into_iter().filter_map(|object| object.key).collect()
}

async fn put(cloud: &Cloud, key: &str, content: &'static str) {
    let request = cloud.s3.put_object().bucket(bucket(cloud)).key(key);
    request.body(ByteStream::from_static(content.as_bytes())).send().await.expect("it is put");
}

async fn invalidated(cloud: &Cloud, distribution: &str) -> BTreeMap<String, Vec<String>> {
    let listed = cloud.cloudfront.list_invalidations().distribution_id(distribution).send().await.unwrap();
    let items = listed.invalidation_list.and_then(|list| list.items).unwrap_or_default();
    let mut found = BTreeMap::new();
    for item in items {
        let request = cloud.cloudfront.get_invalidation().distribution_id(distribution).id(item.id);
        let batch = request.send().await.unwrap().invalidation.unwrap().invalidation_batch.unwrap();
        found.insert(batch.caller_reference, batch.paths.and_then(|paths| paths.items).unwrap_or_default());
    }
    found
}

#[testbed::test(emulator)]
async fn a_release_uploads_only_changed_files_and_a_second_run_nothing() {
    let sandbox = Sandbox::new(picture);
    let distribution = create_bucket_and_distribution(&sandbox).await;
    let first = release(&sandbox, FIRST, &distribution, "r1").await;
    assert!(matches!(first, Outcome::Created), "{first:?}");
    assert_eq!(
        (sandbox.calls(), sandbox.writes()),
        (2 + 4 + 1 + 2, 5),
        "files, history, and two reads to verify"
    );

    let again = release(&sandbox, FIRST, &distribution, "r2").await;
    assert!(matches!(again, Outcome::Unchanged), "{again:?}");
    assert_eq!(sandbox.writes(), 5);
    assert!(invalidated(&sandbox.by_hand, &distribution).await.is_empty());

    let second = release(&sandbox, SECOND, &distribution, "r3").await;
    assert!(matches!(second, Outcome::Updated), "{second:?}");
    assert_eq!(sandbox.writes(), 5 + 3 + 1 + 1, "three files, the invalidation, the history");
    let invalidations: Vec<_> = invalidated(&sandbox.by_hand, &distribution).await.into_iter().collect();
    assert!(invalidations.len() == 1 && invalidations[0].0.starts_with("r3-"), "{invalidations:?}");
    assert_eq!(invalidations[0].1, ["/", "/index.html"]);
    assert!(keys(&sandbox.by_hand).await.contains(&"assets/app-BbHh1234.js".to_owned()), "for open tabs");
    let files = sandbox
        .snapshot()
        .await
        .lines()
        .filter(|line| !line.starts_with(HISTORY))
        .collect::<Vec<_>>()
        .join("\n");
    insta::assert_snapshot!(files, @r#"
    about.html (Some("text/html; charset=utf-8"), Some("no-cache")) <p>about</p>
    assets/app-BbHh1234.js (Some("text/javascript; charset=utf-8"), Some("public, max-age=31536000, immutable")) one()
    assets/app-CcHh1234.js (Some("text/javascript; charset=utf-8"), Some("public, max-age=31536000, immutable")) two()
    config.json (Some("application/json; charset=utf-8"), Some("no-cache")) {}
    index.html (Some("text/html; charset=utf-8"), Some("no-cache")) <p>two</p>
    new.txt (Some("text/plain; charset=utf-8"), Some("no-cache")) new
    "#);
}

#[testbed::test(emulator)]
async fn restoring_old_content_invalidates_it_again() {
    let sandbox = Sandbox::new(picture);
    let distribution = create_bucket_and_distribution(&sandbox).await;
    for (files, id) in [(FIRST, "r1"), (SECOND, "r2"), (FIRST, "r3"), (SECOND, "r4")] {
        release(&sandbox, files, &distribution, id).await;
    }
    let invalidations = invalidated(&sandbox.by_hand, &distribution).await;
    let releases: Vec<_> = invalidations.keys().filter_map(|reference| reference.split('-').next()).collect();
    assert_eq!(releases, ["r2", "r3", "r4"]);
}

#[testbed::test(emulator)]
async fn files_changed_deleted_or_added_by_hand_are_detected_and_repaired() {
    let sandbox = Sandbox::new(picture);
    let distribution = create_bucket_and_distribution(&sandbox).await;
    release(&sandbox, FIRST, &distribution, "r1").await;
    let wanted = sandbox.snapshot().await;
    let cloud = &sandbox.by_hand;
    put(cloud, "index.html", "hacked").await;
    put(cloud, "extra.txt", "extra").await;
    cloud.s3.delete_object().bucket(bucket(cloud)).key("config.json").send().await.unwrap();

    let without_sources = graph(&sandbox.cloud, None, &distribution, "r2");
    let drift = sandbox.changes(without_sources).await;
    assert_eq!(drift, ["files.config.json", "files.index.html", "files.extra.txt"]);
    let (_folder, bundle) = bundle(FIRST).await;
    let planned = sandbox.changes(graph(&sandbox.cloud, Some(&bundle), &distribution, "r2")).await;
    assert_eq!(planned, ["files.config.json", "files.index.html", "files.extra.txt", "invalidation"]);

    release(&sandbox, FIRST, &distribution, "r2").await;
    assert_eq!(sandbox.snapshot().await, wanted);
}

#[testbed::test(emulator)]
async fn objects_older_than_the_first_release_are_never_deleted() {
    let sandbox = Sandbox::new(picture);
    let distribution = create_bucket_and_distribution(&sandbox).await;
    let cloud = &sandbox.by_hand;
    put(cloud, "theirs.pdf", "theirs").await;
    put(cloud, "index.html", "old page").await;
    release(&sandbox, FIRST, &distribution, "r1").await;
    release(&sandbox, SECOND, &distribution, "r2").await;
    put(cloud, "later.txt", "drift").await;
    release(&sandbox, SECOND, &distribution, "r3").await;
    let keys = keys(cloud).await;
    assert!(keys.contains(&"theirs.pdf".to_owned()) && !keys.contains(&"later.txt".to_owned()), "{keys:?}");
}

#[testbed::test(emulator)]
async fn files_of_releases_that_are_no_longer_kept_are_deleted() {
    let sandbox = Sandbox::new(picture);
    let distribution = create_bucket_and_distribution(&sandbox).await;
    for (number, content) in ["a", "b", "c", "d", "e"].iter().enumerate() {
        let asset = format!("assets/{content}-{number}bHh1234.js");
        let files = [("index.html", *content), (asset.as_str(), *content)];
        release(&sandbox, &files, &distribution, content).await;
    }
    let assets: Vec<_> =
        keys(&sandbox.by_hand).await.into_iter().filter(|key| key.starts_with("assets/")).collect();
    assert_eq!(
        assets,
        ["assets/b-1bHh1234.js", "assets/c-2bHh1234.js", "assets/d-3bHh1234.js", "assets/e-4bHh1234.js"]
    );
}

#[testbed::test(emulator)]
async fn thousands_of_files_and_a_large_one_are_read_in_three_calls() {
    let sandbox = Sandbox::new(picture);
    let distribution = create_bucket_and_distribution(&sandbox).await;
    let names: Vec<_> = (0..1500).map(|number| format!("posts/{number}.html")).collect();
    let mut files: Vec<_> = names.iter().map(|name| (name.as_str(), "<p>post</p>")).collect();
    files.push(("index.html", "<p>home</p>"));
    let (folder, _) = bundle(&files).await;
    // A sparse file of 50 MB.
    std::fs::File::create(folder.path().join("video.mp4")).unwrap().set_len(50 << 20).unwrap();
    let bundle = Arc::new(WebBundle::load(folder.path()).await.unwrap());
    let graph = || graph(&sandbox.cloud, Some(&bundle), &distribution, "r1");
    let planned = sandbox.changes(graph()).await;
    assert_eq!((planned.len(), planned[20].as_str()), (22, "files"));
    assert!(sandbox.succeeds(graph(), Choices::default()).await);
    sandbox.restore();
    assert_eq!(sandbox.changes(graph()).await, [""; 0]);
    assert_eq!(sandbox.calls(), 3, "two pages and the history");
}

#[testbed::test(emulator)]
async fn a_release_crashed_at_any_call_ends_in_the_same_page() {
    let _clock = fast_clock();
    let (_folder, second) = bundle(SECOND).await;
    let distributions = std::sync::Mutex::new(BTreeMap::new());
    let fresh = async || {
        let sandbox = Sandbox::new(picture);
        let distribution = create_bucket_and_distribution(&sandbox).await;
        release(&sandbox, FIRST, &distribution, "r1").await;
        put(&sandbox.by_hand, "extra.txt", "extra").await;
        distributions.lock().unwrap().insert(sandbox.account.clone(), distribution);
        sandbox.restore();
        sandbox
    };
    every_crash_point(fresh, async |sandbox| {
        let distribution = distributions.lock().unwrap()[&sandbox.account].clone();
        sandbox.succeeds(graph(&sandbox.cloud, Some(&second), &distribution, "r2"), Choices::default()).await
    })
    .await;
}

#[testbed::test(emulator)]
async fn only_the_distribution_may_read_the_bucket() {
    let _clock = fast_clock();
    let graph = |cloud: &Cloud| {
        let mut graph = Graph::new();
        let distribution_arn = format!("arn:aws:cloudfront::{}:distribution/E1", cloud.account);
        let desired = WebAccessDesired { distribution_arn };
        graph.add("web access", WebAccess { bucket: bucket(cloud), is_taken_over: false }, (), move |()| {
            desired.clone()
        });
        graph
    };
    let fresh = async || {
        let sandbox = Sandbox::new(policy);
        create_bucket_by_hand(&sandbox.by_hand).await;
        sandbox
    };
    every_crash_point(fresh, async |sandbox| {
        sandbox.succeeds(graph(&sandbox.cloud), Choices::default()).await
    })
    .await;

    let sandbox = fresh().await;
    assert!(sandbox.succeeds(graph(&sandbox.cloud), Choices::default()).await);
    let wanted = sandbox.snapshot().await;
    let open = wanted.replace("ACCOUNT", &sandbox.account).replace("distribution/E1", "distribution/E2");
    let cloud = &sandbox.by_hand;
    cloud.s3.put_bucket_policy().bucket(bucket(cloud)).policy(open).send().await.unwrap();
    assert_eq!(sandbox.changes(graph(&sandbox.cloud)).await, ["policy.ListBucket", "policy.ReadObjects"]);
    assert!(sandbox.succeeds(graph(&sandbox.cloud), Choices::default()).await);
    assert_eq!(sandbox.snapshot().await, wanted);
    assert!(sandbox.succeeds(graph(&sandbox.cloud), destroy()).await);
    assert_eq!(sandbox.snapshot().await, "");
}

fn policy(cloud: Arc<Cloud>) -> BoxFuture<'static, String> {
    async move {
        let response = cloud.s3.get_bucket_policy().bucket(bucket(&cloud)).send().await;
        response.ok().and_then(|response| response.policy).unwrap_or_default()
    }
    .boxed()
}
