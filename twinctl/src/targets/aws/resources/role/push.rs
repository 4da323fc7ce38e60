//! Implements `converge` for an existing role. The calls are made one after the other, because IAM refuses concurrent
//! changes of the same role.

use std::collections::BTreeSet;

use reconcile::Fault;
use serde_json::Value;

use super::{MAX_SESSION_S, POLICY, Role, RoleActual, RoleDesired};
use crate::targets::aws::{
    Cloud, SdkResult,
    resources::iam::{self, MISSING},
};

impl Role {
    /// Writes the settings that differ.
    pub(super) async fn update(
        &self,
        cloud: &Cloud,
        desired: &RoleDesired,
        actual: &RoleActual,
    ) -> Result<(), Fault> {
        let wanted = self.wanted(desired, Some(actual));
        let name = self.name.as_str();
        // The boundary comes first: CI can only write the rest if it is set.
        self.update_boundary(cloud, wanted.boundary.as_deref(), actual).await?;
        if actual.trust != wanted.trust {
            let put = cloud.iam.update_assume_role_policy().role_name(name);
            let put = put.policy_document(desired.trust.to_string()).send().await;
            put.fault("iam:UpdateAssumeRolePolicy")?;
        }
        if (&actual.description, actual.max_session_s) != (&wanted.description, wanted.max_session_s) {
            // Sends both members, because a missing one is left unchanged.
            let put = cloud.iam.update_role().role_name(name).description(&desired.description);
            put.max_session_duration(MAX_SESSION_S).send().await.fault("iam:UpdateRole")?;
        }
        for arn in wanted.attached.difference(&actual.attached) {
            let attach = cloud.iam.attach_role_policy().role_name(name).policy_arn(arn).send().await;
            attach.fault("iam:AttachRolePolicy")?;
        }
        // After the attached policies, which replace the inline policy of earlier versions, so that a job that is running
        // loses no permission.
        if actual.policy != wanted.policy {
            self.update_policy(cloud, desired.policy.as_ref()).await?;
        }
        self.remove_policies(cloud, actual, &wanted.attached, &wanted.inline).await?;
        self.update_tags(cloud, actual).await
    }

    async fn update_boundary(
        &self,
        cloud: &Cloud,
        wanted: Option<&str>,
        actual: &RoleActual,
    ) -> Result<(), Fault> {
        if actual.boundary.as_deref() == wanted {
            return Ok(());
        }
        let Some(arn) = wanted else {
            let delete = cloud.iam.delete_role_permissions_boundary().role_name(&self.name).send().await;
            return delete.done("iam:DeleteRolePermissionsBoundary", MISSING);
        };
        let put = cloud.iam.put_role_permissions_boundary().role_name(&self.name).permissions_boundary(arn);
        put.send().await.fault("iam:PutRolePermissionsBoundary").map(drop)
    }

    /// Removes all policies. IAM refuses to delete a role that has any.
    pub(super) async fn remove_all_policies(&self, cloud: &Cloud, actual: &RoleActual) -> Result<(), Fault> {
        self.remove_policies(cloud, actual, &BTreeSet::new(), &BTreeSet::new()).await?;
        if actual.policy.is_some() {
            self.remove_inline(cloud, POLICY).await?;
        }
        Ok(())
    }

    async fn update_policy(&self, cloud: &Cloud, wanted: Option<&Value>) -> Result<(), Fault> {
        let Some(policy) = wanted else { return self.remove_inline(cloud, POLICY).await };
        let put = cloud.iam.put_role_policy().role_name(&self.name).policy_name(POLICY);
        put.policy_document(policy.to_string()).send().await.fault("iam:PutRolePolicy").map(drop)
    }

    /// Removes all policies but our inline policy and those to keep.
    async fn remove_policies(
        &self,
        cloud: &Cloud,
        actual: &RoleActual,
        kept: &BTreeSet<String>,
        kept_inline: &BTreeSet<String>,
    ) -> Result<(), Fault> {
        for arn in actual.attached.difference(kept) {
            let detach = cloud.iam.detach_role_policy().role_name(&self.name).policy_arn(arn).send().await;
            detach.done("iam:DetachRolePolicy", MISSING)?;
        }
        for policy in actual.inline.difference(kept_inline) {
            self.remove_inline(cloud, policy).await?;
        }
        Ok(())
    }

    async fn remove_inline(&self, cloud: &Cloud, policy: &str) -> Result<(), Fault> {
        let delete = cloud.iam.delete_role_policy().role_name(&self.name).policy_name(policy).send().await;
        delete.done("iam:DeleteRolePolicy", MISSING)
    }

    async fn update_tags(&self, cloud: &Cloud, actual: &RoleActual) -> Result<(), Fault> {
        let tag = async |tags: Vec<_>| {
            let tag = cloud.iam.tag_role().role_name(&self.name).set_tags(Some(iam::tags(tags)));
            tag.send().await.fault("iam:TagRole")
        };
        let untag = async |keys| {
            let untag = cloud.iam.untag_role().role_name(&self.name).set_tag_keys(Some(keys));
            untag.send().await.fault("iam:UntagRole")
        };
        self.labels.write(&actual.tags, tag, untag).await
    }
}
