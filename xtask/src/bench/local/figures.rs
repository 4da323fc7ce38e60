//! The figures of a local twin, compared with their targets.

use std::fmt::Write;

use serde::Serialize;

#[derive(Debug, Serialize)]
pub(super) struct Results {
    pub(super) start_ms: f64,
    pub(super) direct_ms: f64,
    pub(super) through_ms: f64,
    pub(super) idle_mb: f64,
    pub(super) loaded_mb: f64,
    pub(super) requests_per_second: f64,
    pub(super) sent: u64,
    pub(super) stored: u64,
}

/// A line of the table: name, unit, value, and highest acceptable value.
type Figure = (&'static str, &'static str, f64, Option<f64>);

fn figures(results: &Results) -> [Figure; 7] {
    [
        ("deploy to first answer", "ms", results.start_ms, Some(1000.0)),
        ("turn, direct", "ms", results.direct_ms, None),
        ("turn, via front door", "ms", results.through_ms, None),
        ("front door overhead", "ms", results.through_ms - results.direct_ms, Some(1.0)),
        ("memory, idle", "MB", results.idle_mb, Some(40.0)),
        ("memory, after load", "MB", results.loaded_mb, Some(40.0)),
        ("under load", "turns/s", results.requests_per_second, None),
    ]
}

pub(super) fn table(results: &Results) -> String {
    let mut text = String::new();
    for (name, unit, value, target) in figures(results) {
        let verdict = target.map_or(String::new(), |target| {
            format!("{:>10}{:>6}", format!("≤ {target}"), if value > target { "OVER" } else { "ok" })
        });
        let _ = writeln!(text, "{name:<24}{unit:<8}{value:>10.2}{verdict}");
    }
    let Results { sent, stored, .. } = results;
    let _ = writeln!(
        text,
        "\n{stored} of {sent} turns are stored. Times are medians; memory is the sum of both processes."
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares_figures_with_targets() {
        let results = Results {
            start_ms: 80.0,
            direct_ms: 0.5,
            through_ms: 1.75,
            idle_mb: 20.0,
            loaded_mb: 30.0,
            requests_per_second: 2000.0,
            sent: 10,
            stored: 10,
        };
        let table = table(&results);
        let lines: Vec<String> =
            table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(lines[0], "deploy to first answer ms 80.00 ≤ 1000 ok");
        assert_eq!(lines[3], "front door overhead ms 1.25 ≤ 1 OVER");
        assert_eq!(lines[6], "under load turns/s 2000.00");
        assert!(lines[8].starts_with("10 of 10 turns"));
    }
}
