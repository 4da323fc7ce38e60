//! Animated lines on a terminal: one for each running node. Finished nodes leave a permanent line.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use reconcile::{Event, Observer, Outcome};
use tokio::time::Instant;

use super::{
    board::{Board, Row},
    palette::{BOLD, CYAN, DIM},
    show::Show,
    stream::Stream,
    words,
};
use crate::system::clock::human_duration;

/// How long something must run before it is drawn, so that short operations do not flicker.
const DRAW_DELAY: Duration = Duration::from_millis(250);
const FRAME: Duration = Duration::from_millis(100);
const SPINNER: [char; 10] = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
/// Names are padded to this width, so that the columns do not move when rows appear and disappear.
const NAME: usize = 14;

pub(super) struct Live {
    people: Arc<Stream>,
    canvas: MultiProgress,
    drawn: Mutex<Drawn>,
}

#[derive(Default)]
struct Drawn {
    board: Board,
    bars: Vec<ProgressBar>,
    frame: usize,
    /// When the board was last empty.
    busy_since: Option<Instant>,
}

impl Live {
    pub(super) fn new(people: Arc<Stream>) -> Self {
        // We set the frame rate ourselves; a lower limit would drop some rows of a frame.
        let canvas = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(u8::MAX));
        Self { people, canvas, drawn: Mutex::default() }
    }

    fn drawn(&self) -> MutexGuard<'_, Drawn> {
        self.drawn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds or removes bars until there is one for each row, and sets their texts.
    fn draw(&self, bars: &mut Vec<ProgressBar>, rows: &[String]) {
        while bars.len() > rows.len() {
            bars.pop().inspect(|bar| self.canvas.remove(bar));
        }
        while bars.len() < rows.len() {
            let style = ProgressStyle::with_template("{wide_msg}")
                .unwrap_or_else(|_| ProgressStyle::default_spinner());
            bars.push(self.canvas.add(ProgressBar::no_length().with_style(style)));
        }
        for (bar, row) in bars.iter().zip(rows) {
            bar.set_message(row.clone());
        }
    }
}

impl Observer for Live {
    fn on(&self, event: Event) {
        self.drawn().board.apply(&event, Instant::now());
        if let Event::Finished { node, outcome, took } = &event {
            self.say(&finished(node, outcome, *took));
        }
    }
}

impl Show for Live {
    fn say(&self, text: &str) {
        self.canvas.suspend(|| self.people.line(text));
    }

    fn clear(&self) {
        let mut drawn = self.drawn();
        drawn.busy_since = None;
        self.draw(&mut drawn.bars, &[]);
        let _ = self.canvas.clear();
    }

    fn stop_progress(&self) {
        self.drawn().board = Board::default();
        self.clear();
    }

    fn tick(&self) -> Option<Duration> {
        let mut guard = self.drawn();
        let drawn = &mut *guard;
        let now = Instant::now();
        drawn.frame += 1;
        drawn.busy_since = if drawn.board.is_empty() { None } else { drawn.busy_since.or(Some(now)) };
        let visible = drawn.busy_since.is_some_and(|since| now.duration_since(since) >= DRAW_DELAY);
        let mut rows = if visible { rows(&drawn.board, drawn.frame, now) } else { Vec::new() };
        if !self.people.is_colored() {
            rows = rows.iter().map(|row| anstream::adapter::strip_str(row).to_string()).collect();
        }
        self.draw(&mut drawn.bars, &rows);
        Some(FRAME)
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Renders the animated rows.
fn rows(board: &Board, frame: usize, now: Instant) -> Vec<String> {
    let spinner = SPINNER[frame % SPINNER.len()];
    let check = board.check.iter();
    let check = check.map(|check| format!("{CYAN}{spinner}{CYAN:#} {DIM}{}{DIM:#}", check.text()));
    check.chain(board.rows.iter().map(|row| running(row, spinner, now))).collect()
}

fn running(row: &Row, spinner: char, now: Instant) -> String {
    let Row { node, doing, detail, .. } = row;
    let detail = detail.as_deref().unwrap_or_default();
    let age = row.age(now);
    format!("{CYAN}{spinner}{CYAN:#} {BOLD}{node:<NAME$}{BOLD:#} {doing:<11} {DIM}{age:>10}  {detail}{DIM:#}")
}

/// Renders the permanent line of a finished node.
fn finished(node: &str, outcome: &Outcome, took: Duration) -> String {
    let words::Done { mark, style, word, why } = words::done(outcome);
    let took = if took.is_zero() { String::new() } else { human_duration(took) };
    let why = why.map(|why| format!("  {why}")).unwrap_or_default();
    let line = format!("{style}{mark}{style:#} {node:<NAME$} {word:<11} {DIM}{took:>10}{DIM:#}{why}");
    line.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;
    use reconcile::{Action, Class};

    use super::*;

    fn shown(board: &Board, now: Instant) -> String {
        strip_str(&rows(board, 0, now).join("\n")).to_string()
    }

    #[test]
    fn there_is_one_row_per_running_node() {
        let begun = Instant::now();
        let at = |seconds| begun + Duration::from_secs(seconds);
        let mut board = Board::default();
        let mut after = |event, seconds| {
            board.apply(&event, at(seconds));
            shown(&board, at(seconds))
        };
        let retrying = |node| {
            let error = "Rate exceeded\nslow down".to_owned();
            Event::Retrying { node, class: Class::Throttled, error, delay: Duration::from_millis(300) }
        };
        after(Event::Observing { nodes: 2 }, 0);
        after(Event::Observed { node: "function" }, 0);
        insta::assert_snapshot!(after(retrying("distribution"), 0), @r"
    ⠋ checking 2 resources … 1/2 · distribution: retrying in 1 s: Rate exceeded
        ");
        assert_eq!(after(Event::Observed { node: "distribution" }, 1), "", "the check is complete");
        after(Event::Started { node: "function", action: Action::Update }, 1);
        after(Event::Started { node: "distribution", action: Action::Create }, 1);
        after(Event::Waiting { node: "distribution", reason: "CloudFront to deploy it".to_owned() }, 5);
        after(Event::Waiting { node: "http api", reason: "its certificate".to_owned() }, 60);
        insta::assert_snapshot!(after(retrying("function"), 75), @r"
        ⠋ function       updating    1 min 14 s  retrying in 1 s: Rate exceeded
        ⠋ distribution   creating    1 min 14 s  waiting for CloudFront to deploy it
        ⠋ http api       checking          15 s  waiting for its certificate
        ");
        let took = Duration::from_secs(75);
        insta::assert_snapshot!(after(Event::Finished { node: "function", outcome: Outcome::Updated, took }, 76), @r"
        ⠋ distribution   creating    1 min 15 s  waiting for CloudFront to deploy it
        ⠋ http api       checking          16 s  waiting for its certificate
        ");
        insta::assert_snapshot!(after(Event::Verifying { nodes: 2 }, 90), @r"
        ⠋ verifying 2 resources …
        ");
        assert_eq!(after(Event::Verified, 91), "");
    }

    #[tokio::test(start_paused = true)]
    async fn short_operations_are_not_drawn() {
        let sink = anstream::ColorChoice::Never;
        let live = Live::new(Arc::new(Stream::new(
            Box::new(std::io::sink()),
            sink,
            super::super::stream::Reader::Person,
        )));
        let drawn = || live.drawn().bars.len();
        live.tick();
        live.on(Event::Started { node: "function", action: Action::Update });
        live.tick();
        tokio::time::advance(Duration::from_millis(249)).await;
        live.tick();
        assert_eq!(drawn(), 0);
        tokio::time::advance(Duration::from_millis(1)).await;
        live.tick();
        assert_eq!(drawn(), 1);
        live.clear();
        assert_eq!(drawn(), 0);
    }
}
