//! The inputs of the graph that depend on recorded releases, and the settings that a release records.

use std::collections::BTreeSet;

use crate::{
    spec::Environment,
    targets::{
        Part,
        aws::{
            json_calls::JsonClient,
            model::{self, Lookup},
            names::Names,
            stack::{AwsSetup, Restored, StackContext, Unrestored},
        },
        record::{Birth, Feature, KnownDomain, OriginSecrets, Record},
        rollback::Rollback,
    },
    ui::Diagnostic,
};

/// Returns the rollback that the run makes, if it makes one.
pub(super) fn restored(
    part: Part<'_>,
    seen: Option<&Record>,
    environment: &Environment,
    client: aws_sdk_lambda::Client,
) -> Result<Option<Restored>, Diagnostic> {
    let Part::Release { id, with_data } = part else { return Ok(None) };
    let rollback = Rollback::of(seen, id, with_data, environment)?;
    let has_usage_table = seen.is_some_and(|record| record.features.contains(&Feature::Budget));
    Restored::of(rollback, client, has_usage_table).map(Some)
}

/// Returns the origin secrets of the environment.
pub(super) fn origin(birth: &Birth, seen: Option<&Record>) -> OriginSecrets {
    let next = seen.and_then(|record| record.next_origin_secret.clone());
    OriginSecrets::new(birth.origin_secret.clone(), next)
}

/// Returns the domains that the graph includes.
pub(super) fn domains(environment: &Environment, context: &StackContext) -> BTreeSet<KnownDomain> {
    context.domains.iter().cloned().chain(environment.domain.as_ref().map(Into::into)).collect()
}

/// Reads the inference profile of the model.
pub(super) async fn profile(
    config: &aws_config::SdkConfig,
    model_id: Option<String>,
) -> Option<(String, Lookup)> {
    let id = model_id?;
    let lookup = model::read_profile(&JsonClient::bedrock(config), &id).await;
    Some((id, lookup))
}

/// Returns the models that the function may invoke.
pub(super) fn model_arns(names: &Names, model: Option<&(String, Lookup)>) -> Vec<String> {
    let arns = model.map(|(id, lookup)| model::arns(&names.region, &names.account, id, lookup));
    arns.unwrap_or_default()
}

/// Returns the settings that a release records besides its version.
pub(super) fn setup(environment: &Environment, context: &StackContext) -> AwsSetup {
    if let Some(restored) = &context.restored {
        return restored.setup();
    }
    let throttle = environment.api.throttle;
    AwsSetup {
        burst: throttle.burst,
        rate: throttle.rate,
        frame_ancestors: environment.web.frame_ancestors.iter().map(ToString::to_string).collect(),
        model_arns: context.model_arns.iter().cloned().collect(),
        memory_expires: environment.memory.expire_after_days.is_some(),
        budget: environment.budget.is_some(),
        key_arn: None,
        host: None,
        hostname: None,
        unrestored: Some(Unrestored::of(environment)),
    }
}
