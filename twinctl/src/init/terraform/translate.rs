//! Translation of Terraform variables to fields of an environment file.

use std::collections::BTreeMap;

use super::super::{
    hcl::{Value, Values},
    yaml::Settings,
};
use crate::spec::{ModelId, ProjectName, Region};

/// The translated value, or the reason why it cannot be taken over.
type Checked = Result<String, String>;

/// The variable names that existing twins use, the corresponding field, and the function that checks the value.
type Field = (&'static [&'static str], &'static str, fn(&str) -> Checked);

const FIELDS: &[Field] = &[
    (&["project_name", "project"], "project", word::<ProjectName>),
    (&["aws_region", "region"], "region", word::<Region>),
    (&["bedrock_model_id", "bedrock_model"], "model.id", model),
    (&["lambda_timeout", "lambda_timeout_seconds"], "lambda.timeout_s", timeout),
    (&["lambda_memory_size", "lambda_memory", "memory_size"], "lambda.memory_mb", memory),
    (&["api_throttle_burst_limit"], "api.throttle.burst", throttle),
    (&["api_throttle_rate_limit"], "api.throttle.rate", throttle),
];

const OPENAI: &[&str] = &["openai_model", "openai_model_name", "openai_model_id"];
const DOMAIN: &[&str] = &["root_domain", "domain_name", "custom_domain"];

#[derive(Debug, Default)]
pub(super) struct Translated {
    pub(super) settings: Settings,
    /// The variable of each setting.
    pub(super) variables: BTreeMap<String, String>,
    pub(super) openai: Option<String>,
    /// Values that cannot be taken over, with reasons.
    pub(super) not_taken_over: Vec<String>,
}

/// Whether a variable is one that existing twins use.
pub(super) fn is_known(variable: &str) -> bool {
    FIELDS.iter().any(|(names, ..)| names.contains(&variable)) || OPENAI.contains(&variable)
}

pub(super) fn all(values: &Values) -> Translated {
    let mut translated = Translated { openai: first(values, OPENAI), ..Translated::default() };
    let not_taken_over = &mut translated.not_taken_over;
    let mut leave = |what: &str, why: &str| not_taken_over.push(format!("{what}: {why}"));
    for (names, field, check) in FIELDS {
        let Some((name, value)) = names.iter().find_map(|name| values.get_key_value(*name)) else {
            continue;
        };
        match check(&value.text()) {
            Ok(value) => {
                translated.settings.insert((*field).to_owned(), value);
                translated.variables.insert((*field).to_owned(), name.clone());
            }
            Err(why) => leave(&format!("`{name} = {}`", value.text()), &why),
        }
    }
    if is_burst_below_rate(&translated.settings) {
        translated.settings.remove("api.throttle.burst");
        translated.settings.remove("api.throttle.rate");
        leave("the throttle", "its burst is below its rate");
    }
    if let Some(domain) = domain(values) {
        let how = format!("it still points to the existing twin; to move it here, set `domain: {domain}`");
        leave(&format!("the domain `{domain}`"), &how);
    }
    if translated.openai.is_some() {
        leave(
            "OpenAI's model",
            "to use it on AWS, run `twinctl secret set ENV openai`, then set `model.source: openai` in the environment file",
        );
    }
    for (name, value) in values.iter().filter(|(name, value)| is_other_model(name, value)) {
        let how = "the twin answers with a model of Amazon Bedrock; for another one, set `model.source: openai`, `id` and `base_url` in the \
                   environment file";
        leave(&format!("`{name} = {}`", value.text()), how);
    }
    for key in values.keys().filter(|name| is_filled_secret(name, &values[*name])) {
        leave(&format!("`{key}`"), "keys are not copied; store it with `twinctl secret set ENV openai`");
    }
    translated
}

fn first(values: &Values, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| values.get(*name)).map(Value::text).filter(|text| !text.is_empty())
}

fn domain(values: &Values) -> Option<String> {
    let is_used = values.get("use_custom_domain").is_none_or(|used| *used == Value::Bool(true));
    first(values, DOMAIN).filter(|_| is_used)
}

/// Whether a variable names the model of another provider, such as `groq_model`.
fn is_other_model(name: &str, value: &Value) -> bool {
    let is_filled = matches!(value, Value::Text(text) if !text.is_empty());
    let is_model = ["_model", "_model_id", "_model_name"].iter().any(|end| name.ends_with(end));
    is_filled && is_model && !is_known(name) && !name.contains("embed")
}

fn is_filled_secret(name: &str, value: &Value) -> bool {
    let is_filled = matches!(value, Value::Text(text) if !text.is_empty());
    is_filled && ["_key", "_token", "_secret", "_password"].iter().any(|end| name.ends_with(end))
}

fn is_burst_below_rate(settings: &Settings) -> bool {
    let number = |field: &str| settings.get(field)?.parse::<u16>().ok();
    // A missing value has the default of the environment file.
    number("api.throttle.burst").unwrap_or(10) < number("api.throttle.rate").unwrap_or(5)
}

fn word<W: std::str::FromStr<Err = crate::spec::InvalidValue>>(text: &str) -> Checked {
    text.parse::<W>().map(|_| text.to_owned()).map_err(|error| error.expected)
}

/// Removes the region prefix of Nova models, because twinctl adds the prefix of the configured region.
fn model(text: &str) -> Checked {
    let bare = text.split_once('.').filter(|(_, model)| model.starts_with("amazon.nova-"));
    let is_of_a_region = |prefix: &str| ["us", "eu", "apac"].contains(&prefix);
    word::<ModelId>(bare.filter(|(prefix, _)| is_of_a_region(prefix)).map_or(text, |(_, model)| model))
}

fn timeout(text: &str) -> Checked {
    within(text, 1, 29).map_err(|_| "the API times out after 30 seconds, so the maximum is 29".to_owned())
}

fn memory(text: &str) -> Checked {
    within(text, 128, 10_240)
}

fn throttle(text: &str) -> Checked {
    within(text, 1, 10_000)
}

fn within(text: &str, least: u16, most: u16) -> Checked {
    match text.parse::<u16>() {
        Ok(number) if (least..=most).contains(&number) => Ok(number.to_string()),
        _ => Err(format!("it must be a whole number from {least} to {most}")),
    }
}
