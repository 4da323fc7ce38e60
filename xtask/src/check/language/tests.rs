//! Phrases that are reported, and plain English that is not.

use super::{Phrases, is_checked};

/// The reported lines and phrases.
fn found(path: &str, text: &str) -> Vec<(usize, String)> {
    let complaints = Phrases::load().unwrap().check(path, text);
    let phrase = |complaint: String| complaint.split('"').nth(1).unwrap_or_default().to_owned();
    complaints.into_iter().map(|(line, complaint)| (line, phrase(complaint))).collect()
}

#[test]
fn reports_phrases_in_prose() {
    let table = [
        ("The lock could not be given back.", "lock could not be given back"),
        ("It gives back the lock today.", "gives back the lock"),
        ("The program must be at hand.", "at hand"),
        ("Whoever deploys needs it.", "Whoever"),
        ("It belongs to somebody else's project.", "somebody else's"),
        ("A made-up person answers.", "made-up"),
        ("Nothing is printed or said of a bucket.", "said of"),
        ("This option goes over the file.", "goes over"),
        ("A deploy brings along its data.", "brings along"),
        ("The lock ended by itself.", "ended by itself"),
        ("Read the owner's files first.", "the owner's files"),
        ("We waited in vain for it.", "in vain"),
        ("Stop at foreign buckets.", "foreign"),
        ("What cannot be built is shown.", "What cannot"),
        ("What differs is shown.", "What differs"),
        ("It goes when nobody uses it.", "It goes"),
        ("The function is told the address.", "is told"),
        ("How it is spoken is up to you.", "is spoken"),
        ("The command ends with 7 then.", "ends with 7"),
        ("Where there is none it waits.", "Where there is"),
        ("The behaviour of the server.", "behaviour"),
    ];
    for (text, phrase) in table {
        assert_eq!(found("docs/a.md", text), [(1, phrase.to_owned())], "{text}");
    }
}

#[test]
fn accepts_plain_english() {
    let table = [
        "What does a deploy change?",
        "# What a deploy changes",
        "| what it does |",
        "See what is new in this release.",
        "It goes through every region.",
        "Stops at a foreign key constraint.",
        "The path ends with `/index.html`.",
        "Bring your own key. The server brings up the port.",
        "Releases the lock. Returns the lock's holder.",
        "Give the role a boundary; take the id from it.",
        "The same way that AWS does it, in the way that IAM expects.",
        "It looks up the name and goes over the network.",
        "The problem lies in the order of calls.",
        "He said, so the story goes.",
        "Things to check first:",
        "the owner's email address",
        "{\"action\": \"foreign\"}",
    ];
    for text in table {
        let reported = found("docs/a.md", text);
        assert!(reported.is_empty(), "{text}: {reported:?}");
    }
}

#[test]
fn reads_comments_strings_and_names_of_rust() {
    let source = r##"//! A lock that
//! is given
//! back.

/// A question: is it?
fn the_key_is_told_to_nobody(x: u8) -> &'static str {
    let foreign = "at hand\nat hand";
    let c = '"'; // in vain
    let raw = r#"it "is told" this"#;
    if x == 1 { foreign.is.told() }
    "one \
     is told"
}
/* is told */
"##;
    let lines: Vec<_> = found("a.rs", source).into_iter().map(|(line, _)| line).collect();
    assert_eq!(lines, [2, 6, 7, 7, 8, 9, 12, 14]);
}

#[test]
fn joins_lines_of_a_paragraph_only() {
    let table = [
        ("a.md", "It is\ntold so.", 1),
        ("a.md", "It is\n\ntold so.", 0),
        ("a.md", "- it is\n  told so", 1),
        ("a.md", "- it is\n- told so", 0),
        ("a.md", "| it is | told so |", 0),
        ("a.ts", "// it is\n// told so", 1),
        ("a.ts", "/** It is\n * told so. */", 1),
        ("a.yaml", "# it is\nkey: told", 0),
        ("a.rs", "// it is\n\n// told so", 0),
        ("a.rs", "// it is\n/// told so", 0),
    ];
    for (path, text, count) in table {
        assert_eq!(found(path, text).len(), count, "{text}");
    }
}

#[test]
fn leaves_out_samples_bundles_and_binaries() {
    assert!(
        is_checked("twinctl/src/lib.rs") && is_checked("README.md") && is_checked("environments/base.yaml")
    );
    assert!(!is_checked("data/sample/me.txt") && !is_checked("twin-web/dist/index.html"));
    assert!(!is_checked("xtask/src/bench/answers/seen/chef/data/resume.md"));
    assert!(!is_checked("Cargo.lock") && !is_checked("docs/page.png"));
}

#[test]
fn rejects_a_phrase_without_a_word() {
    assert!(Phrases::parse("no replacement").is_err());
    assert!(Phrases::parse("* x = y").is_err());
}
