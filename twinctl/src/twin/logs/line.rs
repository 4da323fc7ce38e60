//! A line of a log.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::fields::{REQUEST_TARGETS, details, gateway_request, text, twin_request};
use crate::ui::plain;

/// One of a twin's two logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The twin's own log.
    Twin,
    /// One line for each request to the API.
    Requests,
}

/// Fields of a request that API Gateway or the local gateway logged. The twin logs a `route` instead of a path.
const REQUEST_FIELDS: [&str; 2] = ["method", "status"];

#[derive(Debug, Clone)]
pub(crate) struct LogLine {
    raw: String,
    /// The time that the log service recorded, or else the time in the line.
    pub(crate) at: Option<Timestamp>,
    fields: Option<Map<String, Value>>,
}

impl LogLine {
    pub(crate) fn parse(raw: &str, at: Option<Timestamp>) -> Self {
        let raw = raw.trim_end().to_owned();
        let fields: Option<Map<String, Value>> = serde_json::from_str(&raw).ok();
        let in_line = || {
            let fields = fields.as_ref()?;
            ["time", "timestamp", "at"].iter().find_map(|name| text(fields, name)?.parse().ok())
        };
        Self { at: at.or_else(in_line), raw, fields }
    }

    /// Returns the log to which the line belongs, if a log group contains both.
    pub(crate) fn source(&self) -> Source {
        let is_request = |fields: &Map<String, Value>| {
            REQUEST_FIELDS.iter().all(|name| fields.contains_key(*name))
                && REQUEST_TARGETS.iter().any(|name| fields.contains_key(*name))
                && !fields.contains_key("route")
        };
        if self.fields.as_ref().is_some_and(is_request) { Source::Requests } else { Source::Twin }
    }

    /// Returns whether the line is an error of the twin or of a request. A line that is not JSON is the output of a panic, or
    /// Lambda's line about an invocation that failed.
    pub(crate) fn is_error(&self) -> bool {
        match &self.fields {
            Some(fields) => match self.source() {
                Source::Twin => text(fields, "level") == Some("error"),
                Source::Requests => level_of(status(fields)) == "error",
            },
            None => !self.raw.is_empty() && !is_invocation_line(&self.raw),
        }
    }

    /// Returns the correlation ID of the request to which the line belongs.
    pub(crate) fn correlation_id(&self) -> Option<&str> {
        text(self.fields.as_ref()?, "correlation_id")
    }

    /// Returns the fields of a JSON line.
    pub(crate) fn fields(&self) -> Option<&Map<String, Value>> {
        self.fields.as_ref()
    }

    /// Returns the line as a JSON object.
    pub(crate) fn into_fields(self) -> Value {
        self.fields.map_or_else(|| json!({ "message": self.raw }), Value::Object)
    }

    /// Returns the JSON of the line unchanged. A line that is not JSON becomes the message of an object.
    pub(crate) fn json(&self) -> String {
        match &self.fields {
            Some(_) => self.raw.clone(),
            None => json!({ "time": self.at, "message": self.raw }).to_string(),
        }
    }

    /// Formats the line for a terminal. Returns `None` for Lambda's own lines about invocations.
    pub(crate) fn readable(&self) -> Option<String> {
        let (level, text) = match &self.fields {
            Some(fields) if self.source() == Source::Requests => {
                (level_of(status(fields)).to_owned(), gateway_request(fields))
            }
            Some(fields) => {
                let level = text(fields, "level").unwrap_or_default().to_owned();
                let request = fields.contains_key("route");
                (level, if request { twin_request(fields) } else { details(fields) })
            }
            None if is_invocation_line(&self.raw) => return None,
            None => (String::new(), self.raw.clone()),
        };
        let at = self.at.and_then(|at| Timestamp::from_second(at.as_second()).ok());
        let at = at.map_or_else(|| " ".repeat(20), |at| at.to_string());
        Some(format!("{at} {:<5} {}", plain(&level), plain(&text).replace('\n', "\n  ")))
    }
}

/// Returns the status of a request. API Gateway logs numbers as strings.
fn status(fields: &Map<String, Value>) -> u64 {
    let number = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok());
    fields.get("status").and_then(number).unwrap_or_default()
}

fn level_of(status: u64) -> &'static str {
    match status {
        500.. => "error",
        400.. => "warn",
        _ => "info",
    }
}

/// Returns whether Lambda wrote the line about a successful invocation.
fn is_invocation_line(text: &str) -> bool {
    let prefixes = ["START RequestId: ", "END RequestId: ", "REPORT RequestId: ", "INIT_START "];
    prefixes.iter().any(|prefix| text.starts_with(prefix)) && !text.contains("Status: ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_formatted_for_a_terminal() {
        let lines = [
            r#"{"level":"info","correlation_id":"c","method":"POST","route":"chat","status":200,"cold":true,"session":"3f2a","model":"amazon.nova-micro-v1:0","stop":"end_turn","load_ms":4.11,"first_token_ms":340.2,"model_ms":800.1,"save_ms":6.0,"input_tokens":1200,"cached_tokens":900,"output_tokens":85,"time":"2026-11-21T05:01:50.123456Z","duration_ms":1812.34,"_aws":{"Timestamp":1},"environment":"dev","failed":0,"unanswered_count":0}"#,
            r#"{"level":"error","correlation_id":"c","method":"POST","route":"chat","status":503,"cold":false,"code":"model_busy","errors":["the model did not answer: 429"],"stop":"max_tokens","unanswered":true,"summarized":true,"leak_held_back":true,"question":"Who are you?","time":"2026-11-21T05:01:51Z","duration_ms":3.5}"#,
            r#"{"level":"info","correlation_id":"c","method":"GET","route":"health","status":200,"cold":false,"time":"2026-11-21T05:01:52Z","duration_ms":0.05}"#,
            r#"{"time":"2026-11-21T05:01:53Z","level":"warn","message":"the persona could not be read","detail":{"bucket":"b","tries":3}}"#,
            r#"{"time":"2026-11-21T05:01:53Z","level":"info","message":"ready","detail":null}"#,
            r#"{"timestamp":"2026-11-21T05:01:54Z","level":"warn","message":"twin-lambda ended","from":"gateway","code":1}"#,
            r#"{"at":"2026-11-21T05:01:55Z","method":"POST","path":"/api/chat","status":429,"ms":0.4,"bytes":120,"throttled":true}"#,
            r#"{"requestId":"r","time":"21/Nov/2026:05:01:50 +0000","method":"GET","path":"/api/health","status":"200","latencyMs":"12","error":"-"}"#,
            r#"{"requestId":"r","time":"?","method":"POST","path":"/api/chat","status":"503","latencyMs":"30001","error":"Endpoint request timed out"}"#,
            r#"{"odd":"one","n":[1,2]}"#,
            "thread 'main' panicked at src/main.rs:1:1:\u{1b}[31m\n  note",
            "START RequestId: 1 Version: 7",
            "REPORT RequestId: 1\tDuration: 3.00 ms",
            "REPORT RequestId: 1\tDuration: 30000.00 ms\tStatus: timeout",
            "[1]",
        ];
        let shown: Vec<_> = lines
            .iter()
            .map(|line| LogLine::parse(line, None).readable().unwrap_or_else(|| "(left out)".to_owned()))
            .collect();
        insta::assert_snapshot!(shown.join("\n"));
    }

    #[test]
    fn the_log_of_a_line_is_recognized() {
        let table = [
            (r#"{"method":"GET","path":"/","status":"200"}"#, Source::Requests),
            (r#"{"method":"GET","routeKey":"$default","status":"200"}"#, Source::Requests),
            (r#"{"method":"GET","path":"/","status":200,"route":"root"}"#, Source::Twin),
            (r#"{"message":"ready"}"#, Source::Twin),
            ("START RequestId: 1", Source::Twin),
            ("null", Source::Twin),
        ];
        for (raw, source) in table {
            assert_eq!(LogLine::parse(raw, None).source(), source, "{raw}");
        }
    }

    #[test]
    fn errors_are_recognized() {
        let table = [
            (r#"{"level":"error","route":"chat","status":200}"#, true),
            (r#"{"level":"warn","route":"chat","status":422}"#, false),
            (r#"{"level":"info","route":"chat","status":200}"#, false),
            (r#"{"method":"POST","path":"/api/chat","status":502}"#, true),
            (r#"{"method":"POST","routeKey":"$default","status":"503"}"#, true),
            (r#"{"method":"POST","path":"/api/chat","status":429}"#, false),
            ("thread 'main' panicked at src/main.rs:1:1:", true),
            ("REPORT RequestId: 1\tDuration: 30000.00 ms\tStatus: timeout", true),
            ("REPORT RequestId: 1\tDuration: 3.00 ms", false),
            ("START RequestId: 1 Version: 7", false),
            ("", false),
        ];
        for (raw, expected) in table {
            assert_eq!(LogLine::parse(raw, None).is_error(), expected, "{raw}");
        }
    }

    #[test]
    fn json_lines_are_unchanged() {
        let at = "2026-11-21T05:01:50Z".parse().ok();
        let object = r#"{ "z": 1, "a": 2.50 }"#;
        assert_eq!(LogLine::parse(&format!("{object}\n"), at).json(), object);
        let text = LogLine::parse("panicked\tat\n", at).json();
        assert_eq!(text, r#"{"message":"panicked\tat","time":"2026-11-21T05:01:50Z"}"#);
    }
}
