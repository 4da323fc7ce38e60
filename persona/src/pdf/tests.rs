//! Invalid, damaged and unusual PDFs.

use std::fmt::Write;

use proptest::prelude::*;

use super::*;
use crate::{Allow, Files, check, prepare};

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

/// Returns a page that draws these operations in a form, as Canva does, in a mirrored coordinate system.
fn mirrored(operations: &str) -> Vec<u8> {
    const PAGES: &str = "<</Type/Pages/Kids[3 0 R]/Count 1>>";
    const PAGE: &str =
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 500 850]/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>>>";
    const FONT: &str = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>";
    let stream =
        |head: &str, text: &str| format!("<<{head}/Length {}>>\nstream\n{text}\nendstream", text.len());
    let page = stream("", "q .24 0 0 -.24 0 850 cm /X Do Q");
    let head = "/Type/XObject/Subtype/Form/BBox[0 0 2000 3500]/Resources<</Font<</F 6 0 R>>>>";
    pdf(&[CATALOGUE, PAGES, PAGE, &page, &stream(head, operations), FONT])
}

fn shown(matrix: &str, text: &str) -> String {
    format!("BT /F 40 Tf {matrix} Tm ({text}) Tj ET\n")
}

#[test]
fn lines_of_mirrored_and_rotated_pages_are_kept() {
    let texts = ["CONTACT", "07 00 90 01 23", "odalys@quillholm.example", "Quillholm"];
    let page = |place: fn(usize) -> String| {
        mirrored(&texts.iter().enumerate().map(|(line, text)| shown(&place(line), text)).collect::<String>())
    };
    let places: [fn(usize) -> String; 4] = [
        |line| format!("1 0 0 -1 100 {}", 200 + 60 * line),
        |line| format!("1 0 0 1 100 {}", 900 - 60 * line),
        |line| format!("0 1 -1 0 {} 100", 900 - 60 * line),
        |line| format!("0 -1 -1 0 {} 900", 200 + 60 * line),
    ];
    for place in places {
        let bytes = page(place);
        assert_eq!(read(&bytes).unwrap().text, texts.join("\n") + "\n");
        let mut files = Files::default();
        files.insert("cv.pdf", bytes);
        let prepared = prepare(files, &Allow::new());
        let text = prepared.files.get("cv.pdf.txt").unwrap();
        assert_eq!(std::str::from_utf8(text).unwrap(), "CONTACT\nodalys@quillholm.example\nQuillholm\n");
        assert_eq!(prepared.withheld, ["cv.pdf"]);
    }
    // One line, as words and as texts that begin at the same place.
    let words = shown("1 0 0 -1 100 200", "Map-maker") + &shown("1 0 0 -1 400 200", "in Quillholm");
    assert_eq!(read(&mirrored(&words)).unwrap().text, "Map-maker in Quillholm\n");
    // A negative size of the font turns it, and its matrix turns it back.
    let turned = words.replace("40 Tf 1 0 0 -1", "-40 Tf -1 0 0 1");
    assert_eq!(read(&mirrored(&turned)).unwrap().text, "Map-maker in Quillholm\n");
    let same = shown("1 0 0 -1 0 0", "CONTACT") + &shown("1 0 0 -1 0 0", "07 00 90 01 23");
    assert_eq!(read(&mirrored(&same)).unwrap().text, "CONTACT 07 00 90 01 23\n");
}

proptest! {
    #[test]
    fn no_bytes_cause_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&[b"%PDF-1.4\n".as_slice(), &bytes].concat());
    }
}
