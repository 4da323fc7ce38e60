//! Finds the addresses of APIs that pages of twins are built with.

use std::ops::Range;

/// The default addresses in pages that were built without one.
const LOCAL: [&[u8]; 2] = [b"http://localhost:8000", b"http://127.0.0.1:8000"];
const SECURE: &[u8] = b"https://";
/// The domains of API Gateway, after the region.
const DOMAINS: [&str; 2] = ["amazonaws.com", "amazonaws.com.cn"];

/// Returns the positions of addresses, without the paths after them.
pub(super) fn find(text: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(next) = text[from..].iter().position(|byte| *byte == b'h') {
        let start = from + next;
        from = start + 1;
        if let Some(length) = length(&text[start..]) {
            from = start + length;
            found.push(start..from);
        }
    }
    found
}

fn length(text: &[u8]) -> Option<usize> {
    let local = LOCAL.iter().find(|address| text.starts_with(address)).map(|address| address.len());
    let length = local.or_else(|| api_gateway(text))?;
    is_whole(&text[length..]).then_some(length)
}

/// Returns the length of an address like `https://ID.execute-api.REGION.amazonaws.com`.
fn api_gateway(text: &[u8]) -> Option<usize> {
    let host = text.strip_prefix(SECURE)?;
    let end = host.iter().position(|byte| !is_host_character(*byte)).unwrap_or(host.len());
    let host = str::from_utf8(&host[..end]).ok()?.trim_end_matches('.');
    let (id, rest) = host.split_once(".execute-api.")?;
    let (region, domain) = rest.split_once('.')?;
    let labels = [id, region].iter().all(|label| !label.is_empty() && !label.contains('.'));
    (labels && DOMAINS.contains(&domain)).then_some(SECURE.len() + host.len())
}

fn is_host_character(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.')
}

/// Returns whether the address is complete, not the prefix of another one (a longer hostname, another port).
fn is_whole(after: &[u8]) -> bool {
    match after {
        [b'.', next, ..] => !next.is_ascii_alphanumeric(),
        [next, ..] => !next.is_ascii_alphanumeric() && !matches!(next, b'-' | b'_' | b':' | b'@'),
        [] => true,
    }
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn only_complete_addresses_of_known_formats_are_found() {
        for (text, expected) in [
            ("http://localhost:8000", Some("http://localhost:8000")),
            ("x http://127.0.0.1:8000/chat", Some("http://127.0.0.1:8000")),
            ("hhttp://localhost:8000.", Some("http://localhost:8000")),
            (
                "\"https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod\"",
                Some("https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com"),
            ),
            (
                "https://a1-vpce-2.execute-api.cn-north-1.amazonaws.com.cn.",
                Some("https://a1-vpce-2.execute-api.cn-north-1.amazonaws.com.cn"),
            ),
            ("http://localhost:80001", None),
            ("http://localhost:8000.example", None),
            ("http://localhost:8000@ada.example", None),
            ("http://localhost:3000", None),
            ("http://localhost", None),
            ("https://localhost:8000", None),
            ("http://a1.execute-api.eu-west-1.amazonaws.com", None),
            ("https://a1.execute-api.eu-west-1.amazonaws.com.ada.example", None),
            ("https://a1.execute-api.amazonaws.com", None),
            ("https://.execute-api.eu-west-1.amazonaws.com", None),
            ("https://a.b.execute-api.eu-west-1.amazonaws.com", None),
            ("https://a1.lambda-url.eu-west-1.on.aws", None),
            ("wss://a1.execute-api.eu-west-1.amazonaws.com", None),
            ("", None),
        ] {
            let found: Vec<_> = find(text.as_bytes()).into_iter().map(|place| &text[place]).collect();
            assert_eq!(found, Vec::from_iter(expected), "{text}");
        }
    }
}
