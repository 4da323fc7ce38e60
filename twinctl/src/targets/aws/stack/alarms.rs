//! The nodes of alarms and dashboard.

use reconcile::Handle;

use super::StackBuilder;
use crate::{
    spec::Alarms,
    targets::{
        aws::{
            names::Names,
            resources::{
                AlarmsSetup, Dashboard, DashboardDesired, HttpApiOutput, LogGroupsOutput, MetricAlarms,
                MetricAlarmsDesired, Topic, TopicDesired, TopicOutput, alarms, filters,
            },
        },
        record::Feature,
    },
};

pub(super) type TopicNode = Handle<Option<TopicOutput>>;

impl StackBuilder<'_> {
    /// Adds the nodes, unless the environment has no alarms and never had any.
    pub(super) fn alarms(
        &mut self,
        logs: Handle<LogGroupsOutput>,
        api: Handle<HttpApiOutput>,
    ) -> Option<TopicNode> {
        let settings = self.environment.alarms.as_ref();
        if settings.is_none() && !self.context.had(Feature::Alarms) {
            return None;
        }
        let names = self.context.names.clone();
        let topic = self.topic(settings, &names);
        let streams = self.environment.streaming;
        let daily_tokens = settings.and_then(|settings| settings.daily_tokens);
        let setup = AlarmsSetup { names: names.clone(), streams, daily_tokens };
        let resource = MetricAlarms::new(&names, self.labels.clone());
        let inputs = (topic.early(), api.early(), logs.early());
        self.graph.add_if(settings.is_some(), "alarms", resource, inputs, move |(topic, api, _)| {
            let topic = topic.map(|topic| topic.arn).unwrap_or_default();
            MetricAlarmsDesired { filters: filters(&setup), alarms: alarms(&setup, &api.id, &topic) }
        });
        let prices = self.environment.token_price().map(|price| (price.input, price.output));
        let shows = settings.is_some_and(|settings| settings.dashboard);
        let dashboard = Dashboard::new(&names);
        self.graph.add_if(shows, "dashboard", dashboard, (api.early(),), move |(api,)| DashboardDesired {
            names: names.clone(),
            api_id: api.id,
            streams,
            prices,
        });
        Some(topic)
    }

    fn topic(&mut self, settings: Option<&Alarms>, names: &Names) -> TopicNode {
        let desired = TopicDesired {
            email: settings.and_then(|settings| Some(settings.email.as_ref()?.to_string())),
            webhook: settings.and_then(|settings| Some(settings.webhook.as_ref()?.to_string())),
        };
        let topic = Topic::new(names, self.labels.clone());
        self.graph.add_if(settings.is_some(), "alarm topic", topic, (), move |()| desired.clone())
    }
}
