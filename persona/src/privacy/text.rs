//! Leaves private things out of plain text.

use super::found::Found;

/// Harmless in any text: it ends no string, no line, and starts nothing in JSON and YAML.
pub(super) const GONE: &str = "(left out)";

/// Words that say what is left out, and nothing more: a line of them alone goes with it.
const LABELS: &str = "\
    a address adres adress adresse am anschrift at birth birthdate birthday born call cell cellulare \
    celular contact d date de di dirección dob domicilio endereço ext fax fecha födelsedatum fødselsdato \
    geb geboortedatum geboren geburtsdatum geburtstag handy home in indirizzo is m me mobil mobile \
    mobiltelefon morada my móvil nacimiento naissance nascimento nascita no nr number o of on p phone \
    portable private reach street t tel telefon telefone telefono telephone teléfono téléphone work";

/// What is found has to be in order and apart.
pub(super) fn leave_out(text: &str, all: &[Found]) -> String {
    if all.is_empty() {
        return text.to_owned();
    }
    let mut kept = String::with_capacity(text.len());
    let mut at = 0;
    let mut rest = all;
    while let Some(first) = rest.first() {
        // A line is judged as a whole, and an address can go over two of them.
        let start = text[..first.range.start].rfind('\n').map_or(0, |end| end + 1);
        let in_line = rest.iter().scan(first.range.end, |end, found| same_line(text, end, found)).count();
        let (here, later) = rest.split_at(in_line.max(1));
        let last = here.last().map_or(first.range.end, |found| found.range.end);
        let end = text[last..].find('\n').map_or(text.len(), |end| last + end + 1);
        kept.push_str(&text[at..start]);
        let line = without(&text[start..end], start, here);
        if !is_empty_now(&line) {
            kept.push_str(&line);
        }
        at = end;
        rest = later;
    }
    kept.push_str(&text[at..]);
    kept
}

/// Goes on as long as there is no end of a line between what was found and what comes next.
fn same_line(text: &str, end: &mut usize, found: &Found) -> Option<()> {
    let apart = found.range.start > *end && text[*end..found.range.start].contains('\n');
    *end = found.range.end;
    (!apart).then_some(())
}

pub(super) fn without(text: &str, offset: usize, all: &[Found]) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut at = 0;
    for found in all {
        kept.push_str(&text[at..found.range.start - offset]);
        kept.push_str(GONE);
        at = found.range.end - offset;
    }
    kept.push_str(&text[at..]);
    kept
}

fn is_empty_now(line: &str) -> bool {
    let rest = line.replace(GONE, " ").to_lowercase();
    let mut words = rest.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.all(|word| LABELS.split(' ').any(|label| label == word))
}

#[cfg(test)]
mod tests {
    use super::super::{Allow, found::Finder};
    use super::*;

    #[test]
    fn a_line_without_anything_else_goes_too() {
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
            assert_eq!(leave_out(text, &Finder::new(&Allow::new()).find(text)), expected, "{text:?}");
        }
    }
}
