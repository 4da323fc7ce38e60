//! Reads settings by name and alias, and collects what is wrong with them.

use std::collections::BTreeMap;

use super::Mistakes;

pub(super) struct Reader<'a> {
    environment: &'a BTreeMap<String, String>,
    mistakes: Vec<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(environment: &'a BTreeMap<String, String>) -> Self {
        Self { environment, mistakes: Vec::new() }
    }

    /// The first of these names that is set to something.
    pub(super) fn text(&self, names: &[&str]) -> Option<String> {
        names
            .iter()
            .filter_map(|name| self.environment.get(*name))
            .map(|value| value.trim())
            .find(|value| !value.is_empty())
            .map(ToOwned::to_owned)
    }

    pub(super) fn has(&self, names: &[&str]) -> bool {
        self.text(names).is_some()
    }

    pub(super) fn list(&self, name: &str) -> Vec<String> {
        let text = self.text(&[name]).unwrap_or_default();
        text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(ToOwned::to_owned).collect()
    }

    pub(super) fn flag(&mut self, name: &str) -> Option<bool> {
        let value = self.text(&[name])?.to_lowercase();
        match value.as_str() {
            "true" | "1" | "yes" => Some(true),
            "false" | "0" | "no" => Some(false),
            other => {
                self.mistake(format!("{name} is {other:?}; it can be true or false"));
                None
            }
        }
    }

    pub(super) fn number(&mut self, name: &str, default: u32) -> u32 {
        let Some(text) = self.text(&[name]) else {
            return default;
        };
        text.parse().unwrap_or_else(|_| {
            self.mistake(format!("{name} is {text:?}; it is a whole number"));
            default
        })
    }

    pub(super) fn mistake(&mut self, sentence: impl Into<String>) {
        let sentence = sentence.into();
        if !self.mistakes.contains(&sentence) {
            self.mistakes.push(sentence);
        }
    }

    pub(super) fn finish<T>(self, value: T) -> Result<T, Mistakes> {
        if self.mistakes.is_empty() { Ok(value) } else { Err(Mistakes(self.mistakes)) }
    }
}
