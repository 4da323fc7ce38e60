//! The files that make a persona: their names, where they are looked for, and what is taken out of them.

use std::collections::BTreeMap;

use contract::data::{FOLDERS, PDFS};
use serde::Deserialize;
use serde_json::Value;

use crate::store::Entry;

pub use contract::data::File;

/// Returns what the prompt and the builtin model call a file.
pub fn title(file: File) -> &'static str {
    match file {
        File::Qna => "questions and answers",
        File::Facts => "facts",
        File::Summary => "summary",
        File::Me => "about me",
        File::Experience => "experience",
        File::Education => "education",
        File::Skills => "skills",
        File::Linkedin => "LinkedIn profile",
        File::Resume => "resume",
        File::Cv => "CV",
        File::Proficiency => "proficiency levels",
        File::Sources => "sources",
        File::Style => "style",
        File::CriticalRules => "rules",
        File::SystemPrompt => "instructions",
    }
}

/// Picks from a listing the object that each file is read from.
pub(super) fn choose(entries: &[Entry]) -> BTreeMap<File, Entry> {
    let by_key: BTreeMap<&str, &Entry> = entries.iter().map(|entry| (entry.key.as_str(), entry)).collect();
    let find = |file: File| file.paths().find_map(|key| by_key.get(key.as_str()).copied()).cloned();
    File::ALL.into_iter().filter_map(|file| Some((file, find(file)?))).collect()
}

/// PDFs whose text nobody took out: they are not read here.
pub(super) fn unread(entries: &[Entry], chosen: &BTreeMap<File, Entry>) -> Vec<String> {
    let is_there = |name: &str| {
        let keys = FOLDERS.map(|folder| format!("{folder}{name}"));
        entries.iter().any(|entry| keys.contains(&entry.key))
    };
    let unread = PDFS.iter().filter(|(file, name)| !chosen.contains_key(file) && is_there(name));
    unread.map(|(_, name)| format!("{name} has no text beside it in {name}.txt")).collect()
}

/// A file's text, without the mark that some editors put in front.
pub(super) fn as_text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_start_matches('\u{feff}').trim().to_owned()
}

#[derive(Debug, Default)]
pub struct Persona {
    texts: BTreeMap<File, String>,
    facts: Value,
    qna: Vec<Qna>,
    mistakes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Qna {
    pub question: String,
    pub answer: String,
}

#[derive(Deserialize)]
struct QnaFile {
    faqs: Vec<Qna>,
}

impl Persona {
    /// A file that is not what its name promises is still text about the owner.
    pub fn new(mut texts: BTreeMap<File, String>) -> Self {
        texts.retain(|_, text| !text.is_empty());
        let mut persona = Self { texts, ..Self::default() };
        if let Some(text) = persona.texts.get(&File::Facts) {
            match serde_json::from_str(text) {
                Ok(facts) => persona.facts = facts,
                Err(error) => persona.mistakes.push(format!("facts.json is not JSON: {error}")),
            }
        }
        if let Some(text) = persona.texts.get(&File::Qna) {
            match serde_saphyr::from_str::<QnaFile>(text) {
                Ok(file) => persona.qna = file.faqs,
                Err(_) => {
                    persona
                        .mistakes
                        .push("qna.yml is not a list of faqs with question and answer".to_owned());
                }
            }
        }
        persona
    }

    /// Style alone says nothing about anybody.
    pub fn is_empty(&self) -> bool {
        !self.texts.keys().any(|file| file.is_knowledge())
    }

    pub fn text(&self, file: File) -> Option<&str> {
        self.texts.get(&file).map(String::as_str)
    }

    /// What there is to know, in the order of the prompt.
    pub fn knowledge(&self) -> impl Iterator<Item = (File, &str)> {
        self.texts.iter().filter(|(file, _)| file.is_knowledge()).map(|(file, text)| (*file, text.as_str()))
    }

    pub fn facts(&self) -> &Value {
        &self.facts
    }

    pub fn qna(&self) -> &[Qna] {
        &self.qna
    }

    pub fn mistakes(&self) -> &[String] {
        &self.mistakes
    }

    pub fn full_name(&self) -> Option<&str> {
        self.fact("full_name").or_else(|| self.fact("name"))
    }

    pub fn name(&self) -> Option<&str> {
        self.fact("name").or_else(|| self.fact("full_name"))
    }

    /// Where a visitor can ask a person.
    pub fn contact(&self) -> Option<&str> {
        ["contact", "email", "e_mail", "website", "linkedin"].iter().find_map(|key| self.fact(key))
    }

    fn fact(&self, key: &str) -> Option<&str> {
        self.facts.get(key)?.as_str().map(str::trim).filter(|text| !text.is_empty())
    }
}
