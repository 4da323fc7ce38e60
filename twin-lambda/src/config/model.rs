//! Settings of the model and its API key.

use std::fmt;

use contract::bedrock;
use contract::models::OPENAI_DEFAULT;
use contract::variable::{self, provider};

use super::aws::region;
use super::reader::Reader;

const BEDROCK_MODEL: [&str; 3] = [variable::BEDROCK_MODEL_ID, "MODEL_NAME", "LLM_MODEL"];
const OPENAI_MODEL: [&str; 3] = [variable::OPENAI_MODEL, "MODEL_NAME", "LLM_MODEL"];
const OPENAI_SECRET: [&str; 2] = [variable::OPENAI_SECRET_ARN, "SECRETS_MANAGER_SECRET_NAME"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelChoice {
    /// No model: the twin searches the data files.
    Builtin,
    Bedrock {
        model: String,
    },
    OpenAi {
        model: String,
        base_url: String,
        key: KeySource,
    },
}

#[derive(Clone, PartialEq, Eq)]
pub enum KeySource {
    /// The server requires no key.
    None,
    Plain(String),
    Secret(String),
}

pub(super) fn read(reader: &mut Reader) -> ModelChoice {
    let chosen = reader.text(&[variable::AI_PROVIDER, "LLM_PROVIDER"]).map(|name| name.to_lowercase());
    match chosen.as_deref() {
        Some(provider::BUILTIN) => ModelChoice::Builtin,
        Some(provider::BEDROCK) => bedrock_model(reader),
        Some(provider::OPENAI) => openai(reader),
        Some(other) => {
            reader.error(format!("AI_PROVIDER is {other:?}, but must be bedrock, openai or builtin"));
            ModelChoice::Builtin
        }
        None if reader.has(&[variable::BEDROCK_MODEL_ID]) => bedrock_model(reader),
        None if reader.has(&OPENAI_SECRET)
            || reader.has(&[variable::OPENAI_API_KEY, variable::OPENAI_BASE_URL]) =>
        {
            openai(reader)
        }
        None => ModelChoice::Builtin,
    }
}

fn bedrock_model(reader: &mut Reader) -> ModelChoice {
    let model = reader.text(&BEDROCK_MODEL).unwrap_or_else(|| bedrock::default_in(&region(reader)));
    ModelChoice::Bedrock { model }
}

fn openai(reader: &mut Reader) -> ModelChoice {
    let base_url = reader.text(&[variable::OPENAI_BASE_URL]);
    let key = if let Some(secret) = reader.text(&OPENAI_SECRET) {
        KeySource::Secret(secret)
    } else if let Some(key) = reader.text(&[variable::OPENAI_API_KEY]) {
        KeySource::Plain(key)
    } else {
        if base_url.is_none() {
            reader.error(
                "AI_PROVIDER is openai, but neither OPENAI_SECRET_ARN nor OPENAI_API_KEY is set \
                 (for your own server, set OPENAI_BASE_URL)",
            );
        }
        KeySource::None
    };
    let base_url = base_url.unwrap_or_else(|| "https://api.openai.com/v1".to_owned());
    if !base_url.starts_with("http://") && !base_url.starts_with("https://") {
        reader.error(format!("OPENAI_BASE_URL is {base_url:?}, but must start with http:// or https://"));
    }
    ModelChoice::OpenAi {
        model: reader.text(&OPENAI_MODEL).unwrap_or_else(|| OPENAI_DEFAULT.to_owned()),
        base_url: base_url.trim_end_matches('/').to_owned(),
        key,
    }
}

impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Plain(_) => f.write_str("Plain(..)"),
            Self::Secret(arn) => write!(f, "Secret({arn})"),
        }
    }
}
