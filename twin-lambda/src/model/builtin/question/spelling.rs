//! Writes out the short forms of chats and of everyday speech.

/// Short forms and what they stand for, both in lowercase.
const SHORT: [(&str, &str); 25] = [
    ("u", "you"),
    ("ur", "your"),
    ("ppl", "people"),
    ("yr", "year"),
    ("yrs", "years"),
    ("yoe", "years of experience"),
    ("pls", "please"),
    ("e.g.", ""),
    ("i.e.", ""),
    ("z.b.", ""),
    ("p.ej.", ""),
    ("wieviel", "wie viel"),
    ("wieviele", "wie viele"),
    ("gibts", "gibt es"),
    ("hats", "hat es"),
    ("isses", "ist es"),
    ("haste", "hast du"),
    ("biste", "bist du"),
    ("kannste", "kannst du"),
    ("t'as", "tu as"),
    ("t'es", "tu es"),
    ("t'étais", "tu étais"),
    ("t'y", "tu y"),
    ("xq", "por qué"),
    ("pq", "por que"),
];

/// Returns a question with its short forms written out.
pub(super) fn written_out(text: &str) -> String {
    let words = text.split_inclusive(' ').map(|token| {
        let word = token.trim_end_matches([' ', ',', '?', '!']);
        let known = SHORT
            .iter()
            .find(|(short, _)| word.len() <= 10 && word.replace('’', "'").to_lowercase() == *short);
        match known {
            // "U" can be a name.
            Some((short, long)) if word.len() > 1 || word == *short => {
                format!("{long}{}", &token[word.len()..])
            }
            _ => token.to_owned(),
        }
    });
    words.collect()
}
