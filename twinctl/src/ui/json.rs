//! Output as newline-delimited JSON: flat, versioned objects.

use std::{sync::Arc, time::Duration};

use reconcile::{Event, Observer, Outcome, Planned};
use serde_json::{Value, json};

use super::{
    diagnostic::Diagnostic, plain::plain_json, plan_text::PlanView, show::Show, stream::Stream,
    words::skipped,
};

/// The version of the format. Increment it for changes that break readers.
const VERSION: u8 = 1;

pub(super) struct Json {
    data: Arc<Stream>,
}

impl Json {
    pub(super) fn new(data: Arc<Stream>) -> Self {
        Self { data }
    }
}

impl Observer for Json {
    fn on(&self, event: Event) {
        let (kind, fields) = flat(&event);
        self.data.line(&object(kind, fields));
    }
}

impl Show for Json {
    fn say(&self, _text: &str) {}
}

/// Formats one line: version, kind and fields.
pub(super) fn object(kind: &str, fields: Value) -> String {
    let mut whole = json!({ "version": VERSION, "kind": kind });
    if let (Value::Object(whole), Value::Object(fields)) = (&mut whole, fields) {
        whole.extend(fields);
    }
    plain_json(&whole.to_string())
}

pub(super) fn plan(view: &PlanView<'_>) -> Value {
    json!({
        "title": view.title,
        "nodes": view.plan.nodes.iter().map(planned).collect::<Vec<_>>(),
        "notes": view.notes,
        "changes": view.plan.changes_anything(),
        "took_ms": millis(view.took),
    })
}

pub(super) fn error(diagnostic: &Diagnostic) -> Value {
    let message = diagnostic.rendered.as_deref().unwrap_or(&diagnostic.message);
    json!({
        "exit_code": diagnostic.exit as u8,
        "message": anstream::adapter::strip_str(message).to_string(),
        "causes": diagnostic.causes,
        "hints": diagnostic.hints,
    })
}

fn planned(planned: &Planned) -> Value {
    let mut fields = json!({ "node": planned.node });
    if let Some(name) = &planned.physical_name {
        fields["name"] = json!(name);
    }
    add_action(&mut fields, "action", serde_json::to_value(&planned.action).unwrap_or_default());
    fields["changes"] = json!(planned.changes);
    fields["after"] = json!(planned.after);
    fields
}

/// Adds an action to the fields: `"action": "leave", "why": "…"`.
fn add_action(fields: &mut Value, name: &str, mut action: Value) {
    fields[name] = action["kind"].take();
    let why = action["why"].take();
    if !why.is_null() {
        fields["why"] = why;
    }
}

fn flat(event: &Event) -> (&'static str, Value) {
    match event {
        Event::Observing { nodes } => ("observing", json!({ "nodes": nodes })),
        Event::Observed { node } => ("observed", json!({ "node": node })),
        Event::Started { node, action } => {
            let mut fields = json!({ "node": node });
            add_action(&mut fields, "action", serde_json::to_value(action).unwrap_or_default());
            ("started", fields)
        }
        Event::Waiting { node, reason } => ("waiting", json!({ "node": node, "reason": reason })),
        Event::Retrying { node, class, error, delay } => {
            let class = format!("{class:?}").to_lowercase();
            ("retrying", json!({ "node": node, "class": class, "error": error, "pause_ms": millis(*delay) }))
        }
        Event::Progress { node, text } => ("progress", json!({ "node": node, "text": text })),
        Event::Finished { node, outcome, took } => {
            let mut fields = json!({ "node": node });
            add_outcome(&mut fields, outcome);
            fields["took_ms"] = json!(millis(*took));
            ("finished", fields)
        }
        Event::Verifying { nodes } => ("verifying", json!({ "nodes": nodes })),
        Event::Verified => ("verified", json!({})),
    }
}

fn add_outcome(fields: &mut Value, outcome: &Outcome) {
    let (word, why) = match outcome {
        Outcome::Unchanged => ("unchanged", None),
        Outcome::Created => ("created", None),
        Outcome::Updated => ("updated", None),
        Outcome::Replaced => ("replaced", None),
        Outcome::Deleted => ("deleted", None),
        Outcome::InProgress(what) => ("left", Some(format!("waiting for {what}"))),
        Outcome::Failed(failure) => ("failed", Some(failure.problem.to_string())),
        Outcome::Skipped { because } => ("skipped", Some(skipped(because))),
        Outcome::Halted => ("halted", None),
    };
    fields["outcome"] = json!(word);
    if let Outcome::Failed(failure) = outcome {
        fields["phase"] = json!(format!("{:?}", failure.phase).to_lowercase());
    }
    if let Some(why) = why {
        fields["why"] = json!(why);
    }
}

fn millis(length: Duration) -> u64 {
    u64::try_from(length.as_millis()).unwrap_or(u64::MAX)
}
