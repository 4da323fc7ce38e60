//! One run on one environment: its record, and the engine on its graph.

mod adopted;
mod canary;
mod notes;
mod recorded;

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

use futures_util::FutureExt as _;
use reconcile::{Choices, Class, Engine, Failure, Halt, HaltReason, Plan, Problem, Report};
use tokio::task::JoinSet;

use crate::{
    run::{
        github::{Ended, Runs},
        lock::{self, Challenger, Lease},
    },
    spec::{self, Environment, Options},
    system::host,
    targets::{
        Aim, Opened, Part, Sources, Target,
        aws_access::profile_note,
        record::{self, Expiry, Holder, Record, Register, Release, WriteGate},
    },
    twin::endpoint::Endpoint,
    ui::{Diagnostic, Exit, Ui, to_continue, to_repeat},
};

/// The environment, target, record and engine of one command.
pub(crate) struct Session<T: Target> {
    pub(crate) environment: Environment,
    pub(crate) target: T,
    pub(crate) register: Register,
    /// The record as it was read before resources were observed.
    pub(crate) seen: Option<Record>,
    /// The record under the lock.
    locked: OnceLock<Record>,
    birth: record::Birth,
    release: String,
    pub(crate) engine: Engine<T::Cloud>,
    pub(crate) halt: Halt,
    /// Whether resources may have been changed.
    has_begun: AtomicBool,
    gate: Arc<WriteGate>,
    sources: Sources<T>,
    /// The task that listens for Ctrl-C; aborted at the end of the run.
    listening: OnceLock<JoinSet<()>>,
}

/// Reads the environment file.
pub(crate) fn load(options: &Options, name: &str, ui: &Ui) -> Result<Environment, Diagnostic> {
    loaded(spec::load_deployed(&options.environments, name, &options.overrides), options, ui)
}

/// Loads an environment to deploy it. Refuses settings with which a twin must not be deployed.
pub(crate) fn load_to_deploy(options: &Options, name: &str, ui: &Ui) -> Result<Environment, Diagnostic> {
    loaded(spec::load(&options.environments, name, &options.overrides), options, ui)
}

fn loaded(
    result: Result<Environment, Vec<spec::SpecError>>,
    options: &Options,
    ui: &Ui,
) -> Result<Environment, Diagnostic> {
    let mut environment = result.map_err(|errors| Diagnostic {
        locations: spec::locations(&errors),
        ..Diagnostic::rendered(Exit::Environment, spec::render(&errors, ui.color()))
    })?;
    if let Some(note) = profile_note(options, &environment) {
        ui.say_once(&note);
    }
    if let Some(port) = options.port {
        require_local(&environment, "--port")?;
        environment.local.port = port;
        environment.local.next_free_port = false;
    }
    Ok(environment)
}

/// Returns the given names, or the names of all environments that have a file.
pub(crate) fn named_or_all(options: &Options, names: &[String]) -> Vec<String> {
    if names.is_empty() { spec::available(&options.environments) } else { names.to_vec() }
}

/// Fails if an option for local twins is used with an environment on AWS.
pub(crate) fn require_local(environment: &Environment, option: &str) -> Result<(), Diagnostic> {
    if environment.target == spec::Target::Local {
        return Ok(());
    }
    let message = format!("`{option}` is for local twins only, and `{}` is on AWS", environment.name);
    Err(Diagnostic::new(Exit::Usage, message).hint("omit it, or use an environment with `target: local`"))
}

impl<T: Target> Session<T> {
    pub(crate) async fn open(
        options: &Options,
        environment: Environment,
        part: Part<'_>,
        choices: Choices,
        ui: &Ui,
    ) -> Result<Self, Diagnostic> {
        let gate = Arc::default();
        let aim = match choices {
            Choices { destroy: true, .. } => Aim::Remove,
            Choices { adopt: true, .. } => Aim::Adopt,
            Choices { .. } => Aim::Use,
        };
        let Opened { target, register, seen, birth, release, cloud, graph, sources } =
            T::open(options, &environment, aim, part, &gate, ui).await?;
        let halt = Halt::new();
        let engine = Engine::new(graph, cloud, ui.observer(), halt.clone(), choices);
        let listening = OnceLock::new();
        Ok(Self {
            environment,
            target,
            register,
            seen,
            locked: OnceLock::new(),
            birth,
            release,
            engine,
            halt,
            has_begun: AtomicBool::new(false),
            gate,
            sources,
            listening,
        })
    }

    /// Returns the id of the release that this run may make.
    pub(crate) fn release_id(&self) -> &str {
        &self.release
    }

    /// Returns the record: as it is under the lock, or before that, as it was read.
    pub(crate) fn record(&self) -> Option<&Record> {
        self.locked.get().or(self.seen.as_ref())
    }

    /// Returns the newest recorded release, if any.
    pub(crate) fn last_release(&self) -> Option<&Release> {
        self.record().and_then(|record| record.releases.first())
    }

    /// Returns the newest recorded release, if another run made it before this one had the lock.
    pub(crate) fn newer_release(&self) -> Option<&Release> {
        let seen = self.seen.as_ref().and_then(|record| record.releases.first());
        self.last_release().filter(|last| seen.is_none_or(|seen| seen.id != last.id))
    }

    /// Whether the record has, or needs, an expiry, which each deploy renews or removes.
    pub(crate) fn has_expiry(&self) -> bool {
        self.environment.ttl.is_some() || self.expiry().is_some()
    }

    pub(crate) fn expiry(&self) -> Option<&Expiry> {
        self.seen.as_ref()?.expiry.as_ref()
    }

    /// Renews the expiry of an environment in which nothing changes. Acquiring the lock does it.
    pub(crate) async fn renew_expiry(
        &self,
        command: &str,
        wait: std::time::Duration,
        ui: &Ui,
    ) -> Result<(), Diagnostic> {
        let (lease, _) = self.lock(command, wait, ui).await?;
        lease.release().await.map_err(|fault| Diagnostic::fault("could not release the lock", &fault))
    }

    /// Returns the command of an interrupted run: the lock is held, but its process is gone.
    pub(crate) fn interrupted_command(&self) -> Option<&str> {
        let held = self.seen.as_ref().and_then(|record| record.lease.as_ref());
        held.filter(|held| held.holder.process.is_gone()).map(|held| held.holder.command.as_str())
    }

    /// Observes all resources concurrently.
    pub(crate) async fn observe(&self, command: &str) -> Result<(), Diagnostic> {
        self.engine.observe().await.map_err(|failures| {
            if self.halt.reason() == Some(HaltReason::Interrupted) {
                return stopped(HaltReason::Interrupted, &self.next(command));
            }
            self.failed(&failures, command)
        })
    }

    /// Fails if the run was interrupted. From now on, resources may be changed.
    pub(crate) fn begin(&self, command: &str) -> Result<(), Diagnostic> {
        self.check_interrupted(command)?;
        self.has_begun.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Fails if the run was interrupted.
    pub(crate) fn check_interrupted(&self, command: &str) -> Result<(), Diagnostic> {
        match self.halt.reason() {
            Some(reason @ HaltReason::Interrupted) => Err(stopped(reason, &self.next(command))),
            _ => Ok(()),
        }
    }

    /// Returns what was changed so far, and the next step.
    fn next(&self, command: &str) -> String {
        if self.has_begun.load(Ordering::Relaxed) { to_continue(command) } else { to_repeat(command) }
    }

    /// Returns the error for failed resources, with the next step if the credentials lack a permission.
    fn failed<'f>(&self, failures: impl IntoIterator<Item = &'f Failure>, command: &str) -> Diagnostic {
        let failures: Vec<_> = failures.into_iter().collect();
        let is_denied = |failure: &&Failure| matches!(&failure.problem, Problem::Fault(fault) if fault.class == Class::Denied);
        let hint = self.target.denied_hint().filter(|_| failures.iter().any(is_denied));
        let diagnostic = Diagnostic::failures(failures, self.next(command));
        hint.into_iter().fold(diagnostic, Diagnostic::hint)
    }

    /// Sets the sources that a deploy uploads. Must be called before planning.
    pub(crate) fn set_sources(&self, sources: T::Sources) {
        // A second call in the same run would set the same sources.
        let _ = self.sources.set(sources);
    }

    /// Returns the public endpoint, if it exists.
    pub(crate) fn endpoint(&self) -> Option<Endpoint> {
        self.target.endpoint(&self.engine)
    }

    /// Returns the public endpoint. Fails if it does not exist.
    pub(crate) fn address(&self) -> Result<Endpoint, Diagnostic> {
        let name = &self.environment.name;
        self.endpoint().ok_or_else(|| {
            Diagnostic::new(Exit::Unhealthy, format!("`{name}` has no address yet"))
                .hint(format!("run `twinctl deploy {name}`"))
        })
    }

    pub(crate) fn url(&self) -> Option<String> {
        self.endpoint().map(|endpoint| endpoint.url)
    }

    pub(crate) fn caution(&self, ui: &Ui) {
        if let Some(caution) = self.target.credentials_warning() {
            ui.warn(caution);
        }
    }

    /// Checks for obstacles before anything is changed.
    pub(crate) async fn preflight(&self, plan: &Plan, ui: &Ui) -> Result<(), Diagnostic> {
        self.target.preflight(&self.environment, plan, ui).await
    }

    /// Title of the plan: the project, the environment and the location.
    pub(crate) fn title(&self) -> String {
        let Environment { name, project, .. } = &self.environment;
        format!("{project}/{name} · {}", self.target.location(&self.environment))
    }

    /// Handles Ctrl-C from now on: the first one finishes the calls in progress, a second one exits immediately.
    pub(crate) fn stop_on_ctrl_c(&self, ui: &Ui) {
        let (halt, ui) = (self.halt.clone(), ui.clone());
        let mut listening = JoinSet::new();
        listening.spawn(async move {
            host::stop_signal().await;
            halt.set(HaltReason::Interrupted);
            ui.say("stopping after the calls in progress (Ctrl-C again to stop immediately)");
            host::stop_signal().await;
            ui.abandon();
        });
        // A second listener would print every message twice.
        let _ = self.listening.set(listening);
    }

    /// Acquires the lock. Also returns whether the observation is still valid, because no other process held the lock.
    pub(crate) async fn lock(
        &self,
        command: &str,
        wait: std::time::Duration,
        ui: &Ui,
    ) -> Result<(Lease, bool), Diagnostic> {
        let holder = Holder::current(command.to_owned());
        let reported = AtomicBool::new(false);
        let on_wait = |held: &record::Held| {
            if !reported.swap(true, Ordering::Relaxed) {
                ui.say(&format!("waiting for the lock, held by {}", held.holder));
            }
        };
        let runs = Runs::of_job();
        let is_over = |holder: &Holder| is_over(&runs, holder.ci_run.clone(), ui.clone()).boxed();
        let challenger = Challenger { patience: wait, on_wait: &on_wait, is_over: &is_over };
        let seen = self.seen.as_ref();
        let (lease, undisturbed) =
            lock::acquire(&self.register, seen, &self.birth, &holder, challenger, &self.halt, &self.gate)
                .await?;
        self.target.take_over(lease.record());
        // A run locks once.
        let _ = self.locked.set(lease.record().clone());
        if lease.record().birth.id != self.birth.id {
            let released = lease.release_during_canary().await;
            released.map_err(|fault| Diagnostic::fault("could not release the lock", &fault))?;
            return Err(Diagnostic::new(Exit::Locked, "another process has just created this environment")
                .hint(format!("run `{command}` again to see its actual state")));
        }
        let (lease, has_ended) = self.end_earlier_canary(lease, ui).await?;
        self.has_begun.fetch_or(has_ended, Ordering::Relaxed);
        Ok((lease, undisturbed && !has_ended))
    }

    /// Fails if the run did not complete, with the reason and the next step.
    pub(crate) fn check(&self, report: &Report, command: &str) -> Result<(), Diagnostic> {
        let failed = report.failures().next().is_some();
        if !failed && !report.halted() {
            return Ok(());
        }
        match self.halt.reason() {
            // Failures of resources that another run changes meanwhile would only mislead.
            Some(HaltReason::LeaseLost) => Err(stopped(HaltReason::LeaseLost, &to_continue(command))),
            Some(HaltReason::CredentialsRejected) => Err(Diagnostic::credentials_rejected(report, command)),
            _ if failed => Err(self.failed(report.failures(), command)),
            Some(reason @ HaltReason::Interrupted) => Err(stopped(reason, &to_continue(command))),
            None => Ok(()),
        }
    }

    /// Observes and plans again, with the lock. Fails unless the approved plan covers the new one, and the graph all
    /// resources of the record: a run that does not know of a resource would leave it behind.
    pub(crate) async fn plan_again(
        &self,
        approved: &Plan,
        command: &str,
        record: &Record,
    ) -> Result<Plan, Diagnostic> {
        if !self.target.includes_all_of(record) {
            return Err(Diagnostic::new(
                Exit::Locked,
                "another process has just turned on streaming, alarms, a budget, its mail or a domain; nothing was changed",
            )
            .hint(format!("run `{command}` again and review the new plan")));
        }
        self.observe(command).await?;
        let plan = self.engine.plan();
        if approved.covers(&plan) && plan.refusals().next().is_none() {
            return Ok(plan);
        }
        Err(Diagnostic::new(
            Exit::Failed,
            "the environment changed meanwhile, and the new plan changes more than you approved",
        )
        .hint(format!("run `{command}` again and review the new plan")))
    }
}

/// Returns the error of a run that was halted between two steps. `next` is the next step.
pub(crate) fn stopped(reason: HaltReason, next: &str) -> Diagnostic {
    let (exit, message) = match reason {
        HaltReason::LeaseLost => (
            Exit::Locked,
            "stopped before the end, because the lock could not be renewed or was force-released",
        ),
        HaltReason::CredentialsRejected => {
            (Exit::Access, "stopped before the end: AWS rejects the credentials")
        }
        HaltReason::Interrupted => (Exit::Interrupted, "stopped before the end"),
    };
    Diagnostic::new(exit, message).hint(next)
}

/// Whether GitHub reports that the workflow run that holds the lock is over.
async fn is_over(runs: &Runs, run: Option<String>, ui: Ui) -> bool {
    let Some(run) = run else { return false };
    match runs.ended(&run).await {
        Ended::Yes => ui.say(&format!("the run that held the lock is over: {run}")),
        Ended::Unknown => return false,
        Ended::NotPermitted(why) => {
            ui.warn(&format!(
                "could not ask GitHub whether the run that holds the lock has ended ({why}); waiting may take a minute longer: see docs/ci.md"
            ));
            return false;
        }
    }
    true
}
