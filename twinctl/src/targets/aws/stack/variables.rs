//! The environment variables of twin-lambda.

use std::collections::BTreeMap;

use contract::variable;

use crate::{
    artifacts::settings::settings,
    spec::Environment,
    system::hash,
    targets::{
        aws::names::Names,
        record::{Birth, OriginSecrets},
    },
};

/// Adds the ARN of the API key to the variables. The key itself would be visible to everyone who may read the
/// function.
pub(super) fn with_key(
    mut variables: BTreeMap<String, String>,
    arn: Option<String>,
) -> BTreeMap<String, String> {
    variables.extend(arn.map(|arn| ("OPENAI_SECRET_ARN".to_owned(), arn)));
    variables
}

/// Adds the ID of the function's role. If the role was deleted and created again, the function keeps a KMS grant of the old
/// one and cannot decrypt its variables. Another ID makes the function's configuration and its next version differ, so Lambda
/// creates a new grant, also if a run was killed after it had created the role.
pub(super) fn with_role(
    mut variables: BTreeMap<String, String>,
    id: Option<String>,
) -> BTreeMap<String, String> {
    variables.insert("ROLE_ID".to_owned(), id.unwrap_or_else(|| "of the new role".to_owned()));
    variables
}

/// Adds the hashes of the origin secrets that the function accepts.
pub(super) fn with_origin(
    mut variables: BTreeMap<String, String>,
    origin: Option<&OriginSecrets>,
) -> BTreeMap<String, String> {
    if let Some(origin) = origin {
        let hashes: Vec<_> = origin.accepted().iter().map(|secret| hash::sha256(secret.as_str())).collect();
        variables.insert("ORIGIN_SECRET_HASHES".to_owned(), hashes.join(","));
    }
    variables
}

/// Returns the environment variables of twin-lambda.
pub(super) fn variables(
    environment: &Environment,
    names: &Names,
    birth: &Birth,
    endpoint_url: Option<&str>,
) -> BTreeMap<String, String> {
    let mut variables = settings(environment);
    let mut set = |name: &str, value: &str| drop(variables.insert(name.to_owned(), value.to_owned()));
    set("MEMORY_BUCKET", &names.memory_bucket);
    set("PERSONAL_DATA_BUCKET", &names.data_bucket);
    set("USE_S3", "true");
    if environment.budget.is_some() {
        set(variable::USAGE_TABLE, &names.usage_table);
    }
    // Without CloudFront in front, the function cannot tell visitors apart.
    if !environment.api.direct_access {
        set(variable::VISITOR_SALT, &birth.visitor_salt());
    }
    if let Some(url) = endpoint_url {
        set("AWS_ENDPOINT_URL", url);
    }
    variables
}
