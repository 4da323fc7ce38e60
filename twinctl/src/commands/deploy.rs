//! `twinctl deploy`: brings an environment to what its file says.

use std::time::Duration;

use reconcile::{Apply, Fault, Plan, Waits};

use super::plan::{Asked, Prepared, prepare, refuse};
use crate::{
    cli::{self, Global},
    clock,
    diagnostic::Diagnostic,
    exit::Exit,
    health,
    lock::{Found, Release},
    resources::{move_back, remove_old_versions},
    session::{self, Session},
    surroundings,
    ui::{Answer, Ui},
};

/// How long an observation stands while nobody held the lock: somebody may still change things by hand.
const OBSERVATION_STANDS: Duration = Duration::from_mins(1);
/// A front that was there before answers soon; a new one is spread over the world first.
const FRONT_PATIENCE: Duration = Duration::from_secs(15);
const NEW_FRONT_PATIENCE: Duration = Duration::from_mins(3);

pub(super) async fn run(global: &Global, args: &cli::Deploy, ui: &Ui) -> Result<Exit, Diagnostic> {
    let environment = session::load(global, &args.which.environment, ui)?;
    let command = format!("twinctl deploy {}", environment.name);
    let approved = (args.yes && !args.dry_run).then_some(args.waiting.lock_wait);
    let asked = Asked { global, code: &args.code, permits: &args.permits, approved, command: &command };
    let mut prepared = prepare(&asked, environment, ui).await?;
    let lease = prepared.lease.take();
    let refused = refuse(&prepared.plan, &command);
    let pending = prepared.plan.changes_anything();
    if args.dry_run || refused.is_err() || (!pending && is_noted(&prepared)) {
        if let Some((lease, _)) = lease {
            given_back(lease.give_back().await)?;
        }
        refused?;
        finish(&prepared.session, ui);
        return Ok(Exit::Done);
    }
    let (lease, undisturbed) = if let Some(taken) = lease {
        taken
    } else {
        if pending && !args.yes {
            approve(&prepared.session, &command, ui)?;
        }
        prepared.session.stop_on_ctrl_c(ui);
        prepared.session.lock(&command, args.waiting.lock_wait, ui).await?
    };
    let Prepared { session, plan, looked, .. } = &prepared;
    let observed = undisturbed && looked.elapsed() < OBSERVATION_STANDS;
    let deployed = deploy(session, plan, observed, &args.waiting, &command).await;
    given_back(match &deployed {
        Ok(()) => lease.note(release(&prepared)).await,
        Err(_) => lease.give_back().await,
    })?;
    deployed?;
    finish(session, ui);
    Ok(Exit::Done)
}

fn release(prepared: &Prepared) -> Release {
    let engine = &prepared.session.engine;
    Release {
        id: prepared.session.release.clone(),
        at: clock::now(),
        by: surroundings::user(),
        version: engine
            .output(prepared.session.function)
            .map(|function| function.version)
            .unwrap_or_default(),
        code_sha256: prepared.code_sha256.clone(),
        web_sha256: prepared.web_sha256.clone(),
        page: prepared.session.page(),
        found: Found {
            api: engine.output(prepared.session.api).map(|api| api.id),
            distribution: engine.output(prepared.session.distribution).map(|distribution| distribution.id),
        },
    }
}

/// Whether the last release that was noted is what is there now, and nobody died on the way to it: a run may have been
/// killed after its last change and before its end.
fn is_noted(prepared: &Prepared) -> bool {
    let Some(record) = &prepared.session.seen else { return false };
    let died = record.lease.as_ref().is_some_and(|held| held.holder.process.is_gone());
    let noted = record.releases.first().is_some_and(|last| {
        let now = release(prepared);
        *last == Release { id: last.id.clone(), at: last.at, by: last.by.clone(), ..now }
    });
    noted && !died
}

fn approve(session: &Session, command: &str, ui: &Ui) -> Result<(), Diagnostic> {
    match ui.ask(&format!("Deploy {}?", session.environment.name)) {
        Answer::Yes => Ok(()),
        Answer::No => Err(Diagnostic::new(Exit::Interrupted, "nothing was changed")),
        Answer::NobodyThere => Err(Diagnostic::new(Exit::Usage, "nobody is there to approve the plan")
            .hint(format!("run `{command} --yes` to deploy without a question"))),
    }
}

/// Walks the plan, then looks at everything, asks the twin from outside, and clears up, all at once.
async fn deploy(
    session: &Session,
    plan: &Plan,
    observed: bool,
    waiting: &cli::Waiting,
    command: &str,
) -> Result<(), Diagnostic> {
    let newer = if observed { None } else { Some(session.plan_again(plan, command).await?) };
    let waits = if waiting.no_wait { Waits::No } else { Waits::Yes };
    let plan = newer.as_ref().unwrap_or(plan);
    let report = session.engine.apply(plan, Apply { waits, observed: true }).await;
    session.check(&report, command)?;
    let whole = report.complete();
    let probing = async { if whole { probe(session, command).await } else { Ok(()) } };
    let clearing = async {
        if whole {
            clear(session).await;
        }
    };
    let (report, probed, ()) = tokio::join!(session.engine.verify(plan, report), probing, clearing);
    session.check(&report, command)?;
    probed
}

/// Takes old versions away, but none that a remembered release may need for going back.
async fn clear(session: &Session) {
    let Some(function) = session.engine.output(session.function) else { return };
    let releases = session.seen.iter().flat_map(|record| &record.releases);
    let needed = releases.filter_map(|release| release.version.parse().ok()).collect();
    remove_old_versions(&session.cloud, &session.names.function, &function, &needed).await;
}

/// The new version has answered already; now the whole way through the front. When that fails, `live` goes back.
async fn probe(session: &Session, command: &str) -> Result<(), Diagnostic> {
    let Some(distribution) = session.engine.output(session.distribution) else { return Ok(()) };
    let before = session.seen.as_ref().and_then(|record| record.releases.first());
    let patience = if before.is_some() { FRONT_PATIENCE } else { NEW_FRONT_PATIENCE };
    let health =
        health::ask_until(session.cloud.endpoint_url.as_deref(), &distribution.domain, patience).await;
    if health.healthy {
        return Ok(());
    }
    let diagnostic =
        Diagnostic::new(Exit::Unhealthy, format!("everything is set up, but the twin {}", health.finding));
    let now = session.engine.output(session.function).map(|function| function.version);
    let Some(before) = before.filter(|release| Some(&release.version) != now.as_ref()) else {
        return Err(
            diagnostic.hint(format!("run `twinctl status {}` to ask again", session.environment.name))
        );
    };
    match move_back(&session.cloud, &session.names.function, &before.version).await {
        Ok(()) => Err(diagnostic
            .cause(format!("`live` is back at version {}, which answered before", before.version))
            .hint(format!("find out why, then run `{command}` again"))),
        Err(fault) => Err(diagnostic.cause(format!("`live` could not be moved back: {fault}"))),
    }
}

pub(super) fn given_back(ended: Result<(), Fault>) -> Result<(), Diagnostic> {
    ended.map_err(|fault| {
        Diagnostic::fault("the lock could not be given back; it ends by itself in a minute", &fault)
    })
}

/// The address, alone on standard output.
fn finish(session: &Session, ui: &Ui) {
    if let Some(url) = session.url() {
        ui.data(&url);
        ui.object("done", serde_json::json!({ "url": url }));
    }
}
