//! The kind of fact that a question asks for: a time, a place, a number, a reason or a person.

use super::super::index::Term;
use super::super::language::Language;
use super::super::words::{self, Word};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Aspect {
    Time,
    Place,
    Quantity,
    Reason,
    Duration,
    Frequency,
    Person,
}

const TIMES: &str = "when wann quand cuando quando متي متى";
/// Words for a year, after one that asks which.
const YEARS: &str = "year jahr annee ano anno";
const WHICH: &str = "what which welchem welches welchen welche welcher quelle quel quels quelles que qual che quale quali quais";
const PLACES: &str = "where wo donde dove onde اين wohin woher";
/// Words for a place, after one that asks which.
const AREAS: &str = "place country countries city cities town towns land landern lander stadt stadten pays ville villes paises pais \
    ciudad ciudades paesi paese citta cidade cidades";

const QUANTITIES: &str = "many much viele viel combien cuanto cuanta cuantos cuantas quanto quanta quanti quante quantos quantas كم 何人";
/// Words after "how" that ask for a number.
const SIZES: &str = "big large tall high wide old far gross hoch breit weit alt";
/// Starts of questions about a length of time.
const DURATIONS: [&str; 9] = [
    "how long",
    "wie lange",
    "combien de temps",
    "cuanto tiempo",
    "cuanto tarda",
    "quanto tempo",
    "quanto dura",
    "cuanto dura",
    "どのくらい",
];
/// Starts of questions that ask how often.
const FREQUENCIES: [&str; 8] = [
    "how often",
    "wie oft",
    "a quelle frequence",
    "combien de fois",
    "cada cuanto",
    "con que frecuencia",
    "ogni quanto",
    "quanto spesso",
];
const PEOPLE: &str = "who whom wer wen wem qui quien quienes chi quem";
const REASONS: &str = "why warum wieso weshalb pourquoi perche";
const REASON_TEXTS: [&str; 5] = ["por que ", "how come", "なぜ", "どうして", "لماذا"];
/// Returns what a question asks for, if a question word tells.
pub(super) fn aspect(folded: &str, words: &[Word<'_>], language: Language) -> Option<Aspect> {
    // Within a French question, the word that is folded to "ou" means "or" if its accent is missing.
    let ends = [words.first(), words.last()];
    let is_where =
        language == Language::French && ends.iter().any(|word| word.is_some_and(|word| word.text == "ou"));
    let is_area = |pair: &[Word<'_>]| words::is_in(WHICH, pair[0].text) && words::is_in(AREAS, pair[1].text);
    let is_size =
        |pair: &[Word<'_>]| matches!(pair[0].text, "how" | "wie") && words::is_in(SIZES, pair[1].text);
    let is_year = |pair: &[Word<'_>]| words::is_in(WHICH, pair[0].text) && words::is_in(YEARS, pair[1].text);
    let has = |list: &str| words.iter().any(|word| words::is_in(list, word.text));
    let aspects = [
        (Aspect::Frequency, FREQUENCIES.iter().any(|text| folded.contains(text))),
        (Aspect::Duration, DURATIONS.iter().any(|text| folded.contains(text))),
        (Aspect::Time, has(TIMES) || words.windows(2).any(is_year) || folded.contains("いつ")),
        (Aspect::Place, has(PLACES) || words.windows(2).any(is_area) || folded.contains("どこ") || is_where),
        (
            Aspect::Reason,
            has(REASONS)
                || words.first().is_some_and(|word| word.text == "porque")
                || REASON_TEXTS.iter().any(|text| folded.contains(text)),
        ),
        (Aspect::Quantity, has(QUANTITIES) || words.windows(2).any(is_size)),
        (Aspect::Person, has(PEOPLE)),
    ];
    aspects.into_iter().find(|(_, is_asked)| *is_asked).map(|(aspect, _)| aspect)
}

/// Removes the words by which a question asks for a number or a length, such as "big" in "How big is it?".
pub(super) fn without_sizes(mut terms: Vec<Term>, aspect: Option<Aspect>) -> Vec<Term> {
    const LENGTHS: &str = "large grande time tempo tiempo temps long lange longtemps often oft";
    const ASKED: [&str; 6] = [LENGTHS, "big gross", QUANTITIES, REASONS, PEOPLE, AREAS];
    terms.retain(|term| aspect.is_none() || !ASKED.iter().any(|list| words::is_in(list, &term.word)));
    terms
}
