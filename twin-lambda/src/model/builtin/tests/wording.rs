//! Tests of questions in casual wording, and of words that mean something else in another language.

use super::*;

fn plumber() -> Persona {
    persona([
        (
            File::Facts,
            r#"{"stundensatz": "72 Euro netto", "opening_hours": {"monday to friday": "8 to 17"}}"#,
        ),
        (
            File::Me,
            "Eine Pumpe kostet meistens 900 Euro. Wir bauen in der Stadt und auf dem Land, und wir sind gern pünktlich.\n\n\
             Kinder: zwei, beide aus dem Haus. Ich angle und gucke am liebsten Handball.\n",
        ),
    ])
}

#[test]
fn a_label_answers_before_other_sentences_with_the_word() {
    check(
        &plumber(),
        &[
            ("Was kostet die Stunde?", "72 Euro"),
            ("Haben Sie Kinder?", "zwei"),
            ("Arbeitet ihr auch samstags?", "8 to 17"),
            ("Was machen Sie in der Freizeit?", "Handball"),
        ],
    );
}

#[test]
fn prices_do_not_tell_what_the_owner_earns() {
    let shop = persona([(File::Facts, r#"{"prices": {"board": "15 euros", "lesson": "32 euros"}}"#)]);
    assert!(answer(&shop, "How much do you earn?").contains(UNANSWERED_MARK));
    check(&shop, &[("How much is a lesson?", "32 euros")]);
}

#[test]
fn an_english_cue_can_be_a_stop_word_of_another_language() {
    let school = persona([(
        File::Summary,
        "Las clases son de dos horas y el precio es el mismo para todos. Los alumnos son de aquí y de fuera.",
    )]);
    assert!(answer(&school, "¿Tienes hijos?").contains(UNANSWERED_MARK));
}

#[test]
fn repeated_letters_of_a_greeting_are_ignored() {
    for greeting in ["holaa", "hellooo", "heyyy", "moiiin"] {
        assert!(!ask(greeting).contains(UNANSWERED_MARK), "{greeting}\n{}", ask(greeting));
    }
}

#[test]
fn forms_of_italian_words_have_one_stem() {
    let stem = |word| words::stem(word, language::Language::Italian);
    for word in ["figlia", "figli", "figlie"] {
        assert_eq!(stem(word), stem("figlio"), "{word}");
    }
}

#[test]
fn the_wrapped_headline_of_a_profile_is_one_line() {
    let profile = persona([(
        File::Linkedin,
        "Contact\nffion@example.com\n\nCertifications\nFirst Aid at Work\n\nFfion Example\nSenior Archaeologist at Mudlark Heritage | \
         Bones and bad\nweather\nSwansea, Wales\n\nSummary\nI dig in places that are about to become roads, and I write reports of it.\n",
    )]);
    let index = index::Index::new(&profile);
    let facts = |topic| {
        let facts = index.passages.iter().find(|passage| passage.topic == Some(topic));
        facts.map(|passage| passage.lines[0].as_str())
    };
    assert_eq!(facts(topics::Topic::Name), Some("Ffion Example"));
    assert_eq!(
        facts(topics::Topic::Work),
        Some("Senior Archaeologist at Mudlark Heritage | Bones and bad weather")
    );
}

fn school() -> Persona {
    persona([
        (
            File::Cv,
            "Torben Example\n\nWerdegang\n2016 – heute: Inhaber, Fahrschule Kurve, Rostock\n2001 – 2009: Busfahrer, Stadtwerke Wismar\n\n\
             Zulassungen\nFahrlehrerlaubnis A, BE\n",
        ),
        (
            File::Me,
            "Bei uns unterrichten vier Leute. Angst vor der Autobahn haben viele, und wir fahren sonntags früh.\n\nMein größter \
             Reinfall war ein Simulator. Ich züchte Tomaten und habe einen Wellensittich.\n\nMail an torben@example.com.\n",
        ),
    ])
}

#[test]
fn a_question_with_before_is_not_always_about_the_career() {
    check(
        &school(),
        &[("Ich habe Angst vor der Autobahn", "sonntags"), ("Was hast du davor gemacht?", "Busfahrer")],
    );
}

#[test]
fn a_section_after_a_job_does_not_become_a_part_of_it() {
    let index = index::Index::new(&school());
    let jobs = index.passages.iter().filter(|passage| passage.topic == Some(topics::Topic::Jobs));
    let heads: Vec<&str> = jobs.map(|passage| passage.head.as_str()).collect();
    assert_eq!(heads, ["Inhaber, Fahrschule Kurve, Rostock", "Busfahrer, Stadtwerke Wismar"]);
}

#[test]
fn spare_time_is_described_at_the_end_of_a_text_but_not_by_the_contact() {
    check(
        &school(),
        &[
            ("Was sind deine Hobbys?", "Tomaten"),
            ("Wie viele Lehrer seid ihr?", "vier Leute"),
            ("Hast du ein Haustier?", "Wellensittich"),
            ("Was war ein Fehler von dir?", "Simulator"),
        ],
    );
}
