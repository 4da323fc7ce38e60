//! `twinctl upload-data`: brings the owner's files to where the twin reads them, and nothing else.

mod lines;
mod rollback;

use std::time::Duration;

use reconcile::{Apply, Choices, Plan, Waits};
use serde_json::json;
use tokio::time::Instant;

use super::{deploy, plan::refuse};
use crate::{
    cli::{self, Global},
    data::{Gathered, Own, There, Wanted, around, of_facts},
    diagnostic::Diagnostic,
    exit::Exit,
    session::{self, Session},
    spec::Environment,
    target::{Part, Target, on_target},
    ui::{Answer, PlanView, Ui, Verb},
};

/// How long an observation stands while nobody held the lock: somebody may still change things by hand.
const OBSERVATION_STANDS: Duration = Duration::from_mins(1);

pub(super) async fn run(global: &Global, args: &cli::UploadData, ui: &Ui) -> Result<Exit, Diagnostic> {
    let environment = session::load(global, &args.environment, ui)?;
    on_target!(environment, run_on(global, args, environment, ui))
}

async fn run_on<T: Target>(
    global: &Global,
    args: &cli::UploadData,
    environment: Environment,
    ui: &Ui,
) -> Result<Exit, Diagnostic> {
    let begun = Instant::now();
    let command = command(args, &environment);
    let own = Own::of(global, &environment, &args.own, args.from.as_deref())?;
    let collecting = async {
        match &args.rollback {
            Some(_) => Ok(None),
            None => gather(&own, ui).await.map(Some),
        }
    };
    let looking = async {
        let session =
            Session::<T>::open(global, environment.clone(), Part::Data, Choices::default(), ui).await?;
        session.caution(ui);
        check_deployed(&session)?;
        session.observe(&command).await?;
        Ok((session, Instant::now()))
    };
    let ((session, looked), gathered) = tokio::try_join!(looking, collecting)?;
    let from = gathered.as_ref().map(|gathered| gathered.from.clone());
    let there = session.target.files(&session.engine).unwrap_or_default();
    let (wanted, notes) = if let Some(gathered) = gathered {
        decide(&own, gathered, &there, ui).await?
    } else {
        let set = args.rollback.as_ref().and_then(Option::as_deref);
        (rollback::wanted(&there, set, &command, session.cut_short())?, vec![])
    };
    session.bring(T::with_data(T::Sources::default(), wanted.clone()));
    let plan = session.engine.plan();
    let title = session.title();
    let around = from.map(|from| around(&from, &plan)).unwrap_or_default();
    let notes = around.into_iter().flatten().chain(notes).collect();
    ui.plan(&PlanView { title, plan: &plan, notes, took: begun.elapsed(), verb: Verb::Upload });
    if let Wanted::Files(brought) = &wanted {
        brought.tell_left_out(ui);
    }
    refuse(&plan, &command)?;
    if args.diff {
        lines::show(&session, &there, &wanted, ui).await?;
    }
    let pending = plan.changes_anything();
    if args.dry_run || (!pending && session.cut_short().is_none()) {
        ui.object("done", json!({ "changed": false }));
        return Ok(Exit::Done);
    }
    if pending && !args.yes {
        approve(&session, &command, ui)?;
    }
    session.stop_on_ctrl_c(ui);
    upload(&session, &plan, looked, &wanted, args, &command, ui).await
}

/// What there is of the owner's own.
async fn gather(own: &Own, ui: &Ui) -> Result<Gathered, Diagnostic> {
    let gathered = own.gather(ui).await?;
    if gathered.is_own { Ok(gathered) } else { Err(nothing_in(&gathered.from)) }
}

fn nothing_in(from: &str) -> Diagnostic {
    Diagnostic::new(Exit::Environment, format!("there is nothing of yours in {from}"))
        .hint("nothing was touched; put facts.json, summary.txt, me.txt or others there, or name another place with `data:`")
}

/// What the twin is to have, and what people should know of it. What has been looked at before is not looked at again.
async fn decide(
    own: &Own,
    gathered: Gathered,
    there: &There,
    ui: &Ui,
) -> Result<(Wanted, Vec<String>), Diagnostic> {
    if let Some(before) = gathered.found_before(there) {
        return Ok((Wanted::AsNoted, before.notes.clone()));
    }
    let brought = own.prepare(gathered, ui).await?;
    // They may have gone since they were seen.
    if !brought.is_own() {
        return Err(nothing_in(&brought.from));
    }
    let notes = brought.notes.clone();
    Ok((Wanted::Files(brought), notes))
}

/// The command, as it can be said again: about the same files.
fn command(args: &cli::UploadData, environment: &Environment) -> String {
    let rollback = match &args.rollback {
        Some(Some(set)) => format!(" --rollback={set}"),
        Some(None) => " --rollback".to_owned(),
        None => String::new(),
    };
    let from = args.from.as_ref().map(|from| format!(" --from={from}")).unwrap_or_default();
    let use_local = if args.own.use_local { " --use-local" } else { "" };
    format!("twinctl upload-data {}{from}{use_local}{rollback}", environment.name)
}

/// Only a release tells that the place for the files is this environment's.
fn check_deployed<T: Target>(session: &Session<T>) -> Result<(), Diagnostic> {
    if session.last_release().is_some() {
        return Ok(());
    }
    let name = &session.environment.name;
    Err(Diagnostic::new(
        Exit::Unhealthy,
        format!("`{name}` was not deployed yet, and there is no place for your files"),
    )
    .hint(format!("run `twinctl deploy {name}`, which brings them as well")))
}

fn approve<T: Target>(session: &Session<T>, command: &str, ui: &Ui) -> Result<(), Diagnostic> {
    match ui.ask(&format!("Bring these files to {}?", session.environment.name)) {
        Answer::Yes => Ok(()),
        Answer::No => Err(Diagnostic::new(Exit::Interrupted, "nothing was changed")),
        Answer::NobodyThere => Err(Diagnostic::new(Exit::Usage, "nobody is there to approve it")
            .hint(format!("run `{command} --yes` to upload without a question"))),
    }
}

async fn upload<T: Target>(
    session: &Session<T>,
    plan: &Plan,
    looked: Instant,
    wanted: &Wanted,
    args: &cli::UploadData,
    command: &str,
    ui: &Ui,
) -> Result<Exit, Diagnostic> {
    let holding = rollback::holding(command, wanted);
    let (lease, undisturbed) = session.lock(&holding, args.lock_wait, ui).await?;
    let uploaded = async {
        let stands = undisturbed && looked.elapsed() < OBSERVATION_STANDS;
        let newer = if stands { None } else { Some(session.plan_again(plan, command).await?) };
        let plan = newer.as_ref().unwrap_or(plan);
        let report = session.engine.apply(plan, Apply { waits: Waits::Yes, observed: true }).await;
        let report = session.engine.verify(plan, report).await;
        session.check(&report, command)
    }
    .await;
    deploy::ended(uploaded, lease.give_back().await)?;
    if plan.changes_anything() {
        tell(session, plan, ui);
    }
    Ok(Exit::Done)
}

fn tell<T: Target>(session: &Session<T>, plan: &Plan, ui: &Ui) {
    let name = &session.environment.name;
    ui.say(&format!("the twin reads them within a {}", T::READS_WITHIN));
    if of_facts(plan).next().is_some() {
        ui.say(&format!("the name and the links on the page follow with `twinctl deploy {name}`"));
    }
    ui.object("done", json!({ "changed": true }));
}
