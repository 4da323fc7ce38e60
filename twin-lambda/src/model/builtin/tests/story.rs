//! Tests of questions about a life told in sentences, and about records with labels that the owner chose.

use super::*;

fn ferry() -> Persona {
    persona([(
        File::Me,
        "I run a small ferry. Two people come along at most four times a day, and dogs stay on land.\n\nI grew up in a \
         mill. When I was eight I rowed alone for the first time. For seven years I worked at the Brack shipyard. The hulls got bigger \
         every year, and I wanted to see the water again. In May 2019 I founded my own ferry. Since then nobody waits in \
         the rain.\n\nI can order soup in Italian. I speak English fluently, and German is enough for the weather.\n\nSince 2022 Tilda \
         Moorgate has been with me, and her brother helps out in summer. We take children from six years on. In \
         September we repair the boat and do not sail.\n",
    )])
}

fn groomer() -> Persona {
    persona([(
        File::Facts,
        r#"{"name": "Ola Brandt", "location": "Skagen, Denmark",
            "services": [{"service": "claw trimming", "price": "18 €"}, {"service": "bath and brush", "price": "42 €"}],
            "travel": {"beyond the island": "0,70 € per kilometer"},
            "team": [{"name": "Nils Agerholm", "role": "specialist for cats"}],
            "emergencies": {"mean delay": "25 minutes"},
            "interns": {"who": "students", "compensation": "a room, not remunerated"}}"#,
    )])
}

#[test]
fn a_story_has_an_order_although_some_of_its_jobs_have_no_year() {
    let knowledge = Knowledge::new(&ferry());
    let first = "When did you found your ferry?";
    let answer = reply::reply(&knowledge, &[], first, 2026);
    assert!(answer.contains("2019"), "{answer}");
    let turn = Exchange { question: first, answer: &answer };
    let before = reply::reply(&knowledge, &[turn], "And before that?", 2026);
    assert!(before.contains("Brack"), "{before}");
    let turns = [turn, Exchange { question: "And before that?", answer: &before }];
    let why = reply::reply(&knowledge, &turns, "Why did you leave that?", 2026);
    assert!(why.contains("hulls"), "{why}");
}

#[test]
fn what_belongs_to_the_visitor_is_not_the_owners() {
    check(
        &ferry(),
        &[
            ("Our son is five, can he come along?", "from six years on"),
            ("How did you get into rowing?", "When I was eight"),
        ],
    );
}

#[test]
fn names_answer_questions_about_people() {
    check(&ferry(), &[("Do you work alone or do you have colleagues?", "Tilda Moorgate")]);
    check(&groomer(), &[("Who is responsible for cats?", "Nils Agerholm")]);
}

#[test]
fn languages_in_sentences_side_by_side_belong_together() {
    check(
        &ferry(),
        &[("Which languages do you speak?", "Italian"), ("Which languages do you speak?", "English")],
    );
}

#[test]
fn a_month_in_a_question_is_answered_with_it() {
    check(&ferry(), &[("Can I come along in September?", "do not sail")]);
}

#[test]
fn a_record_is_named_by_its_first_text() {
    check(
        &groomer(),
        &[
            ("How much is claw trimming?", "claw trimming (18 €)"),
            ("How much is it beyond the island?", "0,70 € per kilometer"),
        ],
    );
}

#[test]
fn a_question_for_a_place_without_other_words_is_about_the_owners() {
    check(&groomer(), &[("Where are you installed?", "Skagen")]);
}

#[test]
fn a_length_of_time_is_not_always_that_of_the_career() {
    check(&groomer(), &[("How long does it take in an emergency?", "25 minutes")]);
}

#[test]
fn a_pronoun_refers_to_the_answer_before() {
    let knowledge = Knowledge::new(&groomer());
    let question = "Do you take interns?";
    let answer = reply::reply(&knowledge, &[], question, 2026);
    let paid = reply::reply(&knowledge, &[Exchange { question, answer: &answer }], "Are they paid?", 2026);
    assert!(paid.contains("not remunerated"), "{paid}");
}

fn potter() -> Persona {
    persona([
        (
            File::Qna,
            "faqs:\n  - question: How much is a bowl?\n    answer: A bowl is 30 euros.\n  - question: When is the glazing class?\n    \
            answer: In May and in October, six people, 95 euros with lunch.\n",
        ),
        (
            File::Me,
            "I have made 312 bowls and dropped nine. Schools pay half. I am booked \
             until March 2027. The next big thing is a tiled oven for the town hall. At home I sing and mend clocks.\n",
        ),
        (
            File::Linkedin,
            "Honors-Awards\nBrack Clay Prize\n\nExperience\nEmber & Sons\nPotter\nMay 2009 - May 2016 (7 years)\n\nBowls.\n\nSummary\nThe Brack Clay Prize was for the blue jug.\n",
        ),
    ])
}

#[test]
fn a_year_is_not_the_number_that_a_question_asks_for() {
    check(&potter(), &[("How many bowls have you made?", "312")]);
}

#[test]
fn a_question_with_a_time_is_answered_with_the_time_when_the_owner_is_free() {
    check(&potter(), &[("Could you make one for us this November?", "booked until March 2027")]);
}

#[test]
fn who_the_visitors_are_is_not_the_topic() {
    check(&potter(), &[("We're a primary school without money. Anything you can do?", "Schools pay half")]);
}

#[test]
fn next_and_days_off_tell_what_is_asked() {
    check(
        &potter(),
        &[
            ("What are you working on next?", "tiled oven"),
            ("What do you do on your days off?", "mend clocks"),
        ],
    );
}

#[test]
fn a_price_without_a_subject_is_that_of_the_answer_before() {
    let knowledge = Knowledge::new(&potter());
    let question = "When is the glazing class?";
    let answer = reply::reply(&knowledge, &[], question, 2026);
    let price = reply::reply(&knowledge, &[Exchange { question, answer: &answer }], "How much is it?", 2026);
    assert!(price.contains("95"), "{price}");
}

#[test]
fn a_firm_with_sons_does_not_tell_about_children() {
    assert!(answer(&potter(), "Do you have children?").ends_with(UNANSWERED_MARK));
}
