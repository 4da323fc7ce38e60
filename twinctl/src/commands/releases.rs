//! `twinctl releases`: lists the last releases of an environment.

use clap::Args;
use serde_json::{Value, json};

use super::arguments::EnvironmentArg;
use crate::{
    run::session,
    spec::{Environment, Options},
    system::clock,
    targets::{
        Target, on_target,
        record::{Release, ReleasePart},
    },
    ui::{Diagnostic, Exit, Ui},
};

const EXAMPLES: &str = "\
Examples:
  twinctl releases prod           List the last ten releases, the newest first
  twinctl releases prod --json    Print them as JSON";

/// List the releases of an environment
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Releases {
    #[command(flatten)]
    pub(crate) which: EnvironmentArg,
}

pub(super) async fn run(options: &Options, args: &Releases, ui: &Ui) -> Result<Exit, Diagnostic> {
    let ui = &ui.brief();
    let environment = session::load(options, &args.which.environment, ui)?;
    on_target!(environment, run_on(options, environment, ui))
}

async fn run_on<T: Target>(options: &Options, environment: Environment, ui: &Ui) -> Result<Exit, Diagnostic> {
    let record = T::register(options, &environment, ui).await?.read().await;
    let record = record.map_err(|fault| Diagnostic::fault("could not read the releases", &fault))?;
    let listed = listed(record.as_ref().map_or(&[], |record| &record.releases));
    for one in &listed {
        ui.data(&one.line());
    }
    if listed.is_empty() {
        ui.say(&format!("`{0}` has no releases yet: run `twinctl deploy {0}`", environment.name));
    }
    let listed: Vec<_> = listed.iter().map(Listed::object).collect();
    ui.object("releases", json!({ "environment": environment.name, "releases": listed }));
    Ok(Exit::Done)
}

/// A release, compared with the one before it.
struct Listed<'r> {
    release: &'r Release,
    /// `None` if the release before it is not recorded.
    changed: Option<Vec<ReleasePart>>,
    is_current: bool,
}

fn listed(releases: &[Release]) -> Vec<Listed<'_>> {
    let before = releases.iter().skip(1).map(Some).chain([None]);
    let pairs = releases.iter().zip(before).enumerate();
    pairs
        .map(|(index, (release, before))| Listed {
            release,
            changed: before.map(|before| release.changed_since(before)),
            is_current: index == 0,
        })
        .collect()
}

impl Listed<'_> {
    fn health(&self) -> &'static str {
        match (self.release.rolled_back, self.release.unverified) {
            (true, _) => "rolled back",
            (false, true) => "not verified",
            (false, false) => "healthy",
        }
    }

    fn line(&self) -> String {
        let Release { id, at, by, commit, restores, .. } = self.release;
        let restores = restores.as_ref().map(|id| format!(", a rollback to {id}")).unwrap_or_default();
        let commit = commit.as_ref().map(|commit| format!(", commit {commit}")).unwrap_or_default();
        let changed = self.changed.as_ref().map(|changed| match &changed[..] {
            [] => ": no changes".to_owned(),
            parts => format!(": {}", parts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
        });
        let current = if self.is_current { ", current" } else { "" };
        let (changed, health) = (changed.unwrap_or_default(), self.health());
        format!("{id}  {}, by {by}{commit}{restores}{changed} ({health}{current})", clock::ago(*at))
    }

    fn object(&self) -> Value {
        let Release { id, at, by, commit, version, parts, restores, rolled_back, unverified, .. } =
            self.release;
        json!({
            "id": id,
            "at": at,
            "by": by,
            "commit": commit,
            "version": version,
            "changed": self.changed,
            "model": parts.as_ref().map(|parts| &parts.model),
            "data": parts.as_ref().and_then(|parts| parts.data.as_ref()),
            "current": self.is_current,
            "healthy": !rolled_back && !unverified,
            "verified": !unverified,
            "restores": restores,
        })
    }
}
