//! `twinctl status`: compares an environment with its file, and asks whether it answers. Takes no lock, needs no build.

use std::time::Duration;

use reconcile::{Action, Choices, Plan};
use serde_json::json;
use tokio::time::Instant;

use super::destroy;
use crate::{
    cli::{self, Global},
    clock,
    diagnostic::Diagnostic,
    exit::Exit,
    health::{self, Health},
    owed,
    session::{self, Session},
    spec::Environment,
    target::{Part, Target, on_target},
    ui::{PlanView, Ui, Verb},
};

const BETWEEN_LOOKS: Duration = Duration::from_secs(5);

pub(super) async fn run(global: &Global, args: &cli::Status, ui: &Ui) -> Result<Exit, Diagnostic> {
    loop {
        let environment = session::load(global, &args.which.environment, ui)?;
        let exit = on_target!(environment, look(global, environment, ui))?;
        if !args.watch {
            return Ok(exit);
        }
        clock::sleep(BETWEEN_LOOKS).await;
    }
}

async fn look<T: Target>(global: &Global, environment: Environment, ui: &Ui) -> Result<Exit, Diagnostic> {
    let begun = Instant::now();
    let command = format!("twinctl status {}", environment.name);
    let session = Session::<T>::open(global, environment, Part::Everything, Choices::default(), ui).await?;
    if let Some(destroying) = session.seen.as_ref().and_then(|record| record.destroying) {
        destroy::resume::<T>(global, session.environment, destroying, ui).await?;
        return Ok(Exit::Unhealthy);
    }
    session.bring(T::Sources::default());
    session.observe(&command).await?;
    let plan = session.engine.plan();
    let health = match session.front() {
        Some(front) => Some(health::ask(&front).await),
        None => None,
    };
    let owed = session.owed().await;
    let mut notes = notes(&session, health.as_ref());
    notes.extend(owed::told(&owed));
    ui.plan(&PlanView {
        title: session.title(),
        plan: &plan,
        notes,
        took: begun.elapsed(),
        verb: Verb::Status,
    });
    let exit = verdict(&plan, health.as_ref());
    let mut object = object(&session, &plan, health.as_ref(), exit);
    if session.environment.domain.is_some() {
        object["missing_records"] = json!(owed);
    }
    ui.object("status", object);
    if let Some(url) = session.url() {
        ui.address(&url);
    }
    Ok(exit)
}

fn verdict(plan: &Plan, health: Option<&Health>) -> Exit {
    let absent = plan.nodes.iter().all(|planned| matches!(planned.action, Action::Create));
    if absent || !health.is_some_and(|health| health.healthy) {
        Exit::Unhealthy
    } else if plan.changes_anything() {
        Exit::Pending
    } else {
        Exit::Done
    }
}

fn notes<T: Target>(session: &Session<T>, health: Option<&Health>) -> Vec<String> {
    let record = session.seen.as_ref();
    let last = session.last_release();
    let release = last.map(|release| {
        let ago = clock::ago(release.at);
        format!("version {} was released {ago} by {}", release.version, release.by)
    });
    let health = health.map(|health| format!("the twin {}", health.finding));
    let lock =
        record.and_then(|record| record.lease.as_ref()).map(|held| format!("locked by {}", held.holder));
    let particular = session.target.notes(&session.engine, last);
    let files = last.and_then(|_| files(session));
    [health, release].into_iter().flatten().chain(particular).chain(files).chain(lock).collect()
}

/// Who has deployed may not know that there is one step more.
fn files<T: Target>(session: &Session<T>) -> Option<String> {
    let there = session.target.files(&session.engine)?;
    let name = &session.environment.name;
    if there.ours().is_empty() {
        Some(format!("no files of yours are there yet: `twinctl upload-data {name}` brings them"))
    } else if there.history.is_of_sample() {
        let whose = "a made-up person speaks in your place";
        Some(format!("{whose}: `twinctl upload-data {name}` brings files of yours (docs/data.md)"))
    } else {
        None
    }
}

fn object<T: Target>(
    session: &Session<T>,
    plan: &Plan,
    health: Option<&Health>,
    exit: Exit,
) -> serde_json::Value {
    let record = session.seen.as_ref();
    let mut object = json!({
        "environment": session.environment.name.as_str(),
        "project": session.environment.project.as_str(),
        "target": session.environment.target,
        "url": session.url(),
        "exit": exit as u8,
        "drifted": plan.changes_anything(),
        "health": health,
        "release": session.last_release(),
        "lock": record.and_then(|record| record.lease.as_ref()).map(|held| &held.holder),
    });
    if let Some(object) = object.as_object_mut() {
        object.extend(session.target.facts(&session.environment, &session.engine));
    }
    object
}
