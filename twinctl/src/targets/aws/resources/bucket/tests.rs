//! What a bucket asks for, and what becomes of it when S3 is less kind than the emulator.

use std::{collections::BTreeMap, sync::Arc};

use reconcile::{
    Apply, Change, Choices, Class, Engine, Graph, Halt, Outcome, Problem, Report, Resource as _, Silent,
    Waits,
};

use super::*;
use crate::targets::aws::script::{Reply, Script, ok, s3_error};

const DESIRED: BucketDesired = BucketDesired { noncurrent_days: 30, expire_days: None };

fn bucket() -> Bucket {
    Bucket::new("memory", "b", Labels::new("twin", "dev", &BTreeMap::new()), PolicyOwner::TlsOnly)
}

fn tags(project: &str) -> Reply {
    let tag = |key: &str, value: &str| format!("<Tag><Key>twinctl:{key}</Key><Value>{value}</Value></Tag>");
    let tags = tag("project", project) + &tag("environment", "dev");
    ok(&format!("<Tagging><TagSet>{tags}</TagSet></Tagging>"))
}

/// A bucket with nothing but tags, that accepts everything.
fn bare(script: Script) -> Script {
    let policy = policy::document(&[policy::tls_only("b")]).to_string();
    script
        .on("GET /b/?publicAccessBlock", [s3_error(404, "NoSuchPublicAccessBlockConfiguration"), ok(BLOCK)])
        .on("GET /b/?encryption", [ok(ENCRYPTION)])
        .on("GET /b/?ownershipControls", [ok(OWNERSHIP)])
        .on("GET /b/?versioning", [ok(VERSIONING)])
        .on("GET /b/?lifecycle", [ok(LIFECYCLE)])
        .on("GET /b/?policy", [ok(&policy)])
        .on("PUT /b", [ok("")])
}

const BLOCK: &str = "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls>\
    <IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy>\
    <RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>";
const ENCRYPTION: &str = "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>\
    <SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>\
    </ServerSideEncryptionConfiguration>";
const OWNERSHIP: &str = "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule>\
    </OwnershipControls>";
const VERSIONING: &str = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
/// As S3 gives it back: an empty filter, and the members in its own order.
const LIFECYCLE: &str = "<LifecycleConfiguration><Rule><ID>twinctl</ID><Filter/><Status>Enabled</Status>\
    <NoncurrentVersionExpiration><NoncurrentDays>30</NoncurrentDays></NoncurrentVersionExpiration>\
    <AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation>\
    </AbortIncompleteMultipartUpload></Rule></LifecycleConfiguration>";
const MISSING: &str = "NoSuchBucket";

fn engine(script: &Script, choices: Choices) -> Engine<Cloud> {
    let mut graph = Graph::new();
    graph.add("memory", bucket(), (), |()| DESIRED);
    Engine::new(graph, Arc::new(script.cloud()), Arc::new(Silent), Halt::new(), choices)
}

async fn run(script: &Script, choices: Choices) -> Report {
    let engine = engine(script, choices);
    engine.observe().await.expect("it can be looked at");
    let plan = engine.plan();
    let report = engine.apply(&plan, Apply { waits: Waits::Yes, observed: true }).await;
    engine.verify(&plan, report).await
}

async fn deploy(script: &Script) -> Report {
    run(script, Choices::default()).await
}

async fn destroy(script: &Script) -> Report {
    run(script, Choices { destroy: true, ..Choices::default() }).await
}

fn count(script: &Script, line: &str) -> usize {
    script.log().iter().filter(|entry| entry.starts_with(line)).count()
}

fn made(report: &Report) -> bool {
    matches!(report.outcome("memory"), Some(Outcome::Created))
}

#[test]
fn a_new_bucket_shows_all_that_it_gets() {
    let desired = BucketDesired { expire_days: Some(365), ..DESIRED };
    let lines: Vec<_> = bucket().diff(&desired, None).iter().map(shown).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    tags.twinctl:environment: - -> dev
    tags.twinctl:project: - -> twin
    public access: - -> blocked
    encryption: - -> AES256
    object ownership: - -> BucketOwnerEnforced
    versioning: - -> Enabled
    lifecycle.twinctl: - -> old versions 30 days, objects 365 days, unfinished uploads 7 days
    policy.TlsOnly: - -> {"Action":"s3:*","Condition":{"Bool":{"aws:SecureTransport":"false"}},"Effect":"Deny","Principal":"*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]}
    "#);
}

fn shown(change: &Change) -> String {
    let text = |value: &Option<String>| value.clone().unwrap_or("-".to_owned());
    format!("{}: {} -> {}", change.field, text(&change.old), text(&change.new))
}

#[tokio::test(start_paused = true)]
async fn what_s3_gives_back_is_no_difference() {
    let script = bare(Script::new().on("GET /b/?tagging", [tags("twin")]));
    let cloud = script.cloud();
    let resource = bucket();
    let mut memory = BucketMemory::default();
    let first = resource.observe(&cloud, &mut memory).await.unwrap().unwrap();
    let fields: Vec<_> = resource.diff(&DESIRED, Some(&first)).into_iter().map(|c| c.field).collect();
    assert_eq!(fields, ["public access"]);
    let second = resource.observe(&cloud, &mut memory).await.unwrap().unwrap();
    assert_eq!(resource.diff(&DESIRED, Some(&second)), []);
}

#[tokio::test(start_paused = true)]
async fn a_missing_bucket_costs_one_call() {
    let script = Script::new().on("GET /b/?tagging", [s3_error(404, MISSING)]);
    assert!(bucket().observe(&script.cloud(), &mut BucketMemory::default()).await.unwrap().is_none());
    assert_eq!(script.log().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn forbidden_is_not_missing() {
    let script = Script::new().on("GET /b/?tagging", [s3_error(403, "AccessDenied")]);
    assert_eq!(
        bucket().observe(&script.cloud(), &mut BucketMemory::default()).await.unwrap_err().class,
        Class::Denied
    );
}

#[tokio::test(start_paused = true)]
async fn operation_aborted_on_create_is_tried_again() {
    let missing = s3_error(404, MISSING);
    let aborted = s3_error(409, "OperationAborted");
    let script = Script::new()
        .on("GET /b/?tagging", [missing.clone(), missing.clone(), missing, tags("twin")])
        .on("PUT /b/?", [ok("")])
        .on("PUT /b", [aborted.clone(), aborted, ok("")]);
    assert!(made(&deploy(&bare(script)).await));
}

#[tokio::test(start_paused = true)]
async fn operation_aborted_on_a_setting_is_tried_again() {
    let script = Script::new()
        .on("GET /b/?tagging", [s3_error(404, MISSING), tags("twin")])
        .on("PUT /b/?publicAccessBlock", [s3_error(409, "OperationAborted"), ok("")]);
    let script = bare(script);
    assert!(made(&deploy(&script).await));
    assert_eq!(count(&script, "PUT /b/?policy"), 0, "it was written at the first look, and is there");
}

#[tokio::test(start_paused = true)]
async fn a_new_bucket_that_is_not_known_everywhere_yet_is_waited_for() {
    let unknown = s3_error(404, MISSING);
    let script = Script::new()
        .on("GET /b/?tagging", [unknown.clone(), tags("twin")])
        .on("PUT /b/?versioning", [unknown.clone(), unknown, ok("")]);
    assert!(made(&deploy(&bare(script)).await));
}

#[tokio::test(start_paused = true)]
async fn a_lost_creation_is_found_and_not_repeated() {
    let script = Script::new()
        .on("GET /b/?tagging", [s3_error(404, MISSING), tags("twin")])
        .on("PUT /b/?", [ok("")])
        .on("PUT /b", [Reply::Lost]);
    let script = bare(script);
    assert!(made(&deploy(&script).await));
    let creations = script.log().iter().filter(|line| *line == "PUT /b" || *line == "PUT /b/").count();
    assert_eq!(creations, 1);
}

#[tokio::test(start_paused = true)]
async fn a_bucket_of_somebody_else_stops_the_run() {
    let script = Script::new()
        .on("GET /b/?tagging", [s3_error(404, MISSING)])
        .on("PUT /b", [s3_error(409, "BucketAlreadyExists")]);
    let report = deploy(&script).await;
    let failure = report.failures().next().expect("a failure");
    assert!(
        matches!(&failure.problem, Problem::Fault(fault) if fault.class == Class::Refused),
        "{failure:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_bucket_without_our_tags_is_foreign() {
    let script = bare(Script::new().on("GET /b/?tagging", [tags("other")]));
    let engine = engine(&script, Choices::default());
    engine.observe().await.unwrap();
    assert_eq!(engine.plan().refusals().count(), 1);
    assert_eq!(count(&script, "PUT"), 0);
}

#[tokio::test(start_paused = true)]
async fn the_oldest_region_answers_yes_for_a_bucket_that_is_there() {
    let mut cloud = bare(Script::new().on("GET /b/?tagging", [tags("other")])).cloud();
    "us-east-1".clone_into(&mut cloud.region);
    let (bucket, mut memory) = (bucket(), BucketMemory::default());
    let pushed = bucket.converge(&cloud, &mut memory, &DESIRED, None).await.unwrap();
    let Pushed::Actual(made) = pushed else { panic!() };
    let fault = bucket.converge(&cloud, &mut memory, &DESIRED, Some(&made)).await.unwrap_err();
    assert_eq!(fault.class, Class::Refused);
    insta::assert_snapshot!(fault, @"the bucket `b` belongs to the environment `dev` of the project `other`");
}

/// A page of versions, and whether more follow.
fn versions(count: usize, more: bool) -> Reply {
    let one = "<Version><Key>k</Key><VersionId>v</VersionId></Version>";
    let marker = "<DeleteMarker><Key>k</Key><VersionId>m</VersionId></DeleteMarker>";
    let versions = one.repeat(count.saturating_sub(1)) + marker;
    ok(&format!("<ListVersionsResult><IsTruncated>{more}</IsTruncated>{versions}</ListVersionsResult>"))
}

fn full(script: Script) -> Script {
    bare(script.on("GET /b/?tagging", [tags("twin"), tags("twin"), s3_error(404, MISSING)]))
}

#[tokio::test(start_paused = true)]
async fn a_full_bucket_is_emptied_by_the_thousand() {
    let script = full(
        Script::new()
            .on("GET /b/?versions", [versions(1000, true), versions(3, false)])
            .on("POST /b/?delete", [ok("<DeleteResult/>")])
            .on("DELETE /b", [ok("")]),
    );
    assert!(destroy(&script).await.complete());
    assert_eq!((count(&script, "POST /b/?delete"), count(&script, "DELETE /b")), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn errors_of_single_keys_are_read() {
    let slow =
        "<DeleteResult><Error><Key>k</Key><Code>SlowDown</Code><Message>m</Message></Error></DeleteResult>";
    let script = full(
        Script::new()
            .on("GET /b/?versions", [versions(2, false)])
            .on("POST /b/?delete", [ok(slow), ok("<DeleteResult/>")])
            .on("DELETE /b", [ok("")]),
    );
    assert!(destroy(&script).await.complete());
    assert_eq!((count(&script, "POST /b/?delete"), count(&script, "DELETE /b")), (2, 1));

    let denied = slow.replace("SlowDown", "AccessDenied");
    let script =
        full(Script::new().on("GET /b/?versions", [versions(2, false)]).on("POST /b/?delete", [ok(&denied)]));
    let report = destroy(&script).await;
    let failure = report.failures().next().expect("a failure");
    insta::assert_snapshot!(failure.problem, @"s3:DeleteObject: AccessDenied: `k`: m");
}

#[tokio::test(start_paused = true)]
async fn a_bucket_that_is_filled_while_it_is_emptied_is_emptied_again() {
    let script = full(
        Script::new()
            .on("GET /b/?versions", [versions(1, false), versions(1, false)])
            .on("POST /b/?delete", [ok("<DeleteResult/>")])
            .on("DELETE /b", [s3_error(409, "BucketNotEmpty"), ok("")]),
    );
    assert!(destroy(&script).await.complete());
    assert_eq!(count(&script, "DELETE /b"), 2);
}

#[test]
fn a_policy_as_aws_rewrites_it_is_no_difference_and_a_looser_one_is() {
    let rewritten = r#"{"Statement": {"Effect": "Deny", "Sid": "TlsOnly", "Principal": "*", "Action": ["s3:*"],
        "Resource": ["arn:aws:s3:::b/*", "arn:aws:s3:::b"],
        "Condition": {"Bool": {"aws:SecureTransport": ["false"]}}}}"#;
    let wanted = Statements::new(&bucket().wanted_policy().unwrap());
    assert_eq!(Statements::parse(rewritten), wanted);
    assert_ne!(Statements::parse(&rewritten.replace("s3:*", "s3:GetObject")), wanted);
}
