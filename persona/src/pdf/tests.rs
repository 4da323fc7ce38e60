//! Bytes that are no PDF, or were one.

use std::fmt::Write;

use proptest::prelude::*;

use super::*;
use crate::check;

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
    assert_eq!(read(&pdf(&[CATALOGUE, pages, page, content, &once])), Err(Unreadable::NoText));
}

/// One page for each, of its text and of the picture that it shows.
fn pages(pages: &[(&str, Option<&str>)]) -> Vec<u8> {
    const FONT: &str = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>";
    const IMAGE: &str = "<</Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8/Length 1>>\nstream\n0\nendstream";
    const FORM: &str = "<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</I 4 0 R>>>>/Length 4>>\nstream\nI Do\nendstream";
    let kids: Vec<String> = (0..pages.len()).map(|number| format!("{} 0 R", 6 + 2 * number)).collect();
    let tree = format!("<</Type/Pages/Kids[{}]/Count {}>>", kids.join(" "), pages.len());
    let mut objects = [CATALOGUE, &tree, FONT, IMAGE, FORM].map(ToOwned::to_owned).to_vec();
    for (text, picture) in pages {
        let shown = picture.map(|object| format!("/XObject<</P {object} 0 R>>")).unwrap_or_default();
        objects.push(format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 500 500]/Contents {} 0 R/Resources<</Font<</F 3 0 R>>{shown}>>>>",
            objects.len() + 2
        ));
        let content = format!("BT /F 12 Tf 50 400 Td ({text}) Tj ET");
        objects.push(format!("<</Length {}>>\nstream\n{content}\nendstream", content.len()));
    }
    pdf(&objects.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn little_text_is_text_and_pictures_are_none() {
    const IMAGE: Option<&str> = Some("4");
    const FORM: Option<&str> = Some("5");
    let told = "I keep the light on until the fog is gone.";
    for (made, text, pictures) in [
        (&[("Ada, programmer", None)][..], "Ada, programmer", &[][..]),
        (&[(told, IMAGE)], told, &[]),
        (&[(told, None), ("2", IMAGE), ("", None), ("", FORM)], told, &[2, 4]),
    ] {
        let taken = read(&pages(made)).unwrap();
        assert_eq!(
            (taken.text.lines().next(), taken.lost, taken.pictures),
            (Some(text), vec![], pictures.to_vec())
        );
    }
    let said = check::pdf::mistake("cv.pdf", &read(&pages(&[(told, None), ("", IMAGE)])), None).unwrap();
    insta::assert_snapshot!(format!("{said}\n{}", said.hint.as_deref().unwrap()), @"
    cv.pdf: page 2: only pictures, whose text nobody reads; the rest was read
    if they say something, run text recognition on it (`ocrmypdf`), or write all of it to `cv.pdf.txt`
    ");
    for (made, unreadable) in [
        (&[("", None), ("12", None)][..], Unreadable::NoText),
        (&[("", None), ("Page 1", IMAGE)], Unreadable::Scanned),
        (&[("", FORM)], Unreadable::Scanned),
    ] {
        assert_eq!(read(&pages(made)), Err(unreadable));
    }
}

proptest! {
    #[test]
    fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&[b"%PDF-1.4\n".as_slice(), &bytes].concat());
    }
}
