//! One JSON line a request, with its metrics in it; nothing that was said, unless debugging asks for it.

mod redact;

use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::clock;
use crate::config::LogText;
pub use redact::redact;

/// Where lines go.
#[derive(Clone, Debug)]
pub struct Log {
    sink: Sink,
    text: LogText,
    environment: Arc<str>,
}

#[derive(Clone, Debug)]
enum Sink {
    Stdout,
    Kept(Arc<Mutex<Vec<String>>>),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    #[default]
    Info,
    Warn,
    Error,
}

/// What is known about one request; fields that stay unknown are left out.
#[derive(Debug, Default, Serialize)]
pub struct Fields {
    pub level: Level,
    pub correlation_id: String,
    pub method: String,
    pub route: &'static str,
    pub status: u16,
    pub cold: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_token_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub save_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_tokens: Option<u64>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unanswered: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub leak_held_back: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<String>,
}

/// One request's line: every clone adds to it, and it is written when the last one goes.
#[derive(Clone, Debug)]
pub struct Record(Arc<Line>);

#[derive(Debug)]
struct Line {
    log: Log,
    start: Instant,
    fields: Mutex<Fields>,
}

impl Log {
    pub fn stdout(text: LogText, environment: &str) -> Self {
        Self { sink: Sink::Stdout, text, environment: environment.into() }
    }

    /// Keeps its lines; for tests.
    pub fn kept(text: LogText) -> (Self, Arc<Mutex<Vec<String>>>) {
        let lines = Arc::new(Mutex::new(Vec::new()));
        (Self { sink: Sink::Kept(Arc::clone(&lines)), text, environment: "test".into() }, lines)
    }

    pub fn record(&self, fields: Fields) -> Record {
        Record(Arc::new(Line { log: self.clone(), start: Instant::now(), fields: Mutex::new(fields) }))
    }

    /// A line about something that no request asked for.
    pub fn say(&self, level: Level, message: &str, detail: &Value) {
        let time = clock::now();
        self.write(&json!({"time": time, "level": level, "message": message, "detail": detail}));
    }

    fn write(&self, line: &Value) {
        match &self.sink {
            // Where the log cannot be written there is nobody left to tell.
            Sink::Stdout => drop(writeln!(std::io::stdout().lock(), "{line}")),
            Sink::Kept(lines) => lock(lines).push(line.to_string()),
        }
    }
}

impl Record {
    pub fn note(&self, change: impl FnOnce(&mut Fields)) {
        change(&mut lock(&self.0.fields));
    }

    pub fn warn(&self, sentence: String) {
        self.note(|fields| {
            fields.level = fields.level.max(Level::Warn);
            fields.errors.push(sentence);
        });
    }

    /// What the visitor asked, where the owner's settings allow it in a log.
    pub fn question(&self, text: &str) {
        if self.0.log.text == LogText::Redacted {
            self.note(|fields| fields.question = Some(redact(text)));
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let fields = self.fields.get_mut().unwrap_or_else(PoisonError::into_inner);
        let Ok(mut line) = serde_json::to_value(&*fields) else {
            return;
        };
        line["time"] = json!(clock::now());
        line["duration_ms"] = json!(millis_since(self.start));
        if fields.route == "chat" {
            add_metrics(&mut line, &self.log.environment, fields);
        }
        self.log.write(&line);
    }
}

/// Amazon takes metrics out of a log line that describes them.
fn add_metrics(line: &mut Value, environment: &str, fields: &Fields) {
    let unit = |name: &str, unit: &str| json!({"Name": name, "Unit": unit});
    let mut metrics =
        vec![unit("duration_ms", "Milliseconds"), unit("failed", "Count"), unit("unanswered_count", "Count")];
    for (name, known) in
        [("model_ms", fields.model_ms.is_some()), ("first_token_ms", fields.first_token_ms.is_some())]
    {
        metrics.extend(known.then(|| unit(name, "Milliseconds")));
    }
    for (name, known) in
        [("input_tokens", fields.input_tokens.is_some()), ("output_tokens", fields.output_tokens.is_some())]
    {
        metrics.extend(known.then(|| unit(name, "Count")));
    }
    line["environment"] = environment.into();
    line["failed"] = u8::from(fields.status >= 500).into();
    line["unanswered_count"] = u8::from(fields.unanswered).into();
    line["_aws"] = json!({
        "Timestamp": clock::now().as_millisecond(),
        "CloudWatchMetrics": [{"Namespace": "twinctl", "Dimensions": [["environment"]], "Metrics": metrics}],
    });
}

impl Level {
    fn max(self, other: Self) -> Self {
        if self as u8 >= other as u8 { self } else { other }
    }
}

/// Milliseconds with two decimals: enough to compare, short to read.
pub fn millis_since(start: Instant) -> f64 {
    (start.elapsed().as_secs_f64() * 100_000.0).round() / 100.0
}

/// A writer that panicked left nothing half-written that matters.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
