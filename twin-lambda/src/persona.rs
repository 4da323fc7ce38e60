//! The persona: what the data files say about the owner.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::yaml;

pub use contract::data::File;

/// The contents of the data files. Empty files are left out.
#[derive(Debug, Default)]
pub struct Persona {
    texts: BTreeMap<File, String>,
    facts: Value,
    qna: Vec<Qna>,
    problems: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qna {
    pub question: String,
    pub answer: String,
}

impl Qna {
    /// Parses a list that is not below `faqs:`. The model does not expect it, but its meaning is clear.
    pub fn parse_list(text: &str) -> Option<Vec<Self>> {
        Self::all(&yaml::parse(text)?)
    }

    fn parse(text: &str) -> Option<Vec<Self>> {
        Self::all(yaml::parse(text)?.get("faqs")?)
    }

    fn all(list: &Value) -> Option<Vec<Self>> {
        list.as_array()?.iter().map(Self::read).collect()
    }

    fn read(entry: &Value) -> Option<Self> {
        let text = |key| match entry.get(key)? {
            Value::String(text) => Some(text.clone()),
            Value::Bool(is_true) => Some(is_true.to_string()),
            _ => None,
        };
        Some(Self { question: text("question")?, answer: text("answer")? })
    }
}

impl Persona {
    /// Parses the files. A file that cannot be parsed is used as plain text.
    pub fn new(mut texts: BTreeMap<File, String>) -> Self {
        texts.retain(|_, text| !text.is_empty());
        let mut persona = Self { texts, ..Self::default() };
        if let Some(text) = persona.texts.get(&File::Facts) {
            match serde_json::from_str(text) {
                Ok(facts) => persona.facts = facts,
                Err(error) => persona.problems.push(format!("facts.json is not JSON: {error}")),
            }
        }
        if let Some(text) = persona.texts.get(&File::Qna) {
            if let Some(faqs) = Qna::parse(text) {
                persona.qna = faqs;
            } else {
                let problem = "qna.yml is not a list of faqs with question and answer";
                persona.problems.push(problem.to_owned());
            }
        }
        persona
    }

    /// Returns whether no file describes the owner. Files about style and rules do not.
    pub fn is_empty(&self) -> bool {
        !self.texts.keys().any(|file| file.is_knowledge())
    }

    pub fn text(&self, file: File) -> Option<&str> {
        self.texts.get(&file).map(String::as_str)
    }

    /// Returns the files that describe the owner, in the order of the prompt.
    pub fn knowledge(&self) -> impl Iterator<Item = (File, &str)> {
        self.texts.iter().filter(|(file, _)| file.is_knowledge()).map(|(file, text)| (*file, text.as_str()))
    }

    pub fn facts(&self) -> &Value {
        &self.facts
    }

    pub fn qna(&self) -> &[Qna] {
        &self.qna
    }

    /// Returns what is wrong with the files, for the log.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    pub fn full_name(&self) -> Option<&str> {
        self.fact("full_name").or_else(|| self.fact("name"))
    }

    pub fn name(&self) -> Option<&str> {
        self.fact("name").or_else(|| self.fact("full_name"))
    }

    /// Returns how a visitor can reach the owner.
    pub fn contact(&self) -> Option<&str> {
        ["contact", "email", "e_mail", "website", "linkedin"].iter().find_map(|key| self.fact(key))
    }

    fn fact(&self, key: &str) -> Option<&str> {
        self.facts.get(key)?.as_str().map(str::trim).filter(|text| !text.is_empty())
    }
}

/// Returns the name of a file in the prompt.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn persona<const N: usize>(texts: [(File, &str); N]) -> Persona {
        Persona::new(texts.map(|(file, text)| (file, text.to_owned())).into_iter().collect())
    }

    #[test]
    fn files_that_cannot_be_parsed_are_used_as_text() {
        let texts = [(File::Facts, "name: Ada"), (File::Qna, "just text"), (File::Style, "x")];
        let persona = persona(texts);
        assert_eq!(persona.problems().len(), 2);
        assert_eq!(persona.knowledge().count(), 2);
        assert!(!persona.is_empty());
    }

    #[test]
    fn a_style_alone_is_an_empty_persona() {
        assert!(persona([(File::Style, "x")]).is_empty());
    }
}
