//! Invalid, damaged and unusual PDFs.

use std::fmt::Write;

use proptest::prelude::*;

use super::*;
use crate::check;

#[test]
fn other_files_and_damaged_pdfs_are_unreadable() {
    for bytes in [b"".as_slice(), b"hello", b"PK\x03\x04", b"\x00"] {
        assert_eq!(read(bytes), Err(Unreadable::NotAPdf));
    }
    assert_eq!(read(b"%PDF-1.7\n"), Err(Unreadable::Damaged));
}

/// Returns a PDF with these objects. The first one is the catalog.
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
fn a_cycle_is_unreadable() {
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

/// Returns a PDF with one page for each pair of a text and an object to show.
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
fn pages_with_images_are_listed() {
    const IMAGE: Option<&str> = Some("4");
    const FORM: Option<&str> = Some("5");
    let text = "I keep the light on until the fog is gone.";
    for (content, first_line, images) in [
        (&[("Ada, programmer", None)][..], "Ada, programmer", &[][..]),
        (&[(text, IMAGE)], text, &[]),
        (&[(text, None), ("2", IMAGE), ("", None), ("", FORM)], text, &[2, 4]),
    ] {
        let pdf = read(&pages(content)).unwrap();
        assert_eq!(
            (pdf.text.lines().next(), pdf.unreadable_pages, pdf.image_pages),
            (Some(first_line), vec![], images.to_vec())
        );
    }
    let finding = check::pdf::check("cv.pdf", &read(&pages(&[(text, None), ("", IMAGE)])), None).unwrap();
    insta::assert_snapshot!(format!("{finding}\n{}", finding.hint.as_deref().unwrap()), @"
    cv.pdf: only images on page 2; text in images is not read
    if the images contain text, run OCR on it (`ocrmypdf`), or write all of the PDF's text to `cv.pdf.txt`
    ");
    for (content, unreadable) in [
        (&[("", None), ("12", None)][..], Unreadable::NoText),
        (&[("", None), ("Page 1", IMAGE)], Unreadable::Scanned),
        (&[("", FORM)], Unreadable::Scanned),
    ] {
        assert_eq!(read(&pages(content)), Err(unreadable));
    }
}

proptest! {
    #[test]
    fn no_bytes_cause_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&[b"%PDF-1.4\n".as_slice(), &bytes].concat());
    }
}
