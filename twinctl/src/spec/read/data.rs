//! `data`: the source of the data files, or a map of settings.

use std::path::PathBuf;

use persona::{Allow, PrivateKind, Source, SourceError};
use serde_json::{Value as Json, json};

use crate::spec::environment::{Data, DataSource};
use crate::spec::error::SpecError;
use crate::spec::fields::{Fields, Section, read_section, schema};
use crate::spec::rules::InvalidValue;
use crate::spec::shape::{Choice, Shape, choice_schema, read_choice, word};
use crate::spec::tree::{Node, Value};
use crate::spec::words::ProjectPath;

impl Default for Data {
    fn default() -> Self {
        let from = DataSource::Default(PathBuf::from("data"));
        Self { from, allow: Allow::new(), upload_on_deploy: true, key_file: None }
    }
}

/// The short form is only the source.
impl Shape for Data {
    fn read(node: &Node, errors: &mut Vec<SpecError>) -> Option<Self> {
        match &node.value {
            Value::Map(_) => read_section(node, errors),
            _ => DataSource::read(node, errors).map(|from| Self { from, ..Self::default() }),
        }
    }

    fn schema() -> Json {
        json!({ "oneOf": [DataSource::schema(), schema::<Self>()] })
    }
}

impl Section for Data {
    fn section(fields: &mut Fields<'_>) -> Option<Self> {
        let default = Self::default();
        let from = "A folder, or a Git repository like `git+https://host/you/data.git#main`";
        Some(Self {
            from: fields.with_default::<DataSource, _>("from", from, default.from),
            allow: fields
                .list::<Allowed>("allow", "Kinds of private data that may be uploaded")
                .into_iter()
                .map(|Allowed(kind)| kind)
                .collect(),
            upload_on_deploy: fields.with_default::<bool, _>(
                "upload_on_deploy",
                "Whether `deploy` uploads the files; otherwise only `upload-data` does",
                default.upload_on_deploy,
            ),
            key_file: fields
                .optional::<ProjectPath>("key_file", "The key file for encrypted data files")
                .map(Into::into),
        })
    }
}

impl Shape for DataSource {
    fn read(node: &Node, errors: &mut Vec<SpecError>) -> Option<Self> {
        word(node, errors, |text| match text.parse() {
            Ok(Source::Git(_)) => Ok(Self::Git(text.to_owned())),
            Ok(Source::Folder(folder)) => Ok(Self::Folder(folder)),
            Ok(Source::Default) => Ok(Data::default().from),
            Err(SourceError { text, what, hint }) => Err(InvalidValue {
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

/// A kind of private data that may be uploaded.
#[derive(Clone, Copy, PartialEq)]
struct Allowed(PrivateKind);

/// `Choice` requires a default. It is used only after an error.
impl Default for Allowed {
    fn default() -> Self {
        Self(PrivateKind::ALL[0])
    }
}

impl Shape for Allowed {
    fn read(node: &Node, errors: &mut Vec<SpecError>) -> Option<Self> {
        read_choice(node, errors)
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
