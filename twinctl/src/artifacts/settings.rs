//! The settings of twin-lambda that follow from the environment alone, as it reads them.

use std::collections::BTreeMap;

use crate::spec::{Environment, Model};

pub(crate) fn settings(environment: &Environment) -> BTreeMap<String, String> {
    let mut settings = BTreeMap::from([
        ("ENVIRONMENT", environment.name.to_string()),
        ("LOG_LEVEL", format!("{:?}", environment.log_level).to_uppercase()),
    ]);
    match &environment.model {
        Model::Builtin => drop(settings.insert("AI_PROVIDER", "builtin".to_owned())),
        Model::Bedrock(id) => {
            settings.insert("AI_PROVIDER", "bedrock".to_owned());
            settings.insert("BEDROCK_MODEL_ID", id.full(&environment.region));
        }
        Model::OpenAi { id, base_url } => {
            settings.insert("AI_PROVIDER", "openai".to_owned());
            settings.insert("OPENAI_MODEL", id.clone());
            settings.extend(base_url.as_ref().map(|url| ("OPENAI_BASE_URL", url.to_string())));
        }
    }
    if !environment.api.cors_origins.is_empty() {
        let origins: Vec<_> = environment.api.cors_origins.iter().map(ToString::to_string).collect();
        settings.insert("CORS_ORIGINS", origins.join(","));
    }
    settings.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
