//! Figures of a benchmark: computed from its results, and compared with their targets and with other tools.

use std::fmt::Write;

use anyhow::Result;
use serde::Serialize;

/// A line of the table.
pub(super) struct Figure<R> {
    name: &'static str,
    unit: &'static str,
    /// The highest acceptable value.
    target: Option<f64>,
    of: fn(&R) -> f64,
}

pub(super) const fn figure<R>(
    name: &'static str,
    unit: &'static str,
    target: Option<f64>,
    of: fn(&R) -> f64,
) -> Figure<R> {
    Figure { name, unit, target, of }
}

/// Prints all results, as JSON or as a table.
pub(super) fn print(json: bool, results: &impl Serialize, table: impl FnOnce() -> String) -> Result<()> {
    if json {
        println!("{}", serde_json::to_string_pretty(results)?);
    } else {
        print!("{}", table());
    }
    Ok(())
}

/// One line per figure: our result and its target, then the result of each peer with its ratio to ours. `columns` are
/// the names and the results of all tools, ours first.
pub(super) fn table<R>(figures: &[Figure<R>], columns: &[(&str, &R)]) -> String {
    let Some(((name, ours), peers)) = columns.split_first() else {
        return String::new();
    };
    let mut text = format!("{:<32}{name:>14}{:>10}{:>6}", "figure", "target", "");
    for (name, _) in peers {
        let _ = write!(text, "{name:>14}{:>9}", "ratio");
    }
    text.push('\n');
    for figure in figures {
        let value = (figure.of)(ours);
        let target = figure.target.map_or_else(String::new, |target| format!("≤ {target}"));
        let verdict = match figure.target {
            Some(target) if value > target => "OVER",
            Some(_) => "ok",
            None => "",
        };
        let decimals = if figure.unit == "calls" { 0 } else { 2 };
        let _ = write!(text, "{:<24}{:<8}{value:>14.decimals$}", figure.name, figure.unit);
        let _ = write!(text, "{target:>10}{verdict:>6}");
        for (_, peer) in peers {
            let other = (figure.of)(peer);
            let _ = write!(text, "{other:>14.decimals$}{:>8.1}×", other / value);
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Figure, figure, table};

    #[test]
    fn a_figure_is_compared_with_its_target_and_with_a_peer() {
        const FIGURES: [Figure<f64>; 2] = [
            figure("start", "s", Some(1.0), |results| *results),
            figure("", "calls", None, |results| results * 2.0),
        ];
        let text = table(&FIGURES, &[("twin", &1.5), ("peer", &3.0)]);
        let words: Vec<Vec<_>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(words[0], ["figure", "twin", "target", "peer", "ratio"]);
        assert_eq!(words[1], ["start", "s", "1.50", "≤", "1", "OVER", "3.00", "2.0×"]);
        assert_eq!(words[2], ["calls", "3", "6", "2.0×"]);
    }
}
