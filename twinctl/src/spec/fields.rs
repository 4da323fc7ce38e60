//! Declarations of the fields of a map. They read the values, reject unknown fields with "did you mean", and generate
//! the JSON Schema.

use serde::Serialize;
use serde_json::{Map, Value as Json, json};

use super::error::{Place, SpecError};
use super::nearest::nearest;
use super::shape::{Choice, Shape, choice_schema, read_choice, reject};
use super::suggestion::suggestion;
use super::tree::{Entry, Node, Value};

/// A part of the environment that is a map in the file.
pub(super) trait Section: Sized {
    /// Declares and reads the fields. Returns `None` if a required field is missing.
    fn section(fields: &mut Fields<'_>) -> Option<Self>;
}

/// The fields of a map that is being read.
pub(super) struct Fields<'a> {
    entries: &'a [Entry],
    /// The place for errors about missing fields.
    place: &'a Place,
    pub(super) errors: &'a mut Vec<SpecError>,
    declared: Vec<Field>,
}

/// A declared field.
struct Field {
    key: &'static str,
    description: &'static str,
    schema: fn() -> Json,
    default: Option<Json>,
}

type Read<T> = fn(&Node, &mut Vec<SpecError>) -> Option<T>;

impl Fields<'_> {
    /// Declares and reads a required field.
    pub(super) fn required<T: Shape>(&mut self, key: &'static str, description: &'static str) -> Option<T> {
        self.declare(key, description, T::schema, None);
        if find(self.entries, key).is_none() {
            let message = format!("`{key}` is missing");
            self.errors.push(
                SpecError::at(self.place, message, format!("add `{key}`")).help(description.to_owned()),
            );
        }
        self.read(key, T::read)
    }

    /// Declares and reads a field without a default.
    pub(super) fn optional<T: Shape>(&mut self, key: &'static str, description: &'static str) -> Option<T> {
        self.declare(key, description, T::schema, None);
        self.read(key, T::read)
    }

    /// Declares and reads a list, which is empty by default.
    pub(super) fn list<T: Shape>(&mut self, key: &'static str, description: &'static str) -> Vec<T> {
        self.optional(key, description).unwrap_or_default()
    }

    /// Declares and reads a field with a default. An invalid value is reported and replaced by the default, so that the
    /// following fields are checked too.
    pub(super) fn with_default<T: Shape + Into<V>, V: Serialize>(
        &mut self,
        key: &'static str,
        description: &'static str,
        default: V,
    ) -> V {
        self.declare(key, description, T::schema, serde_json::to_value(&default).ok());
        self.read(key, T::read).map_or(default, Into::into)
    }

    /// Declares and reads one of a few words, or the default.
    pub(super) fn choice<T: Choice>(&mut self, key: &'static str, description: &'static str) -> T {
        let default = T::WORDS.iter().find(|(_, choice)| *choice == T::default());
        self.declare(key, description, choice_schema::<T>, default.map(|(word, _)| json!(word)));
        self.read(key, read_choice).unwrap_or_default()
    }

    /// Declares and reads a nested map. If it is missing, its defaults apply.
    pub(super) fn section<T: Section>(&mut self, key: &'static str, description: &'static str) -> Option<T> {
        self.declare(key, description, schema::<T>, None);
        match find(self.entries, key) {
            Some(_) => self.read(key, read_section),
            None => read_entries(&[], self.place, self.errors),
        }
    }

    /// Reports an error in a combination of fields, at the first of `paths` that is set. A path can name a nested field:
    /// `model.id`.
    pub(super) fn reject(
        &mut self,
        paths: &[&str],
        message: String,
        label: &str,
        help: impl Into<Option<String>>,
    ) {
        let written = paths.iter().find_map(|path| find_path(self.entries, path));
        let place = written.map_or(self.place, |node| &node.place);
        self.errors.push(SpecError::at(place, message, label).help(help));
    }

    /// Like [`Fields::reject`], for what only commands that deploy refuse.
    pub(super) fn reject_for_deploys(
        &mut self,
        paths: &[&str],
        message: String,
        label: &str,
        help: impl Into<Option<String>>,
    ) {
        self.reject(paths, message, label, help);
        if let Some(error) = self.errors.last_mut() {
            error.concerns_deploys_only = true;
        }
    }

    fn declare(
        &mut self,
        key: &'static str,
        description: &'static str,
        schema: fn() -> Json,
        default: Option<Json>,
    ) {
        self.declared.push(Field { key, description, schema, default });
    }

    fn read<T>(&mut self, key: &str, read: Read<T>) -> Option<T> {
        let node = &find(self.entries, key)?.node;
        let before = self.errors.len();
        let value = read(node, self.errors);
        if let (Some(error), Some(right)) = (self.errors.get_mut(before), suggestion(key, &node.value)) {
            error.help = Some(right);
        }
        value
    }

    /// Reports fields that were not declared.
    fn reject_undeclared(&mut self) {
        for entry in self.entries {
            let known = self.declared.iter().map(|field| field.key);
            if known.clone().any(|key| key == entry.key) {
                continue;
            }
            let help = match nearest(&entry.key, known.clone()) {
                Some(key) => format!("did you mean `{key}`?"),
                None => format!("expected one of: {}", known.collect::<Vec<_>>().join(", ")),
            };
            let message = format!("unknown field `{}`", entry.key);
            self.errors.push(SpecError::at(&entry.key_place, message, "unknown field").help(help));
        }
    }
}

/// Finds an entry. `null` means the default, like no entry.
fn find<'a>(entries: &'a [Entry], key: &str) -> Option<&'a Entry> {
    entries.iter().find(|entry| entry.key == key && !matches!(entry.node.value, Value::Null))
}

fn find_path<'a>(entries: &'a [Entry], path: &str) -> Option<&'a Node> {
    let Some((key, rest)) = path.split_once('.') else {
        return find(entries, path).map(|entry| &entry.node);
    };
    match &find(entries, key)?.node.value {
        Value::Map(entries) => find_path(entries, rest),
        _ => None,
    }
}

pub(super) fn read_section<T: Section>(node: &Node, errors: &mut Vec<SpecError>) -> Option<T> {
    match &node.value {
        Value::Map(entries) => read_entries(entries, &node.place, errors),
        _ => reject(node, "a map of fields", errors),
    }
}

fn read_entries<T: Section>(entries: &[Entry], place: &Place, errors: &mut Vec<SpecError>) -> Option<T> {
    let mut fields = Fields { entries, place, errors, declared: Vec::new() };
    let section = T::section(&mut fields);
    fields.reject_undeclared();
    section
}

/// Returns the fields that `T` declares as a JSON Schema. No field is required, because it can be in the file that this
/// one extends.
pub(super) fn schema<T: Section>() -> Json {
    let place = Place::of_text("", "");
    let mut fields = Fields { entries: &[], place: &place, errors: &mut Vec::new(), declared: Vec::new() };
    T::section(&mut fields);
    let properties: Map<String, Json> =
        fields.declared.iter().map(|field| (field.key.to_owned(), field.schema())).collect();
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    })
}

impl Field {
    fn schema(&self) -> Json {
        let mut schema = (self.schema)();
        schema["description"] = json!(self.description);
        if let Some(default) = &self.default {
            schema["default"] = default.clone();
        }
        schema
    }
}
