//! Environment variables of twin-lambda that depend only on the environment file, and the comparison of all of them.

use std::collections::{BTreeMap, BTreeSet};

use contract::variable::{self, provider, scope};
use reconcile::Changes;

use crate::{
    spec::{Environment, Model, Scope, Target},
    system::hash,
};

/// Returns the name of the model.
pub(crate) fn model(environment: &Environment) -> String {
    match &environment.model {
        Model::Builtin => provider::BUILTIN.to_owned(),
        Model::Bedrock(id) => id.full(&environment.region),
        Model::OpenAi { id, .. } => id.clone(),
    }
}

/// Returns a hash of the settings that belong to a release, which are not its model.
pub(crate) fn settings_sha256(environment: &Environment) -> String {
    let mut variables = settings(environment);
    variables
        .retain(|name, _| ![variable::BEDROCK_MODEL_ID, variable::OPENAI_MODEL].contains(&name.as_str()));
    let local = (environment.target == Target::Local).then_some(&environment.local);
    let local = local.map(|local| {
        let limits = (local.conversations_per_day, local.questions_per_day);
        (&local.allowed_hosts, &local.trusted_proxies, limits)
    });
    let all = (variables, &environment.lambda, &environment.api, &environment.web.frame_ancestors, local);
    hash::sha256(format!("{all:?}"))
}

/// Compares variables. Secret values are not shown.
pub(crate) fn compare(
    changes: &mut Changes,
    field: &str,
    desired: &BTreeMap<String, String>,
    actual: &BTreeMap<String, String>,
) {
    let is_secret = |name: &str| ["SECRET", "KEY", "TOKEN", "SALT"].iter().any(|word| name.contains(word));
    for name in desired.keys().chain(actual.keys()).collect::<BTreeSet<_>>() {
        let (field, desired, actual) = (format!("{field}.{name}"), desired.get(name), actual.get(name));
        if is_secret(name) {
            changes.secret(&field, desired, actual);
        } else {
            changes.optional(&field, desired, actual);
        }
    }
}

/// Returns the variables and their values.
pub(crate) fn settings(environment: &Environment) -> BTreeMap<String, String> {
    let mut settings = BTreeMap::from([
        (variable::ENVIRONMENT, environment.name.to_string()),
        (variable::LOG_LEVEL, format!("{:?}", environment.log_level).to_uppercase()),
    ]);
    if environment.memory.expire_after_days.is_some() {
        settings.insert(variable::MEMORY_EXPIRES, true.to_string());
    }
    if environment.prompt.scope == Scope::Any {
        settings.insert(variable::PROMPT_SCOPE, scope::ANY.to_owned());
    }
    match &environment.model {
        Model::Builtin => drop(settings.insert(variable::AI_PROVIDER, provider::BUILTIN.to_owned())),
        Model::Bedrock(id) => {
            settings.insert(variable::AI_PROVIDER, provider::BEDROCK.to_owned());
            settings.insert(variable::BEDROCK_MODEL_ID, id.full(&environment.region));
        }
        Model::OpenAi { id, base_url } => {
            settings.insert(variable::AI_PROVIDER, provider::OPENAI.to_owned());
            settings.insert(variable::OPENAI_MODEL, id.clone());
            settings.extend(base_url.as_ref().map(|url| (variable::OPENAI_BASE_URL, url.to_string())));
        }
    }
    if let Some(budget) = &environment.budget {
        settings.insert(variable::BUDGET_MONTHLY_USD, f64::from(budget.monthly_usd).to_string());
        let price =
            budget.price.map(|price| format!("{},{}", f64::from(price.input), f64::from(price.output)));
        settings.extend(price.map(|price| (variable::BUDGET_PRICE, price)));
    }
    if !environment.api.cors_origins.is_empty() {
        let origins: Vec<_> = environment.api.cors_origins.iter().map(ToString::to_string).collect();
        settings.insert(variable::CORS_ORIGINS, origins.join(","));
    }
    settings.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Overrides, load};

    fn environment(more: &str) -> Environment {
        let folder = tempfile::tempdir().unwrap();
        let text = format!("project: twin\nenvironment: home\ntarget: local\n{more}");
        std::fs::write(folder.path().join("home.yaml"), text).unwrap();
        load(folder.path(), "home", &Overrides::default()).unwrap()
    }

    #[test]
    fn a_budget_of_a_model_with_a_price_is_a_variable() {
        let openai = "model: { source: openai, id: gpt-4o-mini }\n";
        let own = "model: { source: openai, id: m, base_url: \"http://localhost:1/v1\" }\n";
        let price = "price: { input: 0.25, output: 2 }";
        let cases = [
            (openai.to_owned(), [None, None]),
            (format!("{openai}budget: {{ monthly_usd: 5 }}\n"), [Some("5"), None]),
            (format!("{openai}budget: {{ monthly_usd: 0.50 }}\n"), [Some("0.5"), None]),
            (format!("{own}budget: {{ monthly_usd: 5, {price} }}\n"), [Some("5"), Some("0.25,2")]),
            ("budget: { monthly_usd: 5 }\n".to_owned(), [None, None]),
        ];
        for (more, expected) in cases {
            let settings = settings(&environment(&more));
            let variables = [variable::BUDGET_MONTHLY_USD, variable::BUDGET_PRICE];
            assert_eq!(variables.map(|name| settings.get(name).map(String::as_str)), expected, "{more}");
        }
    }

    #[test]
    fn only_a_scope_that_is_not_the_default_is_a_variable() {
        for (more, expected) in
            [("", None), ("prompt: { scope: owner }\n", None), ("prompt: { scope: any }\n", Some("any"))]
        {
            let settings = settings(&environment(more));
            assert_eq!(settings.get(variable::PROMPT_SCOPE).map(String::as_str), expected, "{more}");
        }
    }
}
