//! Tests of questions whose answer stands in the notes in other words, which must not be denied.

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

fn roland() -> Persona {
    persona([(File::Resume, KEEPER)])
}

fn gwen() -> Persona {
    persona([(File::Resume, MAKER)])
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
