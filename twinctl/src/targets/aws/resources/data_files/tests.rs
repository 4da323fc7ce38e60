//! Uploads with S3 responses that the emulator does not give.

use std::sync::Arc;

use reconcile::{Class, Problem, Report, Resource as _};

use super::*;
use crate::{
    artifacts::data::{PreparedFiles, Set},
    targets::aws::{
        resources::testing::{self, count},
        script::{Reply, Script, ok, s3_error},
    },
};

const LIST: &str = "GET /b/?list-type";
const READ_HISTORY: &str = "GET /b/.twinctl";
const WRITE_HISTORY: &str = "PUT /b/.twinctl";

fn wanted() -> DesiredFiles {
    let mut files = ::persona::Files::default();
    files.insert("facts.json", b"new".to_vec());
    files.insert("me.txt", b"me".to_vec());
    DesiredFiles::Files(Arc::new(PreparedFiles::new(files, String::new(), false)))
}

fn desired() -> DataFilesDesired {
    DataFilesDesired { wanted: wanted(), set: "2".to_owned() }
}

fn listing(files: &[(&str, &str)]) -> Reply {
    let object = |(key, content): &(&str, &str)| {
        let print = Fingerprint::of(content.as_bytes());
        format!(
            "<Contents><Key>{key}</Key><ETag>&quot;{}&quot;</ETag><Size>{}</Size></Contents>",
            print.etag, print.size
        )
    };
    let objects: String = files.iter().map(object).collect();
    ok(&format!("<ListBucketResult>{objects}</ListBucketResult>"))
}

/// The history with this set as the newest one.
fn history(id: &str, files: &[(&str, &str)]) -> Reply {
    let files =
        files.iter().map(|(key, text)| ((*key).to_owned(), Fingerprint::of(text.as_bytes()))).collect();
    let at = Timestamp::UNIX_EPOCH;
    let set = Set { id: id.to_owned(), at, by: "ada".to_owned(), files, back_to: None, is_sample: false };
    let json = History::default().with(set, Files::new()).to_json().unwrap();
    let Reply::Response { status, body, .. } = ok(&String::from_utf8(json).unwrap()) else { unreachable!() };
    Reply::Response { status, body, headers: vec![("etag", "\"seen\"".to_owned())] }
}

const OLD: &[(&str, &str)] = &[("facts.json", "old"), ("style.txt", "short")];
const NEW: &[(&str, &str)] = &[("facts.json", "new"), ("me.txt", "me")];

async fn upload(script: &Script) -> Report {
    testing::deploy(script, DataFiles::new("b"), desired()).await
}

#[tokio::test(start_paused = true)]
async fn a_failed_condition_on_the_history_is_observed_again_before_anything_is_written() {
    for refusal in [s3_error(412, "PreconditionFailed"), s3_error(409, "ConditionalRequestConflict")] {
        let script = Script::new()
            .on(LIST, [listing(OLD), listing(OLD), listing(NEW)])
            .on(READ_HISTORY, [history("1", OLD), history("1", OLD), history("2", NEW)])
            .on(WRITE_HISTORY, [refusal, ok("")])
            .on("PUT /b/", [ok("")])
            .on("DELETE /b/", [ok("")]);
        let report = upload(&script).await;
        assert!(report.complete(), "{report:?}");
        assert_eq!(
            (count(&script, WRITE_HISTORY), count(&script, "PUT /b/facts"), count(&script, "PUT /b/me")),
            (2, 1, 1)
        );
        assert_eq!(count(&script, "DELETE /b/style.txt"), 1);
        let log = script.log();
        let first = |line: &str| log.iter().position(|entry| entry.starts_with(line)).expect(line);
        assert!(
            first(WRITE_HISTORY) < first("PUT /b/facts") && first("PUT /b/facts") < first("DELETE"),
            "{log:#?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_that_was_changed_meanwhile_is_observed_again() {
    let meanwhile: &[(&str, &str)] = &[("facts.json", "new"), ("me.txt", "by hand"), ("style.txt", "short")];
    let script = Script::new()
        .on(LIST, [listing(OLD), listing(meanwhile), listing(NEW)])
        .on(READ_HISTORY, [history("1", OLD), history("2", NEW)])
        .on(WRITE_HISTORY, [ok("")])
        .on("PUT /b/me.txt", [s3_error(412, "PreconditionFailed"), ok("")])
        .on("PUT /b/facts.json", [ok("")])
        .on("DELETE /b/style.txt", [ok("")]);
    let report = upload(&script).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(
        (count(&script, WRITE_HISTORY), count(&script, "PUT /b/facts"), count(&script, "PUT /b/me")),
        (1, 1, 2)
    );
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_was_superseded_stops() {
    let theirs: &[(&str, &str)] = &[("summary.txt", "theirs")];
    let script = Script::new()
        .on(LIST, [listing(OLD), listing(OLD)])
        .on(READ_HISTORY, [history("1", OLD), history("3", theirs)])
        .on(WRITE_HISTORY, [ok("")])
        .on("PUT /b/facts.json", [s3_error(412, "PreconditionFailed")])
        .on("PUT /b/me.txt", [ok("")]);
    let report = upload(&script).await;
    let Some(Problem::Fault(fault)) = report.failures().next().map(|failure| failure.problem.clone()) else {
        panic!("{report:?}");
    };
    assert!(fault.cause::<push::Superseded>().is_some(), "{fault}");
    assert_eq!(count(&script, WRITE_HISTORY), 1);
}

#[tokio::test(start_paused = true)]
async fn only_throttled_files_are_written_again() {
    let half: &[(&str, &str)] = &[("facts.json", "new"), ("style.txt", "short")];
    let script = Script::new()
        .on(LIST, [listing(OLD), listing(half), listing(NEW)])
        .on(READ_HISTORY, [history("1", OLD), history("2", NEW)])
        .on(WRITE_HISTORY, [ok("")])
        .on("PUT /b/me.txt", [s3_error(503, "SlowDown"), ok("")])
        .on("PUT /b/facts.json", [ok("")])
        .on("DELETE /b/style.txt", [s3_error(404, "NoSuchKey")]);
    assert!(upload(&script).await.complete());
    // facts.json had started when me.txt failed.
    assert_eq!((count(&script, "PUT /b/facts"), count(&script, "PUT /b/me")), (1, 2));
}

/// S3 may report an object as missing in the minutes after versioning was switched on.
#[tokio::test(start_paused = true)]
async fn a_history_that_is_listed_but_not_found_is_read_again() {
    let all = [&[(HISTORY, "h")], OLD].concat();
    let script = Script::new()
        .on(LIST, [listing(&all)])
        .on(READ_HISTORY, [s3_error(404, "NoSuchKey"), history("1", OLD)]);
    let (data_files, mut memory) = (DataFiles::new("b"), DataFilesMemory::default());
    let fault = data_files.observe(&script.cloud(), &mut memory).await.unwrap_err();
    assert_eq!(fault.class, Class::Stale);
    let actual = data_files.observe(&script.cloud(), &mut memory).await.unwrap().unwrap();
    assert_eq!(actual.current.history.newest().unwrap().id, "1");
    assert_eq!(actual.current.files.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn facts_that_are_listed_but_not_found_are_read_again() {
    let data_files = DataFiles::new("b");
    let script = Script::new()
        .on(LIST, [listing(OLD)])
        .on("GET /b/facts.json", [s3_error(404, "NoSuchKey"), s3_error(404, "NoSuchKey"), ok("old")]);
    assert_eq!(data_files.read_facts(&script.cloud()).await.unwrap().as_deref(), Some(&b"old"[..]));
    assert_eq!(count(&script, "GET /b/facts.json"), 3);

    let script = Script::new().on(LIST, [listing(OLD)]).on("GET /b/facts.json", [s3_error(404, "NoSuchKey")]);
    let fault = data_files.read_facts(&script.cloud()).await.unwrap_err();
    insta::assert_snapshot!(fault, @"`facts.json` is in the bucket but cannot be read yet");
}

#[tokio::test(start_paused = true)]
async fn facts_are_found_in_their_folders_with_few_calls() {
    let data_files = DataFiles::new("b");
    let missing = || s3_error(404, "NoSuchKey");
    let script = Script::new().on(LIST, [listing(&NEW[1..])]).on("GET /b/facts.json", [missing()]);
    assert_eq!(data_files.read_facts(&script.cloud()).await.unwrap(), None);
    assert_eq!(script.log().len(), 2);

    let script = Script::new()
        .on(LIST, [listing(&[("data/facts.json", "older")])])
        .on("GET /b/facts.json", [missing()])
        .on("GET /b/data/facts.json", [ok("older")]);
    assert_eq!(data_files.read_facts(&script.cloud()).await.unwrap().as_deref(), Some(&b"older"[..]));
    assert_eq!(script.log().len(), 3);

    let gone = || s3_error(404, "NoSuchBucket");
    let script = Script::new().on(LIST, [gone()]).on("GET /b/facts.json", [gone()]);
    assert_eq!(data_files.read_facts(&script.cloud()).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn a_forbidden_history_is_not_a_missing_one() {
    let script = Script::new().on(LIST, [listing(&[])]).on(READ_HISTORY, [s3_error(403, "AccessDenied")]);
    assert_eq!(
        DataFiles::new("b")
            .observe(&script.cloud(), &mut DataFilesMemory::default())
            .await
            .unwrap_err()
            .class,
        Class::Denied
    );
    let script = Script::new()
        .on(LIST, [s3_error(404, "NoSuchBucket")])
        .on(READ_HISTORY, [s3_error(404, "NoSuchBucket")]);
    assert!(
        DataFiles::new("b")
            .observe(&script.cloud(), &mut DataFilesMemory::default())
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test(start_paused = true)]
async fn a_set_with_expired_versions_is_refused_before_anything_is_written() {
    let script = Script::new()
        .on(LIST, [listing(NEW)])
        .on(READ_HISTORY, [history("1", OLD)])
        .on("GET /b/?versions", [ok("<ListVersionsResult></ListVersionsResult>")]);
    let (data_files, mut memory) = (DataFiles::new("b"), DataFilesMemory::default());
    let cloud = script.cloud();
    let actual = data_files.observe(&cloud, &mut memory).await.unwrap();
    let desired = DataFilesDesired { wanted: DesiredFiles::Set("1".to_owned()), set: "2".to_owned() };
    let fault = data_files.converge(&cloud, &mut memory, &desired, actual.as_ref()).await.unwrap_err();
    insta::assert_snapshot!(fault, @"`facts.json` of that set has expired: the bucket keeps replaced files for 30 days");
    assert_eq!(count(&script, "PUT"), 0);
}
