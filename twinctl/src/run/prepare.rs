//! The plan of a deploy: builds and reads data files while the actual state is observed, then plans and prints the plan.

use std::{sync::Arc, time::Duration};

use futures_util::FutureExt as _;
use reconcile::{Choices, Plan};
use serde_json::Value;
use tokio::time::Instant;

use super::{carry_out::after_release, lock::Lease, session::Session};
use crate::{
    artifacts::{
        Code,
        data::{DataLoader, DataOptions, DesiredFiles, PreparedFiles, plan_notes},
    },
    spec::{Environment, Options},
    system::host,
    targets::{
        Part, Target,
        end_of_life::EndOfLife,
        record::{Release, ReleasePart},
    },
    twin::{budget, cost, question::Finding, secret},
    ui::{Diagnostic, Exit, PlanView, Ui, Verb},
};

/// The changes to existing resources that the user permits.
#[derive(Debug, Clone, Default)]
pub(crate) struct Permits {
    pub(crate) adopt: bool,
    pub(crate) replace: Vec<String>,
    pub(crate) take_record: bool,
}

impl Permits {
    fn choices(&self) -> Choices {
        Choices { adopt: self.adopt, replace: self.replace.iter().cloned().collect(), ..Choices::default() }
    }
}

/// A session that has observed the actual state, and its plan.
pub(crate) struct Prepared<T: Target> {
    pub(crate) session: Session<T>,
    pub(crate) plan: Plan,
    /// The tokens of the data files, if they were counted.
    tokens: Option<usize>,
    /// How the plan changes the estimated cost, if it does.
    pub(crate) cost_note: Option<String>,
    /// When the actual state was observed.
    pub(crate) observed_at: Instant,
    /// The release that the plan would make. Its hashes and its commit are final.
    release: Release,
    /// The lock, if it was already acquired, and whether no other process held it since the record was read.
    pub(crate) lease: Option<(Lease, bool)>,
}

impl<T: Target> Prepared<T> {
    /// Returns the record of a release of the current state. Without a question, the same version is as proven as before.
    pub(crate) fn release(&self) -> Release {
        let Release { code_sha256, web_sha256, commit, .. } = self.release.clone();
        let new = self.session.new_release();
        let question = self.session.target.question(&self.session.engine);
        let is_same = |last: &&Release| {
            last.version == new.version && !new.changed_since(last).contains(&ReleasePart::Model)
        };
        let last = self.session.last_release().filter(is_same);
        let unverified = match question {
            Some(report) => !report.asked_nothing() && report.finding() != Finding::Answered,
            None => last.is_some_and(|last| last.unverified),
        };
        Release { commit, code_sha256, web_sha256, unverified, ..new }
    }

    /// Checks that the plan can be applied: no key is missing, the budget pays for a turn, no change is refused, and the
    /// preflight checks pass.
    pub(crate) async fn check(&self, command: &str, ui: &Ui) -> Result<(), Diagnostic> {
        let missing = secret::missing_key(&self.plan, self.session.environment.name.as_str());
        missing.map_or(Ok(()), Err)?;
        // An environment that is deployed already must stay deployable, although its price has changed.
        if self.session.last_release().is_none() {
            budget::too_small(&self.session.environment, self.tokens).map_or(Ok(()), Err)?;
        }
        check_refusals(&self.plan, command)?;
        self.session.preflight(&self.plan, ui).await
    }
}

/// The arguments of a deploy or plan.
pub(crate) struct DeployRequest<'a> {
    pub(crate) options: &'a Options,
    pub(crate) code: Code,
    pub(crate) own: DataOptions,
    pub(crate) permits: Permits,
    /// Whether the plan shows all fields.
    pub(crate) details: bool,
    /// How long to wait for the lock if the user approved everything in advance. The lock is then acquired while
    /// resources are observed, if the record already shows that something will change.
    pub(crate) approved: Option<Duration>,
    pub(crate) command: &'a str,
}

fn permitted(mut environment: Environment, permits: &Permits) -> Environment {
    if let Some(domain) = &mut environment.domain {
        domain.take_record = permits.take_record;
    }
    environment
}

/// Builds the function and reads the data files while resources are observed, then plans and prints the plan.
pub(crate) async fn prepare<T: Target>(
    request: &DeployRequest<'_>,
    environment: Environment,
    ui: &Ui,
) -> Result<Prepared<T>, Diagnostic> {
    let (begun, environment) = (Instant::now(), permitted(environment, &request.permits));
    let choices = request.permits.choices();
    let building = T::sources(request.options, &request.code, &environment, ui).shared();
    let own = DataLoader::of(request.options, &environment, &request.own, None)?;
    let collecting = async {
        // Files that are not uploaded need no validation.
        if environment.data.upload_on_deploy { own.load(ui).await } else { Ok(Arc::default()) }
    };
    let collecting = collecting.shared();
    let part = if own.is_expected() { Part::Everything } else { Part::WithoutData };
    let opened = async {
        let session = Session::<T>::open(request.options, environment.clone(), part, choices, ui).await?;
        session.caution(ui);
        check_names(&session, &request.permits.replace)?;
        let observed_at = Instant::now();
        let (observed, facts, lease) = tokio::join!(
            session.observe(request.command),
            facts(&session, collecting.clone()),
            early_lock(request, &session, building.clone(), ui)
        );
        // An interrupted run prints no plan.
        match (observed.and(session.check_interrupted(request.command)).and(facts), lease?) {
            (Ok(facts), lease) => Ok((session, observed_at, lease, facts)),
            (Err(diagnostic), Some((lease, _))) => after_release(Err(diagnostic), lease.release().await),
            (Err(diagnostic), None) => Err(diagnostic),
        }
    };
    let commit = async { Ok(host::commit(&request.options.environments).await) };
    let ((session, observed_at, lease, (facts, is_uploaded)), sources, brought, commit) =
        tokio::try_join!(opened, building.clone(), collecting.clone(), commit)?;
    let (code_sha256, web_sha256) = T::hashes(&sources);
    let sources = T::with_facts(sources, &session.environment, facts);
    session.set_sources(T::with_data(sources, wanted(&brought, is_uploaded, ui)));
    // Before the plan, because resources that it changes have no output.
    let session_notes = session.notes();
    let plan = session.engine.plan();
    let uploads_files =
        plan.nodes.iter().any(|planned| planned.node == T::DATA_FILES_NODE && !planned.changes.is_empty());
    let mut notes = if uploads_files { notes(&brought, &plan) } else { vec![] };
    let cost_note = cost::change_note(&session.environment, &plan, brought.tokens);
    let release = Release { commit, code_sha256, web_sha256, ..session.new_release() };
    notes.extend(cost_note.iter().cloned().chain(budget::allows(&session.environment, brought.tokens)));
    notes.extend(session_notes.into_iter().chain(secret::receiver_note(&session.environment, &plan)));
    notes.extend(session.rollback_note(&release, &plan, uploads_files));
    notes.extend(more_notes(&session, &plan).await?);
    ui.plan(&PlanView {
        title: session.title(),
        plan: &plan,
        notes,
        took: begun.elapsed(),
        verb: Verb::Deploy,
        details: request.details,
    });
    if uploads_files {
        brought.print_redactions(ui);
    }
    warn(&session, is_uploaded, lease.is_some(), ui);
    Ok(Prepared { session, plan, tokens: brought.tokens, cost_note, observed_at, release, lease })
}

/// Prints the warnings that follow a plan.
fn warn<T: Target>(session: &Session<T>, has_files: bool, holds_lock: bool, ui: &Ui) {
    if let Some(warning) = no_data_files(session).filter(|_| !has_files) {
        ui.warn(&warning);
    }
    if !holds_lock {
        warn_if_locked(session, ui);
    }
}

/// Returns a warning about a first deployment after which the twin cannot answer: it has no data files.
fn no_data_files<T: Target>(session: &Session<T>) -> Option<String> {
    let stored = session.target.data_files(&session.engine);
    let has_files = stored.is_some_and(|stored| !stored.managed().is_empty());
    if T::USES_SAMPLE_PERSONA || has_files || session.last_release().is_some() {
        return None;
    }
    let Environment { name, data, .. } = &session.environment;
    let upload = format!("no data files: the twin cannot answer until you run `twinctl upload-data {name}`");
    let folder = data.from.folder().filter(|_| data.upload_on_deploy);
    Some(match folder {
        Some(folder) => format!("{upload}, or add them to {} and deploy again", folder.display()),
        None => upload,
    })
}

/// Notes that do not concern data files.
async fn more_notes<T: Target>(session: &Session<T>, plan: &Plan) -> Result<Vec<String>, Diagnostic> {
    let more = session.target.plan_notes(&session.environment, plan).await;
    let more = more.map_err(|fault| Diagnostic::fault("could not read what the plan deletes", &fault))?;
    Ok(more.into_iter().chain(EndOfLife::of(&session.environment).map(|end| end.note())).collect())
}

fn warn_if_locked<T: Target>(session: &Session<T>, ui: &Ui) {
    if let Some(held) = session.seen.as_ref().and_then(|record| record.lease.as_ref()) {
        ui.warn(&format!("the actual state may change soon: the environment is locked by {}", held.holder));
    }
}

/// Notes about the data files that a deploy uploads.
fn notes(brought: &PreparedFiles, plan: &Plan) -> Vec<String> {
    let around = if brought.is_sample { [None, None] } else { plan_notes(&brought.from, plan) };
    around.into_iter().flatten().chain(brought.notes.clone()).collect()
}

/// Returns the facts that the twin will use, and whether its data files are uploaded. Without an upload, the facts are those
/// already uploaded.
async fn facts<T: Target>(
    session: &Session<T>,
    collecting: impl Future<Output = Result<Arc<PreparedFiles>, Diagnostic>>,
) -> Result<(Option<Value>, bool), Diagnostic> {
    if session.environment.data.upload_on_deploy {
        let brought = collecting.await?;
        if is_uploaded(session, &brought).await? {
            return Ok((brought.facts(), true));
        }
    }
    let facts = session.target.read_facts().await;
    let facts = facts.map_err(|fault| Diagnostic::fault("could not read the uploaded facts", &fault))?;
    Ok((facts, false))
}

/// Whether a deploy uploads these files. The sample persona is for local twins only, and never replaces others.
async fn is_uploaded<T: Target>(session: &Session<T>, brought: &PreparedFiles) -> Result<bool, Diagnostic> {
    if brought.is_real() || brought.is_empty() || !T::USES_SAMPLE_PERSONA {
        return Ok(brought.is_real());
    }
    let stored = session.target.read_data_files().await;
    let stored =
        stored.map_err(|fault| Diagnostic::fault("could not read the uploaded data files", &fault))?;
    Ok(stored.is_none_or(|stored| {
        stored.history.newest().map_or(stored.files.is_empty(), |newest| newest.is_sample)
    }))
}

/// Returns the desired data files. A missing local folder never deletes uploaded files.
fn wanted(brought: &Arc<PreparedFiles>, is_uploaded: bool, ui: &Ui) -> DesiredFiles {
    if !is_uploaded {
        return DesiredFiles::NoChange;
    }
    if brought.is_sample {
        ui.say("no data files found: the twin answers as the sample persona");
    }
    DesiredFiles::Files(Arc::clone(brought))
}

/// Acquires the lock early. See [`DeployRequest::approved`]. Not if the lock would record a cost budget: an account that may not
/// use AWS Budgets must not have one in its record, because each later run would read it, and fail.
async fn early_lock<T: Target>(
    request: &DeployRequest<'_>,
    session: &Session<T>,
    building: impl Future<Output = Result<T::Sources, Diagnostic>>,
    ui: &Ui,
) -> Result<Option<(Lease, bool)>, Diagnostic> {
    let Some(wait) = request.approved.filter(|_| !session.has_new_cost_budget()) else { return Ok(None) };
    let (code_sha256, web_sha256) = T::hashes(&building.await?);
    let last = session.last_release();
    if last.is_some_and(|last| last.code_sha256 == code_sha256 && last.web_sha256 == web_sha256) {
        return Ok(None);
    }
    session.stop_on_ctrl_c(ui);
    session.lock(request.command, wait, ui).await.map(Some)
}

/// Fails if the plan contains changes that need an option such as `--adopt` or `--replace`.
pub(crate) fn check_refusals(plan: &Plan, command: &str) -> Result<(), Diagnostic> {
    let refused: Vec<_> = plan.refusals().map(|planned| planned.node).collect();
    if refused.is_empty() {
        return Ok(());
    }
    Err(Diagnostic::new(
        Exit::Failed,
        format!("nothing was changed: cannot take over the {}", refused.join(" and the ")),
    )
    .hint(format!("see the plan above, then run `{command}` again with the options that it names")))
}

fn check_names<T: Target>(session: &Session<T>, replace: &[String]) -> Result<(), Diagnostic> {
    let known: Vec<_> = session.engine.names().collect();
    let Some(unknown) = replace.iter().find(|name| !known.contains(&name.as_str())) else { return Ok(()) };
    Err(Diagnostic::new(Exit::Usage, format!("there is no `{unknown}` to replace"))
        .hint(format!("the resources of this environment are: {}", known.join(", "))))
}
