//! Formats the fields of a log line.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::system::clock::human_duration;

type Fields = Map<String, Value>;

/// A request that a gateway logged has one of these fields. Earlier versions let API Gateway log the path.
pub(super) const REQUEST_TARGETS: [&str; 2] = ["path", "routeKey"];

pub(super) fn text<'f>(fields: &'f Fields, name: &str) -> Option<&'f str> {
    fields.get(name)?.as_str()
}

/// Formats a request that the twin logged.
pub(super) fn twin_request(fields: &Fields) -> String {
    let word = |name: &str| text(fields, name).map(ToOwned::to_owned);
    let duration = |name: &str, prefix: &str| Some(format!("{prefix}{}", milliseconds(fields.get(name)?)?));
    let flag =
        |name: &str, text: &str| (fields.get(name) == Some(&Value::Bool(true))).then(|| text.to_owned());
    let tokens = || {
        let (input, output) = (fields.get("input_tokens")?, fields.get("output_tokens")?);
        let cached = fields.get("cached_tokens").and_then(Value::as_u64).filter(|cached| *cached > 0);
        let cached = cached.map(|cached| format!(" ({cached} cached)")).unwrap_or_default();
        Some(format!("{input} tokens in{cached}, {output} out"))
    };
    let parts = [
        Some(format!("{} {} {}", shown(fields, "method"), shown(fields, "route"), shown(fields, "status"))),
        duration("duration_ms", ""),
        word("code"),
        duration("first_token_ms", "first token "),
        tokens(),
        word("model"),
        word("stop").filter(|stop| stop != "end_turn"),
        flag("cold", "cold start"),
        flag("unanswered", "not in the data files"),
        flag("summarized", "older turns were summarized"),
        flag("leak_held_back", "the system prompt was cut from the answer"),
        word("session").map(|session| format!("session {session}")),
        word("visitor").map(|visitor| format!("visitor {visitor}")),
        word("question").map(|question| format!("“{question}”")),
        fields
            .get("errors")
            .and_then(Value::as_array)
            .map(|errors| errors.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("; ")),
    ];
    joined(parts)
}

/// Formats a request that API Gateway or the local gateway logged.
pub(super) fn gateway_request(fields: &Fields) -> String {
    let duration = fields.get("ms").or_else(|| fields.get("latencyMs")).and_then(milliseconds);
    let throttled = fields.get("throttled") == Some(&Value::Bool(true));
    let target = REQUEST_TARGETS.into_iter().find(|name| fields.contains_key(*name)).unwrap_or_default();
    // Every request has this route, because the API has no other.
    let target = Some(shown(fields, target)).filter(|target| target != "$default");
    let request = [Some(shown(fields, "method")), target, Some(shown(fields, "status"))];
    let known = |name| text(fields, name).filter(|text| *text != "-").map(ToOwned::to_owned);
    let parts = [
        Some(request.into_iter().flatten().collect::<Vec<_>>().join(" ")),
        duration,
        fields.get("bytes").map(word).filter(|bytes| bytes != "-").map(|bytes| format!("{bytes} bytes")),
        throttled.then(|| "throttled".to_owned()),
        known("error").or_else(|| known("gatewayError")),
    ];
    joined(parts)
}

/// Formats a message and the other fields of the line.
pub(super) fn details(fields: &Fields) -> String {
    let known = ["time", "timestamp", "level", "message", "detail"];
    let others = fields.iter().filter(|(name, _)| !known.contains(&name.as_str()));
    let detail = match fields.get("detail") {
        Some(Value::Object(detail)) => pairs(detail.iter()),
        Some(Value::Null) | None => String::new(),
        Some(detail) => word(detail),
    };
    joined([text(fields, "message").map(ToOwned::to_owned), Some(detail), Some(pairs(others))])
}

fn pairs<'f>(fields: impl Iterator<Item = (&'f String, &'f Value)>) -> String {
    fields.map(|(name, value)| format!("{name}={}", word(value))).collect::<Vec<_>>().join(" ")
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

fn shown(fields: &Fields, name: &str) -> String {
    fields.get(name).map(word).unwrap_or_default()
}

/// Formats a duration in milliseconds. API Gateway logs numbers as strings.
fn milliseconds(value: &Value) -> Option<String> {
    let duration = value.as_f64().or_else(|| value.as_str()?.parse().ok())?;
    let duration = Duration::try_from_secs_f64(duration / 1000.0).ok()?;
    Some(if duration < Duration::from_millis(1) { "under 1 ms".to_owned() } else { human_duration(duration) })
}

fn joined(parts: impl IntoIterator<Item = Option<String>>) -> String {
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}
