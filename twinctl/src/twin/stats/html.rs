//! Statistics as one HTML file without scripts and without other files.

use std::fmt::Write as _;

use super::{
    Day, Figures, Stats,
    figures::number,
    show::{latency, share, usd},
    svg::{Chart, Form, Series},
};
use crate::artifacts::data::thousands;

const STYLE: &str = "\
:root{color-scheme:light dark;--back:#fbfbfd;--text:#1d1d22;--dim:#62626d;--line:#d9d9e0;--a:#2f6fde;--b:#d9822b;--card:#fff}\
@media(prefers-color-scheme:dark){:root{--back:#16171c;--text:#ececf1;--dim:#a3a3ae;--line:#34353d;--a:#6ea3ff;--b:#f0a75a;--card:#1e1f26}}\
body{margin:0 auto;padding:1.5rem;max-width:64rem;background:var(--back);color:var(--text);font:15px/1.5 system-ui,sans-serif}\
h1{font-size:1.4rem;margin:0}h2{font-size:1rem;margin:0 0 .5rem}p{color:var(--dim);margin:.25rem 0 1.5rem}\
main{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:1rem}\
section{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:1rem}\
svg{width:100%;height:auto;display:block}svg text{fill:var(--dim);font-size:16px}.end{text-anchor:end}\
.axis{stroke:var(--line)}.fill0{fill:var(--a)}.fill1{fill:var(--b)}polyline{fill:none;stroke-width:2}\
.line0{stroke:var(--a)}.line1{stroke:var(--b)}.key{font-size:.85rem;color:var(--dim);margin:.25rem 0 0}\
.key i{display:inline-block;width:.7em;height:.7em;border-radius:.2em;margin:0 .35em 0 .9em}.key i:first-child{margin-left:0}\
.k0{background:var(--a)}.k1{background:var(--b)}.wide{overflow-x:auto;margin-top:1.5rem}\
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}\
th,td{text-align:right;padding:.3rem .6rem;border-bottom:1px solid var(--line);white-space:nowrap}\
th:first-child,td:first-child{text-align:left}th{color:var(--dim);font-weight:500}tfoot td{font-weight:600}";

/// A value of a day.
type Value = fn(&Figures) -> Option<f64>;

impl Stats {
    /// Renders the page.
    pub(crate) fn html(&self, title: &str, notes: &[String]) -> String {
        let title = escape(title);
        let days = match (self.days.first(), self.days.last()) {
            (Some(first), Some(last)) => format!("{} to {}, days in UTC", first.date, last.date),
            _ => String::new(),
        };
        let notes: String = notes.iter().flat_map(|note| [". ".to_owned(), escape(note)]).collect();
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"robots\" content=\"noindex\">\n\
             <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n<p>{days}{notes}</p>\n\
             <main>\n{}</main>\n{}</body>\n</html>\n",
            self.charts(),
            self.html_table()
        )
    }

    fn charts(&self) -> String {
        let whole: fn(f64) -> String = |value| thousands(rounded(value));
        let seconds: fn(f64) -> String = |value| latency(Some(value));
        [
            self.chart("Visitors", Form::Bars, whole, &[("visitors", |day| Some(number(day.visitors)))]),
            self.chart(
                "Conversations",
                Form::Bars,
                whole,
                &[("conversations", |day| Some(number(day.conversations)))],
            ),
            self.chart(
                "Turns",
                Form::Bars,
                whole,
                &[
                    ("answered", |day| Some(number(day.turns - day.unanswered))),
                    ("unanswered", |day| Some(number(day.unanswered))),
                ],
            ),
            self.chart(
                "Latency",
                Form::Lines,
                seconds,
                &[("p50", |day| day.p50_ms), ("p95", |day| day.p95_ms)],
            ),
            self.chart(
                "Tokens",
                Form::Bars,
                whole,
                &[
                    ("input", |day| Some(number(day.input_tokens))),
                    ("output", |day| Some(number(day.output_tokens))),
                ],
            ),
            self.chart("Dollars", Form::Bars, usd, &[("model", |day| Some(day.usd))]),
        ]
        .concat()
    }

    fn chart(
        &self,
        title: &'static str,
        form: Form,
        label: fn(f64) -> String,
        values: &[(&'static str, Value)],
    ) -> String {
        let series: Vec<_> = values
            .iter()
            .map(|&(name, value)| Series {
                name,
                values: self.days.iter().map(|day| value(&day.figures)).collect(),
            })
            .collect();
        let days: Vec<_> = self.days.iter().map(|day| day.date.to_string()).collect();
        let svg = Chart { title, form, series: &series, days: &days, label }.svg();
        let mut key = String::new();
        if series.len() > 1 {
            for (color, series) in series.iter().enumerate() {
                let _ = write!(key, "<i class=\"k{color}\"></i>{}", series.name);
            }
            key = format!("<div class=\"key\">{key}</div>");
        }
        format!("<section><h2>{title}</h2>{svg}{key}</section>\n")
    }

    fn html_table(&self) -> String {
        let heads = [
            "Day",
            "Visitors",
            "Conversations",
            "Turns",
            "Unanswered",
            "Failed",
            "Input tokens",
            "Output tokens",
            "Dollars",
            "p50",
            "p95",
        ];
        let head: String = heads.iter().flat_map(|head| ["<th>", head, "</th>"]).collect();
        let days: String =
            self.days.iter().map(|Day { date, figures }| html_row(&date.to_string(), figures)).collect();
        format!(
            "<div class=\"wide\"><table><thead><tr>{head}</tr></thead>\n<tbody>{days}</tbody>\n<tfoot>{}</tfoot></table></div>\n",
            html_row("Total", &self.total)
        )
    }
}

fn html_row(name: &str, figures: &Figures) -> String {
    let cells = [
        name.to_owned(),
        thousands(figures.visitors),
        thousands(figures.conversations),
        thousands(figures.turns),
        share(figures.unanswered_share()),
        thousands(figures.failed),
        thousands(figures.input_tokens),
        thousands(figures.output_tokens),
        usd(figures.usd),
        latency(figures.p50_ms),
        latency(figures.p95_ms),
    ];
    let cells: String = cells.iter().flat_map(|cell| ["<td>", cell, "</td>"]).collect();
    format!("<tr>{cells}</tr>\n")
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "values of charts are not negative"
)]
fn rounded(value: f64) -> u64 {
    value.round() as u64
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
