//! The figures of a deploy benchmark, compared with their targets.

use std::fmt::Write;

use serde::Serialize;

use super::deploy_tool::Step;
use super::figure::{self, Figure, figure};
use super::measure::Sample;
use super::statistics::{float, median};

/// All measurements of one tool.
#[derive(Debug, Serialize)]
pub(super) struct Results {
    pub(super) tool: &'static str,
    pub(super) note: Option<&'static str>,
    pub(super) delay_ms: u64,
    /// Whether the twin streams, for which other targets apply.
    pub(super) streaming: bool,
    /// One sample for each step, in each run; `None` for steps that the tool does not support.
    pub(super) runs: Vec<Vec<Option<Sample>>>,
    /// The run with the longer delay, which depth is computed from.
    pub(super) deep: Vec<Option<Sample>>,
    pub(super) bytes: u64,
    pub(super) help_seconds: f64,
}

/// The targets that depend on whether the twin streams.
struct Targets {
    fresh_calls: f64,
    fresh_depth: f64,
    unchanged_calls: f64,
    domain_calls: f64,
}

const TARGETS: Targets = Targets {
    // 150, and the call that asks the new version a question.
    fresh_calls: 151.0,
    fresh_depth: 11.5,
    unchanged_calls: 50.0,
    // 60 % more calls than without a domain, and three more round trips.
    domain_calls: 77.0,
};
const STREAMING_TARGETS: Targets =
    Targets { fresh_calls: 165.0, fresh_depth: 12.0, unchanged_calls: 56.0, domain_calls: 83.0 };

fn figures(targets: &Targets) -> [Figure<Results>; 22] {
    [
        figure("fresh deploy", "s", Some(2.5), |results| results.seconds(Step::Fresh)),
        figure("", "calls", Some(targets.fresh_calls), |results| results.calls(Step::Fresh)),
        figure("", "deep", Some(targets.fresh_depth), |results| results.depth(Step::Fresh)),
        figure("nothing to change", "s", Some(0.6), |results| results.seconds(Step::Unchanged)),
        figure("", "calls", Some(targets.unchanged_calls), |results| results.calls(Step::Unchanged)),
        figure("", "deep", Some(2.5), |results| results.depth(Step::Unchanged)),
        figure("code and one page", "s", Some(2.0), |results| results.seconds(Step::Changed)),
        figure("", "calls", None, |results| results.calls(Step::Changed)),
        figure("", "deep", Some(10.0), |results| results.depth(Step::Changed)),
        figure("unchanged, domain", "s", None, |results| results.seconds(Step::DomainUnchanged)),
        figure("", "calls", Some(targets.domain_calls), |results| results.calls(Step::DomainUnchanged)),
        figure("", "deep", Some(7.0), |results| results.depth(Step::DomainUnchanged)),
        figure("preflight", "s", Some(1.0), |results| {
            results.median(Step::DomainPlanned, |sample| sample.preflight_seconds)
        }),
        figure("destroy", "s", Some(2.5), |results| results.seconds(Step::Destroy)),
        figure("", "calls", None, |results| results.calls(Step::Destroy)),
        figure("", "deep", Some(12.0), |results| results.depth(Step::Destroy)),
        figure("destroy, domain", "s", None, |results| results.seconds(Step::DomainDestroyed)),
        figure("", "calls", None, |results| results.calls(Step::DomainDestroyed)),
        figure("peak memory", "MiB", Some(40.0), |results| {
            results.median(Step::Fresh, |sample| sample.peak_mib)
        }),
        figure("CPU time", "s", Some(0.5), |results| {
            results.median(Step::Fresh, |sample| sample.cpu_seconds)
        }),
        figure("on disk", "MB", Some(30.0), |results| float(results.bytes) / 1e6),
        figure("--help", "ms", Some(10.0), |results| results.help_seconds * 1000.0),
    ]
}

impl Results {
    fn median(&self, step: Step, of: fn(&Sample) -> f64) -> f64 {
        let samples = self.runs.iter().filter_map(|run| run.get(step as usize)?.as_ref());
        median(samples.map(of).collect())
    }

    fn seconds(&self, step: Step) -> f64 {
        self.median(step, |sample| sample.seconds)
    }

    fn calls(&self, step: Step) -> f64 {
        self.median(step, |sample| float(sample.calls))
    }

    fn depth(&self, step: Step) -> f64 {
        self.deep.get(step as usize).and_then(Option::as_ref).map_or(f64::NAN, |sample| sample.depth)
    }
}

pub(super) fn table(results: &[Results]) -> String {
    let columns: Vec<_> = results.iter().map(|one| (one.tool, one)).collect();
    let targets = if results.iter().any(|one| one.streaming) { &STREAMING_TARGETS } else { &TARGETS };
    let mut text = figure::table(&figures(targets), &columns);
    let Some(ours) = results.first() else { return text };
    let (runs, delay) = (ours.runs.len(), ours.delay_ms);
    let _ = writeln!(
        text,
        "\nMedians of {runs} runs at {delay} ms per call; depth from one more run at 300 ms per call."
    );
    let _ = writeln!(text, "Memory (of the largest process) and CPU time are those of the fresh deploy.");
    for note in results.iter().filter_map(|one| one.note) {
        let _ = writeln!(text, "{note}");
    }
    text
}
