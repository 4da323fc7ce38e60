//! The answers that describe a new twin.

use std::fmt;
use std::str::FromStr;

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

use crate::spec::{EmailAddress, ProjectName, Region, ServerUrl};

/// The answers. `None` if an existing file already contains the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answers {
    pub owner: Owner,
    pub project: Option<ProjectName>,
    pub model: Option<Model>,
    pub region: Option<Region>,
    /// Whether the user wants to deploy to AWS. `false` if that was not asked.
    pub wants_aws: bool,
}

/// The known data of the owner. Unknown fields are not written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Owner {
    pub name: Option<FullName>,
    pub role: Option<Line>,
    pub email: Option<EmailAddress>,
}

/// The model of the local twin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Model {
    #[default]
    Builtin,
    Bedrock,
    OpenAi {
        id: Line,
        base_url: Option<ServerUrl>,
    },
}

/// One line of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line(String);

impl Line {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Line {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let is_valid = (1..=200).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        is_valid.then(|| Self(text.to_owned())).ok_or_else(|| "1 to 200 characters on one line".to_owned())
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A person's full name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FullName(Line);

impl FullName {
    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Returns the first name.
    pub(crate) fn short(&self) -> &str {
        self.as_str().split_whitespace().next().unwrap_or_default()
    }

    /// Returns `ada-example` for Ada Example, and `zoe` for Zoë. Skips words in other scripts than Latin.
    pub(crate) fn project(&self) -> Option<ProjectName> {
        let words = self.as_str().split(|c: char| c.is_whitespace() || c == '-');
        let words: Vec<String> = words
            .map(|word| without_marks(&word.replace(['.', '\'', '’', ','], "").to_lowercase()))
            .filter(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric()))
            .collect();
        (1..=words.len()).rev().find_map(|count| words[..count].join("-").parse().ok())
    }
}

impl FromStr for FullName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map(Self)
    }
}

/// Replaces Latin letters outside ASCII: `é` by `e`, `ß` by `ss`.
fn without_marks(lowercase: &str) -> String {
    let mut text = String::new();
    for letter in lowercase.nfd().filter(|c| !is_combining_mark(*c)) {
        match letter {
            'ß' => text.push_str("ss"),
            'æ' => text.push_str("ae"),
            'œ' => text.push_str("oe"),
            'þ' => text.push_str("th"),
            'ø' => text.push('o'),
            'ł' => text.push('l'),
            'đ' | 'ð' => text.push('d'),
            'ħ' => text.push('h'),
            'ı' => text.push('i'),
            other => text.push(other),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_project_name_is_derived_from_the_owners_name() {
        let cases = [
            ("Ada Example", Some("ada-example")),
            ("  Ada   King-Noel  ", Some("ada-king-noel")),
            ("Seán O'Neill Jr.", Some("sean-oneill-jr")),
            ("Zoë Müller-Lang", Some("zoe-muller-lang")),
            ("Éric Ça", Some("eric-ca")),
            ("Søren Łukasz Weiß", Some("soren-lukasz-weiss")),
            ("Ædan Þór İpek", Some("aedan-thor-ipek")),
            ("李 Lee", Some("lee")),
            ("Ada Maximiliane Konstantinopolitana Example", Some("ada-maximiliane")),
            ("李小龙", None),
            ("2 Fast", None),
        ];
        for (name, project) in cases {
            let name: FullName = name.parse().unwrap();
            assert_eq!(name.project().as_ref().map(ProjectName::as_str), project, "{name:?}");
        }
        assert_eq!("Ada Example".parse::<FullName>().unwrap().short(), "Ada");
    }

    #[test]
    fn empty_long_and_multiline_text_is_rejected() {
        for text in ["", "  ", "a\nb", "a\u{1b}[31m", &"x".repeat(201)] {
            assert!(text.parse::<Line>().is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_name_is_accepted_or_rejected_without_a_panic(name in r"\PC{0,40}") {
            if let Ok(name) = name.parse::<FullName>() {
                name.project();
                prop_assert!(!name.short().is_empty());
            }
        }
    }
}
