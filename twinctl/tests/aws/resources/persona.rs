//! The owner's files in an emulated bucket: brought, changed, brought back, killed at every call, shadowed, many.

use std::sync::Arc;

use aws_sdk_s3::{
    primitives::ByteStream,
    types::{
        BucketLocationConstraint, BucketVersioningStatus, CreateBucketConfiguration, VersioningConfiguration,
    },
};
use futures_util::{FutureExt as _, future::BoxFuture};
use reconcile::{
    Choices, Graph, Outcome, Resource as _,
    testing::{LossyCloud as _, every_crash_point},
};
use testbed::clock::hurry;
use twinctl::{
    artifacts::data::{Brought, Wanted},
    targets::aws::{
        Cloud,
        resources::{DataFiles, DataFilesDesired},
    },
};

use super::sandbox::Sandbox;

const HISTORY: &str = ".twinctl/history.json";

type Files<'a> = &'a [(&'a str, &'a str)];

const FIRST: Files = &[("facts.json", r#"{"name": "Ada"}"#), ("style.txt", "short"), ("notes.md", "one")];
const SECOND: Files = &[("facts.json", r#"{"name": "Ada E."}"#), ("style.txt", "short"), ("me.txt", "I am.")];

fn bucket(cloud: &Cloud) -> String {
    format!("twin-data-{}", cloud.account)
}

async fn stage() -> Sandbox {
    let sandbox = Sandbox::new(picture);
    let cloud = &sandbox.by_hand;
    let region = BucketLocationConstraint::from(&*cloud.region);
    let there = CreateBucketConfiguration::builder().location_constraint(region).build();
    let request = cloud.s3.create_bucket().bucket(bucket(cloud)).create_bucket_configuration(there);
    request.send().await.expect("it is made");
    let versioned = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    let request = cloud.s3.put_bucket_versioning().bucket(bucket(cloud)).versioning_configuration(versioned);
    request.send().await.expect("it is versioned");
    sandbox
}

fn brought(files: Files<'_>) -> Wanted {
    let mut owned = persona::Files::default();
    for (name, text) in files {
        owned.insert(*name, text.as_bytes().to_vec());
    }
    Wanted::Files(Arc::new(Brought::new(owned, String::new(), false)))
}

fn graph(cloud: &Cloud, wanted: &Wanted, set: &str) -> Graph<Cloud> {
    let desired = DataFilesDesired { wanted: wanted.clone(), set: set.to_owned() };
    let mut graph = Graph::new();
    graph.add("persona", DataFiles::new(bucket(cloud)), (), move |()| desired.clone());
    graph
}

async fn bring(sandbox: &Sandbox, wanted: &Wanted, set: &str) -> Outcome {
    let graph = graph(&sandbox.cloud, wanted, set);
    let report = sandbox.run(graph, Choices::default()).await.expect("it runs");
    assert!(report.complete(), "{report:?}");
    report.outcome("persona").cloned().expect("an outcome")
}

async fn changes(sandbox: &Sandbox, wanted: &Wanted) -> Vec<String> {
    sandbox.changes(graph(&sandbox.cloud, wanted, "planned")).await
}

async fn keys(cloud: &Cloud) -> Vec<String> {
    let listed = cloud.s3.list_objects_v2().bucket(bucket(cloud)).send().await.expect("a bucket");
    listed.contents.unwrap_or_default().into_iter().filter_map(|object| object.key).collect()
}

async fn put(cloud: &Cloud, key: &str, content: &'static str) {
    let request = cloud.s3.put_object().bucket(bucket(cloud)).key(key);
    request.body(ByteStream::from_static(content.as_bytes())).send().await.expect("it is put");
}

/// Every file with what is in it, and which sets are noted, without their times.
fn picture(cloud: Arc<Cloud>) -> BoxFuture<'static, String> {
    async move {
        let mut lines = vec![];
        for key in keys(&cloud).await {
            let object = cloud.s3.get_object().bucket(bucket(&cloud)).key(&key).send().await.unwrap();
            let content = object.body.collect().await.expect("its bytes").to_vec();
            if key == HISTORY {
                let history: serde_json::Value = serde_json::from_slice(&content).unwrap();
                let sets = history["sets"].as_array().unwrap().iter();
                lines.push(format!("sets {:?}", sets.map(|set| set["id"].clone()).collect::<Vec<_>>()));
            } else {
                lines.push(format!("{key} {}", String::from_utf8_lossy(&content)));
            }
        }
        lines.join("\n")
    }
    .boxed()
}

#[testbed::test(emulator)]
async fn only_what_differs_is_written_and_a_second_run_changes_nothing() {
    let sandbox = stage().await;
    bring(&sandbox, &brought(FIRST), "1").await;
    assert_eq!((sandbox.calls(), sandbox.writes()), (2 + 1 + 3 + 2, 4), "the list, three files, two looks");
    let again = bring(&sandbox, &brought(FIRST), "2").await;
    assert!(matches!(again, Outcome::Unchanged), "{again:?}");
    assert_eq!(sandbox.writes(), 4);
    bring(&sandbox, &brought(SECOND), "3").await;
    assert_eq!(sandbox.writes(), 4 + 1 + 2 + 1, "the list, two files, one gone");
    insta::assert_snapshot!(sandbox.snapshot().await, @r#"
    sets [String("3"), String("1")]
    facts.json {"name": "Ada E."}
    me.txt I am.
    style.txt short
    "#);
}

#[testbed::test(emulator)]
async fn the_set_before_comes_back_and_so_does_the_one_after() {
    let sandbox = stage().await;
    bring(&sandbox, &brought(FIRST), "1").await;
    bring(&sandbox, &brought(SECOND), "2").await;
    bring(&sandbox, &Wanted::Set("1".to_owned()), "3").await;
    let files = sandbox.snapshot().await;
    insta::assert_snapshot!(files, @r#"
    sets [String("3"), String("2"), String("1")]
    facts.json {"name": "Ada"}
    notes.md one
    style.txt short
    "#);
    bring(&sandbox, &Wanted::Set("2".to_owned()), "4").await;
    assert!(sandbox.snapshot().await.contains("Ada E."));
    assert_eq!(changes(&sandbox, &Wanted::Set("2".to_owned())).await, [""; 0]);
}

/// As other tools put them, and files of theirs beside them.
#[testbed::test(emulator)]
async fn files_are_written_where_the_twin_reads_them_and_others_are_left_alone() {
    let sandbox = stage().await;
    let cloud = &sandbox.by_hand;
    for key in ["personal_data/facts.json", "facts.json", "data/linkedin.txt", "holiday.jpg"] {
        put(cloud, key, "old").await;
    }
    bring(&sandbox, &brought(FIRST), "1").await;
    insta::assert_snapshot!(sandbox.snapshot().await, @r#"
    sets [String("1"), String("before")]
    holiday.jpg old
    personal_data/facts.json {"name": "Ada"}
    personal_data/notes.md one
    personal_data/style.txt short
    "#);
    bring(&sandbox, &Wanted::Set("before".to_owned()), "2").await;
    let before = ["data/linkedin.txt", "facts.json", "holiday.jpg", "personal_data/facts.json"];
    assert_eq!(keys(cloud).await[1..], before);
}

#[testbed::test(emulator)]
async fn what_was_changed_by_hand_is_seen_without_the_sources_and_stays_where_nothing_is_wanted() {
    let sandbox = stage().await;
    assert_eq!(changes(&sandbox, &Wanted::AsNoted).await, [""; 0]);
    bring(&sandbox, &brought(FIRST), "1").await;
    put(&sandbox.by_hand, "style.txt", "long").await;
    put(&sandbox.by_hand, "me.txt", "Me.").await;
    put(&sandbox.by_hand, "theirs.txt", "theirs").await;
    assert_eq!(changes(&sandbox, &Wanted::AsNoted).await, ["files.style.txt", "files.me.txt"]);
    assert_eq!(changes(&sandbox, &Wanted::Anything).await, [""; 0]);
    bring(&sandbox, &brought(FIRST), "2").await;
    assert!(sandbox.snapshot().await.contains("theirs") && !sandbox.snapshot().await.contains("Me."));
}

#[testbed::test(emulator)]
async fn every_crash_of_an_upload_ends_in_the_same_files() {
    let _clock = hurry();
    let fresh = async || {
        let sandbox = stage().await;
        put(&sandbox.by_hand, "data/facts.json", "old").await;
        bring(&sandbox, &brought(FIRST), "1").await;
        sandbox.restore();
        sandbox
    };
    every_crash_point(fresh, async |sandbox| {
        sandbox.succeeds(graph(&sandbox.cloud, &brought(SECOND), "2"), Choices::default()).await
    })
    .await;
}

#[testbed::test(emulator)]
async fn every_crash_of_a_rollback_ends_in_the_same_files() {
    let _clock = hurry();
    let fresh = async || {
        let sandbox = stage().await;
        bring(&sandbox, &brought(FIRST), "1").await;
        bring(&sandbox, &brought(SECOND), "2").await;
        sandbox.restore();
        sandbox
    };
    let back = Wanted::Set("1".to_owned());
    every_crash_point(fresh, async |sandbox| {
        sandbox.succeeds(graph(&sandbox.cloud, &back, "3"), Choices::default()).await
    })
    .await;
}

#[testbed::test(emulator)]
async fn thousands_of_files_take_two_pages_and_no_call_more() {
    let sandbox = stage().await;
    let files: Vec<_> = (0..1_999).map(|n| (format!("notes/{n}.txt"), n.to_string())).collect();
    let files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    bring(&sandbox, &brought(&files), "1").await;
    sandbox.restore();
    assert_eq!(changes(&sandbox, &brought(&files)).await, [""; 0]);
    assert_eq!(sandbox.calls(), 3, "two pages and the list of sets");
    bring(&sandbox, &brought(&files[..1]), "2").await;
    assert_eq!(keys(&sandbox.by_hand).await.len(), 2);
    bring(&sandbox, &Wanted::Set("1".to_owned()), "3").await;
    assert_eq!(changes(&sandbox, &brought(&files)).await, [""; 0]);
}

/// Both have looked before either writes: the second finds that the list of sets is not the one that it saw.
#[testbed::test(emulator)]
async fn of_two_uploads_at_once_the_later_one_wins_as_a_whole() {
    let _clock = hurry();
    let sandbox = stage().await;
    let one = DataFiles::new(bucket(&sandbox.cloud));
    let mut memory = one.initial_memory();
    let seen = one.observe(&sandbox.cloud, &mut memory).await.unwrap();
    bring(&sandbox, &brought(SECOND), "2").await;
    let desired = DataFilesDesired { wanted: brought(FIRST), set: "1".to_owned() };
    let fault = one.converge(&sandbox.cloud, &mut memory, &desired, seen.as_ref()).await.unwrap_err();
    assert_eq!(fault.class, reconcile::Class::Stale, "{fault}");
    assert!(sandbox.snapshot().await.starts_with(r#"sets [String("2")]"#));
    bring(&sandbox, &brought(FIRST), "3").await;
    assert_eq!(changes(&sandbox, &brought(FIRST)).await, [""; 0]);
}
