//! A managed policy: attached to one or several roles, or a role's permissions boundary.

use std::collections::BTreeMap;

use reconcile::{Change, Changes, Fault, Ownership, Pushed, Removed, Resource};
use serde_json::Value;

use super::iam::{self, MISSING};
use crate::targets::aws::{Cloud, Labels, SdkResult, Statements};

#[derive(Debug)]
pub struct ManagedPolicy {
    name: String,
    arn: String,
    labels: Labels,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ManagedPolicyDesired {
    pub policy: Value,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagedPolicyActual {
    policy: Statements,
    /// Versions that are not the default. IAM allows five versions in total.
    old_versions: Vec<String>,
    tags: BTreeMap<String, String>,
}

impl ManagedPolicy {
    pub fn new(name: impl Into<String>, arn: impl Into<String>, labels: Labels) -> Self {
        Self { name: name.into(), arn: arn.into(), labels }
    }

    async fn create(&self, cloud: &Cloud, desired: &ManagedPolicyDesired) -> Result<(), Fault> {
        let create = cloud.iam.create_policy().policy_name(&self.name);
        let create = create.policy_document(desired.policy.to_string());
        let create = create.set_tags(Some(iam::tags(self.labels.iter())));
        create.send().await.fault("iam:CreatePolicy").map(drop)
    }

    async fn update(
        &self,
        cloud: &Cloud,
        desired: &ManagedPolicyDesired,
        actual: &ManagedPolicyActual,
    ) -> Result<(), Fault> {
        self.delete_old_versions(cloud, actual).await?;
        if actual.policy != Statements::new(&desired.policy) {
            let create = cloud.iam.create_policy_version().policy_arn(&self.arn).set_as_default(true);
            let create = create.policy_document(desired.policy.to_string()).send().await;
            create.fault("iam:CreatePolicyVersion")?;
        }
        let tag = async |tags: Vec<_>| {
            let tag = cloud.iam.tag_policy().policy_arn(&self.arn).set_tags(Some(iam::tags(tags)));
            tag.send().await.fault("iam:TagPolicy")
        };
        let untag = async |keys| {
            let untag = cloud.iam.untag_policy().policy_arn(&self.arn).set_tag_keys(Some(keys));
            untag.send().await.fault("iam:UntagPolicy")
        };
        self.labels.write(&actual.tags, tag, untag).await
    }

    async fn delete_old_versions(&self, cloud: &Cloud, actual: &ManagedPolicyActual) -> Result<(), Fault> {
        for version in &actual.old_versions {
            let delete = cloud.iam.delete_policy_version().policy_arn(&self.arn).version_id(version);
            delete.send().await.done("iam:DeletePolicyVersion", MISSING)?;
        }
        Ok(())
    }
}

impl Resource for ManagedPolicy {
    type Cloud = Cloud;
    type Desired = ManagedPolicyDesired;
    type Actual = ManagedPolicyActual;
    /// The ARN.
    type Output = String;
    type Memory = ();

    fn physical_name(&self) -> Option<String> {
        Some(self.name.clone())
    }

    async fn observe(
        &self,
        cloud: &Cloud,
        _: &mut Self::Memory,
    ) -> Result<Option<ManagedPolicyActual>, Fault> {
        let (policy, versions) = tokio::join!(
            cloud.iam.get_policy().policy_arn(&self.arn).send(),
            cloud.iam.list_policy_versions().policy_arn(&self.arn).send(),
        );
        let policy = policy.found("iam:GetPolicy", MISSING)?.and_then(|response| response.policy);
        let versions = versions.found("iam:ListPolicyVersions", MISSING)?;
        let (Some(policy), Some(versions)) = (policy, versions) else { return Ok(None) };
        let current = policy.default_version_id.unwrap_or_default();
        let get = cloud.iam.get_policy_version().policy_arn(&self.arn).version_id(&current).send().await;
        let Some(version) = get.found("iam:GetPolicyVersion", MISSING)? else { return Ok(None) };
        let document = version.policy_version.and_then(|version| version.document).unwrap_or_default();
        let ids = versions.versions.unwrap_or_default().into_iter().filter_map(|version| version.version_id);
        let tags = policy.tags.unwrap_or_default();
        Ok(Some(ManagedPolicyActual {
            policy: Statements::new(&iam::document(&document)),
            old_versions: ids.filter(|id| *id != current).collect(),
            tags: tags.into_iter().map(|tag| (tag.key, tag.value)).collect(),
        }))
    }

    fn ownership(&self, actual: &ManagedPolicyActual) -> Ownership {
        self.labels.ownership(&actual.tags, &format!("the policy `{}`", self.name))
    }

    fn diff(&self, desired: &ManagedPolicyDesired, actual: Option<&ManagedPolicyActual>) -> Vec<Change> {
        let mut changes = Changes::new();
        let wanted = Statements::new(&desired.policy);
        wanted.compare(&mut changes, "policy", actual.map(|actual| &actual.policy));
        self.labels.compare(&mut changes, actual.map(|actual| &actual.tags));
        changes.into_vec()
    }

    async fn converge(
        &self,
        cloud: &Cloud,
        _: &mut Self::Memory,
        desired: &ManagedPolicyDesired,
        actual: Option<&ManagedPolicyActual>,
    ) -> Result<Pushed<ManagedPolicyActual>, Fault> {
        match actual {
            Some(actual) => self.update(cloud, desired, actual).await?,
            None => self.create(cloud, desired).await?,
        }
        Ok(Pushed::Observe)
    }

    async fn delete(
        &self,
        cloud: &Cloud,
        _: &mut Self::Memory,
        actual: &ManagedPolicyActual,
    ) -> Result<Removed, Fault> {
        self.delete_old_versions(cloud, actual).await?;
        let delete = cloud.iam.delete_policy().policy_arn(&self.arn).send().await;
        delete.done("iam:DeletePolicy", MISSING)?;
        Ok(Removed::Done)
    }

    fn output(&self, _: &ManagedPolicyActual) -> Option<String> {
        Some(self.arn.clone())
    }

    fn predict_output(&self, _: &ManagedPolicyDesired, _: Option<&ManagedPolicyActual>) -> Option<String> {
        Some(self.arn.clone())
    }
}
