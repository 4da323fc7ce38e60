//! Preparing files with arbitrary contents.

use persona::{Allow, Files, prepare};
use proptest::prelude::*;

const NAMES: [&str; 12] = [
    "facts.json",
    "qna.yml",
    "skills.yml",
    "sources.json",
    "me.txt",
    "data/resume.md",
    "linkedin.pdf",
    "other.pdf",
    "prompts/system_prompt.txt",
    "notes.txt",
    "photo.png",
    "facts_template.json",
];

/// Arbitrary bytes, and texts that are almost valid.
fn contents() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just("faqs:\n".to_owned()),
        Just("- question: Who?\n  answer: ".to_owned()),
        Just("{\"name\": \"Ada\", \"phone\": \"+44 20 7946 0958\"}".to_owned()),
        Just("12 rue de la Paix, 75002 Paris\n".to_owned()),
        Just("\u{feff}".to_owned()),
        Just("[Your name] {summary} {sumary}\n".to_owned()),
        Just("%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 1 0 R>>endobj\ntrailer<</Root 1 0 R>>".to_owned()),
        "[ \\PC\n]{0,12}",
        "[0-9 +()/.\u{a0}–-]{0,16}",
        "[&*!|>%@`'\"{}\\[\\],#:? \n-]{0,8}",
    ];
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..64),
        proptest::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat().into_bytes()),
    ]
}

proptest! {
    #[test]
    fn any_files_can_be_prepared(contents in proptest::collection::vec((0..NAMES.len(), contents()), 0..5)) {
        let mut files = Files::default();
        for (name, bytes) in &contents {
            files.insert(NAMES[*name], bytes.clone());
        }
        let before = files.clone();
        let prepared = prepare(files, &Allow::new());
        for (name, bytes) in prepared.files.iter() {
            prop_assert!(!name.contains("_template") && name != "other.pdf", "{}", name);
            let changed = before.get(name).is_some_and(|original| original != bytes);
            prop_assert_eq!(changed, prepared.redactions.iter().any(|redaction| redaction.file == name && before.get(name).is_some()));
        }
        let again = prepare(prepared.files.clone(), &Allow::new());
        prop_assert_eq!(&again.redactions, &[]);
        prop_assert!(again.files == prepared.files);
    }
}
