//! `twinctl plan`: shows what a deploy would change.

mod comment;

use std::time::Duration;

use clap::Args;
use reconcile::Plan as Planning;
use tokio::time::Instant;

use super::arguments::{Code, DataOptions, EnvironmentArg, Permits};
use crate::{
    artifacts::api_rewrite::{self, Questions},
    run::{DeployRequest, prepare, session},
    spec::{Environment, Options},
    targets::{Target, on_target},
    ui::{Diagnostic, Exit, PlanView, Ui, Verb},
};

const EXAMPLES: &str = "\
Examples:
  twinctl plan                    Show what a deploy of dev would change
  twinctl plan prod --exit-code   In CI: exit with 7 if something would change
  twinctl plan dev --comment      In CI: post the plan as a comment on the pull request
  twinctl plan dev --json         Print the plan as JSON";

/// Show what a deploy would change
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Plan {
    #[command(flatten)]
    pub(crate) which: EnvironmentArg,
    #[command(flatten)]
    pub(crate) code: Code,
    #[command(flatten)]
    pub(crate) own: DataOptions,
    #[command(flatten)]
    pub(crate) permits: Permits,
    /// Show all fields of every resource
    #[arg(long)]
    pub(crate) details: bool,
    /// Exit with 7 if a deploy would change something
    #[arg(long)]
    pub(crate) exit_code: bool,
    /// In GitHub Actions: create or update a comment on the pull request
    #[arg(long)]
    pub(crate) comment: bool,
}

pub(super) async fn run(options: &Options, args: &Plan, ui: &Ui) -> Result<Exit, Diagnostic> {
    let planned = make_plan(options, args, ui).await;
    if args.comment {
        let file = options.environments.join(format!("{}.yaml", args.which.environment));
        let view = planned.as_ref().map(|planned| PlanView {
            title: planned.title.clone(),
            plan: &planned.plan,
            // Other notes may quote data files.
            notes: planned.cost_note.iter().cloned().collect(),
            took: planned.took,
            verb: Verb::Deploy,
            details: args.details,
        });
        comment::post(&file, view.as_ref().map_err(|diagnostic| *diagnostic), ui).await;
    }
    let planned = planned?;
    planned.checked?;
    let pending = args.exit_code && planned.plan.changes_anything();
    Ok(if pending { Exit::Pending } else { Exit::Done })
}

/// A plan and the checks that a deploy would make.
struct Planned {
    title: String,
    plan: Planning,
    cost_note: Option<String>,
    took: Duration,
    /// Whether a deploy could apply the plan.
    checked: Result<(), Diagnostic>,
}

async fn make_plan(options: &Options, args: &Plan, ui: &Ui) -> Result<Planned, Diagnostic> {
    let mut environment = session::load_to_deploy(options, &args.which.environment, ui)?;
    api_rewrite::decide(&mut environment, Questions::Allowed, ui).await?;
    on_target!(environment, make_plan_on(options, args, environment, ui))
}

async fn make_plan_on<T: Target>(
    options: &Options,
    args: &Plan,
    environment: Environment,
    ui: &Ui,
) -> Result<Planned, Diagnostic> {
    let begun = Instant::now();
    let command = format!("twinctl plan {}", environment.name);
    let request = DeployRequest {
        options,
        code: args.code.settings(),
        own: args.own.settings(),
        permits: args.permits.settings(),
        details: args.details,
        approved: None,
        command: &command,
    };
    let prepared = prepare::<T>(&request, environment, ui).await?;
    ui.print_plan();
    let checked = prepared.check(&command, ui).await;
    let title = prepared.session.title();
    Ok(Planned { title, plan: prepared.plan, cost_note: prepared.cost_note, took: begun.elapsed(), checked })
}
