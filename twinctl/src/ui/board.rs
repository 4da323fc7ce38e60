//! The current state of a run, computed from its events.

use reconcile::Event;
use tokio::time::Instant;

use super::words::{doing, elapsed, resources, retrying};

/// The resources that are being worked on, in start order.
#[derive(Default)]
pub(super) struct Board {
    pub(super) rows: Vec<Row>,
    pub(super) look: Option<Look>,
}

/// One resource that is being worked on.
pub(super) struct Row {
    pub(super) node: &'static str,
    pub(super) doing: &'static str,
    /// What it waits for, or its progress.
    pub(super) detail: Option<String>,
    pub(super) begun: Instant,
}

/// A check of all resources at once.
pub(super) struct Look {
    what: String,
    seen: Option<usize>,
    nodes: usize,
    retry: Option<String>,
}

impl Board {
    pub(super) fn apply(&mut self, event: &Event, now: Instant) {
        match event {
            Event::Observing { nodes } => {
                self.look(format!("checking {}", resources(*nodes)), Some(0), *nodes);
            }
            Event::Verifying { nodes } => {
                self.look(format!("verifying {}", resources(*nodes)), None, *nodes);
            }
            Event::Verified => self.look = None,
            Event::Observed { .. } => self.seen_one(),
            Event::Started { node, action } => {
                self.look = None;
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
        self.rows.is_empty() && self.look.is_none()
    }

    /// A check covers all resources, so nothing else is running when it starts.
    fn look(&mut self, what: String, seen: Option<usize>, nodes: usize) {
        self.rows.clear();
        self.look = Some(Look { what, seen, nodes, retry: None });
    }

    fn seen_one(&mut self) {
        let Some(look) = &mut self.look else { return };
        look.seen = look.seen.map(|seen| seen + 1);
        if look.seen == Some(look.nodes) {
            self.look = None;
        }
    }

    /// Nodes that are as wanted are never started, but may still be waited for.
    fn detail(&mut self, node: &'static str, text: String, now: Instant) {
        if let Some(look) = &mut self.look {
            look.retry = Some(format!("{node}: {text}"));
        } else if let Some(row) = self.rows.iter_mut().find(|row| row.node == node) {
            row.detail = Some(text);
        } else {
            self.rows.push(Row { node, doing: "checking", detail: Some(text), begun: now });
        }
    }
}

impl Look {
    pub(super) fn text(&self) -> String {
        let seen = self.seen.map(|seen| format!(" {seen}/{}", self.nodes)).unwrap_or_default();
        let retry = self.retry.as_ref().map(|retry| format!(" · {retry}")).unwrap_or_default();
        format!("{} …{seen}{retry}", self.what)
    }
}

impl Row {
    /// Whole seconds: it is looked at while it grows.
    pub(super) fn age(&self, now: Instant) -> String {
        elapsed(now.duration_since(self.begun))
    }

    /// For a line among others: `function: still updating after 12 s, waiting for …`.
    pub(super) fn sentence(&self, now: Instant) -> String {
        let detail = self.detail.as_ref().map(|detail| format!(", {detail}")).unwrap_or_default();
        format!("{}: still {} after {}{detail}", self.node, self.doing, self.age(now))
    }
}
