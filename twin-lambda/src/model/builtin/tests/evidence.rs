//! Tests of answers that are checked by the sentences with the words of the question.

use super::*;

fn tram() -> Persona {
    persona([
        (
            File::Me,
            "My father was a pilot. We have no children.\n\nI am often asked about the depot: it is four months late, because we \
             found an old harbor wall (from 1820). Nothing got more expensive.\n\nAt weekends I play the trombone.\n",
        ),
        (
            File::Linkedin,
            "Experience\n\nCity Tram Ltd\n9 years\n\nProject manager\nJune 2020 - Present (6 years)\nBremen, Germany\n\nLine 7 gets \
             eleven stops for 218 million euros. The second part opens in autumn.\n\nDeputy manager\nMay 2017 - May 2020\n\nThe new \
             depot.\n\nRail Works AG\nProject engineer\nMarch 2012 - April 2017\n\nNight work on points.\n\nEducation\n\nHarbor \
             University\nMaster of Science, Tracks · (2009 - 2011)\n\nHill College\nBachelor of Science, Roads · (2006 - 2009)\n",
        ),
    ])
}

#[test]
fn the_sentence_with_most_words_of_a_question_is_part_of_the_answer() {
    check(
        &tram(),
        &[
            ("How many stops does the new line have?", "eleven stops"),
            ("When does the second part of the line open?", "autumn"),
            ("Why is the depot so late?", "harbor wall"),
            ("What was your father's job?", "pilot"),
            ("Do you have children?", "no children"),
        ],
    );
}

#[test]
fn a_job_before_a_named_one_is_found() {
    check(
        &tram(),
        &[
            ("Who did you work for before City Tram?", "Rail Works"),
            ("What was your position before you came to City Tram?", "Rail Works"),
            ("Wo warst du vor City Tram?", "Rail Works"),
        ],
    );
}

#[test]
fn a_role_above_dates_is_not_a_heading_of_a_section() {
    let index = index::Index::new(&tram());
    let heads = |topic| {
        let entries = index.passages.iter().filter(move |passage| passage.topic == Some(topic));
        entries.map(|passage| passage.head.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(heads(topics::Topic::Projects), Vec::<&str>::new());
    let jobs = heads(topics::Topic::Jobs);
    assert_eq!(jobs.len(), 3, "{jobs:?}");
    assert!(jobs[2].starts_with("Rail Works AG, Project engineer"), "{jobs:?}");
    let schools = heads(topics::Topic::Education);
    assert_eq!(schools.len(), 2, "{schools:?}");
    assert!(schools[1].starts_with("Hill College"), "{schools:?}");
}

#[test]
fn a_sentence_ends_after_a_bracket() {
    assert_eq!(
        passage::sentences("It grew (by 10 euros). Then it fell."),
        ["It grew (by 10 euros).", "Then it fell."]
    );
}

#[test]
fn a_question_word_is_not_answered_with_yes() {
    for question in ["What did you do with the trombone?", "Where have you played the trombone?"] {
        let answer = answer(&tram(), question);
        assert!(!answer.starts_with("Yes"), "{question}\n{answer}");
    }
}

#[test]
fn the_parts_of_a_compound_are_translated() {
    let trainer = persona([(
        File::Summary,
        "The puppy class costs 95 pounds. I mend bicycles.\n\nI see two hundred dogs a year.",
    )]);
    assert!(answer(&trainer, "Gibt es einen Welpenkurs?").contains("puppy class"));
}

#[test]
fn languages_that_a_list_does_not_contain_are_denied() {
    let guide =
        persona([(File::Summary, "Languages: English, French\n\nI wrote a leaflet in Dutch and Danish.")]);
    assert!(answer(&guide, "Do you speak Dutch?").contains(UNANSWERED_MARK));
    assert!(answer(&guide, "Do you speak French?").starts_with("Yes"));
}

fn binder() -> Persona {
    persona([
        (
            File::Me,
            "I repair old books in Norwich, behind the bakery. Four people work with me: two binders, a clerk. We sleep at night.\n\n\
             I live with my wife and our two sons, who are afraid of my brother's dog. Dogs do not like glue.\n\n# Prizes and shows\n\n\
             - Empty Kitchens, Gallery Pont, 2023\n\n# Prices\n\nA box costs 30 pounds.\n",
        ),
        (
            File::Experience,
            "- {role: Owner, company: Bindery, start: 2012}\n- {role: Head of binding, company: Fenbrook Library, start: 2006, \
             end: 2012, tasks: [Led nine volunteers, Repaired floods]}\n- {role: Apprentice, company: Harrow, start: 2001, end: 2006}\n",
        ),
        (
            File::Qna,
            "faqs:\n  - question: How often does a spine need care?\n    answer: Twice in ten years.\n  - question: May I bring my own \
             paper?\n    answer: Of course, but the price stays the same.\n  - question: Where do the classes take place?\n    answer: In \
             the barn.\n",
        ),
    ])
}

#[test]
fn a_question_about_today_is_not_answered_with_the_past() {
    check(
        &binder(),
        &[("How many people work for you?", "Four people"), ("Who works with you?", "Four people")],
    );
}

#[test]
fn the_jobs_before_an_own_business_are_found() {
    check(&binder(), &[("What did you do before you had your own business?", "Fenbrook Library")]);
}

#[test]
fn an_apprenticeship_among_the_jobs_is_an_education() {
    check(&binder(), &[("Where did you learn the trade?", "Harrow")]);
}

#[test]
fn the_title_above_an_entry_is_searched() {
    check(&binder(), &[("Have you had any shows?", "Empty Kitchens")]);
}

#[test]
fn a_question_that_only_asks_for_a_place_or_a_frequency_matches_a_prepared_one() {
    check(&binder(), &[("Where do I have to go for the classes?", "barn")]);
    let history = [Exchange { question: "What about the spine?", answer: "It is old." }];
    let knowledge = Knowledge::new(&binder());
    assert_eq!(reply::reply(&knowledge, &history, "And how often?", 2026), "Twice in ten years.");
}

#[test]
fn the_family_is_described_by_the_sentence_about_the_home() {
    check(&binder(), &[("Do you have kids?", "two sons"), ("Are you married?", "my wife")]);
    assert!(answer(&binder(), "How old are you?").contains(UNANSWERED_MARK));
}

#[test]
fn a_sentence_with_a_colon_is_not_a_list() {
    let index = index::Index::new(&binder());
    let lists = index.passages.iter().filter(|passage| passage.kind == passage::Kind::List);
    assert_eq!(lists.count(), 0);
}

#[test]
fn short_words_have_the_same_stem_in_the_plural() {
    use language::Language;
    let pairs = [
        (Language::English, "box", "boxes"),
        (Language::English, "code", "codes"),
        (Language::Spanish, "gato", "gatos"),
        (Language::Spanish, "mesa", "mesas"),
        (Language::French, "robe", "robes"),
        (Language::German, "eule", "eulen"),
        (Language::Portuguese, "gato", "gatos"),
    ];
    for (language, one, many) in pairs {
        assert_eq!(words::stem(one, language), words::stem(many, language), "{many}");
    }
}
