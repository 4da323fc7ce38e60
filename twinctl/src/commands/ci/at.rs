//! The repository root, and the environments and accounts that `ci setup` and `ci remove` work on.

use std::path::{Path, PathBuf};

use reconcile::{Choices, Engine, Halt, Plan};

use super::Where;
use crate::{
    ci::{self, Access, Entrance, Gate},
    run::session,
    spec::{Environment, Options, Target},
    targets::aws::{self, Cloud, Labels, check_account, login, resources::LimitedRole},
    ui::{Diagnostic, Exit, Ui},
};

/// The root of the repository. A folder outside of any repository counts as its own root.
#[derive(Debug)]
pub(super) struct Root {
    pub(super) path: PathBuf,
    /// Path from the root to the folder that contains `environments/`.
    pub(super) folder: PathBuf,
}

impl Root {
    pub(super) fn find(options: &Options, said: Option<&Path>) -> Self {
        let environments = std::path::absolute(&options.environments).unwrap_or_default();
        let project = environments.parent().unwrap_or(Path::new(".")).to_owned();
        let root = project.ancestors().find(|folder| folder.join(".git").exists());
        let folder = root.and_then(|root| project.strip_prefix(root).ok()).map(Path::to_owned);
        let folder = said.map(Path::to_owned).or(folder).unwrap_or_default();
        let up = folder.components().count();
        let path = project.ancestors().nth(up).unwrap_or(&project).to_owned();
        Self { path, folder }
    }
}

pub(super) fn entrances(options: &Options, at: &Where, ui: &Ui) -> Result<Vec<Entrance>, Diagnostic> {
    let mut all = Vec::new();
    for name in &at.which {
        let environment = session::load(options, name, ui)?;
        if environment.target == Target::Local {
            let message = format!("`{name}` runs on this machine, which GitHub cannot deploy to");
            return Err(Diagnostic::new(Exit::Usage, message).hint("name environments with `target: aws`"));
        }
        let gate = if *name == at.push { Gate::Branch } else { Gate::Approval };
        all.push(Entrance { environment, gate });
    }
    Ok(all)
}

/// Connects to the account of an environment, and checks that it is the configured one.
pub(super) async fn enter(
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

pub(super) fn access(entrance: &Entrance, account: &str, at: &Where) -> Result<Access, Diagnostic> {
    Access::new(entrance, account, &at.repo, &at.branch).map_err(|error| {
        Diagnostic::new(Exit::Environment, error.to_string())
            .hint("shorten the names under `names:`, or the project name")
    })
}

/// Observes and plans the CI resources of one environment.
pub(super) async fn look(
    cloud: &Cloud,
    entrance: &Entrance,
    access: &Access,
    choices: Choices,
    command: &str,
    ui: &Ui,
) -> Result<(Engine<Cloud>, Plan), Diagnostic> {
    let environment = &entrance.environment;
    let labels = Labels::new(environment.project.as_str(), environment.name.as_str(), &environment.tags);
    let role = LimitedRole::new(access.names.role.as_str());
    let there = role.exists(cloud).await;
    let there = there.map_err(|fault| Diagnostic::fault("could not read the function's role", &fault))?;
    let graph = ci::graph(access, &labels, there.then_some(role));
    let engine = Engine::new(graph, cloud.clone().into(), ui.observer(), Halt::new(), choices);
    engine.observe().await.map_err(|failures| Diagnostic::failures(&failures, command))?;
    let plan = engine.plan();
    Ok((engine, plan))
}

/// Title of the plan.
pub(super) fn title(entrance: &Entrance, access: &Access) -> String {
    let Environment { name, project, .. } = &entrance.environment;
    format!("CI of {name} of {project} · account {}", access.names.account)
}
