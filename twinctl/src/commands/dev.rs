//! `twinctl dev`: runs a local twin and redeploys it when a file changes.

mod on_exit;
mod sources;

use std::{
    path::{Path, PathBuf},
    pin::{Pin, pin},
    time::Duration,
};

use clap::Args;
use serde_json::json;
use tokio::time::Instant;

use self::{on_exit::OnExit, sources::Sources};
use super::{
    arguments::{Code, DataOptions, EnvironmentArg, LockWait, Permits, Waiting},
    deploy::{self, Deploy},
};
use crate::{
    artifacts::api_rewrite::{self, Questions},
    run::session,
    spec::{Environment, Options, Target as Where},
    system::{
        clock,
        host::{self, Process},
        watch::Watch,
    },
    targets::{Access as _, local::Local},
    twin::logs,
    ui::{Diagnostic, Exit, Ui},
};

const EXAMPLES: &str = "\
Examples:
  twinctl dev                     Run the twin of environments/local.yaml until Ctrl-C
  twinctl dev --port 9000         Use another port
  twinctl dev --json | jq -c 'select(.kind == \"request\")'";

/// Run a local twin, redeploy it when a file changes, and print requests
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Dev {
    /// Environment name; its file must have `target: local`
    #[arg(value_name = "ENV", default_value = "local")]
    pub(crate) environment: String,
    /// Use a prebuilt `twin-lambda` binary
    #[arg(long, value_name = "FILE")]
    pub(crate) lambda_binary: Option<PathBuf>,
}

/// A local deploy by another process takes seconds, so waiting for its lock is worthwhile.
const LOCK_WAIT: Duration = Duration::from_secs(30);
/// Maximum number of changed files that are printed by name; the rest are counted.
const NAMED: usize = 3;

pub(super) async fn run(options: &Options, args: &Dev, ui: &Ui) -> Result<Exit, Diagnostic> {
    let environment = load(options, args, ui)?;
    let folder = Local::folder(options, &environment);
    let on_exit = OnExit::of(&folder, &environment);
    let dev = Watching { options, args, ui };
    tokio::select! {
        ended = dev.watch_and_deploy(environment) => ended?,
        never = logs::follow(folder.path(), ui) => match never {},
    }
    // A second interrupt ends only the wait. Without the request, the twin would keep running.
    let ending = on_exit.begin(&folder, ui).await?;
    tokio::select! {
        ended = ending.wait(ui) => ended.map(|()| Exit::Done),
        () = host::stop_signal() => Ok(Exit::Interrupted),
    }
}

fn load(options: &Options, args: &Dev, ui: &Ui) -> Result<Environment, Diagnostic> {
    let environment = session::load(options, &args.environment, ui)?;
    match environment.target {
        Where::Local => Ok(environment),
        Where::Aws => {
            let name = &environment.name;
            let message = format!("`twinctl dev` runs local twins only, and `{name}` is on AWS");
            Err(Diagnostic::new(Exit::Usage, message)
                .hint(format!("use an environment with `target: local`, or run `twinctl deploy {name}`")))
        }
    }
}

/// The watched files and the state of the page build.
struct Work {
    sources: Sources,
    watch: Watch,
    /// Whether the page must be built before the next deploy.
    page_is_outdated: bool,
}

/// A local twin that is redeployed when a file changes.
struct Watching<'a> {
    options: &'a Options,
    args: &'a Dev,
    ui: &'a Ui,
}

impl Watching<'_> {
    /// Deploys once, then after each change, until Ctrl-C. A change during a deploy is picked up after it.
    async fn watch_and_deploy(&self, mut environment: Environment) -> Result<(), Diagnostic> {
        let mut stop = pin!(async {
            tokio::select! {
                () = host::stop_signal() => {}
                () = host::terminal_closed() => {}
            }
        });
        let sources = Sources::new(self.options, self.args.lambda_binary.as_deref(), &environment);
        let watch = Watch::new(sources.paths()).without(environment.local.memory.clone());
        let page_is_outdated = sources.lacks_page();
        let mut work = Work { sources, watch, page_is_outdated };
        let mut url = None;
        loop {
            let begun = Instant::now();
            let deploying = self.build_and_deploy(&environment, &mut work);
            let Some(result) = self.unless_stopped(&environment, deploying, stop.as_mut()).await else {
                return Ok(());
            };
            self.ui.stop_progress();
            self.print_result(result, &mut url, begun.elapsed());
            environment = tokio::select! {
                biased;
                () = &mut stop => return Ok(()),
                environment = self.changed(&mut work) => environment,
            };
            work.sources = Sources::new(self.options, self.args.lambda_binary.as_deref(), &environment);
            work.watch.set_paths(work.sources.paths());
        }
    }

    /// Builds the page if needed, then deploys.
    async fn build_and_deploy(
        &self,
        environment: &Environment,
        work: &mut Work,
    ) -> Result<Option<String>, Diagnostic> {
        if work.page_is_outdated {
            self.ui.say("building the page: npm run build");
            work.sources.build_page().await?;
            work.watch.ignore_changes_in(work.sources.page());
            work.page_is_outdated = false;
        }
        let args = Deploy {
            own: DataOptions::default(),
            which: EnvironmentArg { environment: environment.name.to_string() },
            code: Code { lambda_zip: None, lambda_binary: self.args.lambda_binary.clone() },
            permits: Permits { adopt: false, replace: Vec::new(), take_record: false },
            yes: true,
            dry_run: false,
            details: false,
            service: false,
            canary: None,
            waiting: Waiting { no_wait: false, lock: LockWait { lock_wait: LOCK_WAIT } },
        };
        let mut environment = environment.clone();
        // Each change would cost a question, and time.
        (environment.release.ask, environment.release.canary) = (false, None);
        api_rewrite::decide(&mut environment, Questions::Forbidden, self.ui).await?;
        let caller = deploy::Caller::deploy(environment.name.as_str());
        deploy::run_on::<Local>(self.options, &args, environment, &caller, self.ui).await
    }

    /// Returns `None` after Ctrl-C. A deploy that holds the lock may be writing, so it is awaited; a deploy that does
    /// not hold it yet is dropped.
    async fn unless_stopped<T>(
        &self,
        environment: &Environment,
        deploying: impl Future<Output = T>,
        mut stop: Pin<&mut impl Future<Output = ()>>,
    ) -> Option<T> {
        let mut deploying = pin!(deploying);
        tokio::select! {
            biased;
            () = &mut stop => {}
            result = &mut deploying => return Some(result),
        }
        if self.holds_lock(environment).await {
            deploying.await;
        }
        None
    }

    async fn holds_lock(&self, environment: &Environment) -> bool {
        let Ok(register) = Local::register(self.options, environment, self.ui).await else { return false };
        let lease = register.read().await.ok().flatten().and_then(|record| record.lease);
        lease.is_some_and(|held| held.holder.process == Process::current())
    }

    /// Prints the result of a deploy. The address goes to stdout, only when it changed.
    fn print_result(
        &self,
        result: Result<Option<String>, Diagnostic>,
        known: &mut Option<String>,
        took: Duration,
    ) {
        let ui = self.ui;
        match result {
            Ok(url) => {
                ui.object("serving", json!({ "url": url }));
                if url == *known {
                    ui.say(&format!("up to date after {}", clock::human_duration(took)));
                } else {
                    if let Some(url) = &url {
                        ui.data(url);
                    }
                    ui.say("watching for changes (Ctrl-C to stop)");
                    *known = url;
                }
            }
            Err(diagnostic) => {
                ui.error(&diagnostic);
                ui.say("watching for changes; the next change triggers a retry (Ctrl-C to stop)");
            }
        }
    }

    /// Waits for a change, then reloads the environment. If its file has errors, prints them and waits again.
    async fn changed(&self, work: &mut Work) -> Environment {
        loop {
            let changed = work.watch.changed().await;
            work.page_is_outdated |= work.sources.contains_page_source(&changed);
            let shown: Vec<_> = changed.iter().map(|path| self.shown(path)).collect();
            self.ui.say(&format!("changed: {}", listed(&shown)));
            self.ui.object("changed", json!({ "paths": shown }));
            match load(self.options, self.args, self.ui) {
                Ok(environment) => return environment,
                Err(diagnostic) => self.ui.error(&diagnostic),
            }
        }
    }

    /// Returns a path relative to the project.
    fn shown(&self, path: &Path) -> String {
        let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let (path, environments) = (absolute(path), absolute(&self.options.environments));
        let root = environments.parent().map(PathBuf::from).unwrap_or_default();
        path.strip_prefix(&root).unwrap_or(&path).display().to_string()
    }
}

fn listed(paths: &[String]) -> String {
    match paths.split_at_checked(NAMED) {
        Some((named, more)) if !more.is_empty() => format!("{} and {} more", named.join(", "), more.len()),
        _ => paths.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_files_are_listed_and_the_rest_is_counted() {
        let paths: Vec<_> = ["a", "b", "c", "d", "e"].map(str::to_owned).to_vec();
        assert_eq!(listed(&paths[..1]), "a");
        assert_eq!(listed(&paths[..3]), "a, b, c");
        assert_eq!(listed(&paths), "a, b, c and 2 more");
    }
}
