//! `twinctl lock-table remove`: deletes the lock table of an account and region.

use aws_sdk_dynamodb::Client;
use clap::{Args, Subcommand};
use serde_json::json;

use super::arguments::EnvironmentArg;
use crate::{
    run::session,
    spec::{Options, Target},
    targets::aws::{self, login},
    ui::{Diagnostic, Exit, Ui, quoted},
};

const EXAMPLES: &str = "\
Examples:
  twinctl lock-table remove dev    Delete the table, after the last environment is destroyed";

const REMOVE_EXAMPLES: &str = "\
Examples:
  twinctl lock-table remove dev                       Ask, then delete the table
  twinctl lock-table remove dev --yes                 Ask nothing, for scripts
  twinctl lock-table remove dev --region eu-west-1    In another region than that of dev";

/// Manage the DynamoDB table that stores the locks of an account and region
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, arg_required_else_help = true)]
pub(crate) struct LockTable {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Remove(Remove),
}

/// Delete the table; fails while environments exist in this account and region
#[derive(Debug, Args)]
#[command(after_help = REMOVE_EXAMPLES)]
pub(crate) struct Remove {
    #[command(flatten)]
    pub(crate) which: EnvironmentArg,
    /// Skip the confirmation prompt
    #[arg(long, short)]
    pub(crate) yes: bool,
}

pub(super) async fn run(options: &Options, args: &LockTable, ui: &Ui) -> Result<Exit, Diagnostic> {
    let Verb::Remove(args) = &args.verb;
    let environment = session::load(options, &args.which.environment, ui)?;
    if environment.target == Target::Local {
        return Err(Diagnostic::new(Exit::Usage, "a local twin has no lock table"));
    }
    let config = aws::configuration(&login(options, &environment), ui.call_log()).await;
    let client = Client::new(&config);
    let region = &environment.region;
    if !is_unused(&client).await? {
        ui.say(&format!("there is no lock table in {region}"));
        ui.object("lock_table", json!({ "removed": false }));
        return Ok(Exit::Done);
    }
    if !args.yes {
        let overrides = &options.overrides;
        let given = [("--region", &overrides.region), ("--profile", &overrides.profile)];
        let given = given
            .into_iter()
            .filter_map(|(flag, value)| Some(format!(" {flag} {}", quoted(value.as_ref()?))));
        let command = format!("twinctl lock-table remove {}{}", environment.name, given.collect::<String>());
        ui.confirm(&format!("Delete the lock table in {region}?"), "nothing was deleted", &command)?;
        // A deployment may have begun meanwhile.
        is_unused(&client).await?;
    }
    let removed = aws::LockTable::remove_table(&client).await;
    removed.map_err(|fault| Diagnostic::fault("could not delete the lock table", &fault))?;
    ui.say(&format!("deleted the lock table in {region}"));
    ui.object("lock_table", json!({ "removed": true }));
    Ok(Exit::Done)
}

/// Returns whether the table exists. Fails if environments use it.
async fn is_unused(client: &Client) -> Result<bool, Diagnostic> {
    let found = aws::LockTable::environments(client).await;
    let found = found.map_err(|fault| Diagnostic::fault("could not read the lock table", &fault))?;
    match found.as_deref() {
        None => Ok(false),
        Some([]) => Ok(true),
        Some(left) => {
            let message = format!("the lock table is still used by environments: {}", left.join(", "));
            Err(Diagnostic::new(Exit::Failed, message)
                .hint("destroy them first; the table contains their records"))
        }
    }
}
