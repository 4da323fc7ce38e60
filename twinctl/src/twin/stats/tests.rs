//! Statistics of invented log lines, as plots, table, JSON and HTML.

use std::fs;

use serde_json::json;

use super::*;
use crate::{
    spec::{self, Overrides},
    twin::{cost::Setup, logs::LogLine},
};

const BEDROCK: &str = "region: us-east-1\nmodel: { source: bedrock, id: amazon.nova-lite-v1:0 }\n";

fn setup(text: &str) -> Setup {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("dev.yaml"), format!("project: ada\nenvironment: dev\n{text}")).unwrap();
    Setup::of(&spec::load(folder.path(), "dev", &Overrides::default()).unwrap())
}

fn collected(lines: &[serde_json::Value]) -> Stats {
    let (since, until) = ("2026-11-23T12:00:00Z".parse().unwrap(), "2026-11-29T23:00:00Z".parse().unwrap());
    let mut collector = Collector::new(since, until, setup(BEDROCK));
    for line in lines {
        collector.add(&LogLine::parse(&line.to_string(), None));
    }
    collector.finish()
}

fn turn(time: &str, more: &serde_json::Value) -> serde_json::Value {
    let mut line = json!({
        "time": time, "method": "POST", "route": "chat", "status": 200, "failed": 0, "session": "s1", "visitor": "v1",
        "model": "us.amazon.nova-lite-v1:0", "input_tokens": 6200, "output_tokens": 200, "duration_ms": 1500.0,
    });
    line.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    line
}

/// A week with turns on four days.
fn week() -> Vec<serde_json::Value> {
    let mut lines = vec![
        turn("2026-11-23T11:59:59Z", &json!({})),
        turn("2026-11-23T12:00:00Z", &json!({ "cached_tokens": 5000 })),
        turn("2026-11-23T23:59:59.9Z", &json!({ "session": "s2", "unanswered": true })),
        turn("2026-11-26T08:00:00Z", &json!({ "session": "s2", "visitor": "v2", "failed": 1 })),
        turn("2026-11-26T09:00:00Z", &json!({ "status": 429 })),
        turn("2026-11-26T09:00:00Z", &json!({ "status": 503, "input_tokens": null, "output_tokens": null })),
        turn("2026-11-26T09:30:00Z", &json!({ "status": 403, "code": "paused", "visitor": "v9" })),
        turn("2026-11-26T10:00:00Z", &json!({ "route": "history" })),
        json!({ "time": "2026-11-26T10:00:00Z", "message": "ready" }),
    ];
    for turns in 1..=20 {
        let duration = f64::from(turns) * 100.0;
        lines.push(turn(
            "2026-11-28T10:00:00Z",
            &json!({ "session": "s3", "visitor": "v3", "duration_ms": duration }),
        ));
    }
    lines.push(turn(
        "2026-11-29T22:00:00Z",
        &json!({ "session": "s4", "summary_input_tokens": 1000, "summary_output_tokens": 100 }),
    ));
    lines
}

#[test]
fn turns_are_counted_per_day_in_utc() {
    let stats = collected(&week());
    assert_eq!(stats.days.len(), 7);
    let monday = &stats.days[0].figures;
    assert_eq!((monday.visitors, monday.conversations, monday.turns, monday.unanswered), (1, 2, 2, 1));
    assert_eq!(stats.days[1].figures, Figures::default());
    let thursday = &stats.days[3].figures;
    assert_eq!(
        (thursday.turns, thursday.failed, thursday.p50_ms),
        (0, 2, None),
        "a message that was throttled, or sent to a paused twin, is no turn"
    );
    let saturday = &stats.days[5].figures;
    assert_eq!((saturday.p50_ms, saturday.p95_ms), (Some(1_000.0), Some(1_900.0)));
    let total = &stats.total;
    assert_eq!(
        (total.turns, total.conversations, total.failed),
        (23, 4, 2),
        "a conversation of two days counts once"
    );
}

#[test]
fn dollars_depend_on_cached_tokens_and_include_summaries() {
    let usd = |more| format!("{:.6}", collected(&[turn("2026-11-24T00:00:00Z", &more)]).total.usd);
    assert_eq!(usd(json!({})), "0.000420");
    assert_eq!(usd(json!({ "cached_tokens": 5000 })), "0.000195");
    assert_eq!(usd(json!({ "summary_input_tokens": 1_000_000 })), "0.060420");
    let cached = json!({ "summary_input_tokens": 1_000_000, "summary_cached_tokens": 1_000_000 });
    assert_eq!(usd(cached), "0.015420");
    let unknown = collected(&[turn("2026-11-24T00:00:00Z", &json!({ "model": "new.model-9" }))]);
    assert_eq!((unknown.total.usd, unknown.unpriced_models.len()), (0.0, 1));
    let builtin = json!({ "model": "builtin", "input_tokens": null, "output_tokens": null });
    assert!(collected(&[turn("2026-11-24T00:00:00Z", &builtin)]).unpriced_models.is_empty());
}

#[test]
fn the_provider_of_a_former_model_is_guessed_from_its_id() {
    use contract::models::Provider;
    let groq = "target: local\nmodel: { source: openai, id: openai/gpt-oss-20b, base_url: \"https://api.groq.com/openai/v1\" }\n";
    let groq = setup(groq);
    assert_eq!(groq.provider_of("openai/gpt-oss-20b"), Some(Provider::Groq));
    assert_eq!(groq.provider_of("us.amazon.nova-lite-v1:0"), Some(Provider::Bedrock));
    assert_eq!(groq.provider_of("gpt-4o-mini"), Some(Provider::OpenAi));
    let own = setup(
        "target: local\nmodel: { source: openai, id: llama3.2, base_url: \"http://localhost:11434/v1\" }\n",
    );
    assert_eq!(own.provider_of("llama3.2"), None, "an own server has no price");
    assert_eq!(own.provider_of("builtin"), None);
}

#[test]
fn statistics_are_plotted_for_a_terminal_and_listed_otherwise() {
    let stats = collected(&week());
    insta::assert_snapshot!("plots", stats.plots());
    insta::assert_snapshot!("table", stats.table());
    insta::assert_snapshot!("nothing", collected(&[]).plots());
}

#[test]
fn json_has_one_object_per_day() {
    let json = json!(collected(&week()));
    assert_eq!(json["days"].as_array().unwrap().len(), 7);
    insta::assert_snapshot!(json["days"][0].to_string());
}

#[test]
fn the_page_is_one_file_without_scripts_and_escapes_its_texts() {
    let html = collected(&week()).html("<ada>/dev", &["a & b".to_owned()]);
    for absent in ["<script", "src=", "href=", "url(", "@import", "<ada>/dev"] {
        assert!(!html.contains(absent), "{absent}");
    }
    assert!(html.contains("&lt;ada&gt;/dev") && html.contains("a &amp; b"));
    assert_eq!(html.matches("<svg").count(), 6);
    assert!(
        html.contains("prefers-color-scheme:dark") && html.contains("<title>2026-11-28: 20 answered</title>")
    );
    assert!(!html.contains("NaN") && !html.contains("inf"), "{html}");
}

#[test]
fn charts_of_no_turns_are_empty() {
    let html = collected(&[]).html("dev", &[]);
    assert!(!html.contains("<rect") && !html.contains("<circle") && !html.contains("NaN"), "{html}");
}
