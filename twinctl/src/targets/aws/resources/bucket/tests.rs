//! A bucket with S3 responses that the emulator does not give.
//! Long because all tests need the same scripted bucket.

use std::collections::BTreeMap;

use reconcile::{Change, Choices, Class, Outcome, Problem, Report, Resource as _};

use super::*;
use crate::targets::aws::{
    resources::testing::{self, NODE, count},
    script::{Reply, Script, ok, s3_error},
};

const DESIRED: BucketDesired = BucketDesired { noncurrent_days: 30, expire_days: None, is_memory: false };

fn bucket() -> Bucket {
    Bucket::new("memory", "b", Labels::new("twin", "dev", &BTreeMap::new()), PolicyOwner::TlsOnly)
}

fn tags(project: &str) -> Reply {
    let tag = |key: &str, value: &str| format!("<Tag><Key>twinctl:{key}</Key><Value>{value}</Value></Tag>");
    let tags = tag("project", project) + &tag("environment", "dev");
    ok(&format!("<Tagging><TagSet>{tags}</TagSet></Tagging>"))
}

/// Scripts a bucket whose public access block is missing at first, and that accepts every write.
fn bucket_without_block(script: Script) -> Script {
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
/// As S3 returns it: with an empty filter, and the members in its own order.
const LIFECYCLE: &str = "<LifecycleConfiguration><Rule><ID>twinctl</ID><Filter/><Status>Enabled</Status>\
    <Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>\
    <NoncurrentVersionExpiration><NoncurrentDays>30</NoncurrentDays></NoncurrentVersionExpiration>\
    <AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation>\
    </AbortIncompleteMultipartUpload></Rule></LifecycleConfiguration>";
/// As versions before twinctl tagged objects wrote it.
const UNTAGGED_EXPIRY: &str = "<LifecycleConfiguration><Rule><ID>twinctl</ID><Filter><Prefix></Prefix></Filter>\
    <Status>Enabled</Status><Expiration><Days>365</Days></Expiration>\
    <NoncurrentVersionExpiration><NoncurrentDays>30</NoncurrentDays></NoncurrentVersionExpiration>\
    <AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation>\
    </AbortIncompleteMultipartUpload></Rule></LifecycleConfiguration>";
const TAGGED_EXPIRY: &str = "<LifecycleConfiguration><Rule><ID>twinctl-expiry</ID><Filter><Tag>\
    <Key>twinctl:expires</Key><Value>true</Value></Tag></Filter><Status>Enabled</Status>\
    <Expiration><Days>365</Days></Expiration></Rule><Rule><ID>twinctl</ID><Filter/><Status>Enabled</Status>\
    <Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>\
    <NoncurrentVersionExpiration><NoncurrentDays>30</NoncurrentDays></NoncurrentVersionExpiration>\
    <AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation>\
    </AbortIncompleteMultipartUpload></Rule></LifecycleConfiguration>";
const MISSING: &str = "NoSuchBucket";

async fn deploy(script: &Script) -> Report {
    testing::deploy(script, bucket(), DESIRED).await
}

async fn destroy(script: &Script) -> Report {
    testing::destroy(script, bucket(), DESIRED).await
}

fn created(report: &Report) -> bool {
    matches!(report.outcome(NODE), Some(Outcome::Created))
}

#[test]
fn a_plan_shows_every_setting_of_a_new_bucket() {
    let desired = BucketDesired { expire_days: Some(365), ..DESIRED };
    let lines: Vec<_> = bucket().diff(&desired, None).iter().map(shown).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    tags.twinctl:environment: - -> dev
    tags.twinctl:project: - -> twin
    public access: - -> blocked
    encryption: - -> AES256
    object ownership: - -> BucketOwnerEnforced
    versioning: - -> Enabled
    lifecycle.twinctl: - -> old versions 30 days, incomplete uploads 7 days, unused delete markers
    lifecycle.twinctl-expiry: - -> conversations written by the twin 365 days
    policy.TlsOnly: - -> {"Action":"s3:*","Condition":{"Bool":{"aws:SecureTransport":"false"}},"Effect":"Deny","Principal":"*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]}
    "#);
}

fn shown(change: &Change) -> String {
    let text = |value: &Option<String>| value.clone().unwrap_or("-".to_owned());
    format!("{}: {} -> {}", change.field, text(&change.old), text(&change.new))
}

#[tokio::test(start_paused = true)]
async fn settings_as_s3_returns_them_are_no_difference() {
    let script = bucket_without_block(Script::new().on("GET /b/?tagging", [tags("twin")]));
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
async fn a_bucket_in_another_region_is_one_sentence() {
    let body = "<Error><Code>PermanentRedirect</Code><Message>scripted</Message></Error>".to_owned();
    let headers = vec![("x-amz-bucket-region", "ap-northeast-1".to_owned())];
    let script = Script::new().on("GET /b/?tagging", [Reply::Response { status: 301, body, headers }]);
    let fault = bucket().observe(&script.cloud(), &mut BucketMemory::default()).await.unwrap_err();
    let sentence = "the bucket `b` is in ap-northeast-1, and the environment in eu-central-1; set `region: ap-northeast-1`, or another name under `names:`";
    assert_eq!((fault.class, fault.to_string().as_str()), (Class::Refused, sentence));
}

#[test]
fn only_the_memory_bucket_deletes_what_is_left_of_deleted_conversations() {
    let lines = |is_memory| {
        let desired = BucketDesired { is_memory, ..DESIRED };
        bucket().diff(&desired, None).iter().map(shown).collect::<Vec<_>>()
    };
    let rule = "lifecycle.twinctl-empty: - -> remains of deleted conversations 1 day".to_owned();
    assert!(lines(true).contains(&rule), "{:?}", lines(true));
    assert!(!lines(false).contains(&rule));
}

#[tokio::test(start_paused = true)]
async fn an_expiry_of_all_objects_becomes_one_of_tagged_objects() {
    let desired = BucketDesired { expire_days: Some(365), ..DESIRED };
    let settings = Script::new()
        .on("GET /b/?tagging", [tags("twin")])
        .on("GET /b/?lifecycle", [ok(UNTAGGED_EXPIRY), ok(TAGGED_EXPIRY)]);
    let script = bucket_without_block(settings);
    let cloud = script.cloud();
    let (resource, mut memory) = (bucket(), BucketMemory::default());
    let old = resource.observe(&cloud, &mut memory).await.unwrap().unwrap();
    let changes = resource.diff(&desired, Some(&old));
    let changes: Vec<_> =
        changes.iter().filter(|change| change.field.starts_with("lifecycle")).map(shown).collect();
    insta::assert_snapshot!(changes.join("\n"), @"
    lifecycle.twinctl: old versions 30 days, objects 365 days, incomplete uploads 7 days -> old versions 30 days, incomplete uploads 7 days, unused delete markers
    lifecycle.twinctl-expiry: - -> conversations written by the twin 365 days
    ");
    let new = resource.observe(&cloud, &mut memory).await.unwrap().unwrap();
    assert_eq!(resource.diff(&desired, Some(&new)), []);
    let rules = |response| Script::new().on("GET /b/?lifecycle", [ok(response)]);
    assert_eq!(tagged_expiry(&rules(UNTAGGED_EXPIRY).cloud(), "b").await.unwrap(), None);
    assert_eq!(tagged_expiry(&rules(TAGGED_EXPIRY).cloud(), "b").await.unwrap(), Some(365));
}

#[tokio::test(start_paused = true)]
async fn a_missing_bucket_takes_one_call() {
    let script = Script::new().on("GET /b/?tagging", [s3_error(404, MISSING)]);
    assert!(bucket().observe(&script.cloud(), &mut BucketMemory::default()).await.unwrap().is_none());
    assert_eq!(script.log().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_forbidden_bucket_is_not_a_missing_one() {
    let script = Script::new().on("GET /b/?tagging", [s3_error(403, "AccessDenied")]);
    assert_eq!(
        bucket().observe(&script.cloud(), &mut BucketMemory::default()).await.unwrap_err().class,
        Class::Denied
    );
}

#[tokio::test(start_paused = true)]
async fn a_response_that_is_not_from_aws_is_unreadable() {
    let page = || ok("<html>Log in to this network</html>");
    let script = Script::new().on("GET /b/?tagging", [page()]);
    let fault = bucket().observe(&script.cloud(), &mut BucketMemory::default()).await.unwrap_err();
    assert_eq!(fault.class, Class::Unavailable);
    assert!(fault.to_string().contains("unreadable response"), "{fault}");
    let script = Script::new().on("DescribeLogGroups", [page()]);
    let described = script.cloud().logs.describe_log_groups().send().await;
    let fault = described.fault("logs:DescribeLogGroups").unwrap_err();
    assert!(fault.to_string().contains("unreadable response"), "{fault}");
}

#[tokio::test(start_paused = true)]
async fn an_error_page_of_a_proxy_is_unreadable() {
    let page = |status| Reply::Response {
        status,
        body: "<html><body>Blocked by your company</body></html>".to_owned(),
        headers: vec![],
    };
    for (status, class) in [(403, Class::Refused), (502, Class::Unavailable)] {
        let text = format!("unreadable response: HTTP status {status} without an error of AWS");
        let script = Script::new()
            .on("GET /b/?tagging", [page(status)])
            .on("DescribeLogGroups", [page(status)])
            .on("GetRole", [page(status)]);
        let cloud = script.cloud();
        let read = bucket().observe(&cloud, &mut BucketMemory::default()).await.map(drop);
        let described =
            cloud.logs.describe_log_groups().send().await.fault("logs:DescribeLogGroups").map(drop);
        let role = cloud.iam.get_role().role_name("r").send().await.fault("iam:GetRole").map(drop);
        for fault in [read, described, role].map(Result::unwrap_err) {
            assert!(fault.class == class && fault.to_string().contains(&text), "{fault}");
        }
    }
}

/// AWS answers HEAD requests without a body.
#[tokio::test(start_paused = true)]
async fn an_error_without_a_body_keeps_its_meaning() {
    let empty = |status| Reply::Response { status, body: String::new(), headers: vec![] };
    let script = Script::new().on("HEAD /b/k", [empty(404), empty(403)]);
    let head = async || {
        let request = script.cloud().s3.head_object().bucket("b").key("k");
        request.send().await.fault("s3:GetObject").unwrap_err()
    };
    assert_eq!(head().await.class, Class::Stale);
    let denied = head().await;
    assert!(!denied.to_string().contains("unreadable"), "{denied}");
}

#[tokio::test(start_paused = true)]
async fn operation_aborted_on_create_is_retried() {
    let missing = s3_error(404, MISSING);
    let aborted = s3_error(409, "OperationAborted");
    let script = Script::new()
        .on("GET /b/?tagging", [missing.clone(), missing.clone(), missing, tags("twin")])
        .on("PUT /b/?", [ok("")])
        .on("PUT /b", [aborted.clone(), aborted, ok("")]);
    assert!(created(&deploy(&bucket_without_block(script)).await));
}

#[tokio::test(start_paused = true)]
async fn operation_aborted_on_a_setting_is_retried() {
    let script = Script::new()
        .on("GET /b/?tagging", [s3_error(404, MISSING), tags("twin")])
        .on("PUT /b/?publicAccessBlock", [s3_error(409, "OperationAborted"), ok("")]);
    let script = bucket_without_block(script);
    assert!(created(&deploy(&script).await));
    assert_eq!(count(&script, "PUT /b/?policy"), 0, "the first read found the policy");
}

#[tokio::test(start_paused = true)]
async fn a_write_is_retried_until_a_new_bucket_has_propagated() {
    let unknown = s3_error(404, MISSING);
    let script = Script::new()
        .on("GET /b/?tagging", [unknown.clone(), tags("twin")])
        .on("PUT /b/?versioning", [unknown.clone(), unknown, ok("")]);
    assert!(created(&deploy(&bucket_without_block(script)).await));
}

#[tokio::test(start_paused = true)]
async fn a_bucket_is_not_created_again_when_the_response_was_lost() {
    let script = Script::new()
        .on("GET /b/?tagging", [s3_error(404, MISSING), tags("twin")])
        .on("PUT /b/?", [ok("")])
        .on("PUT /b", [Reply::Lost]);
    let script = bucket_without_block(script);
    assert!(created(&deploy(&script).await));
    let creations = script.log().iter().filter(|line| *line == "PUT /b" || *line == "PUT /b/").count();
    assert_eq!(creations, 1);
}

#[tokio::test(start_paused = true)]
async fn a_bucket_name_that_another_account_owns_is_refused() {
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
async fn a_bucket_without_our_tags_is_not_written_to() {
    let script = bucket_without_block(Script::new().on("GET /b/?tagging", [tags("other")]));
    let engine = testing::engine(&script, bucket(), DESIRED, Choices::default());
    engine.observe().await.unwrap();
    assert_eq!(engine.plan().refusals().count(), 1);
    assert_eq!(count(&script, "PUT"), 0);
}

#[tokio::test(start_paused = true)]
async fn the_owner_is_verified_when_us_east_1_reports_an_existing_bucket_as_created() {
    let mut cloud = bucket_without_block(Script::new().on("GET /b/?tagging", [tags("other")])).cloud();
    "us-east-1".clone_into(&mut cloud.region);
    let (bucket, mut memory) = (bucket(), BucketMemory::default());
    let pushed = bucket.converge(&cloud, &mut memory, &DESIRED, None).await.unwrap();
    let Pushed::Actual(created) = pushed else { panic!() };
    let fault = bucket.converge(&cloud, &mut memory, &DESIRED, Some(&created)).await.unwrap_err();
    assert_eq!(fault.class, Class::Refused);
    insta::assert_snapshot!(fault, @"the bucket `b` belongs to the environment `dev` of the project `other`");
}

#[tokio::test(start_paused = true)]
async fn unreadable_tags_of_a_new_bucket_count_as_propagation() {
    let stale = [s3_error(404, MISSING), s3_error(404, "NoSuchTagSet"), s3_error(404, MISSING)];
    let script = bucket_without_block(Script::new().on("GET /b/?tagging", stale));
    let mut cloud = script.cloud();
    "us-east-1".clone_into(&mut cloud.region);
    let (bucket, mut memory) = (bucket(), BucketMemory::default());
    let pushed = bucket.converge(&cloud, &mut memory, &DESIRED, None).await.unwrap();
    let Pushed::Actual(created) = pushed else { panic!() };
    for _ in 0..2 {
        let fault = bucket.converge(&cloud, &mut memory, &DESIRED, Some(&created)).await.unwrap_err();
        assert_eq!(fault.class, Class::Propagating);
    }
    assert_eq!(count(&script, "PUT"), 1, "only the creation");

    // The response to the creation was lost, and the next reads know the bucket but not its tags.
    let untagged = s3_error(404, "NoSuchTagSet");
    let reads = [s3_error(404, MISSING), untagged.clone(), untagged, tags("twin")];
    let script =
        Script::new().on("GET /b/?tagging", reads).on("PUT /b/?", [ok("")]).on("PUT /b", [Reply::Lost]);
    assert!(self::created(&deploy(&bucket_without_block(script)).await));
}

/// An earlier run was killed right after it created the bucket.
#[tokio::test(start_paused = true)]
async fn a_bucket_without_tags_is_read_again_before_it_counts_as_not_managed() {
    let untagged = || s3_error(404, "NoSuchTagSet");
    let late = Script::new().on("GET /b/?tagging", [untagged(), untagged(), untagged(), tags("twin")]);
    assert!(deploy(&bucket_without_block(late)).await.complete());

    let other = bucket_without_block(Script::new().on("GET /b/?tagging", [untagged()]));
    let engine = testing::engine(&other, bucket(), DESIRED, Choices::default());
    let begun = tokio::time::Instant::now();
    engine.observe().await.unwrap();
    assert!(begun.elapsed().as_secs() < 6, "{:?}", begun.elapsed());
    assert_eq!(engine.plan().refusals().count(), 1);
    assert_eq!(count(&other, "GET /b/?tagging"), 5);
}

#[tokio::test(start_paused = true)]
async fn objects_are_counted_despite_throttled_and_lost_reads() {
    let listed = "<ListBucketResult><Contents><Key>a</Key></Contents></ListBucketResult>";
    let script = Script::new().on("GET /b/?", [s3_error(503, "SlowDown"), Reply::Lost, ok(listed)]);
    assert_eq!(count_objects(&script.cloud(), "b", |_| true).await.unwrap(), 1);
}

/// One page of versions. `more` tells whether more pages follow.
fn versions(count: usize, more: bool) -> Reply {
    let one = "<Version><Key>k</Key><VersionId>v</VersionId></Version>";
    let marker = "<DeleteMarker><Key>k</Key><VersionId>m</VersionId></DeleteMarker>";
    let versions = one.repeat(count.saturating_sub(1)) + marker;
    ok(&format!("<ListVersionsResult><IsTruncated>{more}</IsTruncated>{versions}</ListVersionsResult>"))
}

fn full_bucket(script: Script) -> Script {
    bucket_without_block(script.on("GET /b/?tagging", [tags("twin"), tags("twin"), s3_error(404, MISSING)]))
}

#[tokio::test(start_paused = true)]
async fn a_full_bucket_is_emptied_in_batches_of_a_thousand() {
    let script = full_bucket(
        Script::new()
            .on("GET /b/?versions", [versions(1000, true), versions(3, false)])
            .on("POST /b/?delete", [ok("<DeleteResult/>")])
            .on("DELETE /b", [ok("")]),
    );
    assert!(destroy(&script).await.complete());
    assert_eq!((count(&script, "POST /b/?delete"), count(&script, "DELETE /b")), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn errors_of_single_objects_are_reported() {
    let slow =
        "<DeleteResult><Error><Key>k</Key><Code>SlowDown</Code><Message>m</Message></Error></DeleteResult>";
    let script = full_bucket(
        Script::new()
            .on("GET /b/?versions", [versions(2, false)])
            .on("POST /b/?delete", [ok(slow), ok("<DeleteResult/>")])
            .on("DELETE /b", [ok("")]),
    );
    assert!(destroy(&script).await.complete());
    assert_eq!((count(&script, "POST /b/?delete"), count(&script, "DELETE /b")), (2, 1));

    let denied = slow.replace("SlowDown", "AccessDenied");
    let script = full_bucket(
        Script::new().on("GET /b/?versions", [versions(2, false)]).on("POST /b/?delete", [ok(&denied)]),
    );
    let report = destroy(&script).await;
    let failure = report.failures().next().expect("a failure");
    insta::assert_snapshot!(failure.problem, @"s3:DeleteObject: AccessDenied: `k`: m");
}

#[tokio::test(start_paused = true)]
async fn a_bucket_that_receives_objects_while_it_is_emptied_is_emptied_again() {
    let script = full_bucket(
        Script::new()
            .on("GET /b/?versions", [versions(1, false), versions(1, false)])
            .on("POST /b/?delete", [ok("<DeleteResult/>")])
            .on("DELETE /b", [s3_error(409, "BucketNotEmpty"), ok("")]),
    );
    assert!(destroy(&script).await.complete());
    assert_eq!(count(&script, "DELETE /b"), 2);
}

#[test]
fn a_policy_that_aws_has_rewritten_is_no_difference_but_a_weaker_one_is() {
    let rewritten = r#"{"Statement": {"Effect": "Deny", "Sid": "TlsOnly", "Principal": "*", "Action": ["s3:*"],
        "Resource": ["arn:aws:s3:::b/*", "arn:aws:s3:::b"],
        "Condition": {"Bool": {"aws:SecureTransport": ["false"]}}}}"#;
    let wanted = Statements::new(&bucket().wanted_policy().unwrap());
    assert_eq!(Statements::parse(rewritten), wanted);
    assert_ne!(Statements::parse(&rewritten.replace("s3:*", "s3:GetObject")), wanted);
}
