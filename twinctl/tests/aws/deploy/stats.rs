//! `stats` of a twin on AWS: its own log lines, read with Logs Insights.

use aws_sdk_cloudwatchlogs::types::InputLogEvent;
use serde_json::{Value, json};

use super::twin::Twin;

const GROUP: &str = "/aws/lambda/ada-dev-api";

fn turn(more: &Value) -> String {
    let mut line = json!({
        "level": "info", "method": "POST", "route": "chat", "status": 200, "session": "s", "visitor": "v",
        "model": "us.amazon.nova-lite-v1:0", "input_tokens": 6200, "output_tokens": 200, "duration_ms": 1500.0,
    });
    line.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    line.to_string()
}

async fn write(twin: &Twin, hours_ago: i64, lines: &[String]) {
    let logs = &twin.by_hand.logs;
    let stream = format!("{hours_ago} hours ago");
    logs.create_log_stream().log_group_name(GROUP).log_stream_name(&stream).send().await.unwrap();
    let at = twinctl::system::clock::now().as_millisecond() - hours_ago * 3_600_000;
    let mut put = logs.put_log_events().log_group_name(GROUP).log_stream_name(stream);
    for line in lines {
        put = put.log_events(InputLogEvent::builder().timestamp(at).message(line).build().unwrap());
    }
    put.send().await.unwrap();
}

#[testbed::test(emulator)]
async fn statistics_of_a_week_take_at_most_four_round_trips() {
    let twin = Twin::new();
    twin.run(&["stats", "dev"]).await.exits_with(8).reports("run `twinctl deploy dev`");
    twin.deploy(&[]).await.exits_with(0);
    let other = r#"{"method":"GET","route":"health","status":200,"duration_ms":1.5}"#.to_owned();
    write(&twin, 1, &[turn(&json!({})), turn(&json!({ "session": "t", "unanswered": true })), other]).await;
    write(
        &twin,
        49,
        &[turn(&json!({ "status": 503 })), turn(&json!({ "duration_ms": 3000.0, "visitor": "w" }))],
    )
    .await;
    write(&twin, 24 * 9, &[turn(&json!({}))]).await;

    twin.proxy.reset();
    let run = twin.run(&["stats", "dev", "--json"]).await.exits_with(0);
    let calls: Vec<_> = twin.proxy.calls().into_iter().map(|call| call.operation).collect();
    assert_eq!(calls, ["GetCallerIdentity", "StartQuery", "GetQueryResults"]);
    let stats: Value = serde_json::from_str(&run.stdout).unwrap();
    let total = &stats["total"];
    assert_eq!((&stats["kind"], stats["days"].as_array().unwrap().len()), (&json!("stats"), 7));
    let counts = ["visitors", "conversations", "turns", "unanswered", "failed"].map(|name| &total[name]);
    assert_eq!(counts, [&json!(2), &json!(2), &json!(3), &json!(1), &json!(1)], "{total}");
    assert_eq!((&total["p50_ms"], &total["p95_ms"]), (&json!(1500.0), &json!(3000.0)));
    assert!((total["usd"].as_f64().unwrap() - 4.0 * 0.000_42).abs() < 1e-9, "{total}");

    let day = twin.run(&["stats", "dev", "--since", "2h", "--html", "out/stats.html"]).await.exits_with(0);
    day.reports("saved the charts in out/stats.html");
    assert!(day.stdout.starts_with("day (UTC)") && day.stdout.contains("total"), "{}", day.stdout);
    assert!(twin.read("out/stats.html").contains("<svg"));
    twin.run(&["stats", "dev", "--since", "93d"]).await.exits_with(2).reports("not between `1s` and `92d`");
}
