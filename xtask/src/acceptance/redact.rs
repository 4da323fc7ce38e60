//! Removes from a text everything that could identify an account, a person or a resource.
//!
//! A word stays only if it looks harmless: a plain word, a short number, a name of an AWS operation. A list of patterns
//! of secrets would miss the next kind of secret.

#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};

/// The replacement of a word.
const MARK: &str = "[redacted]";

/// The most digits in a harmless word. Accounts have 12, phone numbers at least 7.
const MOST_DIGITS: usize = 6;

/// The longest harmless word. The longest names of operations and errors have about 40 letters.
const LONGEST: usize = 44;

/// The longest text. Evidence is a sentence, not a log.
const LONGEST_TEXT: usize = 600;

/// Services whose actions may be named, as in `lambda:CreateAlias`.
const SERVICES: [&str; 14] = [
    "acm",
    "apigateway",
    "apigatewayv2",
    "bedrock",
    "cloudfront",
    "cloudwatchlogs",
    "dynamodb",
    "iam",
    "lambda",
    "logs",
    "route53",
    "s3",
    "secretsmanager",
    "sts",
];

/// A text that can be published.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct Redacted(String);

impl fmt::Display for Redacted {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Redacts texts. Also redacts words that look harmless but are known to be private, such as a user name.
#[derive(Debug, Default)]
pub(super) struct Redactor {
    /// In lowercase.
    private: Vec<String>,
}

impl Redactor {
    /// Adds a private text and each of its parts, for example the parts of an ARN. Words that occur in every ARN or address,
    /// and those of our own names, are not private.
    pub(super) fn add_private(&mut self, text: &str) {
        const PUBLIC: [&str; 14] = [
            "twinctl",
            "check",
            "acceptance",
            "arn",
            "aws",
            "user",
            "role",
            "root",
            "assumed",
            "https",
            "com",
            "net",
            "example",
            "endpoint",
        ];
        let is_public = |part: &str| PUBLIC.contains(&part) || SERVICES.contains(&part);
        let whole = text.trim().to_lowercase();
        let parts = parts(&whole).map(ToOwned::to_owned).filter(|part| part.chars().count() > 1);
        let all = parts.chain([whole.clone()]).filter(|part| !part.is_empty());
        self.private.extend(all.filter(|part| !is_public(part)));
    }

    /// Replaces each word that is not known to be harmless.
    pub(super) fn redact(&self, text: &str) -> Redacted {
        let mut words: Vec<&str> = Vec::new();
        // A number can be written as several words.
        let mut digits_in_a_row = 0;
        for word in text.split_whitespace() {
            let continues = !word.contains(char::is_alphabetic);
            digits_in_a_row = if continues { digits_in_a_row + digits(word) } else { 0 };
            let is_harmless = digits_in_a_row <= MOST_DIGITS && self.is_harmless(word);
            let shown = if is_harmless { word } else { MARK };
            if shown != MARK || words.last() != Some(&MARK) {
                words.push(shown);
            }
        }
        let text = words.join(" ");
        match text.char_indices().nth(LONGEST_TEXT) {
            Some((end, _)) => Redacted(format!("{} …", &text[..end])),
            None => Redacted(text),
        }
    }

    fn is_harmless(&self, word: &str) -> bool {
        let bare = word.trim_matches(|c| "`\"'()[]{}<>.,:;!?…·=$+-–→≤≥%|".contains(c));
        !self.is_private(bare) && has_harmless_shape(bare)
    }

    fn is_private(&self, word: &str) -> bool {
        let word = word.to_lowercase();
        // Short private texts occur in other words.
        self.private.iter().any(|private| {
            parts(&word).any(|part| part == private) || private.chars().count() >= 4 && word.contains(private)
        })
    }
}

/// The letters and digits between other characters.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty())
}

fn has_harmless_shape(word: &str) -> bool {
    if word.chars().count() > LONGEST || digits(word) > MOST_DIGITS {
        return false;
    }
    if let Some((service, action)) = word.split_once(':') {
        return SERVICES.contains(&service) && is_letters(action);
    }
    if let Some((whole, fraction)) = word.split_once('.') {
        return is_digits(whole) && is_number(fraction);
    }
    word.split(['-', '_']).all(|part| is_letters(part) || is_number(part) || is_short_name(part))
}

fn digits(word: &str) -> usize {
    word.chars().filter(|c| c.is_numeric()).count()
}

/// Only letters, or nothing.
fn is_letters(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphabetic() || "'’".contains(c))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
}

/// Digits, perhaps with separators of thousands and a unit: `1,200`, `90s`.
fn is_number(text: &str) -> bool {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = &text[digits.len()..];
    digits.split(',').all(is_digits) && ["", "s", "ms", "m", "h", "d", "st", "nd", "rd", "th"].contains(&unit)
}

/// Letters and at most two digits: `s3`, `route53`, `v1`.
fn is_short_name(text: &str) -> bool {
    let letters = text.trim_end_matches(|c: char| c.is_ascii_digit());
    is_letters(letters) && letters.len() <= 12 && text.len() - letters.len() <= 2
}
