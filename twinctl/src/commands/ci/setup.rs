//! `twinctl ci setup`: creates roles in the account and workflows in the repository, and prints `gh` commands.

use clap::Args;
use reconcile::{Apply, Choices, Engine, Plan, Waits};
use tokio::time::Instant;

use super::{
    Where,
    at::{Root, access, enter, entrances, look, title},
    show::{self, Told},
};
use crate::{
    ci::{self, Access, Entrance, Fate, File},
    spec::Options,
    targets::aws::Cloud,
    ui::{Answer, Diagnostic, Exit, PlanView, Ui, Verb},
};

const EXAMPLES: &str = "\
Examples:
  twinctl ci setup dev --repo ada/twin --print       Show policies, files and commands without creating anything
  twinctl ci setup dev --repo ada/twin               Deploy dev on every push to main
  twinctl ci setup dev test prod --repo ada/twin     Deploy test and prod by hand, after approval";

/// Create the roles and workflows that deploy from GitHub Actions without stored keys
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Setup {
    #[command(flatten)]
    pub(crate) at: Where,
    /// Show policies, files and commands without creating anything
    #[arg(long)]
    pub(crate) print: bool,
    /// Overwrite workflow files that were changed by hand
    #[arg(long)]
    pub(crate) force: bool,
}

/// Placeholder in `--print` for an account that the environment file does not specify.
const NO_ACCOUNT: &str = "123456789012";

pub(super) async fn run(options: &Options, args: &Setup, ui: &Ui) -> Result<Exit, Diagnostic> {
    let command = format!("twinctl ci setup {} --repo {}", args.at.which.join(" "), args.at.repo);
    let root = Root::find(options, args.at.path.as_deref());
    let entrances = entrances(options, &args.at, ui)?;
    let files = ci::files(&ci::Plan { entrances: &entrances, branch: &args.at.branch, folder: &root.folder });
    if args.print {
        return print(args, entrances, &files, ui);
    }
    refuse_changed(&root, &files, args, &command)?;
    let mut all = Vec::new();
    for entrance in entrances {
        let begun = Instant::now();
        let cloud = enter(options, &entrance.environment, ui).await?;
        let access = access(&entrance, &cloud.account, &args.at)?;
        let (engine, plan) = look(&cloud, &entrance, &access, Choices::default(), &command, ui).await?;
        let title = title(&entrance, &access);
        ui.plan(&PlanView {
            title,
            plan: &plan,
            notes: vec![],
            took: begun.elapsed(),
            verb: Verb::Deploy,
            details: true,
        });
        refuse_foreign(&plan)?;
        all.push(Looked { entrance, access, engine, plan });
    }
    approve(&all, &root, &files, args, &command, ui)?;
    for (index, looked) in all.iter().enumerate() {
        // The first environment may have created shared resources, so the other observations are outdated.
        let sight = if index == 0 { Sight::Fresh } else { Sight::Old };
        apply(&looked.engine, &looked.plan, sight, &command).await?;
    }
    write(&root, &files, ui)?;
    let all: Vec<_> = all.into_iter().map(|looked| (looked.entrance, looked.access)).collect();
    show::next(&Told { all: &all, files: &files, at: &args.at }, ui);
    Ok(Exit::Done)
}

/// One environment and its plan.
struct Looked {
    entrance: Entrance,
    access: Access,
    engine: Engine<Cloud>,
    plan: Plan,
}

fn print(args: &Setup, entrances: Vec<Entrance>, files: &[File], ui: &Ui) -> Result<Exit, Diagnostic> {
    let mut all = Vec::new();
    for entrance in entrances {
        let said = entrance.environment.account.as_ref().map(ToString::to_string);
        if said.is_none() {
            let name = &entrance.environment.name;
            ui.warn(&format!(
                "`{name}` does not specify an account: {NO_ACCOUNT} is a placeholder for yours below"
            ));
        }
        let access = access(&entrance, said.as_deref().unwrap_or(NO_ACCOUNT), &args.at)?;
        all.push((entrance, access));
    }
    show::everything(&Told { all: &all, files, at: &args.at }, ui);
    Ok(Exit::Done)
}

/// Fails if a workflow file was changed by hand, unless `--force` is given.
fn refuse_changed(root: &Root, files: &[File], args: &Setup, command: &str) -> Result<(), Diagnostic> {
    let changed = files.iter().filter(|file| file.fate(&root.path) == Fate::Changed);
    let changed: Vec<_> = changed.map(|file| file.path.display().to_string()).collect();
    if changed.is_empty() || args.force {
        return Ok(());
    }
    let message = "some workflow files were changed by hand or not created by twinctl; nothing was changed";
    let diagnostic = Diagnostic::new(Exit::Environment, message).cause(changed.join("\n"));
    Err(diagnostic.hint(format!("move your changes elsewhere, or run `{command} --force` to replace them")))
}

fn refuse_foreign(plan: &Plan) -> Result<(), Diagnostic> {
    let refused: Vec<_> = plan.refusals().map(|planned| planned.node).collect();
    if refused.is_empty() {
        return Ok(());
    }
    let message = format!("nothing was changed: cannot take over the {}", refused.join(" and the "));
    Err(Diagnostic::new(Exit::Failed, message)
        .hint("a resource with that name exists and is not managed by twinctl: rename or delete it, then run this again"))
}

fn approve(
    all: &[Looked],
    root: &Root,
    files: &[File],
    args: &Setup,
    command: &str,
    ui: &Ui,
) -> Result<(), Diagnostic> {
    let written: Vec<_> = files.iter().filter(|file| file.fate(&root.path) != Fate::Same).collect();
    for file in &written {
        ui.say(&format!("+ {}", file.path.display()));
    }
    let pending = !written.is_empty() || all.iter().any(|looked| looked.plan.changes_anything());
    if args.at.yes || !pending {
        return Ok(());
    }
    match ui.ask(&format!("Allow {} to deploy?", args.at.repo)) {
        Answer::Yes => Ok(()),
        Answer::No => Err(Diagnostic::new(Exit::Interrupted, "nothing was changed")),
        Answer::NobodyThere => {
            Err(Diagnostic::new(Exit::Usage, "cannot ask for confirmation: there is no terminal")
                .hint(format!("run `{command} --yes`, or preview everything with `--print`")))
        }
    }
}

/// Whether the observation is still valid, or resources must be observed again before applying.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sight {
    Fresh,
    Old,
}

pub(super) async fn apply(
    engine: &Engine<Cloud>,
    plan: &Plan,
    sight: Sight,
    command: &str,
) -> Result<(), Diagnostic> {
    let report = engine.apply(plan, Apply { waits: Waits::Yes, observed: sight == Sight::Fresh }).await;
    let report = engine.verify(plan, report).await;
    if report.failures().next().is_some() {
        return Err(Diagnostic::failures(report.failures(), command));
    }
    Ok(())
}

fn write(root: &Root, files: &[File], ui: &Ui) -> Result<(), Diagnostic> {
    for file in files.iter().filter(|file| file.fate(&root.path) != Fate::Same) {
        file.write(&root.path).map_err(|error| {
            let message = format!("{} could not be written", file.path.display());
            Diagnostic::unexpected(&message, &error)
                .hint("completed steps are kept; run the command again to continue")
        })?;
        ui.say(&format!("written: {}", file.path.display()));
    }
    Ok(())
}
