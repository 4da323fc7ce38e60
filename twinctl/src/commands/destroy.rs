//! `twinctl destroy`: deletes an environment. It needs no build and no sources. Running it again deletes what is left.

use std::path::{Path, PathBuf};

use clap::Args;
use reconcile::{Choices, Fault, Outcome, Plan, Report};
use tokio::time::Instant;

use super::arguments::Waiting;
use crate::{
    run::{
        Approved, Course, carry_out,
        credential_expiry::{self, Length},
        lock::Lease,
        session::{self, Session},
    },
    spec::{Environment, Options},
    targets::{
        Part, Target, on_target,
        record::{Destroying, Expiry, Record},
    },
    ui::{Diagnostic, Exit, PlanView, Ui, Verb},
};

const EXAMPLES: &str = "\
Examples:
  twinctl destroy dev                        Show what is deleted and ask for the environment's name
  twinctl destroy dev --confirm dev          Skip the confirmation prompt, for CI
  twinctl destroy dev --keep-data            Keep conversations and data files
  twinctl destroy dev --backup ./saved       Download conversations and data files first";

/// Delete an environment, including its conversations
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Destroy {
    /// Environment name
    #[arg(value_name = "ENV")]
    pub(crate) environment: String,
    /// Environment name again, instead of the confirmation prompt
    #[arg(long, value_name = "ENV")]
    pub(crate) confirm: Option<String>,
    /// Rejected with a hint, because other commands have this option.
    #[arg(long, short, hide = true)]
    pub(crate) yes: bool,
    /// Keep conversations and data files
    #[arg(long)]
    pub(crate) keep_data: bool,
    /// Download conversations and data files to this folder first
    #[arg(long, value_name = "DIR")]
    pub(crate) backup: Option<PathBuf>,
    /// Delete this resource although it was taken over from another tool
    #[arg(long, value_name = "RESOURCE")]
    pub(crate) delete_adopted: Vec<String>,
    /// Show what would be deleted without deleting it
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Show all fields of every resource
    #[arg(long)]
    pub(crate) details: bool,
    #[command(flatten)]
    pub(crate) waiting: Waiting,
    /// Fail if the environment was renewed meanwhile. Set by `sweep`.
    #[arg(skip)]
    pub(crate) only_if_expired: bool,
}

pub(super) async fn run(options: &Options, args: &Destroy, ui: &Ui) -> Result<Exit, Diagnostic> {
    let environment = session::load(options, &args.environment, ui)?;
    check_arguments(&environment, args)?;
    on_target!(environment, run_on(options, args, environment, ui))
}

pub(super) async fn run_on<T: Target>(
    options: &Options,
    args: &Destroy,
    environment: Environment,
    ui: &Ui,
) -> Result<Exit, Diagnostic> {
    let command = format!("twinctl destroy {}", environment.name);
    let (session, plan, losses) = prepare::<T>(options, environment, args, &command, ui).await?;
    let observed_at = Instant::now();
    if args.dry_run {
        ui.print_plan();
    }
    if args.dry_run || (!plan.changes_anything() && session.seen.is_none()) {
        return Ok(Exit::Done);
    }
    if plan.changes_anything() {
        credential_expiry::warn(&session, Length::Destroy, ui);
    }
    if plan.changes_anything() && (T::ASKS_FOR_CONFIRMATION || !losses.is_empty()) {
        confirm(&session.environment, args, ui)?;
    }
    let approved = Approved {
        plan: &plan,
        observed_at,
        command: &command,
        holding: &command,
        lock_wait: args.waiting.lock.lock_wait,
        waits: args.waiting.waits(),
    };
    let unfinished = session.seen.as_ref().and_then(|record| record.destroying);
    let released = released(&session, args);
    let removal = Removal {
        released: &released,
        backup: args.backup.as_deref(),
        keep_data: args.keep_data || unfinished == Some(Destroying::KeepingData),
        only_if_expired: args.only_if_expired,
        command: &command,
        ui,
    };
    let report = carry_out(&session, &approved, None, &removal, ui).await?;
    for (node, outcome) in &report.nodes {
        if let Outcome::InProgress(reason) = outcome {
            ui.say(&format!(
                "the {node} still exists, waiting for {reason}; run `{command}` again to finish"
            ));
        }
    }
    ui.object("done", serde_json::json!({ "deleted": report.complete() }));
    Ok(Exit::Done)
}

/// The part of [`carry_out`] that only a destroy does.
struct Removal<'a> {
    /// The nodes that were taken over, and are released instead of deleted.
    released: &'a [&'static str],
    backup: Option<&'a Path>,
    keep_data: bool,
    only_if_expired: bool,
    command: &'a str,
    ui: &'a Ui,
}

impl<T: Target> Course<T> for Removal<'_> {
    type Outcome = Report;

    async fn before(&self, session: &Session<T>, plan: &Plan, lease: &Lease) -> Result<(), Diagnostic> {
        let record = lease.record();
        let seen = session.seen.as_ref().map(|record| &record.adopted);
        if seen.is_none_or(|seen| !record.adopted.keys().all(|node| seen.contains_key(node)))
            && !record.adopted.is_empty()
        {
            let message = "another process has just taken over resources; nothing was deleted";
            return Err(Diagnostic::new(Exit::Locked, message)
                .hint(format!("run `{}` again and review the new plan", self.command)));
        }
        let is_expired = record.expiry.as_ref().is_some_and(Expiry::is_over);
        if self.only_if_expired && !is_expired {
            let message =
                format!("`{}` was renewed meanwhile, so it was not deleted", session.environment.name);
            return Err(Diagnostic::new(Exit::Locked, message));
        }
        match self.backup {
            Some(folder) => session.target.back_up(plan, folder, self.ui).await,
            None => Ok(()),
        }
    }

    async fn verify(&self, session: &Session<T>, plan: &Plan, report: Report) -> Result<Report, Diagnostic> {
        let report = session.engine.verify(plan, report).await;
        session.check(&report, self.command)?;
        session.give_back(|node| self.released.contains(&node), false, self.ui).await?;
        Ok(report)
    }

    async fn release(&self, _: &Session<T>, lease: Lease, report: &Report) -> Result<(), Fault> {
        if report.complete() {
            return lease.remove().await;
        }
        lease.leave(if self.keep_data { Destroying::KeepingData } else { Destroying::Everything }).await
    }
}

/// Observes, plans and prints the plan. Also returns what would be lost permanently.
async fn prepare<T: Target>(
    options: &Options,
    environment: Environment,
    args: &Destroy,
    command: &str,
    ui: &Ui,
) -> Result<(Session<T>, Plan, Vec<String>), Diagnostic> {
    let begun = Instant::now();
    let kept = T::DATA_NODES.into_iter().filter(|_| args.keep_data);
    let choices =
        Choices { destroy: true, keep: kept.map(ToOwned::to_owned).collect(), ..Choices::default() };
    let mut environment = environment;
    if let Some(domain) = &mut environment.domain {
        domain.destroying = true;
    }
    let mut session = Session::<T>::open(options, environment, Part::WithoutData, choices, ui).await?;
    let unfinished = session.seen.as_ref().and_then(|record| record.destroying);
    if unfinished == Some(Destroying::KeepingData) && !args.keep_data {
        ui.say("finishing the destroy with --keep-data first; run the command again to delete the data too");
        let args = Destroy { keep_data: true, ..args.clone() };
        return Box::pin(prepare(options, session.environment, &args, command, ui)).await;
    }
    session.caution(ui);
    check_adopted(&session, args)?;
    check_taken_over(&session)?;
    session.set_sources(T::Sources::default());
    let released = released(&session, args);
    let is_kept = T::DATA_NODES.map(|node| args.keep_data || released.contains(&node));
    let counting =
        async { if is_kept == [true; 2] { Ok([0; 2]) } else { session.target.count_data().await } };
    let ((), counts) = tokio::try_join!(session.observe(command), counting)?;
    let stays: Vec<_> = session.engine.unowned().chain(released.iter().copied()).collect();
    let losses = losses(T::DATA_NODES.map(|node| !args.keep_data && !stays.contains(&node)), counts);
    let parts = T::PARTS.iter().filter(|(node, _)| stays.contains(node)).flat_map(|(_, parts)| *parts);
    session.engine.keep(released.iter().chain(parts).map(|node| (*node).to_owned()));
    // Before the plan, because resources that it deletes have no output.
    let resource_notes = session.target.resource_notes(&session.engine);
    let plan = session.engine.plan();
    let title = session.title();
    let notes = losses.iter().cloned().chain(T::destroy_note(&plan)).chain(resource_notes).collect();
    ui.plan(&PlanView {
        title,
        plan: &plan,
        notes,
        took: begun.elapsed(),
        verb: Verb::Destroy,
        details: args.details,
    });
    Ok((session, plan, losses))
}

/// Checks the arguments before any AWS call.
fn check_arguments(environment: &Environment, args: &Destroy) -> Result<(), Diagnostic> {
    if environment.protect && !args.dry_run {
        let message = format!("`{}` is protected; nothing was deleted", environment.name);
        return Err(Diagnostic::new(Exit::Environment, message)
            .hint("remove `protect: true` from the environment file first"));
    }
    match &args.confirm {
        None if args.yes => {
            let message = "`--yes` does not confirm a destroy; nothing was deleted";
            let hint = format!("use `--confirm {}` instead", environment.name);
            Err(Diagnostic::new(Exit::Usage, message).hint(hint))
        }
        Some(name) if name != environment.name.as_str() => {
            let message =
                format!("`--confirm {name}` does not match the environment name `{}`", environment.name);
            Err(Diagnostic::new(Exit::Usage, message).hint("nothing was deleted"))
        }
        _ => Ok(()),
    }
}

/// Returns the nodes with content of the owner that were taken over, except those that the user named.
fn released<T: Target>(session: &Session<T>, args: &Destroy) -> Vec<&'static str> {
    let Some(record) = &session.seen else { return Vec::new() };
    let is_released = |node: &&str| {
        record.adopted.contains_key(*node) && !args.delete_adopted.iter().any(|named| named == node)
    };
    T::RELEASED_NODES.iter().copied().filter(is_released).collect()
}

/// Fails if the user named a resource that was not taken over.
fn check_adopted<T: Target>(session: &Session<T>, args: &Destroy) -> Result<(), Diagnostic> {
    let adopted: Vec<_> =
        session.seen.iter().flat_map(|record| record.adopted.keys().map(String::as_str)).collect();
    let Some(unknown) = args.delete_adopted.iter().find(|node| !adopted.contains(&node.as_str())) else {
        return Ok(());
    };
    let hint = match adopted.as_slice() {
        [] => "nothing was taken over: `destroy` deletes everything without this option".to_owned(),
        nodes => format!("the resources that were taken over are: {}", nodes.join(", ")),
    };
    Err(Diagnostic::new(Exit::Usage, format!("`{unknown}` was not taken over; nothing was deleted"))
        .hint(hint))
}

/// Fails if taking over resources was interrupted. A destroy would delete some of them while others still need them.
fn check_taken_over<T: Target>(session: &Session<T>) -> Result<(), Diagnostic> {
    let is_interrupted = |record: &Record| !record.adopted.is_empty() && record.releases.is_empty();
    if !session.seen.as_ref().is_some_and(is_interrupted) {
        return Ok(());
    }
    let message = "taking over the resources of another tool was interrupted; nothing was deleted";
    let name = &session.environment.name;
    Err(Diagnostic::new(Exit::Failed, message)
        .hint(format!("run `twinctl unadopt {name}` to release them, and then `destroy`")))
}

/// Describes what would be lost permanently: conversations and data files, if they are deleted.
fn losses(is_deleted: [bool; 2], counts: [u64; 2]) -> Vec<String> {
    let [conversations, files] = [(is_deleted[0], counts[0]), (is_deleted[1], counts[1])]
        .map(|(is_deleted, count)| if is_deleted { count } else { 0 });
    let lost = |count: u64, one: &str, many: &str| match count {
        0 => None,
        1 => {
            Some(format!("1 {one} would be lost (`--keep-data` keeps it, `--backup DIR` downloads it first)"))
        }
        _ => Some(format!(
            "{count} {many} would be lost (`--keep-data` keeps them, `--backup DIR` downloads them first)"
        )),
    };
    let lost = [lost(conversations, "conversation", "conversations"), lost(files, "data file", "data files")];
    lost.into_iter().flatten().collect()
}

fn confirm(environment: &Environment, args: &Destroy, ui: &Ui) -> Result<(), Diagnostic> {
    let name = environment.name.as_str();
    if args.confirm.is_some() {
        return Ok(());
    }
    let question = format!("Type `{name}` to destroy it (`twinctl backup {name} FILE` saves it first):");
    match ui.ask_for_approval(&question) {
        Some(typed) if typed == name => Ok(()),
        Some(_) => Err(Diagnostic::new(Exit::Interrupted, "the name does not match; nothing was deleted")),
        None => Err(Diagnostic::new(Exit::Usage, "cannot ask for confirmation: there is no terminal")
            .hint(format!("run `twinctl destroy {name} --confirm {name}` to skip the prompt"))),
    }
}
