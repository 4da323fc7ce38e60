//! Describes the environment for Terraform.

use std::sync::Arc;

use reconcile::{Engine, Fault};

use super::Aws;
use crate::{
    spec::{Dns, Environment},
    targets::{
        aws::{
            Cloud,
            eject::{Configuration, Parts, configuration},
            resources::route53::Zones,
        },
        record::Feature,
    },
};

impl Aws {
    /// Returns a Terraform configuration of the observed environment. Returns `None` if the environment is not deployed.
    pub(crate) async fn eject(
        &self,
        environment: &Environment,
        engine: &Engine<Cloud>,
    ) -> Result<Option<Configuration>, Fault> {
        let (Some(nodes), Some(api), Some(distribution)) =
            (self.nodes, self.api(engine), self.distribution(engine))
        else {
            return Ok(None);
        };
        let zone = environment.domain.as_ref().filter(|domain| domain.dns == Dns::Route53);
        let exists = |feature: &Feature| match feature {
            Feature::Streaming => self.stream_api(engine).is_some(),
            Feature::Alarms => nodes.alarm_topic.and_then(|topic| engine.output(topic)?).is_some(),
            Feature::Budget => nodes.usage.and_then(|table| engine.output(table)?).is_some(),
            Feature::CostBudget => nodes.cost_budget.and_then(|budget| engine.output(budget)?).is_some(),
        };
        let parts = Parts {
            api: api.id,
            stream_api: self.stream_api(engine).map(|api| api.id),
            distribution: distribution.id,
            features: Feature::ALL.into_iter().filter(exists).collect(),
            has_key: nodes.key.and_then(|key| engine.output(key)).is_some(),
            zones: zone.map(|domain| Zones::new(domain.zone.as_ref().map(ToString::to_string))),
        };
        let cloud = Arc::clone(&self.cloud);
        Box::pin(configuration(&cloud, &self.names, &parts)).await.map(Some)
    }
}
