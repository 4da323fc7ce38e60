//! The function, its log group and the HTTP API: tags, and the alias of the function.

use std::collections::BTreeMap;

use reconcile::Fault;

use super::settings::{NONE, former_labels, own_tags};
use crate::targets::{
    aws::{
        Cloud, SdkResult,
        names::{LIVE, Names},
    },
    record::Former,
};

const ALIAS: &str = "alias live";
const RETENTION: &str = "retention";
const GONE: &[&str] = &["ResourceNotFoundException"];
const NO_API: &[&str] = &["NotFoundException"];

pub(super) async fn read(cloud: &Cloud, names: &Names) -> Result<Option<Former>, Fault> {
    let arn = names.function_arn();
    let (tags, alias) = tokio::join!(
        cloud.lambda.list_tags().resource(&arn).send(),
        cloud.lambda.get_alias().function_name(&names.function).name(LIVE).send(),
    );
    let Some(tags) = tags.found("lambda:ListTags", GONE)? else { return Ok(None) };
    let alias = alias.found("lambda:GetAlias", GONE)?.and_then(|alias| alias.function_version);
    Ok(Some(Former {
        id: names.function.clone(),
        tags: own_tags(tags.tags.unwrap_or_default()),
        settings: alias.map(|version| (ALIAS.to_owned(), version)).into_iter().collect(),
    }))
}

/// Moves an alias that existed before. One that twinctl created stays until the function's owner has changed the API, which uses
/// it.
pub(super) async fn restore(cloud: &Cloud, names: &Names, former: &Former) -> Result<Vec<String>, Fault> {
    let mut left = None;
    if let Some(version) = former.settings.get(ALIAS) {
        let update = cloud.lambda.update_alias().function_name(&former.id).name(LIVE);
        let moved = update.function_version(version).send().await.found("lambda:UpdateAlias", GONE)?;
        left = moved.is_none().then(|| {
            format!(
                "the alias `{LIVE}` was not moved back to version {version}, because one of them was deleted"
            )
        });
    }
    // The environment file may have other names by now.
    let arn = names.arn_of_function(&former.id);
    let tags = cloud.lambda.list_tags().resource(&arn).send().await.found("lambda:ListTags", GONE)?;
    let Some(tags) = tags else { return Ok(Vec::new()) };
    let tag = async |missing: Vec<(String, String)>| {
        let tag = cloud.lambda.tag_resource().resource(&arn).set_tags(Some(missing.into_iter().collect()));
        tag.send().await.fault("lambda:TagResource")
    };
    let untag = async |keys| {
        let untag = cloud.lambda.untag_resource().resource(&arn).set_tag_keys(Some(keys));
        untag.send().await.fault("lambda:UntagResource")
    };
    let actual = tags.tags.unwrap_or_default().into_iter().collect();
    former_labels(former).write(&actual, tag, untag).await?;
    Ok(left.into_iter().collect())
}

/// Returns the version to which the alias pointed.
pub(super) fn former_version(function: &Former) -> Option<u64> {
    function.settings.get(ALIAS)?.parse().ok()
}

pub(super) async fn read_log_group(cloud: &Cloud, names: &Names) -> Result<Option<Former>, Fault> {
    let name = &names.log_group;
    let described = cloud.logs.describe_log_groups().log_group_name_prefix(name).send().await;
    let described = described.fault("logs:DescribeLogGroups")?.log_groups.unwrap_or_default();
    let group = described.into_iter().find(|group| group.log_group_name.as_ref() == Some(name));
    let Some(group) = group else { return Ok(None) };
    let retention = group.retention_in_days.map_or_else(|| NONE.to_owned(), |days| days.to_string());
    Ok(Some(Former {
        id: name.clone(),
        tags: log_group_tags(cloud, &names.log_group_arn()).await?.unwrap_or_default(),
        settings: BTreeMap::from([(RETENTION.to_owned(), retention)]),
    }))
}

pub(super) async fn restore_log_group(cloud: &Cloud, names: &Names, former: &Former) -> Result<(), Fault> {
    let arn = names.arn_of_log_group(&former.id);
    let Some(actual) = log_group_tags(cloud, &arn).await? else { return Ok(()) };
    let retention = former.settings.get(RETENTION).map(|days| days.parse().ok());
    match retention {
        Some(Some(days)) => {
            let put = cloud.logs.put_retention_policy().log_group_name(&former.id).retention_in_days(days);
            put.send().await.done("logs:PutRetentionPolicy", GONE)?;
        }
        Some(None) => {
            let delete = cloud.logs.delete_retention_policy().log_group_name(&former.id);
            delete.send().await.done("logs:DeleteRetentionPolicy", GONE)?;
        }
        None => {}
    }
    let tag = async |missing: Vec<(String, String)>| {
        let tag = cloud.logs.tag_resource().resource_arn(&arn).set_tags(Some(missing.into_iter().collect()));
        tag.send().await.fault("logs:TagResource")
    };
    let untag = async |keys| {
        let untag = cloud.logs.untag_resource().resource_arn(&arn).set_tag_keys(Some(keys));
        untag.send().await.fault("logs:UntagResource")
    };
    former_labels(former).write(&actual, tag, untag).await
}

async fn log_group_tags(cloud: &Cloud, arn: &str) -> Result<Option<BTreeMap<String, String>>, Fault> {
    let list = cloud.logs.list_tags_for_resource().resource_arn(arn).send().await;
    let tags = list.found("logs:ListTagsForResource", GONE)?;
    Ok(tags.map(|response| own_tags(response.tags.unwrap_or_default())))
}

pub(super) async fn read_api(cloud: &Cloud, name: &str) -> Result<Option<Former>, Fault> {
    let apis = cloud.api.get_apis().max_results("500").send().await.fault("apigateway:GetApis")?;
    let api = apis.items.unwrap_or_default().into_iter().find(|api| api.name.as_deref() == Some(name));
    Ok(api.map(|api| Former {
        id: api.api_id.unwrap_or_default(),
        tags: own_tags(api.tags.unwrap_or_default()),
        settings: BTreeMap::new(),
    }))
}

pub(super) async fn restore_api(cloud: &Cloud, names: &Names, former: &Former) -> Result<(), Fault> {
    let api = cloud.api.get_api().api_id(&former.id).send().await.found("apigateway:GetApi", NO_API)?;
    let Some(api) = api else { return Ok(()) };
    let arn = names.api_arn(&former.id);
    let tag = async |missing: Vec<(String, String)>| {
        let tag = cloud.api.tag_resource().resource_arn(&arn).set_tags(Some(missing.into_iter().collect()));
        tag.send().await.fault("apigateway:TagResource")
    };
    let untag = async |keys| {
        let untag = cloud.api.untag_resource().resource_arn(&arn).set_tag_keys(Some(keys));
        untag.send().await.fault("apigateway:UntagResource")
    };
    let actual = api.tags.unwrap_or_default().into_iter().collect();
    former_labels(former).write(&actual, tag, untag).await
}
