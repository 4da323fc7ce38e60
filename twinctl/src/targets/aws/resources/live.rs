//! The alias `live`: the version that visitors reach, and the permission for the API to invoke it.
//! Long because a release moves the alias, checks it and moves it back.

mod canary;
mod health;
mod restored;
mod routing;

use std::collections::BTreeMap;

use reconcile::{Change, Changes, Fault, Ownership, Pushed, Removed, Resource, Status};
use serde_json::json;

use super::{Departure, function};
use crate::{
    targets::aws::{
        Cloud, Permission, RequiredPermissions, SdkResult, Statements,
        names::{LIVE, Names},
    },
    twin::{
        canary::{Trial, Verdict},
        question::Report,
    },
};

pub use canary::{Canary, Watched};
use health::{Health, HealthCheck};
pub use health::{Unhealthy, answers_streams};
pub use restored::RestoredVersion;
use routing::{Weights, alias, weights};
pub use routing::{move_alias, remove_weights};

/// The ids of our statements in the alias's policy.
const STATEMENT: &str = "twinctl-api";
const STREAM_STATEMENT: &str = "twinctl-stream-api";
/// The service that invokes the alias.
const PRINCIPAL: &str = "apigateway.amazonaws.com";
const MISSING: &[&str] = &["ResourceNotFoundException"];
/// The suffix for a version that is not checked yet.
const UNCHECKED: &str = " (after a successful health check)";

#[derive(Debug)]
pub struct Live {
    function: String,
    /// The ARN of the alias.
    arn: String,
    /// See [`Live::found_before`].
    found_before: bool,
    canary: Option<Canary>,
    departure: Departure,
}

/// The findings of a run about the version that it deploys.
#[derive(Debug, Default)]
pub struct LiveMemory {
    check: Option<HealthCheck>,
    canary: Watched,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveDesired {
    pub version: String,
    /// The source ARN of calls from the API.
    pub api_execution_arn: String,
    pub stream: StreamPermission,
    /// Whether a new version has to answer a question.
    pub ask: bool,
    /// Whether another node has already checked the version.
    pub is_checked: bool,
}

/// The permission for the stream API to invoke the alias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamPermission {
    /// The environment does not stream.
    None,
    /// The source ARN of calls from the stream API.
    For(String),
    /// The stream API may still exist. It is deleted, with its permission, when visitors no longer reach it.
    Keep,
}

/// The result of this run's check.
#[derive(Debug, Clone, Default)]
pub struct LiveOutput {
    /// The report about the question, if this run asked one.
    pub question: Option<Report>,
    /// The result of the canary, if this run made one.
    pub canary: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct LiveActual {
    version: String,
    /// The routing weights of other versions.
    weights: Weights,
    permissions: Statements,
    check: Option<HealthCheck>,
    trial: Option<Trial>,
}

impl LiveDesired {
    /// Returns the check of the version.
    fn check(&self, is_first: bool) -> HealthCheck {
        let streams = matches!(self.stream, StreamPermission::For(_));
        HealthCheck::pending(&self.version, self.ask, streams, is_first)
    }

    /// Returns the source ARNs that may invoke the alias, by the ids of their statements.
    fn sources(&self) -> Vec<(&'static str, &String)> {
        let stream = match &self.stream {
            StreamPermission::For(source) => Some((STREAM_STATEMENT, source)),
            StreamPermission::None | StreamPermission::Keep => None,
        };
        std::iter::once((STATEMENT, &self.api_execution_arn)).chain(stream).collect()
    }
}

impl LiveActual {
    fn check_of(&self, version: &str) -> Option<&HealthCheck> {
        self.check.as_ref().filter(|check| check.version == version)
    }

    /// Returns whether the version must pass its health check before the alias moves to it. The version that the alias
    /// points to has already passed it, unless there is no release: then the run that created the alias may have been
    /// interrupted.
    fn must_pass_check(&self, desired: &LiveDesired, is_released: bool) -> bool {
        let version = &desired.version;
        if desired.is_checked {
            return false;
        }
        let unknown = self.version != *version || !is_released;
        self.check_of(version).map_or(unknown, |check| check.health != Health::Healthy)
    }
}

/// Deletes the permission for the stream API.
pub(super) async fn remove_stream_permission(cloud: &Cloud, function: &str) -> Result<(), Fault> {
    remove_permission(cloud, function, STREAM_STATEMENT).await
}

async fn remove_permission(cloud: &Cloud, function: &str, id: &str) -> Result<(), Fault> {
    let remove = cloud.lambda.remove_permission().function_name(function).qualifier(LIVE).statement_id(id);
    remove.send().await.done("lambda:RemovePermission", MISSING)
}

impl Live {
    /// `arn` is the ARN of the alias.
    pub fn new(function: String, arn: String) -> Self {
        Self { function, arn, found_before: false, canary: None, departure: Departure::default() }
    }

    /// Lets a share of the visitors try a new version before all of them get it.
    #[must_use]
    pub fn with_canary(self, canary: Option<Canary>) -> Self {
        Self { canary, ..self }
    }

    /// Tells others when the alias moves.
    #[must_use]
    pub fn with_departure(self, departure: Departure) -> Self {
        Self { departure, ..self }
    }

    /// Returns the canary that a new version has to pass. The first version has no visitors yet.
    fn canary_of(&self, desired: &LiveDesired, actual: &LiveActual) -> Option<&Canary> {
        let is_new = self.found_before && !desired.is_checked && actual.version != desired.version;
        self.canary.as_ref().filter(|_| is_new)
    }

    /// Returns the next state of the canary, or `None` if there is none or the version has passed it.
    async fn try_version(
        &self,
        cloud: &Cloud,
        memory: &mut LiveMemory,
        desired: &LiveDesired,
        actual: &LiveActual,
    ) -> Result<Option<LiveActual>, Fault> {
        let Some(canary) = self.canary_of(desired, actual) else { return Ok(None) };
        match canary.verdict(&memory.canary) {
            Some(Verdict::On) => Ok(None),
            Some(Verdict::Undecided) => Ok(Some(actual.clone())),
            Some(Verdict::Back(why)) => Err(canary
                .go_back(cloud, &self.function, &mut memory.canary, (&actual.version, &why))
                .await?),
            None => {
                let versions = (desired.version.as_str(), actual.version.as_str());
                let weights = canary.begin(cloud, &self.function, &mut memory.canary, versions).await?;
                Ok(Some(LiveActual { weights, trial: memory.canary.trial(), ..actual.clone() }))
            }
        }
    }

    /// If the alias existed at the last release, the first read requests everything at once.
    #[must_use]
    pub fn found_before(self, found_before: bool) -> Self {
        Self { found_before, ..self }
    }

    /// Returns the policy in the form in which AWS returns it.
    fn permissions(&self, desired: &LiveDesired, actual: &Statements) -> Statements {
        let statement = |id: &str, source: &String| {
            json!({
                "Sid": id,
                "Effect": "Allow",
                "Principal": { "Service": PRINCIPAL },
                "Action": "lambda:InvokeFunction",
                "Resource": self.arn,
                "Condition": { "ArnLike": { "AWS:SourceArn": source } },
            })
        };
        let statements = desired.sources().into_iter().map(|(id, source)| statement(id, source));
        let wanted = Statements::new(&json!({ "Statement": statements.collect::<Vec<_>>() }));
        match desired.stream {
            StreamPermission::Keep => wanted.with(STREAM_STATEMENT, actual),
            _ => wanted,
        }
    }

    /// Creates the alias and checks the health of its version concurrently: no visitor can reach a new alias yet,
    /// because the page is released after it.
    async fn create(
        &self,
        cloud: &Cloud,
        memory: &mut Option<HealthCheck>,
        desired: &LiveDesired,
    ) -> Result<LiveActual, Fault> {
        let creation = async {
            let create = cloud.lambda.create_alias().function_name(&self.function).name(LIVE);
            create.function_version(&desired.version).send().await.fault("lambda:CreateAlias")?;
            self.write_policy(cloud, desired, &Statements::default()).await
        };
        let check = desired.check(true);
        let (check, created) = tokio::join!(self.check(cloud, memory, check), creation);
        let check = check?;
        if let Some(failure) = check.failure() {
            self.remove(cloud).await?;
            return Err(failure);
        }
        created?;
        Ok(self.as_desired(desired, &Statements::default(), Some(check)))
    }

    /// Checks a version. The memory holds the pending check meanwhile, so that the next observation repeats it if this
    /// call fails.
    async fn check(
        &self,
        cloud: &Cloud,
        memory: &mut Option<HealthCheck>,
        pending: HealthCheck,
    ) -> Result<HealthCheck, Fault> {
        *memory = Some(pending.clone());
        let check = pending.run(&cloud.lambda, &self.function).await?;
        *memory = Some(check.clone());
        Ok(check)
    }

    /// Returns this run's check of the new version. Repeats one that is waiting, as Lambda may have prepared the version
    /// since.
    async fn latest_check(
        &self,
        cloud: &Cloud,
        memory: &mut Option<HealthCheck>,
    ) -> Result<Option<HealthCheck>, Fault> {
        match memory.clone() {
            Some(check) if check.wait().is_some() => self.check(cloud, memory, check).await.map(Some),
            known => Ok(known),
        }
    }

    async fn remove(&self, cloud: &Cloud) -> Result<(), Fault> {
        let delete = cloud.lambda.delete_alias().function_name(&self.function).name(LIVE).send().await;
        delete.done("lambda:DeleteAlias", MISSING)
    }

    fn as_desired(
        &self,
        desired: &LiveDesired,
        actual: &Statements,
        check: Option<HealthCheck>,
    ) -> LiveActual {
        LiveActual {
            version: desired.version.clone(),
            weights: Weights::new(),
            permissions: self.permissions(desired, actual),
            check,
            trial: None,
        }
    }

    /// Changes the policy in sequential calls, because Lambda refuses concurrent changes of one policy.
    async fn write_policy(
        &self,
        cloud: &Cloud,
        desired: &LiveDesired,
        actual: &Statements,
    ) -> Result<(), Fault> {
        let wanted = self.permissions(desired, actual);
        for (id, _) in actual.iter().filter(|(id, statement)| wanted.get(id) != Some(statement)) {
            remove_permission(cloud, &self.function, id).await?;
        }
        for (id, source) in desired.sources() {
            if actual.get(id) == wanted.get(id) {
                continue;
            }
            let add = cloud.lambda.add_permission().function_name(&self.function).qualifier(LIVE);
            let add = add.statement_id(id).action("lambda:InvokeFunction");
            let add = add.principal(PRINCIPAL).source_arn(source);
            add.send().await.fault("lambda:AddPermission")?;
        }
        Ok(())
    }
}

impl RequiredPermissions for Live {
    fn required_permissions(&self, names: &Names) -> Vec<Permission> {
        let function = names.function_arn();
        let with_versions = || [function.clone(), format!("{function}:*")];
        let log = self.canary.iter().map(|canary| {
            let streams = format!("{}:*", canary.log_group_arn);
            let log = [canary.log_group_arn.clone(), streams];
            Permission::read("WatchCanary", &["logs:FilterLogEvents"], log)
        });
        let alias = [
            Permission::read("LookAtLive", &["lambda:GetAlias", "lambda:GetPolicy"], with_versions()),
            Permission::write(
                "ChangeLive",
                &[
                    "lambda:CreateAlias",
                    "lambda:DeleteAlias",
                    "lambda:InvokeFunction",
                    "lambda:RemovePermission",
                    "lambda:UpdateAlias",
                ],
                with_versions(),
            ),
            Permission::write("OpenToTheApi", &["lambda:AddPermission"], with_versions()).when(
                "StringEquals",
                "lambda:Principal",
                PRINCIPAL,
            ),
        ];
        alias.into_iter().chain(log).collect()
    }
}

impl Resource for Live {
    type Cloud = Cloud;
    type Desired = LiveDesired;
    type Actual = LiveActual;
    type Output = LiveOutput;
    type Memory = LiveMemory;

    fn physical_name(&self) -> Option<String> {
        Some(format!("{}:{LIVE}", self.function))
    }

    async fn observe(&self, cloud: &Cloud, memory: &mut Self::Memory) -> Result<Option<LiveActual>, Fault> {
        let policy = cloud.lambda.get_policy().function_name(&self.function).qualifier(LIVE).send();
        let alias = alias(cloud, &self.function);
        let (alias, policy, check) = if self.found_before || memory.check.is_some() {
            tokio::join!(alias, policy, self.latest_check(cloud, &mut memory.check))
        } else {
            let Some(alias) = alias.await? else { return Ok(None) };
            (Ok(Some(alias)), policy.await, Ok(None))
        };
        let policy = policy.found("lambda:GetPolicy", MISSING)?;
        let Some(alias) = alias? else { return Ok(None) };
        let check = check?;
        let weights = weights(&alias);
        let version = alias.function_version.unwrap_or_default();
        if let Some(canary) = &self.canary {
            canary.watch(cloud, &self.function, &mut memory.canary, (&version, &weights)).await?;
        }
        let policy = policy.and_then(|response| response.policy);
        Ok(Some(LiveActual {
            version,
            weights,
            permissions: policy.map(|policy| Statements::parse(&policy)).unwrap_or_default(),
            check,
            trial: memory.canary.trial(),
        }))
    }

    /// The function node checks the owner.
    fn ownership(&self, _actual: &LiveActual) -> Ownership {
        Ownership::Ours
    }

    fn diff(&self, desired: &LiveDesired, actual: Option<&LiveActual>) -> Vec<Change> {
        let mut changes = Changes::new();
        let mut version = desired.version.clone();
        if actual.is_some_and(|actual| actual.must_pass_check(desired, self.found_before)) {
            version.push_str(UNCHECKED);
        }
        changes.value("version", &version, actual.map(|actual| &actual.version));
        let weights = actual.into_iter().flat_map(|actual| &actual.weights);
        let weights: BTreeMap<_, _> =
            weights.map(|(version, weight)| (version, weight.to_string())).collect();
        changes.map("routing_weight", [], weights.iter().map(|(version, weight)| (*version, weight)));
        let none = Statements::default();
        let wanted = self.permissions(desired, actual.map_or(&none, |actual| &actual.permissions));
        wanted.compare(&mut changes, "permission", actual.map(|actual| &actual.permissions));
        changes.into_vec()
    }

    fn status(&self, actual: &LiveActual) -> Status {
        let canary = || self.canary.as_ref()?.wait(actual.trial.as_ref()?);
        let wait = actual.check.as_ref().and_then(HealthCheck::wait).or_else(canary);
        wait.map_or(Status::Ready, Status::Busy)
    }

    async fn converge(
        &self,
        cloud: &Cloud,
        memory: &mut Self::Memory,
        desired: &LiveDesired,
        actual: Option<&LiveActual>,
    ) -> Result<Pushed<LiveActual>, Fault> {
        let Some(actual) = actual else {
            return self.create(cloud, &mut memory.check, desired).await.map(Pushed::Actual);
        };
        if actual.must_pass_check(desired, self.found_before) {
            let check = if let Some(check) = actual.check_of(&desired.version) {
                check.clone()
            } else {
                let is_first = actual.version == desired.version;
                let check = desired.check(is_first);
                self.check(cloud, &mut memory.check, check).await?
            };
            let Some(failure) = check.failure() else {
                return Ok(Pushed::Actual(LiveActual { check: Some(check), ..actual.clone() }));
            };
            if actual.version == desired.version {
                // The first version failed, so visitors must not reach it.
                self.remove(cloud).await?;
            }
            return Err(failure);
        }
        if let Some(next) = self.try_version(cloud, memory, desired, actual).await? {
            return Ok(Pushed::Actual(next));
        }
        if actual.version != desired.version || !actual.weights.is_empty() {
            self.departure.begin();
            move_alias(cloud, &self.function, &desired.version).await?;
            if let Some(canary) = &self.canary {
                canary.end(&mut memory.canary);
            }
        }
        self.write_policy(cloud, desired, &actual.permissions).await?;
        let reached = self.as_desired(desired, &actual.permissions, actual.check.clone());
        Ok(Pushed::Actual(LiveActual { trial: memory.canary.trial(), ..reached }))
    }

    async fn delete(
        &self,
        cloud: &Cloud,
        _: &mut Self::Memory,
        _actual: &LiveActual,
    ) -> Result<Removed, Fault> {
        self.remove(cloud).await?;
        Ok(Removed::Done)
    }

    /// Available as soon as the new version has passed its health check, so that dependents start then.
    fn output(&self, actual: &LiveActual) -> Option<LiveOutput> {
        let check = actual.check.as_ref().filter(|check| check.health == Health::Healthy)?;
        let canary = actual.trial.as_ref().map(Trial::describe);
        Some(LiveOutput { question: check.question.clone(), canary })
    }

    fn predict_output(&self, _desired: &LiveDesired, _actual: Option<&LiveActual>) -> Option<LiveOutput> {
        Some(LiveOutput::default())
    }
}

#[cfg(test)]
mod tests;
