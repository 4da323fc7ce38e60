//! Finds the sentences that contain most of a question, to check answers that were found by topic.

use super::super::dates;
use super::super::index::{Line, Term};
use super::super::passage::Kind;
use super::super::question::{self, Aspect, Question, Scope};
use super::super::topics::Topic;
use super::super::words;
use super::compose::{self, Piece, entry_head, join};
use super::context::{CORRECTED, Context, ENOUGH, is_personal};
use super::general::is_pay;
use super::unknown::is_missing;
use crate::prompt::UNANSWERED_MARK;

/// Passages whose sentences are compared.
const MAX_PASSAGES: usize = 40;
/// Weights of a word in the heading, in an adjacent sentence, and elsewhere in the passage. A word in the sentence itself has
/// the weight 1.
const HEADED: f64 = 0.8;
const BESIDE: f64 = 0.5;
const NEAR: f64 = 0.3;
/// Added if the question asks for a date, a number or a reason, and the sentence contains one.
const ASKED: f64 = 0.15;
/// The factor for a sentence that does not contain what the question asks for.
const OTHER: f64 = 0.6;
/// Added if the sentence is about the topic of the question.
const TOLD: f64 = 0.1;
/// Added in a passage of the last answer, if the question refers to it.
const RECENT: f64 = 0.15;
/// Subtracted for a job or course in the past, if the question is about today.
const OVER: f64 = 0.1;
/// How much of a question a sentence must contain to correct an answer.
const MIN_SCORE: f64 = 0.4;
/// How much of a question a sentence must contain to answer it if nothing else does.
const MIN_PERHAPS: f64 = 0.2;
/// How much more of the question a sentence must contain than the answer that it corrects.
const MARGIN: f64 = 0.03;

/// How much of a question a further sentence must contain, relative to the best one.
const SECOND: f64 = 0.45;
/// The same if the best one contains the whole question.
const SECOND_TO_WHOLE: f64 = 0.8;
const WHOLE: f64 = 0.95;
/// Sentences that are added to an answer, and those that are considered.
const MAX_ADDED: usize = 2;
const MAX_COMPARED: usize = 8;

/// Length in characters of the sentences that follow a quoted one.
const QUOTED: usize = 180;

/// A sentence or item of the notes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Evidence {
    pub(super) passage: usize,
    line: usize,
    /// How much of the question it contains, from 0 to 1, or more if it contains what the question asks for.
    pub(super) score: f64,
}

impl Context<'_> {
    /// Returns the sentences that contain words of a question.
    pub(super) fn evidence(&self, question: &Question) -> Vec<Evidence> {
        let terms = &question.all_terms;
        let total: f64 = terms.iter().map(Term::weight).sum();
        let is_past = question::is_past(&question.text);
        let recent = self.recent(question);
        let names_time = terms.iter().any(|term| dates::is_time(&term.word));
        let aspect = question.aspect.or(names_time.then_some(Aspect::Time));
        let mut evidence: Vec<Evidence> = Vec::new();
        for hit in self.index.search(terms).iter().take(MAX_PASSAGES) {
            let lines: Vec<(&String, &Line)> = self.index.lines(hit.passage).collect();
            words::work::add(lines.len() * terms.len());
            let is_over = !is_past && self.is_over(hit.passage);
            let mut scores = vec![0.0; lines.len()];
            for term in terms {
                let heading = self.index.head(hit.passage).weight_of(term) * self.heading(hit.passage);
                let held: Vec<f64> = lines.iter().map(|(_, line)| line.weight_of(term)).collect();
                let near = if held.iter().any(|held| *held > 0.0) { NEAR } else { 0.0 };
                let at = |at: Option<usize>| at.and_then(|at| held.get(at)).copied().unwrap_or_default();
                for (number, score) in scores.iter_mut().enumerate() {
                    let beside = at(number.checked_sub(1)).max(at(Some(number + 1)));
                    let most = held[number].max(heading).max(beside * BESIDE).max(near);
                    *score += most * term.weight() / total;
                }
            }
            if lines.is_empty() {
                let head = self.index.head(hit.passage);
                let told: f64 = terms.iter().map(|term| head.weight_of(term) * term.weight()).sum();
                let text = &self.index.passages[hit.passage].head;
                let score = rated(told * HEADED / total, question, aspect, text, head);
                evidence.push(Evidence { passage: hit.passage, line: 0, score });
            }
            let scores = scores.into_iter().zip(&lines).enumerate().filter(|(_, (score, _))| *score > 0.0);
            evidence.extend(scores.map(|(at, (score, (text, line)))| Evidence {
                passage: hit.passage,
                line: at,
                score: rated(score, question, aspect, text, line) - if is_over { OVER } else { 0.0 }
                    + if recent.contains(&hit.passage) { RECENT } else { 0.0 }
                    + if aspect == Some(Aspect::Quantity) && self.counts(text, terms) { ASKED } else { 0.0 },
            }));
        }
        evidence
    }

    /// Returns whether a line contains a number before a word of a question, as "312 bowls" for "How many bowls?".
    fn counts(&self, line: &str, terms: &[Term]) -> bool {
        let folded = words::fold(line);
        let words = words::split(&folded);
        let numbers = words.iter().enumerate().filter(|(_, word)| compose::is_number(word.text));
        let mut following = numbers.flat_map(|(at, _)| words[at + 1..].iter().take(2));
        following.any(|word| self.index.matches(word.text, terms) > 0)
    }

    /// Returns whether a passage is about a job or a course that has ended.
    pub(super) fn is_over(&self, passage: usize) -> bool {
        let passage = &self.index.passages[passage];
        let is_career = matches!(passage.topic, Some(Topic::Jobs | Topic::Past | Topic::Education));
        passage.kind == Kind::Entry && is_career && passage.years.is_some() && !passage.is_current
    }

    /// Returns how much a word counts that stands in the heading of a passage.
    fn heading(&self, passage: usize) -> f64 {
        if self.index.passages[passage].kind == Kind::Answer { 1.0 } else { HEADED }
    }

    /// Adds the sentence that contains most of a question to an answer that contains much less of it.
    pub(super) fn checked(&self, question: &Question, mut pieces: Vec<Piece>) -> Vec<Piece> {
        // The answer to "What was before Acme?" does not contain "Acme".
        let is_private = |topic| is_personal(topic) && (topic != Topic::Salary || is_pay(&question.text));
        if question.topic.is_some_and(|topic| topic == Topic::Past || is_private(topic)) {
            return pieces;
        }
        let evidence = self.evidence(question);
        let Some(best) = best(&evidence, &|best| best.score >= MIN_SCORE) else { return pieces };
        let answer = join(&pieces, ENOUGH);
        let is_told =
            |evidence: &Evidence| answer.contains(self.text(evidence).trim_end_matches(['.', '。']));
        let told = self::best(&evidence, &is_told).map_or(0.0, |told| told.score);
        if best.score > told + MARGIN {
            // If the question names nothing but a topic, the topic's passages are its answer.
            let names_more = question.terms.iter().any(Term::is_certain);
            pieces.insert(usize::from(!names_more), self.quoted(best));
        }
        pieces
    }

    /// Adds the best sentences about a question to an answer that has room for them.
    pub(super) fn completed(&self, question: &Question, mut answer: String) -> String {
        let is_other = |topic: Topic| topic == Topic::Past || topic.is_small_talk() || is_personal(topic);
        if answer.ends_with(UNANSWERED_MARK) || question.topic.is_some_and(is_other) {
            return answer;
        }
        let mut evidence = self.evidence(question);
        evidence
            .sort_by(|a, b| b.score.total_cmp(&a.score).then((a.passage, a.line).cmp(&(b.passage, b.line))));
        let best = evidence.first().map_or(0.0, |best| best.score);
        let least = MIN_PERHAPS.max(best * if best >= WHOLE { SECOND_TO_WHOLE } else { SECOND });
        let enough = evidence.into_iter().take_while(|evidence| evidence.score >= least);
        let mut added = 0;
        for sentence in enough.take(MAX_COMPARED) {
            let passage = &self.index.passages[sentence.passage];
            let is_value = matches!(passage.kind, Kind::Fact | Kind::List);
            if is_value
                && question.topic.is_some()
                && passage.topic.is_some()
                && passage.topic != question.topic
            {
                continue;
            }
            let text = self.only(sentence).text();
            let is_told = answer.contains(self.text(&sentence).trim_end_matches(['.', '。']));
            if added < MAX_ADDED && !is_told && answer.chars().count() + text.chars().count() < CORRECTED {
                answer = format!("{answer} {text}");
                added += 1;
            }
        }
        answer
    }

    /// Renders a sentence, or the value with its label.
    fn only(&self, evidence: Evidence) -> Piece {
        match self.index.passages[evidence.passage].kind {
            Kind::Prose => {
                let lines = &self.index.passages[evidence.passage].lines;
                let before =
                    evidence.line.checked_sub(1).filter(|_| compose::refers_back(&lines[evidence.line]));
                let lines = lines[before.unwrap_or(evidence.line)..=evidence.line].to_vec();
                Piece { head: String::new(), lines, is_list: false }
            }
            _ => self.quoted(evidence),
        }
    }

    /// Returns a sentence that contains a part of a question to which there is no other answer.
    pub(super) fn perhaps(&self, question: &Question) -> Option<Piece> {
        let weight = |terms: &mut dyn Iterator<Item = &Term>| terms.map(Term::weight).sum::<f64>();
        let certain = weight(&mut question.terms.iter().filter(|term| term.is_certain()));
        // "Have you ever toiled abroad?" is about the word by which it names its topic.
        let has_noun = |term: &Term| term.literal().is_some() && question.nouns.contains(&term.word);
        let is_named = question.all_terms.iter().any(has_noun)
            && !question.terms.iter().any(|term| is_missing(question, term));
        let is_unknown = question.is_know && !is_named && certain * 2.0 < weight(&mut question.terms.iter());
        if question.topic.is_some_and(Topic::is_small_talk) || is_unknown {
            return None;
        }
        let is_private = question.topic.is_some_and(is_personal) && !self.is_about_word(question);
        let is_family = matches!(question.topic, Some(Topic::Family | Topic::Children | Topic::Partner));
        if is_private && (!is_family || !question.all_terms.iter().any(Term::is_certain)) {
            return None;
        }
        let evidence = self.evidence(question);
        let is_enough = |evidence: &Evidence| {
            evidence.score >= MIN_PERHAPS && (!is_private || is_family_told(self.text(evidence)))
        };
        best(&evidence, &is_enough).map(|best| self.quoted(best))
    }

    /// Returns whether a question is about a word itself that the notes contain as it is, such as the company "Hall & Daughters".
    fn is_about_word(&self, question: &Question) -> bool {
        const OWNERS: &str = "your dein deine deinen deiner ihr ihre ihren ihrer ton ta tes votre vos tu tus su sus tuo tua suo sua seu sua";
        let is_short = question.text.split_whitespace().filter(|word| word.len() > 1).count() <= 2;
        let is_asked = is_short || question.is_know || question.scope != Scope::Narrow;
        let is_owners = question::contains_any(&question.text, OWNERS);
        // The verb of "Do you know …?" need not stand in the notes.
        let is_verb = |term: &Term| question.is_know && !term.is_known() && !is_missing(question, term);
        let has_word = |term: &Term| is_verb(term) || self.index.has_literally(&term.word);
        let is_told =
            question.all_terms.iter().any(Term::is_known) && question.all_terms.iter().all(has_word);
        question.aspect.is_none() && is_asked && !is_owners && is_told
    }

    /// Returns the sentence with a length of time that contains most of a question.
    pub(super) fn long(&self, question: &Question) -> Option<Piece> {
        let is_long =
            |evidence: &Evidence| evidence.score >= MIN_SCORE && compose::has_duration(self.text(evidence));
        best(&self.evidence(question), &is_long).map(|best| self.quoted(best))
    }

    /// Returns the sentence that contains most of a question and the start of a period, as in "since I was a child".
    pub(super) fn since_told(&self, question: &Question) -> Option<Piece> {
        let is_since = |evidence: &Evidence| {
            evidence.score >= MIN_SCORE && question::contains_any(self.text(evidence), dates::SINCE)
        };
        best(&self.evidence(question), &is_since).map(|best| self.quoted(best))
    }

    /// Returns the only sentence of the notes that contains a reason, if a question asks for one.
    pub(super) fn reason(&self, question: &Question) -> Option<String> {
        let is_asked = question.aspect == Some(Aspect::Reason) && !question.topic.is_some_and(is_personal);
        let lines = self.index.passages.iter().flat_map(|passage| &passage.lines);
        let mut reasons = lines.filter(|line| is_asked && compose::has_reason(line));
        let reason = reasons.next()?;
        reasons.next().is_none().then(|| reason.clone())
    }

    /// Returns a sentence, or the heading of a passage without sentences.
    pub(super) fn text(&self, evidence: &Evidence) -> &str {
        let passage = &self.index.passages[evidence.passage];
        passage.lines.get(evidence.line).unwrap_or(&passage.head)
    }

    /// Renders a sentence with the one that follows.
    pub(super) fn quoted(&self, evidence: Evidence) -> Piece {
        let passage = &self.index.passages[evidence.passage];
        match passage.kind {
            Kind::Answer | Kind::Fact | Kind::List => self.render(evidence.passage, &[]),
            Kind::Entry => Piece {
                head: entry_head(passage),
                lines: passage.lines.get(evidence.line).cloned().into_iter().collect(),
                is_list: false,
            },
            Kind::Prose => {
                let mut length = 0;
                let is_short = |line: &&String| {
                    length += line.chars().count();
                    length <= QUOTED
                };
                let (first, rest) = (&passage.lines[evidence.line], &passage.lines[evidence.line + 1..]);
                let rest = rest.iter().take(2).take_while(is_short);
                let lines = std::iter::once(first).chain(rest).cloned().collect();
                Piece { head: String::new(), lines, is_list: false }
            }
        }
    }
}

/// Returns the first of the best sentences with a property.
pub(super) fn best(evidence: &[Evidence], has: &dyn Fn(&Evidence) -> bool) -> Option<Evidence> {
    let order = |a: &&Evidence, b: &&Evidence| {
        a.score.total_cmp(&b.score).then((b.passage, b.line).cmp(&(a.passage, a.line)))
    };
    evidence.iter().filter(|sentence| has(sentence)).max_by(order).copied()
}

/// Returns the score of a line. If the question asks for a fact such as a time, raises the score of a line that
/// contains one, and lowers all others.
fn rated(score: f64, question: &Question, aspect: Option<Aspect>, text: &str, line: &Line) -> f64 {
    let is_asked = match aspect {
        Some(Aspect::Time) => line.has_time(),
        Some(Aspect::Quantity) => compose::has_number(text),
        Some(Aspect::Reason) => compose::has_reason(text),
        Some(Aspect::Duration | Aspect::Frequency) => compose::has_duration(text),
        Some(Aspect::Place) => compose::has_place(text),
        Some(Aspect::Person) => compose::has_person(text),
        None => true,
    };
    let is_told = question.topic.is_some_and(|topic| line.is_about(topic));
    let told = if is_told { TOLD } else { 0.0 };
    match (aspect, is_asked) {
        (None, _) => score + told,
        (_, true) => score + ASKED + told,
        (_, false) => score * OTHER + told,
    }
}

/// Returns whether a sentence says where or with whom the owner lives.
pub(super) fn is_home(line: &str) -> bool {
    #[rustfmt::skip]
    const HOME: [&str; 22] = [
        "live with", "lives with", "i have", "we have", "at home", "my house", "lebe mit", "wohne mit", "zu hause", "habe", "haben", "vis avec",
        "j'ai", "avons", "chez moi", "vivo con", "tengo", "tenemos", "en casa", "vivo com", "a casa", "ho ",
    ];
    let folded = words::fold(line);
    HOME.iter().any(|text| folded.contains(text)) || is_own(line)
}

/// Returns whether a sentence is about the owner's family, or begins with a label such as "Children: two".
pub(super) fn is_family_told(line: &str) -> bool {
    let is_label = |(label, _): (&str, &str)| label.split_whitespace().count() <= 2;
    is_own(line) || line.split_once(':').is_some_and(is_label)
}

/// Returns whether a sentence is about what belongs to the owner, as in "We have no children" or "Father: a pilot".
fn is_own(line: &str) -> bool {
    const OWN: &str = "my our no married mein meine meinem meiner meinen unser unsere unserer unseren kein keine mon ma mes \
        notre nos pas mi mis nuestra nuestro tengo mio mia miei nostro nostra meu minha tenho";
    question::contains_any(line, OWN)
}
