//! The figures of the last minutes and of the day, and the alarms that they set off: those of AWS that make sense here.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::{
    targets::local::gateway::route::{Route, route},
    twin::logs::{LogLine, Source},
};

const WINDOW_MINUTES: i64 = 5;
const MINUTES_OF_DAY: i64 = 24 * 60;
/// An answer of a model is interrupted after 29 seconds on AWS, and later here.
const SLOW_MS: u64 = 25_000;
const TOKENS: [&str; 4] = ["input_tokens", "output_tokens", "summary_input_tokens", "summary_output_tokens"];

/// Counts by the minute since 1970.
#[derive(Debug, Default)]
pub(super) struct Figures {
    minutes: BTreeMap<i64, Counts>,
    tokens_by_day: BTreeMap<i64, u64>,
}

#[derive(Debug, Default)]
struct Counts {
    responses: u64,
    failed_responses: u64,
    slow_responses: u64,
    messages: u64,
    failed_messages: u64,
    model_errors: u64,
}

impl Figures {
    pub(super) fn add(&mut self, line: &LogLine) {
        let (Some(at), Some(fields)) = (line.at, line.fields()) else { return };
        let counts = self.minutes.entry(minute(at)).or_default();
        let flag = |name: &str| fields.get(name) == Some(&Value::Bool(true));
        let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
        match line.source() {
            Source::Requests if route(text("path"), &BTreeMap::new()) == Route::Api => {
                counts.responses += 1;
                counts.failed_responses += u64::from(number(fields, "status") >= 500 || flag("broken"));
                counts.slow_responses += u64::from(number(fields, "ms") > SLOW_MS);
            }
            Source::Twin if text("route") == "chat" => {
                counts.messages += 1;
                counts.failed_messages += number(fields, "failed");
                counts.model_errors += u64::from(text("code").starts_with("model_"));
                let day = self.tokens_by_day.entry(minute(at) / MINUTES_OF_DAY).or_default();
                *day += TOKENS.iter().map(|name| number(fields, name)).sum::<u64>();
            }
            Source::Requests | Source::Twin => {}
        }
    }

    /// Returns the alarms that are due, with their reasons.
    pub(super) fn due(
        &mut self,
        now: Timestamp,
        daily_tokens: Option<u32>,
    ) -> BTreeMap<&'static str, String> {
        let (oldest, today) = (minute(now) - WINDOW_MINUTES, minute(now) / MINUTES_OF_DAY);
        // The clock may have been ahead.
        self.minutes.retain(|at, _| *at > oldest && *at <= minute(now) + 1);
        self.tokens_by_day.retain(|day, _| *day >= today);
        let sum = |field: fn(&Counts) -> u64| self.minutes.values().map(field).sum::<u64>();
        let share = |part: u64, whole: u64, most: u64| part * 100 > whole * most;
        let (responses, messages) = (sum(|counts| counts.responses), sum(|counts| counts.messages));
        let (failed, slow) = (sum(|counts| counts.failed_responses), sum(|counts| counts.slow_responses));
        let (unanswered, model) = (sum(|counts| counts.failed_messages), sum(|counts| counts.model_errors));
        let tokens = self.tokens_by_day.get(&today).copied().unwrap_or_default();
        let most = daily_tokens.map_or(u64::MAX, u64::from);
        let all = [
            ("api-5xx", share(failed, responses, 1), format!("{failed} of {responses} responses failed")),
            (
                "duration",
                share(slow, responses, 5),
                format!("{slow} of {responses} responses took more than 25 seconds"),
            ),
            (
                "function-errors",
                share(unanswered, messages, 5),
                format!("{unanswered} of {messages} messages failed"),
            ),
            ("model-errors", model > 0, format!("the model failed or was throttled: {model} of {messages}")),
            ("tokens", tokens > most, format!("{tokens} tokens today, more than {most}")),
        ];
        all.into_iter().filter(|(_, is_due, _)| *is_due).map(|(name, _, reason)| (name, reason)).collect()
    }
}

fn minute(at: Timestamp) -> i64 {
    at.as_second().div_euclid(60)
}

fn number(fields: &Map<String, Value>, name: &str) -> u64 {
    fields.get(name).and_then(Value::as_u64).unwrap_or_default()
}
