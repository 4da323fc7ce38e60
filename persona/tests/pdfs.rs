//! PDFs made in several ways (`pdf/make.py`), and what becomes of them.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its files has failed")]

use persona::{Allow, Files, Gravity, Prepared, Private, prepare};

fn file(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/pdf/{name}.pdf", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn prepared(bytes: Vec<u8>, allow: &Allow) -> Prepared {
    let mut files = Files::default();
    files.insert("data/linkedin.pdf", bytes);
    prepare(files, allow)
}

fn text(prepared: &Prepared) -> &str {
    prepared.files.get("data/linkedin.pdf.txt").map_or("", |text| std::str::from_utf8(text).unwrap())
}

#[test]
fn the_text_is_what_people_see() {
    for name in ["linkedin", "chromium", "reportlab", "kerned", "photo", "no-printing"] {
        let prepared = prepared(file(name), &Private::ALL.into());
        assert_eq!(prepared.mistakes, []);
        assert_eq!(prepared.texts, ["data/linkedin.pdf.txt"]);
        assert_eq!(
            (prepared.files.len(), prepared.kept_back.len()),
            (2, 0),
            "nothing is left out, so the PDF goes too"
        );
        insta::assert_snapshot!(name, text(&prepared));
    }
}

#[test]
fn what_is_private_is_in_neither() {
    for name in ["linkedin", "chromium", "reportlab", "kerned"] {
        let prepared = prepared(file(name), &Allow::new());
        assert_eq!(prepared.kept_back, ["data/linkedin.pdf"]);
        assert!(prepared.files.get("data/linkedin.pdf").is_none());
        let left_out =
            prepared.left_out.iter().map(|left| format!("{} {} {}", left.line, left.kind, left.shown));
        insta::assert_snapshot!(
            format!("{name}-left-out"),
            format!("{}\n--\n{}", left_out.collect::<Vec<_>>().join("\n"), text(&prepared))
        );
    }
}

#[test]
fn a_pdf_that_cannot_be_read_is_said_to_be_so() {
    let said = |bytes: Vec<u8>| {
        let prepared = prepared(bytes, &Allow::new());
        assert_eq!((prepared.texts.len(), prepared.kept_back.len()), (0, 1));
        let mistake = prepared.mistakes.into_iter().next().unwrap();
        assert_eq!(mistake.gravity, Gravity::Error);
        format!("{mistake}\n  {}\n", mistake.hint.as_deref().unwrap())
    };
    let whole = file("linkedin");
    let half = whole[..whole.len() / 2].to_vec();
    let told = [file("scanned"), file("locked"), half, b"PK\x03\x04".to_vec()].map(said);
    insta::assert_snapshot!(told.concat());
}

#[test]
fn bytes_that_were_changed_on_the_way_do_no_harm() {
    let whole = file("linkedin");
    for at in (0..whole.len()).step_by(whole.len() / 20) {
        for byte in [b'9', 0xff] {
            let mut bytes = whole.clone();
            bytes[at] = byte;
            prepared(bytes, &Allow::new());
        }
    }
}

#[test]
fn what_the_owner_wrote_is_taken_instead() {
    let mut files = Files::default();
    files.insert("linkedin.pdf", file("linkedin"));
    files.insert("linkedin.txt", b"I am Odalys.".to_vec());
    let prepared = prepare(files, &Allow::new());
    assert_eq!(prepared.texts.len(), 0);
    assert_eq!(prepared.files.get("linkedin.txt"), Some(b"I am Odalys.".as_slice()));
    assert_eq!(prepared.kept_back, ["linkedin.pdf"], "the phone number is still in it");
    let mistakes: Vec<String> = prepared.mistakes.iter().map(ToString::to_string).collect();
    assert_eq!(mistakes, ["linkedin.pdf: the twin reads your `linkedin.txt` instead of this PDF"]);
}
