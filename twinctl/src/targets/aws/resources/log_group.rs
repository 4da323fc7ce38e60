//! The log groups: one that the function writes to, and one for the access logs of the API. They are created before the
//! function and the API, and deleted after them.

use std::collections::BTreeMap;

use reconcile::{Change, Changes, Fault, Ownership, Pushed, Removed, Resource};

use crate::targets::aws::{Cloud, Labels, Permission, RequiredPermissions, SdkResult, names::Names};

const MISSING: &[&str] = &["ResourceNotFoundException"];

/// One of the two log groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupName {
    pub name: String,
    /// Without the trailing `:*` that some AWS responses have.
    pub arn: String,
}

#[derive(Debug)]
pub struct LogGroups {
    function: GroupName,
    /// Its name starts with `/aws/vendedlogs/`. For any other group, API Gateway adds a statement to the account's policy of
    /// `CloudWatch` Logs, whose size is limited.
    access: GroupName,
    labels: Labels,
    /// See [`LogGroups::found_before`].
    found_before: bool,
}

/// The memory of a run.
#[derive(Debug, Default)]
pub struct LogGroupsMemory {
    /// A group existed at the last read. If so, the tags are read together with the groups.
    seen: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogGroupsDesired {
    pub retention_days: u16,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogGroupsActual {
    function: Option<Settings>,
    access: Option<Settings>,
    /// The tags of the function's group. The tags of the other group are not read, which saves a call in every run: nothing
    /// else uses its name, and it gets the same tags.
    tags: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Settings {
    retention_days: Option<u16>,
    kms_key: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogGroupsOutput {
    pub function: GroupName,
    pub access: GroupName,
}

impl LogGroups {
    pub fn new(function: GroupName, access: GroupName, labels: Labels) -> Self {
        Self { function, access, labels, found_before: false }
    }

    /// If the groups existed at the last release, the first read requests everything at once.
    #[must_use]
    pub fn found_before(self, found_before: bool) -> Self {
        Self { found_before, ..self }
    }

    /// Reads a group. One call for both groups is not possible: a search by pattern returns only names.
    async fn read(&self, cloud: &Cloud, group: &GroupName) -> Result<Option<Settings>, Fault> {
        // Of all names with this prefix, the name itself sorts first, so it is on the first page.
        let described = cloud.logs.describe_log_groups().log_group_name_prefix(&group.name).send().await;
        let described = described.fault("logs:DescribeLogGroups")?.log_groups.unwrap_or_default();
        let group = described.into_iter().find(|each| each.log_group_name.as_ref() == Some(&group.name));
        Ok(group.map(|group| Settings {
            retention_days: group.retention_in_days.and_then(|days| days.try_into().ok()),
            kms_key: group.kms_key_id,
        }))
    }

    /// Creates a group with its tags, or writes its settings.
    async fn write(
        &self,
        cloud: &Cloud,
        group: &GroupName,
        desired: &LogGroupsDesired,
        actual: Option<&Settings>,
    ) -> Result<Settings, Fault> {
        let Some(actual) = actual else {
            let create = cloud.logs.create_log_group().log_group_name(&group.name);
            create.set_tags(Some(self.labels.to_map())).send().await.fault("logs:CreateLogGroup")?;
            return Ok(Settings { retention_days: None, kms_key: None });
        };
        if actual.retention_days != Some(desired.retention_days) {
            let put = cloud.logs.put_retention_policy().log_group_name(&group.name);
            let put = put.retention_in_days(desired.retention_days.into());
            put.send().await.fault("logs:PutRetentionPolicy")?;
        }
        if actual.kms_key.is_some() {
            let disassociate = cloud.logs.disassociate_kms_key().log_group_name(&group.name);
            disassociate.send().await.fault("logs:DisassociateKmsKey")?;
        }
        Ok(Settings { retention_days: Some(desired.retention_days), kms_key: None })
    }

    /// Writes the tags of existing groups. The function's group comes last, because only its tags are read.
    async fn update_tags(&self, cloud: &Cloud, actual: &LogGroupsActual) -> Result<(), Fault> {
        let tag = async |group: &GroupName, tags| {
            let tag = cloud.logs.tag_resource().resource_arn(&group.arn).set_tags(Some(tags));
            tag.send().await.fault("logs:TagResource")
        };
        let untag = async |group: &GroupName, keys| {
            let untag = cloud.logs.untag_resource().resource_arn(&group.arn).set_tag_keys(Some(keys));
            untag.send().await.fault("logs:UntagResource")
        };
        let groups = [(&self.access, &actual.access), (&self.function, &actual.function)];
        for (group, _) in groups.into_iter().filter(|(_, settings)| settings.is_some()) {
            let (tag, untag) = (async |tags| tag(group, tags).await, async |keys| untag(group, keys).await);
            self.labels.write(&actual.tags, tag, untag).await?;
        }
        Ok(())
    }

    async fn delete_group(
        &self,
        cloud: &Cloud,
        group: &GroupName,
        actual: Option<&Settings>,
    ) -> Result<(), Fault> {
        if actual.is_none() {
            return Ok(());
        }
        let delete = cloud.logs.delete_log_group().log_group_name(&group.name).send().await;
        delete.done("logs:DeleteLogGroup", MISSING)
    }
}

fn compare(desired: &LogGroupsDesired, actual: Option<&Settings>) -> Changes {
    let mut changes = Changes::new();
    let retention = actual.and_then(|actual| actual.retention_days.as_ref());
    changes.value("retention_days", &desired.retention_days, retention);
    changes.optional("kms_key", None, actual.and_then(|actual| actual.kms_key.as_ref()));
    changes
}

impl Resource for LogGroups {
    type Cloud = Cloud;
    type Desired = LogGroupsDesired;
    type Actual = LogGroupsActual;
    type Output = LogGroupsOutput;
    type Memory = LogGroupsMemory;

    fn physical_name(&self) -> Option<String> {
        Some(self.function.name.clone())
    }

    fn initial_memory(&self) -> LogGroupsMemory {
        LogGroupsMemory { seen: self.found_before }
    }

    async fn observe(
        &self,
        cloud: &Cloud,
        memory: &mut Self::Memory,
    ) -> Result<Option<LogGroupsActual>, Fault> {
        let groups = async { tokio::join!(self.read(cloud, &self.function), self.read(cloud, &self.access)) };
        let tags = cloud.logs.list_tags_for_resource().resource_arn(&self.function.arn).send();
        let ((function, access), listed) = if memory.seen {
            tokio::join!(groups, tags)
        } else {
            let groups = groups.await;
            if let (Ok(None), Ok(None)) = groups {
                return Ok(None);
            }
            (groups, tags.await)
        };
        let (function, access) = (function?, access?);
        memory.seen = function.is_some() || access.is_some();
        let listed = listed.found("logs:ListTagsForResource", MISSING)?;
        // One of the two reads may be stale. AWS then refuses the creation, and the group is observed again.
        let (function, tags) = function.zip(listed.map(|listed| listed.tags)).unzip();
        let tags = tags.flatten().unwrap_or_default().into_iter().collect();
        let exists = function.is_some() || access.is_some();
        Ok(exists.then_some(LogGroupsActual { function, access, tags }))
    }

    /// A group without tags is ours: AWS creates it when late logs arrive after a destroy, and nothing else uses this name.
    fn ownership(&self, actual: &LogGroupsActual) -> Ownership {
        if actual.tags.is_empty() {
            return Ownership::Ours;
        }
        self.labels.ownership(&actual.tags, &format!("the log group `{}`", self.function.name))
    }

    fn diff(&self, desired: &LogGroupsDesired, actual: Option<&LogGroupsActual>) -> Vec<Change> {
        let function = actual.and_then(|actual| actual.function.as_ref());
        let mut changes = compare(desired, function);
        self.labels.compare(&mut changes, actual.filter(|_| function.is_some()).map(|actual| &actual.tags));
        let access = actual.and_then(|actual| actual.access.as_ref());
        changes.optional("access_log.group", Some(&self.access.name), access.map(|_| &self.access.name));
        let access = compare(desired, access).into_vec().into_iter();
        let access = access.map(|change| Change { field: format!("access_log.{}", change.field), ..change });
        changes.into_vec().into_iter().chain(access).collect()
    }

    async fn converge(
        &self,
        cloud: &Cloud,
        memory: &mut Self::Memory,
        desired: &LogGroupsDesired,
        actual: Option<&LogGroupsActual>,
    ) -> Result<Pushed<LogGroupsActual>, Fault> {
        if let Some(actual) = actual.filter(|actual| actual.function.is_some()) {
            self.update_tags(cloud, actual).await?;
        }
        let function = actual.and_then(|actual| actual.function.as_ref());
        let access = actual.and_then(|actual| actual.access.as_ref());
        // `join!`, because `try_join!` would cancel a call in progress.
        let (function, access) = tokio::join!(
            self.write(cloud, &self.function, desired, function),
            self.write(cloud, &self.access, desired, access),
        );
        let (function, access) = (Some(function?), Some(access?));
        memory.seen = true;
        Ok(Pushed::Actual(LogGroupsActual { function, access, tags: self.labels.to_map() }))
    }

    async fn delete(
        &self,
        cloud: &Cloud,
        _: &mut Self::Memory,
        actual: &LogGroupsActual,
    ) -> Result<Removed, Fault> {
        let (function, access) = tokio::join!(
            self.delete_group(cloud, &self.function, actual.function.as_ref()),
            self.delete_group(cloud, &self.access, actual.access.as_ref()),
        );
        function.and(access)?;
        Ok(Removed::Observe)
    }

    fn output(&self, actual: &LogGroupsActual) -> Option<LogGroupsOutput> {
        let complete = actual.function.is_some() && actual.access.is_some();
        complete.then(|| LogGroupsOutput { function: self.function.clone(), access: self.access.clone() })
    }

    fn predict_output(&self, _: &LogGroupsDesired, _: Option<&LogGroupsActual>) -> Option<LogGroupsOutput> {
        Some(LogGroupsOutput { function: self.function.clone(), access: self.access.clone() })
    }
}

impl RequiredPermissions for LogGroups {
    fn required_permissions(&self, _: &Names) -> Vec<Permission> {
        // Tag requests are authorized by the plain ARN, all others by the one with `:*`.
        let both = |group: &GroupName| [group.arn.clone(), format!("{}:*", group.arn)];
        let function = both(&self.function);
        let all = [function.clone(), both(&self.access)].concat();
        vec![
            Permission::read("ListLogGroups", &["logs:DescribeLogGroups"], ["*".to_owned()]),
            Permission::read("LookAtLogGroup", &["logs:ListTagsForResource"], function),
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
                all,
            ),
        ]
    }
}

#[cfg(test)]
mod tests;
