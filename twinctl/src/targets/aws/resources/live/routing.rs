//! The calls that read and change where the alias sends its calls.

use std::collections::BTreeMap;

use aws_sdk_lambda::{operation::get_alias::GetAliasOutput, types::AliasRoutingConfiguration};
use reconcile::Fault;

use crate::targets::aws::{Cloud, SdkResult, names::LIVE};

const MISSING: &[&str] = &["ResourceNotFoundException"];

/// The share of the calls that go to other versions, by their numbers.
pub(super) type Weights = BTreeMap<String, f64>;

/// Moves the alias to `version`, without weights for other versions.
pub async fn move_alias(cloud: &Cloud, function: &str, version: &str) -> Result<(), Fault> {
    route(cloud, function, version, Weights::new()).await
}

/// Moves the alias to `version`, with these weights for other versions.
pub(super) async fn route(
    cloud: &Cloud,
    function: &str,
    version: &str,
    weights: Weights,
) -> Result<(), Fault> {
    let update = cloud.lambda.update_alias().function_name(function).name(LIVE).function_version(version);
    let routing = AliasRoutingConfiguration::builder();
    let routing = routing.set_additional_version_weights(Some(weights.into_iter().collect()));
    update.routing_config(routing.build()).send().await.fault("lambda:UpdateAlias").map(drop)
}

/// Removes the weights of other versions. Returns whether the alias had any.
pub async fn remove_weights(cloud: &Cloud, function: &str) -> Result<bool, Fault> {
    match alias(cloud, function).await? {
        Some(alias) if !weights(&alias).is_empty() => {
            move_alias(cloud, function, alias.function_version().unwrap_or_default()).await?;
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// Returns the weights of other versions.
pub(super) fn weights(alias: &GetAliasOutput) -> Weights {
    let routing = alias.routing_config().and_then(AliasRoutingConfiguration::additional_version_weights);
    routing.into_iter().flatten().map(|(version, weight)| (version.clone(), *weight)).collect()
}

/// Returns the alias, or `None` if it does not exist.
pub(super) async fn alias(cloud: &Cloud, function: &str) -> Result<Option<GetAliasOutput>, Fault> {
    let alias = cloud.lambda.get_alias().function_name(function).name(LIVE).send().await;
    alias.found("lambda:GetAlias", MISSING)
}
