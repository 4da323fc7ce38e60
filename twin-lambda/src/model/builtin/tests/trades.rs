//! Tests of questions to people of several trades, whose notes use other words than the visitor.

use super::*;

fn gardener() -> Persona {
    persona([(
        File::Me,
        "Ich heiße Rosa Muster und baue Gärten in Ulm.\n\nIch imkere seit 2016 und sammle alte Karten.\n\nAngebot\n\
         - Schwimmteiche\n- Dachbegrünungen\n- Mauern, die ich selbst gebaut habe\n",
    )])
}

fn programmer() -> Persona {
    persona([
        (
            File::Summary,
            "How I got here\n\nMy first job, from 2011 to 2014, was at Mosswick. I sold forecasts. In 2014 I moved to Tern, \
             where I wrote a booking system in Go. I joined Quay in May 2020.\n",
        ),
        (
            File::Facts,
            r#"{"timezone": "UTC-4", "opening_hours": "Monday to Thursday", "prices": {"first visit": "62 pounds"}}"#,
        ),
    ])
}

#[test]
fn other_forms_compounds_and_translations_of_a_word_are_found() {
    check(
        &gardener(),
        &[
            ("Legst du Teiche an?", "Schwimmteiche"),
            ("Macht ihr Dächer?", "Dachbegrünungen"),
            ("Do you build ponds?", "Schwimmteiche"),
            ("Hältst du Bienen?", "imkere"),
            ("Do you keep bees?", "imkere"),
            ("Was sammelst du?", "sammle alte Karten"),
            ("Baust du Mauern?", "Mauern"),
        ],
    );
    assert!(answer(&gardener(), "Kannst du schweißen?").contains(UNANSWERED_MARK));
}

#[test]
fn a_career_in_sentences_has_an_order() {
    check(
        &programmer(),
        &[
            ("Where did you work before Quay?", "Before that: In 2014 I moved to Tern"),
            ("Where did you work before Tern?", "Before that: My first job"),
            ("Since when have you been at Quay?", "I joined Quay in May 2020"),
            ("How many years of experience do you have?", "About 15 years, since 2011."),
        ],
    );
}

#[test]
fn labels_answer_questions_about_them() {
    check(
        &programmer(),
        &[
            ("What timezone are you in?", "UTC-4"),
            ("When are you open?", "Monday to Thursday"),
            ("How much is a visit?", "62 pounds"),
        ],
    );
}

#[test]
fn a_name_that_is_also_an_ordinary_word_is_found() {
    check(&programmer(), &[("Do you know Go?", "in Go")]);
}

#[test]
fn prices_do_not_answer_questions_about_pay() {
    let teacher =
        persona([(File::Me, "A lesson of 45 minutes costs 25 euros at my house. I teach the cello.")]);
    check(&teacher, &[("How much is it?", "25 euros"), ("Combien coûte une leçon ?", "25 euros")]);
    assert!(answer(&teacher, "What is your salary?").contains(UNANSWERED_MARK));
}

#[test]
fn years_can_be_listed_by_profession() {
    let nurse = persona([(File::Facts, r#"{"years_experience": {"research": 7, "nursing": 9}}"#)]);
    check(&nurse, &[("How many years of experience do you have?", "Nursing: 9, Research: 7")]);
}

#[test]
fn short_months_and_items_do_not_split_a_job() {
    let resume = "EXPERIENCE\n\nsince Apr. 2014   Owner, Sample Joinery\n   - New machine (2017)\n   - Solar power (2022)\n\n\
                  Oct. 2009 – March 2014 Foreman, Example Yachts\n   - 11 people\n";
    let joiner = persona([(File::Resume, resume)]);
    check(
        &joiner,
        &[
            ("Where did you work before?", "Before that: Foreman, Example Yachts (Oct. 2009 – March 2014)"),
            ("Tell me about Sample Joinery", "New machine (2017); Solar power (2022)"),
        ],
    );
}

fn florist() -> Persona {
    persona([
        (
            File::Me,
            "The shop is named after the thistle on our door. We open Tuesday to Saturday, nine to five.\n\nWe deliver in \
             Ayr for 6 pounds. We do not post flowers.\n\nIn 2014 I left four hundred roses in a hot van. It was my worst \
             mistake.\n\nAt home there are two hens, Dolly and Reba. I eat no meat.\n\nA bouquet costs 25 pounds. A \
             buttonhole is 9 pounds.\n",
        ),
        (File::Facts, r#"{"full_name": "Maeve Muster", "current_role": "Florist", "location": "Ayr"}"#),
    ])
}

#[test]
fn details_are_found_by_other_words_than_those_of_the_notes() {
    check(
        &florist(),
        &[
            ("Where does the name come from?", "thistle"),
            ("what time do you shut", "nine to five"),
            ("can you send some to my mum in london", "do not post"),
            ("what went wrong once?", "hot van"),
            ("What are the pets called?", "Dolly and Reba"),
            ("are you a vegetarian", "no meat"),
            ("how much for a buttonhole", "9 pounds"),
            ("Wann habt ihr auf?", "nine to five"),
            ("¿Hacéis envíos?", "do not post"),
        ],
    );
}

#[test]
fn private_matters_are_answered_only_if_the_notes_name_them() {
    for question in
        ["Are you married?", "got any kids?", "What rent do you pay?", "how much is your turnover"]
    {
        let answer = answer(&florist(), question);
        assert!(answer.contains(UNANSWERED_MARK), "{question}\n{answer}");
    }
}

#[test]
fn a_value_with_a_known_label_is_a_sentence() {
    let answer = answer(&florist(), "Tell me about florist things");
    assert!(!answer.contains("Current role"), "{answer}");
}
