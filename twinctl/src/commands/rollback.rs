//! `twinctl rollback`: restores the code, the page and the settings of an earlier release, without a build.

use clap::Args;
use reconcile::{Choices, Fault, HaltReason, Plan, Report, Waits};
use serde_json::json;
use tokio::time::Instant;

use super::arguments::LockWait;
use crate::{
    run::{
        Approved, Course, carry_out, check_refusals,
        lock::Lease,
        session::{self, Session, stopped},
    },
    spec::{Environment, Options},
    system::{clock, host},
    targets::{
        Part, Target, on_target,
        record::{Release, ReleaseParts},
        rollback,
    },
    twin::{health, secret},
    ui::{Diagnostic, Exit, PlanView, Ui, Verb, to_continue},
};

const EXAMPLES: &str = "\
Examples:
  twinctl rollback prod                   Restore the last healthy release before the current one
  twinctl rollback prod --dry-run         Show what would change
  twinctl rollback prod 01k8c4            Restore this release; the beginning of its ID is enough
  twinctl rollback prod --with-data       Restore its data files, too
  twinctl rollback prod --yes             Skip the confirmation prompt, for CI";

/// Restore an earlier release
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Rollback {
    /// Environment name
    #[arg(value_name = "ENV")]
    pub(crate) environment: String,
    /// Release ID, see `twinctl releases` [default: the last healthy one before the current one]
    #[arg(value_name = "RELEASE")]
    pub(crate) release: Option<String>,
    /// Do nothing unless this release is the current one, for CI
    #[arg(long, value_name = "RELEASE")]
    pub(crate) if_current: Option<String>,
    /// Restore the data files of the release, too
    #[arg(long)]
    pub(crate) with_data: bool,
    /// Show all fields of every resource
    #[arg(long)]
    pub(crate) details: bool,
    /// Show what would change without changing it
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Skip the confirmation prompt
    #[arg(long, short)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) lock: LockWait,
}

pub(super) async fn run(options: &Options, args: &Rollback, ui: &Ui) -> Result<Exit, Diagnostic> {
    let environment = session::load(options, &args.environment, ui)?;
    on_target!(environment, run_on(options, args, environment, ui))
}

async fn run_on<T: Target>(
    options: &Options,
    args: &Rollback,
    environment: Environment,
    ui: &Ui,
) -> Result<Exit, Diagnostic> {
    let begun = Instant::now();
    let command = command(args);
    let id = args.release.as_deref();
    let part = Part::Release { id, with_data: args.with_data };
    let session = Session::<T>::open(options, environment, part, Choices::default(), ui).await?;
    session.caution(ui);
    let rollback = rollback::Rollback::of(session.seen.as_ref(), id, args.with_data, &session.environment)?;
    check_current(&rollback, args)?;
    session.observe(&command).await?;
    let observed_at = Instant::now();
    check_data(&session, &rollback)?;
    let plan = session.engine.plan();
    ui.plan(&PlanView {
        title: session.title(),
        plan: &plan,
        notes: notes(&rollback).into_iter().chain(session.target.resource_notes(&session.engine)).collect(),
        took: begun.elapsed(),
        verb: Verb::Rollback,
        details: args.details,
    });
    if args.dry_run {
        ui.print_plan();
    }
    secret::missing_key(&plan, &args.environment).map_or(Ok(()), Err)?;
    check_refusals(&plan, &command)?;
    if args.dry_run {
        return Ok(Exit::Done);
    }
    if !args.yes {
        let question = format!("Roll {} back to {}?", session.environment.name, rollback.to.id);
        ui.confirm(&question, "nothing was changed", &command)?;
    }
    let approved = Approved {
        plan: &plan,
        observed_at,
        command: &command,
        holding: &command,
        lock_wait: args.lock.lock_wait,
        waits: Waits::Yes,
    };
    restore(&session, &rollback, &approved, ui).await
}

/// Restores the release under the lock, and prints the result.
async fn restore<T: Target>(
    session: &Session<T>,
    rollback: &rollback::Rollback,
    approved: &Approved<'_>,
    ui: &Ui,
) -> Result<Exit, Diagnostic> {
    let course = Restoring { rollback, command: approved.command };
    carry_out(session, approved, None, &course, ui).await?;
    ui.say(&format!("restored the release {}", rollback.to.id));
    let url = session.url();
    ui.object("done", json!({ "restored": rollback.to.id, "replaced": rollback.from.id, "url": url }));
    if let Some(url) = url {
        ui.address(&url);
    }
    Ok(Exit::Done)
}

/// Returns the command line that repeats this run.
fn command(args: &Rollback) -> String {
    let release = args.release.as_ref().map(|id| format!(" {id}")).unwrap_or_default();
    let data = if args.with_data { " --with-data" } else { "" };
    format!("twinctl rollback {}{release}{data}", args.environment)
}

/// Fails if another run has made a release since the caller read the current one. Later ones are noticed under the lock.
fn check_current(rollback: &rollback::Rollback, args: &Rollback) -> Result<(), Diagnostic> {
    let current = &rollback.from.id;
    match &args.if_current {
        Some(expected) if expected != current => {
            let message = format!("the current release is {current}, not {expected}; nothing was changed");
            Err(Diagnostic::new(Exit::Failed, message)
                .hint(format!("run `twinctl releases {}` to list the releases", args.environment)))
        }
        _ => Ok(()),
    }
}

/// Fails if the set of data files is no longer in their history.
fn check_data<T: Target>(session: &Session<T>, rollback: &rollback::Rollback) -> Result<(), Diagnostic> {
    let Some(set) = &rollback.data else { return Ok(()) };
    let stored = session.target.data_files(&session.engine);
    if stored.is_some_and(|stored| stored.history.set(set).is_some()) {
        return Ok(());
    }
    let gone = rollback.gone(&format!("the set `{set}` of data files"));
    Err(gone.hint(format!("run `twinctl rollback {}` without `--with-data`", session.environment.name)))
}

fn notes(rollback: &rollback::Rollback) -> Vec<String> {
    let rollback::Rollback { to, from, .. } = rollback;
    let describe = |release: &Release| {
        let commit = release.commit.as_ref().map(|commit| format!(", commit {commit}")).unwrap_or_default();
        format!("{} ({}, by {}{commit})", release.id, clock::ago(release.at), release.by)
    };
    let parts: Vec<_> = from.changed_since(to).iter().map(ToString::to_string).collect();
    let parts =
        if parts.is_empty() { String::new() } else { format!(", which differ in {}", parts.join(", ")) };
    vec![format!("restores the release {} instead of {}{parts}", describe(to), describe(from))]
}

/// The part of [`carry_out`] that only a rollback does.
struct Restoring<'a> {
    rollback: &'a rollback::Rollback,
    command: &'a str,
}

impl<T: Target> Course<T> for Restoring<'_> {
    type Outcome = ();

    fn check_record(&self, session: &Session<T>) -> Result<(), Diagnostic> {
        if session.newer_release().is_none() {
            return Ok(());
        }
        Err(Diagnostic::new(Exit::Failed, "another run made a release meanwhile; nothing was changed")
            .hint(format!("run `{}` again to see what it would restore now", self.command)))
    }

    /// Verifies the resources and checks the twin through its public endpoint, both at once.
    async fn verify(&self, session: &Session<T>, plan: &Plan, report: Report) -> Result<(), Diagnostic> {
        session.check(&report, self.command)?;
        let answers = async { Some(health::check_until(&session.endpoint()?, health::PATIENCE).await) };
        let (report, health) = tokio::join!(session.engine.verify(plan, report), answers);
        session.check(&report, self.command)?;
        match (health.filter(|health| !health.healthy), session.halt.reason()) {
            (_, Some(HaltReason::LeaseLost)) => {
                Err(stopped(HaltReason::LeaseLost, &to_continue(self.command)))
            }
            (Some(health), _) => {
                let message = format!("the release is restored, but the twin {}", health.finding);
                let name = &session.environment.name;
                Err(Diagnostic::new(Exit::Unhealthy, message)
                    .cause("the rollback is not recorded as a release")
                    .hint(format!("run `twinctl status {name}` to check again, then `{}`", self.command)))
            }
            (None, _) => Ok(()),
        }
    }

    async fn release(&self, session: &Session<T>, lease: Lease, (): &()) -> Result<(), Fault> {
        let rollback::Rollback { to, from, data } = self.rollback;
        let kept = from.parts.as_ref().and_then(|parts| parts.data.clone());
        let setup = session.target.deployed(&session.engine).setup;
        let parts = to.parts.clone();
        let parts = parts.map(|parts| ReleaseParts { data: data.clone().or(kept), setup, ..parts });
        let restored = Release {
            id: session.release_id().to_owned(),
            at: clock::now(),
            by: host::user(),
            found: from.found.clone(),
            parts,
            restores: Some(to.id.clone()),
            rolled_back: false,
            ..to.clone()
        };
        lease.record_rollback(restored).await
    }
}
