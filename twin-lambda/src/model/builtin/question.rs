//! A visitor's question: the language, the topic, and the terms that describe the subject.

mod aspect;
mod frames;
mod nouns;
mod spelling;

use std::ops::Range;

use super::detection;
use super::index::{Index, Term};
use super::language::Language;
use super::topics::{self, Found, Topic};
use super::words::{self, Word};
pub(super) use aspect::Aspect;
use aspect::{aspect, without_sizes};
pub(super) use frames::{asks_for_tool, contains_any, is_offer, is_past, is_request, is_sum};
pub(super) use nouns::{LANGUAGES, PREPOSITIONS, Scope};

#[derive(Clone, Debug)]
pub(super) struct Question {
    pub(super) text: String,
    /// `None` if the words do not tell.
    pub(super) language: Option<Language>,
    pub(super) topic: Option<Topic>,
    /// Further topics that the question names, the most certain first.
    pub(super) others: Vec<Topic>,
    /// Whether it asks if the owner knows or has something, as in "Do you know Rust?".
    pub(super) is_know: bool,
    /// Whether it refers to the previous answer, as in "What did you do there?".
    pub(super) is_reference: bool,
    /// The question word, if the question is about a time or a place.
    pub(super) aspect: Option<Aspect>,
    pub(super) order: Option<Order>,
    pub(super) is_past: bool,
    /// The subject besides the topic.
    pub(super) terms: Vec<Term>,
    /// All words except stop words, also those that name the topic.
    pub(super) all_terms: Vec<Term>,
    /// The words that are certainly nouns.
    pub(super) nouns: Vec<String>,
    /// Those that begin with a capital letter where other words do not.
    pub(super) names: Vec<String>,
    pub(super) scope: Scope,
}

/// Which one of several jobs is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    First,
    Longest,
}

const REFERENCES: &str = "there that this it they them dort da dabei das davon la cela ca y ahi alli eso esa ese li quello quella \
    isso ali esse essa ils elles ellos ellas loro eles elas هناك ذلك those these dazu daran damals";
/// Words that refer to something at the end of a question, as in "Wie groß ist die?".
const LAST_REFERENCES: &str =
    "die der sie es ihn him her one each una uno ella ellas lui elle elles lei loro ela chacun";
const REFERENCE_TEXTS: [&str; 5] = ["それ", "そこ", "その", "そちら", "あれ"];
pub(super) const FIRST: &str = "first erste erster ersten erstes premier premiere primer primera primo prima primeiro primeira 最初 اول \
    initial 1st";
const LONGEST: &str = "longest langste langsten laengste longtemps mayor";
/// Starts of questions that ask what the owner is.
const KNOW_STARTS: [&str; 9] = [
    "are you a ",
    "are you an ",
    "bist du ",
    "sind sie ",
    "etes-vous ",
    "etes vous ",
    "es-tu ",
    "eres ",
    "sei ",
];
/// Unknown words of a question that are compared with similar ones.
const MAX_CORRECTED: usize = 12;

impl Question {
    /// Parses a question. If no topic is recognized, misspelled words that name topics are corrected.
    pub(super) fn parse(text: &str, index: &Index) -> Self {
        let written = spelling::written_out(text);
        let text = written.as_str();
        let question = Self::literal(text, index);
        if question.topic.is_some_and(|topic| !topic.is_small_talk()) {
            return question;
        }
        let folded = words::fold(text);
        if question.topic.is_none() && folded.split_whitespace().count() <= 2 {
            let squeezed =
                [squeezed(&folded, 2), squeezed(&folded, 1)].into_iter().filter(|text| *text != folded);
            let known = squeezed.map(|text| Self::literal(&text, index)).find(|known| known.topic.is_some());
            if let Some(known) = known {
                return Self { text: text.to_owned(), ..known };
            }
        }
        let unknown = words::split(&folded).into_iter().filter(|word| {
            let is_stop_word = |language| words::is_stop_word(word.text, language);
            let is_known = index.has_word(word.text) || words::has_synonyms(word.text);
            !word.is_cjk && !is_known && !Language::ALL.into_iter().any(is_stop_word)
        });
        let mut corrected = folded.clone();
        for word in unknown.take(MAX_CORRECTED).collect::<Vec<_>>().into_iter().rev() {
            if let Some(right) = topics::corrected(word.text) {
                corrected.replace_range(word.start..word.end(), right);
            }
        }
        if corrected == folded {
            return question;
        }
        let right = Self::literal(&corrected, index);
        if right.topic.is_none() {
            return question;
        }
        // Names and nouns are those that the visitor wrote.
        let (nouns, names, scope) = (question.nouns, question.names, question.scope);
        Self { text: text.to_owned(), nouns, names, scope, ..right }
    }

    fn literal(text: &str, index: &Index) -> Self {
        let folded = words::fold(text);
        let words = words::split(&folded);
        let mut found = topics::find(&folded, &words);
        let mut votes = votes(&words, index.language);
        if let Some(language) = detection::winner(&votes).filter(|language| votes[*language as usize] > 1) {
            // A cue of another language is probably a different word.
            found.retain(|found| found.language == language || found.language == Language::English);
        }
        found.retain(|found| !is_visitors(found, &words));
        for found in &found {
            votes[found.language as usize] += u32::try_from(found.weight).unwrap_or(1).min(4);
        }
        let language = detection::winner(&votes);
        let asked = language.unwrap_or(index.language);
        let is_know = is_know(&found, &folded, &words);
        let is_name = owner_words(index);
        let aspect = aspect(&folded, &words, asked);
        let about = words.iter().copied().filter(|word| !is_name.contains(&word.text.to_owned()));
        let all_terms = without_sizes(index.terms(about, asked), aspect);
        let is_asked = text.contains(['?', '？', '؟']);
        let names_owner = words.iter().any(|word| is_name.contains(&word.text.to_owned()));
        let topic = topic(&found, &folded, &all_terms, words.len(), is_asked)
            .or_else(|| (names_owner && all_terms.is_empty()).then_some(Topic::Who));
        let others = others(&found, topic);
        let free = subject(&found, topic, &folded, &words);
        let is_free = |word: &Word<'_>| !is_name.contains(&word.text.to_owned());
        let mut terms = without_sizes(index.terms(free.into_iter().filter(is_free), asked), aspect);
        // An unknown word that names another topic is not the subject.
        let named = found.iter().filter(|found| topic.is_some() && others.contains(&found.topic));
        let named: Vec<&str> =
            named.flat_map(|found| found.ranges.iter().map(|range| &folded[range.clone()])).collect();
        terms.retain(|term| term.is_certain() || !named.contains(&term.word.as_str()));
        let is_reference = is_reference(&folded, &words);
        let order = order(&folded, &words, topic);
        Self {
            text: text.to_owned(),
            language,
            topic,
            others,
            is_know,
            is_reference,
            aspect,
            order,
            is_past: words.iter().any(|word| words::is_in(frames::PAST, word.text)),
            terms,
            all_terms,
            nouns: nouns::nouns(text, asked),
            names: if asked == Language::German { Vec::new() } else { nouns::names(text) },
            scope: nouns::scope(text, asked, aspect),
        }
    }
}

/// Returns the words that do not name the topic.
fn subject<'t>(found: &[Found], topic: Option<Topic>, folded: &'t str, words: &[Word<'t>]) -> Vec<Word<'t>> {
    let is_used = |found: &&Found| {
        Some(found.topic) == topic
            || found.topic == Topic::Know
            || is_filler(found)
            || topic.is_some() && is_general(found.topic)
    };
    let used: Vec<&Range<usize>> = found.iter().filter(is_used).flat_map(|found| &found.ranges).collect();
    let is_free =
        |word: &Word<'_>| !used.iter().any(|range| range.contains(&word.start) && range.end >= word.end());
    free_words(folded, words, &used).into_iter().filter(is_free).collect()
}

/// Returns which one of several jobs a question asks about.
fn order(folded: &str, words: &[Word<'_>], topic: Option<Topic>) -> Option<Order> {
    let has = |list: &str| words.iter().any(|word| words::is_in(list, word.text));
    // In Italian, the word for "first" also means "before".
    let is_before = topic == Some(Topic::Past) && folded.contains("prima");
    let is_first = has(FIRST) && !is_before;
    if is_first { Some(Order::First) } else { has(LONGEST).then_some(Order::Longest) }
}

/// Replaces letters that are repeated more often than this by one, as in "hellooo".
fn squeezed(folded: &str, most: usize) -> String {
    let letters: Vec<char> = folded.chars().collect();
    let runs = letters.chunk_by(|a, b| a == b);
    runs.flat_map(|run| if run.len() > most { &run[..1] } else { run }).collect()
}

/// Counts the words of each language. Short questions in some languages have many words in common.
fn votes(words: &[Word<'_>], notes: Language) -> [u32; 8] {
    let mut votes = detection::votes(words);
    let own = &mut votes[notes as usize];
    if *own > 0 && matches!(notes, Language::Spanish | Language::Italian | Language::Portuguese) {
        *own += 2;
    }
    votes
}

fn is_reference(folded: &str, words: &[Word<'_>]) -> bool {
    words.iter().any(|word| words::is_in(REFERENCES, word.text))
        || REFERENCE_TEXTS.iter().any(|text| folded.contains(text))
        || words.last().is_some_and(|word| words::is_in(LAST_REFERENCES, word.text))
}

/// Returns whether a question asks if the owner knows, has or is something.
fn is_know(found: &[Found], folded: &str, words: &[Word<'_>]) -> bool {
    let is_named = found.iter().any(|found| found.topic == Topic::Know)
        || KNOW_STARTS.iter().any(|start| folded.trim_start_matches(['¿', ' ']).starts_with(start));
    is_named && !is_open(words)
}

/// Returns whether a question begins with a question word, so that "yes" is no answer.
fn is_open(words: &[Word<'_>]) -> bool {
    const OPENINGS: &str = "what where when who which why was wo wann wer welche welcher welches warum wieso woran quoi ou quand \
        qui quel quelle quels quelles pourquoi donde cuando quien cual cuales dove quando chi quale quali \
        perche onde quem";
    words.first().is_some_and(|word| words::is_in(OPENINGS, word.text))
}

/// Returns the topics besides the main one.
fn others(found: &[Found], main: Option<Topic>) -> Vec<Topic> {
    let is_other = |found: &&Found| {
        Some(found.topic) != main
            && !found.topic.is_small_talk()
            && !is_general(found.topic)
            && !matches!(found.topic, Topic::Know | Topic::Since | Topic::Years)
    };
    let mut others: Vec<&Found> = found.iter().filter(is_other).collect();
    others.sort_by_key(|found| std::cmp::Reverse(found.weight));
    let mut topics: Vec<Topic> = others.into_iter().map(|found| found.topic).collect();
    topics.dedup();
    topics
}

/// Returns whether a cue is about the visitor, as in "My daughter wants to learn" and "We are a primary school": the nearest
/// pronoun before it is one of the first person.
fn is_visitors(found: &Found, words: &[Word<'_>]) -> bool {
    const FIRST: &str = "i we my our me us ich wir mein meine meinen meinem meiner unser unsere unseren unserem unserer je nous mon \
        ma mes notre nos yo nosotros mi mis nuestro nuestra nuestros nuestras soy somos tengo tenemos io noi mio mia miei mie \
        nostro nostra nostri sono siamo abbiamo eu minha meus nosso nossa sou temos";
    const SECOND: &str = "you your yours u ur du dich dir dein deine deinen deinem deiner ihr ihre ihren ihrem euer eure euch sie \
        tu te toi ton ta tes vous votre vos ti tus su sus usted vosotros lei suo sua sue tuo tua tue voi vostro teu seu";
    const DISTANCE: usize = 6;
    let can_be_visitors = matches!(
        found.topic,
        Topic::Family
            | Topic::Children
            | Topic::Partner
            | Topic::Pets
            | Topic::Age
            | Topic::Education
            | Topic::Employer
            | Topic::Jobs
            | Topic::Location
            | Topic::Colleagues
    );
    let end = found.ranges.last().map_or(0, |range| range.end);
    let before = words.iter().rev().skip_while(|word| word.start >= end).take(DISTANCE);
    let mut persons = before.filter(|word| words::is_in(FIRST, word.text) || words::is_in(SECOND, word.text));
    can_be_visitors && persons.next().is_some_and(|word| words::is_in(FIRST, word.text))
}

/// Greetings and thanks around a question are not its subject.
fn is_filler(found: &Found) -> bool {
    matches!(found.topic, Topic::Greeting | Topic::Thanks)
}

/// Returns whether a topic is about all of the owner's work, so that its words do not narrow down another topic.
pub(super) fn is_general(topic: Topic) -> bool {
    matches!(
        topic,
        Topic::Work | Topic::Jobs | Topic::Employer | Topic::Now | Topic::Who | Topic::Summary | Topic::Name
    )
}

/// Returns the words outside of the used ranges. Japanese runs are cut at them.
fn free_words<'t>(folded: &'t str, words: &[Word<'t>], used: &[&Range<usize>]) -> Vec<Word<'t>> {
    let mut free = Vec::new();
    for word in words {
        if !word.is_cjk {
            free.push(*word);
            continue;
        }
        let mut start = word.start;
        let mut ranges: Vec<&&Range<usize>> =
            used.iter().filter(|range| range.start >= word.start && range.start < word.end()).collect();
        ranges.sort_by_key(|range| range.start);
        let ends = ranges.iter().map(|range| (range.start, range.end)).chain([(word.end(), word.end())]);
        for (end, next) in ends {
            if end > start {
                free.push(Word { text: &folded[start..end], start, is_cjk: true });
            }
            start = start.max(next);
        }
    }
    free
}

/// Returns the words of the owner's name, by which visitors address the twin.
fn owner_words(index: &Index) -> Vec<String> {
    let names = index.facts.name.iter().chain(&index.facts.nickname).map(|name| words::fold(name));
    let owned =
        |name: String| words::split(&name).iter().map(|word| word.text.to_owned()).collect::<Vec<_>>();
    names.flat_map(owned).collect()
}

/// Returns the topic with the longest cue. Small talk counts only if the question is about nothing else.
fn topic(found: &[Found], folded: &str, terms: &[Term], words: usize, is_asked: bool) -> Option<Topic> {
    let has = |topic| found.iter().any(|found: &Found| found.topic == topic);
    let is_talk = has(Topic::Talks) && !contains_any(folded, LANGUAGES);
    let is_work = has(Topic::Work) || has(Topic::Employer);
    let is_employer = found.iter().any(|found| found.topic == Topic::Employer && found.is_question);
    let best = |is_small_talk: bool| {
        let candidates = found
            .iter()
            .filter(|found| found.topic.is_small_talk() == is_small_talk && found.topic != Topic::Know)
            .filter(|found| !matches!(found.topic, Topic::Summary))
            // "What is your company called?" and "Where do you work now?" ask for the employer.
            .filter(|found| !is_employer || !matches!(found.topic, Topic::Name | Topic::Now))
            // "Do you speak at conferences?" and "What is your position now?" name the topic with a noun.
            .filter(|found| found.topic != Topic::Languages || !is_talk)
            .filter(|found| found.topic != Topic::Now || found.is_question || !is_work);
        let weight = |found: &&Found| {
            let is_weak = is_general(found.topic) && found.topic != Topic::Now;
            // "How much is your rent?" is not about prices.
            let is_private = found.topic == Topic::Finances;
            (is_private, if is_weak { found.weight / 2 } else { found.weight }, !is_weak)
        };
        candidates.rev().max_by_key(weight).cloned()
    };
    let (about, small_talk) = (best(false), best(true));
    match (about, small_talk) {
        (about, Some(talk)) if matches!(talk.topic, Topic::Unrelated | Topic::Human | Topic::Help) => {
            let is_known = match talk.topic {
                Topic::Unrelated => !terms.is_empty() && terms.iter().all(Term::is_known),
                Topic::Help => {
                    let is_cue = |term: &Term| {
                        let mut ranges = talk.ranges.iter().map(|range| &folded[range.clone()]);
                        ranges.any(|text| text.contains(&term.word))
                    };
                    terms.iter().any(|term| term.is_certain() && !is_cue(term))
                }
                _ => false,
            };
            let is_stronger = !is_known && about.as_ref().is_none_or(|about| about.weight <= talk.weight);
            if is_stronger { Some(talk.topic) } else { about.map(|about| about.topic) }
        }
        (Some(about), _) => Some(about.topic),
        (None, Some(talk)) if talk.topic == Topic::More || !terms.iter().any(Term::is_known) => {
            Some(talk.topic)
        }
        // Words around a greeting, such as "thanks, that was helpful", are not a question.
        (None, Some(talk))
            if !is_asked && words <= talk.weight / 2 + if talk.topic == Topic::Greeting { 9 } else { 5 } =>
        {
            Some(talk.topic)
        }
        _ => None,
    }
}
