//! Hashes of a page's inline scripts, which a content security policy must list to allow them.

use std::collections::BTreeMap;
use std::convert::Infallible;

use aws_smithy_types::base64;
use html5gum::{DefaultEmitter, Token, Tokenizer};
use sha2::{Digest, Sha256};

/// Returns `'sha256-…'` for each inline script that a browser would run.
pub(super) fn inline_script_hashes(html: &[u8]) -> Vec<String> {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let mut hashes = Vec::new();
    let mut script: Option<Vec<u8>> = None;
    for Ok::<_, Infallible>(token) in Tokenizer::new_with_emitter(html, emitter) {
        match token {
            Token::StartTag(tag) if *tag.name == *b"script" => {
                script = runs_inline(&tag.attributes).then(Vec::new);
            }
            Token::String(text) => {
                if let Some(script) = &mut script {
                    script.extend_from_slice(&text);
                }
            }
            Token::EndTag(tag) if *tag.name == *b"script" => {
                hashes.extend(script.take().map(|text| source_expression(&text)));
            }
            _ => {}
        }
    }
    hashes
}

pub(super) fn source_expression(script: &[u8]) -> String {
    format!("'sha256-{}'", base64::encode(Sha256::digest(script)))
}

pub(super) type Attributes<'a> = BTreeMap<html5gum::HtmlString, html5gum::Spanned<html5gum::HtmlString, ()>>;

/// Returns whether a script is inline (no `src`) and runs (not JSON or a template).
fn runs_inline(attributes: &Attributes) -> bool {
    let kind =
        attributes.get(&b"type"[..]).map(|kind| String::from_utf8_lossy(kind).trim().to_ascii_lowercase());
    let runs = match kind.as_deref() {
        None | Some("" | "module" | "importmap" | "speculationrules") => true,
        Some(kind) => kind.ends_with("javascript") || kind.ends_with("ecmascript"),
    };
    runs && !attributes.contains_key(&b"src"[..])
}

#[cfg(test)]
mod tests {
    use super::{inline_script_hashes, source_expression};

    #[test]
    fn the_hash_is_that_of_the_specification() {
        // The example of the Content Security Policy specification.
        assert_eq!(
            source_expression(b"alert('Hello, world.');"),
            "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"
        );
    }

    #[test]
    fn only_inline_scripts_that_run_are_hashed() {
        for (html, expected) in [
            ("<script>a</script>", &["a"][..]),
            ("<SCRIPT TYPE=Module>a</SCRIPT >", &["a"]),
            ("<script async>a()</script><p><script>b</script>", &["a()", "b"]),
            ("<script type='text/javascript'>a<b && '<p>'</script>", &["a<b && '<p>'"]),
            ("<script data-x='>'>a</script>", &["a"]),
            ("<script>a\r\nb</script>", &["a\nb"]),
            ("<script>&amp;</script>", &["&amp;"]),
            ("<script></script>", &[""]),
            ("<script type=importmap>{}</script>", &["{}"]),
            ("<script>'<!--<script>'+'</script>'</script>", &["'<!--<script>'+'</script>'"]),
            ("<script src=x.js></script>", &[]),
            ("<script type=application/json>{}</script>", &[]),
            ("<script type='application/ld+json'>{}</script>", &[]),
            ("<!-- <script>a</script> -->", &[]),
            ("<textarea><script>a</script></textarea>", &[]),
            ("<title><script>a</script></title>", &[]),
            ("<style><script>a</script></style>", &[]),
            ("<p title='<script>a</script>'>", &[]),
            ("<script>never closed", &[]),
        ] {
            let expected: Vec<_> = expected.iter().map(|s| source_expression(s.as_bytes())).collect();
            assert_eq!(inline_script_hashes(html.as_bytes()), expected, "{html}");
        }
    }
}
