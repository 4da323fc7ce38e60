//! Charts as inline SVG.

use std::fmt::Write as _;

/// The size of the area that is drawn into, without the labels.
const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 120.0;
/// Room for the labels at the top and at the bottom.
const TOP: f64 = 22.0;
const BOTTOM: f64 = 22.0;
/// The share of a day's width that its bar takes.
const BAR: f64 = 0.7;

/// Values of all days, drawn in one color.
pub(super) struct Series {
    pub(super) name: &'static str,
    pub(super) values: Vec<Option<f64>>,
}

/// How values are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Bars on top of each other.
    Bars,
    Lines,
}

/// A chart of some series over days.
pub(super) struct Chart<'c> {
    pub(super) title: &'static str,
    pub(super) form: Form,
    pub(super) series: &'c [Series],
    /// The names of the days.
    pub(super) days: &'c [String],
    pub(super) label: fn(f64) -> String,
}

impl Chart<'_> {
    /// Renders the chart. No text in it is a visitor's.
    pub(super) fn svg(&self) -> String {
        let largest = self.largest();
        let mut svg = format!(
            "<svg viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-label=\"{}\">",
            TOP + HEIGHT + BOTTOM,
            self.title
        );
        let bottom = TOP + HEIGHT;
        let _ = write!(
            svg,
            "<line class=\"axis\" x1=\"0\" y1=\"{TOP}\" x2=\"{WIDTH}\" y2=\"{TOP}\"/>\
             <line class=\"axis\" x1=\"0\" y1=\"{bottom}\" x2=\"{WIDTH}\" y2=\"{bottom}\"/>\
             <text x=\"0\" y=\"{}\">{}</text>",
            TOP - 5.0,
            (self.label)(largest)
        );
        match self.form {
            Form::Bars => self.bars(&mut svg, largest),
            Form::Lines => self.lines(&mut svg, largest),
        }
        if let (Some(first), Some(last)) = (self.days.first(), self.days.last()) {
            let y = bottom + 17.0;
            let _ = write!(
                svg,
                "<text x=\"0\" y=\"{y}\">{first}</text><text class=\"end\" x=\"{WIDTH}\" y=\"{y}\">{last}</text>"
            );
        }
        svg.push_str("</svg>");
        svg
    }

    /// Returns the largest value, or the largest sum of a day for bars on top of each other.
    fn largest(&self) -> f64 {
        let of_day = |day: usize| {
            let values = self.series.iter().filter_map(|series| series.values.get(day).copied().flatten());
            if self.form == Form::Bars { values.sum::<f64>() } else { values.fold(0.0, f64::max) }
        };
        let largest = (0..self.days.len()).map(of_day).fold(0.0, f64::max);
        if largest > 0.0 { largest } else { 1.0 }
    }

    #[expect(clippy::cast_precision_loss, reason = "the number of a day")]
    fn x(&self, day: usize) -> f64 {
        (day as f64 + 0.5) * WIDTH / self.days.len().max(1) as f64
    }

    fn bars(&self, svg: &mut String, largest: f64) {
        let width = self.x(0) * 2.0 * BAR;
        for (day, name) in self.days.iter().enumerate() {
            let mut y = TOP + HEIGHT;
            for (color, series) in self.series.iter().enumerate() {
                let Some(value) = series.values.get(day).copied().flatten().filter(|value| *value > 0.0)
                else {
                    continue;
                };
                let height = value / largest * HEIGHT;
                y -= height;
                let _ = write!(
                    svg,
                    "<rect class=\"fill{color}\" x=\"{:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\">\
                     <title>{name}: {} {}</title></rect>",
                    self.x(day) - width / 2.0,
                    (self.label)(value),
                    series.name
                );
            }
        }
    }

    fn lines(&self, svg: &mut String, largest: f64) {
        for (color, series) in self.series.iter().enumerate() {
            let y = |value: f64| TOP + HEIGHT - value / largest * HEIGHT;
            // A day without a value interrupts the line.
            for part in
                series.values.iter().enumerate().collect::<Vec<_>>().split(|(_, value)| value.is_none())
            {
                let points: Vec<_> = part
                    .iter()
                    .filter_map(|(day, value)| {
                        value.map(|value| format!("{:.1},{:.1}", self.x(*day), y(value)))
                    })
                    .collect();
                let _ = write!(svg, "<polyline class=\"line{color}\" points=\"{}\"/>", points.join(" "));
            }
            for (day, name) in self.days.iter().enumerate() {
                let Some(value) = series.values.get(day).copied().flatten() else { continue };
                let _ = write!(
                    svg,
                    "<circle class=\"fill{color}\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\"><title>{name}: {} {}</title></circle>",
                    self.x(day),
                    y(value),
                    (self.label)(value),
                    series.name
                );
            }
        }
    }
}
