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

fn check(persona: &Persona, cases: &[(&str, &str)]) {
    for (question, text) in cases {
        let answer = answer(persona, question);
        assert!(answer.contains(text), "{question}\n{answer}");
        assert!(!answer.contains(UNANSWERED_MARK), "{question}\n{answer}");
    }
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
