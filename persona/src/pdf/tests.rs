//! Bytes that are no PDF, or were one.

use std::fmt::Write;

use proptest::prelude::*;

use super::*;

#[test]
fn what_is_no_pdf_is_said_to_be_none() {
    for bytes in [b"".as_slice(), b"hello", b"PK\x03\x04", b"\x00"] {
        assert_eq!(read(bytes), Err(Unreadable::NotAPdf));
    }
    assert_eq!(read(b"%PDF-1.7\n"), Err(Unreadable::Damaged));
}

/// A PDF of these objects, of which the first is the catalogue.
fn pdf(objects: &[&str]) -> Vec<u8> {
    let mut text = "%PDF-1.7\n".to_owned();
    let mut places = String::new();
    for (number, object) in objects.iter().enumerate() {
        writeln!(places, "{:010} 00000 n ", text.len()).unwrap();
        writeln!(text, "{} 0 obj\n{object}\nendobj", number + 1).unwrap();
    }
    let (start, count) = (text.len(), objects.len() + 1);
    writeln!(text, "xref\n0 {count}\n0000000000 65535 f \n{places}trailer\n<</Size {count}/Root 1 0 R>>")
        .unwrap();
    writeln!(text, "startxref\n{start}\n%%EOF").unwrap();
    text.into_bytes()
}

const CATALOGUE: &str = "<</Type/Catalog/Pages 2 0 R>>";
const DRAWING: &str = "<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F 5 0 R>>>>/Length 5>>\nstream\n/F Do\nendstream";

#[test]
fn what_holds_itself_is_damaged() {
    let pages = "<</Type/Pages/Kids[3 0 R]/Count 1>>";
    let endless = pdf(&[CATALOGUE, pages, "<</Type/Page/Parent 3 0 R>>"]);
    assert_eq!(read(&endless), Err(Unreadable::Damaged));
    let page =
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</XObject<</F 5 0 R>>>>>>";
    let content = "<</Length 5>>\nstream\n/F Do\nendstream";
    assert_eq!(read(&pdf(&[CATALOGUE, pages, page, content, DRAWING])), Err(Unreadable::Damaged));
    let once = DRAWING.replace("/F Do", "0 0 m").replace("/Resources<</XObject<</F 5 0 R>>>>", "");
    assert_eq!(read(&pdf(&[CATALOGUE, pages, page, content, &once])), Err(Unreadable::Scanned));
}

proptest! {
    #[test]
    fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&[b"%PDF-1.4\n".as_slice(), &bytes].concat());
    }
}
