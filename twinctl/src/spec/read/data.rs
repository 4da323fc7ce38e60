//! The owner's files: a path alone, or all that can be said of them.

use std::path::PathBuf;

use persona::{Allow, PrivateKind, Source, SourceError};
use serde_json::{Value as Json, json};

use crate::spec::environment::{Data, DataSource};
use crate::spec::fields::{Fields, Section, read_section, schema};
use crate::spec::mistake::Mistake;
use crate::spec::rules::Refusal;
use crate::spec::shape::{Choice, Shape, choice_schema, read_choice, word};
use crate::spec::tree::{Node, Value};
use crate::spec::words::ProjectPath;

impl Default for Data {
    fn default() -> Self {
        let from = DataSource::Usual(PathBuf::from("data"));
        Self { from, allow: Allow::new(), upload_on_deploy: true, key_file: None }
    }
}

/// The short form is the source alone.
impl Shape for Data {
    fn read(node: &Node, mistakes: &mut Vec<Mistake>) -> Option<Self> {
        match &node.value {
            Value::Map(_) => read_section(node, mistakes),
            _ => DataSource::read(node, mistakes).map(|from| Self { from, ..Self::default() }),
        }
    }

    fn schema() -> Json {
        json!({ "oneOf": [DataSource::schema(), schema::<Self>()] })
    }
}

impl Section for Data {
    fn section(fields: &mut Fields<'_>) -> Option<Self> {
        let usual = Self::default();
        let from = "A folder, or a repository like `git+https://host/you/data.git#main`";
        Some(Self {
            from: fields.or::<DataSource, _>("from", from, usual.from),
            allow: fields
                .list::<Allowed>("allow", "What may go online although it is private")
                .into_iter()
                .map(|Allowed(kind)| kind)
                .collect(),
            upload_on_deploy: fields.or::<bool, _>(
                "upload_on_deploy",
                "`deploy` brings them; otherwise only `upload-data` does",
                usual.upload_on_deploy,
            ),
            key_file: fields
                .optional::<ProjectPath>("key_file", "The file with the key of encrypted files")
                .map(Into::into),
        })
    }
}

impl Shape for DataSource {
    fn read(node: &Node, mistakes: &mut Vec<Mistake>) -> Option<Self> {
        word(node, mistakes, |text| match text.parse() {
            Ok(Source::Git(_)) => Ok(Self::Git(text.to_owned())),
            Ok(Source::Folder(folder)) => Ok(Self::Folder(folder)),
            Ok(Source::Default) => Ok(Data::default().from),
            Err(SourceError { text, what, hint }) => Err(Refusal {
                message: format!("`{text}` {what}"),
                expected: "a folder, or `git+https://…`".to_owned(),
                help: Some(hint),
            }),
        })
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": r"^[^\\]+$" })
    }
}

/// As it is written.
#[derive(Clone, Copy, PartialEq)]
struct Allowed(PrivateKind);

/// None is usual; the first stands in while mistakes are being collected.
impl Default for Allowed {
    fn default() -> Self {
        Self(PrivateKind::ALL[0])
    }
}

impl Shape for Allowed {
    fn read(node: &Node, mistakes: &mut Vec<Mistake>) -> Option<Self> {
        read_choice(node, mistakes)
    }

    fn schema() -> Json {
        choice_schema::<Self>()
    }
}

impl Choice for Allowed {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("phone", Self(PrivateKind::Phone)),
        ("address", Self(PrivateKind::Address)),
        ("birthday", Self(PrivateKind::Birthday)),
    ];
}
