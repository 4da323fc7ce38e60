//! The environment files of a new twin: the files of this repository, with the twin's own settings.

use std::path::Path;

use super::{
    answers::{Answers, Model},
    existing::Existing,
    yaml::{self, Settings},
};
use crate::spec::{Region, SHIPPED};

/// The section that is replaced as a whole, because its fields depend on each other.
const MODEL: &str = "model";
/// A setting that only new files have. In this repository it is commented out, because an update of a clone must not change
/// what its environments deploy.
const STREAMING: &str = "streaming";
/// The section that sets an expiry, which only a new twin gets.
const MEMORY: &str = "memory";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EnvironmentFile {
    pub name: &'static str,
    pub text: String,
    /// The twin's own settings, which are printed if the file exists already.
    pub settings: Settings,
}

pub(crate) fn all(answers: &Answers, found: &Existing) -> Vec<EnvironmentFile> {
    SHIPPED.into_iter().map(|(name, text)| one(name, text, answers, found)).collect()
}

/// Returns Terraform environments without a corresponding environment file.
pub(crate) fn unknown(found: &Existing) -> Vec<&str> {
    let environments = found.terraform.iter().flat_map(|terraform| terraform.environments.keys());
    environments.map(String::as_str).filter(|name| !SHIPPED.iter().any(|(known, _)| known == name)).collect()
}

fn one(name: &'static str, shipped: &str, answers: &Answers, found: &Existing) -> EnvironmentFile {
    let settings = match name {
        "base" => shared_settings(answers, found),
        "local" => local_settings(answers, found),
        name => aws_settings(name, shipped, answers, found),
    };
    let (model, others): (Settings, Settings) =
        settings.clone().into_iter().partition(|(path, _)| name != "base" && is_model_setting(path));
    let mut text = yaml::with_settings(&yaml::uncomment(shipped, STREAMING), &others);
    if !yaml::missing_settings(&text, &model).is_empty() {
        let fields = ["source", "id", "base_url"];
        let values =
            fields.iter().filter_map(|field| Some((*field, model.get(&format!("{MODEL}.{field}"))?)));
        text = yaml::replace(
            &text,
            MODEL,
            &values.map(|(field, value)| (field, value.as_str())).collect::<Vec<_>>(),
        );
    }
    if found.may_have_conversations() {
        text = yaml::comment_out(&text, MEMORY);
    }
    EnvironmentFile { name, text, settings }
}

fn is_model_setting(path: &str) -> bool {
    path.split('.').next() == Some(MODEL)
}

fn shared_settings(answers: &Answers, found: &Existing) -> Settings {
    let mut settings = found.terraform.as_ref().map(|terraform| terraform.base.clone()).unwrap_or_default();
    for path in ["project", "region"] {
        settings.remove(path);
        settings.extend(found.setting(path).map(|value| (path.to_owned(), value.to_owned())));
    }
    if let Some(page) = &found.page {
        settings.insert("web.bundle".to_owned(), written(page));
    }
    let project = answers.project.iter().map(|project| ("project", project.to_string()));
    let region = answers.region.iter().map(|region| ("region", region.to_string()));
    settings.extend(project.chain(region).map(|(path, value)| (path.to_owned(), value)));
    if let Some(data) = found.data.as_ref().filter(|data| !data.is_default_folder()) {
        settings.insert("data".to_owned(), written(&data.folder));
    }
    settings
}

fn local_settings(answers: &Answers, found: &Existing) -> Settings {
    let memory = found.memory.iter().map(|memory| ("local.memory", written(&memory.folder)));
    let model = match &answers.model {
        None => Vec::new(),
        Some(Model::Builtin) => vec![("model.source", "builtin".to_owned())],
        Some(Model::Bedrock) => vec![("model.source", "bedrock".to_owned())],
        Some(Model::OpenAi { id, base_url }) => {
            let base_url = base_url.iter().map(|url| ("model.base_url", url.to_string()));
            let source = [("model.source", "openai".to_owned()), ("model.id", id.to_string())];
            source.into_iter().chain(base_url).collect()
        }
    };
    memory.chain(model).map(|(path, value)| (path.to_owned(), value)).collect()
}

/// Returns only settings that differ from `base.yaml`, or that the shipped file of this environment overrides.
fn aws_settings(name: &str, shipped: &str, answers: &Answers, found: &Existing) -> Settings {
    let Some(terraform) = &found.terraform else {
        return Settings::new();
    };
    let whole = terraform.environments.get(name).unwrap_or(&terraform.base);
    let is_specific = |path: &str, value: &str| match path {
        // All environments share the project of `base.yaml`.
        "project" => false,
        "region" => found.setting(path).or(answers.region.as_ref().map(Region::as_str)) != Some(value),
        path => found.setting(path) != Some(value) || yaml::get(shipped, path).is_some(),
    };
    let own = whole.iter().filter(|(path, value)| is_specific(path, value));
    own.map(|(path, value)| (path.clone(), value.clone())).collect()
}

/// Writes a path with `/` on every platform.
fn written(path: &Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests;
