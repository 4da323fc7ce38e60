//! Notes and outputs of a twin on this machine.

use std::path::Path;

use contract::budget;
use reconcile::{Action, Engine, Fault, Plan};
use serde_json::{Map, Value, json};

use super::Local;
use crate::{
    spec::Environment,
    system::{clock, files},
    targets::{
        Reports,
        expiry_note::{ExpiryChange, is_shorter, keeps_memory},
        local::{
            gateway::{ActiveAlarm, BackendStatus, GatewaySetup, Phase, count_expired, port_in_use_note},
            machine::Machine,
            stack::{BACKEND, GATEWAY, MEMORY_FOLDER},
        },
        record::Record,
    },
    twin::canary::Canary,
    ui::counted,
};

impl Reports for Local {
    fn status_notes(&self, _: &Environment, engine: &Engine<Machine>, _: Option<&Record>) -> Vec<String> {
        let gateway = self.gateway(engine).map(|gateway| {
            let (requests, started) = (gateway.requests, clock::ago(gateway.since));
            let (pid, port) = (gateway.process.pid, gateway.address.port());
            let throttled = match requests.throttled {
                0 => String::new(),
                throttled => format!(", {throttled} throttled"),
            };
            format!(
                "the gateway is process {pid} on port {port}, started {started}; {} requests{throttled}",
                requests.total
            )
        });
        let backend = self.backend(engine).map(|backend| {
            let restarts = match backend.status.restarts {
                0 => String::new(),
                1 => "; restarted once".to_owned(),
                more => format!("; restarted {more} times"),
            };
            match backend.status.phase {
                Phase::Ready { pid, since, .. } => {
                    format!("twin-lambda is process {pid}, started {}{restarts}", clock::ago(since))
                }
                Phase::Starting => format!("twin-lambda is starting{restarts}"),
                Phase::Waiting { why, .. } => {
                    format!("twin-lambda is restarted because it failed: {}{restarts}", why.reason)
                }
            }
        });
        let alarms = self.gateway(engine).map(|gateway| gateway.alarms).unwrap_or_default().into_iter();
        let alarms = alarms.map(|(name, ActiveAlarm { since, reason })| {
            format!("the alarm `{name}` went off {}: {reason} (docs/alarms.md)", clock::ago(since))
        });
        gateway.into_iter().chain(backend).chain(alarms).collect()
    }

    fn status_fields(&self, _: &Environment, engine: &Engine<Machine>) -> Map<String, Value> {
        let gateway = self.gateway(engine).map(|gateway| {
            json!({
                "pid": gateway.process.pid,
                "port": gateway.address.port(),
                "since": gateway.since,
                "requests": gateway.requests,
                "alarms": gateway.alarms,
            })
        });
        let backend =
            self.backend(engine).map(|backend| json!(BackendStatus { canary: None, ..backend.status }));
        let facts = [("gateway", gateway), ("backend", backend)];
        facts.into_iter().map(|(name, value)| (name.to_owned(), value.unwrap_or_default())).collect()
    }

    async fn spent(&self, month: &str) -> Result<u64, Fault> {
        let path = self.folders.memory.join(budget::FILE);
        let Some(text) = files::read(&path)? else { return Ok(0) };
        let json: Value = serde_json::from_slice(&text).unwrap_or_default();
        Ok(json[budget::MONTHS][month].as_u64().unwrap_or_default())
    }

    fn outputs(&self, _: &Environment, engine: &Engine<Machine>) -> Vec<(&'static str, String)> {
        let shown = |path: &Path| path.display().to_string();
        let port = self.gateway(engine).map(|gateway| gateway.address.port().to_string());
        let folders = [
            ("data_folder", shown(&self.folders.data)),
            ("memory_folder", shown(&self.folders.memory)),
            ("logs_folder", shown(&self.folder.logs())),
        ];
        let alarms = self.gateway(engine).and_then(|gateway| gateway.setup.alarms);
        let key = alarms.filter(|alarms| alarms.webhook.is_some()).map(|alarms| ("webhook_key", alarms.key));
        port.map(|port| ("port", port)).into_iter().chain(folders).chain(key).collect()
    }

    async fn plan_notes(&self, environment: &Environment, plan: &Plan) -> Result<Vec<String>, Fault> {
        let expiry = self.expiry_note(environment, plan)?;
        let notes = [canary_note(environment, plan), expiry, port_note(environment, plan)];
        Ok(notes.into_iter().flatten().collect())
    }
}

/// Describes the canary that a new backend has to pass. One with only another key has none.
fn canary_note(environment: &Environment, plan: &Plan) -> Option<String> {
    let canary = Canary::of(environment)?;
    let backend = plan.nodes.iter().find(|planned| planned.node == BACKEND)?;
    let is_new = backend.changes.iter().any(|change| change.field != "key");
    (is_new && matches!(backend.action, Action::Update)).then(|| canary.note())
}

/// Returns a note about the port that the gateway gets, if the configured one is in use.
fn port_note(environment: &Environment, plan: &Plan) -> Option<String> {
    let gateway = plan.nodes.iter().find(|planned| planned.node == GATEWAY)?;
    let starts = matches!(gateway.action, Action::Create | Action::Update);
    let is_changed = gateway.changes.iter().any(|change| change.field == "port");
    let local = &environment.local;
    (starts && is_changed && local.next_free_port).then(|| port_in_use_note(local.host, local.port))?
}

impl Local {
    fn expiry_note(&self, environment: &Environment, plan: &Plan) -> Result<Option<String>, Fault> {
        let Some(days) = environment.memory.expire_after_days.map(u32::from) else { return Ok(None) };
        let last = self.folder.read::<GatewaySetup>()?.and_then(|setup| setup.memory);
        let old = last.map(|expiry| expiry.days);
        if !keeps_memory(plan, MEMORY_FOLDER) || !is_shorter(old, days) {
            return Ok(None);
        }
        let folder = &self.folders.memory;
        let soon = match count_expired(folder, days).map_err(files::fault("read", folder))? {
            0 => None,
            count => Some(counted(count, "conversation")),
        };
        Ok(Some(ExpiryChange { old, new: days, soon }.note()))
    }
}
