//! The figures of a local twin, and each beside its target.

use std::fmt::Write;

use serde::Serialize;

#[derive(Debug, Serialize)]
pub(super) struct Results {
    pub(super) start_ms: f64,
    pub(super) direct_ms: f64,
    pub(super) through_ms: f64,
    pub(super) idle_mb: f64,
    pub(super) soaked_mb: f64,
    pub(super) requests_per_second: f64,
    pub(super) asked: u64,
    pub(super) kept: u64,
}

/// A line of the table: what it is, its unit, what it was, and what it may be at most.
type Figure = (&'static str, &'static str, f64, Option<f64>);

fn figures(results: &Results) -> [Figure; 7] {
    [
        ("deploy to first answer", "ms", results.start_ms, Some(1000.0)),
        ("turn, without door", "ms", results.direct_ms, None),
        ("turn, through door", "ms", results.through_ms, None),
        ("the door adds", "ms", results.through_ms - results.direct_ms, Some(1.0)),
        ("memory, idle", "MB", results.idle_mb, Some(40.0)),
        ("memory, after load", "MB", results.soaked_mb, Some(40.0)),
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
    let Results { asked, kept, .. } = results;
    let _ = writeln!(
        text,
        "\n{kept} of {asked} turns are in memory files. Times are medians; memory is of both processes."
    );
    text
}

pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_each_figure_beside_its_target() {
        let results = Results {
            start_ms: 80.0,
            direct_ms: 0.5,
            through_ms: 1.75,
            idle_mb: 20.0,
            soaked_mb: 30.0,
            requests_per_second: 2000.0,
            asked: 10,
            kept: 10,
        };
        let table = table(&results);
        let lines: Vec<String> =
            table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(lines[0], "deploy to first answer ms 80.00 ≤ 1000 ok");
        assert_eq!(lines[3], "the door adds ms 1.25 ≤ 1 OVER");
        assert_eq!(lines[6], "under load turns/s 2000.00");
        assert!(lines[8].starts_with("10 of 10 turns"));
    }

    #[test]
    fn the_median_is_in_the_middle() {
        assert!((median(vec![9.0, 1.0, 3.0]) - 3.0).abs() < 1e-9);
        assert!(median(Vec::new()).is_nan());
    }
}
