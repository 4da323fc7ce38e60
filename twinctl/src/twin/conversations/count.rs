//! The number of conversations, of which nearly none is read.

use contract::key::{Form, is_deleted};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use reconcile::Fault;

use super::{Conversation, list::CONCURRENCY};
use crate::twin::store::{Entry, Store};

/// The size of a file with one placeholder is at most this. A larger file with several placeholders counts as a conversation.
const LARGEST_PLACEHOLDER: u64 = 512;

/// Counts the objects whose keys `is_counted` accepts, without deleted conversations and those that consist of a placeholder.
/// Returns 0 if there is no bucket or folder.
pub(crate) async fn count(store: &dyn Store, is_counted: fn(&str) -> bool) -> Result<u64, Fault> {
    let entries = store.list("").await?.unwrap_or_default();
    let entries = entries.into_iter().filter(|entry| is_counted(&entry.key) && !is_deleted(entry.size));
    let (small, others): (Vec<_>, Vec<_>) = entries.partition(may_be_placeholder);
    let read = small.iter().map(|entry| is_placeholder(store, entry));
    let placeholders: Vec<bool> = stream::iter(read).buffer_unordered(CONCURRENCY).try_collect().await?;
    let conversations = placeholders.iter().filter(|is_placeholder| !**is_placeholder).count();
    Ok((others.len() + conversations) as u64)
}

fn may_be_placeholder(entry: &Entry) -> bool {
    entry.size <= LARGEST_PLACEHOLDER && Form::parse(&entry.key).is_some()
}

async fn is_placeholder(store: &dyn Store, entry: &Entry) -> Result<bool, Fault> {
    let Some(bytes) = store.read(&entry.key).await? else { return Ok(true) };
    let id = Form::parse(&entry.key).and_then(|(_, id)| id.parse().ok());
    let conversation = id.and_then(|id| Conversation::parse(id, &bytes));
    Ok(conversation.is_some_and(|conversation| conversation.has_only_placeholders()))
}
