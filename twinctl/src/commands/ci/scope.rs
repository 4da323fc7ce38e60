//! The repository root, and the environments and accounts that `ci setup` and `ci remove` work on.

use std::path::PathBuf;

use clap::Args;
use reconcile::{Choices, Engine, Halt, Plan};

use crate::{
    ci::{self, Access, Branch, CiEnvironment, Repository, SubjectNames, Trigger},
    run::session,
    spec::{self, Environment, Options, Target},
    targets::aws::{
        self, Cloud, Labels, assigned_ids, check_account, login, names::AssignedIds, resources::LimitedRole,
    },
    ui::{Diagnostic, Exit, Ui, to_repeat},
};

/// The environments and the repository that deploys them.
#[derive(Debug, Args)]
pub(crate) struct Scope {
    /// Environment names
    #[arg(value_name = "ENV", required = true)]
    pub(crate) which: Vec<String>,
    /// GitHub repository, spelled as GitHub shows it
    #[arg(long, value_name = "OWNER/NAME")]
    pub(crate) repo: Repository,
    /// Branch that is deployed
    #[arg(long, value_name = "NAME", default_value = "main")]
    pub(crate) branch: Branch,
    /// Environment that every push to the branch deploys; the others are deployed by hand, after approval
    #[arg(long, value_name = "ENV", default_value = "dev")]
    pub(crate) push: String,
    /// Folder of the twin in its repository, if it cannot be detected
    #[arg(long, value_name = "DIR")]
    pub(crate) path: Option<PathBuf>,
    /// Skip the confirmation prompt
    #[arg(long, short)]
    pub(crate) yes: bool,
}

pub(super) fn ci_environments(
    options: &Options,
    scope: &Scope,
    ui: &Ui,
) -> Result<Vec<CiEnvironment>, Diagnostic> {
    let mut all = Vec::new();
    for name in &scope.which {
        let environment = session::load(options, name, ui)?;
        if environment.target == Target::Local {
            let message = format!("`{name}` runs on this machine, which GitHub cannot deploy to");
            return Err(Diagnostic::new(Exit::Usage, message).hint("name environments with `target: aws`"));
        }
        let trigger = if *name == scope.push { Trigger::Push } else { Trigger::Manual };
        let has_preview = environment.preview.is_some();
        all.push(CiEnvironment { environment, trigger });
        // Several files can inherit the setting.
        if has_preview && all.iter().all(|other| other.trigger != Trigger::PullRequest) {
            check_names(options)?;
            let environment = session::load(options, ci::PREVIEW, ui)?;
            all.push(CiEnvironment { environment, trigger: Trigger::PullRequest });
        }
    }
    Ok(all)
}

/// Fails if an environment has a name that the role of the previews could reach.
fn check_names(options: &Options) -> Result<(), Diagnostic> {
    let names = spec::available(&options.environments);
    let Some(name) = names.iter().find(|name| *name == "pr" || name.starts_with("pr-")) else {
        return Ok(());
    };
    let message = format!("with `preview: pull_request`, no environment can be named `{name}`");
    Err(Diagnostic::new(Exit::Environment, message)
        .hint("the role of the previews may change environments whose names begin with `pr-`"))
}

/// Returns the IDs of the resources of all environments that have a file, to protect them from previews.
pub(super) async fn others(
    options: &Options,
    cloud: &Cloud,
    ci_environment: &CiEnvironment,
    ui: &Ui,
) -> Result<Vec<AssignedIds>, Diagnostic> {
    let mut others = Vec::new();
    if ci_environment.trigger != Trigger::PullRequest {
        return Ok(others);
    }
    for name in spec::available(&options.environments) {
        let environment = session::load(options, &name, ui)?;
        let is_here = environment.region == ci_environment.environment.region;
        let is_ours = environment.account.as_ref().is_none_or(|account| account.as_str() == cloud.account);
        if environment.target == Target::Aws && is_here && is_ours {
            let trigger = Trigger::Manual;
            others.push(assigned(cloud, &CiEnvironment { environment, trigger }).await?);
        }
    }
    Ok(others)
}

/// Connects to the account of an environment, and checks that it is the configured one.
pub(super) async fn connect(
    options: &Options,
    environment: &Environment,
    ui: &Ui,
) -> Result<Cloud, Diagnostic> {
    let login = login(options, environment);
    let config = aws::configuration(&login, ui.call_log()).await;
    let caller = aws::identity(&config).await?;
    check_account(environment, &caller)?;
    Ok(Cloud::new(&config, &login, caller.account, ui.observer()))
}

/// Returns the IDs of the environment's resources, to which the permissions are limited.
pub(super) async fn assigned(
    cloud: &Cloud,
    ci_environment: &CiEnvironment,
) -> Result<AssignedIds, Diagnostic> {
    let ids = assigned_ids(cloud, &ci_environment.environment).await;
    ids.map_err(|fault| Diagnostic::fault("could not read the existing resources", &fault))
}

pub(super) fn access(
    ci_environment: &CiEnvironment,
    account: &str,
    repository: &SubjectNames,
    assigned: AssignedIds,
    others: &[AssignedIds],
    scope: &Scope,
) -> Result<Access, Diagnostic> {
    Access::new(ci_environment, account, repository, &scope.branch, assigned, others).map_err(|error| {
        Diagnostic::new(Exit::Environment, error.to_string())
            .hint("shorten the names under `names:`, or the project name")
    })
}

/// Observes and plans the CI resources of one environment.
pub(super) async fn observe_and_plan(
    cloud: &Cloud,
    ci_environment: &CiEnvironment,
    access: &Access,
    choices: Choices,
    command: &str,
    ui: &Ui,
) -> Result<(Engine<Cloud>, Plan), Diagnostic> {
    let environment = &ci_environment.environment;
    let is_preview = ci_environment.trigger == Trigger::PullRequest;
    // A tag cannot contain an asterisk.
    let name = if is_preview { "pr" } else { environment.name.as_str() };
    let labels = Labels::new(environment.project.as_str(), name, &environment.tags);
    let role = LimitedRole::new(access.names.role.as_str());
    let exists = if is_preview { Ok(false) } else { role.exists(cloud).await };
    let exists = exists.map_err(|fault| Diagnostic::fault("could not read the function's role", &fault))?;
    let graph = ci::graph(access, &labels, exists.then_some(role));
    let engine = Engine::new(graph, cloud.clone().into(), ui.observer(), Halt::new(), choices);
    engine.observe().await.map_err(|failures| Diagnostic::failures(&failures, to_repeat(command)))?;
    let plan = engine.plan();
    Ok((engine, plan))
}

/// Title of the plan.
pub(super) fn title(ci_environment: &CiEnvironment, access: &Access) -> String {
    let Environment { name, project, .. } = &ci_environment.environment;
    if ci_environment.trigger == Trigger::PullRequest {
        return format!("CI of the previews of {project} · account {}", access.names.account);
    }
    format!("CI of {project}/{name} · account {}", access.names.account)
}
