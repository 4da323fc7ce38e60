//! Answers questions that the notes do not answer as a whole: with a related passage, or with a reply that they contain
//! no answer.

use super::super::dates;
use super::super::index::Term;
use super::super::language::Language;
use super::super::phrases::{fill, phrase};
use super::super::question::{self, Question, Scope};
use super::super::topics::Topic;
use super::super::words;
use super::compose::{Piece, shorten};
use super::context::{Context, MAX_UNKNOWN, MIN_COVERAGE, is_personal};
use crate::prompt::UNANSWERED_MARK;

impl Context<'_> {
    /// Returns the passage that contains a rare word of a question that no passage answers as a whole.
    pub(super) fn closest(&self, question: &Question) -> Option<Piece> {
        let is_private = question.topic.is_some_and(|topic| topic.is_small_talk() || is_personal(topic));
        let certain: Vec<Term> = question.terms.iter().filter(|term| term.is_certain()).cloned().collect();
        let unknown = question.terms.len() - certain.len();
        let is_named = question.is_know && unknown > 0;
        if is_private || is_named || unknown > MAX_UNKNOWN {
            return None;
        }
        let hit = *self.index.search(&certain).first()?;
        let total: f64 = question.terms.iter().map(Term::weight).sum();
        let held: f64 = certain.iter().map(Term::weight).sum();
        (hit.coverage * held / total >= MIN_COVERAGE / 2.0).then(|| self.render(hit.passage, &certain))
    }

    /// Returns whether the notes contain a noun of a question within another word.
    pub(super) fn names_missing(&self, question: &Question) -> bool {
        const SHORTEST: usize = 5;
        let missing = question.terms.iter().filter(|term| is_missing(question, term));
        missing
            .filter(|term| term.word.len() >= SHORTEST)
            .any(|term| self.index.containing(&term.word).is_some())
    }

    /// Returns a related answer to a question if the notes contain none of its words: the owner's tools for "Which
    /// console do you use?", and the owner's languages for a question in another language.
    pub(super) fn last_look(&self, question: &Question) -> Option<String> {
        const LONGEST: usize = 20;
        let is_long = question.terms.len() > LONGEST;
        if is_long || question.topic.is_some() || question.terms.iter().any(Term::is_known) {
            return None;
        }
        let is_foreign =
            question.language.is_none() && question.terms.len() >= 2 && question.names.is_empty();
        let topics: &[Topic] = match (is_foreign, question::asks_for_tool(&question.text)) {
            (true, _) => &[Topic::Languages],
            (_, true) => &[Topic::Programming, Topic::Skills],
            _ => &[],
        };
        let known = topics.iter().find(|topic| self.has_passages(**topic));
        if let Some(piece) = known.and_then(|topic| self.topic(*topic).into_iter().next()) {
            return Some(fill("closest", self.language, &[&shorten(&piece.text(), 400)]));
        }
        // The notes do not lack what the question does not name.
        if question.terms.iter().any(|term| is_missing(question, term)) {
            return None;
        }
        let names =
            words::fold(&[self.name(), self.index.facts.nickname.clone().unwrap_or_default()].join(" "));
        if question::contains_any(&question.text, &names) {
            return self.topic(Topic::Name).first().map(Piece::text);
        }
        if question.is_know {
            return None;
        }
        (question.scope == Scope::Open)
            .then(|| [phrase("unclear", self.language), &self.ask_about()].join(" "))
    }

    /// Returns what the notes say about a topic beside one that they do not mention: the studies for "Are you certified?".
    pub(super) fn beside_topic(&self, question: &Question, topic: Topic) -> Option<String> {
        let topics: &[Topic] = match topic {
            Topic::Certificates => &[Topic::Education],
            Topic::Education => &[Topic::Certificates],
            Topic::Leadership => &[Topic::Colleagues],
            Topic::Colleagues => &[Topic::Leadership],
            Topic::Abroad => &[Topic::Jobs, Topic::Education],
            Topic::Origin => &[Topic::Location],
            _ => &[],
        };
        let is_specific = question.terms.iter().any(|term| is_missing(question, term));
        let mut pieces = topics.iter().filter(|_| !is_specific).flat_map(|topic| self.topic(*topic));
        pieces.next().map(|piece| fill("closest", self.language, &[&shorten(&piece.text(), 400)]))
    }

    /// Says that the notes have no answer, with the closest passage and the contact.
    pub(super) fn unknown(&self, question: &Question) -> String {
        let mut parts = Vec::new();
        let missing: Vec<&str> =
            question.terms.iter().filter(|term| !term.is_known()).map(|term| term.word.as_str()).collect();
        if question.is_know && !missing.is_empty() && missing.len() <= 3 {
            parts.push(fill("missing", self.language, &[&as_written(question, &missing)]));
        } else {
            parts.push(phrase("unknown", self.language).to_owned());
        }
        let closest =
            self.index.search(&question.terms).first().map(|hit| self.render(hit.passage, &question.terms));
        let overview = || question.topic.and_then(|topic| self.topic(topic).into_iter().next());
        match closest.or_else(overview) {
            Some(piece) => parts.push(fill("closest", self.language, &[&shorten(&piece.text(), 250)])),
            None => parts.push(self.ask_about()),
        }
        let contact = self.index.facts.contact.as_ref().or(self.index.facts.emails.first());
        parts.extend(contact.map(|contact| fill("ask_directly", self.language, &[contact])));
        parts.push(UNANSWERED_MARK.to_owned());
        parts.join(" ")
    }
}

/// Returns whether a word of a question is a noun that the notes do not contain.
pub(super) fn is_missing(question: &Question, term: &Term) -> bool {
    let is_noun = question.nouns.contains(&term.word);
    !term.is_known()
        && term.word.len() > 1
        && is_noun
        && !dates::is_time(&term.word)
        && !is_beside(question, term)
}

/// Returns whether the notes lack most of what a question asks for: "Can you restore my harpsichord?" is not answered by what
/// they say about the restoration of pianos.
pub(super) fn lacks_subject(question: &Question) -> bool {
    if question.scope == Scope::Open || question::is_offer(&question.text) {
        return false;
    }
    let is_name = |term: &Term| question.names.contains(&term.word);
    let has_noun = question.terms.iter().any(|term| term.is_certain() && question.nouns.contains(&term.word));
    let is_lacking = |term: &&Term| match question.topic {
        _ if !is_missing(question, term) => false,
        // "What prizes did your honey win?" is about the honey.
        None | Some(Topic::Jobs) => is_name(term) || question.scope == Scope::Narrow || !has_noun,
        Some(
            Topic::Programming | Topic::Skills | Topic::Leadership | Topic::Certificates | Topic::Projects,
        ) => is_name(term),
        _ => false,
    };
    let missing: f64 = question.terms.iter().filter(is_lacking).map(Term::full_weight).sum();
    let told: f64 = question.terms.iter().filter(|term| term.is_known()).map(Term::full_weight).sum();
    missing > 0.0 && missing >= told
}

/// Returns whether a noun only describes a word that the notes contain: the subject of "acrylic paint" is the last word, and
/// that of "classes for beginners" is the first one.
fn is_beside(question: &Question, term: &Term) -> bool {
    const OF: &str = "de du des di of von";
    let folded = words::fold(&question.text);
    let words: Vec<&str> = words::split(&folded).iter().map(|word| word.text).collect();
    let at = words.iter().position(|word| *word == term.word);
    let Some(at) = at.filter(|_| !question.names.contains(&term.word)) else { return false };
    // Notes can have a German noun within a compound.
    let is_german = question.language == Some(Language::German);
    let is_told = |terms: &[Term], at: usize| {
        let is_literal = |term: &Term| term.literal().is_some() || !question.names.contains(&term.word);
        let term = words.get(at).and_then(|word| terms.iter().find(|term| term.word == *word));
        term.is_some_and(|term| (term.is_certain() || is_german && term.is_known()) && is_literal(term))
    };
    let is_preposition = |word: &str| words::is_in(question::PREPOSITIONS, word) && !words::is_in(OF, word);
    let (follows, describes) = match question.language {
        // German nouns begin with a capital letter.
        Some(Language::German) if !question.text.contains(&term.word) => (false, false),
        Some(Language::English | Language::German) => (true, true),
        _ => (true, false),
    };
    let is_after = |at: usize| is_preposition(words[at]) && at > 0 && is_told(&question.terms, at - 1);
    describes && is_told(&question.all_terms, at + 1) || follows && (at.saturating_sub(3)..at).any(is_after)
}

/// Returns words of the question as the visitor wrote them.
pub(super) fn as_written(question: &Question, folded: &[&str]) -> String {
    let original =
        question.text.split(|letter: char| !letter.is_alphanumeric() && !"+#.'’-".contains(letter));
    let mut written: Vec<&str> = original
        .map(|word| word.trim_matches(['.', '-', '\'']))
        .filter(|word| {
            let word = words::fold(word);
            words::split(&word).iter().any(|part| folded.contains(&part.text))
        })
        .collect();
    if written.is_empty() {
        written = folded.to_vec();
    }
    written.join(", ")
}
