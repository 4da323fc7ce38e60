//! `twinctl lock-table remove`: deletes the lock table of an account and region.

use clap::{Args, Subcommand};

use super::arguments::EnvironmentArg;
use crate::{
    run::session,
    spec::{Options, Target},
    targets::aws::{self, login},
    ui::{Diagnostic, Exit, Ui},
};

/// Manage the DynamoDB table that stores the locks of an account and region
#[derive(Debug, Args)]
pub(crate) struct LockTable {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Delete the table; fails while environments exist in this account and region
    Remove(EnvironmentArg),
}

pub(super) async fn run(options: &Options, args: &LockTable, ui: &Ui) -> Result<Exit, Diagnostic> {
    let Verb::Remove(which) = &args.verb;
    let environment = session::load(options, &which.environment, ui)?;
    if environment.target == Target::Local {
        return Err(Diagnostic::new(Exit::Usage, "a local twin has no lock table"));
    }
    let config = aws::configuration(&login(options, &environment), ui.call_log()).await;
    let left = aws::LockTable::remove_table(&aws_sdk_dynamodb::Client::new(&config)).await;
    let left = left.map_err(|fault| Diagnostic::fault("could not delete the lock table", &fault))?;
    if left.is_empty() {
        ui.say(&format!("there is no lock table in {}", environment.region));
        ui.object("lock_table", serde_json::json!({ "removed": true }));
        return Ok(Exit::Done);
    }
    Err(Diagnostic::new(
        Exit::Failed,
        format!("the lock table is still used by environments: {}", left.join(", ")),
    )
    .hint("destroy them first; the table contains their records"))
}
