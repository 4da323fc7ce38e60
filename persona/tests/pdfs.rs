//! PDFs of several programs (`pdf/make.py`).

#![expect(clippy::unwrap_used, reason = "a test that cannot read its files has failed")]

use persona::{Allow, Files, Prepared, PrivateKind, Severity, prepare};

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
fn the_text_is_extracted() {
    for name in ["linkedin", "chromium", "reportlab", "kerned", "photo", "no-printing"] {
        let prepared = prepared(file(name), &PrivateKind::ALL.into());
        assert_eq!(prepared.findings, []);
        assert_eq!(prepared.pdf_texts, ["data/linkedin.pdf.txt"]);
        assert_eq!(
            (prepared.files.len(), prepared.withheld.len()),
            (2, 0),
            "nothing is redacted, so the PDF is uploaded too"
        );
        insta::assert_snapshot!(name, text(&prepared));
    }
}

#[test]
fn private_data_is_in_neither_the_text_nor_the_pdf() {
    for name in ["linkedin", "chromium", "reportlab", "kerned"] {
        let prepared = prepared(file(name), &Allow::new());
        assert_eq!(prepared.withheld, ["data/linkedin.pdf"]);
        assert!(prepared.files.get("data/linkedin.pdf").is_none());
        let redactions = prepared
            .redactions
            .iter()
            .map(|redaction| format!("{} {} {}", redaction.line, redaction.kind, redaction.masked));
        insta::assert_snapshot!(
            format!("{name}-redacted"),
            format!("{}\n--\n{}", redactions.collect::<Vec<_>>().join("\n"), text(&prepared))
        );
    }
}

#[test]
fn errors_of_unreadable_pdfs() {
    let error = |bytes: Vec<u8>| {
        let prepared = prepared(bytes, &Allow::new());
        assert_eq!((prepared.pdf_texts.len(), prepared.withheld.len()), (0, 1));
        let finding = prepared.findings.into_iter().next().unwrap();
        assert_eq!(finding.severity, Severity::Error);
        format!("{finding}\n  {}\n", finding.hint.as_deref().unwrap())
    };
    let whole = file("linkedin");
    let half = whole[..whole.len() / 2].to_vec();
    let errors = [file("scanned"), file("locked"), half, b"PK\x03\x04".to_vec()].map(error);
    insta::assert_snapshot!(errors.concat());
}

#[test]
fn damaged_pdfs_cause_no_panic() {
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
fn a_text_file_of_the_owner_is_used_instead() {
    let mut files = Files::default();
    files.insert("linkedin.pdf", file("linkedin"));
    files.insert("linkedin.txt", b"I am Odalys.".to_vec());
    let prepared = prepare(files, &Allow::new());
    assert_eq!(prepared.pdf_texts.len(), 0);
    assert_eq!(prepared.files.get("linkedin.txt"), Some(b"I am Odalys.".as_slice()));
    assert_eq!(prepared.withheld, ["linkedin.pdf"], "it contains a phone number");
    let findings: Vec<String> = prepared.findings.iter().map(ToString::to_string).collect();
    assert_eq!(findings, ["linkedin.pdf: the twin reads your `linkedin.txt` instead of this PDF"]);
}
