//! Settings of an environment file: values by their paths.

use std::collections::BTreeMap;

use super::yaml;

/// `api.throttle.burst` and its value.
pub(crate) type Settings = BTreeMap<String, String>;

/// Returns `text` with all settings applied.
pub(super) fn into(text: &str, settings: &Settings) -> String {
    settings.iter().fold(text.to_owned(), |text, (path, value)| yaml::set(&text, path, value))
}

/// Returns the settings that `text` lacks or sets differently.
pub(super) fn missing(text: &str, settings: &Settings) -> Settings {
    let is_missing = |(path, value): &(&String, &String)| yaml::get(text, path) != Some(value.as_str());
    settings.iter().filter(is_missing).map(|(path, value)| (path.clone(), value.clone())).collect()
}
