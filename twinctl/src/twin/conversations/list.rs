//! The list of conversations. Their contents are read only when they are needed.

use std::collections::BTreeMap;

use contract::key::{Form, is_deleted};
use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use reconcile::{Class, Fault};

use super::Conversation;
use crate::twin::{
    chat::SessionId,
    store::{Entry, Store},
};

/// Number of conversations that are read in parallel.
pub(super) const CONCURRENCY: usize = 32;

/// All conversations of a twin, newest first.
#[derive(Debug, Default)]
pub(crate) struct ConversationList(Vec<ConversationEntry>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConversationEntry {
    pub(crate) id: SessionId,
    pub(crate) last: Timestamp,
    form: Form,
}

impl ConversationList {
    /// Lists the conversations. Returns `None` if there is no bucket or folder.
    pub(crate) async fn load(store: &dyn Store) -> Result<Option<Self>, Fault> {
        Ok(store.list("").await?.map(Self::from_entries))
    }

    /// If a conversation exists in both forms, the list has the one that the twin reads. Tombstones of deleted
    /// conversations are not in the list.
    fn from_entries(entries: Vec<Entry>) -> Self {
        let mut found = BTreeMap::<SessionId, (ConversationEntry, u64)>::new();
        for entry in entries {
            let Some((form, id)) = Form::parse(&entry.key) else { continue };
            let Ok(id) = id.parse::<SessionId>() else { continue };
            let new = ConversationEntry { id: id.clone(), last: entry.written, form };
            let (known, size) = found.entry(id).or_insert_with(|| (new.clone(), entry.size));
            if new.form < known.form {
                (*known, *size) = (new, entry.size);
            }
        }
        let stored = found.into_values().filter(|(_, size)| !is_deleted(*size));
        let mut all: Vec<_> = stored.map(|(entry, _)| entry).collect();
        all.sort_by(|a, b| b.last.cmp(&a.last).then_with(|| a.id.cmp(&b.id)));
        Self(all)
    }

    pub(crate) fn into_vec(self) -> Vec<ConversationEntry> {
        self.0
    }

    /// Returns the conversation with this id, or else those whose ids begin with it.
    pub(crate) fn matching(&self, prefix: &SessionId) -> Vec<&ConversationEntry> {
        let exact = self.0.iter().find(|entry| entry.id == *prefix);
        let begins = |entry: &&ConversationEntry| entry.id.as_str().starts_with(prefix.as_str());
        exact.map_or_else(|| self.0.iter().filter(begins).collect(), |exact| vec![exact])
    }
}

impl ConversationEntry {
    /// Reads the conversation. Returns `None` if it was deleted meanwhile, or if no turn of it was ever stored.
    pub(crate) async fn read(&self, store: &dyn Store) -> Result<Option<Conversation>, Fault> {
        let key = self.form.key(self.id.as_str());
        let Some(bytes) = store.read(&key).await? else { return Ok(None) };
        let conversation = Conversation::parse(self.id.clone(), &bytes);
        let unknown = || Fault::new(Class::Refused, format!("`{key}` has an unknown format"));
        let conversation = conversation.ok_or_else(unknown)?;
        Ok((!conversation.has_only_placeholders()).then_some(conversation))
    }

    /// Reads several conversations in parallel. The results are in the order of the entries.
    pub(crate) fn read_all(
        entries: &[Self],
        store: &dyn Store,
    ) -> impl stream::Stream<Item = (Self, Result<Option<Conversation>, Fault>)> {
        let read = move |entry: Self| async move {
            let result = entry.read(store).await;
            (entry, result)
        };
        stream::iter(entries.iter().cloned().map(read).collect::<Vec<_>>()).buffered(CONCURRENCY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(key: &str, second: i64) -> Entry {
        Entry { key: key.to_owned(), written: Timestamp::from_second(second).unwrap(), size: 100 }
    }

    fn deleted(key: &str) -> Entry {
        Entry { size: contract::key::DELETED as u64, ..entry(key, 5) }
    }

    fn ids<'l>(entries: impl IntoIterator<Item = &'l ConversationEntry>) -> Vec<String> {
        entries.into_iter().map(|entry| entry.id.to_string()).collect()
    }

    #[test]
    fn conversations_are_listed_once_and_newest_first() {
        let list = ConversationList::from_entries(vec![
            entry("conversations/both.json", 9),
            entry("both.json", 3),
            entry("old.json", 1),
            entry("questions/0a.json", 8),
            entry("conversations/new.json", 7),
            entry("notes.txt", 7),
            deleted("deleted.json"),
            deleted("interrupted.json"),
            entry("conversations/interrupted.json", 6),
        ]);
        assert_eq!(ids(&list.0), ["new", "both", "old"]);
        assert_eq!(list.0[1].form, Form::Array);
    }

    #[test]
    fn an_exact_id_is_preferred_to_a_prefix() {
        let list = ConversationList::from_entries(
            ["ab.json", "abc.json", "x.json"].map(|key| entry(key, 1)).to_vec(),
        );
        for (prefix, expected) in
            [("ab", vec!["ab"]), ("a", vec!["ab", "abc"]), ("abc", vec!["abc"]), ("y", vec![])]
        {
            assert_eq!(ids(list.matching(&prefix.parse().unwrap())), expected, "{prefix}");
        }
    }
}
