//! Answers questions about a detail, such as the opening hours or a price, with the sentences that contain it.

use super::super::dates;
use super::super::index::Term;
use super::super::passage::{Kind, Passage};
use super::super::question::{self, Aspect, Question};
use super::super::topics::Topic;
use super::super::words;
use super::compose::{Piece, entry_head, has_number, has_person};
use super::context::{Context, is_personal};
use super::evidence::{is_family_told as is_told, is_home};
use super::general::is_pay;
use super::unknown::is_missing;

/// The subject of the sentences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    Topic(Topic),
    Prices,
}

/// The weight of a passage whose heading or question names the subject, relative to one that contains all words.
const NAMED: f64 = 0.6;
/// Length in characters of a sentence that often refers to the one before.
const SHORT: usize = 50;
/// Words for any animal. Accents are folded.
const ANIMALS: &str = "pet pets animal animals haustier haustiere tier tiere animaux mascota mascotas animale animales animali animais";
/// The maximum number of equally good passages in an answer.
const MAX_EQUAL: usize = 3;

impl Context<'_> {
    /// Returns the answer to a question about a detail or a price. `None` means that the question is about something else.
    pub(super) fn told_in_detail(&self, question: &Question, topic: Topic) -> Option<Vec<Piece>> {
        if topic == Topic::Salary && !is_pay(&question.text) {
            let prices = self.sentences(question, Subject::Prices);
            return (!prices.is_empty()).then_some(prices);
        }
        if !topic.is_detail() {
            return None;
        }
        Some(self.not_personal(question, topic).unwrap_or_else(|| self.detail(question, topic)))
    }

    /// Returns what the notes contain about a detail, or else about the words of the question.
    fn detail(&self, question: &Question, topic: Topic) -> Vec<Piece> {
        // Other animals are no answer to "Do you have a dog?".
        let is_other = |term: &Term| is_missing(question, term) && !words::is_in(ANIMALS, &term.word);
        let is_known = question.all_terms.iter().any(Term::is_known);
        if topic == Topic::Pets && !is_known && question.all_terms.iter().any(is_other) {
            return Vec::new();
        }
        let told = self.sentences(question, Subject::Topic(topic));
        if is_personal(topic) {
            // A company can be called "Smith & Daughters".
            return told
                .into_iter()
                .filter(|piece| piece.head.is_empty() || piece.lines.iter().any(|line| is_told(line)))
                .collect();
        }
        if topic == Topic::Booking {
            let contact = self.topic(Topic::Contact);
            let is_long = told.len() > 1;
            return if is_long { contact } else { told.into_iter().chain(contact).collect() };
        }
        let named: Vec<Term> = question.terms.iter().filter(|term| term.is_certain()).cloned().collect();
        let is_named = |piece: &Piece| self.index.matches(&piece.text(), &named) > 0;
        if !told.is_empty() && (named.is_empty() || told.iter().any(is_named)) {
            return told;
        }
        let other = Question { terms: named, topic: None, ..question.clone() };
        let found = self.found(&other, None, self.hits(&other, None));
        if !found.is_empty() || !told.is_empty() {
            return told.into_iter().take(1).chain(found).take(2).collect();
        }
        if topic == Topic::Colleagues {
            return self.topic(Topic::Leadership);
        }
        let terms: Vec<Term> = question.all_terms.iter().filter(|term| term.is_certain()).cloned().collect();
        let all = Question { terms, topic: None, ..question.clone() };
        let mut hits = self.hits(&all, None);
        // The name of a country can also be that of a language or of the owner's home.
        let is_basic = |passage: &Passage| matches!(passage.topic, Some(Topic::Location | Topic::Languages));
        hits.retain(|hit| topic != Topic::Abroad || !is_basic(&self.index.passages[hit.passage]));
        self.found(&all, None, hits)
    }

    /// Returns the sentences about a subject, those with most words of the question first.
    fn sentences(&self, question: &Question, subject: Subject) -> Vec<Piece> {
        // The words that ask for a price do not tell which one.
        let is_narrow = subject == Subject::Prices && question.terms.iter().any(Term::is_known);
        let terms = if is_narrow { &question.terms } else { &question.all_terms };
        let hits = self.index.search(terms);
        let mut ranked: Vec<(f64, usize)> = Vec::new();
        for (number, passage) in self.index.passages.iter().enumerate() {
            let is_titled = matches!(subject, Subject::Topic(topic) if passage.topic == Some(topic));
            if !is_titled && !self.has_subject(number, subject) {
                continue;
            }
            let hit = hits.iter().find(|hit| hit.passage == number);
            let lines = self.lines(number, subject);
            let held = lines.iter().map(|line| self.index.matches(line, terms)).max().unwrap_or_default();
            let is_answer = passage.kind == Kind::Answer;
            let is_label = subject == Subject::Prices && self.index.titled(number, terms) > 0;
            let named = if is_titled || is_answer || is_label { NAMED } else { 0.0 };
            let held = if held > 0 { NAMED } else { 0.0 };
            let held =
                if self.is_over(number) && !question::is_past(&question.text) { held - NAMED } else { held };
            // "Do you have a dog?" asks about the owner's animals.
            let is_home = matches!(subject, Subject::Topic(Topic::Pets | Topic::Children | Topic::Partner))
                && lines.iter().any(|line| is_home(line));
            let names_one =
                subject == Subject::Topic(Topic::Colleagues) && lines.iter().any(|line| has_person(line));
            let held = if is_home || names_one { held + NAMED } else { held };
            let is_untimed = subject == Subject::Topic(Topic::Hours)
                && question.aspect == Some(Aspect::Time)
                && !lines.iter().any(|line| dates::names_day(line) || has_number(line));
            let held = if is_untimed { held - 2.0 * NAMED } else { held };
            ranked.push((hit.map_or(0.0, |hit| hit.coverage) + named + held, number));
        }
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let best = ranked.first().map_or(0.0, |(score, _)| *score);
        let equal = ranked.into_iter().take_while(|(score, _)| *score >= best - f64::EPSILON);
        equal.take(MAX_EQUAL).map(|(_, number)| self.tell(number, subject, terms)).collect()
    }

    fn has_subject(&self, number: usize, subject: Subject) -> bool {
        match subject {
            Subject::Topic(topic) => self.index.mentions(number, topic),
            Subject::Prices => self.index.has_price(number),
        }
    }

    /// Returns the lines of a passage about a subject.
    fn lines(&self, number: usize, subject: Subject) -> Vec<&String> {
        match subject {
            Subject::Topic(topic) => self.index.lines_about(number, topic).collect(),
            Subject::Prices => self.index.lines_with_price(number).collect(),
        }
    }

    /// Renders the lines of a passage about a subject, with the one that follows the first of them.
    fn tell(&self, number: usize, subject: Subject, terms: &[Term]) -> Piece {
        let passage = &self.index.passages[number];
        let about = self.lines(number, subject);
        if about.is_empty() || matches!(passage.kind, Kind::Answer | Kind::Fact) {
            return self.render(number, terms);
        }
        let is_list = passage.kind == Kind::List;
        let head = if passage.kind == Kind::Entry { entry_head(passage) } else { String::new() };
        Piece { head, lines: self.best_lines(passage, &about, terms, is_list), is_list }
    }

    fn best_lines(&self, passage: &Passage, about: &[&String], terms: &[Term], is_list: bool) -> Vec<String> {
        let most = about.iter().map(|line| self.index.matches(line, terms)).max().unwrap_or_default();
        let is_best = |line: &String| about.contains(&line) && self.index.matches(line, terms) == most;
        let is_wanted = |at: usize| {
            let line = |at: usize| passage.lines.get(at);
            let is_after = at > 0 && line(at - 1).is_some_and(is_best);
            // As in "It was my worst mistake."
            let is_before = line(at + 1).is_some_and(|next| is_best(next) && next.chars().count() < SHORT);
            line(at).is_some_and(|line| is_best(line) || self.index.matches(line, terms) > most)
                || !is_list && (is_after || is_before)
        };
        let wanted = (0..passage.lines.len()).filter(|at| is_wanted(*at));
        wanted.map(|at| passage.lines[at].clone()).collect()
    }
}
