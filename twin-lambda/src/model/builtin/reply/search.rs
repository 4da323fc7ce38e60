//! Searches the notes for the words of a question, and composes an answer from the passages that contain them.

use super::super::index::{Hit, Term};
use super::super::passage::Kind;
use super::super::phrases::{fill, phrase};
use super::super::question::{self, Question};
use super::super::topics::Topic;
use super::compose::{self, Piece};
use super::context::{Context, MIN_COVERAGE, MIN_RELATIVE_COVERAGE, MIN_RELATIVE_SCORE};
use super::unknown::as_written;

impl Context<'_> {
    /// Returns how well a passage that contains the terms suits a question, relative to others.
    fn suitability(&self, question: &Question, topic: Option<Topic>, number: usize) -> f64 {
        let terms = &question.terms;
        let mut suitability = 1.0;
        let passage = &self.index.passages[number];
        if topic.is_some_and(|topic| self.is_about(number, topic)) {
            suitability *= 1.5;
        }
        if passage.kind == Kind::Answer {
            suitability *= if topic.is_some() && is_detailed(passage.topic) && passage.topic != topic {
                0.7
            } else {
                1.1
            };
        }
        if self.is_over(number) && !question::is_past(&question.text) {
            suitability *= 0.8;
        }
        let is_reason = question.aspect == Some(question::Aspect::Reason);
        if is_reason && passage.lines.iter().any(|line| compose::has_reason(line)) {
            suitability *= 1.6;
        }
        let is_number = passage.lines.iter().all(|line| line.len() < 4);
        if passage.kind == Kind::Fact && passage.topic != topic {
            suitability *= match passage.topic {
                Some(Topic::Location) => 0.3,
                Some(Topic::Links | Topic::Contact | Topic::Name | Topic::Work) if !question.is_know => 0.3,
                _ => 1.0,
            };
        }
        if is_number && !matches!(topic, Some(Topic::Years | Topic::Since)) {
            suitability *= 0.2;
        } else if self.index.is_titled(number, terms) {
            suitability *= 1.6;
        }
        suitability
    }

    /// Returns the passages that contain the question's terms.
    pub(super) fn hits(&self, question: &Question, topic: Option<Topic>) -> Vec<Hit> {
        let terms = &question.terms;
        let mut hits: Vec<Hit> = self.index.search(terms);
        let recent = self.recent(question);
        let named = self.named(question);
        for hit in &mut hits {
            if named.contains(&hit.passage) {
                hit.score *= 1.3;
            }
            let recency = if recent.contains(&hit.passage) { 1.4 } else { 1.0 };
            hit.score *= self.suitability(question, topic, hit.passage) * recency;
        }
        // The notes can contain all words in different places.
        let is_told = terms.iter().all(Term::is_certain);
        hits.retain(|hit| {
            let is_answer = self.index.passages[hit.passage].kind == Kind::Answer;
            // Many words of a question in another language have no translation here.
            let is_foreign = self.language != self.index.language || is_told;
            let least = if is_answer || is_foreign { MIN_COVERAGE / 2.0 } else { MIN_COVERAGE };
            // A label says what its value is about.
            let is_label = matches!(self.index.passages[hit.passage].kind, Kind::Fact | Kind::List)
                && terms.iter().any(|term| {
                    term.is_certain() && self.index.titled(hit.passage, std::slice::from_ref(term)) > 0
                });
            hit.coverage >= least || question.is_know || is_label
        });
        hits.sort_by(Hit::order);
        let wants_dates = wants_dates(question, topic);
        let is_wanted = |hit: &Hit| {
            let passage = &self.index.passages[hit.passage];
            let is_job = passage.kind == Kind::Entry && self.index.matches(&passage.head, terms) > 0;
            let is_reason = question.aspect == Some(question::Aspect::Reason)
                && passage.lines.iter().any(|line| compose::has_reason(line));
            wants_dates && (is_job || self.dated_line(hit.passage, terms).is_some()) || is_reason
        };
        let best = hits.first().map_or(0.0, |hit| hit.score);
        let most = hits.first().map_or(0.0, |hit| hit.coverage);
        hits.retain(|hit| {
            hit.score >= best * MIN_RELATIVE_SCORE && hit.coverage >= most * MIN_RELATIVE_COVERAGE
                || is_wanted(hit)
        });
        hits
    }

    pub(super) fn found(&self, question: &Question, topic: Option<Topic>, mut hits: Vec<Hit>) -> Vec<Piece> {
        let terms = &question.terms;
        let wants_dates = wants_dates(question, topic);
        if wants_dates {
            let is_since = topic == Some(Topic::Since);
            hits.sort_by_key(|hit| {
                let passage = &self.index.passages[hit.passage];
                let is_label = matches!(passage.kind, Kind::Fact | Kind::List)
                    && self.index.titled(hit.passage, terms) > 0;
                let is_told = is_label || self.dated_line(hit.passage, terms).is_some();
                (!is_label, passage.dates.is_empty() && !is_told, is_since && !passage.is_current && !is_told)
            });
        }
        let is_reason = question.aspect == Some(question::Aspect::Reason);
        if is_reason {
            let named = self.named(question);
            let has_reason = |hit: &Hit| {
                self.index.passages[hit.passage].lines.iter().any(|line| compose::has_reason(line))
            };
            hits.sort_by_cached_key(|hit| {
                (!named.is_empty() && !named.contains(&hit.passage), !has_reason(hit))
            });
        }
        let render = |hit: &Hit| {
            if is_reason { self.reasoned(hit.passage, terms) } else { self.render(hit.passage, terms) }
        };
        let mut pieces: Vec<Piece> = hits.iter().take(3).map(render).collect();
        let dated = hits.first().map(|hit| (hit.passage, &self.index.passages[hit.passage]));
        if let Some((passage, _)) =
            dated.filter(|(_, passage)| passage.kind == Kind::Entry && !passage.dates.is_empty())
            && wants_dates
        {
            pieces.truncate(usize::from(topic != Some(Topic::Since)));
            let is_other = |job: &usize| {
                let other = &self.index.passages[*job];
                *job != passage && other.years.is_some() && self.index.matches(&other.head, terms) > 0
            };
            let others = self.jobs().into_iter().rfind(is_other).map(|job| self.started(job));
            pieces.splice(0..0, std::iter::once(self.started(passage)).chain(others)).for_each(drop);
        }
        if wants_dates && let Some(line) = hits.iter().find_map(|hit| self.dated_line(hit.passage, terms)) {
            pieces.insert(0, Piece::short(line));
        }
        if question.is_know && !pieces.is_empty() {
            let missing: Vec<&str> =
                terms.iter().filter(|term| !term.is_known()).map(|term| term.word.as_str()).collect();
            let written = as_written(question, &missing);
            let is_answer =
                hits.first().is_some_and(|hit| self.index.passages[hit.passage].kind == Kind::Answer);
            if is_answer {
            } else if terms.iter().all(Term::is_certain) {
                pieces.insert(0, Piece::short(phrase("yes", self.language)));
            } else if written.starts_with(char::is_uppercase) && question.topic.is_none() {
                pieces.insert(0, Piece::short(&fill("missing", self.language, &[&written])));
            }
        }
        if pieces.is_empty() {
            pieces.extend(self.literal(question).map(|passage| self.render(passage, terms)));
        }
        pieces
    }

    /// Returns the passages that contain a name of a question.
    fn named(&self, question: &Question) -> Vec<usize> {
        let is_name = |term: &&Term| term.is_certain() && question.names.contains(&term.word);
        let names: Vec<Term> = question.terms.iter().filter(is_name).cloned().collect();
        self.index.search(&names).iter().map(|hit| hit.passage).collect()
    }

    /// Renders a passage with its reasons, which need not be in the sentence with the words of the question.
    fn reasoned(&self, number: usize, terms: &[Term]) -> Piece {
        let piece = self.render(number, terms);
        let has_reason = |line: &&String| compose::has_reason(line);
        if piece.lines.iter().any(|line| compose::has_reason(line)) {
            return piece;
        }
        let reasons: Vec<String> =
            self.index.passages[number].lines.iter().filter(has_reason).take(2).cloned().collect();
        if reasons.is_empty() { piece } else { Piece { lines: reasons, ..piece } }
    }

    /// Returns the sentence or item that contains a term and a year.
    pub(super) fn dated_line(&self, number: usize, terms: &[Term]) -> Option<&String> {
        if self.index.passages[number].kind == Kind::Entry {
            return None;
        }
        let mut lines = self.index.lines(number);
        lines
            .find(|(text, line)| line.is_dated() && self.index.matches(text, terms) > 0)
            .map(|(text, _)| text)
    }

    /// Returns a passage that contains the subject literally, so that nothing in the notes is denied.
    fn literal(&self, question: &Question) -> Option<usize> {
        if !question.is_know || question.terms.is_empty() {
            return None;
        }
        let longest = question.terms.iter().max_by_key(|term| term.word.len())?;
        self.index.containing(&longest.word)
    }
}

/// Returns whether the topic of a prepared answer is a detail, such as a price.
fn is_detailed(topic: Option<Topic>) -> bool {
    topic.is_some_and(|topic| topic == Topic::Salary || topic.is_detail())
}

fn wants_dates(question: &Question, topic: Option<Topic>) -> bool {
    matches!(topic, Some(Topic::Since | Topic::Years)) || question.aspect == Some(question::Aspect::Time)
}
