//! The secret with the model provider's API key. `secret set` writes its value; a deploy only reads whether there is
//! one.

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fmt, sync::Arc};

use aws_sdk_secretsmanager::types::Tag;
use jiff::Timestamp;
use reconcile::{Change, Changes, Class, Fault, Ownership, Pushed, Removed, Resource};
use zeroize::Zeroizing;

use crate::{
    targets::{
        Aim,
        aws::{Cloud, Labels, Permission, RequiredPermissions, SdkResult, names::Names},
    },
    twin::secret::{KEY_FIELD, RECOVERY_DAYS, missing_key_change},
};

const DESCRIPTION: &str = "The key of the model that an AI twin asks";
const MISSING: &[&str] = &["ResourceNotFoundException"];
const CURRENT: &str = "AWSCURRENT";

#[derive(Debug)]
pub struct Secret {
    name: String,
    labels: Labels,
    aim: Aim,
}

/// A value to store. Nothing prints it.
#[derive(Clone)]
pub struct SecretValue {
    /// The version id, chosen by us: if the response to a write is lost, the version is found by it and not written
    /// twice.
    version: String,
    text: Arc<Zeroizing<String>>,
}

impl SecretValue {
    /// `version` must have 32 to 64 characters and be unique to this value.
    pub fn new(version: String, text: Zeroizing<String>) -> Self {
        Self { version, text: Arc::new(text) }
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretValue").field("version", &self.version).finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Default)]
pub struct SecretDesired {
    /// Without a value, the existing one is kept.
    pub value: Option<SecretValue>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretActual {
    pub arn: String,
    description: String,
    tags: BTreeMap<String, String>,
    /// When the deletion was requested. The secret is deleted after [`RECOVERY_DAYS`].
    pub deleted: Option<Timestamp>,
    /// The id of the current version.
    current: Option<String>,
    pub changed: Option<Timestamp>,
}

impl Secret {
    pub fn new(name: String, labels: Labels, aim: Aim) -> Self {
        Self { name, labels, aim }
    }

    async fn create(&self, cloud: &Cloud, value: &SecretValue) -> Result<(), Fault> {
        let create = cloud.secrets.create_secret().name(&self.name).description(DESCRIPTION);
        let create = create.client_request_token(&value.version).secret_string(value.text.as_str());
        let tag = |(key, value)| Tag::builder().key(key).value(value).build();
        let create = create.set_tags(Some(self.labels.iter().map(tag).collect()));
        create.send().await.fault("secretsmanager:CreateSecret").map(drop)
    }

    async fn update(&self, cloud: &Cloud, actual: &SecretActual) -> Result<(), Fault> {
        let (secrets, name) = (&cloud.secrets, self.name.as_str());
        if actual.description != DESCRIPTION {
            let update = secrets.update_secret().secret_id(name).description(DESCRIPTION);
            update.send().await.fault("secretsmanager:UpdateSecret")?;
        }
        let tag = async |tags: Vec<(String, String)>| {
            let tags = tags.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
            let tag = secrets.tag_resource().secret_id(name).set_tags(Some(tags.collect()));
            tag.send().await.fault("secretsmanager:TagResource")
        };
        let untag = async |keys| {
            let untag = secrets.untag_resource().secret_id(name).set_tag_keys(Some(keys));
            untag.send().await.fault("secretsmanager:UntagResource")
        };
        self.labels.write(&actual.tags, tag, untag).await
    }

    fn without_value(&self) -> Fault {
        Fault::new(Class::Refused, format!("the secret `{}` contains no key", self.name))
    }
}

impl Resource for Secret {
    type Cloud = Cloud;
    type Desired = SecretDesired;
    type Actual = SecretActual;
    /// The ARN. AWS chooses the end of it, so it is not known before the secret exists.
    type Output = String;
    type Memory = ();

    fn physical_name(&self) -> Option<String> {
        Some(self.name.clone())
    }

    async fn observe(&self, cloud: &Cloud, _: &mut Self::Memory) -> Result<Option<SecretActual>, Fault> {
        let described = cloud.secrets.describe_secret().secret_id(&self.name).send().await;
        let Some(secret) = described.found("secretsmanager:DescribeSecret", MISSING)? else {
            return Ok(None);
        };
        let timestamp = |at: aws_sdk_s3::primitives::DateTime| Timestamp::from_second(at.secs()).ok();
        let deleted = secret.deleted_date.and_then(timestamp);
        if deleted.is_some() && self.aim == Aim::Remove {
            return Ok(None);
        }
        let tags = secret.tags.unwrap_or_default().into_iter();
        let is_current = |(version, stages): (String, Vec<String>)| {
            stages.iter().any(|stage| stage == CURRENT).then_some(version)
        };
        Ok(Some(SecretActual {
            arn: secret.arn.unwrap_or_default(),
            description: secret.description.unwrap_or_default(),
            tags: tags.filter_map(|tag| Some((tag.key?, tag.value?))).collect(),
            deleted,
            current: secret.version_ids_to_stages.unwrap_or_default().into_iter().find_map(is_current),
            changed: secret.last_changed_date.and_then(timestamp),
        }))
    }

    fn ownership(&self, actual: &SecretActual) -> Ownership {
        self.labels.ownership(&actual.tags, &format!("the secret `{}`", self.name))
    }

    fn diff(&self, desired: &SecretDesired, actual: Option<&SecretActual>) -> Vec<Change> {
        let mut changes = Changes::new();
        changes.optional("scheduled_deletion", None, actual.and_then(|actual| actual.deleted.as_ref()));
        let description = actual.map(|actual| &actual.description);
        changes.value("description", &DESCRIPTION.to_owned(), description);
        let current = actual.and_then(|actual| actual.current.as_ref());
        match &desired.value {
            Some(value) => drop(changes.secret(KEY_FIELD, Some(&value.version), current)),
            None if current.is_none() => drop(changes.push(missing_key_change())),
            None => {}
        }
        self.labels.compare(&mut changes, actual.map(|actual| &actual.tags));
        changes.into_vec()
    }

    async fn converge(
        &self,
        cloud: &Cloud,
        _: &mut Self::Memory,
        desired: &SecretDesired,
        actual: Option<&SecretActual>,
    ) -> Result<Pushed<SecretActual>, Fault> {
        let Some(actual) = actual else {
            let value = desired.value.as_ref().ok_or_else(|| self.without_value())?;
            return self.create(cloud, value).await.map(|()| Pushed::Observe);
        };
        if actual.deleted.is_some() {
            let restore = cloud.secrets.restore_secret().secret_id(&self.name).send().await;
            // Refused if another process has restored it already.
            restore.done("secretsmanager:RestoreSecret", &["InvalidRequestException"])?;
            return Ok(Pushed::Observe);
        }
        self.update(cloud, actual).await?;
        match &desired.value {
            Some(value) if actual.current.as_ref() != Some(&value.version) => {
                let put = cloud.secrets.put_secret_value().secret_id(&self.name);
                let put = put.client_request_token(&value.version).secret_string(value.text.as_str());
                put.send().await.fault("secretsmanager:PutSecretValue")?;
            }
            None if actual.current.is_none() => return Err(self.without_value()),
            _ => {}
        }
        Ok(Pushed::Observe)
    }

    async fn delete(&self, cloud: &Cloud, _: &mut Self::Memory, _: &SecretActual) -> Result<Removed, Fault> {
        let delete = cloud.secrets.delete_secret().secret_id(&self.name);
        let delete = delete.recovery_window_in_days(RECOVERY_DAYS).send().await;
        delete.done("secretsmanager:DeleteSecret", MISSING)?;
        Ok(Removed::Observe)
    }

    fn output(&self, actual: &SecretActual) -> Option<String> {
        Some(actual.arn.clone())
    }

    /// A secret keeps its ARN.
    fn predict_output(&self, _: &SecretDesired, actual: Option<&SecretActual>) -> Option<String> {
        actual.map(|actual| actual.arn.clone())
    }
}

/// The permissions for a deploy and a destroy. Storing a key also requires creating the secret and writing its value.
impl RequiredPermissions for Secret {
    fn required_permissions(&self, names: &Names) -> Vec<Permission> {
        // A request for a missing secret is authorized by its name, without the characters that AWS appends.
        let any = names.secret_arn_pattern().replace("-??????", "*");
        vec![
            Permission::read("LookAtKey", &["secretsmanager:DescribeSecret"], [any]),
            Permission::write(
                "ChangeKey",
                &[
                    "secretsmanager:DeleteSecret",
                    "secretsmanager:RestoreSecret",
                    "secretsmanager:TagResource",
                    "secretsmanager:UntagResource",
                    "secretsmanager:UpdateSecret",
                ],
                [names.secret_arn_pattern()],
            ),
        ]
    }
}
