//! `twinctl deploy`: deploys an environment.

use std::time::Duration;

use clap::Args;
use reconcile::{Action, Apply, Fault, Outcome, Plan, Report, Waits};
use tokio::task::JoinHandle;

use super::arguments::{Code, DataOptions, EnvironmentArg, Permits, Waiting};
use crate::{
    artifacts::api_rewrite::{self, Questions},
    doctor,
    run::{
        self, Approved, Course, DeployRequest, Prepared, carry_out,
        credential_expiry::{self, Length},
        lock::Lease,
        session::{self, Session},
    },
    spec::{self, Canary, Environment, InvalidValue, Options},
    system::clock,
    targets::{RolledBack, Target, on_target, record::FormerDomains},
    twin::{
        health,
        stream_check::{self, StreamCheck},
    },
    ui::{Diagnostic, Exit, Ui},
};

const EXAMPLES: &str = "\
Examples:
  twinctl deploy local            Deploy to this machine: needs no account and no key
  twinctl deploy                  Deploy dev: show the plan and ask once
  twinctl deploy prod --yes       Deploy without a confirmation prompt, for CI
  twinctl deploy prod --canary 10%:5m
                                  Send 10% of the visitors to the new version for 5 minutes first
  twinctl deploy dev --dry-run    Print the plan only
  twinctl deploy dev --adopt      Take over existing resources that have our names";

/// Deploy an environment
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Deploy {
    #[command(flatten)]
    pub(crate) which: EnvironmentArg,
    #[command(flatten)]
    pub(crate) code: Code,
    #[command(flatten)]
    pub(crate) own: DataOptions,
    #[command(flatten)]
    pub(crate) permits: Permits,
    /// Skip the confirmation prompt
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Print the plan without applying it
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Run the local twin as a systemd user service
    #[arg(long)]
    pub(crate) service: bool,
    /// Show all fields of every resource
    #[arg(long)]
    pub(crate) details: bool,
    /// Send a share of the visitors to the new version first, for example `10%:5m` [`off` overrides the file]
    #[arg(long, value_name = "CANARY", value_parser = canary)]
    pub(crate) canary: Option<CanaryOption>,
    #[command(flatten)]
    pub(crate) waiting: Waiting,
}

/// The value of `--canary`.
#[derive(Debug, Clone)]
pub(crate) enum CanaryOption {
    Off,
    On(Canary),
}

fn canary(text: &str) -> Result<CanaryOption, String> {
    if text == "off" {
        return Ok(CanaryOption::Off);
    }
    text.parse().map(CanaryOption::On).map_err(|error: InvalidValue| error.to_string())
}

fn set_canary(environment: &mut Environment, canary: Option<&CanaryOption>) {
    match canary {
        Some(CanaryOption::On(canary)) => environment.release.canary = Some(canary.clone()),
        Some(CanaryOption::Off) => environment.release.canary = None,
        None => {}
    }
}

/// How long a new public endpoint may take to answer. It has to reach every edge location first.
const NEW_ENDPOINT_PATIENCE: Duration = Duration::from_mins(3);

pub(super) async fn run(options: &Options, args: &Deploy, ui: &Ui) -> Result<Exit, Diagnostic> {
    let mut environment = session::load_to_deploy(options, &args.which.environment, ui)?;
    if spec::is_built_in(&options.environments, &args.which.environment) {
        ui.say("no environment file of `local` found: deploying the built-in environment `local`; `twinctl init` writes files to change");
    }
    if args.service {
        session::require_local(&environment, "--service")?;
        environment.local.service = Some(true);
    }
    set_canary(&mut environment, args.canary.as_ref());
    run_as(options, args, environment, &Caller::deploy(&args.which.environment), ui).await
}

/// The command that deploys.
pub(super) struct Caller<'a> {
    /// The command line that hints tell the user to run again.
    pub(super) command: String,
    /// Runs after the user has approved the plan, before anything is changed.
    pub(super) before_changes: &'a (dyn Fn() -> Result<(), Diagnostic> + Sync),
}

impl Caller<'_> {
    pub(super) fn deploy(environment: &str) -> Self {
        Self { command: format!("twinctl deploy {environment}"), before_changes: &|| Ok(()) }
    }
}

/// Deploys for a command, and prints the address of the twin.
pub(super) async fn run_as(
    options: &Options,
    args: &Deploy,
    mut environment: Environment,
    caller: &Caller<'_>,
    ui: &Ui,
) -> Result<Exit, Diagnostic> {
    let questions = if args.yes { Questions::Forbidden } else { Questions::Allowed };
    api_rewrite::decide(&mut environment, questions, ui).await?;
    let deployed = {
        let environment = environment.clone();
        on_target!(environment, run_on(options, args, environment, caller, ui))
    };
    let url = match deployed {
        Ok(url) => url,
        Err(diagnostic) => {
            let code = args.code.settings();
            let request =
                doctor::Request { options, environment: &environment, code: &code, call_model: false, ui };
            return Err(doctor::add_findings(&request, diagnostic).await);
        }
    };
    if let Some(url) = url {
        ui.address(&url);
        ui.object("done", serde_json::json!({ "url": url }));
    }
    Ok(Exit::Done)
}

/// Deploys, and returns the address of the twin if there is one.
pub(super) async fn run_on<T: Target>(
    options: &Options,
    args: &Deploy,
    environment: Environment,
    caller: &Caller<'_>,
    ui: &Ui,
) -> Result<Option<String>, Diagnostic> {
    let command = &caller.command;
    let request = DeployRequest {
        options,
        code: args.code.settings(),
        own: args.own.settings(),
        permits: args.permits.settings(),
        details: args.details,
        approved: (args.yes && !args.dry_run).then_some(args.waiting.lock.lock_wait),
        command,
    };
    let mut prepared = run::prepare::<T>(&request, environment, ui).await?;
    let lease = prepared.lease.take();
    let checked = prepared.check(command, ui).await;
    let pending = prepared.plan.changes_anything();
    if args.dry_run {
        ui.print_plan();
    }
    if args.dry_run || checked.is_err() || (!pending && is_recorded(&prepared)) {
        let checked = checked.and_then(|()| if args.dry_run { Ok(()) } else { (caller.before_changes)() });
        end_unchanged(&prepared.session, lease, checked, args, command, ui).await?;
        prepared.session.print_missing_records(ui).await;
        return Ok(prepared.session.url());
    }
    if pending {
        credential_expiry::warn(&prepared.session, Length::Deploy, ui);
    }
    if lease.is_none() && T::ASKS_FOR_CONFIRMATION && pending && !args.yes {
        let question = format!("Deploy {}?", prepared.session.environment.name);
        ui.confirm(&question, "nothing was changed", command)?;
    }
    if let Err(diagnostic) = (caller.before_changes)() {
        return end_unchanged(&prepared.session, lease, Err(diagnostic), args, command, ui)
            .await
            .map(|()| None);
    }
    let approved = Approved {
        plan: &prepared.plan,
        observed_at: prepared.observed_at,
        command,
        holding: command,
        lock_wait: args.waiting.lock.lock_wait,
        waits: args.waiting.waits(),
    };
    let deployment = Deployment { prepared: &prepared, command, adopts: args.permits.adopt };
    let carried_out = carry_out(&prepared.session, &approved, lease, &deployment, ui).await;
    print_answers(&prepared.session, ui);
    if let Some(checking) = carried_out?.stream
        && let Ok(stream) = checking.await
        && !stream.streams
    {
        ui.warn(&stream.note());
    }
    prepared.session.print_missing_records(ui).await;
    Ok(prepared.session.url())
}

/// Prints the answers of a new version. Also if a later step failed, because they were paid for.
fn print_answers<T: Target>(session: &Session<T>, ui: &Ui) {
    if let Some(report) = session.target.question(&session.engine) {
        report.print(ui);
    }
    if let Some(summary) = session.target.canary_summary(&session.engine) {
        ui.say(&format!("canary: {summary}"));
        ui.object("canary", serde_json::json!({ "summary": summary }));
    }
}

/// Ends a run that changes nothing. Renews the time to live, if the environment has one.
async fn end_unchanged<T: Target>(
    session: &Session<T>,
    lease: Option<(Lease, bool)>,
    checked: Result<(), Diagnostic>,
    args: &Deploy,
    command: &str,
    ui: &Ui,
) -> Result<(), Diagnostic> {
    if let Some((lease, _)) = lease {
        return run::after_release(checked, lease.release().await);
    }
    checked?;
    if args.dry_run || !session.has_expiry() {
        return Ok(());
    }
    session.renew_expiry(command, args.waiting.lock.lock_wait, ui).await
}

/// Whether the last recorded release is the actual state. A run can be killed after its last change and before it
/// records the release.
fn is_recorded<T: Target>(prepared: &Prepared<T>) -> bool {
    let Some(record) = prepared.session.record() else { return false };
    let interrupted = prepared.session.interrupted_command().is_some();
    let recorded = record.releases.first().is_some_and(|last| last.describes(&prepared.release()));
    let session = &prepared.session;
    recorded && !interrupted && session.domains_are_recorded(record) && session.features_are_recorded(record)
}

/// The part of [`carry_out`] that only a deploy does.
struct Deployment<'a, T: Target> {
    prepared: &'a Prepared<T>,
    command: &'a str,
    /// Whether the run may take over resources of another tool.
    adopts: bool,
}

/// The result of a deploy.
struct Verified {
    /// Whether the record must keep its list of former domains.
    former: FormerDomains,
    /// The check that answers are streamed. Its result does not change the outcome, so neither the lock nor the record
    /// waits for it. `None` if the environment does not stream, or the twin is local.
    stream: Option<JoinHandle<StreamCheck>>,
}

impl<T: Target> Course<T> for Deployment<'_, T> {
    type Outcome = Verified;

    /// A deploy that waited for the lock does not undo a rollback that was made meanwhile.
    fn check_record(&self, session: &Session<T>) -> Result<(), Diagnostic> {
        let Some(newer) = session.newer_release() else { return Ok(()) };
        let Some(restored) = &newer.restores else { return Ok(()) };
        let (ago, by) = (clock::ago(newer.at), &newer.by);
        let message =
            format!("a rollback to {restored} was made meanwhile ({ago}, by {by}); nothing was changed");
        Err(Diagnostic::new(Exit::Failed, message)
            .hint(format!("to undo the rollback, run `{}` again", self.command)))
    }

    async fn before(&self, session: &Session<T>, _: &Plan, lease: &Lease) -> Result<(), Diagnostic> {
        if !self.adopts {
            return Ok(());
        }
        session.record_adopted(lease, self.command).await
    }

    /// Verifies all resources, checks the twin through its public endpoint, and removes old versions, all at once.
    async fn verify(
        &self,
        session: &Session<T>,
        plan: &Plan,
        report: Report,
    ) -> Result<Verified, Diagnostic> {
        session.check(&report, self.command)?;
        narrow_access(session, self.command).await?;
        let whole = is_usable(plan, &report);
        let checking = async { if whole { check_endpoint(session, self.command).await } else { Ok(()) } };
        let removing = async {
            if let Some(record) = session.record().filter(|_| whole) {
                session.target.delete_old_versions(&session.engine, record).await;
            }
        };
        let stream = session.target.stream_address(&session.engine);
        let stream = stream.map(|api| tokio::spawn(async move { stream_check::check_new(&api).await }));
        let (report, checked, ()) = tokio::join!(session.engine.verify(plan, report), checking, removing);
        session.check(&report, self.command)?;
        checked?;
        let left = report.nodes.iter().any(|(_, outcome)| matches!(outcome, Outcome::InProgress(_)));
        let former =
            if left { FormerDomains::MayExist } else { session.target.former_domains(&session.engine) };
        Ok(Verified { former, stream })
    }

    async fn release(&self, _: &Session<T>, lease: Lease, verified: &Verified) -> Result<(), Fault> {
        lease.record_release(self.prepared.release(), verified.former).await
    }
}

/// After a canary, removes the access of the function's role that only the previous version needed.
async fn narrow_access<T: Target>(session: &Session<T>, command: &str) -> Result<(), Diagnostic> {
    if !session.target.drop_former_access() {
        return Ok(());
    }
    session.observe(command).await?;
    let plan = session.engine.plan();
    let report = session.engine.apply(&plan, Apply { waits: Waits::No, observed: true }).await;
    session.check(&report, command)
}

/// Whether visitors can use what was deployed. A deletion or an update may be left to the next run.
fn is_usable(plan: &Plan, report: &Report) -> bool {
    let unfinished = report.nodes.iter().filter(|(_, outcome)| matches!(outcome, Outcome::InProgress(_)));
    let is_new = |node: &str| !matches!(plan.action(node), Some(Action::Update | Action::Delete));
    !report.halted() && !unfinished.into_iter().any(|(node, _)| is_new(node))
}

/// Checks the twin through its public endpoint. If that fails, moves `live` back to the previous version.
async fn check_endpoint<T: Target>(session: &Session<T>, command: &str) -> Result<(), Diagnostic> {
    let Some(endpoint) = session.endpoint() else { return Ok(()) };
    let before = session.last_release();
    let patience = if before.is_some() { health::PATIENCE } else { NEW_ENDPOINT_PATIENCE };
    let health = health::check_until(&endpoint, patience).await;
    if health.healthy {
        return Ok(());
    }
    let diagnostic =
        Diagnostic::new(Exit::Unhealthy, format!("everything is deployed, but the twin {}", health.finding));
    let again = format!("run `twinctl status {}` to check again", session.environment.name);
    let now = session.new_release().version;
    let Some(before) = before.filter(|release| release.version != now) else {
        return Err(diagnostic.hint(again));
    };
    match session.target.roll_back(&session.engine, &before.version).await {
        Ok(RolledBack::Yes) => Err(diagnostic
            .cause(format!("`live` was moved back to version {}, the previous version", before.version))
            .hint(format!("fix the cause, then run `{command}` again"))),
        Ok(RolledBack::CannotStream) => Err(diagnostic
            .cause(format!(
                "`live` stays on version {now}: CloudFront sends visitors to the stream API, which version {} cannot answer",
                before.version
            ))
            .hint(format!(
                "fix the cause, or set `streaming: false` to return to the HTTP API, then run `{command}` again"
            ))),
        Ok(RolledBack::CannotCount) => Err(diagnostic
            .cause(format!(
                "`live` stays on version {now}: version {} cannot ask its model without the usage table, which was deleted with \
                 `budget`",
                before.version
            ))
            .hint(format!("fix the cause, then run `{command}` again"))),
        Ok(RolledBack::NotSupported) => Err(diagnostic.hint(again)),
        Err(fault) => Err(diagnostic.cause(format!("could not move `live` back: {fault}"))),
    }
}
