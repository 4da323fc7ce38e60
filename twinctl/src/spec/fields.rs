//! A map of the file, asked for one field after the other. What was asked for is what may stand
//! there: the walk, "did you mean" and the editor's schema come from the same questions.

use serde::Serialize;
use serde_json::{Map, Value as Json, json};

use super::mistake::{Mistake, Place};
use super::nearest::nearest;
use super::shape::{Choice, Shape, choice_schema, read_choice, refuse};
use super::tree::{Entry, Node, Value};

/// A part of the environment that is written as a map.
pub(super) trait Section: Sized {
    /// None when something without a default is missing.
    fn section(fields: &mut Fields<'_>) -> Option<Self>;
}

pub(super) struct Fields<'a> {
    entries: &'a [Entry],
    /// Where to say that something is missing.
    place: &'a Place,
    pub(super) mistakes: &'a mut Vec<Mistake>,
    asked: Vec<Asked>,
}

struct Asked {
    key: &'static str,
    meaning: &'static str,
    schema: fn() -> Json,
    default: Option<Json>,
}

type Read<T> = fn(&Node, &mut Vec<Mistake>) -> Option<T>;

impl Fields<'_> {
    /// A field that must be there.
    pub(super) fn required<T: Shape>(&mut self, key: &'static str, meaning: &'static str) -> Option<T> {
        self.ask(key, meaning, T::schema, None);
        if find(self.entries, key).is_none() {
            let message = format!("`{key}` is missing");
            self.mistakes
                .push(Mistake::at(self.place, message, format!("add `{key}`")).help(meaning.to_owned()));
        }
        self.take(key, T::read)
    }

    pub(super) fn optional<T: Shape>(&mut self, key: &'static str, meaning: &'static str) -> Option<T> {
        self.ask(key, meaning, T::schema, None);
        self.take(key, T::read)
    }

    pub(super) fn list<T: Shape>(&mut self, key: &'static str, meaning: &'static str) -> Vec<T> {
        self.optional(key, meaning).unwrap_or_default()
    }

    /// A field with a default, which also stands in while mistakes are being collected.
    pub(super) fn or<T: Shape + Into<V>, V: Serialize>(
        &mut self,
        key: &'static str,
        meaning: &'static str,
        default: V,
    ) -> V {
        self.ask(key, meaning, T::schema, serde_json::to_value(&default).ok());
        self.take(key, T::read).map_or(default, Into::into)
    }

    /// One of a few words, or the usual one.
    pub(super) fn choice<T: Choice>(&mut self, key: &'static str, meaning: &'static str) -> T {
        let usual = T::WORDS.iter().find(|(_, choice)| *choice == T::default());
        self.ask(key, meaning, choice_schema::<T>, usual.map(|(word, _)| json!(word)));
        self.take(key, read_choice).unwrap_or_default()
    }

    /// A map inside this one; all its defaults hold when it is not there.
    pub(super) fn section<T: Section>(&mut self, key: &'static str, meaning: &'static str) -> Option<T> {
        self.ask(key, meaning, schema::<T>, None);
        match find(self.entries, key) {
            Some(entry) => read_section(&entry.node, self.mistakes),
            None => read_entries(&[], self.place, self.mistakes),
        }
    }

    /// A mistake that only several fields together make, shown at the first of `paths` that is
    /// written at all. `model.id` goes inside.
    pub(super) fn refuse(
        &mut self,
        paths: &[&str],
        message: String,
        label: &str,
        help: impl Into<Option<String>>,
    ) {
        let written = paths.iter().find_map(|path| inside(self.entries, path));
        let place = written.map_or(self.place, |node| &node.place);
        self.mistakes.push(Mistake::at(place, message, label).help(help));
    }

    fn ask(&mut self, key: &'static str, meaning: &'static str, schema: fn() -> Json, default: Option<Json>) {
        self.asked.push(Asked { key, meaning, schema, default });
    }

    fn take<T>(&mut self, key: &str, read: Read<T>) -> Option<T> {
        read(&find(self.entries, key)?.node, self.mistakes)
    }

    /// What is written and was never asked for has no meaning.
    fn refuse_the_rest(&mut self) {
        for entry in self.entries {
            let known = self.asked.iter().map(|asked| asked.key);
            if known.clone().any(|key| key == entry.key) {
                continue;
            }
            let help = match nearest(&entry.key, known.clone()) {
                Some(key) => format!("did you mean `{key}`?"),
                None => format!("possible: {}", known.collect::<Vec<_>>().join(", ")),
            };
            let message = format!("unknown field `{}`", entry.key);
            self.mistakes.push(Mistake::at(&entry.key_place, message, "nothing reads this").help(help));
        }
    }
}

/// An entry that says something; `null` is the default, like no entry at all.
fn find<'a>(entries: &'a [Entry], key: &str) -> Option<&'a Entry> {
    entries.iter().find(|entry| entry.key == key && !matches!(entry.node.value, Value::Null))
}

fn inside<'a>(entries: &'a [Entry], path: &str) -> Option<&'a Node> {
    let Some((key, rest)) = path.split_once('.') else {
        return find(entries, path).map(|entry| &entry.node);
    };
    match &find(entries, key)?.node.value {
        Value::Map(entries) => inside(entries, rest),
        _ => None,
    }
}

pub(super) fn read_section<T: Section>(node: &Node, mistakes: &mut Vec<Mistake>) -> Option<T> {
    match &node.value {
        Value::Map(entries) => read_entries(entries, &node.place, mistakes),
        _ => refuse(node, "a map of fields", mistakes),
    }
}

fn read_entries<T: Section>(entries: &[Entry], place: &Place, mistakes: &mut Vec<Mistake>) -> Option<T> {
    let mut fields = Fields { entries, place, mistakes, asked: Vec::new() };
    let section = T::section(&mut fields);
    fields.refuse_the_rest();
    section
}

/// The questions that `T` asks of an empty map, as a JSON Schema. Nothing is required: what is not
/// in this file may be in the one that it extends.
pub(super) fn schema<T: Section>() -> Json {
    let place = Place::of_text("", "");
    let mut fields = Fields { entries: &[], place: &place, mistakes: &mut Vec::new(), asked: Vec::new() };
    T::section(&mut fields);
    let properties: Map<String, Json> =
        fields.asked.iter().map(|asked| (asked.key.to_owned(), asked.describe())).collect();
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    })
}

impl Asked {
    fn describe(&self) -> Json {
        let mut schema = (self.schema)();
        schema["description"] = json!(self.meaning);
        if let Some(default) = &self.default {
            schema["default"] = default.clone();
        }
        schema
    }
}
