//! The owner's files: a path alone, or all that can be said of them.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Value as Json, json};

use crate::spec::environment::{Data, DataSource, Private};
use crate::spec::fields::{Fields, Section, read_section, schema};
use crate::spec::mistake::Mistake;
use crate::spec::rules::web;
use crate::spec::shape::{Choice, Shape, choice_schema, read_choice, word};
use crate::spec::tree::{Node, Value};
use crate::spec::words::ProjectPath;

/// What a repository's address begins with.
const GIT: &str = "git+";

impl Default for Data {
    fn default() -> Self {
        let from = DataSource::Folder(PathBuf::from("data"));
        Self { from, allow: BTreeSet::new(), upload_on_deploy: true, key_file: None }
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
                .list::<Private>("allow", "What may go online although it is private")
                .into_iter()
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
        word(node, mistakes, |text| {
            if text.starts_with(GIT) {
                return Ok(Self::Git(text.to_owned()));
            }
            web::path(text).map(|()| Self::Folder(text.into()))
        })
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": r"^[^\\]+$" })
    }
}

impl Shape for Private {
    fn read(node: &Node, mistakes: &mut Vec<Mistake>) -> Option<Self> {
        read_choice(node, mistakes)
    }

    fn schema() -> Json {
        choice_schema::<Self>()
    }
}

impl Choice for Private {
    const WORDS: &'static [(&'static str, Self)] =
        &[("phone", Self::Phone), ("address", Self::Address), ("birthday", Self::Birthday)];
}
