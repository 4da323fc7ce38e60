//! The fields of a log line that people want to see, in words.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::system::clock::spoken;

type Fields = Map<String, Value>;

pub(super) fn text<'f>(fields: &'f Fields, name: &str) -> Option<&'f str> {
    fields.get(name)?.as_str()
}

/// A request as the twin tells it.
pub(super) fn of_request(fields: &Fields) -> String {
    let word = |name: &str| text(fields, name).map(ToOwned::to_owned);
    let length = |name: &str, what: &str| Some(format!("{what}{}", milliseconds(fields.get(name)?)?));
    let told =
        |name: &str, what: &str| (fields.get(name) == Some(&Value::Bool(true))).then(|| what.to_owned());
    let tokens = || {
        let (input, output) = (fields.get("input_tokens")?, fields.get("output_tokens")?);
        Some(format!("{input} tokens in, {output} out"))
    };
    let parts = [
        Some(format!("{} {} {}", shown(fields, "method"), shown(fields, "route"), shown(fields, "status"))),
        length("duration_ms", ""),
        word("code"),
        length("first_token_ms", "first token "),
        tokens(),
        word("model"),
        word("stop").filter(|stop| stop != "end_turn"),
        told("cold", "cold start"),
        told("unanswered", "not in the notes"),
        told("leak_held_back", "a recital of the instructions was cut off"),
        word("session").map(|session| format!("session {session}")),
        word("question").map(|question| format!("“{question}”")),
        fields
            .get("errors")
            .and_then(Value::as_array)
            .map(|errors| errors.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("; ")),
    ];
    joined(parts)
}

/// A request as the gateway or the front door tells it.
pub(super) fn of_visit(fields: &Fields) -> String {
    let length = fields.get("ms").or_else(|| fields.get("latencyMs")).and_then(milliseconds);
    let throttled = fields.get("throttled") == Some(&Value::Bool(true));
    let parts = [
        Some(format!("{} {} {}", shown(fields, "method"), shown(fields, "path"), shown(fields, "status"))),
        length,
        fields.get("bytes").map(|bytes| format!("{bytes} bytes")),
        throttled.then(|| "throttled".to_owned()),
        text(fields, "error").filter(|error| *error != "-").map(ToOwned::to_owned),
    ];
    joined(parts)
}

/// A message, and what else the line says.
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

/// A number, or one as text, as the gateway writes it.
fn milliseconds(value: &Value) -> Option<String> {
    let length = value.as_f64().or_else(|| value.as_str()?.parse().ok())?;
    let length = Duration::try_from_secs_f64(length / 1000.0).ok()?;
    Some(if length < Duration::from_millis(1) { "under 1 ms".to_owned() } else { spoken(length) })
}

fn joined(parts: impl IntoIterator<Item = Option<String>>) -> String {
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}
