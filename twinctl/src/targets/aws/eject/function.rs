//! The function with its role, log groups, alias and API key.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_iam::types::{Role, Tag};
use aws_sdk_lambda::{
    operation::get_function::GetFunctionOutput,
    types::{Architecture, FunctionConfiguration},
};
use futures_util::future::try_join_all;
use reconcile::Fault;
use serde_json::{Value, json};

use super::hcl::{Body, Resource, parsed};
use crate::targets::aws::{
    Cloud, SdkResult,
    names::{LIVE, Names},
    resources::iam,
};

/// The code, which `aws lambda get-function` can save.
const CODE: &str = "function.zip";
const MISSING: &[&str] = &["ResourceNotFoundException"];

/// Returns a log group, if it exists.
pub(super) async fn log_group(
    cloud: &Cloud,
    label: &'static str,
    name: &str,
    arn: String,
) -> Result<Option<Resource>, Fault> {
    let (groups, tags) = tokio::join!(
        cloud.logs.describe_log_groups().log_group_name_prefix(name).send(),
        cloud.logs.list_tags_for_resource().resource_arn(&arn).send()
    );
    let groups = groups.fault("logs:DescribeLogGroups")?.log_groups.unwrap_or_default();
    let Some(group) = groups.into_iter().find(|group| group.log_group_name.as_deref() == Some(name)) else {
        return Ok(None);
    };
    let tags = tags.fault("logs:ListTagsForResource")?.tags;
    let body = Body::new()
        .set("name", name)
        .set_some("retention_in_days", group.retention_in_days)
        .set("tags", sorted(tags));
    let resource = Resource::new("aws_cloudwatch_log_group", label, name, body);
    Ok(Some(resource.provides("name", name).provides("arn", arn)))
}

/// Returns the function's role with its policies.
pub(super) async fn role(cloud: &Cloud, name: &str) -> Result<Vec<Resource>, Fault> {
    let (role, inline, attached) = tokio::join!(
        cloud.iam.get_role().role_name(name).send(),
        cloud
            .iam
            .list_role_policies()
            .role_name(name)
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>(),
        cloud
            .iam
            .list_attached_role_policies()
            .role_name(name)
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>(),
    );
    let Some(role) = role.fault("iam:GetRole")?.role else { return Ok(Vec::new()) };
    let inline = inline.fault("iam:ListRolePolicies")?;
    let policies = try_join_all(inline.iter().map(|policy| inline_policy(cloud, name, policy))).await?;
    let attached = attached.fault("iam:ListAttachedRolePolicies")?;
    let attached = attached.into_iter().filter_map(|policy| policy.policy_arn).map(|arn| {
        let label = label_of(arn.rsplit('/').next().unwrap_or(&arn));
        let body = Body::new().set("role", name).set("policy_arn", arn.clone());
        Resource::new("aws_iam_role_policy_attachment", label, format!("{name}/{arn}"), body)
    });
    Ok(std::iter::once(role_resource(&role)).chain(policies).chain(attached).collect())
}

fn role_resource(role: &Role) -> Resource {
    let tags: BTreeMap<_, _> = role.tags().iter().map(|tag: &Tag| (tag.key(), tag.value())).collect();
    let boundary = role.permissions_boundary().and_then(|boundary| boundary.permissions_boundary_arn());
    let trust = role.assume_role_policy_document.as_deref().unwrap_or_default();
    let body = Body::new()
        .set("name", role.role_name())
        .set_some("description", role.description())
        .set_some("max_session_duration", role.max_session_duration)
        .set_some("permissions_boundary", boundary)
        .document("assume_role_policy", iam::document(trust))
        .set("tags", json!(tags));
    let resource = Resource::new("aws_iam_role", "function", role.role_name(), body);
    resource.provides("name", role.role_name()).provides("arn", role.arn())
}

async fn inline_policy(cloud: &Cloud, role: &str, name: &str) -> Result<Resource, Fault> {
    let policy = cloud.iam.get_role_policy().role_name(role).policy_name(name).send().await;
    let document = iam::document(&policy.fault("iam:GetRolePolicy")?.policy_document);
    let body = Body::new().set("name", name).set("role", role).document("policy", document);
    Ok(Resource::new("aws_iam_role_policy", label_of(name), format!("{role}:{name}"), body))
}

/// Returns the function and its alias with its permissions.
pub(super) async fn function(cloud: &Cloud, names: &Names) -> Result<Vec<Resource>, Fault> {
    let (lambda, name) = (&cloud.lambda, &names.function);
    let (function, alias, policy) = tokio::join!(
        lambda.get_function().function_name(name).send(),
        lambda.get_alias().function_name(name).name(LIVE).send(),
        lambda.get_policy().function_name(name).qualifier(LIVE).send(),
    );
    let function = function_resource(names, function.fault("lambda:GetFunction")?);
    let alias = alias.fault("lambda:GetAlias")?;
    let weights = alias.routing_config.and_then(|routing| routing.additional_version_weights);
    let weights = weights
        .filter(|weights| !weights.is_empty())
        .map(|weights| Body::new().set("additional_version_weights", sorted(Some(weights))));
    let body = Body::new()
        .set("name", LIVE)
        .set("function_name", &**name)
        .set_some("function_version", alias.function_version)
        .set_some("description", alias.description)
        .blocks("routing_config", weights);
    let alias = Resource::new("aws_lambda_alias", LIVE, format!("{name}/{LIVE}"), body);
    let alias = alias.provides("arn", names.live_arn());
    let policy = policy.found("lambda:GetPolicy", MISSING)?.and_then(|found| found.policy);
    let policy = parsed(&policy.unwrap_or_default());
    let statements = policy["Statement"].as_array().into_iter().flatten();
    let permissions = statements.filter_map(|statement| permission(name, statement));
    Ok([function, alias].into_iter().chain(permissions).collect())
}

fn function_resource(names: &Names, function: GetFunctionOutput) -> Resource {
    let reserved = function.concurrency.and_then(|concurrency| concurrency.reserved_concurrent_executions);
    let settings = function.configuration.unwrap_or_else(|| FunctionConfiguration::builder().build());
    let variables = settings.environment.and_then(|environment| environment.variables);
    let logging = settings.logging_config.map(|logging| {
        Body::new()
            .set_some("log_format", logging.log_format.map(|format| format.as_str().to_owned()))
            .set_some("log_group", logging.log_group)
    });
    let architectures: Vec<_> = settings.architectures.iter().flatten().map(Architecture::as_str).collect();
    let body = Body::new()
        .set("function_name", &*names.function)
        .set_some("role", settings.role)
        .set_some("handler", settings.handler)
        .set_some("runtime", settings.runtime.map(|runtime| runtime.as_str().to_owned()))
        .set("architectures", json!(architectures))
        .set_some("memory_size", settings.memory_size)
        .set_some("timeout", settings.timeout)
        .set_some("reserved_concurrent_executions", reserved)
        .set("filename", CODE)
        .set("publish", true)
        .set("tags", sorted(function.tags))
        .blocks(
            "environment",
            variables.map(|variables| Body::new().set("variables", sorted(Some(variables)))),
        )
        .blocks("logging_config", logging);
    let resource = Resource::new("aws_lambda_function", "function", &*names.function, body);
    resource
        .provides("function_name", &*names.function)
        .provides("arn", names.function_arn())
        .unread(&["filename", "publish"])
}

/// Returns a statement of the alias's policy.
fn permission(function: &str, statement: &Value) -> Option<Resource> {
    let id = statement["Sid"].as_str()?;
    let principal = statement["Principal"]["Service"].as_str().or(statement["Principal"].as_str())?;
    let condition = &statement["Condition"];
    let source = condition["ArnLike"]["AWS:SourceArn"].as_str();
    let account = condition["StringEquals"]["AWS:SourceAccount"].as_str();
    let body = Body::new()
        .set("statement_id", id)
        .set("action", statement["Action"].as_str()?)
        .set("function_name", function)
        .set("qualifier", LIVE)
        .set("principal", principal)
        .set_some("source_arn", source)
        .set_some("source_account", account);
    Some(Resource::new("aws_lambda_permission", label_of(id), format!("{function}:{LIVE}/{id}"), body))
}

/// Returns the secret with the API key, if there is one. Its value stays outside.
pub(super) async fn secret(cloud: &Cloud, name: &str) -> Result<Option<Resource>, Fault> {
    let found = cloud.secrets.describe_secret().secret_id(name).send().await;
    let found = found.found("secretsmanager:DescribeSecret", MISSING)?;
    let Some(secret) = found.filter(|secret| secret.deleted_date.is_none()) else { return Ok(None) };
    let tags = secret.tags.unwrap_or_default().into_iter();
    let tags: BTreeMap<_, _> = tags.filter_map(|tag| Some((tag.key?, tag.value?))).collect();
    let arn = secret.arn.unwrap_or_default();
    let body = Body::new().set("name", name).set_some("description", secret.description);
    let body = body.set("tags", json!(tags));
    let resource = Resource::new("aws_secretsmanager_secret", "key", &*arn, body).provides("arn", &*arn);
    Ok(Some(resource.unread(&["force_overwrite_replica_secret", "recovery_window_in_days"])))
}

pub(super) fn sorted<V: serde::Serialize>(map: Option<HashMap<String, V>>) -> Value {
    json!(map.unwrap_or_default().into_iter().collect::<BTreeMap<_, _>>())
}

/// Returns a name for a resource of Terraform.
pub(super) fn label_of(name: &str) -> String {
    let label: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    if label.starts_with(|c: char| c.is_ascii_digit()) { format!("_{label}") } else { label }
}
