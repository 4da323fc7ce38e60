//! Describes the environment for Terraform.

use std::sync::Arc;

use reconcile::{Engine, Fault};

use super::Aws;
use crate::{
    spec::{Dns, Environment},
    targets::aws::{
        Cloud,
        eject::{Configuration, Parts, configuration},
        resources::route53::Zones,
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
        let parts = Parts {
            api: api.id,
            stream_api: self.stream_api(engine).map(|api| api.id),
            distribution: distribution.id,
            has_alarms: nodes.alarm_topic.and_then(|topic| engine.output(topic)?).is_some(),
            has_budget: nodes.usage.and_then(|table| engine.output(table)?).is_some(),
            has_key: nodes.key.and_then(|key| engine.output(key)).is_some(),
            zones: zone.map(|domain| Zones::new(domain.zone.as_ref().map(ToString::to_string))),
        };
        let cloud = Arc::clone(&self.cloud);
        Box::pin(configuration(&cloud, &self.names, &parts)).await.map(Some)
    }
}
