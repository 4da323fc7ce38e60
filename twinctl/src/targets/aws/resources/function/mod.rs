//! The Lambda function: its code, its settings and their published versions.

mod content;
mod push;
mod settings;
#[cfg(test)]
mod tests;
mod versions;

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_lambda::types::{FunctionConfiguration, LastUpdateStatus, State};
use reconcile::{Backoff, Change, Changes, Class, Fault, Ownership, Pushed, Removed, Resource, Status, Wait};

use crate::targets::aws::{Cloud, Labels, Permission, RequiredPermissions, SdkResult, names::Names};
use content::{Code, Content, Version};
use settings::Settings;

pub use settings::FunctionDesired;
pub use versions::remove_old_versions;

const MISSING: &[&str] = &["ResourceNotFoundException"];

/// Lambda takes one to three seconds to apply new code or settings, and never much less than half a second.
pub(super) const UPDATING: Backoff = Backoff::from_millis(400, 400, 300_000);

#[derive(Debug)]
pub struct Function {
    name: String,
    arn: String,
    labels: Labels,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionActual {
    /// `$LATEST`, the only version that can be changed.
    latest: Content,
    versions: Vec<Version>,
    tags: BTreeMap<String, String>,
    reserved_concurrency: Option<u16>,
    status: Status,
    /// The reason why the last update failed.
    failed_update: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionOutput {
    /// The version with the desired code and settings.
    pub version: String,
    pub versions: BTreeSet<u64>,
}

impl Function {
    pub fn new(name: String, arn: String, labels: Labels) -> Self {
        Self { name, arn, labels }
    }
}

impl FunctionActual {
    /// Returns the newest version with the same code and settings as `$LATEST`.
    fn published(&self) -> Option<u64> {
        let same = self.versions.iter().filter(|version| version.content == self.latest);
        same.map(|version| version.number).max()
    }

    fn new(
        configuration: &FunctionConfiguration,
        tags: BTreeMap<String, String>,
        reserved_concurrency: Option<u16>,
        versions: &[FunctionConfiguration],
    ) -> Self {
        let update = configuration.last_update_status.as_ref();
        let text = |reason: &Option<String>| reason.clone().unwrap_or_else(|| "no reason given".to_owned());
        let failed = update == Some(&LastUpdateStatus::Failed);
        Self {
            latest: Content::of(configuration),
            versions: versions.iter().filter_map(Version::of).collect(),
            tags,
            reserved_concurrency,
            status: status(configuration.state.as_ref(), update, configuration.state_reason.clone()),
            failed_update: failed.then(|| text(&configuration.last_update_status_reason)),
        }
    }
}

/// Returns the status. A failed creation is final, but another update can succeed after a failed one.
fn status(state: Option<&State>, update: Option<&LastUpdateStatus>, reason: Option<String>) -> Status {
    match (state, update) {
        (Some(State::Failed), _) => {
            Status::Failed(reason.unwrap_or_else(|| "its creation failed".to_owned()))
        }
        (_, Some(LastUpdateStatus::InProgress)) | (Some(State::Pending), _) => {
            Status::Busy(Wait::new("Lambda to prepare the function", UPDATING))
        }
        _ => Status::Ready,
    }
}

impl RequiredPermissions for Function {
    fn required_permissions(&self, _: &Names) -> Vec<Permission> {
        let with_versions = || [self.arn.clone(), format!("{}:*", self.arn)];
        let look = &["lambda:GetFunction", "lambda:ListTags", "lambda:ListVersionsByFunction"];
        let change = Permission::write(
            "ChangeFunction",
            &[
                "lambda:CreateFunction",
                "lambda:DeleteFunction",
                "lambda:DeleteFunctionConcurrency",
                "lambda:PublishVersion",
                "lambda:PutFunctionConcurrency",
                "lambda:TagResource",
                "lambda:UntagResource",
                "lambda:UpdateFunctionCode",
                "lambda:UpdateFunctionConfiguration",
            ],
            with_versions(),
        );
        vec![Permission::read("LookAtFunction", look, with_versions()), change]
    }
}

impl Resource for Function {
    type Cloud = Cloud;
    type Desired = FunctionDesired;
    type Actual = FunctionActual;
    type Output = FunctionOutput;
    type Memory = ();

    fn physical_name(&self) -> Option<String> {
        Some(self.name.clone())
    }

    async fn observe(&self, cloud: &Cloud, _: &mut Self::Memory) -> Result<Option<FunctionActual>, Fault> {
        let versions = cloud.lambda.list_versions_by_function().function_name(&self.name).into_paginator();
        let (function, versions) = tokio::join!(
            cloud.lambda.get_function().function_name(&self.name).send(),
            versions.items().send().collect::<Result<Vec<_>, _>>(),
        );
        let function = function.found("lambda:GetFunction", MISSING)?;
        let versions = versions.found("lambda:ListVersionsByFunction", MISSING)?;
        let Some(function) = function else { return Ok(None) };
        if let Some(error) = function.tags_error {
            let text = format!("lambda:ListTags: {}: {}", error.error_code, error.message);
            return Err(Fault::new(Class::Denied, text));
        }
        let reserved =
            function.concurrency.and_then(|concurrency| concurrency.reserved_concurrent_executions);
        let tags = function.tags.unwrap_or_default().into_iter().collect();
        let reserved = reserved.and_then(|reserved| reserved.try_into().ok());
        let versions = versions.unwrap_or_default();
        Ok(function.configuration.map(|latest| FunctionActual::new(&latest, tags, reserved, &versions)))
    }

    fn ownership(&self, actual: &FunctionActual) -> Ownership {
        self.labels.ownership(&actual.tags, &format!("the function `{}`", self.name))
    }

    fn diff(&self, desired: &FunctionDesired, actual: Option<&FunctionActual>) -> Vec<Change> {
        let mut changes = Changes::new();
        if let Some(zip) = &desired.code {
            changes.value("code", &Code::of(zip), actual.map(|actual| &actual.latest.code));
        }
        Settings::wanted(desired).compare(&mut changes, actual.map(|actual| &actual.latest.settings));
        let reserved = actual.and_then(|actual| actual.reserved_concurrency.as_ref());
        changes.optional("reserved_concurrency", desired.reserved_concurrency.as_ref(), reserved);
        changes.optional("failed_update", None, actual.and_then(|actual| actual.failed_update.as_ref()));
        if actual.is_none_or(|actual| actual.published().is_none()) {
            changes.push(Change::new("version", None, Some("published".to_owned())));
        }
        self.labels.compare(&mut changes, actual.map(|actual| &actual.tags));
        changes.into_vec()
    }

    fn status(&self, actual: &FunctionActual) -> Status {
        actual.status.clone()
    }

    async fn converge(
        &self,
        cloud: &Cloud,
        _: &mut Self::Memory,
        desired: &FunctionDesired,
        actual: Option<&FunctionActual>,
    ) -> Result<Pushed<FunctionActual>, Fault> {
        let now = match actual {
            None => self.create(cloud, desired).await?,
            Some(actual) => self.update(cloud, desired, actual).await?,
        };
        Ok(Pushed::Actual(now))
    }

    async fn delete(
        &self,
        cloud: &Cloud,
        _: &mut Self::Memory,
        _actual: &FunctionActual,
    ) -> Result<Removed, Fault> {
        let delete = cloud.lambda.delete_function().function_name(&self.name).send().await;
        delete.done("lambda:DeleteFunction", MISSING)?;
        Ok(Removed::Done)
    }

    fn output(&self, actual: &FunctionActual) -> Option<FunctionOutput> {
        let versions = actual.versions.iter().map(|version| version.number).collect();
        actual.published().map(|number| FunctionOutput { version: number.to_string(), versions })
    }

    fn predict_output(
        &self,
        desired: &FunctionDesired,
        actual: Option<&FunctionActual>,
    ) -> Option<FunctionOutput> {
        let actual = actual?;
        let settings = actual.latest.settings == Settings::wanted(desired);
        let code = desired.code.as_ref().is_none_or(|zip| Code::of(zip) == actual.latest.code);
        if settings && code { self.output(actual) } else { None }
    }
}
