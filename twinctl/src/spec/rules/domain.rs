//! The rules for domain names of pages and zones.

use super::{Verdict, check, consists_of, is_slug, with_help};

/// Maximum length of the first hostname of a certificate.
const LONGEST: usize = 64;

pub(in crate::spec) fn name(text: &str) -> Verdict {
    let expected = "a name like `chat.example.com`";
    if !text.is_ascii() {
        let verdict =
            check(false, text, "domain name", "the ASCII form of the name, which starts with `xn--`");
        return with_help(verdict, || {
            Some("convert the name to punycode; your registrar shows this form".to_owned())
        });
    }
    if text.starts_with("*.") {
        let verdict = check(false, text, "domain name", expected);
        return with_help(verdict, || Some("list each hostname, additional ones under `aliases`".to_owned()));
    }
    let verdict = check(is_name(text), text, "domain name", expected);
    with_help(verdict, || {
        let bare = text.split_once("://").map_or(text, |(_, rest)| rest);
        let bare = bare.split(['/', ':', '?', '#']).next()?.trim_end_matches('.').to_lowercase();
        (bare != text && is_name(&bare)).then(|| format!("write `{bare}`"))
    })
}

fn is_name(text: &str) -> bool {
    let label =
        |label: &str| consists_of(label, 63, is_slug) && !label.starts_with('-') && !label.ends_with('-');
    let top = text.rsplit('.').next().unwrap_or_default();
    text.len() <= LONGEST
        && text.contains('.')
        && text.split('.').all(label)
        && top.starts_with(|c: char| c.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::{super::InvalidValue, name};

    #[test]
    fn valid_and_invalid_domain_names() {
        for text in ["example.com", "chat.example.co.uk", "xn--bcher-kva.example", "3.example.com"] {
            assert!(name(text).is_ok(), "{text}");
        }
        let long = format!("{}.example.com", "a".repeat(60));
        for text in ["", "example", "-a.example.com", "a..com", "a_b.com", "10.0.0.1", "*.example.com", &long]
        {
            assert!(name(text).is_err(), "{text}");
        }
    }

    #[test]
    fn corrections_are_suggested() {
        let help = |text| name(text).err().and_then(|InvalidValue { help, .. }| help).unwrap_or_default();
        assert_eq!(help("https://Chat.Example.com/me"), "write `chat.example.com`");
        assert_eq!(help("example.com."), "write `example.com`");
        assert!(help("bücher.example").contains("punycode"));
        assert!(help("*.example.com").contains("aliases"));
    }
}
