//! The role of the function: tags, trust policy, inline and attached policies.

use std::collections::BTreeMap;

use reconcile::Fault;

use super::settings::{former_labels, own_tags};
use crate::targets::{
    aws::{
        Cloud, SdkResult,
        resources::{
            USAGE_POLICY,
            iam::{MISSING, decoded, tags},
        },
    },
    record::Former,
};

const TRUST: &str = "trust policy";
const INLINE: &str = "inline policy ";
const ATTACHED: &str = "attached policy ";
const DESCRIPTION: &str = "description";

pub(super) async fn read(cloud: &Cloud, name: &str) -> Result<Option<Former>, Fault> {
    let role = cloud.iam.get_role().role_name(name).send().await.found("iam:GetRole", MISSING)?;
    let Some(role) = role.and_then(|response| response.role) else { return Ok(None) };
    let mut settings = BTreeMap::new();
    let trust = role.assume_role_policy_document.as_deref().map(decoded);
    settings.extend(trust.map(|trust| (TRUST.to_owned(), trust)));
    settings.insert(DESCRIPTION.to_owned(), role.description.unwrap_or_default());
    for inline in inline_policies(cloud, name).await? {
        let get = cloud.iam.get_role_policy().role_name(name).policy_name(&inline).send().await;
        let document = decoded(&get.fault("iam:GetRolePolicy")?.policy_document);
        settings.insert(format!("{INLINE}{inline}"), document);
    }
    for arn in attached_policies(cloud, name).await? {
        settings.insert(format!("{ATTACHED}{arn}"), arn);
    }
    let tags = own_tags(role.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)));
    Ok(Some(Former { id: name.to_owned(), tags, settings }))
}

/// Policies are added before ours are removed, so that the function loses no permission that it needs.
pub(super) async fn restore(cloud: &Cloud, former: &Former) -> Result<(), Fault> {
    let name = former.id.as_str();
    let role = cloud.iam.get_role().role_name(name).send().await.found("iam:GetRole", MISSING)?;
    let Some(role) = role.and_then(|response| response.role) else { return Ok(()) };
    let settings = &former.settings;
    if let Some(trust) = settings.get(TRUST) {
        let put = cloud.iam.update_assume_role_policy().role_name(name).policy_document(trust);
        put.send().await.fault("iam:UpdateAssumeRolePolicy")?;
    }
    if let Some(description) = settings.get(DESCRIPTION) {
        let put = cloud.iam.update_role().role_name(name).description(description);
        put.send().await.fault("iam:UpdateRole")?;
    }
    for (setting, value) in settings {
        if let Some(inline) = setting.strip_prefix(INLINE) {
            let put = cloud.iam.put_role_policy().role_name(name).policy_name(inline);
            put.policy_document(value).send().await.fault("iam:PutRolePolicy")?;
        } else if setting.starts_with(ATTACHED) {
            let attach = cloud.iam.attach_role_policy().role_name(name).policy_arn(value);
            attach.send().await.fault("iam:AttachRolePolicy")?;
        }
    }
    remove_others(cloud, former).await?;
    let actual = role.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)).collect();
    let tag = async |missing: Vec<(String, String)>| {
        let tag = cloud.iam.tag_role().role_name(name).set_tags(Some(tags(missing)));
        tag.send().await.fault("iam:TagRole")
    };
    let untag = async |keys| {
        let untag = cloud.iam.untag_role().role_name(name).set_tag_keys(Some(keys));
        untag.send().await.fault("iam:UntagRole")
    };
    former_labels(former).write(&actual, tag, untag).await
}

async fn remove_others(cloud: &Cloud, former: &Former) -> Result<(), Fault> {
    let name = former.id.as_str();
    // Until the other tool has replaced the function's code, it counts its costs in the usage table.
    let is_known = |prefix: &str, policy: &str| {
        former.settings.contains_key(&format!("{prefix}{policy}")) || policy == USAGE_POLICY
    };
    for inline in inline_policies(cloud, name).await?.iter().filter(|inline| !is_known(INLINE, inline)) {
        let delete = cloud.iam.delete_role_policy().role_name(name).policy_name(inline);
        delete.send().await.done("iam:DeleteRolePolicy", MISSING)?;
    }
    for arn in attached_policies(cloud, name).await?.iter().filter(|arn| !is_known(ATTACHED, arn)) {
        let detach = cloud.iam.detach_role_policy().role_name(name).policy_arn(arn);
        detach.send().await.done("iam:DetachRolePolicy", MISSING)?;
    }
    Ok(())
}

async fn inline_policies(cloud: &Cloud, name: &str) -> Result<Vec<String>, Fault> {
    let list = cloud.iam.list_role_policies().role_name(name).into_paginator().items().send();
    list.collect::<Result<_, _>>().await.fault("iam:ListRolePolicies")
}

async fn attached_policies(cloud: &Cloud, name: &str) -> Result<Vec<String>, Fault> {
    let list = cloud.iam.list_attached_role_policies().role_name(name).into_paginator().items().send();
    let all: Vec<_> = list.collect::<Result<_, _>>().await.fault("iam:ListAttachedRolePolicies")?;
    Ok(all.into_iter().filter_map(|policy| policy.policy_arn).collect())
}
