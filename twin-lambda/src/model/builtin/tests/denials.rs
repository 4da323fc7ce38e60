//! Tests of questions whose answer stands in the notes in other words, which must not be denied.

use serde_json::Value;

use super::*;

const KEEPER: &str = "\
# Roland Example

## Stationen

### Imkerei Example
*Inhaber, seit 2017*

- Vier Sorten: Löwenzahn, Linde, Wald und Klee.
- Den Schritt bereut habe ich an zwei Tagen.

## Laden

- Hofladen: freitags von 14 bis 18 Uhr.
- Die Nachfolge ist offen.

## Sonst noch

- Tuba im Musikverein. Ich sitze im Vorstand des Berufsverbands.
- Sprachen: Deutsch, Dänisch.
- Die Zuzahlung je Rezept kostet Kassenpatienten zehn Euro.
";

const MAKER: &str = "\
# Gwen Example

## Skills

- Valmet
- Excel

## Experience

### Example Mill
*Operator, since 2011*

- I gave Tom his first job as a packer.
- Forklift ticket, lapsed in 2019.
- My first job was in a sweet factory.
- We use chips with a radio. I have been deaf since I was a child.
- I left because the mill closed.

## Education

- BEng Physics, Leeds, 2008

## Languages

English, Welsh
";

const TRAINER: &str = "\
# Inés Ejemplo

## Experiencia

### Biblioteca Ejemplo
*Bibliotecaria, desde 2018*

- Llevo el taller de lectura para jóvenes, con Casa & Hijos.
- Los informes salen de Power BI y del e-book.

## Estudios

- Grado en Información, Salamanca, 2012
";

const MIDWIFE: &str = "\
# Maud Exemple

## Expérience

### Maternité Exemple
*Sage-femme, depuis 2016*

- Je reçois chaque patient à La Baule, avec Chœur de Femmes.
- Deux fois par an, je forme des étudiantes au post-partum.
";

fn roland() -> Persona {
    persona([(File::Resume, KEEPER)])
}

fn gwen() -> Persona {
    persona([(File::Resume, MAKER)])
}

/// Adds the texts of a value, without its keys.
fn add_texts(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::Object(members) => members.values().for_each(|value| add_texts(value, texts)),
        Value::Array(items) => items.iter().for_each(|value| add_texts(value, texts)),
        Value::String(text) => texts.push(text.clone()),
        _ => {}
    }
}

/// Returns the words of the notes, and names of two words as one.
fn terms(persona: &Persona) -> Vec<String> {
    let mut texts = Vec::new();
    for (_, text) in persona.knowledge() {
        match crate::yaml::parse(text) {
            Some(value) if !value.is_string() => add_texts(&value, &mut texts),
            _ => texts.push(text.to_owned()),
        }
    }
    // Profiles add the length of a period, which is left out.
    let text = texts.join(". ").replace("(7 years 8 months)", "");
    let is_name = |word: &str| word.starts_with(char::is_uppercase) && word.chars().all(char::is_alphabetic);
    let words = |text: &str| -> Vec<String> {
        let words = text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
        words.map(ToOwned::to_owned).collect()
    };
    let pairs: Vec<&str> = text.split([' ', '-']).collect();
    let joined = pairs.windows(2).filter(|pair| pair.iter().all(|word| is_name(word))).map(<[&str]>::concat);
    let joined: Vec<String> = joined.filter(|name| text.contains(name.as_str()) || name.len() > 6).collect();
    words(&text).into_iter().chain(joined).collect()
}

#[test]
fn no_word_of_the_notes_is_denied() {
    const ENGLISH: [&str; 4] = ["Do you know {}?", "What about {}?", "{}?", "Have you worked with {}?"];
    const GERMAN: [&str; 4] = ["Kennst du {}?", "Was ist mit {}?", "{}?", "Hast du mit {} gearbeitet?"];
    const SPANISH: [&str; 4] = ["¿Conoces {}?", "Háblame de {}", "¿Y {}?", "¿Has trabajado con {}?"];
    const FRENCH: [&str; 4] = ["Connais-tu {} ?", "Parle-moi de {}", "{} ?", "C'est quoi {} ?"];
    let spanish = persona([(File::Resume, TRAINER)]);
    let french = persona([(File::Resume, MIDWIFE)]);
    let cases = [
        (ada(), ENGLISH),
        (sample(), ENGLISH),
        (gwen(), ENGLISH),
        (roland(), GERMAN),
        (spanish, SPANISH),
        (french, FRENCH),
    ];
    for (persona, phrasings) in cases {
        let knowledge = Knowledge::new(&persona);
        let terms = terms(&persona);
        assert!(terms.len() > 30);
        for (number, term) in terms.into_iter().enumerate() {
            for (at, shown) in [term.to_uppercase(), term.to_lowercase(), term].into_iter().enumerate() {
                let question = phrasings[(number + at) % phrasings.len()].replace("{}", &shown);
                let answer = reply::reply(&knowledge, &[], &question, 2026);
                assert!(!answer.contains(UNANSWERED_MARK), "{question}\n{answer}");
            }
        }
    }
}

#[test]
fn other_forms_of_the_words_of_the_notes_are_not_denied() {
    let keeper = roland();
    let keeper_cases =
        [("Kennst du Vorstände?", "Berufsverbands"), ("Hast du einen Schritte bereut?", "zwei Tagen")];
    check(&keeper, &keeper_cases);
    let spanish = persona([(File::Resume, TRAINER)]);
    check(
        &spanish,
        &[
            ("¿Haces talleres?", "taller de lectura"),
            ("¿Usas PowerBI?", "Power BI"),
            ("¿Conoces Hijos?", "Casa & Hijos"),
            ("¿Qué libros hay en ebook?", "e-book"),
        ],
    );
    let french = persona([(File::Resume, MIDWIFE)]);
    check(
        &french,
        &[
            ("Parle-moi de tes patients", "chaque patient"),
            ("Tu connais LaBaule ?", "La Baule"),
            ("Avec qui as-tu travaillé à La Baule ?", "Femmes"),
            ("Faites-vous du postpartum ?", "post-partum"),
            ("Avez-vous des certifications ?", "s’en rapproche"),
        ],
    );
    check(&gwen(), &[("Do you know other mills?", "mill closed"), ("Are there factories?", "sweet factory")]);
}

#[test]
fn a_word_beside_one_of_the_notes_is_not_the_subject() {
    check(
        &gwen(),
        &[
            ("Do you use Valmet in production?", "Valmet"),
            ("Do you have Excel for beginners?", "Excel"),
            ("Which prizes did your factory win?", "sweet factory"),
            ("Do you speak any exotic languages?", "Welsh"),
        ],
    );
    check(&roland(), &[("Welche Auszeichnungen hat dein Löwenzahn?", "Löwenzahn")]);
    for question in ["Which parrot do you own?", "Do you sell Valmet in Hamburg?", "Can you mend my mangle?"]
    {
        let answer = answer(&gwen(), question);
        assert!(answer.ends_with(UNANSWERED_MARK), "{question}\n{answer}");
    }
}

#[test]
fn compounds_are_found_by_their_parts() {
    check(
        &roland(),
        &[
            ("Welche Waldsorten gibts?", "Löwenzahn"),
            ("Bist du musikalisch?", "Tuba"),
            ("Was zahle ich als Kassenpatient?", "zehn Euro"),
        ],
    );
    check(&gwen(), &[("can you drive a fork lift truck", "2019")]);
}

#[test]
fn an_abstract_noun_is_not_a_missing_subject() {
    check(&roland(), &[("Hast du die Entscheidung bereut?", "zwei Tagen")]);
    check(&gwen(), &[("did you do a CS degree?", "Physics"), ("Do you know bluetooth chips?", "chips")]);
}

#[test]
fn facts_in_other_words_are_not_denied() {
    let baker = "Ich backe in Plau. Englisch kann ich vom Schiff, Polnisch von Ewa.\n\nIch bin 41, und Torten gibt es auf Bestellung. \
        Ein Roggenbrot kostet fünf Euro.";
    check(
        &persona([(File::Summary, baker)]),
        &[
            ("Welche Sprachen kannst du?", "Polnisch"),
            ("Wie alt bist du?", "41"),
            ("Habt ihr auch Hochzeitstorten?", "auf Bestellung"),
            ("Gibt es glutenfreies Brot?", "Roggenbrot"),
        ],
    );
    let host = "Nací en Ponferrada en 1971. Mi mayor metedura de pata fue alquilar una cama a dos ciclistas.";
    check(
        &persona([(File::Summary, host)]),
        &[("¿Qué edad tienes?", "1971"), ("¿Cuál fue tu peor error?", "ciclistas")],
    );
}

#[test]
fn hours_have_a_day_and_a_time() {
    check(&roland(), &[("Wann habt ihr geöffnet?", "14 bis 18 Uhr")]);
}

#[test]
fn another_language_is_answered_with_those_that_the_owner_speaks() {
    check(&gwen(), &[("Hitz egiten duzu?", "Welsh")]);
}

#[test]
fn an_unknown_kind_of_tool_is_answered_with_the_known_tools() {
    check(&gwen(), &[("which DCS do you know?", "Valmet")]);
    let answer = answer(&gwen(), "Do you know Zephyr?");
    assert!(answer.ends_with(UNANSWERED_MARK), "{answer}");
}

#[test]
fn the_first_job_is_not_that_of_another_person() {
    check(&gwen(), &[("What was your first job?", "sweet factory")]);
}

#[test]
fn short_forms_are_written_out() {
    check(&gwen(), &[("where did u study", "Leeds"), ("since when r u deaf", "since I was a child")]);
}

#[test]
fn a_corrected_question_keeps_its_names() {
    let answer = answer(&gwen(), "Have you worked with Kotlyn?");
    assert!(answer.contains("Kotlyn") && answer.ends_with(UNANSWERED_MARK), "{answer}");
}

#[test]
fn a_question_without_a_subject_is_not_denied() {
    let answer = answer(&gwen(), "what would suit 2s");
    assert!(answer.starts_with("I did not quite understand"), "{answer}");
}
