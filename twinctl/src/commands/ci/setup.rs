//! `twinctl ci setup`: creates roles in the account and workflows in the repository, and prints `gh` commands.

use clap::Args;
use reconcile::{Apply, Choices, Engine, Plan, Waits};
use tokio::time::Instant;

use super::{
    scope::{Scope, access, assigned, ci_environments, connect, observe_and_plan, others, title},
    show::{self, SetupOutput},
};
use crate::{
    ci::{
        self, Access, CiEnvironment, File, FileStatus, Ids, PinnedRelease, Repository, Root, SubjectNames,
        Trigger, TwinctlSource,
    },
    commands::release_files::ReleaseFiles,
    run::github::Api,
    spec::Options,
    targets::aws::{Cloud, names::AssignedIds},
    ui::{Diagnostic, Exit, PlanView, Ui, Verb, to_continue},
};

const EXAMPLES: &str = "\
Examples:
  twinctl ci setup dev --repo ada/twin --print       Show policies, files and commands
  twinctl ci setup dev --repo ada/twin               Deploy dev on every push to main
  twinctl ci setup dev test prod --repo ada/twin     Deploy test and prod by hand, after approval
  twinctl ci setup dev --repo ada/twin --installed OWNER/NAME    Do not build twinctl";

/// Create the roles and workflows that deploy from GitHub Actions without stored keys
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Setup {
    #[command(flatten)]
    pub(crate) scope: Scope,
    /// GitHub's ID of the repository's owner [default: asks GitHub]
    #[arg(long, value_name = "ID", requires = "repo_id")]
    pub(crate) owner_id: Option<u64>,
    /// GitHub's ID of the repository [default: asks GitHub]
    #[arg(long, value_name = "ID", requires = "owner_id")]
    pub(crate) repo_id: Option<u64>,
    /// Install this version of twinctl in the jobs from the releases of this repository, instead of building it
    #[arg(long, value_name = "OWNER/NAME")]
    pub(crate) installed: Option<Repository>,
    /// Address of the files of the release
    #[arg(long, value_name = "URL", env = "TWINCTL_DOWNLOAD", hide = true)]
    pub(crate) from: Option<String>,
    /// Show policies, files and commands without creating anything
    #[arg(long)]
    pub(crate) print: bool,
    /// Overwrite workflow files that were changed by hand
    #[arg(long)]
    pub(crate) force: bool,
}

/// The platform of the jobs.
const RUNNER: &str = "x86_64-unknown-linux-gnu";

/// Placeholder in `--print` for an account that the environment file does not specify.
const NO_ACCOUNT: &str = "123456789012";

pub(super) async fn run(options: &Options, args: &Setup, ui: &Ui) -> Result<Exit, Diagnostic> {
    let command = format!("twinctl ci setup {} --repo {}", args.scope.which.join(" "), args.scope.repo);
    let root = Root::find(options, args.scope.path.as_deref());
    let ci_environments = ci_environments(options, &args.scope, ui)?;
    warn_about_failing_jobs(&root, &ci_environments, args, ui);
    let twinctl = &twinctl(args).await?;
    let (branch, folder) = (&args.scope.branch, root.folder.as_path());
    let plan = ci::Plan { ci_environments: &ci_environments, branch, folder, twinctl };
    let (files, obsolete) = (ci::files(&plan), ci::obsolete_files(&plan));
    if args.print {
        return print(args, ci_environments, &subject_names(args).await?, &files, ui);
    }
    reject_changed(&root, &files, args, &command)?;
    let repository = subject_names(args).await?;
    let mut all = Vec::new();
    for ci_environment in ci_environments {
        let begun = Instant::now();
        let cloud = connect(options, &ci_environment.environment, ui).await?;
        let assigned = assigned(&cloud, &ci_environment).await?;
        let notes = notes(&ci_environment, &assigned);
        let others = others(options, &cloud, &ci_environment, ui).await?;
        let access = access(&ci_environment, &cloud.account, &repository, assigned, &others, &args.scope)?;
        let (engine, plan) =
            observe_and_plan(&cloud, &ci_environment, &access, Choices::default(), &command, ui).await?;
        let title = title(&ci_environment, &access);
        ui.plan(&PlanView {
            title,
            plan: &plan,
            notes,
            took: begun.elapsed(),
            verb: Verb::Deploy,
            details: true,
        });
        check_refusals(&plan)?;
        all.push(PlannedEnvironment { ci_environment, access, engine, plan });
    }
    let changes = FileChanges::new(&root, &files, &obsolete);
    approve(&all, &changes, args, &command, ui)?;
    for (index, planned) in all.iter().enumerate() {
        // The first environment may have created shared resources, so the other observations are outdated.
        let observation = if index == 0 { Observation::Valid } else { Observation::Outdated };
        apply(&planned.engine, &planned.plan, observation, &command).await?;
    }
    changes.write(&root, ui)?;
    let all: Vec<_> = all.into_iter().map(|planned| (planned.ci_environment, planned.access)).collect();
    show::next(&SetupOutput { all: &all, files: &files, scope: &args.scope }, ui);
    Ok(Exit::Done)
}

fn notes(ci_environment: &CiEnvironment, assigned: &AssignedIds) -> Vec<String> {
    let name = &ci_environment.environment.name;
    if ci_environment.trigger == Trigger::PullRequest {
        return vec![
            "run this again after the first deployment of another environment in this account, to protect its API from \
             previews"
                .to_owned(),
        ];
    }
    if !assigned.is_complete() {
        return vec![format!(
            "`{name}` is not deployed yet: run this again after its first deployment, to limit the permissions to \
             the IDs that AWS assigns, and to take back those that only a first deployment needs"
        )];
    }
    if ci_environment.environment.streaming && assigned.stream_api.is_none() {
        return vec![format!(
            "the stream API of `{name}` is not deployed yet: run this again after its deployment, to limit the \
             permissions to its ID"
        )];
    }
    if !ci_environment.environment.streaming && assigned.stream_api.is_some() {
        return vec![format!(
            "the stream API of `{name}` still exists: run this again after the deployment that deletes it, to take back \
             the permissions for it"
        )];
    }
    Vec::new()
}

/// Warns if the jobs cannot build twinctl, or could deploy to an account that was not meant.
fn warn_about_failing_jobs(root: &Root, ci_environments: &[CiEnvironment], args: &Setup, ui: &Ui) {
    if args.installed.is_none() && !root.contains_twinctl() {
        let folder = root.path.join(&root.folder);
        ui.warn(&format!(
            "the jobs cannot build twinctl, because {} is not in a clone of twinctl: move your environments and data files to \
             a clone, or pass `--installed OWNER/NAME` once there is a release (docs/ci.md)",
            folder.display()
        ));
    }
    // `--print` warns about each environment.
    let lacks_account = |one: &&CiEnvironment| one.environment.account.is_none() && !args.print;
    let names: Vec<_> = ci_environments
        .iter()
        .filter(|one| one.trigger != Trigger::PullRequest)
        .filter(lacks_account)
        .map(|one| format!("`{}`", one.environment.name))
        .collect();
    if !names.is_empty() {
        ui.warn(&format!(
            "without `account` in the environment file, twinctl does not check the account before it changes anything: set it \
             for {} (docs/ci.md)",
            names.join(", ")
        ));
    }
}

/// Returns where the jobs get twinctl from. A release is pinned by the commit of its action and the checksum of its archive.
async fn twinctl(args: &Setup) -> Result<TwinctlSource, Diagnostic> {
    let Some(repository) = args.installed.clone() else { return Ok(TwinctlSource::Build) };
    let version = env!("CARGO_PKG_VERSION");
    let tag = format!("v{version}");
    let files = format!("https://github.com/{repository}/releases/download/{tag}");
    let files = args.from.as_deref().unwrap_or(&files);
    let release = ReleaseFiles::find(files, RUNNER, Some(version)).await?;
    let commit = ci::commit_of_tag(&Api::of_environment(), &repository, &tag).await.map_err(|error| {
        Diagnostic::new(Exit::Usage, format!("the commit of {tag} in {repository} is unknown"))
            .cause(error.to_string())
            .hint("check the name of the repository; without --installed, the jobs build twinctl")
    })?;
    let (version, checksum) = (release.version, release.checksum);
    Ok(TwinctlSource::Release(PinnedRelease { repository, version, commit, checksum }))
}

/// One environment and its plan.
struct PlannedEnvironment {
    ci_environment: CiEnvironment,
    access: Access,
    engine: Engine<Cloud>,
    plan: Plan,
}

/// Returns the names of the repository in OIDC subjects: from the given IDs, else from GitHub.
async fn subject_names(args: &Setup) -> Result<SubjectNames, Diagnostic> {
    let repo = &args.scope.repo;
    if let (Some(owner), Some(repository)) = (args.owner_id, args.repo_id) {
        // Its age is unknown. GitHub sends subjects without IDs only for an older repository.
        return Ok(SubjectNames::of_older(repo, Ids { owner, repository }));
    }
    ci::subject_names(&Api::of_environment(), repo).await.map_err(|error| {
        let message = format!("the IDs of `{repo}`, which its OIDC tokens contain, are unknown");
        Diagnostic::new(Exit::Usage, message).cause(error.to_string()).hint(format!(
            "write the name as GitHub shows it, set GITHUB_TOKEN for a private repository, or pass both IDs: \
             `gh api repos/{repo} --jq .owner.id` for --owner-id and `gh api repos/{repo} --jq .id` for --repo-id"
        ))
    })
}

fn print(
    args: &Setup,
    ci_environments: Vec<CiEnvironment>,
    repository: &SubjectNames,
    files: &[File],
    ui: &Ui,
) -> Result<Exit, Diagnostic> {
    let mut all = Vec::new();
    for ci_environment in ci_environments {
        let account = ci_environment.environment.account.as_ref().map(ToString::to_string);
        if account.is_none() {
            let name = &ci_environment.environment.name;
            ui.warn(&format!(
                "`{name}` sets no `account`; replace {NO_ACCOUNT} below with your account number"
            ));
        }
        let access = access(
            &ci_environment,
            account.as_deref().unwrap_or(NO_ACCOUNT),
            repository,
            AssignedIds::default(),
            &[],
            &args.scope,
        )?;
        all.push((ci_environment, access));
    }
    show::everything(&SetupOutput { all: &all, files, scope: &args.scope }, ui);
    Ok(Exit::Done)
}

/// Fails if a workflow file was changed by hand, unless `--force` is given.
fn reject_changed(root: &Root, files: &[File], args: &Setup, command: &str) -> Result<(), Diagnostic> {
    let changed = files.iter().filter(|file| file.status(&root.path) == FileStatus::Changed);
    let changed: Vec<_> = changed.map(|file| file.path.display().to_string()).collect();
    if changed.is_empty() || args.force {
        return Ok(());
    }
    let message = "some workflow files were changed by hand or not created by twinctl; nothing was changed";
    let diagnostic = Diagnostic::new(Exit::Environment, message).cause(changed.join("\n"));
    Err(diagnostic.hint(format!("move your changes elsewhere, or run `{command} --force` to replace them")))
}

fn check_refusals(plan: &Plan) -> Result<(), Diagnostic> {
    let refused: Vec<_> = plan.refusals().map(|planned| planned.node).collect();
    if refused.is_empty() {
        return Ok(());
    }
    let message = format!("nothing was changed: cannot take over the {}", refused.join(" and the "));
    Err(Diagnostic::new(Exit::Failed, message)
        .hint("a resource with that name exists and is not managed by twinctl: rename or delete it, then run this again"))
}

/// The files to write, and those to remove because their environment needs them no longer.
struct FileChanges<'f> {
    written: Vec<&'f File>,
    removed: Vec<&'f File>,
}

impl<'f> FileChanges<'f> {
    fn new(root: &Root, files: &'f [File], obsolete: &'f [File]) -> Self {
        let is_ours =
            |file: &&File| matches!(file.status(&root.path), FileStatus::Same | FileStatus::Untouched);
        Self {
            written: files.iter().filter(|file| file.status(&root.path) != FileStatus::Same).collect(),
            removed: obsolete.iter().filter(is_ours).collect(),
        }
    }

    fn write(&self, root: &Root, ui: &Ui) -> Result<(), Diagnostic> {
        let failed = |file: &File, what, error| {
            let message = format!("{} could not be {what}", file.path.display());
            Diagnostic::unexpected(&message, &error)
                .hint("completed steps are kept; run the command again to continue")
        };
        for file in &self.written {
            file.write(&root.path).map_err(|error| failed(file, "written", error))?;
            ui.say(&format!("written: {}", file.path.display()));
        }
        for file in &self.removed {
            file.remove(&root.path).map_err(|error| failed(file, "removed", error))?;
            ui.say(&format!("removed: {}", file.path.display()));
        }
        Ok(())
    }
}

fn approve(
    all: &[PlannedEnvironment],
    changes: &FileChanges<'_>,
    args: &Setup,
    command: &str,
    ui: &Ui,
) -> Result<(), Diagnostic> {
    let FileChanges { written, removed } = changes;
    for (sign, files) in [("+", written), ("-", removed)] {
        for file in files {
            ui.say(&format!("{sign} {}", file.path.display()));
        }
    }
    let pending = !written.is_empty()
        || !removed.is_empty()
        || all.iter().any(|planned| planned.plan.changes_anything());
    if args.scope.yes || !pending {
        return Ok(());
    }
    ui.confirm(&format!("Allow {} to deploy?", args.scope.repo), "nothing was changed", command)
}

/// Whether the observation is still valid, or resources must be observed again before applying.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Observation {
    Valid,
    Outdated,
}

pub(super) async fn apply(
    engine: &Engine<Cloud>,
    plan: &Plan,
    observation: Observation,
    command: &str,
) -> Result<(), Diagnostic> {
    let report =
        engine.apply(plan, Apply { waits: Waits::Yes, observed: observation == Observation::Valid }).await;
    let report = engine.verify(plan, report).await;
    if report.failures().next().is_some() {
        return Err(Diagnostic::failures(report.failures(), to_continue(command)));
    }
    Ok(())
}
