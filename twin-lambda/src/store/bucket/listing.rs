//! Parsers for S3's XML: a page of a listing, and an error code.

use aws_smithy_xml::decode::{Document, ScopedDecoder, XmlDecodeError, try_data};

use crate::store::{Entry, Version};

#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) entries: Vec<Entry>,
    pub(super) next: Option<String>,
}

pub(super) fn parse(xml: &[u8]) -> Result<Page, XmlDecodeError> {
    let text = std::str::from_utf8(xml).map_err(XmlDecodeError::unhandled)?;
    let mut document = Document::new(text);
    let mut root = document.root_element()?;
    let mut page = Page::default();
    while let Some(mut tag) = root.next_tag() {
        match tag.start_el().local() {
            "Contents" => page.entries.push(entry(&mut tag)?),
            "NextContinuationToken" => page.next = Some(try_data(&mut tag)?.into_owned()),
            _ => {}
        }
    }
    Ok(page)
}

fn entry(contents: &mut ScopedDecoder) -> Result<Entry, XmlDecodeError> {
    let (mut key, mut etag) = (String::new(), String::new());
    while let Some(mut tag) = contents.next_tag() {
        match tag.start_el().local() {
            "Key" => key = try_data(&mut tag)?.into_owned(),
            "ETag" => etag = try_data(&mut tag)?.into_owned(),
            _ => {}
        }
    }
    Ok(Entry { key, version: Version(etag) })
}

/// Returns the code of an error response, such as `NoSuchBucket` or `AccessDenied`.
pub(super) fn error_code(xml: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(xml).ok()?;
    let mut document = Document::new(text);
    let mut root = document.root_element().ok()?;
    while let Some(mut tag) = root.next_tag() {
        if tag.start_el().local() == "Code" {
            return try_data(&mut tag).ok().map(std::borrow::Cow::into_owned);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_parsed() {
        let page = parse(
            br#"<?xml version="1.0" encoding="UTF-8"?>
            <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
              <IsTruncated>true</IsTruncated>
              <Contents><Key>data/a &amp; b.txt</Key><ETag>&quot;1&quot;</ETag><Owner><ID>x</ID></Owner></Contents>
              <Contents><ETag>"2"</ETag><Key>me.txt</Key></Contents>
              <NextContinuationToken>a+b/c=</NextContinuationToken>
            </ListBucketResult>"#,
        )
        .unwrap();
        let entry = |key: &str, etag: &str| Entry { key: key.to_owned(), version: Version(etag.to_owned()) };
        assert_eq!(page.entries, [entry("data/a & b.txt", "\"1\""), entry("me.txt", "\"2\"")]);
        assert_eq!(page.next.as_deref(), Some("a+b/c="));
    }

    #[test]
    fn error_codes_are_parsed() {
        let xml = b"<Error><Code>NoSuchBucket</Code><Message>no</Message></Error>";
        assert_eq!(error_code(xml).as_deref(), Some("NoSuchBucket"));
        assert_eq!(error_code(b"not xml"), None);
        assert_eq!(error_code(b""), None);
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_text_does_not_panic(text in ".{0,200}") {
            drop(parse(text.as_bytes()));
            drop(error_code(text.as_bytes()));
        }
    }
}
