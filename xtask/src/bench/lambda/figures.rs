//! The figures of a backend, compared with their targets.

use std::fmt::Write;

use serde::Serialize;

use super::super::statistics::quantile;

#[derive(Debug, Serialize)]
pub(super) struct Results {
    backend: &'static str,
    zip_bytes: u64,
    pub(super) init_ms: Vec<f64>,
    pub(super) first_turn_ms: Vec<f64>,
    pub(super) turn_ms: Vec<f64>,
    pub(super) peak_mb: f64,
}

/// A line of the table.
struct Figure {
    name: &'static str,
    unit: &'static str,
    /// The highest acceptable value.
    target: f64,
    of: fn(&Results) -> f64,
}

const FIGURES: [Figure; 6] = [
    figure("zip", "MB", 2.1, Results::zip_mb),
    figure("init", "ms", 6.0, |results| quantile(&results.init_ms, 0.5)),
    figure("first turn", "ms", 3.0, |results| quantile(&results.first_turn_ms, 0.5)),
    figure("turn, p50", "ms", 1.0, |results| quantile(&results.turn_ms, 0.5)),
    figure("turn, p99", "ms", 2.0, |results| quantile(&results.turn_ms, 0.99)),
    figure("peak memory", "MB", 10.0, |results| results.peak_mb),
];

const fn figure(name: &'static str, unit: &'static str, target: f64, of: fn(&Results) -> f64) -> Figure {
    Figure { name, unit, target, of }
}

impl Results {
    pub(super) fn new(backend: &'static str, zip_bytes: u64) -> Self {
        let (init_ms, first_turn_ms, turn_ms) = (Vec::new(), Vec::new(), Vec::new());
        Self { backend, zip_bytes, init_ms, first_turn_ms, turn_ms, peak_mb: 0.0 }
    }

    #[expect(clippy::cast_precision_loss, reason = "a zip has less than 2^52 bytes")]
    fn zip_mb(&self) -> f64 {
        self.zip_bytes as f64 / 1e6
    }
}

/// One line per figure: our result and its target, then the result of each peer with its ratio to ours.
pub(super) fn table(results: &[Results], starts: u32, turns: u32) -> String {
    let Some((ours, peers)) = results.split_first() else {
        return String::new();
    };
    let mut text = format!("{:<18}{:>14}{:>10}{:>6}", "figure", ours.backend, "target", "");
    for peer in peers {
        let _ = write!(text, "{:>14}{:>9}", peer.backend, "ratio");
    }
    text.push('\n');
    for figure in &FIGURES {
        let value = (figure.of)(ours);
        let verdict = if value > figure.target { "OVER" } else { "ok" };
        let name = format!("{:<14}{:<4}", figure.name, figure.unit);
        let target = format!("≤ {}", figure.target);
        let _ = write!(text, "{name}{value:>14.2}{target:>10}{verdict:>6}");
        for peer in peers {
            let other = (figure.of)(peer);
            let _ = write!(text, "{other:>14.2}{:>8.1}×", other / value);
        }
        text.push('\n');
    }
    let _ = writeln!(
        text,
        "\nMedians of {starts} starts, and of {turns} turns after the last one; Lambda, S3 and model on loopback.\n\
         Run nothing else meanwhile: other load raises the p99."
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results(backend: &'static str, times: f64) -> Results {
        Results {
            init_ms: vec![4.0 * times, 5.0 * times, 9.0 * times],
            first_turn_ms: vec![2.0 * times],
            turn_ms: (1..=100).map(|n| f64::from(n) * times / 40.0).collect(),
            peak_mb: 9.0 * times,
            ..Results::new(backend, 1_900_000)
        }
    }

    #[test]
    fn compares_backends() {
        let text = table(&[results("twin-lambda", 1.0), results("python", 10.0)], 3, 100);
        let lines: Vec<String> =
            text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(lines[0], "figure twin-lambda target python ratio");
        assert_eq!(lines[2], "init ms 5.00 ≤ 6 ok 50.00 10.0×");
        assert_eq!(lines[5], "turn, p99 ms 2.48 ≤ 2 OVER 24.75 10.0×");
    }
}
