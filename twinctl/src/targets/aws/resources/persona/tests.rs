//! What becomes of an upload when S3 is less kind than the emulator.

use std::sync::Arc;

use reconcile::{Apply, Choices, Class, Engine, Graph, Halt, Problem, Report, Resource as _, Silent, Waits};

use super::*;
use crate::{
    artifacts::data::{Brought, Set},
    targets::aws::script::{Reply, Script, ok, s3_error},
};

const LIST: &str = "GET /b/?list-type";
const NOTES: &str = "GET /b/.twinctl";
const NOTE: &str = "PUT /b/.twinctl";

fn wanted() -> Wanted {
    let mut files = ::persona::Files::default();
    files.insert("facts.json", b"new".to_vec());
    files.insert("me.txt", b"me".to_vec());
    Wanted::Files(Arc::new(Brought::new(files, String::new(), false)))
}

fn desired() -> PersonaDesired {
    PersonaDesired { wanted: wanted(), set: "2".to_owned() }
}

fn listing(files: &[(&str, &str)]) -> Reply {
    let object = |(key, content): &(&str, &str)| {
        let print = Print::of(content.as_bytes());
        format!(
            "<Contents><Key>{key}</Key><ETag>&quot;{}&quot;</ETag><Size>{}</Size></Contents>",
            print.etag, print.size
        )
    };
    let objects: String = files.iter().map(object).collect();
    ok(&format!("<ListBucketResult>{objects}</ListBucketResult>"))
}

/// The list of sets after that one; with the files as they are to be.
fn noted(id: &str, files: &[(&str, &str)]) -> Reply {
    let files = files.iter().map(|(key, text)| ((*key).to_owned(), Print::of(text.as_bytes()))).collect();
    let at = jiff::Timestamp::UNIX_EPOCH;
    let set = Set { id: id.to_owned(), at, by: "ada".to_owned(), files, back_to: None, is_sample: false };
    let json = History::default().with(set, Files::new()).to_json().unwrap();
    let Reply::Answer { status, body, .. } = ok(&String::from_utf8(json).unwrap()) else { unreachable!() };
    Reply::Answer { status, body, headers: vec![("etag", "\"seen\"".to_owned())] }
}

const OLD: &[(&str, &str)] = &[("facts.json", "old"), ("style.txt", "short")];
const NEW: &[(&str, &str)] = &[("facts.json", "new"), ("me.txt", "me")];

async fn bring(script: &Script) -> Report {
    let mut graph = Graph::new();
    graph.add(PERSONA, Persona::new("b"), (), move |()| desired());
    let cloud = Arc::new(script.cloud());
    let engine = Engine::new(graph, cloud, Arc::new(Silent), Halt::new(), Choices::default());
    engine.observe().await.expect("it can be looked at");
    let plan = engine.plan();
    let report = engine.apply(&plan, Apply { waits: Waits::Yes, observed: true }).await;
    engine.verify(&plan, report).await
}

fn count(script: &Script, line: &str) -> usize {
    script.log().iter().filter(|entry| entry.starts_with(line)).count()
}

#[tokio::test(start_paused = true)]
async fn a_lost_condition_is_looked_at_again_before_anything_else_is_written() {
    for refusal in [s3_error(412, "PreconditionFailed"), s3_error(409, "ConditionalRequestConflict")] {
        let script = Script::new()
            .on(LIST, [listing(OLD), listing(OLD), listing(NEW)])
            .on(NOTES, [noted("1", OLD), noted("1", OLD), noted("2", NEW)])
            .on(NOTE, [refusal, ok("")])
            .on("PUT /b/", [ok("")])
            .on("DELETE /b/", [ok("")]);
        let report = bring(&script).await;
        assert!(report.complete(), "{report:?}");
        assert_eq!(
            (count(&script, NOTE), count(&script, "PUT /b/facts"), count(&script, "PUT /b/me")),
            (2, 1, 1)
        );
        assert_eq!(count(&script, "DELETE /b/style.txt"), 1);
        let log = script.log();
        let first = |line: &str| log.iter().position(|entry| entry.starts_with(line)).expect(line);
        assert!(first(NOTE) < first("PUT /b/facts") && first("PUT /b/facts") < first("DELETE"), "{log:#?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_that_somebody_wrote_meanwhile_is_looked_at_again() {
    let meanwhile: &[(&str, &str)] = &[("facts.json", "new"), ("me.txt", "by hand"), ("style.txt", "short")];
    let script = Script::new()
        .on(LIST, [listing(OLD), listing(meanwhile), listing(NEW)])
        .on(NOTES, [noted("1", OLD), noted("2", NEW)])
        .on(NOTE, [ok("")])
        .on("PUT /b/me.txt", [s3_error(412, "PreconditionFailed"), ok("")])
        .on("PUT /b/facts.json", [ok("")])
        .on("DELETE /b/style.txt", [ok("")]);
    let report = bring(&script).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(
        (count(&script, NOTE), count(&script, "PUT /b/facts"), count(&script, "PUT /b/me")),
        (1, 1, 2)
    );
}

#[tokio::test(start_paused = true)]
async fn whoever_is_overtaken_stops_and_does_not_mix() {
    let theirs: &[(&str, &str)] = &[("summary.txt", "theirs")];
    let script = Script::new()
        .on(LIST, [listing(OLD), listing(OLD)])
        .on(NOTES, [noted("1", OLD), noted("3", theirs)])
        .on(NOTE, [ok("")])
        .on("PUT /b/facts.json", [s3_error(412, "PreconditionFailed")])
        .on("PUT /b/me.txt", [ok("")]);
    let report = bring(&script).await;
    let Some(Problem::Fault(fault)) = report.failures().next().map(|failure| failure.problem.clone()) else {
        panic!("{report:?}");
    };
    assert!(fault.cause::<push::Overtaken>().is_some(), "{fault}");
    assert_eq!(count(&script, NOTE), 1);
}

#[tokio::test(start_paused = true)]
async fn throttled_files_are_put_again_and_the_others_are_not() {
    let half: &[(&str, &str)] = &[("facts.json", "new"), ("style.txt", "short")];
    let script = Script::new()
        .on(LIST, [listing(OLD), listing(half), listing(NEW)])
        .on(NOTES, [noted("1", OLD), noted("2", NEW)])
        .on(NOTE, [ok("")])
        .on("PUT /b/me.txt", [s3_error(503, "SlowDown"), ok("")])
        .on("PUT /b/facts.json", [ok("")])
        .on("DELETE /b/style.txt", [s3_error(404, "NoSuchKey")]);
    assert!(bring(&script).await.complete());
    // It had begun when the other one failed.
    assert_eq!((count(&script, "PUT /b/facts"), count(&script, "PUT /b/me")), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn what_may_not_be_read_is_not_missing() {
    let script = Script::new().on(LIST, [listing(&[])]).on(NOTES, [s3_error(403, "AccessDenied")]);
    assert_eq!(
        Persona::new("b").observe(&script.cloud(), &mut PersonaMemory::default()).await.unwrap_err().class,
        Class::Denied
    );
    let script =
        Script::new().on(LIST, [s3_error(404, "NoSuchBucket")]).on(NOTES, [s3_error(404, "NoSuchBucket")]);
    assert!(
        Persona::new("b").observe(&script.cloud(), &mut PersonaMemory::default()).await.unwrap().is_none()
    );
}

#[tokio::test(start_paused = true)]
async fn a_set_whose_versions_are_gone_is_refused_before_anything_is_written() {
    let script = Script::new()
        .on(LIST, [listing(NEW)])
        .on(NOTES, [noted("1", OLD)])
        .on("GET /b/?versions", [ok("<ListVersionsResult></ListVersionsResult>")]);
    let (persona, mut memory) = (Persona::new("b"), PersonaMemory::default());
    let cloud = script.cloud();
    let actual = persona.observe(&cloud, &mut memory).await.unwrap();
    let desired = PersonaDesired { wanted: Wanted::Set("1".to_owned()), set: "2".to_owned() };
    let fault = persona.converge(&cloud, &mut memory, &desired, actual.as_ref()).await.unwrap_err();
    insta::assert_snapshot!(fault, @"`facts.json` of that set is gone: the bucket keeps what was replaced for 30 days");
    assert_eq!(count(&script, "PUT"), 0);
}
