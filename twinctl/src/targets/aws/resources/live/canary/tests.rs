//! The lines of the log that judgments are made from.

use serde_json::json;

use super::*;
use crate::targets::{
    aws::script::{Script, json_error, ok},
    record::OriginSecret,
};

/// The question of a health check does not reach the twin through its API.
#[tokio::test(start_paused = true)]
async fn a_version_that_rejects_what_visitors_write_has_failed_to_answer() {
    let origin = OriginSecrets::new(OriginSecret::random(), None);
    for (status, failed, calls) in [(422, 0, 2), (403, 1, 1), (404, 1, 1), (502, 1, 1)] {
        let replies = [json!({ "statusCode": status }), json!({ "status": "healthy" })];
        let replies = replies.map(|reply| ok(&reply.to_string()));
        let script = Script::new().on("POST /2015-03-31/functions/f/invocations", replies);
        let mut trial = Trial::of("7", "6");
        ask(&mut trial, &script.cloud(), "f", (true, &origin)).await.unwrap();
        assert_eq!((trial.questions.count(), trial.questions.failed), (1, failed), "{status}");
        assert_eq!(script.log().len(), calls, "a version that rejects visitors is not asked");
    }
}

/// For example, because a visitor uses the reserved concurrency.
#[tokio::test(start_paused = true)]
async fn a_question_is_only_asked_if_lambda_invokes_the_version() {
    let origin = OriginSecrets::new(OriginSecret::random(), None);
    for (status, code, unproven) in
        [(429, "TooManyRequestsException", None), (409, "ResourceConflictException", Some(1))]
    {
        let refusal = json_error(status, code, "the version cannot be invoked");
        let script = Script::new().on("POST /2015-03-31/functions/f/invocations", [refusal]);
        let mut trial = Trial::of("7", "6");
        let asked = ask(&mut trial, &script.cloud(), "f", (true, &origin)).await;
        assert_eq!(asked.ok().map(|()| trial.unproven.len()), unproven, "{code}");
        assert_eq!((script.log().len(), trial.questions.count()), (1, 0), "{code}");
    }
}

#[test]
fn answers_are_read_from_the_streams_of_both_versions() {
    let mut trial = Trial::of("7", "6");
    let mut line = |stream: &str, message: &str| {
        let event = FilteredLogEvent::builder().log_stream_name(stream).message(message).build();
        let _ = add(&mut trial, &event);
    };
    let chat = |status: u16, level: &str| {
        format!(r#"{{"route":"chat","status":{status},"level":"{level}","duration_ms":12.5}}"#)
    };
    line("2026/11/30/[7]4f8c", &chat(200, "info"));
    line("2026/11/30/twin-dev-api[7]4f8c", &chat(502, "error"));
    line("2026/11/30/[7]4f8c", &chat(200, "error"));
    line("2026/11/30/[7]4f8c", "2026-11-30T01:00:00.000Z 4f8c Task timed out after 29.00 seconds");
    line(
        "2026/11/30/[7]4f8c",
        "REPORT RequestId: 4f8c\tDuration: 12.00 ms\tStatus: error\tError Type: Runtime.ExitError",
    );
    line("2026/11/30/[7]4f8c", r#"{"route":"chat","status":200,"memory":"not-saved","duration_ms":1}"#);
    line("2026/11/30/[6]4f8c", &chat(200, "info"));
    line("2026/11/30/[6]4f8c", &chat(503, "error"));
    for other in [
        "REPORT RequestId: 4f8c\tDuration: 12.00 ms",
        r#"{"route":"health","status":503}"#,
        r#"{"route":"question","status":200,"duration_ms":1}"#,
        r#"{"route":"chat","status":403,"code":"paused","duration_ms":1}"#,
        r#"{"route":"chat","status":422,"level":"warn","duration_ms":1}"#,
        r#"{"route":"chat","status":200,"level":"info","over_budget":true,"duration_ms":1}"#,
        r#"{"route":"chat","status":200,"level":"info","code":"client_gone","duration_ms":1}"#,
    ] {
        line("2026/11/30/[7]4f8c", other);
    }
    line("2026/11/30/[5]4f8c", &chat(502, "error"));
    line("a stream of something else", &chat(502, "error"));
    assert_eq!((trial.visitors.failed, trial.visitors.durations.as_slice()), (5, [12.5].as_slice()));
    assert_eq!((trial.before.failed, trial.before.count()), (1, 2));
}
