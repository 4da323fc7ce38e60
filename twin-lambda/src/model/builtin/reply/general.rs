//! Answers questions that name a topic or a label, but nothing else.

use super::super::dates;
use super::super::index::{Hit, Term};
use super::super::passage::{self, Kind, Passage};
use super::super::question::{self, Question};
use super::super::topics::{self, Topic};
use super::super::words;
use super::compose::{self, Piece};
use super::context::{Context, MIN_COVERAGE, is_personal};

impl Context<'_> {
    pub(super) fn without_topic(&self, question: &Question) -> Vec<Piece> {
        if !question.terms.is_empty() {
            let mut found = self.found(question, None, self.hits(question, None));
            if found.is_empty()
                || !question.terms.iter().any(|term| term.is_certain() && dates::is_time(&term.word))
            {
                found.splice(0..0, self.planned(question)).for_each(drop);
            }
            let asks_place = found.is_empty() && question.aspect == Some(question::Aspect::Place);
            let is_unknown = !question.terms.iter().any(Term::is_known);
            return if asks_place && is_unknown { self.topic(Topic::Location) } else { found };
        }
        let names = if question.is_know { self.names(question) } else { Vec::new() };
        let has_label = names.is_empty() && question.aspect.is_some();
        if has_label { self.headed(question) } else { names }
    }

    /// Returns when the owner is free, if a question asks for something at a time, as in "Could you come on Tuesday?".
    fn planned(&self, question: &Question) -> Option<Piece> {
        let names_time = question.terms.iter().any(|term| dates::is_time(&term.word));
        let is_plan = names_time && question::is_request(&question.text);
        let topics = [Topic::Availability, Topic::Booking].into_iter().filter(|_| is_plan);
        topics
            .flat_map(|topic| self.mentions(topic))
            .find(|piece| compose::has_duration(&piece.text()) || dates::find(&piece.text()).is_some())
    }

    /// Returns the sentences that name languages without a word for languages or for speaking.
    pub(super) fn spoken(&self) -> Vec<Piece> {
        let lines = self.index.passages.iter().flat_map(|passage| &passage.lines);
        lines.filter(|line| passage::names_language(line)).take(2).map(|line| Piece::short(line)).collect()
    }

    /// Returns the sentences of the summary with an age, such as "24 years old".
    pub(super) fn aged(&self) -> Vec<Piece> {
        let is_age = |pair: &[words::Word<'_>]| {
            let number = pair[0].text.parse::<u8>().is_ok_and(|years| (16..=99).contains(&years));
            number && matches!(pair[1].text, "years" | "jahre" | "ans" | "anos" | "anni")
        };
        let is_length = |word: &words::Word<'_>| {
            [
                "experience",
                "erfahrung",
                "depuis",
                "pendant",
                "seit",
                "desde",
                "for",
                "hace",
                "da",
                "per",
                "ha",
            ]
            .contains(&word.text)
        };
        let has_age = |line: &&String| {
            let folded = words::fold(line);
            let words = words::split(&folded);
            // As in "I am 41, and".
            let is_told = |pair: &[words::Word<'_>]| {
                let is_number = pair[1].text.len() == 2 && pair[1].text.parse::<u8>().is_ok();
                matches!(pair[0].text, "am" | "i" | "bin")
                    && is_number
                    && folded[pair[1].end()..].starts_with([',', '.', ';'])
            };
            let has_age = words.windows(2).any(|pair| is_age(pair) || is_told(pair));
            has_age && !words.iter().any(is_length)
        };
        let lines = self.passages(Topic::Summary).flat_map(|(_, passage)| &passage.lines);
        lines.filter(has_age).take(1).map(|line| Piece::short(line)).collect()
    }

    /// Returns the end of the owner's text, which is often about the life outside work.
    pub(super) fn last_paragraph(&self) -> Vec<Piece> {
        let is_about = |number: &usize| {
            let passage = &self.index.passages[*number];
            let is_contact = passage.lines.iter().any(|line| line.contains('@'));
            let is_text = passage.kind == Kind::Prose && passage.topic == Some(Topic::Summary);
            is_text && !is_contact && !self.index.mentions(*number, Topic::Hours)
        };
        let last = (0..self.index.passages.len()).rev().find(is_about);
        last.map(|number| self.render(number, &[])).into_iter().collect()
    }

    /// Answers a question that names nothing but a topic.
    pub(super) fn only_topic(&self, question: &Question, topic: Topic) -> Vec<Piece> {
        let mut pieces = self.general(question, topic);
        if topic == Topic::Education
            && let Some(course) = self.named_course(question)
        {
            pieces.insert(0, course);
        }
        if topic == Topic::Employer && question.aspect == Some(question::Aspect::Place) {
            let job = self.current_job().map(|job| &self.index.passages[job]);
            let job = job.map(|job| Piece::short(&compose::entry_head(job)));
            let rest = job.into_iter().chain(self.topic(Topic::Location));
            pieces.splice(1.min(pieces.len()).., rest).for_each(drop);
        }
        pieces
    }

    /// Returns the course of study that a question names, as in "What was your thesis about?".
    pub(super) fn named_course(&self, question: &Question) -> Option<Piece> {
        let courses = |number: &usize| {
            let passage = &self.index.passages[*number];
            passage.kind == Kind::Entry && passage.topic == Some(Topic::Education)
        };
        let total = (0..self.index.passages.len()).filter(courses).count();
        let hits = self.index.search(&question.all_terms);
        let named: Vec<usize> = hits.into_iter().map(|hit| hit.passage).filter(courses).collect();
        let first = named.first().filter(|_| named.len() < total)?;
        Some(self.render(*first, &question.all_terms))
    }

    /// Returns what the notes say about names in a question that are also stop words, such as "Go".
    pub(super) fn names(&self, question: &Question) -> Vec<Piece> {
        let separators = |letter: char| !letter.is_alphanumeric() && !"+#".contains(letter);
        let words = question.text.split(separators).filter(|word| !word.is_empty()).skip(1);
        let names: Vec<&str> =
            words.filter(|word| word.starts_with(char::is_uppercase) && *word != "I").collect();
        let has_name = |line: &&String| line.split(separators).skip(1).any(|word| names.contains(&word));
        let lines = self.index.passages.iter().flat_map(|passage| &passage.lines).filter(has_name);
        lines.take(3).map(|line| Piece::short(line)).collect()
    }

    /// Returns the values whose label the question names, such as the time zone.
    fn labeled(&self, question: &Question) -> Option<Piece> {
        let is_labeled = |number: &usize| {
            let passage = &self.index.passages[*number];
            matches!(passage.kind, Kind::Fact | Kind::List)
                && !passage.head.is_empty()
                && topics::of_heading(&passage.head).is_none()
                && self.index.is_titled(*number, &question.all_terms)
        };
        let number = (0..self.index.passages.len()).find(is_labeled)?;
        Some(self.render(number, &[]))
    }

    /// Returns what the notes say about the topic of a question that names nothing else.
    pub(super) fn general(&self, question: &Question, topic: Topic) -> Vec<Piece> {
        let is_when = question.aspect == Some(question::Aspect::Time);
        if is_when && matches!(topic, Topic::Work | Topic::Employer | Topic::Jobs) {
            let headed = if question::is_past(&question.text) { Vec::new() } else { self.headed(question) };
            return if headed.is_empty() { self.topic(Topic::Since) } else { headed };
        }
        let mut pieces = self.own(topic);
        let priced = || (0..self.index.passages.len()).filter(|number| self.index.has_price(*number));
        if topic == Topic::Salary && pieces.is_empty() && !is_pay(&question.text) {
            return priced().map(|number| self.render(number, &[])).collect();
        }
        if topic == Topic::Salary && is_pay(&question.text) {
            let is_told = |number: usize| {
                let is_headed = is_rate(&self.index.passages[number].head);
                is_headed || self.index.lines_with_price(number).any(|line| is_rate(line))
            };
            if !self.index.passages.is_empty() && !priced().any(is_told) {
                pieces.clear();
            }
        }
        if pieces.is_empty() {
            let others = question.others.iter().filter(|_| !is_personal(topic)).map(|other| self.own(*other));
            pieces =
                others.into_iter().find(|pieces| !pieces.is_empty()).unwrap_or_else(|| self.related(topic));
        } else if !self.has_passages(topic) && !question::is_general(topic) {
            let matches = |piece: &Piece| self.index.matches(&piece.text(), &question.all_terms);
            pieces.sort_by_key(|piece| std::cmp::Reverse(matches(piece)));
        }
        let is_told = pieces.iter().any(|piece| self.index.matches(&piece.text(), &question.all_terms) > 0);
        if !is_told && !question::is_general(topic) && !is_personal(topic) {
            pieces.splice(0..0, self.elsewhere(question, topic)).for_each(drop);
        }
        let is_specific =
            !question::is_general(topic) && !matches!(topic, Topic::Years | Topic::Since | Topic::Age);
        let label = if is_specific { self.labeled(question) } else { None };
        pieces.splice(0..0, label).for_each(drop);
        if is_specific && question.aspect == Some(question::Aspect::Quantity) {
            pieces.splice(0..0, self.counted(question)).for_each(drop);
        }
        pieces
    }

    /// Returns the passage about something else that contains the words by which a question names its topic.
    fn elsewhere(&self, question: &Question, topic: Topic) -> Option<Piece> {
        let terms: Vec<Term> = question.all_terms.iter().filter_map(Term::literal).collect();
        let hits = self.index.search(&terms);
        let holds = |hit: &&Hit| {
            let passage = &self.index.passages[hit.passage];
            let has_line = passage.lines.iter().any(|line| self.index.matches(line, &terms) > 0);
            passage.topic != Some(topic)
                && passage.kind != Kind::Answer
                && has_line
                && hit.coverage >= MIN_COVERAGE
        };
        hits.iter().find(holds).map(|hit| self.render(hit.passage, &terms))
    }

    /// Returns the sentence or item with a number that contains most words of a question.
    fn counted(&self, question: &Question) -> Option<Piece> {
        let terms: Vec<Term> = question.all_terms.iter().filter(|term| term.is_certain()).cloned().collect();
        let hits = self.index.search(&terms);
        let lines = hits.iter().take(10).flat_map(|hit| {
            let passage = &self.index.passages[hit.passage];
            passage.lines.iter().map(move |line| (hit.passage, passage, line))
        });
        let counted =
            lines.filter(|(.., line)| compose::has_number(line) && self.index.matches(line, &terms) > 0);
        let rank = |(number, _, line): &(usize, &Passage, &String)| {
            let topic = question.topic.filter(|topic| !topic.is_small_talk());
            let is_about =
                topic.is_some_and(|topic| self.index.lines_about(*number, topic).any(|about| about == *line));
            (!self.is_over(*number), is_about, self.index.matches(line, &terms))
        };
        let (_, passage, line) = counted.rev().max_by_key(rank)?;
        let head = if passage.kind == Kind::Entry { compose::entry_head(passage) } else { String::new() };
        Some(Piece { head, ..Piece::short(line) })
    }

    /// Returns the passage whose heading contains most words of a question that consists of stop words, as in "When are
    /// you open?".
    pub(super) fn headed(&self, question: &Question) -> Vec<Piece> {
        let terms = self.index.weak_terms(&question.text, self.language);
        let titled = |number: &usize| self.index.titled(*number, &terms);
        let is_value = |number: &usize| {
            let passage = &self.index.passages[*number];
            matches!(passage.kind, Kind::Fact | Kind::List | Kind::Prose) && titled(number) > 0
        };
        let best = (0..self.index.passages.len()).rev().filter(is_value).max_by_key(titled);
        best.map(|number| self.render(number, &[])).into_iter().collect()
    }
}

/// Returns whether a text tells what the owner earns or takes for an hour or a day.
fn is_rate(text: &str) -> bool {
    const RATES: &str = "hour hourly daily day rate rates honorar stundensatz tagessatz stunde heure jour hora ora giorno giornata \
        dia salary salario salaire gehalt verdienst verdiene sueldo stipendio lohn paid money 年収";
    question::contains_any(text, RATES)
}

/// Returns whether a question about money is about the owner's income.
pub(super) fn is_pay(text: &str) -> bool {
    #[rustfmt::skip]
    const PAY: [&str; 26] = [
        "make a month", "make a year",
        "salar", "earn", "gehalt", "verdien", "gagn", "sueldo", "ganas", "stipend", "guadagn", "ganha", "lohn", "年収", "給", "راتب",
        "تكسب", "paid", "pay you", "pays you", "te pag", "le pag", "te pai", "vous pai", "bezahlt", "zahlen sie dir",
    ];
    let folded = words::fold(text);
    PAY.iter().any(|word| folded.contains(word))
}
