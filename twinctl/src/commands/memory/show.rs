//! `twinctl memory show`: prints one conversation.

use clap::Args;

use super::find::{load, one, read_error};
use crate::{
    twin::{chat::SessionId, conversations::readable, store::Store},
    ui::{Diagnostic, Exit, Ui},
};

const EXAMPLES: &str = "\
Examples:
  twinctl memory show prod 5d41           The beginning of the ID is enough
  twinctl memory show prod 5d41 --json    Print it as JSON";

/// Show one conversation
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Show {
    /// Environment name
    #[arg(value_name = "ENV")]
    pub(crate) environment: String,
    /// Conversation ID, or the beginning of it
    #[arg(value_name = "ID")]
    pub(crate) session: SessionId,
}

pub(super) async fn run(store: &dyn Store, args: &Show, ui: &Ui) -> Result<Exit, Diagnostic> {
    let list = load(store, &args.environment).await?;
    let listed = one(&list, &args.session, &args.environment)?;
    let read = listed.read(store).await.map_err(|fault| read_error(&fault))?;
    let Some(conversation) = read else {
        let message = format!("the conversation `{}` was deleted a moment ago", listed.id);
        return Err(Diagnostic::new(Exit::Usage, message));
    };
    ui.say(&format!("{} · last {}", listed.id, listed.last));
    ui.data(&readable(&conversation));
    ui.object("conversation", conversation.to_json());
    Ok(Exit::Done)
}
