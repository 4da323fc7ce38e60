//! Redacts private data in plain text.

pub(super) use contract::data::LEFT_OUT as REDACTED;

use super::finder::Match;

/// Labels of private data. A line that only contains labels and redacted data is removed.
const LABELS: &str = "\
    a address adres adress adresse am anschrift at birth birthdate birthday born call cell cellulare \
    celular contact d date de di dirección dob domicilio endereço ext fax fecha födelsedatum fødselsdato \
    geb geboortedatum geboren geburtsdatum geburtstag handy home in indirizzo is m me mobil mobile \
    mobiltelefon morada my móvil nacimiento naissance nascimento nascita no nr number o of on p phone \
    portable private reach street t tel telefon telefone telefono telephone teléfono téléphone work";

/// Redacts the matches, which must be sorted and must not overlap.
pub(super) fn redact(text: &str, all: &[Match]) -> String {
    if all.is_empty() {
        return text.to_owned();
    }
    let mut redacted = String::with_capacity(text.len());
    let mut at = 0;
    let mut rest = all;
    while let Some(first) = rest.first() {
        // Lines are redacted as a whole, because labels around a match are removed with it. An address can span two lines.
        let start = text[..first.range.start].rfind('\n').map_or(0, |end| end + 1);
        let in_line = rest.iter().scan(first.range.end, |end, found| same_line(text, end, found)).count();
        let (here, later) = rest.split_at(in_line.max(1));
        let last = here.last().map_or(first.range.end, |found| found.range.end);
        let end = text[last..].find('\n').map_or(text.len(), |end| last + end + 1);
        redacted.push_str(&text[at..start]);
        let line = replace(&text[start..end], start, here);
        if !has_only_labels(&line) {
            redacted.push_str(&line);
        }
        at = end;
        rest = later;
    }
    redacted.push_str(&text[at..]);
    redacted
}

/// Returns `Some` while there is no line break between `end` and the match, and moves `end` behind the match.
fn same_line(text: &str, end: &mut usize, found: &Match) -> Option<()> {
    let apart = found.range.start > *end && text[*end..found.range.start].contains('\n');
    *end = found.range.end;
    (!apart).then_some(())
}

fn replace(text: &str, offset: usize, all: &[Match]) -> String {
    let mut redacted = String::with_capacity(text.len());
    let mut at = 0;
    for found in all {
        redacted.push_str(&text[at..found.range.start - offset]);
        redacted.push_str(REDACTED);
        at = found.range.end - offset;
    }
    redacted.push_str(&text[at..]);
    redacted
}

fn has_only_labels(line: &str) -> bool {
    let rest = line.replace(REDACTED, " ").to_lowercase();
    let mut words = rest.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.all(|word| LABELS.split(' ').any(|label| label == word))
}

#[cfg(test)]
mod tests {
    use super::super::{Allow, finder::Finder};
    use super::*;

    #[test]
    fn lines_with_only_labels_are_removed() {
        let cases = [
            ("", ""),
            ("Hi\nPhone: +44 20 7946 0958\nBye\n", "Hi\nBye\n"),
            ("+49 170 1234567 (Mobile)\nada@example.com", "ada@example.com"),
            ("Call me at +44 20 7946 0958, or write.", "Call me at (left out), or write."),
            ("Tel. 030 901820 / 0171 1234567\n", ""),
            ("I was born on 3 May 1980 in Leeds.\n", "I was born on (left out) in Leeds.\n"),
            ("Musterstraße 12\n10115 Berlin\nGermany", "(left out) Berlin\nGermany"),
            ("- Home: +44 20 7946 0958\n- Mail: a@b.example\n", "- Mail: a@b.example\n"),
        ];
        for (text, expected) in cases {
            assert_eq!(redact(text, &Finder::new(&Allow::new()).find(text)), expected, "{text:?}");
        }
    }
}
