//! Removes email addresses, phone numbers, card numbers and keys from a text.

/// Redacts a text word by word. A number may consist of several words.
pub fn redact(text: &str) -> String {
    let words: Vec<&str> = text.split_inclusive(char::is_whitespace).collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    let mut after_scheme = false;
    while at < words.len() {
        let run = words[at..].iter().take_while(|word| is_numeric(word)).count();
        let digits =
            words[at..at + run].iter().flat_map(|word| word.chars()).filter(char::is_ascii_digit).count();
        if digits >= 7 {
            out.push_str(if digits >= 13 { "[card]" } else { "[phone]" });
            out.push_str(trailing_space(words[at + run - 1]));
            at += run;
        } else {
            if after_scheme {
                out.push_str("[key]");
                out.push_str(trailing_space(words[at]));
            } else {
                out.push_str(&redact_word(words[at]));
            }
            after_scheme = is_scheme(words[at]);
            at += 1;
        }
    }
    out
}

/// Returns whether a word can be part of a phone or card number.
fn is_numeric(word: &str) -> bool {
    let word = word.trim();
    let allowed = |c: char| c.is_ascii_digit() || "+-./(),;".contains(c);
    word.chars().any(|c| c.is_ascii_digit()) && word.chars().all(allowed)
}

/// Returns whether a word is the scheme of an `Authorization` header, so that the next word is a credential.
fn is_scheme(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    word.eq_ignore_ascii_case("bearer") || word == "Basic"
}

/// Redacts the parts of a word, for example the value in `"api_key=…"`.
fn redact_word(word: &str) -> String {
    let is_delimiter = |c: char| c.is_whitespace() || "\"'`=:,;()[]{}<>\\|&?".contains(c);
    let mut out = String::with_capacity(word.len());
    for part in word.split_inclusive(is_delimiter) {
        let text = part.trim_end_matches(is_delimiter);
        let replacement = match text {
            text if is_email(text) => "[email]",
            text if is_key(text) => "[key]",
            text => text,
        };
        out.push_str(replacement);
        out.push_str(&part[text.len()..]);
    }
    out
}

fn is_email(word: &str) -> bool {
    word.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
}

/// Returns whether a word has a known prefix of keys, or is long and has both letters and digits.
fn is_key(word: &str) -> bool {
    let prefixes =
        ["sk-", "AKIA", "ASIA", "AIza", "ghp_", "gho_", "github_pat_", "gsk_", "hf_", "xai-", "xox", "eyJ"];
    let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let mixed = word.bytes().any(|b| b.is_ascii_digit()) && word.bytes().any(|b| b.is_ascii_alphabetic());
    (word.len() >= 12 && prefixes.iter().any(|prefix| word.starts_with(prefix)))
        || (word.len() >= 24
            && mixed
            && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_+/=".contains(&b)))
}

fn trailing_space(word: &str) -> &str {
    &word[word.trim_end().len()..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_data_and_keys_are_removed() {
        let cases = [
            ("write to ada@example.com, please", "write to [email], please"),
            ("call +44 20 7946 0958 now", "call [phone] now"),
            ("call (020)7946-0958", "call [phone]"),
            ("card 4111 1111 1111 1111.", "card [card]"),
            ("key sk-proj-abcdefghijkl1234", "key [key]"),
            ("AKIAIOSFODNN7EXAMPLE\nnext", "[key]\nnext"),
            ("token 0123456789abcdef0123456789abcdef", "token [key]"),
            (
                r#"{"api_key":"sk-0123456789","to":"ada@example.com"}"#,
                r#"{"api_key":"[key]","to":"[email]"}"#,
            ),
            ("Authorization: Bearer abc, then", "Authorization: Bearer [key] then"),
        ];
        for (text, expected) in cases {
            assert_eq!(redact(text), expected);
        }
    }

    #[test]
    fn ordinary_text_is_unchanged() {
        for text in ["from 2019 to 2024", "I have 3 cats, 2 dogs", "C++ / Rust @ home", "", "  a  b  "] {
            assert_eq!(redact(text), text);
        }
    }

    proptest::proptest! {
        #[test]
        fn all_email_addresses_are_removed(before in "[a-z ]{0,20}", name in "[a-z]{1,8}", after in "[ -~]{0,20}") {
            let text = format!("{before} {name}@mail.example {after}");
            proptest::prop_assert!(!redact(&text).contains("@mail.example"));
        }
    }
}
