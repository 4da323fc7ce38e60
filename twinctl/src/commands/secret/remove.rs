//! `twinctl secret remove`: deletes the stored key.

use clap::Args;
use serde_json::json;

use super::key_context::{KeyContext, SecretName};
use crate::{
    twin::secret::{RECOVERY_DAYS, Removal},
    ui::{Diagnostic, Exit},
};

const EXAMPLES: &str = "\
Examples:
  twinctl secret remove prod openai          Ask, then delete the key
  twinctl secret remove prod openai --yes    Ask nothing, for scripts";

/// Delete the stored key
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Remove {
    /// Environment name
    #[arg(value_name = "ENV")]
    pub(crate) environment: String,
    /// Secret name
    #[arg(value_name = "SECRET")]
    pub(crate) name: SecretName,
    /// Skip the confirmation prompt
    #[arg(long, short)]
    pub(crate) yes: bool,
}

pub(super) async fn run(context: &KeyContext<'_>, args: &Remove) -> Result<Exit, Diagnostic> {
    let (ui, name) = (context.ui, &context.environment.name);
    if context.active().is_none() {
        ui.say(&format!("no key is stored for `{name}`"));
        ui.object("removed", json!({ "name": "openai", "environment": name, "present": false }));
        return Ok(Exit::Done);
    }
    if context.is_used() && context.other_source.is_none() {
        ui.warn(&format!("the twin of `{name}` cannot answer without it"));
    }
    let command = format!("twinctl secret remove {name} openai");
    if !args.yes {
        ui.confirm(&format!("Delete the key of `{name}`?"), "the key was not deleted", &command)?;
    }
    let removal = context.key_store.remove(&command, ui).await?;
    ui.say(&match (removal, &context.other_source) {
        (Removal::Scheduled, _) => {
            format!("deleted; it can be restored for {RECOVERY_DAYS} days: `twinctl secret set {name} openai`")
        }
        (Removal::Deleted, Some(elsewhere)) => {
            format!("deleted; the twin now uses the key in {elsewhere}")
        }
        (Removal::Deleted, None) => "deleted, also from the running twin".to_owned(),
        (Removal::StillInUse, _) => format!(
            "deleted; the running twin cannot start without a key, so it keeps this one in memory until it stops: `twinctl destroy {name}`"
        ),
    });
    ui.object("removed", json!({ "name": "openai", "environment": name, "present": true }));
    Ok(Exit::Done)
}
