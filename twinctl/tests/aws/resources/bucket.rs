//! The bucket: created, changed by hand, repaired, emptied, and crashed at every call.

use std::sync::Arc;

use aws_sdk_s3::{
    primitives::ByteStream,
    types::{
        BucketLifecycleConfiguration, BucketVersioningStatus, ExpirationStatus, LifecycleExpiration,
        LifecycleRule, LifecycleRuleFilter, ObjectOwnership, OwnershipControls, OwnershipControlsRule,
        ServerSideEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration,
        ServerSideEncryptionRule, Tag, Tagging, VersioningConfiguration,
    },
};
use futures_util::{FutureExt as _, future::BoxFuture};
use reconcile::{
    Choices, Graph, Outcome, Resource as _,
    testing::{LossyCloud as _, every_crash_point},
};
use testbed::clock::fast_clock;
use twinctl::targets::aws::{
    Cloud,
    resources::bucket::{Bucket, BucketDesired, BucketMemory, PolicyOwner, count_objects, download},
};

use super::sandbox::{Sandbox, destroy, labels};

fn name(cloud: &Cloud) -> String {
    format!("twin-memory-{}", cloud.account)
}

fn bucket(cloud: &Cloud) -> Bucket {
    Bucket::new("memory", name(cloud), labels(), PolicyOwner::TlsOnly)
}

const DESIRED: BucketDesired = BucketDesired { noncurrent_days: 30, expire_days: Some(365), is_memory: true };

fn graph(cloud: &Cloud) -> Graph<Cloud> {
    let mut graph = Graph::new();
    graph.add("memory", bucket(cloud), (), |()| DESIRED);
    graph
}

/// The actual state of the bucket.
fn picture(cloud: Arc<Cloud>) -> BoxFuture<'static, String> {
    async move { format!("{:#?}", bucket(&cloud).observe(&cloud, &mut BucketMemory::default()).await) }
        .boxed()
}

async fn plan(sandbox: &Sandbox) -> Vec<String> {
    sandbox.changes(graph(&sandbox.cloud)).await
}

async fn put(cloud: &Cloud, key: &str, content: &'static str) {
    let request = cloud.s3.put_object().bucket(name(cloud)).key(key);
    request.body(ByteStream::from_static(content.as_bytes())).send().await.expect("it is put");
}

#[testbed::test(emulator)]
async fn a_bucket_is_created_with_five_writes_and_then_unchanged() {
    let sandbox = Sandbox::new(picture);
    let report = sandbox.run(graph(&sandbox.cloud), Choices::default()).await.expect("it runs");
    assert!(matches!(report.outcome("memory"), Some(Outcome::Created)), "{report:?}");
    // One read, five writes (the bucket and four settings that differ from the defaults), and seven reads to verify.
    assert_eq!((sandbox.calls(), sandbox.writes()), (1 + 5 + 7, 5));
    assert_eq!(plan(&sandbox).await, [""; 0]);
    assert!(sandbox.succeeds(graph(&sandbox.cloud), Choices::default()).await);
    assert_eq!(sandbox.writes(), 5);
}

#[testbed::test(emulator)]
async fn every_setting_changed_by_hand_is_detected_and_repaired() {
    let sandbox = Sandbox::new(picture);
    assert!(sandbox.succeeds(graph(&sandbox.cloud), Choices::default()).await);
    let wanted = sandbox.snapshot().await;
    drift(&sandbox.by_hand).await;
    assert_eq!(
        plan(&sandbox).await,
        [
            "tags.cost",
            "tags.odd",
            "public access",
            "encryption",
            "object ownership",
            "versioning",
            "lifecycle.by-hand",
            "lifecycle.twinctl",
            "lifecycle.twinctl-empty",
            "lifecycle.twinctl-expiry",
            "policy.TlsOnly",
            "policy.statement 1",
        ]
    );
    assert!(sandbox.succeeds(graph(&sandbox.cloud), Choices::default()).await);
    assert_eq!(sandbox.snapshot().await, wanted);
}

async fn drift(cloud: &Cloud) {
    let (s3, name) = (&cloud.s3, name(cloud));
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build().unwrap();
    let ours = [tag("twinctl:project", "twin"), tag("twinctl:environment", "dev")];
    let tags =
        Tagging::builder().set_tag_set(Some([&ours[..], &[tag("odd", "1")]].concat())).build().unwrap();
    s3.put_bucket_tagging().bucket(&name).tagging(tags).send().await.unwrap();
    s3.delete_public_access_block().bucket(&name).send().await.unwrap();
    let kms = ServerSideEncryptionByDefault::builder().sse_algorithm(ServerSideEncryption::AwsKms);
    let rule = ServerSideEncryptionRule::builder();
    let rule = rule.apply_server_side_encryption_by_default(kms.build().unwrap()).build();
    let rules = ServerSideEncryptionConfiguration::builder().rules(rule).build().unwrap();
    s3.put_bucket_encryption()
        .bucket(&name)
        .server_side_encryption_configuration(rules)
        .send()
        .await
        .unwrap();
    let rule = OwnershipControlsRule::builder().object_ownership(ObjectOwnership::ObjectWriter);
    let controls = OwnershipControls::builder().rules(rule.build().unwrap()).build().unwrap();
    s3.put_bucket_ownership_controls().bucket(&name).ownership_controls(controls).send().await.unwrap();
    let suspended = VersioningConfiguration::builder().status(BucketVersioningStatus::Suspended).build();
    s3.put_bucket_versioning().bucket(&name).versioning_configuration(suspended).send().await.unwrap();
    let rule = LifecycleRule::builder()
        .id("by-hand")
        .status(ExpirationStatus::Enabled)
        .filter(LifecycleRuleFilter::builder().prefix("").build())
        .expiration(LifecycleExpiration::builder().days(1).build())
        .build();
    let lifecycle = BucketLifecycleConfiguration::builder().rules(rule.unwrap()).build().unwrap();
    let request = s3.put_bucket_lifecycle_configuration().bucket(&name);
    request.lifecycle_configuration(lifecycle).send().await.unwrap();
    let open = serde_json::json!({ "Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::{name}/*"),
    }});
    s3.put_bucket_policy().bucket(&name).policy(open.to_string()).send().await.unwrap();
}

#[testbed::test(emulator)]
async fn the_expiry_of_an_earlier_version_is_limited_to_tagged_objects() {
    let sandbox = Sandbox::new(picture);
    assert!(sandbox.succeeds(graph(&sandbox.cloud), Choices::default()).await);
    let wanted = sandbox.snapshot().await;
    let cloud = &sandbox.by_hand;
    let rule = LifecycleRule::builder()
        .id("twinctl")
        .status(ExpirationStatus::Enabled)
        .filter(LifecycleRuleFilter::builder().prefix("").build())
        .expiration(LifecycleExpiration::builder().days(365).build());
    let lifecycle = BucketLifecycleConfiguration::builder().rules(rule.build().unwrap()).build().unwrap();
    let request = cloud.s3.put_bucket_lifecycle_configuration().bucket(name(cloud));
    request.lifecycle_configuration(lifecycle).send().await.unwrap();
    assert_eq!(
        plan(&sandbox).await,
        ["lifecycle.twinctl", "lifecycle.twinctl-empty", "lifecycle.twinctl-expiry"]
    );
    assert!(sandbox.succeeds(graph(&sandbox.cloud), Choices::default()).await);
    assert_eq!(sandbox.snapshot().await, wanted);
}

#[testbed::test(emulator)]
async fn versions_and_delete_markers_are_deleted_with_the_bucket() {
    let sandbox = Sandbox::new(picture);
    assert!(sandbox.succeeds(graph(&sandbox.cloud), Choices::default()).await);
    let cloud = &sandbox.by_hand;
    for content in ["one", "two"] {
        put(cloud, "a.json", content).await;
    }
    put(cloud, "gone.json", "x").await;
    cloud.s3.delete_object().bucket(name(cloud)).key("gone.json").send().await.unwrap();
    assert_eq!(count_objects(cloud, &name(cloud), |_| true).await.unwrap(), 1);
    assert_eq!(count_objects(cloud, &name(cloud), |key| !key.starts_with('a')).await.unwrap(), 0);

    assert!(sandbox.succeeds(graph(&sandbox.cloud), destroy()).await);
    assert!(bucket(cloud).observe(cloud, &mut BucketMemory::default()).await.unwrap().is_none());
    assert_eq!(count_objects(cloud, &name(cloud), |_| true).await.unwrap(), 0);
    assert!(sandbox.succeeds(graph(&sandbox.cloud), destroy()).await, "a second destroy has nothing to do");
}

#[testbed::test(emulator)]
async fn a_backup_stays_in_its_folder_and_overwrites_nothing() {
    let sandbox = Sandbox::new(picture);
    assert!(sandbox.succeeds(graph(&sandbox.cloud), Choices::default()).await);
    let cloud = &sandbox.by_hand;
    put(cloud, "a.json", "old").await;
    put(cloud, "a.json", "new").await;
    put(cloud, "conversations/b.json", "b").await;
    put(cloud, "x/../../../escaped", "no").await;

    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("deep/er/backup");
    let done = download(cloud, &name(cloud), &folder, |_, _| ()).await.unwrap();
    assert_eq!((done.files, done.bytes), (3, 6));
    assert_eq!(std::fs::read_to_string(folder.join("a.json")).unwrap(), "new");
    assert_eq!(std::fs::read_to_string(folder.join("conversations/b.json")).unwrap(), "b");
    assert_eq!(std::fs::read_to_string(folder.join("x/%2E%2E/%2E%2E/%2E%2E/escaped")).unwrap(), "no");

    assert_eq!(
        download(cloud, &name(cloud), &folder, |_, _| ()).await.unwrap(),
        done,
        "a repeated download changes nothing"
    );
    std::fs::write(folder.join("a.json"), "mine").unwrap();
    let error = download(cloud, &name(cloud), &folder, |_, _| ()).await.unwrap_err();
    assert!(error.to_string().ends_with("a.json already exists with different content"), "{error}");
    assert_eq!(std::fs::read_to_string(folder.join("a.json")).unwrap(), "mine");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 3, "no temporary file is left");
}

#[testbed::test(emulator)]
async fn a_deploy_crashed_at_any_call_ends_in_the_same_bucket() {
    let _clock = fast_clock();
    every_crash_point(
        async || Sandbox::new(picture),
        async |sandbox| sandbox.succeeds(graph(&sandbox.cloud), Choices::default()).await,
    )
    .await;
}

#[testbed::test(emulator)]
async fn a_destroy_crashed_at_any_call_leaves_nothing() {
    let _clock = fast_clock();
    let fresh = async || {
        let sandbox = Sandbox::new(picture);
        assert!(sandbox.succeeds(graph(&sandbox.cloud), Choices::default()).await);
        put(&sandbox.by_hand, "a.json", "a").await;
        sandbox.restore();
        sandbox
    };
    every_crash_point(fresh, async |sandbox| sandbox.succeeds(graph(&sandbox.cloud), destroy()).await).await;
}
