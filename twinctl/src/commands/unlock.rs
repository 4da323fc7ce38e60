//! `twinctl unlock`: force-releases the lock of an environment.

use clap::Args;
use serde_json::json;

use crate::{
    run::session,
    spec::{Environment, Options},
    targets::{Target, on_target, record::RunResult},
    ui::{Diagnostic, Exit, Ui},
};

const EXAMPLES: &str = "\
Examples:
  twinctl unlock dev          Show who holds the lock, and ask
  twinctl unlock dev --yes    Ask nothing, for scripts";

/// Force-release the lock of an environment
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Unlock {
    /// Environment name
    #[arg(value_name = "ENV")]
    pub(crate) environment: String,
    /// Skip the confirmation prompt
    #[arg(long, short)]
    pub(crate) yes: bool,
}

pub(super) async fn run(options: &Options, args: &Unlock, ui: &Ui) -> Result<Exit, Diagnostic> {
    let environment = session::load(options, &args.environment, ui)?;
    on_target!(environment, run_on(options, args, environment, ui))
}

async fn run_on<T: Target>(
    options: &Options,
    args: &Unlock,
    environment: Environment,
    ui: &Ui,
) -> Result<Exit, Diagnostic> {
    let register = T::register(options, &environment, ui).await?;
    let record =
        register.read().await.map_err(|fault| Diagnostic::fault("could not read the lock", &fault))?;
    let Some(held) = record.and_then(|record| record.lease) else {
        ui.say(&format!("`{}` is not locked", environment.name));
        ui.object("unlock", json!({ "held": false }));
        return Ok(Exit::Done);
    };
    ui.say(&format!("`{}` is locked by {}", environment.name, held.holder));
    if !args.yes {
        let question =
            "If that process is still running, two deploys would conflict. Force-release the lock?";
        let command = format!("twinctl unlock {}", environment.name);
        ui.confirm(question, "the lock was not released", &command)?;
    }
    let taken = register.release(&held.id, RunResult::DuringCanary).await;
    let taken = taken.map_err(|fault| Diagnostic::fault("could not release the lock", &fault))?;
    ui.say(if taken { "unlocked" } else { "the lock was already released" });
    ui.object("unlock", json!({ "held": true, "holder": held.holder, "taken": taken }));
    Ok(Exit::Done)
}
