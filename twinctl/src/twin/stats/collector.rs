//! Collects statistics from log lines.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use contract::pause;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use persona::price::{Usage, of_call};
use serde_json::{Map, Value};

use super::{Day, Figures, Stats};
use crate::twin::{cost::Setup, logs::LogLine};

/// Collects the turns of a period.
#[derive(Debug)]
pub(crate) struct Collector {
    since: Timestamp,
    until: Timestamp,
    setup: Setup,
    days: BTreeMap<Date, Turns>,
    unpriced_models: BTreeSet<String>,
}

/// The turns of a day or of a period.
#[derive(Debug, Default)]
struct Turns {
    figures: Figures,
    visitors: HashSet<String>,
    conversations: HashSet<String>,
    durations: Vec<f64>,
}

impl Collector {
    pub(crate) fn new(since: Timestamp, until: Timestamp, setup: Setup) -> Self {
        let (first, last) = (date(since), date(until));
        let mut days = BTreeMap::new();
        let mut day = Some(first);
        while let Some(date) = day.filter(|day| *day <= last) {
            days.insert(date, Turns::default());
            day = date.tomorrow().ok();
        }
        Self { since, until, setup, days, unpriced_models: BTreeSet::new() }
    }

    /// Adds a line, if it describes a turn in the period.
    pub(crate) fn add(&mut self, line: &LogLine) {
        let (Some(at), Some(fields)) = (line.at, line.fields()) else { return };
        if at < self.since || fields.get("route") != Some(&Value::from("chat")) {
            return;
        }
        let status = count(fields, "status");
        // A message that was refused, for example because of the throttle, a pause or a block, is no turn.
        let is_paused = fields.get("code").is_some_and(|code| code == pause::CODE);
        if is_paused || (status != 200 && status < 500) {
            return;
        }
        let usd = self.usd(fields);
        let Some(day) = self.days.get_mut(&date(at)) else { return };
        day.add(fields, usd);
    }

    /// Returns the price of a turn's tokens.
    fn usd(&mut self, fields: &Map<String, Value>) -> f64 {
        let model = fields.get("model").and_then(Value::as_str).unwrap_or_default();
        let Some(provider) = self.setup.provider_of(model) else { return 0.0 };
        let call = |prefix: &str| {
            let count = |name: &str| count(fields, &format!("{prefix}{name}"));
            Usage {
                input: count("input_tokens"),
                output: count("output_tokens"),
                cached: count("cached_tokens"),
                cache_written: count("cache_written_tokens"),
            }
        };
        let (answer, summary) = (call(""), call("summary_"));
        if answer.input + answer.output + summary.input == 0 {
            return 0.0;
        }
        let usd = |usage| of_call(provider, model, usage);
        let both = usd(answer).zip(usd(summary)).map(|(answer, summary)| answer + summary);
        if both.is_none() {
            self.unpriced_models.insert(model.to_owned());
        }
        both.unwrap_or_default()
    }

    pub(crate) fn finish(self) -> Stats {
        let mut total = Turns::default();
        let mut days = Vec::with_capacity(self.days.len());
        for (date, mut turns) in self.days {
            total.merge(&turns);
            days.push(Day { date, figures: turns.finish() });
        }
        let total = total.finish();
        let unpriced_models = self.unpriced_models;
        Stats { since: self.since, until: self.until, total, days, unpriced_models }
    }
}

impl Turns {
    fn add(&mut self, fields: &Map<String, Value>, usd: f64) {
        let text = |name: &str| fields.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
        self.visitors.extend(text("visitor"));
        self.conversations.extend(text("session"));
        let figures = &mut self.figures;
        figures.usd += usd;
        figures.input_tokens += count(fields, "input_tokens") + count(fields, "summary_input_tokens");
        figures.cached_tokens += count(fields, "cached_tokens") + count(fields, "summary_cached_tokens");
        figures.output_tokens += count(fields, "output_tokens") + count(fields, "summary_output_tokens");
        if count(fields, "failed") > 0 || count(fields, "status") >= 500 {
            figures.failed += 1;
            return;
        }
        figures.turns += 1;
        figures.unanswered += u64::from(fields.get("unanswered") == Some(&Value::Bool(true)));
        self.durations.extend(fields.get("duration_ms").and_then(Value::as_f64));
    }

    /// Adds another day. A visitor has another hash on each day, so visitors are added up.
    fn merge(&mut self, day: &Self) {
        let (sum, other) = (&mut self.figures, &day.figures);
        sum.turns += other.turns;
        sum.unanswered += other.unanswered;
        sum.failed += other.failed;
        sum.input_tokens += other.input_tokens;
        sum.cached_tokens += other.cached_tokens;
        sum.output_tokens += other.output_tokens;
        sum.usd += other.usd;
        self.visitors.extend(day.visitors.iter().cloned());
        self.conversations.extend(day.conversations.iter().cloned());
        self.durations.extend(&day.durations);
    }

    fn finish(&mut self) -> Figures {
        self.durations.sort_by(f64::total_cmp);
        Figures {
            visitors: self.visitors.len() as u64,
            conversations: self.conversations.len() as u64,
            p50_ms: percentile(&self.durations, 50),
            p95_ms: percentile(&self.durations, 95),
            ..std::mem::take(&mut self.figures)
        }
    }
}

/// Returns the smallest value that is not less than `percent` percent of all, by the nearest rank.
fn percentile(sorted: &[f64], percent: usize) -> Option<f64> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

fn count(fields: &Map<String, Value>, name: &str) -> u64 {
    fields.get(name).and_then(Value::as_u64).unwrap_or_default()
}

fn date(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}
