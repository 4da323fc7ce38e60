//! Tests that count the work of indexing and answering.

use super::*;

#[test]
fn the_work_grows_linearly_with_the_notes() {
    type Unit = fn(usize) -> String;
    let kinds: [(File, &str, Unit); 8] = [
        (File::Summary, "", |number| format!("Item{number} was built in the year of word{number}.\n\n")),
        (File::Summary, "", |number| format!("Item{number} was built by me. ")),
        (File::Summary, "", |number| {
            format!("A line of text that was wrapped at the same length, {number:06}\n")
        }),
        (File::Summary, "See ", |number| format!("[item{number}](https://example.com/{number}) ")),
        (File::Summary, "# Skills\n", |number| format!("skill{number:05}, ")),
        (File::Resume, "# Experience\n", |number| format!("## Job{number}\n2001 - 2002\n- Item{number}\n")),
        (File::Qna, "faqs:\n", |number| {
            format!("  - {{question: What is item{number}?, answer: It is {number}.}}\n")
        }),
        (File::Me, "Write to ", |number| format!("a{number}@example.com                    ")),
    ];
    for (file, start, unit) in kinds {
        let work = |count: usize| {
            let text = (0..count).fold(start.to_owned(), |text, number| text + &unit(number));
            let persona = persona([(file, &text)]);
            words::work::of(|| {
                for question in
                    ["What are your skills and item7?", "Where did you work?", "How can I reach you?"]
                {
                    answer(&persona, question);
                }
            })
        };
        let (small, large) = (work(250), work(2000));
        assert!(large < small * 10, "{} {small} {large}", unit(1));
    }
}

#[test]
fn the_work_does_not_grow_with_the_unknown_words_of_a_question() {
    let text = (0..2000).fold(String::new(), |text, number| text + &format!("Item{number} is built.\n\n"));
    let persona = persona([(File::Summary, &text)]);
    let knowledge = Knowledge::new(&persona);
    let work = |count: usize| {
        let question = (0..count).fold(String::new(), |text, number| text + &format!("strange{number}xyz "));
        words::work::of(|| drop(reply::reply(&knowledge, &[], &question, 2026)))
    };
    let (short, long) = (work(12), work(500));
    assert!(long < short * 2, "{short} {long}");
}

proptest::proptest! {
    #[test]
    fn every_question_gets_an_answer_of_limited_length(question in ".{0,60}", notes in "(?s).{0,400}") {
        let answer = answer(&persona([(File::Me, &notes.repeat(5))]), &question);
        let shown = answer.trim_end_matches(UNANSWERED_MARK).trim();
        proptest::prop_assert!(!shown.is_empty() && shown.chars().count() <= reply::MAX_ANSWER);
    }
}
