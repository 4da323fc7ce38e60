//! `twinctl plan`: what a deploy would change.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use futures_util::FutureExt as _;
use reconcile::{Choices, Plan};
use serde_json::Value;
use tokio::time::Instant;

use super::{comment, deploy::ended};
use crate::{
    cli::{self, Code, Global, OwnFiles, Permits},
    data::{Brought, Own, Wanted, around},
    diagnostic::Diagnostic,
    exit::Exit,
    lock::Lease,
    page::{self, Questions},
    secret,
    session::{self, Session},
    spec::Environment,
    target::{Part, Target, on_target},
    ui::{PlanView, Ui, Verb},
};

pub(super) async fn run(global: &Global, args: &cli::Plan, ui: &Ui) -> Result<Exit, Diagnostic> {
    let planned = look(global, args, ui).await;
    if args.comment {
        let file = global.environments.join(format!("{}.yaml", args.which.environment));
        let view = planned.as_ref().map(|planned| PlanView {
            title: planned.title.clone(),
            plan: &planned.plan,
            notes: vec![],
            took: planned.took,
            verb: Verb::Deploy,
        });
        comment::tell(&file, view.as_ref().map_err(|diagnostic| *diagnostic), ui).await;
    }
    let planned = planned?;
    planned.checked?;
    let pending = args.exit_code && planned.plan.changes_anything();
    Ok(if pending { Exit::Pending } else { Exit::Done })
}

/// What is left of a session when the plan is all that is wanted.
struct Planned {
    title: String,
    plan: Plan,
    took: Duration,
    /// Whether the plan could be walked.
    checked: Result<(), Diagnostic>,
}

async fn look(global: &Global, args: &cli::Plan, ui: &Ui) -> Result<Planned, Diagnostic> {
    let mut environment = session::load(global, &args.which.environment, ui)?;
    page::decide(&mut environment, Questions::Welcome, ui).await?;
    on_target!(environment, look_on(global, args, environment, ui))
}

async fn look_on<T: Target>(
    global: &Global,
    args: &cli::Plan,
    environment: Environment,
    ui: &Ui,
) -> Result<Planned, Diagnostic> {
    let begun = Instant::now();
    let command = format!("twinctl plan {}", environment.name);
    let asked = Asked {
        global,
        code: &args.code,
        own: &args.own,
        permits: &args.permits,
        approved: None,
        command: &command,
    };
    let prepared = prepare::<T>(&asked, environment, ui).await?;
    let checked = prepared.check(&command, ui).await;
    Ok(Planned { title: prepared.session.title(), plan: prepared.plan, took: begun.elapsed(), checked })
}

/// A session that has looked, and the plan that came of it.
pub(super) struct Prepared<T: Target> {
    pub(super) session: Session<T>,
    pub(super) plan: Plan,
    pub(super) looked: Instant,
    /// What a release of this would be noted as, but for the outputs of a run.
    pub(super) code_sha256: String,
    pub(super) web_sha256: String,
    /// The lock, where it was taken while looking; and whether nobody held it since the record was read.
    pub(super) lease: Option<(Lease, bool)>,
}

impl<T: Target> Prepared<T> {
    /// Whether the plan can be walked: nothing is missing, nothing is touched that must not be, and nobody is in the way.
    pub(super) async fn check(&self, command: &str, ui: &Ui) -> Result<(), Diagnostic> {
        let missing = secret::missing(&self.plan, self.session.environment.name.as_str());
        missing.map_or(Ok(()), Err)?;
        refuse(&self.plan, command)?;
        self.session.preflight(&self.plan, ui).await
    }
}

/// What the user decided before anything was looked at.
pub(super) struct Asked<'a> {
    pub(super) global: &'a Global,
    pub(super) code: &'a Code,
    pub(super) own: &'a OwnFiles,
    pub(super) permits: &'a Permits,
    /// Everything was approved beforehand: the lock is taken while looking, where the record alone tells that there will
    /// be something to do. Waits that long for it.
    pub(super) approved: Option<Duration>,
    pub(super) command: &'a str,
}

/// Builds while AWS is being observed, then plans and shows the plan.
pub(super) async fn prepare<T: Target>(
    asked: &Asked<'_>,
    environment: Environment,
    ui: &Ui,
) -> Result<Prepared<T>, Diagnostic> {
    let begun = Instant::now();
    let mut environment = environment;
    if let Some(domain) = &mut environment.domain {
        domain.take_record = asked.permits.take_record;
    }
    let choices = Choices {
        adopt: asked.permits.adopt,
        replace: asked.permits.replace.iter().cloned().collect::<BTreeSet<_>>(),
        ..Choices::default()
    };
    let building = T::sources(asked.global, asked.code, &environment, ui).shared();
    let own = Own::of(asked.global, &environment, asked.own, None)?;
    let collecting = async {
        // What stays at home need not be right.
        if environment.data.upload_on_deploy { own.bring(ui).await } else { Ok(Arc::default()) }
    };
    let collecting = collecting.shared();
    let part = if own.is_expected() { Part::Everything } else { Part::WithoutData };
    let opened = async {
        let session = Session::<T>::open(asked.global, environment.clone(), part, choices, ui).await?;
        session.caution(ui);
        check_names(&session, &asked.permits.replace)?;
        let looked = Instant::now();
        let (observed, facts, lease) = tokio::join!(
            session.observe(asked.command),
            facts(&session, collecting.clone()),
            early_lock(asked, &session, building.clone(), ui)
        );
        match (observed.and(facts), lease?) {
            (Ok(facts), lease) => Ok((session, looked, lease, facts)),
            (Err(diagnostic), Some((lease, _))) => ended(Err(diagnostic), lease.give_back().await),
            (Err(diagnostic), None) => Err(diagnostic),
        }
    };
    let ((session, looked, lease, facts), sources, brought) =
        tokio::try_join!(opened, building.clone(), collecting.clone())?;
    let (code_sha256, web_sha256) = T::hashes(&sources);
    let sources = T::introduced(sources, &session.environment, facts);
    session.bring(T::with_data(sources, wanted::<T>(&brought, &session.environment, ui)));
    let plan = session.engine.plan();
    let brings =
        plan.nodes.iter().any(|planned| planned.node == T::FILES_NODE && !planned.changes.is_empty());
    let notes = if brings { notes(&brought, &plan) } else { vec![] };
    let title = session.title();
    ui.plan(&PlanView { title, plan: &plan, notes, took: begun.elapsed(), verb: Verb::Deploy });
    if brings {
        brought.tell_left_out(ui);
    }
    if let Some(held) =
        session.seen.as_ref().and_then(|record| record.lease.as_ref()).filter(|_| lease.is_none())
    {
        ui.warn(&format!("this may be about to change: the environment is held by {}", held.holder));
    }
    Ok(Prepared { session, plan, looked, code_sha256, web_sha256, lease })
}

/// What people should know of the files that a deploy brings.
fn notes(brought: &Brought, plan: &Plan) -> Vec<String> {
    let around = if brought.is_sample { [None, None] } else { around(&brought.from, plan) };
    around.into_iter().flatten().chain(brought.notes.clone()).collect()
}

/// The owner's facts, as the twin will speak from them.
async fn facts<T: Target>(
    session: &Session<T>,
    collecting: impl Future<Output = Result<Arc<Brought>, Diagnostic>>,
) -> Result<Option<Value>, Diagnostic> {
    if session.environment.data.upload_on_deploy {
        let brought = collecting.await?;
        if is_taken::<T>(&brought) {
            return Ok(brought.facts());
        }
    }
    let facts = session.target.facts_there().await;
    facts.map_err(|fault| Diagnostic::fault("the owner's facts could not be read", &fault))
}

fn is_taken<T: Target>(brought: &Brought) -> bool {
    brought.is_own() || (T::TAKES_SAMPLE && !brought.is_empty())
}

/// What a deploy makes of the owner's files. What is there is never taken away because a folder is missing.
fn wanted<T: Target>(brought: &Arc<Brought>, environment: &Environment, ui: &Ui) -> Wanted {
    if !environment.data.upload_on_deploy || !is_taken::<T>(brought) {
        return Wanted::Anything;
    }
    if brought.is_sample {
        ui.say("there is nothing of yours yet: a made-up person speaks in your place");
    }
    Wanted::Files(Arc::clone(brought))
}

/// See [`Asked::approved`].
async fn early_lock<T: Target>(
    asked: &Asked<'_>,
    session: &Session<T>,
    building: impl Future<Output = Result<T::Sources, Diagnostic>>,
    ui: &Ui,
) -> Result<Option<(Lease, bool)>, Diagnostic> {
    let Some(wait) = asked.approved else { return Ok(None) };
    let (code_sha256, web_sha256) = T::hashes(&building.await?);
    let last = session.last_release();
    if last.is_some_and(|last| last.code_sha256 == code_sha256 && last.web_sha256 == web_sha256) {
        return Ok(None);
    }
    session.stop_on_ctrl_c(ui);
    session.lock(asked.command, wait, ui).await.map(Some)
}

/// What must not be touched, or not without being named.
pub(super) fn refuse(plan: &Plan, command: &str) -> Result<(), Diagnostic> {
    let refused: Vec<_> = plan.refusals().map(|planned| planned.node).collect();
    if refused.is_empty() {
        return Ok(());
    }
    Err(Diagnostic::new(
        Exit::Failed,
        format!("nothing was changed, because of the {}", refused.join(" and the ")),
    )
    .hint(format!("see the plan above, then run `{command}` again with what it names")))
}

fn check_names<T: Target>(session: &Session<T>, replace: &[String]) -> Result<(), Diagnostic> {
    let known: Vec<_> = session.engine.names().collect();
    let Some(unknown) = replace.iter().find(|name| !known.contains(&name.as_str())) else { return Ok(()) };
    Err(Diagnostic::new(Exit::Usage, format!("there is no `{unknown}` to replace"))
        .hint(format!("the things of an environment are: {}", known.join(", "))))
}
