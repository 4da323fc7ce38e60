//! The current state of a run, computed from its events.

use reconcile::Event;
use tokio::time::Instant;

use super::words::{counted, doing, elapsed, retrying};

/// The resources that are being worked on, in start order.
#[derive(Default)]
pub(super) struct Board {
    pub(super) rows: Vec<Row>,
    pub(super) check: Option<Check>,
}

/// One resource that is being worked on.
pub(super) struct Row {
    pub(super) node: &'static str,
    pub(super) doing: &'static str,
    /// The reason for waiting, or the progress.
    pub(super) detail: Option<String>,
    pub(super) begun: Instant,
}

/// A check of all resources at once.
pub(super) struct Check {
    text: String,
    /// The number of resources observed so far, if it is counted.
    observed: Option<usize>,
    nodes: usize,
    retry: Option<String>,
}

impl Board {
    pub(super) fn apply(&mut self, event: &Event, now: Instant) {
        match event {
            Event::Observing { nodes } => {
                self.start_check(format!("checking {}", counted(*nodes, "resource")), Some(0), *nodes);
            }
            Event::Verifying { nodes } => {
                self.start_check(format!("verifying {}", counted(*nodes, "resource")), None, *nodes);
            }
            Event::Verified => self.check = None,
            Event::Observed { .. } => self.count_observed(),
            Event::Started { node, action } => {
                self.check = None;
                self.rows.retain(|row| row.node != *node);
                self.rows.push(Row { node, doing: doing(action), detail: None, begun: now });
            }
            Event::Waiting { node, reason } => self.detail(node, format!("waiting for {reason}"), now),
            Event::Progress { node, text } => self.detail(node, text.clone(), now),
            Event::Retrying { node, error, delay, .. } => self.detail(node, retrying(*delay, error), now),
            Event::Finished { node, .. } => self.rows.retain(|row| row.node != *node),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.check.is_none()
    }

    /// Starts a check. It covers all resources, so nothing else is running.
    fn start_check(&mut self, text: String, observed: Option<usize>, nodes: usize) {
        self.rows.clear();
        self.check = Some(Check { text, observed, nodes, retry: None });
    }

    fn count_observed(&mut self) {
        let Some(check) = &mut self.check else { return };
        check.observed = check.observed.map(|observed| observed + 1);
        if check.observed == Some(check.nodes) {
            self.check = None;
        }
    }

    /// Sets the detail of a row, or adds the row: a node that matches the spec is never started, but the engine may still
    /// wait for it.
    fn detail(&mut self, node: &'static str, text: String, now: Instant) {
        if let Some(check) = &mut self.check {
            check.retry = Some(format!("{node}: {text}"));
        } else if let Some(row) = self.rows.iter_mut().find(|row| row.node == node) {
            row.detail = Some(text);
        } else {
            self.rows.push(Row { node, doing: "checking", detail: Some(text), begun: now });
        }
    }
}

impl Check {
    pub(super) fn text(&self) -> String {
        let observed =
            self.observed.map(|observed| format!(" {observed}/{}", self.nodes)).unwrap_or_default();
        let retry = self.retry.as_ref().map(|retry| format!(" · {retry}")).unwrap_or_default();
        format!("{} …{observed}{retry}", self.text)
    }
}

impl Row {
    /// Returns the elapsed time in whole seconds, because it is displayed while it grows.
    pub(super) fn age(&self, now: Instant) -> String {
        elapsed(now.duration_since(self.begun))
    }

    /// Formats the row for plain output: `function: still updating after 12 s, waiting for …`.
    pub(super) fn sentence(&self, now: Instant) -> String {
        let detail = self.detail.as_ref().map(|detail| format!(", {detail}")).unwrap_or_default();
        format!("{}: still {} after {}{detail}", self.node, self.doing, self.age(now))
    }
}
