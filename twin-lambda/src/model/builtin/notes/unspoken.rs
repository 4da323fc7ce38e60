//! Removes texts that no answer may contain: instructions to the model, and the mark of private data that was left out.

use contract::data::LEFT_OUT;
use contract::instruction::{is_instruction, is_request};

use super::super::passage::{Kind, Passage, sentences};
use super::super::words;

/// Words after which only the private data follows, such as a label. Without accents, as folded text.
const LABELS: &str = "phone telephone tel telefon mobile mobil cell fax contact kontakt contacto contato call handy telefono celular \
    cellulare telefone portable whatsapp address adresse direccion endereco indirizzo born geboren nacido nacida nascido \
    nascida nato nata";
/// Verbs between a label and the private data.
const VERBS: &str = "is are ist sind lautet est es e";
/// Other words of a label.
const LABEL_PARTS: &str = "number numbers nummer numero no nr home work private privat business office emergency my your our \
    meine mein unsere ma mon mi meu minha mio mia il la el o a the date of birth data di de nascita nascimento fecha \
    nacimiento at";
const CONNECTIONS: &str = "or and oder und ou et o y e";
/// Words that only connect the private data with its sentence.
const PREPOSITIONS: &str =
    "on at in to from under am an im unter von auf a au le en el em al no na il alle dal since seit der dem";
const SEPARATORS: [char; 5] = [';', '|', '·', '•', ','];

/// Removes them from the passages of a file, and passages that contain nothing else. Questions with an answer of the owner keep all
/// of its sentences.
pub(super) fn remove(passages: &mut Vec<Passage>) {
    let is_instructing = |passage: &Passage| {
        let is_answer = passage.kind == Kind::Answer;
        !is_answer
            && passage.lines.iter().chain([&passage.head, &passage.section]).any(|text| is_instruction(text))
    };
    let has_instruction = passages.iter().any(is_instructing);
    let is_unspoken = |text: &str| has_instruction && (is_instruction(text) || is_request(text));
    passages.retain_mut(|passage| {
        let had_lines = !passage.lines.is_empty();
        if passage.kind != Kind::Answer {
            passage.lines.retain(|line| !is_unspoken(line));
            for title in [&mut passage.head, &mut passage.section] {
                if is_unspoken(title) {
                    title.clear();
                }
            }
        }
        for text in passage.lines.iter_mut().chain([&mut passage.head, &mut passage.section]) {
            if text.contains(LEFT_OUT) {
                *text = without_mark(text);
            }
        }
        passage.lines.retain(|line| !line.is_empty());
        passage.kind == Kind::Entry || !had_lines || !passage.lines.is_empty()
    });
}

/// Returns a text without the mark of private data, its label and its separator.
pub(in super::super) fn without_mark(text: &str) -> String {
    let text = text.replace(&format!("({LEFT_OUT})"), LEFT_OUT);
    let kept: Vec<String> = sentences(&text).iter().map(|sentence| in_sentence(sentence)).collect();
    kept.into_iter().filter(|sentence| !sentence.is_empty()).collect::<Vec<_>>().join(" ")
}

fn in_sentence(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut parts = text.split_inclusive(SEPARATORS).peekable();
    while let Some(part) = parts.next() {
        if !part.contains(LEFT_OUT) {
            kept.push_str(part);
            continue;
        }
        let body = part.trim_end_matches(SEPARATORS);
        // As in "I live at (left out), Leeds."
        let is_followed = parts.peek().is_some_and(|next| next.trim_start().starts_with(char::is_uppercase));
        let before = body
            .strip_suffix(LEFT_OUT)
            .filter(|before| is_followed && is_open(before) && !before.contains(LEFT_OUT));
        if let Some(before) = before {
            kept.push_str(before);
        } else if let Some(rest) = rest(body) {
            kept.push(' ');
            kept.push_str(&rest);
            kept.push_str(&part[body.len()..]);
        }
    }
    tidy(&kept, text)
}

/// Returns whether a text ends with a preposition.
fn is_open(text: &str) -> bool {
    let folded = words::fold(text.trim());
    folded.rsplit_once(' ').is_some_and(|(_, last)| words::is_in(PREPOSITIONS, last))
}

/// Returns a part of a sentence without its marks, if it contains something else than the private data and its label.
fn rest(part: &str) -> Option<String> {
    let mut pieces = part.split(LEFT_OUT).map(str::trim).peekable();
    let mut kept = pieces.next()?.to_owned();
    while let Some(piece) = pieces.next() {
        let ends = pieces.peek().is_none() && !piece.contains(char::is_alphanumeric);
        let (first, behind) = piece.split_once(' ').unwrap_or((piece, ""));
        let is_joined = words::is_in(CONNECTIONS, &words::fold(first));
        let last = folded(last_word(&kept));
        let (is_marked, is_verb) = (kept.ends_with(':'), words::is_in(VERBS, &last));
        if is_marked || is_verb || words::is_in(LABELS, &last) {
            if ends {
                kept.truncate(before_label(&kept)?);
            } else if is_marked || is_verb && is_joined {
                kept.truncate(label_start(&kept));
            }
        } else if words::is_in(PREPOSITIONS, &last) {
            cut_last_word(&mut kept);
        }
        if ends && words::is_in(CONNECTIONS, last_word(&kept)) {
            cut_last_word(&mut kept);
        }
        // As in "(left out) is my number".
        let is_label = kept.is_empty() && pieces.peek().is_none() && label_start(piece) == 0;
        let piece = if is_label {
            ""
        } else if kept.is_empty() && is_joined {
            behind
        } else {
            piece
        };
        if !kept.is_empty() {
            kept.push(' ');
        }
        kept.push_str(piece);
    }
    kept.contains(char::is_alphanumeric).then_some(kept)
}

fn last_word(text: &str) -> &str {
    text.rsplit(' ').next().unwrap_or_default()
}

fn cut_last_word(text: &mut String) {
    text.truncate(text.len() - last_word(text).len());
    text.truncate(text.trim_end().len());
}

/// Returns a word without accents and the marks at its end.
fn folded(word: &str) -> String {
    words::fold(word.trim_end_matches([':', '.']))
}

/// Returns where the label at the end of a text starts: `Leeds Phone number:`.
fn label_start(text: &str) -> usize {
    let mut start = text.len();
    loop {
        let kept = text[..start].trim_end();
        let word = last_word(kept);
        let is_first = start == text.len() && word.ends_with(':');
        let is_part = [LABELS, VERBS, LABEL_PARTS].iter().any(|list| words::is_in(list, &folded(word)));
        // Another item with its own label: `Mail: a@b.example Phone:`.
        if word.is_empty() || !is_first && (!is_part || word.contains('@')) {
            return kept.len();
        }
        start = kept.len() - word.len();
    }
}

/// Returns the end of another item before the label at the end of a text: `Mail a@b.example or call`.
fn before_label(text: &str) -> Option<usize> {
    let mut end = label_start(text);
    let is_verb = words::is_in(VERBS, &folded(last_word(text)));
    let connection = last_word(&text[..end]);
    let is_connected = words::is_in(CONNECTIONS, &words::fold(connection));
    if is_connected {
        end = label_start(&text[..end - connection.len()]);
    }
    let before = &text[..end];
    let last = last_word(before);
    let is_place = || {
        let is_whole =
            last.starts_with(char::is_uppercase) || last.ends_with(|letter: char| letter.is_ascii_digit());
        !is_verb && is_whole && before.contains(' ')
    };
    (!before.is_empty() && (is_connected || before.contains('@') || is_place())).then_some(end)
}

/// Joins what was kept of a text, with the end of its sentence.
fn tidy(kept: &str, text: &str) -> String {
    let mut joined = String::with_capacity(kept.len());
    for word in kept.split_whitespace() {
        let is_mark = word.chars().all(|letter| ",;.!?".contains(letter));
        if !joined.is_empty() && !is_mark {
            joined.push(' ');
        }
        joined.push_str(word);
    }
    let edges = |letter: char| SEPARATORS.contains(&letter) || letter == ' ';
    let mut tidied = joined.trim_matches(edges).to_owned();
    if !tidied.contains(char::is_alphanumeric) {
        return String::new();
    }
    if text.ends_with(['.', '!', '?']) && !tidied.ends_with(['.', '!', '?']) {
        tidied.push_str(&text[text.len() - 1..]);
    }
    tidied
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_is_removed_with_its_label_and_separator() {
        for (text, expected) in [
            ("(left out)", ""),
            ("Tel.: (left out)", ""),
            ("My phone number is (left out).", ""),
            ("Tucson, AZ; (left out).", "Tucson, AZ."),
            ("Tucson, AZ | (left out) | a@b.example", "Tucson, AZ | a@b.example"),
            ("contact (left out), Email: a@b.example", "Email: a@b.example"),
            ("a@b.example (left out)", "a@b.example"),
            ("(left out) Berlin", "Berlin"),
            ("Call me at (left out), or write.", "Call me, or write."),
            ("I live at (left out), Leeds.", "I live at Leeds."),
            ("Mail a@b.example (left out), Leeds", "Mail a@b.example, Leeds"),
            ("Call (left out). Mail a@b.example, please.", "Mail a@b.example, please."),
            ("I was born on (left out) in Leeds.", "I was born in Leeds."),
            (
                "Sou um brasileiro nascido em (left out) em New Jersey",
                "Sou um brasileiro nascido em New Jersey",
            ),
            ("Write me (left out) (left out).", "Write me."),
            ("Ada ((left out)), mail a@b.example", "Ada, mail a@b.example"),
            ("Phone ((left out)), mail a@b.example", "mail a@b.example"),
            ("Email me at a@b.example or call (left out).", "Email me at a@b.example."),
            ("Email: a@b.example Phone: (left out)", "Email: a@b.example"),
            ("Email: a@b.example Home phone: (left out) (left out)", "Email: a@b.example"),
            ("Phone: (left out) Email: a@b.example", "Email: a@b.example"),
            ("Leeds UK Phone: (left out)", "Leeds UK"),
            ("Leeds UK phone number: (left out)", "Leeds UK"),
            ("Date of birth: (left out)", ""),
            ("My name is Ada and my address is (left out).", "My name is Ada."),
            ("My phone and my address are (left out).", ""),
            ("O telefone da casa é (left out).", ""),
            ("Visit us or call (left out)!", "Visit us!"),
            ("(left out) is my number.", ""),
            ("(left out) is where I bake.", "is where I bake."),
            ("(left out) (left out) e Berlino", "Berlino"),
            ("My number is (left out) and my mail is a@b.example.", "my mail is a@b.example."),
            ("Email me at a@b.example or at (left out).", "Email me at a@b.example."),
            ("Call me on (left out) or (left out).", "Call me."),
            ("Call (left out) or mail a@b.example.", "Call or mail a@b.example."),
            ("Phone (left out) at (left out), Leeds", "Phone, Leeds"),
            ("Email: a@b.example (left out) Fax: (left out), Leeds", "Email: a@b.example, Leeds"),
            ("I moved from (left out) to Leeds.", "I moved to Leeds."),
            ("I write .NET and Go, call (left out).", "I write .NET and Go."),
            ("I write (left out) .NET.", "I write .NET."),
            ("Nothing is missing, 0,70 either", "Nothing is missing, 0,70 either"),
        ] {
            assert_eq!(without_mark(text), expected, "{text}");
        }
    }

    #[test]
    fn advice_is_kept_unless_it_stands_among_instructions() {
        const ADVICE: &str = "Do not guess the temperature of the dough.";
        for (other, expected) in
            [("I bake bread.", vec!["I bake bread.", ADVICE]), ("You are a chatbot acting as Ada.", vec![])]
        {
            let mut passage = Passage::new(Kind::Prose, None, "");
            passage.lines = vec![other.to_owned(), ADVICE.to_owned()];
            let mut passages = vec![passage];
            remove(&mut passages);
            let lines: Vec<&String> = passages.iter().flat_map(|passage| &passage.lines).collect();
            assert_eq!(lines, expected);
        }
    }

    #[test]
    fn many_marks_in_one_line_take_linear_time() {
        const COUNT: usize = 50_000;
        let text = format!("Ada{}", " Phone: (left out) Leeds".repeat(COUNT));
        assert_eq!(without_mark(&text), format!("Ada{}", " Leeds".repeat(COUNT)));
        assert_eq!(without_mark(&"(left out) ".repeat(COUNT)), "");
    }
}
