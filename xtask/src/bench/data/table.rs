//! The results of all tools, and how they compare.

use std::fmt::Write;

use clap::ValueEnum;
use serde::Serialize;

use super::super::measure::Sample;
use super::super::statistics::{float, median};

/// The measured steps, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(super) enum Step {
    /// The bucket is empty.
    Fresh,
    /// The files are unchanged.
    Unchanged,
    /// The same bytes, written again.
    Rebuilt,
}

/// All measurements of one tool.
#[derive(Debug, Serialize)]
pub(super) struct Results {
    pub(super) tool: &'static str,
    /// One sample for each step, in each run.
    pub(super) runs: Vec<Vec<Sample>>,
}

/// For each step, the factors by which twinctl must beat the best other tool in time and in CPU time. 0 is no target.
const TARGETS: [(Step, &str, f64, f64); 3] = [
    (Step::Fresh, "fresh", 2.0, 0.0),
    (Step::Unchanged, "unchanged", 1.0, 4.0),
    (Step::Rebuilt, "same bytes rebuilt", 1.0, 4.0),
];

impl Results {
    fn median(&self, step: Step, of: impl Fn(&Sample) -> f64) -> f64 {
        let samples = self.runs.iter().filter_map(|run| run.get(step as usize));
        median(samples.map(of).collect())
    }
}

pub(super) fn table(results: &[Results], delay_ms: u64) -> String {
    let mut text = format!("400 files of 20 MB, {delay_ms} ms delay per call\n\n");
    for (step, name, faster, cheaper) in TARGETS {
        let _ = writeln!(text, "{name}");
        for tool in results {
            let seconds = tool.median(step, |sample| sample.seconds);
            let cpu = tool.median(step, |sample| sample.cpu_seconds);
            let calls = tool.median(step, |sample| float(sample.calls));
            let depth = tool.median(step, |sample| sample.depth);
            let _ = writeln!(
                text,
                "  {:<12} {seconds:>6.2} s   CPU {cpu:>5.2} s   {calls:>4.0} calls   {depth:>5.1} round trips",
                tool.tool
            );
        }
        let times = |of: fn(&Sample) -> f64| {
            let (ours, peers) = results.split_first()?;
            let best = peers.iter().map(|peer| peer.median(step, of)).min_by(f64::total_cmp)?;
            Some(best / ours.median(step, of))
        };
        let (time, cpu) = (times(|sample| sample.seconds), times(|sample| sample.cpu_seconds));
        for (quantity, times, target) in [("time", time, faster), ("CPU time", cpu, cheaper)] {
            let Some(times) = times else { continue };
            let verdict = match target {
                0.0 => String::new(),
                target if times >= target => format!("   (target ≥ {target}: ok)"),
                target => format!("   (target ≥ {target}: MISSED)"),
            };
            let _ = writeln!(text, "  the best other tool takes {times:.1}× the {quantity}{verdict}");
        }
        text.push('\n');
    }
    text
}
