//! A reader of settings that collects the errors in them.

use std::collections::BTreeMap;
use std::fmt;

pub(super) struct Reader<'a> {
    environment: &'a BTreeMap<String, String>,
    errors: Vec<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(environment: &'a BTreeMap<String, String>) -> Self {
        Self { environment, errors: Vec::new() }
    }

    /// Returns the value of the first variable that is set and not empty.
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
                self.error(format!("{name} is {other:?}, but must be true or false"));
                None
            }
        }
    }

    pub(super) fn number(&mut self, name: &str, default: u32) -> u32 {
        let Some(text) = self.text(&[name]) else {
            return default;
        };
        text.parse().unwrap_or_else(|_| {
            self.error(format!("{name} is {text:?}, but must be a whole number"));
            default
        })
    }

    pub(super) fn error(&mut self, message: impl Into<String>) {
        let message = message.into();
        if !self.errors.contains(&message) {
            self.errors.push(message);
        }
    }

    pub(super) fn finish<T>(self, value: T) -> Result<T, ConfigErrors> {
        if self.errors.is_empty() { Ok(value) } else { Err(ConfigErrors(self.errors)) }
    }
}

/// All errors in the settings.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigErrors(pub(super) Vec<String>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("; "))
    }
}

impl std::error::Error for ConfigErrors {}
