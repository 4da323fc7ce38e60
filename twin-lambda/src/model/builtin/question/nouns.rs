//! Finds the nouns of a question, which tell what it is about, unlike its verbs.

use super::super::language::Language;
use super::super::words;
use super::Aspect;

/// Words for languages. Accents are folded.
pub(in super::super) const LANGUAGES: &str =
    "language languages sprache sprachen langue langues idioma idiomas lengua lingua lingue";
/// Words before a noun. Accents are folded.
const BEFORE: &str = "a an the my your his her our their any some with in of for at from on into about \
    ein eine einen einem einer der die das den dem des mit im ins fur von bei zum zur als auf kein keine keinen dein deine \
    deinen ihre eure un une les la le l du de d au aux en avec sur pour mon ton votre vos ma ta una unos unas el los las del \
    con para por al tu tus algun alguna uno il lo i gli di della dei delle nel per tuo tua um uma uns umas o os as do da dos das \
    em no na com ao seu sua ha hay which what welche welcher welches welchen quel quelle quels quelles";
/// Words after a noun that say what it is about.
pub(in super::super) const PREPOSITIONS: &str = "with in of for on about mit in von fur bei zu uber de du des en avec sur con para por di del su com em sobre";
/// Words that begin a request to tell about something.
const REQUESTS: &str = "tell describe explain erzahl erzahle erzahlen erklar erklare parle parlez raconte racontez hablame cuentame \
    parlami raccontami fale fala conte";
/// Words that begin a question about one of several things.
const WHICH: &str = "which welche welcher welches welchen welchem quel quelle quels quelles che";

/// Longest text, in words, that counts as one question.
const MAX_WORDS: usize = 10;

/// Words of a question that are read.
const MAX_TOKENS: usize = 40;

/// A word of a text, folded, and whether it begins with a capital letter within a sentence.
struct Token {
    text: String,
    is_name: bool,
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut is_start = true;
    let mut rest = text;
    while let Some(at) = rest.find(char::is_alphanumeric).filter(|_| tokens.len() < MAX_TOKENS) {
        is_start |= rest[..at].contains(['.', '!', '?', '¿', '¡', ':']);
        rest = &rest[at..];
        let end = rest.find(|letter: char| !letter.is_alphanumeric()).unwrap_or(rest.len());
        let is_name = rest.starts_with(char::is_uppercase) && !is_start;
        tokens.push(Token { text: words::fold(&rest[..end]), is_name });
        is_start = false;
        rest = &rest[end..];
    }
    tokens
}

/// Returns the folded words of a question that are names or stand after an article or a preposition.
pub(super) fn nouns(text: &str, asked: Language) -> Vec<String> {
    let tokens = tokens(text);
    // In other languages, these are pronouns before a verb.
    let is_own = |word: &str| match word {
        "i" => asked == Language::Italian,
        "tu" => matches!(asked, Language::Spanish | Language::Portuguese),
        "du" => asked == Language::French,
        _ => true,
    };
    let is_after =
        |at: usize| at > 0 && words::is_in(BEFORE, &tokens[at - 1].text) && is_own(&tokens[at - 1].text);
    let is_there = |at: usize| at > 1 && tokens[at - 1].text == "es" && tokens[at - 2].text == "gibt";
    let is_asked = |at: usize| at == 1 && tokens[0].text == "que";
    // In "any experience with tiles", the subject is the second noun.
    let is_frame = |at: usize| tokens.get(at + 1).is_some_and(|next| words::is_in(PREPOSITIONS, &next.text));
    let found = tokens.iter().enumerate();
    let found = found.filter(|(at, token)| {
        token.is_name || is_asked(*at) || (is_after(*at) || is_there(*at)) && !is_frame(*at)
    });
    found.map(|(_, token)| token.text.clone()).collect()
}

/// Returns the folded words of a question that begin with a capital letter within a sentence.
pub(super) fn names(text: &str) -> Vec<String> {
    tokens(text).into_iter().filter(|token| token.is_name).map(|token| token.text).collect()
}

/// How a question limits its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Scope {
    /// It is answered with yes or no.
    Narrow,
    /// It asks for one of several things, or to tell about one.
    Named,
    Open,
}

/// Returns how a text limits its answer, if it is one question.
pub(super) fn scope(text: &str, language: Language, aspect: Option<Aspect>) -> Scope {
    const OPEN: &str = "what where when who whom whose why how whats was wo wann wer wem wen wie warum wieso weshalb womit wofur \
        woran worum quoi ou quand qui pourquoi comment combien donde cuando quien cual cuales que como cuanto cuanta cuantos \
        cuantas dove quando chi perche come quanto quanta quanti quante onde quem qual quais";
    const OR: &str = "or oder ou o oppure";
    let tokens = tokens(text);
    let is_japanese = matches!(language, Language::Japanese | Language::Arabic);
    let has_clauses =
        text.trim().trim_end_matches(['.', '?', '!', ' ']).contains([',', ';', '.', ':', '!', '?']);
    // In Portuguese, "o" is an article.
    let has_choice = tokens.iter().any(|token| {
        words::is_in(OR, &token.text) && (language != Language::Portuguese || token.text != "o")
    });
    let first: Vec<&str> = tokens.iter().take(3).map(|token| token.text.as_str()).collect();
    // As in "De cuántos …?".
    let is_open = first.iter().take(2).any(|word| words::is_in(OPEN, word));
    let is_named = match first.as_slice() {
        ["qu", ..] | [_, _, "quoi"] => true,
        [before, which, ..] if words::is_in(PREPOSITIONS, before) => words::is_in(WHICH, which),
        [first, ..] => words::is_in(WHICH, first) || words::is_in(REQUESTS, first),
        [] => false,
    };
    if is_japanese || tokens.len() > MAX_WORDS || has_clauses || has_choice {
        Scope::Open
    } else if is_named {
        Scope::Named
    } else if is_open || aspect.is_some() {
        Scope::Open
    } else {
        Scope::Narrow
    }
}
