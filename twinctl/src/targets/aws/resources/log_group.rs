//! The log group that the function writes to. It is created before the function and deleted after it.

use std::collections::BTreeMap;

use reconcile::{Change, Changes, Fault, Ownership, Pushed, Removed, Resource};

use crate::targets::aws::{Cloud, Labels, Permission, RequiredPermissions, SdkResult, names::Names};

const MISSING: &[&str] = &["ResourceNotFoundException"];

#[derive(Debug)]
pub struct LogGroup {
    name: String,
    arn: String,
    labels: Labels,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogGroupDesired {
    pub retention_days: u16,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogGroupActual {
    retention_days: Option<u16>,
    kms_key: Option<String>,
    tags: BTreeMap<String, String>,
}

impl LogGroup {
    /// `arn` must not have the trailing `:*` that some AWS responses have.
    pub fn new(name: String, arn: String, labels: Labels) -> Self {
        Self { name, arn, labels }
    }

    async fn create(&self, cloud: &Cloud) -> Result<LogGroupActual, Fault> {
        let create = cloud.logs.create_log_group().log_group_name(&self.name);
        create.set_tags(Some(self.labels.to_map())).send().await.fault("logs:CreateLogGroup")?;
        Ok(LogGroupActual { retention_days: None, kms_key: None, tags: self.labels.to_map() })
    }

    async fn update(
        &self,
        cloud: &Cloud,
        desired: &LogGroupDesired,
        actual: &LogGroupActual,
    ) -> Result<(), Fault> {
        if actual.retention_days != Some(desired.retention_days) {
            let put = cloud.logs.put_retention_policy().log_group_name(&self.name);
            let put = put.retention_in_days(desired.retention_days.into());
            put.send().await.fault("logs:PutRetentionPolicy")?;
        }
        if actual.kms_key.is_some() {
            let disassociate = cloud.logs.disassociate_kms_key().log_group_name(&self.name);
            disassociate.send().await.fault("logs:DisassociateKmsKey")?;
        }
        self.update_tags(cloud, actual).await
    }

    async fn update_tags(&self, cloud: &Cloud, actual: &LogGroupActual) -> Result<(), Fault> {
        let tag = async |tags| {
            let tag = cloud.logs.tag_resource().resource_arn(&self.arn).set_tags(Some(tags));
            tag.send().await.fault("logs:TagResource")
        };
        let untag = async |keys| {
            let untag = cloud.logs.untag_resource().resource_arn(&self.arn).set_tag_keys(Some(keys));
            untag.send().await.fault("logs:UntagResource")
        };
        self.labels.write(&actual.tags, tag, untag).await
    }
}

impl Resource for LogGroup {
    type Cloud = Cloud;
    type Desired = LogGroupDesired;
    type Actual = LogGroupActual;
    /// The ARN.
    type Output = String;
    type Memory = ();

    fn physical_name(&self) -> Option<String> {
        Some(self.name.clone())
    }

    async fn observe(&self, cloud: &Cloud, _: &mut Self::Memory) -> Result<Option<LogGroupActual>, Fault> {
        // Of all names with this prefix, the name itself sorts first, so it is on the first page.
        let described = cloud.logs.describe_log_groups().log_group_name_prefix(&self.name).send();
        let listed = cloud.logs.list_tags_for_resource().resource_arn(&self.arn).send();
        let (described, listed) = tokio::join!(described, listed);
        let groups = described.fault("logs:DescribeLogGroups")?.log_groups.unwrap_or_default();
        let listed = listed.found("logs:ListTagsForResource", MISSING)?;
        let group = groups.into_iter().find(|group| group.log_group_name.as_ref() == Some(&self.name));
        // One of the two reads may be stale. AWS then refuses the creation, and the group is observed again.
        Ok(group.zip(listed).map(|(group, listed)| LogGroupActual {
            retention_days: group.retention_in_days.and_then(|days| days.try_into().ok()),
            kms_key: group.kms_key_id,
            tags: listed.tags.unwrap_or_default().into_iter().collect(),
        }))
    }

    /// A group without tags is ours: Lambda creates it when late logs of the function arrive after a destroy, and
    /// nothing else uses this name.
    fn ownership(&self, actual: &LogGroupActual) -> Ownership {
        if actual.tags.is_empty() {
            return Ownership::Ours;
        }
        self.labels.ownership(&actual.tags, &format!("the log group `{}`", self.name))
    }

    fn diff(&self, desired: &LogGroupDesired, actual: Option<&LogGroupActual>) -> Vec<Change> {
        let mut changes = Changes::new();
        let retention = actual.and_then(|actual| actual.retention_days.as_ref());
        changes.value("retention_days", &desired.retention_days, retention);
        changes.optional("kms_key", None, actual.and_then(|actual| actual.kms_key.as_ref()));
        self.labels.compare(&mut changes, actual.map(|actual| &actual.tags));
        changes.into_vec()
    }

    async fn converge(
        &self,
        cloud: &Cloud,
        _: &mut Self::Memory,
        desired: &LogGroupDesired,
        actual: Option<&LogGroupActual>,
    ) -> Result<Pushed<LogGroupActual>, Fault> {
        let Some(actual) = actual else {
            return self.create(cloud).await.map(Pushed::Actual);
        };
        self.update(cloud, desired, actual).await?;
        Ok(Pushed::Actual(LogGroupActual {
            retention_days: Some(desired.retention_days),
            kms_key: None,
            tags: self.labels.to_map(),
        }))
    }

    async fn delete(
        &self,
        cloud: &Cloud,
        _: &mut Self::Memory,
        _: &LogGroupActual,
    ) -> Result<Removed, Fault> {
        let delete = cloud.logs.delete_log_group().log_group_name(&self.name).send().await;
        delete.done("logs:DeleteLogGroup", MISSING)?;
        Ok(Removed::Observe)
    }

    fn output(&self, _: &LogGroupActual) -> Option<String> {
        Some(self.arn.clone())
    }

    fn predict_output(&self, _: &LogGroupDesired, _: Option<&LogGroupActual>) -> Option<String> {
        Some(self.arn.clone())
    }
}

impl RequiredPermissions for LogGroup {
    fn required_permissions(&self, _: &Names) -> Vec<Permission> {
        // Tag requests are authorized by the plain ARN, all others by the one with `:*`.
        let both = || [self.arn.clone(), format!("{}:*", self.arn)];
        vec![
            Permission::read("ListLogGroups", &["logs:DescribeLogGroups"], ["*".to_owned()]),
            Permission::read("LookAtLogGroup", &["logs:ListTagsForResource"], both()),
            Permission::write(
                "ChangeLogGroup",
                &[
                    "logs:CreateLogGroup",
                    "logs:DeleteLogGroup",
                    "logs:DisassociateKmsKey",
                    "logs:PutRetentionPolicy",
                    "logs:TagResource",
                    "logs:UntagResource",
                ],
                both(),
            ),
        ]
    }
}

#[cfg(test)]
mod tests;
