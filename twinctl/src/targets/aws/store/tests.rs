//! S3 responses that the emulator does not give.

use super::*;
use crate::targets::aws::script::{Reply, Script, ok, s3_error};

fn listed(entries: &str, more: &str) -> Reply {
    ok(&format!(
        "<?xml version=\"1.0\"?><ListVersionsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{more}{entries}</ListVersionsResult>"
    ))
}

fn version(kind: &str, key: &str, id: &str) -> String {
    format!("<{kind}><Key>{key}</Key><VersionId>{id}</VersionId></{kind}>")
}

fn deleted() -> Reply {
    ok("<DeleteResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"></DeleteResult>")
}

fn store(script: &Script) -> BucketStore {
    BucketStore { cloud: script.cloud(), name: "memory".to_owned(), expires: false }
}

fn count(script: &Script, beginning: &str) -> usize {
    script.log().iter().filter(|line| line.starts_with(beginning)).count()
}

#[tokio::test(start_paused = true)]
async fn all_versions_of_a_key_are_deleted_but_none_of_other_keys_with_that_prefix() {
    let all = version("Version", "a.json", "1")
        + &version("DeleteMarker", "a.json", "2")
        + &version("Version", "a.json.json", "3");
    let others = version("Version", "a.json.json", "3");
    let script = Script::new()
        .on("GET /memory/?versions", [listed(&all, ""), listed(&others, "")])
        .on("POST /memory/?delete", [deleted()]);
    assert_eq!(store(&script).erase("a.json").await.unwrap(), 2);
    assert_eq!(count(&script, "POST /memory/?delete"), 1);
}

#[tokio::test(start_paused = true)]
async fn all_pages_of_versions_are_listed() {
    let more = "<IsTruncated>true</IsTruncated><NextKeyMarker>a.json</NextKeyMarker><NextVersionIdMarker>1</NextVersionIdMarker>";
    let (one, two) = (version("Version", "a.json", "1"), version("Version", "a.json", "2"));
    let script = Script::new().on("GET /memory/?versions", [listed(&one, more), listed(&two, "")]);
    assert_eq!(store(&script).versions("a.json").await.unwrap(), 2);
    assert!(script.log()[1].contains("version-id-marker=1"), "{:?}", script.log());
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_written_again_is_deleted_again_a_limited_number_of_times() {
    let one = version("Version", "a.json", "1");
    let twice = [listed(&one, ""), listed(&one, ""), listed("", "")];
    let script = Script::new().on("GET /memory/?versions", twice).on("POST /memory/?delete", [deleted()]);
    assert_eq!(store(&script).erase("a.json").await.unwrap(), 2);

    let script =
        Script::new().on("GET /memory/?versions", [listed(&one, "")]).on("POST /memory/?delete", [deleted()]);
    let fault = store(&script).erase("a.json").await.unwrap_err();
    assert!(fault.to_string().contains("written again"), "{fault}");
}

#[tokio::test(start_paused = true)]
async fn temporary_errors_are_retried_and_others_are_not() {
    let slow = || s3_error(503, "SlowDown");
    let script = Script::new().on("GET /memory/a.json", [slow(), Reply::Lost, ok("[]")]);
    assert_eq!(store(&script).read("a.json").await.unwrap().as_deref(), Some(&b"[]"[..]));

    let script = Script::new().on("GET /memory/a.json", [s3_error(403, "AccessDenied")]);
    assert_eq!(store(&script).read("a.json").await.unwrap_err().class, Class::Denied);
    assert_eq!(script.log().len(), 1);

    let script = Script::new().on("GET /memory/?versions", [s3_error(404, "NoSuchBucket")]);
    assert_eq!(store(&script).erase("a.json").await.unwrap(), 0);
}

/// With KMS, the `ETag` is not the hash of the content.
#[tokio::test(start_paused = true)]
async fn an_object_is_overwritten_if_its_content_is_the_expected_one_whatever_its_etag_is() {
    let stored = || Reply::Response {
        status: 200,
        body: "[]".to_owned(),
        headers: vec![("etag", "\"of-kms\"".to_owned())],
    };
    let script = Script::new().on("GET /memory/a.json", [stored()]).on("PUT /memory/a.json", [ok("")]);
    assert!(store(&script).write("a.json", b"[1]", Some(b"[]")).await.unwrap());
    assert_eq!(count(&script, "PUT /memory/a.json"), 1);

    let script = Script::new().on("GET /memory/a.json", [stored()]);
    assert!(!store(&script).write("a.json", b"[1]", Some(b"[2]")).await.unwrap());
    assert_eq!(count(&script, "PUT "), 0);
}
