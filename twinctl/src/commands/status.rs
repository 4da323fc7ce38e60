//! `twinctl status`: shows drift and health of an environment. Takes no lock and needs no build.

use std::time::Duration;

use clap::Args;
use reconcile::{Choices, Plan};
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::arguments::EnvironmentArg;
use crate::{
    run::session::{self, Session},
    spec::{Environment, Options},
    system::clock,
    targets::{Part, Target, end_of_life::EndOfLife, missing_record, on_target, record::Release},
    twin::{
        budget::{self, Spending},
        health::{self, Health},
        stream_check::{self, StreamCheck},
    },
    ui::{Diagnostic, Exit, PlanView, Ui, Verb, is_absent},
};

const EXAMPLES: &str = "\
Examples:
  twinctl status prod             Exit with 0 if healthy, 7 if drifted, 8 if unhealthy
  twinctl status dev --watch      Check every few seconds until Ctrl-C";

/// Show drift and health of an environment
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Status {
    #[command(flatten)]
    pub(crate) which: EnvironmentArg,
    /// Check again every few seconds
    #[arg(long)]
    pub(crate) watch: bool,
}

const CHECK_INTERVAL: Duration = Duration::from_secs(5);

pub(super) async fn run(options: &Options, args: &Status, ui: &Ui) -> Result<Exit, Diagnostic> {
    loop {
        let environment = session::load(options, &args.which.environment, ui)?;
        let exit = on_target!(environment, check(options, environment, ui))?;
        if !args.watch {
            return Ok(exit);
        }
        clock::sleep(CHECK_INTERVAL).await;
    }
}

async fn check<T: Target>(options: &Options, environment: Environment, ui: &Ui) -> Result<Exit, Diagnostic> {
    let begun = Instant::now();
    let command = format!("twinctl status {}", environment.name);
    let session = Session::<T>::open(options, environment, Part::Everything, Choices::default(), ui).await?;
    session.set_sources(T::Sources::default());
    session.observe(&command).await?;
    // The address now. After planning, it would be the one that a deploy gives the twin.
    let endpoint = session.endpoint();
    // An unfinished destroy may have deleted what the stream API needs.
    let destroying = session.seen.as_ref().is_some_and(|record| record.destroying.is_some());
    let address = session.target.stream_address(&session.engine).filter(|_| !destroying);
    let (paused, pause_note) = (session.paused(), session.pause_note());
    let target = TargetReport::of(&session);
    let plan = session.engine.plan();
    let (health, stream, spending) = tokio::join!(
        async { Some(health::check(endpoint.as_ref()?).await) },
        async { Some(stream_check::check(address.as_ref()?).await) },
        spending(&session)
    );
    let spending = spending?;
    let missing_records = session.missing_records().await;
    let notes = notes(&session, pause_note, health.as_ref(), target.notes);
    let mut notes: Vec<_> = next_step(&session, &plan).into_iter().chain(notes).collect();
    notes.extend(missing_record::describe(&missing_records));
    notes.extend(stream.as_ref().map(StreamCheck::note));
    notes.extend(spending.as_ref().map(Spending::note));
    ui.plan(&PlanView {
        title: session.title(),
        plan: &plan,
        notes,
        took: begun.elapsed(),
        verb: Verb::Status,
        details: true,
    });
    ui.print_plan();
    let exit = exit_code(&plan, health.as_ref());
    let url = endpoint.map(|endpoint| endpoint.url);
    let mut object = object(&session, &plan, health.as_ref(), exit, target.fields);
    object["url"] = json!(url);
    if let Some(stream) = stream {
        object["stream"] = json!(stream);
    }
    if let Some(expiry) = session.expiry() {
        object["expires"] = json!(expiry.at);
    }
    if let Some(paused) = paused {
        object["paused"] = json!(paused);
    }
    if let Some(spending) = spending {
        object["budget"] = spending.json();
    }
    if session.environment.domain.is_some() {
        object["missing_records"] = json!(missing_records);
    }
    ui.object("status", object);
    if let Some(url) = url {
        ui.address(&url);
    }
    Ok(exit)
}

/// Reads what the model has cost, if the environment has a budget.
async fn spending<T: Target>(session: &Session<T>) -> Result<Option<Spending>, Diagnostic> {
    if session.environment.budget.is_none() {
        return Ok(None);
    }
    let now = clock::now();
    let spent = session.target.spent(&budget::month(now)).await;
    let spent = spent.map_err(|fault| Diagnostic::fault("could not read what the model has cost", &fault))?;
    let files = session.target.data_files(&session.engine);
    Ok(Spending::new(&session.environment, spent, files.as_deref(), now))
}

/// The target's report about the existing resources. After planning, it would be about the planned ones.
struct TargetReport {
    notes: Vec<String>,
    fields: Map<String, Value>,
}

impl TargetReport {
    fn of<T: Target>(session: &Session<T>) -> Self {
        let (target, environment, engine) = (&session.target, &session.environment, &session.engine);
        Self {
            notes: target.status_notes(environment, engine, session.seen.as_ref()),
            fields: target.status_fields(environment, engine),
        }
    }
}

/// Returns the command that deploys or corrects the environment, if it needs one. The note about an unfinished destroy or
/// a canary names its own.
fn next_step<T: Target>(session: &Session<T>, plan: &Plan) -> Option<String> {
    let record = session.seen.as_ref();
    let is_changing = record.is_some_and(|record| {
        let is_locked = record.lease.as_ref().is_some_and(|held| !held.holder.process.is_gone());
        is_locked || record.destroying.is_some() || record.canary.is_some()
    });
    if is_changing || !plan.changes_anything() {
        return None;
    }
    let name = &session.environment.name;
    Some(if is_absent(plan) {
        format!("`{name}` is not deployed: run `twinctl deploy {name}`")
    } else {
        format!("the environment differs from its file: `twinctl deploy {name}` corrects it")
    })
}

fn exit_code(plan: &Plan, health: Option<&Health>) -> Exit {
    if is_absent(plan) || !health.is_some_and(|health| health.healthy) {
        Exit::Unhealthy
    } else if plan.changes_anything() {
        Exit::Pending
    } else {
        Exit::Done
    }
}

fn notes<T: Target>(
    session: &Session<T>,
    pause: Option<String>,
    health: Option<&Health>,
    particular: Vec<String>,
) -> Vec<String> {
    let record = session.seen.as_ref();
    let last = session.last_release();
    let release = last.map(|release| {
        let Release { version, by, at, restores, .. } = release;
        let ago = clock::ago(*at);
        match restores {
            Some(id) => format!("version {version} was restored {ago} by {by}, by a rollback to {id}"),
            None => format!("version {version} was released {ago} by {by}"),
        }
    });
    let health = health.map(Health::note);
    let lock =
        record.and_then(|record| record.lease.as_ref()).map(|held| format!("locked by {}", held.holder));
    let files = last.and_then(|_| files(session));
    let destroying = record.and_then(|record| record.destroying).map(|_| {
        format!(
            "a destroy has not finished; run `twinctl destroy {}` again to finish it",
            session.environment.name
        )
    });
    [
        destroying,
        session.rotation_note(),
        session.canary_note(),
        pause,
        session.expiry_note(),
        health,
        release,
    ]
    .into_iter()
    .flatten()
    .chain(particular)
    .chain(EndOfLife::of(&session.environment).map(|end| end.note()))
    .chain(files)
    .chain(lock)
    .collect()
}

/// Points to `upload-data` if the twin has no data files of its own yet.
fn files<T: Target>(session: &Session<T>) -> Option<String> {
    let there = session.target.data_files(&session.engine)?;
    let name = &session.environment.name;
    if there.managed().is_empty() {
        Some(format!("no data files were uploaded yet: run `twinctl upload-data {name}`"))
    } else if there.history.is_sample() {
        let whose = "the twin answers as the sample persona";
        Some(format!("{whose}: run `twinctl upload-data {name}` to upload your data files (docs/data.md)"))
    } else {
        None
    }
}

fn object<T: Target>(
    session: &Session<T>,
    plan: &Plan,
    health: Option<&Health>,
    exit: Exit,
    fields: Map<String, Value>,
) -> Value {
    let record = session.seen.as_ref();
    let mut object = json!({
        "environment": session.environment.name.as_str(),
        "project": session.environment.project.as_str(),
        "target": session.environment.target,
        "exit": exit as u8,
        "drifted": plan.changes_anything(),
        "health": health,
        "release": session.last_release().map(Release::without_setup),
        "destroying": record.and_then(|record| record.destroying).is_some(),
        "canary": record.and_then(|record| record.canary.as_ref()).map(|run| &run.canary),
        "lock": record.and_then(|record| record.lease.as_ref()).map(|held| &held.holder),
    });
    if let Some(object) = object.as_object_mut() {
        object.extend(fields);
    }
    object
}
