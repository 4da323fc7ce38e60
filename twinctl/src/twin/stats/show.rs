//! Statistics as plots for a terminal, and as a table.

use std::fmt::Write as _;

use super::{Day, Figures, Stats, figures::number};
use crate::artifacts::data::{dollars, thousands};

/// The heights of a bar.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// A day without a value.
const NOTHING: char = '·';

/// A kind of figure.
struct Kind {
    name: &'static str,
    /// The value that is plotted.
    value: fn(&Figures) -> Option<f64>,
    text: fn(&Figures) -> String,
}

const KINDS: [Kind; 9] = [
    Kind { name: "visitors", value: |day| Some(number(day.visitors)), text: |day| thousands(day.visitors) },
    Kind {
        name: "conversations",
        value: |day| Some(number(day.conversations)),
        text: |day| thousands(day.conversations),
    },
    Kind { name: "turns", value: |day| Some(number(day.turns)), text: |day| thousands(day.turns) },
    Kind { name: "unanswered", value: Figures::unanswered_share, text: |day| share(day.unanswered_share()) },
    Kind { name: "failed", value: |day| Some(number(day.failed)), text: |day| thousands(day.failed) },
    Kind {
        name: "tokens",
        value: |day| Some(number(day.input_tokens + day.output_tokens)),
        text: |day| thousands(day.input_tokens + day.output_tokens),
    },
    Kind { name: "dollars", value: |day| Some(day.usd), text: |day| usd(day.usd) },
    Kind { name: "latency p50", value: |day| day.p50_ms, text: |day| latency(day.p50_ms) },
    Kind { name: "latency p95", value: |day| day.p95_ms, text: |day| latency(day.p95_ms) },
];

impl Stats {
    /// Returns a line with a small plot for each kind of figure.
    pub(crate) fn plots(&self) -> String {
        let mut text = String::new();
        for kind in &KINDS {
            let values: Vec<_> = self.days.iter().map(|day| (kind.value)(&day.figures)).collect();
            let _ = writeln!(text, "{:<13}  {}  {}", kind.name, bars(&values), (kind.text)(&self.total));
        }
        if let (Some(first), Some(last)) = (self.days.first(), self.days.last()) {
            let _ = writeln!(text, "{:<13}  {} to {} (UTC)", "", first.date, last.date);
        }
        text
    }

    /// Returns a table with a line for each day.
    pub(crate) fn table(&self) -> String {
        let head: Vec<String> = std::iter::once("day (UTC)")
            .chain(KINDS.iter().map(|kind| kind.name))
            .map(ToOwned::to_owned)
            .collect();
        let row = |name: String, figures: &Figures| -> Vec<String> {
            std::iter::once(name).chain(KINDS.iter().map(|kind| (kind.text)(figures))).collect()
        };
        let days = self.days.iter().map(|Day { date, figures }| row(date.to_string(), figures));
        let rows: Vec<_> =
            std::iter::once(head).chain(days).chain([row("total".to_owned(), &self.total)]).collect();
        let width =
            |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
        let widths: Vec<_> = (0..=KINDS.len()).map(width).collect();
        let mut text = String::new();
        for row in &rows {
            let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| match column {
                0 => format!("{cell:<width$}"),
                _ => format!("{cell:>width$}"),
            });
            let _ = writeln!(text, "{}", cells.collect::<Vec<_>>().join("  ").trim_end());
        }
        text
    }
}

/// Draws a bar for each value, the highest for the largest.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 7")]
fn bars(values: &[Option<f64>]) -> String {
    let largest = values.iter().flatten().copied().fold(0.0, f64::max);
    let bar = |value: &Option<f64>| match value {
        Some(value) if *value > 0.0 => BARS[(value / largest * 7.0).round() as usize],
        _ => NOTHING,
    };
    values.iter().map(bar).collect()
}

pub(super) fn share(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), |share| format!("{:.0}%", share * 100.0))
}

pub(super) fn latency(milliseconds: Option<f64>) -> String {
    milliseconds.map_or_else(|| "-".to_owned(), |milliseconds| format!("{:.1} s", milliseconds / 1000.0))
}

pub(super) fn usd(usd: f64) -> String {
    if usd == 0.0 { "$0".to_owned() } else { dollars(usd) }
}
