//! `twinctl memory show`: one conversation, to be read.

use super::{catalogue, one, unread};
use crate::{cli, diagnostic::Diagnostic, exit::Exit, memory::readable, store::Store, ui::Ui};

pub(super) async fn run(store: &Store, args: &cli::MemoryShow, ui: &Ui) -> Result<Exit, Diagnostic> {
    let catalogue = catalogue(store, &args.environment).await?;
    let listed = one(&catalogue, &args.session, &args.environment)?;
    let read = listed.read(store).await.map_err(|fault| unread(&fault))?;
    let Some(conversation) = read else {
        let message = format!("the conversation `{}` was deleted a moment ago", listed.id);
        return Err(Diagnostic::new(Exit::Usage, message));
    };
    ui.say(&format!("{} · last {}", listed.id, listed.last));
    ui.data(&readable(&conversation));
    ui.object("conversation", conversation.to_json());
    Ok(Exit::Done)
}
