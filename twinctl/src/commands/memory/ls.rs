//! `twinctl memory ls`: lists conversations, newest first.

use std::time::Duration;

use clap::Args;
use futures_util::StreamExt as _;
use serde_json::json;

use super::{
    super::arguments::duration,
    find::{load, read_error},
};
use crate::{
    system::clock,
    twin::{
        conversations::{Conversation, ConversationEntry, headline},
        store::Store,
    },
    ui::{Diagnostic, Exit, Ui},
};

const EXAMPLES: &str = "\
Examples:
  twinctl memory ls prod                 List the newest 50 conversations
  twinctl memory ls prod --since 7d      List the conversations of this week
  twinctl memory ls prod --all --json    List all of them, for scripts";

/// List conversations, newest first
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Ls {
    /// Environment name
    #[arg(value_name = "ENV")]
    pub(crate) environment: String,
    /// Maximum number of conversations
    #[arg(long, value_name = "N", default_value_t = 50, conflicts_with = "all")]
    pub(crate) limit: usize,
    /// List all conversations
    #[arg(long)]
    pub(crate) all: bool,
    /// Only conversations active within TIME, for example `7d`
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) since: Option<Duration>,
}

/// Maximum number of characters of the first question.
const QUESTION: usize = 60;

pub(super) async fn run(store: &dyn Store, args: &Ls, ui: &Ui) -> Result<Exit, Diagnostic> {
    let since = args.since.and_then(|since| clock::now().checked_sub(since).ok());
    let mut all = load(store, &args.environment).await?.into_vec();
    all.retain(|listed| since.is_none_or(|since| listed.last >= since));
    let mut total = all.len();
    all.truncate(if args.all { total } else { args.limit });
    let longest = all.iter().map(|listed| listed.id.to_string().len()).max().unwrap_or_default();
    let mut read = std::pin::pin!(ConversationEntry::read_all(&all, store));
    let mut shown = 0;
    while let Some((listed, read)) = read.next().await {
        let conversation = match read {
            Ok(Some(conversation)) => Some(conversation),
            Ok(None) => {
                total -= 1;
                continue;
            }
            Err(fault) if fault.class == reconcile::Class::Refused => None,
            Err(fault) => return Err(read_error(&fault)),
        };
        shown += 1;
        show(&listed, conversation.as_ref(), longest, ui);
        if ui.stdout_closed() {
            break;
        }
    }
    ui.object("conversations", json!({ "shown": shown, "total": total }));
    match total {
        0 => ui.say("no conversations"),
        _ if shown < total => ui.say(&format!("{shown} of {total} conversations; `--all` shows all of them")),
        _ => {}
    }
    Ok(Exit::Done)
}

fn show(listed: &ConversationEntry, conversation: Option<&Conversation>, longest: usize, ui: &Ui) {
    let question = conversation.and_then(Conversation::first_question);
    let turns = conversation.map(Conversation::turns);
    ui.object(
        "conversation",
        json!({ "session_id": listed.id, "last": listed.last, "turns": turns, "first_question": question }),
    );
    let id = listed.id.to_string();
    let rest = match turns {
        None => "(unknown format)".to_owned(),
        Some(turns) => format!("{turns:>3}  {}", headline(question.unwrap_or_default(), QUESTION)),
    };
    ui.data(format!("{id:<longest$}  {}  {rest}", listed.last).trim_end());
}
