//! Tests of an exported profile, whose lines are wrapped and whose companies stand above several jobs.

use super::*;

const PROFILE: &str = "\
Experience

Heronbrook Water
6 years

Principal engineer
April 2022 - Present
Leeds, England

I lead a team of nine: seven engineers and two people who write the reports that nobody
reads, and I count the pumps.

Senior engineer
November 2019 - April 2022
• Counted fish.

Larkspur Parcel
Engineer
February 2016 - October 2019
• Moved parcels.

Wendle Council
Trainee
July 2012 - September 2015
• Drew roads.

Volunteer Experience

Friends of the Eel
Counter
2021 - Present
";

#[test]
fn jobs_of_a_profile_are_found_by_their_order_and_their_company() {
    let persona = persona([(File::Linkedin, PROFILE)]);
    let cases = [
        ("Where do you work?", "Principal engineer, Heronbrook Water"),
        ("What was your first job?", "Wendle Council"),
        ("Where did you work before Heronbrook?", "Larkspur Parcel"),
        (
            "When did you start at Heronbrook?",
            "November 2019 - April 2022: Senior engineer, Heronbrook Water",
        ),
        ("Where were you in 2017?", "Larkspur Parcel"),
        ("How many people are on your team?", "a team of nine"),
        ("Do you volunteer?", "Friends of the Eel"),
        ("Do you know pumps? Where did you work before Larkspur?", "Wendle Council"),
    ];
    for (question, text) in cases {
        let answer = answer(&persona, question);
        assert!(answer.contains(text) && !answer.contains(UNANSWERED_MARK), "{question}\n{answer}");
    }
    let wrapped = answer(&persona, "Do you write reports?");
    assert!(wrapped.contains("the reports that nobody reads, and I count the pumps."), "{wrapped}");
}
