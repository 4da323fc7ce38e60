//! `twinctl memory export`: saves conversations as files that only you can read, or prints them.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use futures_util::StreamExt as _;
use reconcile::Fault;
use serde_json::json;

use super::find::{load, one, read_error};
use crate::{
    system::files,
    twin::{
        chat::SessionId,
        conversations::{Conversation, ConversationEntry, markdown},
        store::Store,
    },
    ui::{Diagnostic, Exit, Ui, counted, plain_json},
};

const EXAMPLES: &str = "\
Examples:
  twinctl memory export prod                                Save all in conversations/
  twinctl memory export prod ./saved --format markdown      Save them as Markdown
  twinctl memory export prod - --session 5d41               Print one";

/// Save conversations as files, or print them
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Export {
    /// Environment name
    #[arg(value_name = "ENV")]
    pub(crate) environment: String,
    /// Output folder, `-` for stdout
    #[arg(value_name = "DIR", default_value = "conversations")]
    pub(crate) to: PathBuf,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "json")]
    pub(crate) format: ExportFormat,
    /// Only this conversation; the beginning of its ID is enough
    #[arg(long, value_name = "ID")]
    pub(crate) session: Option<SessionId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    Json,
    Markdown,
}

pub(super) async fn run(store: &dyn Store, args: &Export, ui: &Ui) -> Result<Exit, Diagnostic> {
    let list = load(store, &args.environment).await?;
    let listed = match &args.session {
        Some(session) => vec![one(&list, session, &args.environment)?.clone()],
        None => list.into_vec(),
    };
    let to_folder = (args.to != Path::new("-")).then_some(args.to.as_path());
    let mut read = std::pin::pin!(ConversationEntry::read_all(&listed, store));
    let mut saved = 0;
    while let Some((_, read)) = read.next().await {
        // Skips a conversation that was deleted meanwhile.
        let Some(conversation) = read.map_err(|fault| read_error(&fault))? else { continue };
        match to_folder {
            Some(folder) => save(&conversation, args.format, folder)
                .map_err(|fault| Diagnostic::fault("the conversations could not be saved", &fault))?,
            None => print(&conversation, args.format, saved == 0, ui),
        }
        saved += 1;
    }
    if let Some(folder) = to_folder {
        ui.say(&format!("saved {} in {}", counted(saved, "conversation"), folder.display()));
        ui.object("exported", json!({ "conversations": saved, "folder": folder }));
    }
    Ok(Exit::Done)
}

fn save(conversation: &Conversation, format: ExportFormat, folder: &Path) -> Result<(), Fault> {
    let (ending, text) = match format {
        ExportFormat::Json => ("json", format!("{:#}\n", conversation.to_json())),
        ExportFormat::Markdown => ("md", markdown(conversation)),
    };
    files::write(&folder.join(format!("{}.{ending}", conversation.id)), text.as_bytes())
}

/// Prints one JSON object per line, or Markdown documents separated by an empty line.
fn print(conversation: &Conversation, format: ExportFormat, first: bool, ui: &Ui) {
    match format {
        ExportFormat::Json => ui.raw(&plain_json(&conversation.to_json().to_string())),
        ExportFormat::Markdown if first => ui.raw(markdown(conversation).trim_end()),
        ExportFormat::Markdown => ui.raw(&format!("\n{}", markdown(conversation).trim_end())),
    }
}
