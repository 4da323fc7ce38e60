//! The alias `live`: the version that visitors reach, and who may reach it.

mod health;

use std::collections::BTreeMap;

use aws_sdk_lambda::{operation::get_alias::GetAliasOutput, types::AliasRoutingConfiguration};
use reconcile::{Change, Changes, Fault, Ownership, Pushed, Removed, Resource, Status, Wait};
use serde_json::json;

use super::function;
use crate::targets::aws::{
    Answer, Cloud, Needs, Right, Statements,
    names::{LIVE, Names},
};

pub use health::Unhealthy;
use health::{Trial, Verdict};

/// The id of our one statement in the alias's policy.
const STATEMENT: &str = "twinctl-api";
/// Who calls it.
const PRINCIPAL: &str = "apigateway.amazonaws.com";
const MISSING: &[&str] = &["ResourceNotFoundException"];
/// What is said of a version that visitors may not reach yet.
const PROVED: &str = " (once it has answered as healthy)";

#[derive(Debug)]
pub struct Live {
    function: String,
    /// The alias's.
    arn: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveDesired {
    pub version: String,
    /// What a call from the API names as its source.
    pub api_execution_arn: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveActual {
    version: String,
    /// Shares of the calls that go to other versions.
    shares: BTreeMap<String, String>,
    permissions: Statements,
    trial: Option<Trial>,
}

impl LiveActual {
    fn trial_of(&self, version: &str) -> Option<&Trial> {
        self.trial.as_ref().filter(|trial| trial.version == version)
    }

    /// Whether `version` has to answer well before visitors get there. The one that they reach already has.
    fn must_prove(&self, version: &str) -> bool {
        self.trial_of(version).map_or(self.version != version, |trial| trial.verdict != Verdict::Healthy)
    }
}

/// Gives visitors the version back that they had before.
pub async fn move_back(cloud: &Cloud, function: &str, version: &str) -> Result<(), Fault> {
    let update = cloud.lambda.update_alias().function_name(function).name(LIVE).function_version(version);
    let nobody_else = AliasRoutingConfiguration::builder().set_additional_version_weights(Some([].into()));
    let update = update.routing_config(nobody_else.build()).send().await;
    update.fault("lambda:UpdateAlias").map(drop)
}

async fn alias(cloud: &Cloud, function: &str) -> Result<Option<GetAliasOutput>, Fault> {
    let alias = cloud.lambda.get_alias().function_name(function).name(LIVE).send().await;
    alias.found("lambda:GetAlias", MISSING)
}

impl Live {
    /// `arn` is the alias's.
    pub fn new(function: String, arn: String) -> Self {
        Self { function, arn }
    }

    /// The policy as AWS words it.
    fn permissions(&self, api_execution_arn: &str) -> Statements {
        Statements::new(&json!({ "Statement": [{
            "Sid": STATEMENT,
            "Effect": "Allow",
            "Principal": { "Service": PRINCIPAL },
            "Action": "lambda:InvokeFunction",
            "Resource": self.arn,
            "Condition": { "ArnLike": { "AWS:SourceArn": api_execution_arn } },
        }] }))
    }

    /// Nobody can be there yet, so health is asked at the same time.
    async fn create(
        &self,
        cloud: &Cloud,
        noted: &mut Option<Trial>,
        desired: &LiveDesired,
    ) -> Result<LiveActual, Fault> {
        let make = async {
            let create = cloud.lambda.create_alias().function_name(&self.function).name(LIVE);
            create.function_version(&desired.version).send().await.fault("lambda:CreateAlias")?;
            self.permit(cloud, &desired.api_execution_arn, &Statements::default()).await
        };
        let (trial, alias) = tokio::join!(self.ask(cloud, noted, &desired.version), make);
        let trial = trial?;
        if let Some(refusal) = trial.refusal() {
            self.remove(cloud).await?;
            return Err(refusal);
        }
        alias?;
        Ok(self.as_desired(desired, Some(trial)))
    }

    /// Noted before it is asked: where no answer comes, the next look asks again.
    async fn ask(&self, cloud: &Cloud, noted: &mut Option<Trial>, version: &str) -> Result<Trial, Fault> {
        *noted = Some(Trial::pending(version));
        let trial = Trial::of(cloud, &self.function, version).await?;
        *noted = Some(trial.clone());
        Ok(trial)
    }

    /// What is known of the new version; asked again for as long as Lambda is making it.
    async fn look_at_trial(&self, cloud: &Cloud, noted: &mut Option<Trial>) -> Result<Option<Trial>, Fault> {
        match noted.clone() {
            Some(Trial { version, verdict: Verdict::Pending }) => {
                self.ask(cloud, noted, &version).await.map(Some)
            }
            known => Ok(known),
        }
    }

    async fn remove(&self, cloud: &Cloud) -> Result<(), Fault> {
        let delete = cloud.lambda.delete_alias().function_name(&self.function).name(LIVE).send().await;
        delete.done("lambda:DeleteAlias", MISSING)
    }

    fn as_desired(&self, desired: &LiveDesired, trial: Option<Trial>) -> LiveActual {
        LiveActual {
            version: desired.version.clone(),
            shares: BTreeMap::new(),
            permissions: self.permissions(&desired.api_execution_arn),
            trial,
        }
    }

    /// One after the other: changes of one policy at the same time are refused.
    async fn permit(&self, cloud: &Cloud, api_execution_arn: &str, there: &Statements) -> Result<(), Fault> {
        let wanted = self.permissions(api_execution_arn);
        for (id, _) in there.iter().filter(|(id, statement)| wanted.get(id) != Some(statement)) {
            let remove = cloud.lambda.remove_permission().function_name(&self.function).qualifier(LIVE);
            let remove = remove.statement_id(id).send().await;
            remove.done("lambda:RemovePermission", MISSING)?;
        }
        if there.get(STATEMENT) == wanted.get(STATEMENT) {
            return Ok(());
        }
        let add = cloud.lambda.add_permission().function_name(&self.function).qualifier(LIVE);
        let add = add.statement_id(STATEMENT).action("lambda:InvokeFunction");
        let add = add.principal(PRINCIPAL).source_arn(api_execution_arn);
        add.send().await.fault("lambda:AddPermission").map(drop)
    }
}

impl Needs for Live {
    fn needs(&self, names: &Names) -> Vec<Right> {
        let function = names.function_arn();
        let with_versions = || [function.clone(), format!("{function}:*")];
        vec![
            Right::look("LookAtLive", &["lambda:GetAlias", "lambda:GetPolicy"], with_versions()),
            Right::change(
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
            Right::change("OpenToTheApi", &["lambda:AddPermission"], with_versions()).when(
                "StringEquals",
                "lambda:Principal",
                PRINCIPAL,
            ),
        ]
    }
}

impl Resource for Live {
    type Cloud = Cloud;
    type Desired = LiveDesired;
    type Actual = LiveActual;
    type Output = ();
    /// The health of the version that this run deploys.
    type Memory = Option<Trial>;

    fn physical_name(&self) -> Option<String> {
        Some(format!("{}:{LIVE}", self.function))
    }

    async fn observe(&self, cloud: &Cloud, memory: &mut Self::Memory) -> Result<Option<LiveActual>, Fault> {
        let policy = cloud.lambda.get_policy().function_name(&self.function).qualifier(LIVE).send();
        let (alias, policy, trial) =
            tokio::join!(alias(cloud, &self.function), policy, self.look_at_trial(cloud, memory));
        let policy = policy.found("lambda:GetPolicy", MISSING)?;
        let Some(alias) = alias? else { return Ok(None) };
        let weights = alias.routing_config.and_then(|routing| routing.additional_version_weights);
        let weights = weights.unwrap_or_default().into_iter();
        let policy = policy.and_then(|answer| answer.policy);
        Ok(Some(LiveActual {
            version: alias.function_version.unwrap_or_default(),
            shares: weights.map(|(version, weight)| (version, weight.to_string())).collect(),
            permissions: policy.map(|policy| Statements::parse(&policy)).unwrap_or_default(),
            trial: trial?,
        }))
    }

    /// It is a part of the function, which says whose it is.
    fn ownership(&self, _actual: &LiveActual) -> Ownership {
        Ownership::Ours
    }

    fn diff(&self, desired: &LiveDesired, actual: Option<&LiveActual>) -> Vec<Change> {
        let mut changes = Changes::new();
        let mut version = desired.version.clone();
        if actual.is_some_and(|actual| actual.must_prove(&version)) {
            version.push_str(PROVED);
        }
        changes.value("version", &version, actual.map(|actual| &actual.version));
        changes.map("share", [], actual.into_iter().flat_map(|actual| &actual.shares));
        let wanted = self.permissions(&desired.api_execution_arn);
        wanted.compare(&mut changes, "permission", actual.map(|actual| &actual.permissions));
        changes.into_vec()
    }

    fn status(&self, actual: &LiveActual) -> Status {
        match &actual.trial {
            Some(Trial { version, verdict: Verdict::Pending }) => {
                Status::Busy(Wait::new(format!("Lambda to have version {version} ready"), function::UPDATING))
            }
            _ => Status::Ready,
        }
    }

    async fn converge(
        &self,
        cloud: &Cloud,
        memory: &mut Self::Memory,
        desired: &LiveDesired,
        actual: Option<&LiveActual>,
    ) -> Result<Pushed<LiveActual>, Fault> {
        let Some(actual) = actual else {
            return self.create(cloud, memory, desired).await.map(Pushed::Actual);
        };
        if actual.must_prove(&desired.version) {
            let trial = match actual.trial_of(&desired.version) {
                Some(known) => known.clone(),
                None => self.ask(cloud, memory, &desired.version).await?,
            };
            let Some(refusal) = trial.refusal() else {
                return Ok(Pushed::Actual(LiveActual { trial: Some(trial), ..actual.clone() }));
            };
            if actual.version == desired.version {
                // The first version of all, and nobody is to get there.
                self.remove(cloud).await?;
            }
            return Err(refusal);
        }
        if actual.version != desired.version || !actual.shares.is_empty() {
            move_back(cloud, &self.function, &desired.version).await?;
        }
        self.permit(cloud, &desired.api_execution_arn, &actual.permissions).await?;
        Ok(Pushed::Actual(self.as_desired(desired, actual.trial.clone())))
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

    /// Whoever waits for it may go on as soon as the new version has proved itself.
    fn output(&self, actual: &LiveActual) -> Option<()> {
        actual.trial.as_ref().filter(|trial| trial.verdict == Verdict::Healthy).map(|_| ())
    }

    fn predict_output(&self, _desired: &LiveDesired, _actual: Option<&LiveActual>) -> Option<()> {
        Some(())
    }
}

#[cfg(test)]
mod tests;
