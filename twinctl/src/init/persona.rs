//! The data files of a new twin: the known data of the owner, and templates for the rest.

use serde_json::{Map, Value};

use super::answers::{Line, Owner};
use crate::{artifacts::data::SAMPLE, spec::EmailAddress};

macro_rules! shipped {
    ($($name:literal),+) => {
        [$(($name, include_str!(concat!("../../../data/", $name)))),+]
    };
}

const TEMPLATES: [(&str, &str); 5] = shipped!(
    "facts_template.json",
    "me_template.txt",
    "qna_template.yml",
    "style_template.txt",
    "summary_template.txt"
);
/// Contains no personal data, so it can be used as it is.
const STYLE: &str = include_str!("../../../data/style_template.txt");

/// Returns file names and contents. Nothing of the example person in the templates is copied to the data files.
pub(crate) fn files(owner: &Owner) -> Vec<(String, String)> {
    let own = owner.name.iter().flat_map(|name| {
        [
            ("facts.json", facts(name.as_str(), name.short(), owner)),
            ("summary.txt", summary(name.as_str(), owner)),
            ("style.txt", STYLE.to_owned()),
        ]
    });
    let sample = SAMPLE.iter().filter(|_| owner.name.is_none());
    let sample = sample.map(|(name, text)| (format!("sample/{name}"), (*text).to_owned()));
    let named = |(name, text): (&str, String)| (name.to_owned(), text);
    own.map(named).chain(sample).chain(TEMPLATES.map(|(name, text)| named((name, text.to_owned())))).collect()
}

fn facts(full_name: &str, name: &str, owner: &Owner) -> String {
    let known = [
        ("full_name", Some(full_name)),
        ("name", Some(name)),
        ("current_role", owner.role.as_ref().map(Line::as_str)),
        ("email", owner.email.as_ref().map(EmailAddress::as_str)),
    ];
    let facts: Map<String, Value> =
        known.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?.into()))).collect();
    format!("{:#}\n", Value::Object(facts))
}

fn summary(full_name: &str, owner: &Owner) -> String {
    let role = owner.role.as_ref().map(|role| format!(" My work: {role}.")).unwrap_or_default();
    format!(
        "I am {full_name}.{role}\n\nI have only just set up this twin and have not told it much about myself yet.\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(owner: &Owner) -> String {
        let is_shipped = |name: &str| name.contains("_template") || name.starts_with("sample/");
        let own = files(owner).into_iter().filter(|(name, _)| !is_shipped(name));
        own.map(|(name, text)| format!("== {name}\n{text}")).collect::<Vec<_>>().concat()
    }

    #[test]
    fn only_known_fields_are_written() {
        let owner = Owner {
            name: Some("Mira Example".parse().unwrap()),
            role: Some("Map-maker \"at sea\"".parse().unwrap()),
            email: Some("mira@example.com".parse().unwrap()),
        };
        insta::assert_snapshot!(shown(&owner));
        let nameless = Owner { name: None, ..owner };
        assert_eq!(shown(&nameless), "");
        assert_eq!(files(&nameless).len(), SAMPLE.len() + TEMPLATES.len());
    }

    #[test]
    fn data_files_do_not_mention_the_example_person() {
        let owner = Owner { name: Some("Mira Vale".parse().unwrap()), ..Owner::default() };
        let shown = shown(&owner);
        assert!(["Ada", "Example", "example.com"].iter().all(|word| !shown.contains(word)), "{shown}");
    }
}
