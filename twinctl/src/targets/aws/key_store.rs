//! The API key in Secrets Manager. It is written as a graph of one node, so that the engine handles lost responses
//! and stale reads.

use std::sync::Arc;

use async_trait::async_trait;
use reconcile::{Apply, Choices, Engine, Fault, Graph, Halt, Planned, Resource as _, Waits};

use crate::{
    system::clock,
    targets::{
        Aim,
        aws::{
            Cloud, Labels, SdkResult,
            names::Names,
            resources::{
                role::may_read,
                secret::{Secret, SecretDesired, SecretValue},
            },
        },
    },
    twin::secret::{Access, ApiKey, KEY_NODE, KeyStore, Removal, StoredKey},
    ui::{Diagnostic, Exit, Ui, to_continue, to_repeat},
};

#[derive(Debug)]
pub(crate) struct CloudKeyStore {
    pub(crate) cloud: Arc<Cloud>,
    pub(crate) names: Names,
    pub(crate) labels: Labels,
}

impl CloudKeyStore {
    fn secret(&self, aim: Aim) -> Secret {
        Secret::new(self.names.secret.clone(), self.labels.clone(), aim)
    }

    /// Returns the key. Returns `None` if there is none, or the caller may not read it.
    pub(crate) async fn key(&self) -> Option<ApiKey> {
        let read = self.cloud.secrets.get_secret_value().secret_id(&self.names.secret).send().await;
        let text = zeroize::Zeroizing::new(read.fault("secretsmanager:GetSecretValue").ok()?.secret_string?);
        let document: Option<serde_json::Value> = serde_json::from_str(&text).ok();
        let key = document.as_ref().and_then(|document| document["openai_api_key"].as_str());
        ApiKey::parse(key.unwrap_or(&text)).ok()
    }

    async fn run(&self, aim: Aim, desired: SecretDesired, command: &str, ui: &Ui) -> Result<(), Diagnostic> {
        let mut graph = Graph::new();
        graph.add(KEY_NODE, self.secret(aim), (), move |()| desired.clone());
        let choices = Choices { destroy: aim == Aim::Remove, ..Choices::default() };
        let engine = Engine::new(graph, Arc::clone(&self.cloud), ui.observer(), Halt::new(), choices);
        engine.observe().await.map_err(|failures| Diagnostic::failures(&failures, to_repeat(command)))?;
        let plan = engine.plan();
        if let Some(refused) = plan.refusals().next() {
            return Err(not_managed(refused, &self.names));
        }
        let report = engine.apply(&plan, Apply { waits: Waits::Yes, observed: true }).await;
        let report = engine.verify(&plan, report).await;
        if report.failures().next().is_some() {
            return Err(Diagnostic::failures(report.failures(), to_continue(command)));
        }
        Ok(())
    }
}

#[async_trait(?Send)]
impl KeyStore for CloudKeyStore {
    async fn read(&self) -> Result<Option<StoredKey>, Fault> {
        let Some(actual) = self.secret(Aim::Use).observe(&self.cloud, &mut ()).await? else {
            return Ok(None);
        };
        let (key, readable) = tokio::join!(self.key(), may_read(&self.cloud, &self.names.role, &actual.arn));
        let access = match readable? {
            None => Access::NoTwin,
            Some(true) => Access::Granted,
            Some(false) => Access::Missing,
        };
        Ok(Some(StoredKey {
            location: actual.arn,
            stored_at: actual.changed,
            deleted_at: actual.deleted,
            ending: key.as_ref().and_then(ApiKey::ending),
            access,
        }))
    }

    async fn put(&self, key: &ApiKey, command: &str, ui: &Ui) -> Result<(), Diagnostic> {
        let version = format!("{}{}", clock::unique_id(), clock::unique_id());
        let desired = SecretDesired { value: Some(SecretValue::new(version, key.to_json())) };
        self.run(Aim::Use, desired, command, ui).await
    }

    async fn remove(&self, command: &str, ui: &Ui) -> Result<Removal, Diagnostic> {
        self.run(Aim::Remove, SecretDesired::default(), command, ui).await?;
        Ok(Removal::Scheduled)
    }
}

fn not_managed(refused: &Planned, names: &Names) -> Diagnostic {
    let cause = match &refused.action {
        reconcile::Action::Foreign(reason) => reason.clone(),
        _ => format!("the secret `{}` cannot be changed", names.secret),
    };
    Diagnostic::new(Exit::Failed, "nothing was changed").cause(cause).hint(format!(
        "take it over with `twinctl deploy {} --adopt`, delete it, or choose another `project:`",
        names.environment
    ))
}
