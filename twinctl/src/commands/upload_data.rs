//! `twinctl upload-data`: uploads the data files of a twin.

mod lines;
mod rollback;

use clap::Args;
use reconcile::{Choices, Fault, Plan, Report, Waits};
use serde_json::json;
use tokio::time::Instant;

use super::arguments::{DataOptions, LockWait};
use crate::{
    artifacts::data::{DataLoader, DesiredFiles, ScannedFiles, StoredFiles, facts_changes, plan_notes},
    run::{
        Approved, Course, carry_out, check_refusals,
        lock::Lease,
        session::{self, Session},
    },
    spec::{Environment, Options},
    targets::{Part, Target, on_target},
    ui::{Diagnostic, Exit, PlanView, Ui, Verb},
};

const EXAMPLES: &str = "\
Examples:
  twinctl upload-data dev                 Show what changes, ask once, and upload it
  twinctl upload-data dev --diff          Show changes line by line
  twinctl upload-data prod --yes          Skip the confirmation prompt, for CI
  twinctl upload-data prod --rollback     Restore the previous set of files";

/// Upload data files to a twin
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct UploadData {
    /// Environment name
    #[arg(value_name = "ENV")]
    pub(crate) environment: String,
    /// Source of the files: a folder, or a repository such as `git+https://host/you/data.git#main`
    #[arg(long, value_name = "SOURCE", conflicts_with = "rollback")]
    pub(crate) from: Option<String>,
    #[command(flatten)]
    pub(crate) own: DataOptions,
    #[expect(clippy::option_option, reason = "clap tells a missing option from one without a value")]
    /// Restore the previous set of files, or the given one
    #[arg(long, value_name = "SET", num_args = 0..=1, require_equals = true)]
    pub(crate) rollback: Option<Option<String>>,
    /// Show changes in text files line by line
    #[arg(long)]
    pub(crate) diff: bool,
    /// Show all files of a long list
    #[arg(long)]
    pub(crate) details: bool,
    /// Show what would change without uploading it
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Skip the confirmation prompt
    #[arg(long, short)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) lock: LockWait,
}

pub(super) async fn run(options: &Options, args: &UploadData, ui: &Ui) -> Result<Exit, Diagnostic> {
    let environment = session::load(options, &args.environment, ui)?;
    on_target!(environment, run_on(options, args, environment, ui))
}

async fn run_on<T: Target>(
    options: &Options,
    args: &UploadData,
    environment: Environment,
    ui: &Ui,
) -> Result<Exit, Diagnostic> {
    let begun = Instant::now();
    let command = command(args, &environment);
    let own = DataLoader::of(options, &environment, &args.own.settings(), args.from.as_deref())?;
    let collecting = async {
        match &args.rollback {
            Some(_) => Ok(None),
            None => gather(&own, ui).await.map(Some),
        }
    };
    let observing = async {
        let session =
            Session::<T>::open(options, environment.clone(), Part::Data, Choices::default(), ui).await?;
        session.caution(ui);
        check_deployed(&session)?;
        session.observe(&command).await?;
        Ok((session, Instant::now()))
    };
    let ((session, observed_at), gathered) = tokio::try_join!(observing, collecting)?;
    let from = gathered.as_ref().map(|gathered| gathered.from.clone());
    let there = session.target.data_files(&session.engine).unwrap_or_default();
    let (wanted, notes) = if let Some(gathered) = gathered {
        decide(&own, gathered, &there, ui).await?
    } else {
        let set = args.rollback.as_ref().and_then(Option::as_deref);
        (rollback::wanted(&there, set, &command, session.interrupted_command())?, vec![])
    };
    session.set_sources(T::with_data(T::Sources::default(), wanted.clone()));
    let plan = session.engine.plan();
    let title = session.title();
    let around = from.map(|from| plan_notes(&from, &plan)).unwrap_or_default();
    let notes = around.into_iter().flatten().chain(notes).collect();
    ui.plan(&PlanView {
        title,
        plan: &plan,
        notes,
        took: begun.elapsed(),
        verb: Verb::Upload,
        details: args.details,
    });
    if let DesiredFiles::Files(brought) = &wanted {
        brought.print_redactions(ui);
    }
    if args.dry_run {
        ui.print_plan();
    }
    check_refusals(&plan, &command)?;
    if args.diff {
        lines::show(&session, &there, &wanted, ui).await?;
    }
    upload(args, &session, &plan, &wanted, observed_at, &command, ui).await
}

/// Asks for approval, uploads, and prints the result.
async fn upload<T: Target>(
    args: &UploadData,
    session: &Session<T>,
    plan: &Plan,
    wanted: &DesiredFiles,
    observed_at: Instant,
    command: &str,
    ui: &Ui,
) -> Result<Exit, Diagnostic> {
    let pending = plan.changes_anything();
    if args.dry_run || (!pending && session.interrupted_command().is_none()) {
        ui.object("done", json!({ "changed": false }));
        return Ok(Exit::Done);
    }
    if pending && !args.yes {
        let question = format!("Upload these files to {}?", session.environment.name);
        ui.confirm(&question, "nothing was changed", command)?;
    }
    let approved = Approved {
        plan,
        observed_at,
        command,
        holding: &rollback::holding(command, wanted),
        lock_wait: args.lock.lock_wait,
        waits: Waits::Yes,
    };
    carry_out(session, &approved, None, &Upload(command), ui).await?;
    if pending {
        print_result(session, plan, ui);
    }
    Ok(Exit::Done)
}

/// Collects the data files. Fails if there are none.
async fn gather(own: &DataLoader, ui: &Ui) -> Result<ScannedFiles, Diagnostic> {
    let gathered = own.scan(ui).await?;
    if gathered.is_real { Ok(gathered) } else { Err(nothing_in(own)) }
}

fn nothing_in(own: &DataLoader) -> Diagnostic {
    Diagnostic::new(Exit::Environment, format!("there are no data files in {}", own.searched()))
        .hint("nothing was changed; add facts.json, summary.txt, me.txt or other data files, or set another folder with `data:`")
}

/// Returns the desired files and notes about them. Skips reading the files if their fingerprint is unchanged.
async fn decide(
    own: &DataLoader,
    gathered: ScannedFiles,
    there: &StoredFiles,
    ui: &Ui,
) -> Result<(DesiredFiles, Vec<String>), Diagnostic> {
    if let Some(before) = gathered.last_check(there) {
        return Ok((DesiredFiles::AsRecorded, before.notes.clone()));
    }
    let brought = own.prepare(gathered, ui).await?;
    // The files may have been deleted since they were listed.
    if !brought.is_real() {
        return Err(nothing_in(own));
    }
    let notes = brought.notes.clone();
    Ok((DesiredFiles::Files(brought), notes))
}

/// Returns the command line that repeats this run for the same files.
fn command(args: &UploadData, environment: &Environment) -> String {
    let rollback = match &args.rollback {
        Some(Some(set)) => format!(" --rollback={set}"),
        Some(None) => " --rollback".to_owned(),
        None => String::new(),
    };
    let from = args.from.as_ref().map(|from| format!(" --from={from}")).unwrap_or_default();
    let use_local = if args.own.use_local { " --use-local" } else { "" };
    format!("twinctl upload-data {}{from}{use_local}{rollback}", environment.name)
}

/// Fails if there is no release yet: without one, the bucket may not be this environment's.
pub(super) fn check_deployed<T: Target>(session: &Session<T>) -> Result<(), Diagnostic> {
    if session.last_release().is_some() {
        return Ok(());
    }
    let name = &session.environment.name;
    Err(Diagnostic::new(
        Exit::Unhealthy,
        format!("`{name}` is not deployed yet, so data files cannot be uploaded"),
    )
    .hint(format!("run `twinctl deploy {name}`, which also uploads the data files")))
}

/// The part of [`carry_out`] that only an upload does.
pub(super) struct Upload<'a>(pub(super) &'a str);

impl<T: Target> Course<T> for Upload<'_> {
    type Outcome = ();

    async fn verify(&self, session: &Session<T>, plan: &Plan, report: Report) -> Result<(), Diagnostic> {
        let report = session.engine.verify(plan, report).await;
        session.check(&report, self.0)
    }

    async fn release(&self, _: &Session<T>, lease: Lease, (): &()) -> Result<(), Fault> {
        lease.release().await
    }
}

fn print_result<T: Target>(session: &Session<T>, plan: &Plan, ui: &Ui) {
    let name = &session.environment.name;
    ui.say(&format!("the twin reads them within a {}", T::RELOAD_TIME));
    if facts_changes(plan).next().is_some() {
        ui.say(&format!("run `twinctl deploy {name}` to update the name and the links on the page"));
    }
    ui.object("done", json!({ "changed": true }));
}
