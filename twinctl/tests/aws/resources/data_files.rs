//! Data files: uploaded, changed, rolled back, crashed at every call, shadowed by other tools' files, and very many.

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
use testbed::clock::fast_clock;
use twinctl::{
    artifacts::data::{DesiredFiles, PreparedFiles},
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

async fn sandbox_with_bucket() -> Sandbox {
    let sandbox = Sandbox::new(picture);
    let cloud = &sandbox.by_hand;
    let region = BucketLocationConstraint::from(&*cloud.region);
    let location = CreateBucketConfiguration::builder().location_constraint(region).build();
    let request = cloud.s3.create_bucket().bucket(bucket(cloud)).create_bucket_configuration(location);
    request.send().await.expect("it is made");
    let versioned = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    let request = cloud.s3.put_bucket_versioning().bucket(bucket(cloud)).versioning_configuration(versioned);
    request.send().await.expect("it is versioned");
    sandbox
}

fn local_files(files: Files<'_>) -> DesiredFiles {
    let mut owned = persona::Files::default();
    for (name, text) in files {
        owned.insert(*name, text.as_bytes().to_vec());
    }
    DesiredFiles::Files(Arc::new(PreparedFiles::new(owned, String::new(), false)))
}

fn graph(cloud: &Cloud, wanted: &DesiredFiles, set: &str) -> Graph<Cloud> {
    let desired = DataFilesDesired { wanted: wanted.clone(), set: set.to_owned() };
    let mut graph = Graph::new();
    graph.add("persona", DataFiles::new(bucket(cloud)), (), move |()| desired.clone());
    graph
}

async fn upload(sandbox: &Sandbox, wanted: &DesiredFiles, set: &str) -> Outcome {
    let graph = graph(&sandbox.cloud, wanted, set);
    let report = sandbox.run(graph, Choices::default()).await.expect("it runs");
    assert!(report.complete(), "{report:?}");
    report.outcome("persona").cloned().expect("an outcome")
}

async fn changes(sandbox: &Sandbox, wanted: &DesiredFiles) -> Vec<String> {
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

/// Every file with its content, and the IDs of the recorded sets.
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
async fn only_changed_files_are_written_and_a_second_run_changes_nothing() {
    let sandbox = sandbox_with_bucket().await;
    upload(&sandbox, &local_files(FIRST), "1").await;
    assert_eq!(
        (sandbox.calls(), sandbox.writes()),
        (2 + 1 + 3 + 2, 4),
        "the history, three files, two reads to verify"
    );
    let again = upload(&sandbox, &local_files(FIRST), "2").await;
    assert!(matches!(again, Outcome::Unchanged), "{again:?}");
    assert_eq!(sandbox.writes(), 4);
    upload(&sandbox, &local_files(SECOND), "3").await;
    assert_eq!(sandbox.writes(), 4 + 1 + 2 + 1, "the history, two uploads, one deletion");
    insta::assert_snapshot!(sandbox.snapshot().await, @r#"
    sets [String("3"), String("1")]
    facts.json {"name": "Ada E."}
    me.txt I am.
    style.txt short
    "#);
}

#[testbed::test(emulator)]
async fn a_rollback_restores_the_previous_set_and_can_be_rolled_back() {
    let sandbox = sandbox_with_bucket().await;
    upload(&sandbox, &local_files(FIRST), "1").await;
    upload(&sandbox, &local_files(SECOND), "2").await;
    upload(&sandbox, &DesiredFiles::Set("1".to_owned()), "3").await;
    let files = sandbox.snapshot().await;
    insta::assert_snapshot!(files, @r#"
    sets [String("3"), String("2"), String("1")]
    facts.json {"name": "Ada"}
    notes.md one
    style.txt short
    "#);
    upload(&sandbox, &DesiredFiles::Set("2".to_owned()), "4").await;
    assert!(sandbox.snapshot().await.contains("Ada E."));
    assert_eq!(changes(&sandbox, &DesiredFiles::Set("2".to_owned())).await, [""; 0]);
}

/// Files that other tools have uploaded, and their other files.
#[testbed::test(emulator)]
async fn files_are_written_where_the_twin_reads_them_and_others_are_kept() {
    let sandbox = sandbox_with_bucket().await;
    let cloud = &sandbox.by_hand;
    for key in ["personal_data/facts.json", "facts.json", "data/linkedin.txt", "holiday.jpg"] {
        put(cloud, key, "old").await;
    }
    upload(&sandbox, &local_files(FIRST), "1").await;
    insta::assert_snapshot!(sandbox.snapshot().await, @r#"
    sets [String("1"), String("before")]
    holiday.jpg old
    personal_data/facts.json {"name": "Ada"}
    personal_data/notes.md one
    personal_data/style.txt short
    "#);
    upload(&sandbox, &DesiredFiles::Set("before".to_owned()), "2").await;
    let before = ["data/linkedin.txt", "facts.json", "holiday.jpg", "personal_data/facts.json"];
    assert_eq!(keys(cloud).await[1..], before);
}

#[testbed::test(emulator)]
async fn changes_by_hand_are_detected_without_local_files() {
    let sandbox = sandbox_with_bucket().await;
    assert_eq!(changes(&sandbox, &DesiredFiles::AsRecorded).await, [""; 0]);
    upload(&sandbox, &local_files(FIRST), "1").await;
    put(&sandbox.by_hand, "style.txt", "long").await;
    put(&sandbox.by_hand, "me.txt", "Me.").await;
    put(&sandbox.by_hand, "theirs.txt", "theirs").await;
    assert_eq!(changes(&sandbox, &DesiredFiles::AsRecorded).await, ["files.style.txt", "files.me.txt"]);
    assert_eq!(changes(&sandbox, &DesiredFiles::NoChange).await, [""; 0]);
    upload(&sandbox, &local_files(FIRST), "2").await;
    assert!(sandbox.snapshot().await.contains("theirs") && !sandbox.snapshot().await.contains("Me."));
}

#[testbed::test(emulator)]
async fn an_upload_crashed_at_any_call_ends_in_the_same_files() {
    let _clock = fast_clock();
    let fresh = async || {
        let sandbox = sandbox_with_bucket().await;
        put(&sandbox.by_hand, "data/facts.json", "old").await;
        upload(&sandbox, &local_files(FIRST), "1").await;
        sandbox.restore();
        sandbox
    };
    every_crash_point(fresh, async |sandbox| {
        sandbox.succeeds(graph(&sandbox.cloud, &local_files(SECOND), "2"), Choices::default()).await
    })
    .await;
}

#[testbed::test(emulator)]
async fn a_rollback_crashed_at_any_call_ends_in_the_same_files() {
    let _clock = fast_clock();
    let fresh = async || {
        let sandbox = sandbox_with_bucket().await;
        upload(&sandbox, &local_files(FIRST), "1").await;
        upload(&sandbox, &local_files(SECOND), "2").await;
        sandbox.restore();
        sandbox
    };
    let back = DesiredFiles::Set("1".to_owned());
    every_crash_point(fresh, async |sandbox| {
        sandbox.succeeds(graph(&sandbox.cloud, &back, "3"), Choices::default()).await
    })
    .await;
}

#[testbed::test(emulator)]
async fn thousands_of_files_are_read_in_three_calls() {
    let sandbox = sandbox_with_bucket().await;
    let files: Vec<_> = (0..1_999).map(|n| (format!("notes/{n}.txt"), n.to_string())).collect();
    let files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    upload(&sandbox, &local_files(&files), "1").await;
    sandbox.restore();
    assert_eq!(changes(&sandbox, &local_files(&files)).await, [""; 0]);
    assert_eq!(sandbox.calls(), 3, "two pages and the list of sets");
    upload(&sandbox, &local_files(&files[..1]), "2").await;
    assert_eq!(keys(&sandbox.by_hand).await.len(), 2);
    upload(&sandbox, &DesiredFiles::Set("1".to_owned()), "3").await;
    assert_eq!(changes(&sandbox, &local_files(&files)).await, [""; 0]);
}

/// Both read before either writes. The second one finds a changed history.
#[testbed::test(emulator)]
async fn of_two_simultaneous_uploads_one_is_refused_as_stale() {
    let _clock = fast_clock();
    let sandbox = sandbox_with_bucket().await;
    let one = DataFiles::new(bucket(&sandbox.cloud));
    let mut memory = one.initial_memory();
    let seen = one.observe(&sandbox.cloud, &mut memory).await.unwrap();
    upload(&sandbox, &local_files(SECOND), "2").await;
    let desired = DataFilesDesired { wanted: local_files(FIRST), set: "1".to_owned() };
    let fault = one.converge(&sandbox.cloud, &mut memory, &desired, seen.as_ref()).await.unwrap_err();
    assert_eq!(fault.class, reconcile::Class::Stale, "{fault}");
    assert!(sandbox.snapshot().await.starts_with(r#"sets [String("2")]"#));
    upload(&sandbox, &local_files(FIRST), "3").await;
    assert_eq!(changes(&sandbox, &local_files(FIRST)).await, [""; 0]);
}
