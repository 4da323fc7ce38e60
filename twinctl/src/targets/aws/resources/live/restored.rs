//! The version of the function that a rollback restores. It is checked, and never written.

use aws_sdk_lambda::types::FunctionConfiguration;
use reconcile::{Change, Fault, Ownership, Pushed, Removed, Resource, Status};

use super::health::HealthCheck;
use crate::{
    system::hash,
    targets::{
        aws::{Cloud, Permission, RequiredPermissions, SdkResult, names::Names},
        record::OriginSecrets,
        rollback::{before_rotation, not_restorable},
    },
};

/// A version of the function, as a release recorded it.
#[derive(Debug, Clone)]
pub struct RestoredVersion {
    pub function: String,
    pub arn: String,
    pub version: String,
    pub code_sha256: String,
    /// The version of the current release.
    pub current: String,
    pub origin: OriginSecrets,
    /// Invokes the version before the lock is taken. An invocation changes nothing.
    pub client: aws_sdk_lambda::Client,
}

/// Why a version cannot be restored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum NotRestorable {
    #[error("version {0} of the function was deleted, or its code has changed")]
    Gone(String),
    #[error(
        "version {0} of the function was published before the origin secret was replaced, so it would refuse all visitors"
    )]
    OldSecret(String),
    #[error("version {0} of the function was published with another role, so it cannot decrypt its settings")]
    OldRole(String),
}

impl RestoredVersion {
    /// Fails if visitors would get no answer from the version.
    fn check(&self, versions: &[FunctionConfiguration]) -> Result<(), NotRestorable> {
        let find = |number: &str| versions.iter().find(|version| version.version() == Some(number));
        let variable = |version: &FunctionConfiguration, name: &str| {
            version.environment()?.variables()?.get(name).map(ToOwned::to_owned)
        };
        let wanted =
            find(&self.version).filter(|version| version.code_sha256() == Some(self.code_sha256.as_str()));
        let Some(wanted) = wanted else { return Err(NotRestorable::Gone(self.version.clone())) };
        if let Some(accepted) = variable(wanted, "ORIGIN_SECRET_HASHES") {
            let accepts = |secret: &str| accepted.split(',').any(|known| known == hash::sha256(secret));
            if !self.origin.sent().iter().all(|secret| accepts(secret.as_str())) {
                return Err(NotRestorable::OldSecret(self.version.clone()));
            }
        }
        let role = |version| variable(version, "ROLE_ID");
        if find(&self.current).is_some_and(|current| role(current) != role(wanted)) {
            return Err(NotRestorable::OldRole(self.version.clone()));
        }
        Ok(())
    }
}

impl RequiredPermissions for RestoredVersion {
    fn required_permissions(&self, _: &Names) -> Vec<Permission> {
        let with_versions = || [self.arn.clone(), format!("{}:*", self.arn)];
        vec![
            Permission::read("LookAtFunction", &["lambda:ListVersionsByFunction"], with_versions()),
            Permission::write("ChangeLive", &["lambda:InvokeFunction"], with_versions()),
        ]
    }
}

impl Resource for RestoredVersion {
    type Cloud = Cloud;
    type Desired = ();
    type Actual = HealthCheck;
    /// The number of the version.
    type Output = String;
    /// The check of the version, which is made once.
    type Memory = Option<HealthCheck>;

    fn physical_name(&self) -> Option<String> {
        Some(format!("{}:{}", self.function, self.version))
    }

    async fn observe(&self, cloud: &Cloud, memory: &mut Self::Memory) -> Result<Option<HealthCheck>, Fault> {
        let versions = cloud.lambda.list_versions_by_function().function_name(&self.function);
        let versions = versions.into_paginator().items().send().collect::<Result<Vec<_>, _>>();
        let checking = async {
            match memory.clone() {
                Some(check) if check.wait().is_none() => Ok(check),
                _ => {
                    HealthCheck::pending(&self.version, false, false, false)
                        .run(&self.client, &self.function)
                        .await
                }
            }
        };
        let (versions, check) = tokio::join!(versions, checking);
        let versions = versions.fault("lambda:ListVersionsByFunction")?;
        self.check(&versions).map_err(|error| match error {
            NotRestorable::OldSecret(_) => before_rotation(&error),
            NotRestorable::Gone(_) | NotRestorable::OldRole(_) => not_restorable(&error),
        })?;
        let check = check?;
        *memory = Some(check.clone());
        check.failure().map_or(Ok(Some(check)), Err)
    }

    /// The whole function is ours, or its alias would not be.
    fn ownership(&self, _: &HealthCheck) -> Ownership {
        Ownership::Ours
    }

    fn diff(&self, (): &(), actual: Option<&HealthCheck>) -> Vec<Change> {
        let waits = actual.is_some_and(|check| check.wait().is_some());
        let change = || Change::new("health", Some("unknown".to_owned()), Some("healthy".to_owned()));
        waits.then(change).into_iter().collect()
    }

    fn status(&self, actual: &HealthCheck) -> Status {
        actual.wait().map_or(Status::Ready, Status::Busy)
    }

    async fn converge(
        &self,
        _: &Cloud,
        _: &mut Self::Memory,
        (): &(),
        _: Option<&HealthCheck>,
    ) -> Result<Pushed<HealthCheck>, Fault> {
        Ok(Pushed::Observe)
    }

    /// A rollback deletes no version.
    async fn delete(&self, _: &Cloud, _: &mut Self::Memory, _: &HealthCheck) -> Result<Removed, Fault> {
        Ok(Removed::Done)
    }

    fn output(&self, actual: &HealthCheck) -> Option<String> {
        actual.wait().is_none().then(|| self.version.clone())
    }

    fn predict_output(&self, (): &(), _: Option<&HealthCheck>) -> Option<String> {
        Some(self.version.clone())
    }
}
