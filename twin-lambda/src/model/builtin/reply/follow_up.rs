//! Answers questions that refer to the turn before, such as "and before that?", "tell me more" or "when?".

use super::super::index::Term;
use super::super::passage::Kind;
use super::super::phrases::phrase;
use super::super::question::{Aspect, Question};
use super::super::topics::Topic;
use super::super::words;
use super::compose::{Piece, has_reason, join};
use super::context::{Context, ENOUGH, Exchange, MIN_COVERAGE};
use super::evidence::best;

/// Words of a question that can continue the last one without a reference to it.
const CONTINUING: usize = 6;

impl Context<'_> {
    /// Returns the answer to a question that makes sense only after the previous turn, or `None` if it makes sense on
    /// its own.
    pub(super) fn follow_up(&self, question: &Question) -> Option<String> {
        let last = self.history.last()?;
        let aspect = question.aspect.filter(|aspect| *aspect != Aspect::Duration);
        let aspect = aspect.or_else(|| is_length(&question.text).then_some(Aspect::Time));
        let length = question.text.split_whitespace().count();
        let refers = question.is_reference || question.topic == Some(Topic::Since) && length <= 4;
        let is_bare = question.terms.is_empty() || refers && !question.terms.iter().any(Term::is_known);
        let is_short = length <= CONTINUING;
        if aspect == Some(Aspect::Reason) && is_short && !question.terms.iter().any(Term::is_certain) {
            return self.reason_beside(last.answer).map(|piece| piece.text());
        }
        if !is_bare {
            return self.same_about_other(question);
        }
        let pieces = match (question.topic, aspect) {
            (Some(Topic::More), _) => return Some(self.more()),
            (Some(Topic::Past), _) => {
                let jobs = self.jobs().into_iter().filter(|job| self.is_mentioned(*job, last.answer));
                let at = |job: &usize| last.answer.find(self.job_head(*job)).unwrap_or(usize::MAX);
                let mentioned = jobs.min_by_key(at)?;
                self.past(Some(mentioned))
            }
            (Some(Topic::Since), _) if question.text.split_whitespace().count() > 6 => return None,
            (Some(Topic::Since), _) | (None, Some(Aspect::Time)) => {
                let dated = |number: &usize| !self.index.passages[*number].dates.is_empty();
                let asked = Question::parse(last.question, self.index);
                let hits = self.index.search(&asked.all_terms);
                let mut subjects =
                    self.mentioned(last.answer).into_iter().chain(hits.iter().map(|hit| hit.passage));
                match subjects.find(dated) {
                    Some(subject) => vec![self.started(subject)],
                    None => vec![self.told(&asked, last.answer)?],
                }
            }
            (None, Some(Aspect::Place)) => vec![self.render(*self.mentioned(last.answer).first()?, &[])],
            (Some(Topic::Leadership), _) if !question.is_reference => {
                let about = |number: &usize| self.index.mentions(*number, Topic::Leadership);
                let number = self.mentioned(last.answer).into_iter().find(about)?;
                vec![self.render(number, &question.terms)]
            }
            (None | Some(Topic::Work | Topic::Employer | Topic::Programming), None)
                if question.is_reference =>
            {
                self.about_last(question, last)?
            }
            _ => return None,
        };
        (!pieces.is_empty()).then(|| join(&pieces, ENOUGH))
    }

    /// Returns what the passage of the last answer says besides it.
    fn about_last(&self, question: &Question, last: &Exchange<'_>) -> Option<Vec<Piece>> {
        let number = *self.mentioned(last.answer).first()?;
        let told = &self.index.passages[number];
        let asked = Question::parse(last.question, self.index);
        let is_about = told.lines.iter().any(|line| self.index.matches(line, &asked.terms) > 0);
        if is_about && matches!(told.kind, Kind::Prose | Kind::Entry) {
            return Some(vec![self.render(number, &asked.terms)]);
        }
        let piece = self.render(number, &[]);
        let unseen = self.unseen(vec![piece.clone()]);
        if !unseen.is_empty() {
            return Some(unseen);
        }
        // A single item or line says little.
        let is_short = told.lines.is_empty() || told.kind != Kind::Entry && told.lines.len() == 1;
        let is_item = told.kind != Kind::Answer && is_short;
        let beyond = if is_item { self.beyond(question, last.answer) } else { None };
        Some(vec![beyond.unwrap_or(piece)])
    }

    /// Adds the words of the question before to one that continues it, as in "And how much is a bottle?".
    pub(super) fn continued(&self, question: &Question) -> Question {
        let mut continued = question.clone();
        let Some(last) = self.history.last() else { return continued };
        let is_open = question.topic.is_none_or(|topic| topic == Topic::Salary || topic.is_detail());
        let is_short = question.terms.iter().filter(|term| term.is_certain()).count() <= 1;
        // A short question about nothing that the notes contain.
        let is_empty = !question.all_terms.iter().any(Term::is_certain) && !question.is_know;
        let is_empty = is_empty && question.text.split_whitespace().count() <= CONTINUING;
        let refers = question.is_reference || is_continuation(&question.text) || is_empty;
        if !is_open || !is_short || !refers {
            return continued;
        }
        let asked = Question::parse(last.question, self.index);
        continued.topic =
            question.topic.or(asked.topic.filter(|topic| topic.is_detail() || *topic == Topic::Salary));
        let known = |term: &Term| term.is_certain();
        let added: Vec<Term> =
            asked.all_terms.iter().filter(|term| known(term)).map(Term::weakened).collect();
        for terms in [&mut continued.terms, &mut continued.all_terms] {
            let new = added.iter().filter(|term| !terms.iter().any(|other| other.is_same(term)));
            let new: Vec<Term> = new.cloned().collect();
            terms.extend(new);
        }
        continued
    }

    /// Returns the sentence with most words of the last answer that it does not contain.
    fn beyond(&self, question: &Question, answer: &str) -> Option<Piece> {
        let answered = Question::parse(answer, self.index);
        let all_terms = answered.all_terms.into_iter().chain(question.all_terms.clone()).collect();
        let evidence = self.evidence(&Question { all_terms, ..question.clone() });
        best(&evidence, &|evidence| !answer.contains(self.text(evidence).trim_end_matches('.')))
            .map(|best| self.quoted(best))
    }

    /// Returns the sentences after the first one that an answer quoted, which often tell why.
    fn reason_beside(&self, answer: &str) -> Option<Piece> {
        let lines = &self.index.passages[*self.mentioned(answer).first()?].lines;
        let quoted = lines.iter().position(|line| answer.contains(line.trim_end_matches('.')))?;
        let reason = lines.iter().position(|line| has_reason(line)).unwrap_or(quoted + 1);
        let lines: Vec<String> = lines.iter().skip(reason).take(2).cloned().collect();
        (!lines.is_empty()).then(|| Piece { head: String::new(), lines, is_list: false })
    }

    /// Returns the passage that the last answer quoted, with what it says about the last question.
    fn told(&self, asked: &Question, answer: &str) -> Option<Piece> {
        let number = *self.mentioned(answer).first()?;
        let mut piece = self.render(number, &asked.all_terms);
        if self.index.passages[number].kind == Kind::List {
            piece.lines.retain(|line| self.index.matches(line, &asked.all_terms) > 0);
        }
        (!piece.lines.is_empty()).then_some(piece)
    }

    /// Answers "and X?" like the question before.
    fn same_about_other(&self, question: &Question) -> Option<String> {
        let last = Question::parse(self.history.last()?.question, self.index);
        let is_listed = matches!(last.topic, Some(Topic::Languages | Topic::Programming | Topic::Skills));
        let is_open = !last.is_know && !is_listed;
        if question.topic.is_some() || question.is_know || is_open || !is_continuation(&question.text) {
            return None;
        }
        Some(self.about(&Question { is_know: true, ..question.clone() }))
    }

    /// Continues with what the notes say about the last subject and was not said yet.
    fn more(&self) -> String {
        let questions = self.history.iter().rev().map(|turn| Question::parse(turn.question, self.index));
        let subject = questions.into_iter().find(|question| question.topic != Some(Topic::More));
        let mut pieces = subject.as_ref().map(|subject| self.pieces(subject)).unwrap_or_default();
        for number in self.history.last().map(|turn| self.mentioned(turn.answer)).unwrap_or_default() {
            let passage = &self.index.passages[number];
            let head = if passage.kind == Kind::Entry { passage.head.clone() } else { String::new() };
            pieces.push(Piece { head, lines: passage.lines.clone(), is_list: passage.kind == Kind::List });
        }
        if let Some(subject) = &subject {
            let hits = self.index.search(&subject.all_terms);
            for hit in hits.iter().filter(|hit| hit.coverage >= MIN_COVERAGE).take(5) {
                pieces.push(self.render(hit.passage, &subject.terms));
            }
            if matches!(subject.topic, Some(Topic::Who | Topic::Work | Topic::Now)) {
                pieces.extend(self.topic(Topic::Projects));
                pieces.extend(self.topic(Topic::Jobs));
            }
        }
        let unseen = self.unseen(pieces);
        if unseen.is_empty() {
            let known = subject.filter(|subject| !subject.terms.is_empty());
            let known = known.map(|subject| self.pieces(&subject)).unwrap_or_default();
            let rest = if known.is_empty() { self.ask_about() } else { join(&known, ENOUGH) };
            return [phrase("no_more", self.language), &rest].join(" ");
        }
        join(&unseen, ENOUGH)
    }

    /// Removes the lines that an answer contained already.
    fn unseen(&self, pieces: Vec<Piece>) -> Vec<Piece> {
        let is_seen = |line: &str| {
            self.history.iter().any(|turn| turn.answer.contains(line.trim_end_matches(['.', '。'])))
        };
        let mut unseen = Vec::new();
        for mut piece in pieces {
            let had_lines = !piece.lines.is_empty();
            piece.lines.retain(|line| !is_seen(line));
            if !piece.lines.is_empty() || !had_lines && !is_seen(&piece.head) {
                unseen.push(piece);
            }
        }
        unseen
    }

    fn is_mentioned(&self, number: usize, answer: &str) -> bool {
        let passage = &self.index.passages[number];
        let is_entry = passage.kind == Kind::Entry && passage.head.chars().count() >= 4;
        let has_head = is_entry && answer.contains(&passage.head);
        has_head
            || passage
                .lines
                .iter()
                .any(|line| line.chars().count() >= 12 && answer.contains(line.trim_end_matches('.')))
    }

    /// Returns the passages of the last answer, if a question refers to it.
    pub(super) fn recent(&self, question: &Question) -> Vec<usize> {
        let is_short = question.text.split_whitespace().count() <= CONTINUING;
        let last = self.history.last().filter(|_| question.is_reference || is_short);
        last.map(|turn| self.mentioned(turn.answer)).unwrap_or_default()
    }

    /// Returns the passages that an answer contains, those with a heading first.
    fn mentioned(&self, answer: &str) -> Vec<usize> {
        let mut mentioned: Vec<usize> = (0..self.index.passages.len())
            .filter(|number| self.index.passages[*number].kind != Kind::Fact)
            .filter(|number| self.is_mentioned(*number, answer))
            .collect();
        mentioned.sort_by_key(|number| {
            let passage = &self.index.passages[*number];
            let is_entry = passage.kind == Kind::Entry && !passage.head.is_empty();
            let at = answer.find(&passage.head).filter(|_| is_entry);
            at.unwrap_or(usize::MAX)
        });
        mentioned
    }
}

/// Returns whether a question only asks for a length of time.
fn is_length(text: &str) -> bool {
    let folded = words::fold(text);
    let words: Vec<&str> = words::split(&folded).iter().map(|word| word.text).collect();
    matches!(
        words.as_slice(),
        ["how", "long", ..]
            | ["wie", "lange", ..]
            | ["combien", "de", "temps", ..]
            | ["cuanto", "tiempo", ..]
    ) && words.len() <= 6
}

/// Returns whether a question only exchanges the subject, as in "And Python?".
fn is_continuation(text: &str) -> bool {
    let folded = words::fold(text);
    let words = words::split(&folded);
    let Some(first) = words.first() else { return false };
    let is_short = if first.is_cjk { text.chars().count() <= 8 } else { words.len() <= 2 };
    let starts = ["what about", "how about", "was ist mit", "wie steht es mit", "qu'en est il", "que tal"];
    is_short
        || starts.iter().any(|start| folded.starts_with(start))
        || matches!(first.text, "and" | "und" | "et" | "y" | "e" | "ed" | "o" | "or" | "oder" | "ou" | "و")
}
