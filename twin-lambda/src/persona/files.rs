//! The files that make a persona: their names, where they are looked for, and what is taken out of them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::store::Entry;

/// In the order in which the prompt tells them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum File {
    Qna,
    Facts,
    Summary,
    Me,
    Experience,
    Education,
    Skills,
    Linkedin,
    Resume,
    Cv,
    Proficiency,
    Sources,
    Style,
    CriticalRules,
    SystemPrompt,
}

/// Every file by the names it can have; the first that exists is taken.
const NAMES: [(File, &[&str]); 15] = [
    (File::Qna, &["qna.yml", "qna.yaml"]),
    (File::Facts, &["facts.json"]),
    (File::Summary, &["summary.txt"]),
    (File::Me, &["me.txt", "me.pdf.txt"]),
    (File::Experience, &["experience.yml", "experience.yaml"]),
    (File::Education, &["education.yml", "education.yaml"]),
    (File::Skills, &["skills.yml", "skills.yaml"]),
    (File::Linkedin, &["linkedin.txt", "linkedin.pdf.txt"]),
    (File::Resume, &["resume.md", "resume.txt", "resume.pdf.txt"]),
    (File::Cv, &["cv.txt", "cv.pdf.txt"]),
    (File::Proficiency, &["proficiency_levels.json", "prompts/proficiency_levels.json"]),
    (File::Sources, &["sources.json"]),
    (File::Style, &["style.txt"]),
    (File::CriticalRules, &["prompts/critical_rules.txt", "critical_rules.txt"]),
    (File::SystemPrompt, &["prompts/system_prompt.txt", "system_prompt.txt"]),
];

const FOLDERS: [&str; 3] = ["personal_data/", "data/", ""];

impl File {
    /// Says something about the owner, rather than about how to speak.
    fn is_knowledge(self) -> bool {
        !matches!(
            self,
            Self::Style | Self::CriticalRules | Self::SystemPrompt | Self::Proficiency | Self::Sources
        )
    }

    /// How the prompt and the builtin model call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Qna => "questions and answers",
            Self::Facts => "facts",
            Self::Summary => "summary",
            Self::Me => "about me",
            Self::Experience => "experience",
            Self::Education => "education",
            Self::Skills => "skills",
            Self::Linkedin => "LinkedIn profile",
            Self::Resume => "resume",
            Self::Cv => "CV",
            Self::Proficiency => "proficiency levels",
            Self::Sources => "sources",
            Self::Style => "style",
            Self::CriticalRules => "rules",
            Self::SystemPrompt => "instructions",
        }
    }
}

/// Picks from a listing the object that each file is read from.
pub(super) fn choose(entries: &[Entry]) -> BTreeMap<File, Entry> {
    let by_key: BTreeMap<&str, &Entry> = entries.iter().map(|entry| (entry.key.as_str(), entry)).collect();
    let find = |names: &[&str]| {
        let mut keys =
            FOLDERS.iter().flat_map(|folder| names.iter().map(move |name| format!("{folder}{name}")));
        keys.find_map(|key| by_key.get(key.as_str()).copied()).cloned()
    };
    NAMES.iter().filter_map(|(file, names)| Some((*file, find(names)?))).collect()
}

/// PDFs whose text nobody took out: they are not read here.
pub(super) fn unread(entries: &[Entry], chosen: &BTreeMap<File, Entry>) -> Vec<String> {
    let pdfs = [
        (File::Me, "me.pdf"),
        (File::Linkedin, "linkedin.pdf"),
        (File::Resume, "resume.pdf"),
        (File::Cv, "cv.pdf"),
    ];
    let is_there = |name: &str| {
        let keys = FOLDERS.map(|folder| format!("{folder}{name}"));
        entries.iter().any(|entry| keys.contains(&entry.key))
    };
    let unread = pdfs.iter().filter(|(file, name)| !chosen.contains_key(file) && is_there(name));
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
