//! What can be the name of a page or of a zone.

use super::{Verdict, advise, allow, is_slug, spelled};

/// What a certificate takes as its first name.
const LONGEST: usize = 64;

pub(in crate::spec) fn name(text: &str) -> Verdict {
    let expected = "a name like `chat.example.com`";
    if !text.is_ascii() {
        let verdict = allow(false, text, "a domain", "a name in its ASCII form, which begins with `xn--`");
        return advise(verdict, || {
            Some(
                "write letters beyond a to z as punycode: your registrar shows that form of the name"
                    .to_owned(),
            )
        });
    }
    if text.starts_with("*.") {
        let verdict = allow(false, text, "a domain", expected);
        return advise(verdict, || {
            Some("name each address by itself, the others under `aliases`".to_owned())
        });
    }
    let verdict = allow(is_name(text), text, "a domain", expected);
    advise(verdict, || {
        let bare = text.split_once("://").map_or(text, |(_, rest)| rest);
        let bare = bare.split(['/', ':', '?', '#']).next()?.trim_end_matches('.').to_lowercase();
        (bare != text && is_name(&bare)).then(|| format!("write `{bare}`"))
    })
}

fn is_name(text: &str) -> bool {
    let label = |label: &str| spelled(label, 63, is_slug) && !label.starts_with('-') && !label.ends_with('-');
    let top = text.rsplit('.').next().unwrap_or_default();
    text.len() <= LONGEST
        && text.contains('.')
        && text.split('.').all(label)
        && top.starts_with(|c: char| c.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::{super::Refusal, name};

    #[test]
    fn what_can_be_a_domain() {
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
    fn what_is_meant_is_said() {
        let help = |text| name(text).err().and_then(|Refusal { help, .. }| help).unwrap_or_default();
        assert_eq!(help("https://Chat.Example.com/me"), "write `chat.example.com`");
        assert_eq!(help("example.com."), "write `example.com`");
        assert!(help("bücher.example").contains("punycode"));
        assert!(help("*.example.com").contains("aliases"));
    }
}
