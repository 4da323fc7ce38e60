//! Finds sentences about a topic in passages about something else.

use super::super::passage::Kind;
use super::super::topics::Topic;
use super::compose::{Piece, entry_head, refers_back};
use super::context::Context;

/// Passages about something else from which lines about a topic are taken.
const MAX_MENTIONS: usize = 20;

impl Context<'_> {
    /// Returns lines that mention a topic, with the heading of their entry.
    pub(super) fn mentions(&self, topic: Topic) -> Vec<Piece> {
        let sentences = self.mentions_in(topic, |kind| kind != Kind::List);
        if sentences.is_empty() { self.mentions_in(topic, |kind| kind == Kind::List) } else { sentences }
    }

    fn mentions_in(&self, topic: Topic, is_wanted: impl Fn(Kind) -> bool) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut over = Vec::new();
        let passages = self.index.passages.iter().enumerate();
        for (number, passage) in passages.filter(|(_, passage)| is_wanted(passage.kind)) {
            if pieces.len() == MAX_MENTIONS {
                break;
            }
            let is_over = !self.is_past && self.is_over(number);
            let pieces = if is_over { &mut over } else { &mut pieces };
            let lines = self.with_references(number, topic);
            let is_about =
                self.index.mentions(number, topic) && lines.is_empty() && passage.kind == Kind::Entry;
            if is_about {
                pieces.push(self.render(number, &[]));
            } else if !lines.is_empty() {
                let head = if passage.kind == Kind::Entry { entry_head(passage) } else { String::new() };
                pieces.push(Piece { head, lines, is_list: passage.kind == Kind::List });
            }
        }
        if pieces.is_empty() { over } else { pieces }
    }

    /// Returns the lines of a passage about a topic, and those to which they refer.
    fn with_references(&self, number: usize, topic: Topic) -> Vec<String> {
        let lines: Vec<(&String, bool)> =
            self.index.lines(number).map(|(text, line)| (text, line.is_about(topic))).collect();
        let is_referred =
            |at: usize| lines.get(at + 1).is_some_and(|(next, is_about)| *is_about && refers_back(next));
        let wanted = lines.iter().enumerate().filter(|(at, (_, is_about))| *is_about || is_referred(*at));
        wanted.map(|(_, (text, _))| (*text).clone()).collect()
    }
}
