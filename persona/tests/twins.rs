//! The data of five twins, each in a shape of its own (`twins/`), and what their owners are told.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use persona::price::{Seller, per_turn};
use persona::{Allow, Files, Gravity, Prepared, prepare, too_large};

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
    if let Some((name, made)) = pdf {
        files.insert(name, std::fs::read(tests().join("pdf").join(made)).unwrap());
    }
    prepare(files, &Allow::new())
}

/// What people read, and then what goes online.
fn told(prepared: &Prepared) -> String {
    let mut text = String::new();
    for mistake in &prepared.mistakes {
        let word = if mistake.gravity == Gravity::Error { "error" } else { "warning" };
        writeln!(text, "{word}: {mistake}\n  {}", mistake.hint.as_deref().unwrap_or_default()).unwrap();
    }
    for left in &prepared.left_out {
        writeln!(text, "left out: {left}").unwrap();
    }
    writeln!(text, "texts: {:?}, kept back: {:?}", prepared.texts, prepared.kept_back).unwrap();
    let price = per_turn(Seller::Bedrock, MODEL, prepared.tokens).unwrap();
    writeln!(text, "about {} tokens, ${:.5} a turn (as of {})", prepared.tokens, price.usd, price.as_of)
        .unwrap();
    for (name, bytes) in
        prepared.files.iter().filter(|(name, _)| !prepared.texts.iter().any(|made| made == name))
    {
        writeln!(text, "\n== {name}\n{}", String::from_utf8_lossy(bytes).trim_end()).unwrap();
    }
    text
}

#[test]
fn five_twins() {
    let pdf = Some(("linkedin.pdf", "linkedin.pdf"));
    insta::assert_snapshot!("classic", told(&twin("classic", pdf)));
    insta::assert_snapshot!("one-text", told(&twin("one-text", None)));
    insta::assert_snapshot!("folders", told(&twin("folders", None)));
    insta::assert_snapshot!("resume", told(&twin("resume", Some(("data/cv.pdf", "chromium.pdf")))));
    insta::assert_snapshot!("unfinished", told(&twin("unfinished", Some(("linkedin.pdf", "scanned.pdf")))));
}

#[test]
fn what_is_left_out_is_gone_from_every_file() {
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
fn two_thousand_files_take_no_time() {
    let mut files = Files::default();
    let text = "I have built 40 clocks since 2003, and wound 1,204 of them twice.\n".repeat(4);
    for number in 0..2_000 {
        files.insert(format!("notes/{number}.md"), format!("{number}\n{text}").into_bytes());
    }
    files.insert("me.txt", b"I am Mira. Ring +44 113 496 0123.".to_vec());
    let start = Instant::now();
    let prepared = prepare(files, &Allow::new());
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    assert_eq!((prepared.files.len(), prepared.left_out.len(), prepared.mistakes.len()), (2_001, 1, 1));
    assert_eq!(too_large(Seller::Bedrock, MODEL, prepared.tokens), None);
}
