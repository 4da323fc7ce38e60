//! The log: one JSON line for each request, including its metrics. It does not contain messages, except redacted questions
//! if `LOG_LEVEL` is `debug`. Lines below the level are left out, except those of messages: statistics, metrics and alarms are
//! made of them.

mod redact;

use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::clock;
use crate::config::LogLevel;
pub use redact::redact;

/// A log, with the settings that all its lines share.
#[derive(Clone, Debug)]
pub struct Log {
    sink: Sink,
    least: LogLevel,
    environment: Arc<str>,
    /// The number of requests whose lines are not written yet.
    pending: Arc<watch::Sender<usize>>,
}

#[derive(Clone, Debug)]
enum Sink {
    Stdout,
    Memory(Arc<Mutex<Vec<String>>>),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    #[default]
    Info,
    Warn,
    Error,
}

/// The fields of a request's line. Unknown ones are left out.
#[derive(Debug, Default, Serialize)]
pub struct Fields {
    pub level: Level,
    pub correlation_id: String,
    pub method: String,
    pub route: &'static str,
    pub status: u16,
    pub cold: bool,
    pub session: Option<String>,
    /// A hash of the visitor's address, which changes every day.
    pub visitor: Option<String>,
    pub model: Option<String>,
    pub stop: Option<String>,
    pub load_ms: Option<f64>,
    /// How long the turn waited for its reservation of the budget.
    pub budget_ms: Option<f64>,
    pub first_token_ms: Option<f64>,
    pub model_ms: Option<f64>,
    pub save_ms: Option<f64>,
    /// All input tokens, including the cached ones.
    pub input_tokens: Option<u64>,
    /// Input tokens that were read from the model's cache, and written into it.
    pub cached_tokens: Option<u64>,
    pub cache_written_tokens: Option<u64>,
    pub output_tokens: Option<u64>,
    /// The tokens of a call that summarized the conversation.
    pub summary_input_tokens: Option<u64>,
    pub summary_output_tokens: Option<u64>,
    pub summary_cached_tokens: Option<u64>,
    pub summary_cache_written_tokens: Option<u64>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unanswered: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub summarized: bool,
    /// Whether the model was not asked, because the budget is used up.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub over_budget: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub leak_held_back: bool,
    pub question: Option<String>,
    /// Why the turn is not remembered, if it is not.
    pub memory: Option<&'static str>,
    pub code: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<String>,
}

/// The line of one request. Each clone can add to it; it is written when the last clone is dropped.
#[derive(Clone, Debug)]
pub struct Record(Arc<Line>);

#[derive(Debug)]
struct Line {
    log: Log,
    start: Instant,
    fields: Mutex<Fields>,
}

impl Log {
    pub fn stdout(least: LogLevel, environment: &str) -> Self {
        Self::new(Sink::Stdout, least, environment)
    }

    /// Creates a log that collects its lines, for tests.
    pub fn in_memory(least: LogLevel) -> (Self, Arc<Mutex<Vec<String>>>) {
        let lines = Arc::new(Mutex::new(Vec::new()));
        (Self::new(Sink::Memory(Arc::clone(&lines)), least, "test"), lines)
    }

    fn new(sink: Sink, least: LogLevel, environment: &str) -> Self {
        Self { sink, least, environment: environment.into(), pending: Arc::new(watch::Sender::new(0)) }
    }

    pub fn record(&self, fields: Fields) -> Record {
        self.pending.send_modify(|count| *count += 1);
        Record(Arc::new(Line { log: self.clone(), start: Instant::now(), fields: Mutex::new(fields) }))
    }

    /// Waits until the lines of all requests are written. Each task that works for a request holds its line.
    pub async fn finished(&self) {
        // The sender is not closed, because this log holds it.
        drop(self.pending.subscribe().wait_for(|count| *count == 0).await);
    }

    /// Writes a line that does not belong to a request.
    pub fn event(&self, level: Level, message: &str, detail: &Value) {
        if self.includes(level) {
            self.announce(level, message, detail);
        }
    }

    /// Writes a line for another program, regardless of the log level.
    pub fn announce(&self, level: Level, message: &str, detail: &Value) {
        let time = clock::now();
        self.write(&json!({"time": time, "level": level, "message": message, "detail": detail}));
    }

    fn includes(&self, level: Level) -> bool {
        match self.least {
            LogLevel::Debug | LogLevel::Info => true,
            LogLevel::Warn => level >= Level::Warn,
            LogLevel::Error => level == Level::Error,
        }
    }

    fn write(&self, line: &Value) {
        match &self.sink {
            // If the log cannot be written, the failure cannot be reported either.
            Sink::Stdout => drop(writeln!(std::io::stdout().lock(), "{line}")),
            Sink::Memory(lines) => lock(lines).push(line.to_string()),
        }
    }
}

impl Record {
    pub fn update(&self, change: impl FnOnce(&mut Fields)) {
        change(&mut lock(&self.0.fields));
    }

    pub fn warn(&self, message: String) {
        self.update(|fields| {
            fields.level = fields.level.max(Level::Warn);
            fields.errors.push(message);
        });
    }

    /// Adds the visitor's question, if the settings allow it.
    pub fn question(&self, text: &str) {
        if self.0.log.least == LogLevel::Debug {
            self.update(|fields| fields.question = Some(redact(text)));
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.write();
        self.log.pending.send_modify(|count| *count -= 1);
    }
}

impl Line {
    fn write(&mut self) {
        let fields = self.fields.get_mut().unwrap_or_else(PoisonError::into_inner);
        let is_message = fields.route == "chat";
        if !is_message && !self.log.includes(fields.level) {
            return;
        }
        let Ok(Value::Object(known)) = serde_json::to_value(&*fields) else {
            return;
        };
        let mut line = Value::Null;
        for (name, value) in known.into_iter().filter(|(_, value)| !value.is_null()) {
            line[name] = value;
        }
        line["time"] = json!(clock::now());
        line["duration_ms"] = json!(millis_since(self.start));
        if is_message {
            add_metrics(&mut line, &self.log.environment, fields);
        }
        self.log.write(&line);
    }
}

/// Describes the line's metrics in the embedded metric format, so that Amazon extracts them from the log.
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
    // A stream that fails has the status 200.
    let failed = fields.status >= 500 || fields.level == Level::Error;
    line["failed"] = u8::from(failed).into();
    line["unanswered_count"] = u8::from(fields.unanswered).into();
    line["_aws"] = json!({
        "Timestamp": clock::now().as_millisecond(),
        "CloudWatchMetrics": [{"Namespace": "twinctl", "Dimensions": [["environment"]], "Metrics": metrics}],
    });
}

/// Returns the milliseconds since `start`, with two decimals.
pub fn millis_since(start: Instant) -> f64 {
    (start.elapsed().as_secs_f64() * 100_000.0).round() / 100.0
}

/// Returns an error and its causes on one line.
pub fn error_chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// Locks a mutex even if a thread panicked while it held the lock: lines and fields are always valid.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
