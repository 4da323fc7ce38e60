//! One line of a log: what it is, and how people read it.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    Source,
    fields::{details, of_request, of_visit, text},
};
use crate::ui::plain;

/// What the gateway notes of a request, and what the front door does: without the twin's own words for it.
const VISIT: [&str; 3] = ["method", "path", "status"];

#[derive(Debug, Clone)]
pub(crate) struct LogLine {
    raw: String,
    /// What the log says of the time, or else the line itself.
    pub(crate) at: Option<Timestamp>,
    fields: Option<Map<String, Value>>,
}

impl LogLine {
    pub(crate) fn parse(raw: &str, at: Option<Timestamp>) -> Self {
        let raw = raw.trim_end().to_owned();
        let fields: Option<Map<String, Value>> = serde_json::from_str(&raw).ok();
        let own = || {
            let fields = fields.as_ref()?;
            ["time", "timestamp", "at"].iter().find_map(|name| text(fields, name)?.parse().ok())
        };
        Self { at: at.or_else(own), raw, fields }
    }

    /// Which of the logs it belongs to, where several are in one.
    pub(crate) fn source(&self) -> Source {
        let visit = |fields: &Map<String, Value>| VISIT.iter().all(|name| fields.contains_key(*name));
        let visit = self.fields.as_ref().is_some_and(|fields| visit(fields) && !fields.contains_key("route"));
        if visit { Source::Requests } else { Source::Twin }
    }

    /// Something went wrong, in the twin's own words; what is no object is the last cry of a process.
    pub(crate) fn is_trouble(&self) -> bool {
        match &self.fields {
            Some(fields) => self.source() == Source::Twin && text(fields, "level") == Some("error"),
            None => !self.raw.is_empty(),
        }
    }

    /// What it says, as fields of an object.
    pub(crate) fn into_fields(self) -> Value {
        self.fields.map_or_else(|| json!({ "message": self.raw }), Value::Object)
    }

    /// As it was written; in an object where it was none.
    pub(crate) fn json(&self) -> String {
        match &self.fields {
            Some(_) => self.raw.clone(),
            None => json!({ "time": self.at, "message": self.raw }).to_string(),
        }
    }

    /// For people. None for what only Lambda has a use for.
    pub(crate) fn readable(&self) -> Option<String> {
        let (level, said) = match &self.fields {
            Some(fields) if self.source() == Source::Requests => {
                let status = fields.get("status").map(number).unwrap_or_default();
                (level_of(status).to_owned(), of_visit(fields))
            }
            Some(fields) => {
                let level = text(fields, "level").unwrap_or_default().to_owned();
                let request = fields.contains_key("route");
                (level, if request { of_request(fields) } else { details(fields) })
            }
            None if is_bookkeeping(&self.raw) => return None,
            None => (String::new(), self.raw.clone()),
        };
        let at = self.at.and_then(|at| Timestamp::from_second(at.as_second()).ok());
        let at = at.map_or_else(|| " ".repeat(20), |at| at.to_string());
        Some(format!("{at} {:<5} {}", plain(&level), plain(&said).replace('\n', "\n  ")))
    }
}

/// The gateway writes numbers as text.
fn number(value: &Value) -> u64 {
    value.as_u64().or_else(|| value.as_str()?.parse().ok()).unwrap_or_default()
}

fn level_of(status: u64) -> &'static str {
    match status {
        500.. => "error",
        400.. => "warn",
        _ => "info",
    }
}

/// What Lambda writes about every call, unless the call failed.
fn is_bookkeeping(text: &str) -> bool {
    let about_a_call = ["START RequestId: ", "END RequestId: ", "REPORT RequestId: ", "INIT_START "];
    about_a_call.iter().any(|beginning| text.starts_with(beginning)) && !text.contains("Status: ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_line_as_people_read_it() {
        let lines = [
            r#"{"level":"info","correlation_id":"c","method":"POST","route":"chat","status":200,"cold":true,"session":"3f2a","model":"amazon.nova-micro-v1:0","stop":"end_turn","load_ms":4.11,"first_token_ms":340.2,"model_ms":800.1,"save_ms":6.0,"input_tokens":1200,"output_tokens":85,"time":"2026-11-21T05:01:50.123456Z","duration_ms":1812.34,"_aws":{"Timestamp":1},"environment":"dev","failed":0,"unanswered_count":0}"#,
            r#"{"level":"error","correlation_id":"c","method":"POST","route":"chat","status":503,"cold":false,"code":"model_busy","errors":["the model did not answer: 429"],"stop":"max_tokens","unanswered":true,"leak_held_back":true,"question":"Who are you?","time":"2026-11-21T05:01:51Z","duration_ms":3.5}"#,
            r#"{"level":"info","correlation_id":"c","method":"GET","route":"health","status":200,"cold":false,"time":"2026-11-21T05:01:52Z","duration_ms":0.05}"#,
            r#"{"time":"2026-11-21T05:01:53Z","level":"warn","message":"the persona could not be read","detail":{"bucket":"b","tries":3}}"#,
            r#"{"time":"2026-11-21T05:01:53Z","level":"info","message":"ready","detail":null}"#,
            r#"{"timestamp":"2026-11-21T05:01:54Z","level":"warn","message":"twin-lambda ended","from":"front door","code":1}"#,
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
    fn two_logs_in_one_are_told_apart() {
        let table = [
            (r#"{"method":"GET","path":"/","status":"200"}"#, Source::Requests),
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
    fn machines_get_each_line_as_it_was_written() {
        let at = "2026-11-21T05:01:50Z".parse().ok();
        let object = r#"{ "z": 1, "a": 2.50 }"#;
        assert_eq!(LogLine::parse(&format!("{object}\n"), at).json(), object);
        let text = LogLine::parse("panicked\tat\n", at).json();
        assert_eq!(text, r#"{"message":"panicked\tat","time":"2026-11-21T05:01:50Z"}"#);
    }
}
