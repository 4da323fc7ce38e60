//! The credentials of a local twin for its model.

use std::{collections::BTreeMap, path::Path};

use contract::variable::OPENAI_API_KEY;

use crate::{
    spec::{Environment, Model, Options},
    system::{hash, host},
    targets::{
        local::{
            gateway::{Credentials, Secrets, TwinFolder},
            key_file,
        },
        record::Birth,
    },
};

/// Returns where the backend finds its credentials.
pub(super) fn credentials(
    options: &Options,
    environment: &Environment,
    folder: &TwinFolder,
    root: &Path,
) -> Credentials {
    match &environment.model {
        Model::Builtin => Credentials::None,
        Model::OpenAi { .. } => {
            Credentials::OpenAiKey { files: vec![key_file::path(folder), key_file::dotenv(root)] }
        }
        Model::Bedrock(_) => Credentials::Aws {
            profile: environment.profile.as_ref().map(ToString::to_string),
            only_profile: options.overrides.profile.is_some(),
            region: environment.region.to_string(),
            assume_role: environment.assume_role.as_ref().map(ToString::to_string),
            endpoint_url: options.endpoint_url.clone(),
        },
    }
}

/// Returns the secrets that are passed in memory.
pub(super) fn secrets(credentials: &Credentials) -> Secrets {
    let Credentials::OpenAiKey { .. } = credentials else { return Secrets::default() };
    let key = host::variable(OPENAI_API_KEY).map(|key| (OPENAI_API_KEY.to_owned(), key));
    Secrets(BTreeMap::from_iter(key))
}

/// Returns a salted hash of the secrets, by which a change is detected.
pub(super) fn fingerprint(secrets: &Secrets, birth: &Birth) -> String {
    let salted: Vec<_> = secrets.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
    if salted.is_empty() {
        return String::new();
    }
    hash::sha256(format!("{} {}", birth.origin_secret.as_str(), salted.join("\n")))
}
