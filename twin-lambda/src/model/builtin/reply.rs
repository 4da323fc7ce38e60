//! Composes the answer to a visitor's message from the notes.

mod career;
mod compose;
mod context;
mod detail;
mod evidence;
mod facts;
mod follow_up;
mod general;
mod mentions;
mod prepared;
mod search;
mod unknown;

use super::dates;
use super::index::{Line, Term};
use super::knowledge::Knowledge;
use super::passage::Kind;
use super::phrases::{fill, phrase};
use super::question::{self, Aspect, Order, Question};
use super::topics::Topic;
use crate::prompt::UNANSWERED_MARK;

use compose::{Piece, join, shorten};
use context::{CORRECTED, Context, ENOUGH, is_personal};
pub(super) use context::{Exchange, MAX_ANSWER};
use unknown::{is_missing, lacks_subject};

/// Returns the answer to a question that follows these turns.
pub(super) fn reply(knowledge: &Knowledge, history: &[Exchange<'_>], question: &str, year: u16) -> String {
    let Knowledge { index, prepared } = knowledge;
    let mut parsed = Question::parse(question, index);
    // "How much is it?" is a calculation without numbers, unless it continues a conversation.
    if parsed.topic == Some(Topic::Unrelated)
        && parsed.aspect == Some(Aspect::Quantity)
        && !history.is_empty()
    {
        parsed.topic = Some(Topic::Salary);
    }
    // "What salary would you look for?" is about pay first.
    if parsed.topic == Some(Topic::Availability)
        && parsed.others.contains(&Topic::Salary)
        && general::is_pay(question)
    {
        parsed.topic = Some(Topic::Salary);
    }
    let spoken = || history.iter().rev().find_map(|turn| Question::parse(turn.question, index).language);
    let language = parsed.language.or_else(spoken).unwrap_or(index.language);
    let is_past = parsed.is_past;
    let context = Context { index, prepared, history, language, is_past, year };
    let answer = context.answer(&parsed);
    match answer.strip_suffix(UNANSWERED_MARK) {
        Some(text) => format!("{} {UNANSWERED_MARK}", shorten(text.trim(), MAX_ANSWER)),
        None => shorten(&answer, MAX_ANSWER),
    }
}

impl Context<'_> {
    fn answer(&self, question: &Question) -> String {
        let continued = self.continued(question);
        let is_continued = continued.all_terms.len() > question.all_terms.len();
        if !is_continued
            && let Some(answer) = self.prepared(question).filter(|_| self.before_named(question).is_none())
        {
            return answer;
        }
        if question.topic == Some(Topic::Unrelated) || question::is_sum(&question.text) {
            return self.unrelated();
        }
        if question.topic == Some(Topic::Recall) {
            return self.asked_before(question);
        }
        if let Some(answer) = self.both(question) {
            return answer;
        }
        if let Some(answer) = self.follow_up(question) {
            return self.completed(&continued, answer);
        }
        let prepared = is_continued.then(|| self.prepared(&continued)).flatten();
        prepared.unwrap_or_else(|| self.completed(&continued, self.about(&continued)))
    }

    /// Answers two questions in one message, if the notes have an answer to both.
    fn both(&self, question: &Question) -> Option<String> {
        let parts: Vec<&str> = question.text.split_inclusive(['?', '？', '؟']).map(str::trim).collect();
        let [first, second] = parts.as_slice() else { return None };
        let answers = [first, second].map(|part| {
            let question = Question::parse(part, self.index);
            let is_about = question.topic.is_some_and(|topic| !topic.is_small_talk()) || question.is_know;
            let answer = || self.prepared(&question).unwrap_or_else(|| self.about(&question));
            (part.ends_with(['?', '？', '؟']) && is_about).then(answer)
        });
        let [Some(first), Some(second)] = answers else { return None };
        let is_known =
            first != second && ![&first, &second].iter().any(|text| text.ends_with(UNANSWERED_MARK));
        let half = MAX_ANSWER / 2 - 1;
        is_known.then(|| format!("{} {}", shorten(&first, half), shorten(&second, half)))
    }

    /// Answers a question without regard to the turns before.
    fn about(&self, question: &Question) -> String {
        if self.lacks_language(question) || lacks_subject(question) && !self.names_missing(question) {
            return self.last_look(question).unwrap_or_else(|| self.unknown(question));
        }
        let before = self.before_named(question);
        let is_before = before.is_some();
        let mut found = if self.asks_for_day(question) { self.own(Topic::Hours) } else { Vec::new() };
        found.extend(before.unwrap_or_else(|| self.pieces(question)));
        let count = found.len();
        let mut pieces = if found.is_empty() || is_before { found } else { self.checked(question, found) };
        // An answer that was corrected keeps its other parts.
        let enough = if pieces.len() > count { CORRECTED } else { ENOUGH };
        if let Some(has) = wanted(question) {
            pieces.sort_by_cached_key(|piece| !has(&piece.text()));
        }
        if !pieces.is_empty() {
            return join(&pieces, enough);
        }
        if let Some(piece) = self.perhaps(question).or_else(|| self.closest(question)) {
            return piece.text();
        }
        if let Some(reason) = self.reason(question) {
            return fill("closest", self.language, &[&reason]);
        }
        match question.topic {
            Some(topic) if topic.is_small_talk() => self.small_talk(topic),
            None if question.terms.is_empty() => self.small_talk(Topic::Help),
            topic => {
                let beside = || topic.and_then(|topic| self.beside_topic(question, topic));
                self.last_look(question).or_else(beside).unwrap_or_else(|| self.unknown(question))
            }
        }
    }

    /// Returns the parts of an answer, the most important first. There are none if the notes do not contain an answer.
    fn pieces(&self, question: &Question) -> Vec<Piece> {
        let pieces = self.about_topic(question);
        let is_loose = question.topic.is_some_and(|topic| !topic.is_small_talk() && !is_personal(topic));
        if pieces.is_empty() && is_loose && question.terms.iter().all(Term::is_certain) {
            // The words that name the topic can stand in the notes, too.
            let all = Question { terms: question.all_terms.clone(), ..question.clone() };
            return self.found(&all, None, self.hits(&all, None));
        }
        pieces
    }

    fn about_topic(&self, question: &Question) -> Vec<Piece> {
        if let Some(pieces) = self.in_year(question) {
            return pieces;
        }
        let topic = question.topic.filter(|topic| *topic != Topic::Past || !is_request(question));
        let Some(topic) = topic.filter(|topic| !topic.is_small_talk()) else {
            return if question.topic.is_some() { Vec::new() } else { self.without_topic(question) };
        };
        if matches!(topic, Topic::Past | Topic::Jobs | Topic::Work | Topic::Employer)
            && let Some(pieces) = self.job_in_order(question, topic)
        {
            return pieces;
        }
        if let Some(pieces) = self.told_in_detail(question, topic) {
            return pieces;
        }
        if question.terms.is_empty() {
            return self.only_topic(question, topic);
        }
        if let Some(pieces) = self.not_personal(question, topic) {
            return pieces;
        }
        let is_unknown = !question.terms.iter().any(Term::is_known);
        let hits = self.hits(question, Some(topic));
        let first = hits.first().map(|hit| hit.passage);
        let is_about = first.is_some_and(|passage| self.is_about(passage, topic));
        let is_priced = topic == Topic::Salary && first.is_some_and(|passage| self.index.has_price(passage));
        if topic == Topic::Salary && (is_unknown || self.has_passages(topic)) && !is_about && !is_priced {
            return self.general(question, topic);
        }
        if is_personal(topic) && !is_about && !is_priced && (is_unknown || !hits.is_empty()) {
            return Vec::new();
        }
        if topic == Topic::Since && !hits.iter().any(|hit| self.is_dated(hit.passage, &question.terms)) {
            let is_length = question.aspect == Some(Aspect::Duration) && !question::is_past(&question.text);
            let told = if is_length { self.long(question) } else { self.since_told(question) };
            return told.map_or_else(|| self.years(), |piece| vec![piece]);
        }
        let mut found = self.found(question, Some(topic), hits);
        match topic {
            Topic::Since => found.extend(self.years()),
            Topic::Location if question.aspect == Some(Aspect::Place) => found.extend(self.topic(topic)),
            _ => {}
        }
        if found.is_empty() {
            let is_missing = question.terms.iter().any(|term| is_missing(question, term));
            let is_denied = question.is_know && is_unknown && is_missing && topic != Topic::Past;
            return if is_denied { found } else { self.topic(topic) };
        }
        if is_about || question.is_know || question::is_general(topic) {
            return found;
        }
        let mut pieces = self.topic(topic);
        pieces.truncate(1);
        if let Some(course) = self.named_course(question).filter(|_| topic == Topic::Education) {
            pieces.insert(0, course);
        }
        pieces.extend(found);
        pieces
    }

    /// Returns whether a passage has dates, or a sentence with a year and a term.
    fn is_dated(&self, passage: usize, terms: &[Term]) -> bool {
        let entry = &self.index.passages[passage];
        let is_entry = entry.kind == Kind::Entry && !entry.dates.is_empty();
        is_entry || self.dated_line(passage, terms).is_some()
    }

    /// Answers a question that names a personal topic, but is about something in the notes, such as "Do you teach children?".
    fn not_personal(&self, question: &Question, topic: Topic) -> Option<Vec<Piece>> {
        if !matches!(topic, Topic::Family | Topic::Age | Topic::Children | Topic::Partner)
            || !question.terms.iter().any(Term::is_certain)
        {
            return None;
        }
        let terms = question.all_terms.clone();
        let all = Question { terms, topic: None, is_know: false, ..question.clone() };
        let mut found = self.found(&all, None, self.hits(&all, None));
        // "How old is your daughter?" is not answered by her name.
        let is_told = |line: &String| {
            self.index.matches(line, &all.terms) > 0
                && (compose::has_number(line) || dates::find(line).is_some())
        };
        found.retain(|piece| topic != Topic::Age || piece.lines.iter().any(is_told));
        Some(found)
    }

    /// Returns whether a question is about work on a day of the week, as in "Do you work on Saturdays?".
    fn asks_for_day(&self, question: &Question) -> bool {
        let is_open = question.topic.is_none_or(|topic| {
            matches!(topic, Topic::Work | Topic::Hours | Topic::Availability | Topic::Visits | Topic::Contact)
        });
        is_open && self.has_passages(Topic::Hours) && dates::names_day(&question.text)
    }

    /// Returns whether a question names a language that a list of the owner's languages does not contain.
    fn lacks_language(&self, question: &Question) -> bool {
        let mut lists =
            self.passages(Topic::Languages).filter(|(_, passage)| passage.kind != Kind::Prose).peekable();
        question.topic == Some(Topic::Languages)
            && question.is_know
            && !question::contains_any(&question.text, question::LANGUAGES)
            && !question.terms.is_empty()
            && lists.peek().is_some()
            && !lists.any(|(number, _)| {
                let is_held = |line: &Line| question.terms.iter().any(|term| line.weight_of(term) > 0.0);
                is_held(self.index.head(number)) || self.index.lines(number).any(|(_, line)| is_held(line))
            })
    }

    fn is_about(&self, passage: usize, topic: Topic) -> bool {
        self.index.passages[passage].topic == Some(topic) || self.index.mentions(passage, topic)
    }

    fn small_talk(&self, topic: Topic) -> String {
        let name = self.name();
        let ask = self.ask_about();
        match topic {
            Topic::Human => fill("human", self.language, &[&name]),
            Topic::Greeting => {
                let intro = fill("intro", self.language, &[&name]);
                [phrase("hello", self.language), &intro, &ask].join(" ")
            }
            Topic::Thanks => phrase("welcome", self.language).to_owned(),
            Topic::Goodbye => phrase("bye", self.language).to_owned(),
            Topic::Unrelated => self.unrelated(),
            _ => [fill("intro", self.language, &[&name]), ask].join(" "),
        }
    }

    /// Returns what the visitor asked in the last turn, or in the first one.
    fn asked_before(&self, question: &Question) -> String {
        let is_first = question.order == Some(Order::First);
        let turn = if is_first { self.history.first() } else { self.history.last() };
        let quoted =
            |turn: &Exchange<'_>| fill("asked", self.language, &[&shorten(turn.question.trim(), ENOUGH)]);
        turn.map_or_else(|| phrase("asked_nothing", self.language).to_owned(), quoted)
    }

    fn unrelated(&self) -> String {
        [fill("unrelated", self.language, &[&self.name()]), self.ask_about()].join(" ")
    }

    /// Returns the topics about which the notes say something.
    fn ask_about(&self) -> String {
        let list = phrase("topics", self.language).split('|').filter_map(|entry| entry.split_once('='));
        let known: Vec<&str> = list
            .filter(|(name, _)| Topic::ALL.iter().any(|topic| topic.name() == *name && self.is_known(*topic)))
            .map(|(_, label)| label)
            .take(7)
            .collect();
        fill("ask_about", self.language, &[&known.join(self.comma())])
    }

    fn is_known(&self, topic: Topic) -> bool {
        match topic {
            Topic::Work => true,
            Topic::Contact => self.index.facts.contact.is_some() || !self.index.facts.emails.is_empty(),
            topic => self.index.passages.iter().any(|passage| passage.topic == Some(topic)),
        }
    }
}

/// Returns whether "before" belongs to a request, as in "Can you examine it before?", and not to the career.
fn is_request(question: &Question) -> bool {
    question.terms.iter().any(Term::is_certain) && question::is_request(&question.text)
}

/// Returns what a text must contain to answer a question about a number, a place, a reason or a length of time.
fn wanted(question: &Question) -> Option<fn(&str) -> bool> {
    match question.aspect? {
        Aspect::Quantity => Some(compose::has_number),
        Aspect::Place if question.topic.is_none_or(|topic| topic == Topic::Location) => {
            Some(compose::has_place)
        }
        Aspect::Reason => Some(compose::has_reason),
        Aspect::Duration if question.topic.is_none() => Some(compose::has_duration),
        _ => None,
    }
}
