//! Notes and outputs of an environment in AWS.

use reconcile::{Action, Engine, Fault, Plan};
use serde_json::{Map, Value, json};

use super::{Aws, expiry};
use crate::{
    spec::{Dns, Environment},
    targets::{
        Reports,
        aws::{
            Cloud,
            former_page::FormerPage,
            pending_records,
            resources::UsageTable,
            stack::{COST_BUDGET, LIVE_ALIAS},
        },
        expiry_note::ExpiryChange,
        missing_record::MissingRecord,
        record::Record,
    },
    twin::{
        canary::Canary,
        secret::{KEY_NODE, RECOVERY_DAYS},
    },
};

/// Describes the canary that a new version has to pass.
fn canary_note(environment: &Environment, plan: &Plan) -> Option<String> {
    let canary = Canary::of(environment)?;
    let alias = plan.nodes.iter().find(|planned| planned.node == LIVE_ALIAS)?;
    let moves = match alias.action {
        // The version is known after the function is updated.
        Action::Recheck => true,
        Action::Update => alias.changes.iter().any(|change| change.field == "version"),
        _ => false,
    };
    moves.then(|| canary.note())
}

/// Returns a note about the scope of the mail from a new cost budget.
fn cost_budget_note(environment: &Environment, account: &str, plan: &Plan) -> Option<String> {
    let email = environment.budget.as_ref()?.email.as_ref()?;
    matches!(plan.action(COST_BUDGET), Some(Action::Create)).then(|| {
        format!(
            "AWS sends mail to {email} about the bill of the whole account {account}, not only about this twin (docs/cost.md)"
        )
    })
}

impl Reports for Aws {
    async fn missing_records(&self, environment: &Environment, engine: &Engine<Cloud>) -> Vec<MissingRecord> {
        let Some(domain) = environment.domain.as_ref().filter(|domain| domain.dns == Dns::Manual) else {
            return Vec::new();
        };
        let certificate = self.domain().and_then(|domain| engine.output(domain.certificate?));
        let host = self.distribution(engine).map(|distribution| distribution.domain);
        pending_records::missing(
            self.cloud.dns.as_ref(),
            &domain.names(),
            certificate.as_ref(),
            host.as_deref(),
        )
        .await
    }

    fn status_notes(
        &self,
        environment: &Environment,
        engine: &Engine<Cloud>,
        record: Option<&Record>,
    ) -> Vec<String> {
        let releases = record.map_or(&[][..], |record| record.releases.as_slice());
        // The version of a canary is not released yet.
        let has_canary = record.is_some_and(|record| record.canary.is_some());
        let newest = self.function(engine).map(|function| function.version);
        let is_released = |version: &String| releases.iter().any(|release| release.version == *version);
        let unreleased = newest.filter(|newest| !has_canary && !releases.is_empty() && !is_released(newest));
        let note = |version| {
            format!(
                "version {version} was never released: its health check or canary failed, its deployment was interrupted, or it was published without twinctl"
            )
        };
        let missing = self.check_model().err().map(|diagnostic| diagnostic.message);
        let topic = self.nodes.and_then(|nodes| engine.output(nodes.alarm_topic?)?);
        let unconfirmed = topic.map(|topic| topic.unconfirmed).unwrap_or_default().into_iter();
        // AWS keeps the subscription of a former address for some days if nobody confirms it.
        let is_notified =
            |address: &String| environment.alarms.as_ref().is_some_and(|alarms| alarms.notify(address));
        let unconfirmed = unconfirmed.filter(is_notified).map(|address| {
            format!("{address} has not confirmed the subscription to the alarms (docs/alarms.md)")
        });
        unreleased.map(note).into_iter().chain(missing).chain(unconfirmed).collect()
    }

    fn status_fields(&self, _: &Environment, _: &Engine<Cloud>) -> Map<String, Value> {
        let fields = [("account", &self.names.account), ("region", &self.names.region)];
        fields.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect()
    }

    async fn spent(&self, month: &str) -> Result<u64, Fault> {
        UsageTable::spent(&self.cloud.dynamodb, &self.names.usage_table, month).await
    }

    fn outputs(&self, environment: &Environment, engine: &Engine<Cloud>) -> Vec<(&'static str, String)> {
        let (names, distribution, api) = (&self.names, self.distribution(engine), self.api(engine));
        let pairs = [
            ("account", Some(names.account.clone())),
            ("region", Some(environment.region.to_string())),
            ("distribution_id", distribution.as_ref().map(|distribution| distribution.id.clone())),
            ("distribution_hostname", distribution.map(|distribution| distribution.domain)),
            ("api_id", api.as_ref().map(|api| api.id.clone())),
            ("api_endpoint", api.map(|api| api.endpoint)),
            ("function", Some(names.function.clone())),
            ("web_bucket", Some(names.web_bucket.clone())),
            ("memory_bucket", Some(names.memory_bucket.clone())),
            ("data_bucket", Some(names.data_bucket.clone())),
            ("usage_table", environment.budget.as_ref().map(|_| names.usage_table.clone())),
            ("log_group", Some(names.log_group.clone())),
            ("access_log_group", Some(names.access_log_group())),
        ];
        pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    fn resource_notes(&self, engine: &Engine<Cloud>) -> Vec<String> {
        let note = self.distribution(engine).and_then(|distribution| distribution.note());
        note.into_iter().chain(self.rollback_notes.clone()).collect()
    }

    async fn plan_notes(&self, environment: &Environment, plan: &Plan) -> Result<Vec<String>, Fault> {
        let expiry = match environment.memory.expire_after_days {
            Some(days) => expiry::change(&self.cloud, &self.names, plan, days.into()).await?,
            None => None,
        };
        let page = self.former_page(plan).await?;
        let canary = canary_note(environment, plan);
        Ok(canary
            .into_iter()
            .chain(expiry.iter().map(ExpiryChange::note))
            .chain(expiry::old_versions(plan))
            .chain(page.iter().map(FormerPage::note))
            .chain(cost_budget_note(environment, &self.names.account, plan))
            .collect())
    }

    fn destroy_note(plan: &Plan) -> Option<String> {
        let deletes_key = matches!(plan.action(KEY_NODE), Some(Action::Delete));
        deletes_key.then(|| format!("the API key can be restored for {RECOVERY_DAYS} days: deploy again"))
    }
}
