//! Finds the owner's answer to a question that is similar to a prepared one.

use super::super::index::Term;
use super::super::knowledge::normalized;
use super::super::question::{self, Aspect, Question};
use super::super::topics::Topic;
use super::context::{Context, MIN_SIMILARITY, is_personal};

impl Context<'_> {
    /// Returns the owner's answer to a similar question.
    pub(super) fn prepared(&self, question: &Question) -> Option<String> {
        let asked = normalized(&question.text);
        let mut best: Option<(f64, usize)> = None;
        for known in self.prepared {
            let is_equal = !asked.is_empty() && known.text == asked;
            let similarity = if is_equal { 2.0 } else { similarity(question, &known.question) };
            if similarity >= MIN_SIMILARITY && best.is_none_or(|(most, _)| similarity > most) {
                best = Some((similarity, known.passage));
            }
        }
        best.map(|(_, passage)| self.index.passages[passage].lines.join(" "))
    }
}

/// Returns how similar two questions are: the weight of what they share, relative to both. The topic counts like two words.
fn similarity(a: &Question, b: &Question) -> f64 {
    const TOPIC: f64 = 2.0;
    const ASPECT: f64 = 1.0;
    let is_other = |topic| a.others.contains(&topic) && !a.topic.is_some_and(Topic::is_small_talk);
    if let Some(topic) = a.topic.filter(|topic| is_personal(*topic) && *topic != Topic::Salary)
        && b.topic != Some(topic)
    {
        return 0.0;
    }
    let is_topic_shared = b.topic.is_some_and(|topic| a.topic == Some(topic) || is_other(topic));
    let (terms_a, terms_b) =
        if is_topic_shared { (&a.terms, &b.terms) } else { (&a.all_terms, &b.all_terms) };
    let shared = terms_a.iter().filter(|term| terms_b.iter().any(|other| term.is_same(other)));
    let shared: f64 = shared.map(Term::weight).sum::<f64>() + if is_topic_shared { TOPIC } else { 0.0 };
    let topic = |question: &Question| if question.topic.is_some() { TOPIC } else { 0.0 };
    let topics = if is_topic_shared { 2.0 * TOPIC } else { f64::midpoint(topic(a), topic(b)) };
    // "Where do classes take place?" asks for the same as "Where do I have to go for a class?".
    let asked = if a.aspect.is_some() && a.aspect == b.aspect { ASPECT } else { 0.0 };
    let shared = shared + asked;
    let total: f64 = terms_a.iter().chain(terms_b).map(Term::weight).sum::<f64>() + topics + 2.0 * asked;
    // "Would you speak?" is not "Have you spoken?".
    let tense = if question::is_offer(&b.text) && question::is_past(&a.text) { 0.6 } else { 1.0 };
    let is_same_kind = question::is_offer(&a.text) && question::is_offer(&b.text);
    let is_broad = !is_same_kind && a.topic.is_some_and(Topic::is_broad);
    let has_same = a.all_terms.iter().any(|term| b.all_terms.iter().any(|other| term.is_same(other)));
    let is_other = !has_same && !a.all_terms.is_empty() && !b.terms.is_empty();
    // "How many have you made?" is not "How much is one?".
    let is_price = |question: &Question| question.topic == Some(Topic::Salary);
    let is_other = is_other || is_price(b) && !is_price(a) && a.aspect == Some(Aspect::Quantity);
    let tense = match (is_broad && !has_same, is_other) {
        (true, _) => tense * 0.6,
        (false, true) => tense * 0.8,
        (false, false) => tense,
    };
    if total > 0.0 { tense * 2.0 * shared / total } else { 0.0 }
}
