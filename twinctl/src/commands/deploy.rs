//! `twinctl deploy`: brings an environment to what its file says.

use std::time::Duration;

use reconcile::{Apply, Fault, Outcome, Plan, Waits};

use super::{
    outlast::{self, Course},
    plan::{Asked, Prepared, prepare},
};
use crate::{
    cli::{self, Global},
    diagnostic::Diagnostic,
    exit::Exit,
    health,
    lock::{Former, Release},
    page::{self, Questions},
    session::{self, Session},
    spec::Environment,
    target::{Target, on_target},
    ui::{Answer, Ui},
};

/// How long an observation stands while nobody held the lock: somebody may still change things by hand.
const OBSERVATION_STANDS: Duration = Duration::from_mins(1);
/// A front that was there before answers soon; a new one is spread over the world first.
const FRONT_PATIENCE: Duration = Duration::from_secs(15);
const NEW_FRONT_PATIENCE: Duration = Duration::from_mins(3);

pub(super) async fn run(global: &Global, args: &cli::Deploy, ui: &Ui) -> Result<Exit, Diagnostic> {
    let mut environment = session::load(global, &args.which.environment, ui)?;
    if args.service {
        session::only_here(&environment, "--service")?;
        environment.local.service = Some(true);
    }
    let questions = if args.yes { Questions::Unwelcome } else { Questions::Welcome };
    page::decide(&mut environment, questions, ui).await?;
    let url = on_target!(environment, run_on(global, args, environment, ui))?;
    // The address, alone on standard output.
    if let Some(url) = url {
        ui.address(&url);
        ui.object("done", serde_json::json!({ "url": url }));
    }
    Ok(Exit::Done)
}

/// Says where visitors reach it, when there is something to reach.
pub(super) async fn run_on<T: Target>(
    global: &Global,
    args: &cli::Deploy,
    environment: Environment,
    ui: &Ui,
) -> Result<Option<String>, Diagnostic> {
    let command = format!("twinctl deploy {}", environment.name);
    let approved = (args.yes && !args.dry_run).then_some(args.waiting.lock_wait);
    let asked = Asked {
        global,
        code: &args.code,
        own: &args.own,
        permits: &args.permits,
        approved,
        command: &command,
    };
    let mut prepared = prepare::<T>(&asked, environment, ui).await?;
    let lease = prepared.lease.take();
    let refused = prepared.check(&command, ui).await;
    let pending = prepared.plan.changes_anything();
    if args.dry_run || refused.is_err() || (!pending && is_noted(&prepared)) {
        if let Some((lease, _)) = lease {
            ended(refused, lease.give_back().await)?;
        } else {
            refused?;
        }
        prepared.session.tell_owed(ui).await;
        return Ok(prepared.session.url());
    }
    if pending {
        outlast::warn(&prepared.session, Course::Deploy, ui);
    }
    let (lease, undisturbed) = if let Some(taken) = lease {
        taken
    } else {
        if T::ASKS && pending && !args.yes {
            approve(&prepared.session, &command, ui)?;
        }
        prepared.session.stop_on_ctrl_c(ui);
        prepared.session.lock(&command, args.waiting.lock_wait, ui).await?
    };
    let Prepared { session, plan, looked, .. } = &prepared;
    let observed = undisturbed && looked.elapsed() < OBSERVATION_STANDS;
    let deployed = deploy(session, plan, observed, &args.waiting, &command).await;
    let given_back = match &deployed {
        Ok(former) => lease.note(release(&prepared), *former).await,
        Err(_) => lease.give_back().await,
    };
    ended(deployed.map(drop), given_back)?;
    session.tell_owed(ui).await;
    Ok(session.url())
}

fn release<T: Target>(prepared: &Prepared<T>) -> Release {
    prepared.session.noted(&prepared.code_sha256, &prepared.web_sha256)
}

/// Whether the last release that was noted is what is there now, and nobody died on the way to it: a run may have been
/// killed after its last change and before its end.
fn is_noted<T: Target>(prepared: &Prepared<T>) -> bool {
    let Some(record) = &prepared.session.seen else { return false };
    let died = prepared.session.cut_short().is_some();
    let noted = record.releases.first().is_some_and(|last| {
        let now = release(prepared);
        *last == Release { id: last.id.clone(), at: last.at, by: last.by.clone(), ..now }
    });
    noted && !died && prepared.session.notes_its_domain(record)
}

fn approve<T: Target>(session: &Session<T>, command: &str, ui: &Ui) -> Result<(), Diagnostic> {
    match ui.ask(&format!("Deploy {}?", session.environment.name)) {
        Answer::Yes => Ok(()),
        Answer::No => Err(Diagnostic::new(Exit::Interrupted, "nothing was changed")),
        Answer::NobodyThere => Err(Diagnostic::new(Exit::Usage, "nobody is there to approve the plan")
            .hint(format!("run `{command} --yes` to deploy without a question"))),
    }
}

/// Walks the plan, then looks at everything, asks the twin from outside, and clears up, all at once.
async fn deploy<T: Target>(
    session: &Session<T>,
    plan: &Plan,
    observed: bool,
    waiting: &cli::Waiting,
    command: &str,
) -> Result<Former, Diagnostic> {
    let newer = if observed { None } else { Some(session.plan_again(plan, command).await?) };
    let waits = if waiting.no_wait { Waits::No } else { Waits::Yes };
    let plan = newer.as_ref().unwrap_or(plan);
    let report = session.engine.apply(plan, Apply { waits, observed: true }).await;
    session.check(&report, command)?;
    let whole = report.complete();
    let probing = async { if whole { probe(session, command).await } else { Ok(()) } };
    let clearing = async {
        if whole {
            let remembered = session.seen.as_ref().map(|record| record.releases.as_slice());
            session.target.clear(&session.engine, remembered.unwrap_or_default()).await;
        }
    };
    let (report, probed, ()) = tokio::join!(session.engine.verify(plan, report), probing, clearing);
    session.check(&report, command)?;
    probed?;
    let left = report.nodes.iter().any(|(_, outcome)| matches!(outcome, Outcome::Left(_)));
    Ok(if left { Former::Remembered } else { session.target.former(&session.engine) })
}

/// The new version has answered already; now the whole way through the front. When that fails, the old one comes back.
async fn probe<T: Target>(session: &Session<T>, command: &str) -> Result<(), Diagnostic> {
    let Some(front) = session.front() else { return Ok(()) };
    let before = session.last_release();
    let patience = if before.is_some() { FRONT_PATIENCE } else { NEW_FRONT_PATIENCE };
    let health = health::ask_until(&front, patience).await;
    if health.healthy {
        return Ok(());
    }
    let diagnostic =
        Diagnostic::new(Exit::Unhealthy, format!("everything is set up, but the twin {}", health.finding));
    let again = format!("run `twinctl status {}` to ask again", session.environment.name);
    let now = session.noted("", "").version;
    let Some(before) = before.filter(|release| release.version != now) else {
        return Err(diagnostic.hint(again));
    };
    match session.target.move_back(&before.version).await {
        Ok(true) => Err(diagnostic
            .cause(format!("`live` is back at version {}, which answered before", before.version))
            .hint(format!("find out why, then run `{command}` again"))),
        Ok(false) => Err(diagnostic.hint(again)),
        Err(fault) => Err(diagnostic.cause(format!("`live` could not be moved back: {fault}"))),
    }
}

/// How a run ended that held the lock. What went wrong in it is more than that the lock could not be given back.
pub(super) fn ended<T>(run: Result<T, Diagnostic>, given_back: Result<(), Fault>) -> Result<T, Diagnostic> {
    const LOCK: &str = "the lock could not be given back; it ends by itself in a minute";
    match (run, given_back) {
        (run, Ok(())) => run,
        (Ok(_), Err(fault)) => Err(Diagnostic::fault(LOCK, &fault)),
        (Err(diagnostic), Err(_)) => Err(diagnostic.hint(LOCK)),
    }
}
