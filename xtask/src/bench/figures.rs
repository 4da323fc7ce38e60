//! The figures of a deploy benchmark, compared with their targets.

use std::fmt::Write;

use serde::Serialize;

use super::deploy_tool::Step;
use super::measure::Sample;
use super::statistics::median;

/// All measurements of one tool.
#[derive(Debug, Serialize)]
pub(super) struct Results {
    pub(super) tool: &'static str,
    pub(super) note: Option<&'static str>,
    pub(super) delay_ms: u64,
    /// One sample for each step, in each run; `None` for steps that the tool does not support.
    pub(super) runs: Vec<Vec<Option<Sample>>>,
    /// The run with the longer delay, which depth is computed from.
    pub(super) deep: Vec<Option<Sample>>,
    pub(super) bytes: u64,
    pub(super) help_seconds: f64,
}

/// A line of the table.
struct Figure {
    name: &'static str,
    unit: &'static str,
    /// The highest acceptable value.
    target: Option<f64>,
    of: fn(&Results) -> f64,
}

const FIGURES: [Figure; 22] = [
    figure("fresh deploy", "s", Some(2.5), |results| results.median(Step::Fresh, |sample| sample.seconds)),
    figure("", "calls", Some(150.0), |results| results.median(Step::Fresh, calls)),
    figure("", "deep", Some(12.0), |results| results.depth(Step::Fresh)),
    figure("nothing to change", "s", Some(0.6), |results| {
        results.median(Step::Unchanged, |sample| sample.seconds)
    }),
    figure("", "calls", Some(50.0), |results| results.median(Step::Unchanged, calls)),
    figure("", "deep", Some(4.0), |results| results.depth(Step::Unchanged)),
    figure("code and one page", "s", Some(2.0), |results| {
        results.median(Step::Changed, |sample| sample.seconds)
    }),
    figure("", "calls", None, |results| results.median(Step::Changed, calls)),
    figure("", "deep", Some(10.0), |results| results.depth(Step::Changed)),
    figure("unchanged, domain", "s", None, |results| {
        results.median(Step::DomainUnchanged, |sample| sample.seconds)
    }),
    // 60 % more calls than without a domain, and three more round trips.
    figure("", "calls", Some(77.0), |results| results.median(Step::DomainUnchanged, calls)),
    figure("", "deep", Some(7.0), |results| results.depth(Step::DomainUnchanged)),
    figure("preflight", "s", Some(1.0), |results| {
        results.median(Step::DomainPlanned, |sample| sample.preflight_seconds)
    }),
    figure("destroy", "s", Some(2.5), |results| results.median(Step::Destroy, |sample| sample.seconds)),
    figure("", "calls", None, |results| results.median(Step::Destroy, calls)),
    figure("", "deep", Some(12.0), |results| results.depth(Step::Destroy)),
    figure("destroy, domain", "s", None, |results| {
        results.median(Step::DomainDestroyed, |sample| sample.seconds)
    }),
    figure("", "calls", None, |results| results.median(Step::DomainDestroyed, calls)),
    figure("peak memory", "MiB", Some(40.0), |results| results.median(Step::Fresh, |sample| sample.peak_mib)),
    figure("CPU time", "s", Some(0.5), |results| results.median(Step::Fresh, |sample| sample.cpu_seconds)),
    figure("on disk", "MB", Some(30.0), Results::megabytes),
    figure("--help", "ms", Some(10.0), |results| results.help_seconds * 1000.0),
];

const fn figure(
    name: &'static str,
    unit: &'static str,
    target: Option<f64>,
    of: fn(&Results) -> f64,
) -> Figure {
    Figure { name, unit, target, of }
}

impl Results {
    fn median(&self, step: Step, of: fn(&Sample) -> f64) -> f64 {
        let samples = self.runs.iter().filter_map(|run| run.get(step as usize)?.as_ref());
        median(samples.map(of).collect())
    }

    fn depth(&self, step: Step) -> f64 {
        self.deep.get(step as usize).and_then(Option::as_ref).map_or(f64::NAN, |sample| sample.depth)
    }

    #[expect(clippy::cast_precision_loss, reason = "a tool has less than 2^52 bytes")]
    fn megabytes(&self) -> f64 {
        self.bytes as f64 / 1e6
    }
}

#[expect(clippy::cast_precision_loss, reason = "a run makes less than 2^52 calls")]
fn calls(sample: &Sample) -> f64 {
    sample.calls as f64
}

/// One line per figure: our result and its target, then the result of each peer with its ratio to ours.
pub(super) fn table(results: &[Results]) -> String {
    let Some((ours, peers)) = results.split_first() else {
        return String::new();
    };
    let mut text = format!("{:<24}{:>10}{:>10}{:>6}", "figure", ours.tool, "target", "");
    for peer in peers {
        let _ = write!(text, "{:>12}{:>9}", peer.tool, "ratio");
    }
    text.push('\n');
    for figure in &FIGURES {
        text.push_str(&line(figure, ours, peers));
    }
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

fn line(figure: &Figure, ours: &Results, peers: &[Results]) -> String {
    let value = (figure.of)(ours);
    let target = figure.target.map_or_else(String::new, |target| format!("≤ {target}"));
    let verdict = match figure.target {
        Some(target) if value > target => "OVER",
        Some(_) => "ok",
        None => "",
    };
    let name = format!("{:<18}{:<6}", figure.name, figure.unit);
    let decimals = match figure.unit {
        "calls" => 0,
        "s" => 2,
        _ => 1,
    };
    let mut text = format!("{name}{value:>10.decimals$}{target:>10}{verdict:>6}");
    for peer in peers {
        let other = (figure.of)(peer);
        let _ = write!(text, "{other:>12.decimals$}{:>8.1}×", other / value);
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results(tool: &'static str, seconds: &[f64]) -> Results {
        let sample = |seconds: f64| Sample {
            seconds,
            calls: 100,
            depth: 11.0,
            peak_mib: 20.0,
            cpu_seconds: 0.25,
            preflight_seconds: 0.3,
        };
        let run = |seconds: &f64| vec![Some(sample(*seconds)); 7];
        Results {
            tool,
            note: None,
            delay_ms: 100,
            runs: seconds.iter().map(run).collect(),
            deep: vec![Some(sample(3.0)); 7],
            bytes: 25_000_000,
            help_seconds: 0.004,
        }
    }

    #[test]
    fn compares_tools() {
        let text = table(&[results("twinctl", &[1.5, 2.4, 9.0]), results("terraform", &[24.0])]);
        let first: Vec<_> =
            text.lines().take(2).map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(
            first,
            ["figure twinctl target terraform ratio", "fresh deploy s 2.40 ≤ 2.5 ok 24.00 10.0×"]
        );
        let unchanged = text.lines().find(|line| line.starts_with("nothing to change")).unwrap();
        assert!(unchanged.contains("OVER"), "{unchanged}");
    }
}
