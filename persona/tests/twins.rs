//! The data files of five twins with different structures (`twins/`), and the findings about them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write;
use std::path::Path;

use contract::models::{Model, Provider};
use persona::price::per_turn;
use persona::{Allow, Files, Prepared, Severity, prepare, too_large};

const MODEL: &str = "eu.amazon.nova-lite-v1:0";

fn add(files: &mut Files, folder: &Path, prefix: &str) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().into_string().unwrap());
        if entry.path().is_dir() {
            add(files, &entry.path(), &format!("{name}/"));
        } else {
            files.insert(name, std::fs::read(entry.path()).unwrap());
        }
    }
}

fn tests() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests"))
}

fn twin(name: &str, pdf: Option<(&str, &str)>) -> Prepared {
    let mut files = Files::default();
    add(&mut files, &tests().join("twins").join(name), "");
    if let Some((name, pdf)) = pdf {
        files.insert(name, std::fs::read(tests().join("pdf").join(pdf)).unwrap());
    }
    prepare(files, &Allow::new())
}

/// Returns the findings and redactions, followed by the prepared files.
fn printed(prepared: &Prepared) -> String {
    let mut text = String::new();
    for finding in &prepared.findings {
        let word = if finding.severity == Severity::Error { "error" } else { "warning" };
        writeln!(text, "{word}: {finding}\n  {}", finding.hint.as_deref().unwrap_or_default()).unwrap();
    }
    for redaction in &prepared.redactions {
        writeln!(text, "redacted: {redaction}").unwrap();
    }
    writeln!(text, "PDF texts: {:?}, withheld: {:?}", prepared.pdf_texts, prepared.withheld).unwrap();
    let price = per_turn(Provider::Bedrock, MODEL, prepared.tokens).unwrap();
    writeln!(text, "about {} tokens, ${:.5} a turn (as of {})", prepared.tokens, price.usd, price.as_of)
        .unwrap();
    for (name, bytes) in
        prepared.files.iter().filter(|(name, _)| !prepared.pdf_texts.iter().any(|text| text == name))
    {
        writeln!(text, "\n== {name}\n{}", String::from_utf8_lossy(bytes).trim_end()).unwrap();
    }
    text
}

#[test]
fn five_twins() {
    let pdf = Some(("linkedin.pdf", "linkedin.pdf"));
    insta::assert_snapshot!("classic", printed(&twin("classic", pdf)));
    insta::assert_snapshot!("one-text", printed(&twin("one-text", None)));
    insta::assert_snapshot!("folders", printed(&twin("folders", None)));
    insta::assert_snapshot!("resume", printed(&twin("resume", Some(("data/cv.pdf", "chromium.pdf")))));
    insta::assert_snapshot!(
        "unfinished",
        printed(&twin("unfinished", Some(("linkedin.pdf", "scanned.pdf"))))
    );
}

#[test]
fn private_data_is_redacted_from_every_file() {
    let private = [
        "496 0123",
        "Dial Lane",
        "LS1 4AP",
        "1980",
        "901820",
        "1234567",
        "Nebelstra",
        "10115",
        "34 56 78",
        "Brume",
        "75002",
        "918 12 34",
        "Niebla 24",
        "28014",
    ];
    for (name, pdf) in [
        ("classic", None),
        ("one-text", None),
        ("folders", None),
        ("resume", Some(("data/cv.pdf", "chromium.pdf"))),
    ] {
        for (file, bytes) in twin(name, pdf).files.iter() {
            let text = String::from_utf8_lossy(bytes);
            let still = private.iter().find(|part| text.contains(*part));
            assert_eq!(still, None, "{name}: {file}");
        }
    }
}

#[test]
fn two_thousand_files_are_prepared() {
    let mut files = Files::default();
    let text = "I have built 40 clocks since 2003, and wound 1,204 of them twice.\n".repeat(4);
    for number in 0..2_000 {
        files.insert(format!("archive/{number}.md"), format!("{number}\n{text}").into_bytes());
    }
    files.insert("me.txt", b"I am Mira. Ring +44 113 496 0123.".to_vec());
    let prepared = prepare(files, &Allow::new());
    assert_eq!((prepared.files.len(), prepared.redactions.len(), prepared.findings.len()), (2_001, 1, 1));
    assert_eq!(too_large(&Model::of(Provider::Bedrock, MODEL), prepared.tokens), None);
}
