//! The writes to a role that exists, one after the other: IAM refuses two at once on the same role.

use aws_sdk_iam::types::Tag;
use reconcile::Fault;
use serde_json::Value;

use super::{
    resource::{DESCRIPTION, MAX_SESSION_S, MISSING, POLICY, Role, RoleActual},
    rights::trust,
};
use crate::aws::{Answer, Cloud};

impl Role {
    /// Writes what differs.
    pub(super) async fn update(
        &self,
        cloud: &Cloud,
        policy: &Value,
        actual: &RoleActual,
    ) -> Result<(), Fault> {
        let wanted = self.wanted(Some(policy));
        let name = self.name.as_str();
        if actual.trust != wanted.trust {
            let put = cloud.iam.update_assume_role_policy().role_name(name);
            let put = put.policy_document(trust().to_string()).send().await;
            put.fault("iam:UpdateAssumeRolePolicy")?;
        }
        if actual.policy != wanted.policy {
            let put = cloud.iam.put_role_policy().role_name(name).policy_name(POLICY);
            put.policy_document(policy.to_string()).send().await.fault("iam:PutRolePolicy")?;
        }
        if (&actual.description, actual.max_session_s) != (&wanted.description, wanted.max_session_s) {
            // Both: an update merges, so what is left out stays as it is.
            let put = cloud.iam.update_role().role_name(name).description(DESCRIPTION);
            put.max_session_duration(MAX_SESSION_S).send().await.fault("iam:UpdateRole")?;
        }
        if actual.boundary.is_some() {
            let delete = cloud.iam.delete_role_permissions_boundary().role_name(name).send().await;
            delete.done("iam:DeleteRolePermissionsBoundary", MISSING)?;
        }
        self.remove_policies(cloud, actual).await?;
        self.update_tags(cloud, actual).await
    }

    /// Takes off what a role must not have when it is deleted.
    pub(super) async fn strip(&self, cloud: &Cloud, actual: &RoleActual) -> Result<(), Fault> {
        self.remove_policies(cloud, actual).await?;
        if actual.policy.is_some() {
            self.remove_inline(cloud, POLICY).await?;
        }
        Ok(())
    }

    /// Every policy but ours.
    async fn remove_policies(&self, cloud: &Cloud, actual: &RoleActual) -> Result<(), Fault> {
        for arn in &actual.attached {
            let detach = cloud.iam.detach_role_policy().role_name(&self.name).policy_arn(arn).send().await;
            detach.done("iam:DetachRolePolicy", MISSING)?;
        }
        for policy in &actual.inline {
            self.remove_inline(cloud, policy).await?;
        }
        Ok(())
    }

    async fn remove_inline(&self, cloud: &Cloud, policy: &str) -> Result<(), Fault> {
        let delete = cloud.iam.delete_role_policy().role_name(&self.name).policy_name(policy).send().await;
        delete.done("iam:DeleteRolePolicy", MISSING)
    }

    async fn update_tags(&self, cloud: &Cloud, actual: &RoleActual) -> Result<(), Fault> {
        if !self.labels.missing(&actual.tags).is_empty() {
            let tag = cloud.iam.tag_role().role_name(&self.name).set_tags(Some(self.tags()));
            tag.send().await.fault("iam:TagRole")?;
        }
        let superfluous = self.labels.superfluous(&actual.tags);
        if !superfluous.is_empty() {
            let untag = cloud.iam.untag_role().role_name(&self.name).set_tag_keys(Some(superfluous));
            untag.send().await.fault("iam:UntagRole")?;
        }
        Ok(())
    }

    pub(super) fn tags(&self) -> Vec<Tag> {
        // A tag is only refused without key or value.
        self.labels.iter().flat_map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
    }
}
