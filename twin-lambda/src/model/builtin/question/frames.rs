//! Recognizes offers, requests, questions about the past, and calculations by their words.

use super::super::words;

/// Returns whether a question asks if the owner would do something.
pub(in super::super) fn is_offer(text: &str) -> bool {
    const OFFERS: &str = "would could willing wurdest wurden konntest konnten pourriez pourrais seriez podrias podria potresti \
        potrebbe poderia viendrais";
    contains_any(text, OFFERS)
}

/// Returns whether a question asks what the owner can or would do.
pub(in super::super) fn is_request(text: &str) -> bool {
    const ABILITIES: &str = "can kannst konnen konnt muss soll need pouvez peux dois faut puedes puede podeis debo puoi potete devo pode podes podem";
    is_offer(text) || contains_any(text, ABILITIES)
}

/// Returns whether a question asks which tool or method the owner uses or knows.
pub(in super::super) fn asks_for_tool(text: &str) -> bool {
    const WHICH: &str = "what which welche welches welchen welcher quel quelle quels quelles que cual cuales quale quali che qual quais";
    const USES: &str = "use know nutzt nutzen benutzt verwendest verwenden kennst kennen utilises utilisez connais connaissez usas usa \
        utilizas manejas conoces usi utilizzi conosci conhece conheces utiliza";
    let folded = words::fold(text);
    let words = words::split(&folded);
    words.first().is_some_and(|first| words::is_in(WHICH, first.text))
        && words.iter().any(|word| words::is_in(USES, word.text))
}

/// Words of questions about the past.
pub(super) const PAST: &str = "have did ever hast haben jemals avez as has hai ja deu were worked studied warst waren wart \
    gearbeitet studiert gelernt etiez etais travailliez travaillais estabas estuviste trabajabas \
    trabajaste estudiaste eri lavoravi estudou trabalhou";

/// Returns whether a question asks what the owner has done.
pub(in super::super) fn is_past(text: &str) -> bool {
    contains_any(text, PAST)
}

/// Returns whether a text contains a word of a list, separated by spaces.
pub(in super::super) fn contains_any(text: &str, list: &str) -> bool {
    let folded = words::fold(text);
    words::split(&folded).iter().any(|word| words::is_in(list, word.text))
}

/// Words of calculations.
const OPERATORS: &str =
    "plus minus times divided mal geteilt fois moins por mas menos per meno piu vezes mais x";

/// Returns whether a text is a calculation.
pub(in super::super) fn is_sum(text: &str) -> bool {
    let folded = words::fold(text);
    let numbers =
        folded.split(|letter: char| !letter.is_ascii_digit()).filter(|part| !part.is_empty()).count();
    let has_sign = folded.contains(['+', '*', '/', '×', '÷', '=', '^']) || folded.contains(" - ");
    let words = words::split(&folded);
    let has_operator = has_sign || words.iter().any(|word| words::is_in(OPERATORS, word.text));
    numbers >= 2 && has_operator && words.len() <= 10 && !text.contains('@')
}
