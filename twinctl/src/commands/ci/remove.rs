//! `twinctl ci remove`: deletes the roles, policies and workflows. Keeps the account's OIDC provider for GitHub.

use clap::Args;
use reconcile::{Choices, Engine, Plan};
use serde_json::json;
use tokio::time::Instant;

use super::{
    Where,
    at::{Root, access, enter, entrances, look, title},
    setup::{Sight, apply},
};
use crate::{
    ci::{self, Fate, File, IDENTITY},
    spec::Options,
    targets::aws::Cloud,
    ui::{Answer, Diagnostic, Exit, PlanView, Ui, Verb},
};

const EXAMPLES: &str = "\
Examples:
  twinctl ci remove dev test prod --repo ada/twin    Delete roles and workflows; the twins stay";

/// Delete the roles and workflows
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Remove {
    #[command(flatten)]
    pub(crate) at: Where,
}

pub(super) async fn run(options: &Options, args: &Remove, ui: &Ui) -> Result<Exit, Diagnostic> {
    let command = format!("twinctl ci remove {} --repo {}", args.at.which.join(" "), args.at.repo);
    let root = Root::find(options, args.at.path.as_deref());
    let entrances = entrances(options, &args.at, ui)?;
    let files = ci::files(&ci::Plan { entrances: &entrances, branch: &args.at.branch, folder: &root.folder });
    let mut all: Vec<(Engine<Cloud>, Plan)> = Vec::new();
    for entrance in &entrances {
        let begun = Instant::now();
        let cloud = enter(options, &entrance.environment, ui).await?;
        let access = access(entrance, &cloud.account, &args.at)?;
        let keep = [IDENTITY.to_owned()].into();
        let choices = Choices { destroy: true, keep, ..Choices::default() };
        let (engine, plan) = look(&cloud, entrance, &access, choices, &command, ui).await?;
        let title = title(entrance, &access);
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
    let (going, staying) = sort(&root, &files);
    for file in &going {
        ui.say(&format!("- {}", file.path.display()));
    }
    let pending = !going.is_empty() || all.iter().any(|(_, plan)| plan.changes_anything());
    if pending && !args.at.yes {
        approve(args, &command, ui)?;
    }
    for (engine, plan) in &all {
        apply(engine, plan, Sight::Fresh, &command).await?;
    }
    for file in &going {
        let message = format!("{} could not be removed", file.path.display());
        file.remove(&root.path).map_err(|error| Diagnostic::unexpected(&message, &error))?;
    }
    for file in &staying {
        ui.say(&format!(
            "{} was kept: it was changed by hand or not created by twinctl",
            file.path.display()
        ));
    }
    ui.object("ci_removed", json!({ "files": paths(&going), "left": paths(&staying) }));
    Ok(Exit::Done)
}

/// Returns the files to delete, and those to keep because they were changed by hand. The action is kept while any
/// remaining workflow uses it.
fn sort<'f>(root: &Root, files: &'f [File]) -> (Vec<&'f File>, Vec<&'f File>) {
    let fated = files.iter().map(|file| (file, file.fate(&root.path)));
    let (going, staying): (Vec<_>, Vec<_>) =
        fated.filter(|(_, fate)| *fate != Fate::Absent).partition(|(_, fate)| *fate != Fate::Changed);
    let going: Vec<_> = going.into_iter().map(|(file, _)| file).collect();
    let staying: Vec<_> = staying.into_iter().map(|(file, _)| file).collect();
    if ci::uses_action(&root.path, &going) {
        return (going.into_iter().filter(|file| !file.is_action()).collect(), staying);
    }
    (going, staying)
}

fn paths(files: &[&File]) -> Vec<String> {
    files.iter().map(|file| file.path.display().to_string()).collect()
}

fn approve(args: &Remove, command: &str, ui: &Ui) -> Result<(), Diagnostic> {
    match ui.ask(&format!("Revoke the permissions of {}?", args.at.repo)) {
        Answer::Yes => Ok(()),
        Answer::No => Err(Diagnostic::new(Exit::Interrupted, "nothing was changed")),
        Answer::NobodyThere => {
            Err(Diagnostic::new(Exit::Usage, "cannot ask for confirmation: there is no terminal")
                .hint(format!("run `{command} --yes`")))
        }
    }
}
