//! The settings of a twin that change its cost.

use std::collections::BTreeMap;

use contract::{
    models::Provider,
    variable::{self, provider},
};
use reconcile::{Action, Plan};

use crate::{
    artifacts::settings::settings,
    spec::{Architecture, Budget, Dns, Environment, Target},
};

/// The settings of a twin that change its cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setup {
    /// `None` on this machine.
    pub(super) region: Option<String>,
    /// The provider and the id of the model; `None` for the built-in one.
    pub(super) model: Option<(Provider, String)>,
    pub(super) budget: Option<Budget>,
    pub(super) memory_mb: u16,
    pub(super) is_arm: bool,
    /// Whether the environment leaves the architecture to the build, which has no part in the estimate.
    pub(super) is_architecture_open: bool,
    pub(super) streams: bool,
    /// `None` without alarms.
    pub(super) alarms: Option<AlarmCount>,
    pub(super) log_days: u16,
    pub(super) expiry_days: Option<u16>,
    pub(super) has_zone: bool,
}

/// The alarms, metrics and dashboards that `CloudWatch` counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct AlarmCount {
    /// An alarm that compares two metrics counts twice.
    pub(super) alarms: u8,
    /// The metrics of the metric filters.
    pub(super) metrics: u8,
    pub(super) dashboards: u8,
}

impl AlarmCount {
    fn new(daily_tokens: Option<u32>, dashboard: bool, streams: bool) -> Self {
        let tokens = u8::from(daily_tokens.is_some());
        Self {
            alarms: 7 + tokens + 2 * u8::from(streams),
            metrics: 2 + tokens,
            dashboards: u8::from(dashboard),
        }
    }
}

/// The fields of the function and of the local backend that contain a variable.
const VARIABLES: [&str; 2] = ["environment.", "settings."];
const MEMORY: &str = "memory_mb";
const STREAM_API: &str = "stream api";
const ALARMS: &str = "alarms";
const DASHBOARD: &str = "dashboard";
const DOMAIN: &str = "domain";
/// A field of the alarm for tokens, which exists only with `alarms.daily_tokens`.
const TOKEN_THRESHOLD: &str = "tokens.Threshold";

impl Setup {
    pub(crate) fn of(environment: &Environment) -> Self {
        let lambda = &environment.lambda;
        let domain = environment.domain.as_ref();
        let on_aws = environment.target == Target::Aws;
        Self {
            region: on_aws.then(|| environment.region.to_string()),
            model: environment.priced_model(),
            budget: environment.budget.clone(),
            memory_mb: lambda.memory_mb,
            // With `auto`, the function is built for arm64 wherever that is possible.
            is_arm: lambda.architecture != Architecture::X86_64,
            is_architecture_open: lambda.architecture == Architecture::Auto,
            streams: environment.streaming,
            alarms: environment
                .alarms
                .as_ref()
                .map(|alarms| AlarmCount::new(alarms.daily_tokens, alarms.dashboard, environment.streaming)),
            log_days: lambda.log_retention_days,
            expiry_days: environment.memory.expire_after_days,
            has_zone: domain.is_some_and(|domain| domain.dns == Dns::Route53),
        }
    }

    /// Returns the settings before a plan is applied. `None` if the plan changes none of them, or the twin does not
    /// exist yet, or its function is taken over, whose model is not known.
    pub(super) fn before(environment: &Environment, plan: &Plan) -> Option<Self> {
        let now = Self::of(environment);
        let mut before = now.clone();
        let mut variables = settings(environment);
        let updates = plan.nodes.iter().filter(|planned| planned.action == Action::Update);
        for change in updates.flat_map(|planned| &planned.changes) {
            if change.field == MEMORY {
                before.memory_mb = change.old.as_ref()?.parse().ok()?;
            } else if let Some(name) = VARIABLES.iter().find_map(|prefix| change.field.strip_prefix(prefix)) {
                match &change.old {
                    // twinctl sets this variable in each function, so this one was another tool's.
                    None if name == variable::AI_PROVIDER => return None,
                    Some(old) => drop(variables.insert(name.to_owned(), old.clone())),
                    None => drop(variables.remove(name)),
                }
            }
        }
        before.model = model(&variables);
        match plan.action(STREAM_API) {
            Some(Action::Create) => before.streams = false,
            Some(Action::Delete) => before.streams = true,
            _ => {}
        }
        match plan.action(ALARMS) {
            Some(Action::Create) => before.alarms = None,
            // The plan does not contain the former settings.
            Some(Action::Delete) => before.alarms = Some(AlarmCount::new(None, false, before.streams)),
            _ => {}
        }
        before.undo_parts_of_alarms(plan);
        // Whether the records of a former domain were in Route 53 is not part of the plan.
        before.has_zone &= plan.action(DOMAIN) != Some(&Action::Create);
        let exists = !plan.nodes.iter().all(|planned| {
            matches!(planned.action, Action::Create | Action::Absent | Action::Foreign(_) | Action::Recheck)
        });
        (exists && before != now).then_some(before)
    }

    /// Undoes changes of the dashboard, and of the alarm for tokens, which has a metric of its own.
    fn undo_parts_of_alarms(&mut self, plan: &Plan) {
        let Some(alarms) = &mut self.alarms else { return };
        match plan.action(DASHBOARD) {
            Some(Action::Create) => alarms.dashboards = 0,
            Some(Action::Delete) => alarms.dashboards = 1,
            _ => {}
        }
        let updated =
            plan.nodes.iter().find(|planned| planned.node == ALARMS && planned.action == Action::Update);
        let threshold =
            updated.and_then(|planned| planned.changes.iter().find(|change| change.field == TOKEN_THRESHOLD));
        match threshold.map(|change| (&change.old, &change.new)) {
            Some((None, Some(_))) => {
                (alarms.alarms, alarms.metrics) = (alarms.alarms - 1, alarms.metrics - 1);
            }
            Some((Some(_), None)) => {
                (alarms.alarms, alarms.metrics) = (alarms.alarms + 1, alarms.metrics + 1);
            }
            _ => {}
        }
    }

    /// Returns the provider whose prices a logged model has. A former model may belong to another provider. Returns `None`
    /// for models without a price: the built-in one, and the models of a server of the owner.
    pub(crate) fn provider_of(&self, model: &str) -> Option<Provider> {
        let provider = match &self.model {
            Some((provider, current)) if current == model => *provider,
            _ if model.is_empty() || model == provider::BUILTIN => return None,
            _ if contract::models::price(Provider::Bedrock, model).is_some() => Provider::Bedrock,
            Some((Provider::Other, _)) => return None,
            _ if contract::models::price(Provider::OpenAi, model).is_some() => Provider::OpenAi,
            Some((provider, _)) => *provider,
            None => Provider::OpenAi,
        };
        (provider != Provider::Other).then_some(provider)
    }

    /// Returns whether the model's API key is in Secrets Manager.
    pub(super) fn has_secret(&self) -> bool {
        self.model.as_ref().is_some_and(|(provider, _)| *provider != Provider::Bedrock)
    }
}

/// Returns the model that these variables of twin-lambda choose.
fn model(variables: &BTreeMap<String, String>) -> Option<(Provider, String)> {
    let value = |name: &str| variables.get(name).cloned();
    match value(variable::AI_PROVIDER)?.as_str() {
        provider::BEDROCK => Some((Provider::Bedrock, value(variable::BEDROCK_MODEL_ID)?)),
        provider::OPENAI => {
            let url = value(variable::OPENAI_BASE_URL);
            let provider = url.as_deref().map_or(Provider::OpenAi, Provider::at);
            Some((provider, value(variable::OPENAI_MODEL)?))
        }
        _ => None,
    }
}
