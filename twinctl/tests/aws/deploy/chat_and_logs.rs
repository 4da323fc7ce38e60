//! `chat` and `logs`.

use std::process::Stdio;

use aws_sdk_cloudwatchlogs::types::InputLogEvent;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};

use testbed::Run;

use super::twin::{Twin, finish};

const FACTS: &str = r#"{ "full_name": "Ada Example", "name": "Ada", "email": "ada@example.com" }"#;

#[testbed::test(emulator)]
async fn questions_are_answered_and_conversations_continued() {
    let twin = Twin::new();
    twin.run(&["chat", "dev", "Who are you?"]).await.exits_with(8).reports("run `twinctl deploy dev`");
    twin.run(&["logs", "dev"]).await.exits_with(8).reports("run `twinctl deploy dev`");
    twin.deploy(&[]).await.exits_with(0);
    let nothing = twin.run(&["chat", "dev", "Who are you?"]).await.exits_with(8);
    nothing.reports("fill in the data files");

    let buckets = twin.by_hand.s3.list_buckets().send().await.unwrap();
    let mut names = buckets.buckets().iter().filter_map(|bucket| bucket.name());
    let data = names.find(|name| name.contains("-data-")).unwrap();
    let put =
        twin.by_hand.s3.put_object().bucket(data).key("facts.json").body(FACTS.as_bytes().to_vec().into());
    put.send().await.unwrap();
    let first = twin.run(&["chat", "dev", "What is your email?"]).await.exits_with(0);
    assert!(first.stdout.contains("ada@example.com") && first.stdout.ends_with('\n'), "{first:?}");

    let session = first.stderr.trim_end().rsplit_once("--session ").unwrap().1.trim_end_matches('`');
    let second =
        twin.run(&["chat", "dev", "--session", session, "--json", "And your name?"]).await.exits_with(0);
    let reply: serde_json::Value = serde_json::from_str(&second.stdout).unwrap();
    assert_eq!((&reply["kind"], &reply["session_id"]), (&"reply".into(), &session.into()), "{reply}");
    assert!(piped(&twin, "What is your email?\n").await.exits_with(0).stdout.contains("ada@example.com"));

    piped(&twin, "").await.exits_with(2).reports("no question was given");
    piped(&twin, &"x".repeat(5_000)).await.exits_with(2).reports("at most 4,000 characters");
    twin.run(&["chat", "dev", "--session", "a b", "Hi"]).await.exits_with(2).reports("letters, digits");
}

const FUNCTION_LOG: &str =
    r#"{"level":"info","method":"GET","route":"health","status":200,"duration_ms":1.5}"#;
const ERROR_LOG: &str =
    r#"{"level":"error","correlation_id":"one-42","method":"POST","route":"chat","status":503}"#;
const ACCESS_LOG: &str =
    r#"{"requestId":"r","method":"GET","routeKey":"$default","status":"200","latencyMs":"12"}"#;
const FUNCTION_GROUP: &str = "/aws/lambda/ada-dev-api";
const ACCESS_GROUP: &str = "/aws/vendedlogs/aws/lambda/ada-dev-api";

/// Deletes the lines of the function, whose number and durations differ from run to run.
async fn delete_logs(twin: &Twin, group: &str) {
    let logs = &twin.by_hand.logs;
    let streams = logs.describe_log_streams().log_group_name(group).send().await.unwrap().log_streams;
    for stream in streams.unwrap() {
        let name = stream.log_stream_name.unwrap();
        logs.delete_log_stream().log_group_name(group).log_stream_name(name).send().await.unwrap();
    }
}

/// Writes log events.
async fn write_logs(twin: &Twin, group: &str, messages: &[&str]) {
    let logs = &twin.by_hand.logs;
    let stream = "by hand";
    drop(logs.create_log_stream().log_group_name(group).log_stream_name(stream).send().await);
    let mut put = logs.put_log_events().log_group_name(group).log_stream_name(stream);
    let now = twinctl::system::clock::now().as_millisecond();
    for message in messages {
        let event = InputLogEvent::builder().timestamp(now).message(*message);
        put = put.log_events(event.build().unwrap());
    }
    put.send().await.unwrap();
}

#[testbed::test(emulator)]
async fn logs_are_formatted_for_people_and_unchanged_in_json() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    let lines = twin.run(&["logs", "dev"]).await.exits_with(0).stdout;
    assert!(lines.contains("GET health 200"), "{lines}");
    delete_logs(&twin, FUNCTION_GROUP).await;
    twin.run(&["logs", "dev"]).await.exits_with(0).reports("no log lines since");
    write_logs(&twin, FUNCTION_GROUP, &[FUNCTION_LOG, "START RequestId: 1 Version: 1", "panicked"]).await;
    write_logs(&twin, ACCESS_GROUP, &[ACCESS_LOG]).await;
    let lines = twin.run(&["logs", "dev"]).await.exits_with(0).stdout;
    let texts: Vec<_> =
        lines.lines().filter_map(|line| line.split_once("Z ")).map(|(_, text)| text).collect();
    assert_eq!(texts, ["info  GET health 200 · 1 ms", "      panicked"]);
    let requests = twin.run(&["logs", "dev", "--requests", "--json"]).await.exits_with(0);
    assert_eq!(requests.stdout, format!("{ACCESS_LOG}\n"));
    let requests = twin.run(&["logs", "dev", "--requests"]).await.exits_with(0).stdout;
    assert!(requests.ends_with("info  GET 200 · 12 ms\n"), "{requests}");
    let json = twin.run(&["logs", "dev", "--json"]).await.exits_with(0).stdout;
    assert!(json.starts_with(FUNCTION_LOG) && json.lines().count() == 3, "{json}");
    let error = twin.run(&["logs", "dev", "--errors", "--json"]).await.exits_with(0).stdout;
    assert!(error.contains("panicked") && error.lines().count() == 1, "{error}");

    let mut following = twin.command(&["logs", "dev", "-f"]).spawn().unwrap();
    let mut lines = BufReader::new(following.stdout.take().unwrap()).lines();
    assert!(lines.next_line().await.unwrap().unwrap().ends_with("1 ms"));
    write_logs(&twin, FUNCTION_GROUP, &["one more"]).await;
    assert!(lines.next_line().await.unwrap().unwrap().ends_with("panicked"));
    assert!(lines.next_line().await.unwrap().unwrap().ends_with("one more"));
    write_logs(&twin, FUNCTION_GROUP, &[ERROR_LOG]).await;
    assert!(lines.next_line().await.unwrap().unwrap().ends_with("error POST chat 503"));
    let request = twin.run(&["logs", "dev", "--correlation", "one-42", "--json"]).await.exits_with(0);
    assert_eq!(request.stdout, format!("{ERROR_LOG}\n"));
    // The reader closes the pipe.
    drop(lines);
    write_logs(&twin, FUNCTION_GROUP, &["unread"]).await;
    assert!(following.wait().await.unwrap().success());
}

async fn piped(twin: &Twin, question: &str) -> Run {
    let mut child = twin.command(&["chat", "dev"]).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(question.as_bytes()).await.unwrap();
    finish(child).await
}
