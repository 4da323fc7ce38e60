//! Tests of questions about something that the notes do not contain, and of headings with their dates below.

use super::*;

const PIANOS: &str = "\
# Imelda Example

## Profile

I restore and tune pianos. In Bristol I tune for the concert hall.

## Experience

### Thornquay Pianos

*Owner, since 2015*

- Two people work with me.

### Dunmoor Restorers
**Senior technician** · 2012 – 2015
**Apprentice** · 2010 – 2012

- Restored a square piano for a museum.

## Prices

- A tuning costs 85 euros. It takes an hour.

## Advice

My first job was in a music shop in Bath. I sold strings. To beginners I say: listen before you turn the key.
";

fn imelda() -> Persona {
    persona([(File::Resume, PIANOS)])
}

#[test]
fn a_missing_subject_is_not_answered_with_its_verb() {
    for question in
        ["Can you restore my harpsichord?", "Do you have a branch in Hamburg?", "Do you know AutoCAD?"]
    {
        let answer = answer(&imelda(), question);
        assert!(answer.ends_with(UNANSWERED_MARK), "{question}: {answer}");
    }
    for question in [
        "Can you restore my piano?",
        "Do you tune in Bristol?",
        "Any thoughts on pianos?",
        "Can I play your pianos?",
    ] {
        let answer = answer(&imelda(), question);
        assert!(!answer.ends_with(UNANSWERED_MARK), "{question}: {answer}");
    }
}

#[test]
fn prices_of_a_service_are_not_what_the_owner_earns() {
    let answer = answer(&imelda(), "How much do you earn in a year?");
    assert!(answer.ends_with(UNANSWERED_MARK), "{answer}");
}

#[test]
fn dates_below_a_heading_belong_to_it() {
    check(
        &imelda(),
        &[
            ("What did you do at Dunmoor Restorers?", "Dunmoor Restorers, Senior technician (2012 – 2015)"),
            ("Since when do you run Thornquay Pianos?", "2015"),
            ("What did you do before that?", "Dunmoor"),
        ],
    );
}

#[test]
fn the_first_job_and_advice_are_found_in_sentences() {
    check(
        &imelda(),
        &[
            ("What was your first job?", "music shop"),
            ("What advice would you give to beginners?", "listen before"),
        ],
    );
}
