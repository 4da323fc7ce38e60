//! `twinctl ci remove`: deletes the roles, policies and workflows. Keeps the account's OIDC provider for GitHub.

use clap::Args;
use reconcile::{Choices, Engine, Plan};
use serde_json::json;
use tokio::time::Instant;

use super::{
    scope::{Scope, access, ci_environments, connect, observe_and_plan, title},
    setup::{Observation, apply},
};
use crate::{
    ci::{self, File, FileStatus, IDENTITY, Ids, Root, SubjectNames, TwinctlSource},
    spec::Options,
    targets::aws::{Cloud, names::AssignedIds},
    ui::{Diagnostic, Exit, PlanView, Ui, Verb},
};

const EXAMPLES: &str = "\
Examples:
  twinctl ci remove dev test prod --repo ada/twin    Delete roles and workflows; the twins stay";

/// Delete the roles and workflows
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Remove {
    #[command(flatten)]
    pub(crate) scope: Scope,
}

pub(super) async fn run(options: &Options, args: &Remove, ui: &Ui) -> Result<Exit, Diagnostic> {
    let command = format!("twinctl ci remove {} --repo {}", args.scope.which.join(" "), args.scope.repo);
    let root = Root::find(options, args.scope.path.as_deref());
    let ci_environments = ci_environments(options, &args.scope, ui)?;
    let plan = ci::Plan {
        ci_environments: &ci_environments,
        branch: &args.scope.branch,
        folder: &root.folder,
        // Files that install a release are deleted, too, because they were not changed by hand.
        twinctl: &TwinctlSource::Build,
    };
    let files = [ci::files(&plan), ci::obsolete_files(&plan)].concat();
    // Any ids will do: the trust policies of roles that are deleted are not compared.
    let repository = SubjectNames::new(&args.scope.repo, Ids { owner: 0, repository: 0 });
    let mut all: Vec<(Engine<Cloud>, Plan)> = Vec::new();
    for ci_environment in &ci_environments {
        let begun = Instant::now();
        let cloud = connect(options, &ci_environment.environment, ui).await?;
        let access =
            access(ci_environment, &cloud.account, &repository, AssignedIds::default(), &[], &args.scope)?;
        let keep = [IDENTITY.to_owned()].into();
        let choices = Choices { destroy: true, keep, ..Choices::default() };
        let (engine, plan) = observe_and_plan(&cloud, ci_environment, &access, choices, &command, ui).await?;
        let title = title(ci_environment, &access);
        let notes =
            vec!["the account's OIDC provider for GitHub is kept, because others may use it".to_owned()];
        ui.plan(&PlanView {
            title,
            plan: &plan,
            notes,
            took: begun.elapsed(),
            verb: Verb::Destroy,
            details: true,
        });
        all.push((engine, plan));
    }
    let (to_delete, to_keep) = sort(&root, &files);
    for file in &to_delete {
        ui.say(&format!("- {}", file.path.display()));
    }
    let pending = !to_delete.is_empty() || all.iter().any(|(_, plan)| plan.changes_anything());
    if pending && !args.scope.yes {
        let question = format!("Revoke the permissions of {}?", args.scope.repo);
        ui.confirm(&question, "nothing was changed", &command)?;
    }
    for (engine, plan) in &all {
        apply(engine, plan, Observation::Valid, &command).await?;
    }
    for file in &to_delete {
        let message = format!("could not remove {}", file.path.display());
        file.remove(&root.path).map_err(|error| Diagnostic::unexpected(&message, &error))?;
    }
    for file in &to_keep {
        ui.say(&format!(
            "{} was kept: it was changed by hand or not created by twinctl",
            file.path.display()
        ));
    }
    ui.object("ci_removed", json!({ "files": paths(&to_delete), "left": paths(&to_keep) }));
    Ok(Exit::Done)
}

/// Returns the files to delete, and those to keep because they were changed by hand. The action is kept while any
/// remaining workflow uses it.
fn sort<'f>(root: &Root, files: &'f [File]) -> (Vec<&'f File>, Vec<&'f File>) {
    let with_status = files.iter().map(|file| (file, file.status(&root.path)));
    let (to_delete, to_keep): (Vec<_>, Vec<_>) = with_status
        .filter(|(_, status)| *status != FileStatus::Absent)
        .partition(|(_, status)| *status != FileStatus::Changed);
    let to_delete: Vec<_> = to_delete.into_iter().map(|(file, _)| file).collect();
    let to_keep: Vec<_> = to_keep.into_iter().map(|(file, _)| file).collect();
    if ci::uses_action(&root.path, &to_delete) {
        return (to_delete.into_iter().filter(|file| !file.is_action()).collect(), to_keep);
    }
    (to_delete, to_keep)
}

fn paths(files: &[&File]) -> Vec<String> {
    files.iter().map(|file| file.path.display().to_string()).collect()
}
