//! Tests of signatures, and of conditional writes that S3 refuses.

use std::collections::BTreeMap;

use super::*;
use crate::client::HttpClient;
use crate::config::Config;
use crate::testing::{s3, signature};

#[test]
fn requests_are_signed_as_botocore_signs_them() {
    for case in signature::cases("s3") {
        let aws = signature::aws(&case);
        let (log, _) = Log::in_memory(crate::config::LogLevel::Debug);
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let parameters = &case["parameters"];
        let bucket = Bucket::new(aws.clone(), text(&parameters["Bucket"]), Expiry::Off, log);
        let method = Method::from_bytes(text(&case["method"]).as_bytes()).unwrap();
        let mut request = bucket.request(method, &text(&parameters["Key"]), text(&case["body"]).into());
        for (name, value) in case["headers"].as_object().unwrap() {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            request = request.header(name, HeaderValue::from_str(value.as_str().unwrap()).unwrap());
        }
        signature::check(&case, &aws, request);
    }
}

/// Returns a store in a stub of S3.
async fn store() -> (Bucket, s3::Bucket) {
    let (url, stub) = s3::bucket().await;
    let settings = s3::settings(&url).map(|(name, value)| (name.to_owned(), value.to_owned()));
    let config = Config::read(&BTreeMap::from(settings)).unwrap();
    let aws = Aws::new(HttpClient::new(None).unwrap(), config.aws);
    let (log, _) = Log::in_memory(config.log_level);
    (Bucket::new(aws, "memory".to_owned(), Expiry::Off, log), stub)
}

#[tokio::test]
async fn a_refused_condition_is_a_conflict_and_a_missing_bucket_an_error() {
    let seen = || Precondition::Unchanged(Version("\"seen\"".to_owned()));
    let cases = [
        (412, "PreconditionFailed", Some(PutResult::Conflict)),
        // Another conditional write of the same key is in progress.
        (409, "ConditionalRequestConflict", Some(PutResult::Conflict)),
        // The object was deleted after it was read; in a bucket with versions, a delete marker is its newest version.
        (404, "NoSuchKey", Some(PutResult::Conflict)),
        (404, "NoSuchBucket", None),
        (403, "AccessDenied", None),
    ];
    for (status, code, expected) in cases {
        let (bucket, stub) = store().await;
        for precondition in [Precondition::Absent, seen()] {
            stub.refuse(status, code);
            let written = bucket.put("a.json", Bytes::from_static(b"{}"), precondition, Counted::No).await;
            assert_eq!(written.ok(), expected, "{status} {code}");
        }
        assert!(stub.objects.lock().unwrap().is_empty());
    }
}

#[tokio::test]
async fn an_object_behind_a_delete_marker_is_absent_and_can_be_written() {
    let (bucket, stub) = store().await;
    stub.refuse(404, "NoSuchKey");
    assert!(bucket.get("a.json").await.unwrap().is_none());
    let body = || Bytes::from_static(b"{}");
    assert_eq!(
        bucket.put("a.json", body(), Precondition::Absent, Counted::No).await.unwrap(),
        PutResult::Written
    );
    assert_eq!(
        bucket.put("a.json", body(), Precondition::Absent, Counted::No).await.unwrap(),
        PutResult::Conflict
    );
    let version = bucket.get("a.json").await.unwrap().unwrap().version;
    let unchanged = Precondition::Unchanged(version);
    assert_eq!(bucket.put("a.json", body(), unchanged, Counted::No).await.unwrap(), PutResult::Written);
}
