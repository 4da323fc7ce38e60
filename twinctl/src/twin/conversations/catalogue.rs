//! Which conversations there are, and what is in them: one listing, and no more bodies than are asked for.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use reconcile::{Class, Fault};

use super::{Conversation, Form};
use crate::twin::{
    chat::SessionId,
    store::{Entry, Store},
};

/// Bodies that are read at once.
const AT_ONCE: usize = 32;

/// All conversations of a twin, the newest first.
#[derive(Debug, Default)]
pub(crate) struct Catalogue(Vec<Listed>);

/// A conversation, as the listing tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) id: SessionId,
    pub(crate) last: Timestamp,
    form: Form,
}

impl Catalogue {
    /// `None` where there is no memory.
    pub(crate) async fn load(store: &dyn Store) -> Result<Option<Self>, Fault> {
        Ok(store.list("").await?.map(Self::of))
    }

    /// Where both forms have one of the same id, it is the one that the twin reads.
    fn of(entries: Vec<Entry>) -> Self {
        let mut found = BTreeMap::<SessionId, Listed>::new();
        for entry in entries {
            let Some((form, id)) = Form::of(&entry.key) else { continue };
            let listed = Listed { id: id.clone(), last: entry.written, form };
            let known = found.entry(id).or_insert_with(|| listed.clone());
            if listed.form < known.form {
                *known = listed;
            }
        }
        let mut all: Vec<_> = found.into_values().collect();
        all.sort_by(|a, b| b.last.cmp(&a.last).then_with(|| a.id.cmp(&b.id)));
        Self(all)
    }

    pub(crate) fn into_vec(self) -> Vec<Listed> {
        self.0
    }

    /// The conversations that are called so, or whose ids begin so.
    pub(crate) fn called(&self, beginning: &SessionId) -> Vec<&Listed> {
        let beginning = beginning.to_string();
        let exact = self.0.iter().find(|listed| listed.id.to_string() == beginning);
        let alike = || self.0.iter().filter(|listed| listed.id.to_string().starts_with(&beginning)).collect();
        exact.map_or_else(alike, |exact| vec![exact])
    }
}

impl Listed {
    /// `None` when it was deleted since.
    pub(crate) async fn read(&self, store: &dyn Store) -> Result<Option<Conversation>, Fault> {
        let key = self.form.key(&self.id);
        let Some(bytes) = store.read(&key).await? else { return Ok(None) };
        let conversation = Conversation::parse(self.id.clone(), self.form, &bytes);
        let broken = || Fault::new(Class::Refused, format!("`{key}` is not in a form that is known"));
        conversation.ok_or_else(broken).map(Some)
    }

    /// Several at once, in their order.
    pub(crate) fn read_all(
        listed: &[Self],
        store: &dyn Store,
    ) -> impl stream::Stream<Item = (Self, Result<Option<Conversation>, Fault>)> {
        let read = move |one: Self| async move {
            let read = one.read(store).await;
            (one, read)
        };
        stream::iter(listed.iter().cloned().map(read).collect::<Vec<_>>()).buffered(AT_ONCE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(key: &str, second: i64) -> Entry {
        Entry { key: key.to_owned(), written: Timestamp::from_second(second).unwrap() }
    }

    fn ids<'l>(listed: impl IntoIterator<Item = &'l Listed>) -> Vec<String> {
        listed.into_iter().map(|listed| listed.id.to_string()).collect()
    }

    #[test]
    fn the_newest_is_first_and_each_is_there_once() {
        let catalogue = Catalogue::of(vec![
            entry("conversations/both.json", 9),
            entry("both.json", 3),
            entry("old.json", 1),
            entry("questions/0a.json", 8),
            entry("conversations/new.json", 7),
            entry("notes.txt", 7),
        ]);
        assert_eq!(ids(&catalogue.0), ["new", "both", "old"]);
        assert_eq!(catalogue.0[1].form, Form::Array);
    }

    #[test]
    fn the_beginning_of_an_id_is_enough_and_a_whole_id_means_itself() {
        let catalogue = Catalogue::of(["ab.json", "abc.json", "x.json"].map(|key| entry(key, 1)).to_vec());
        for (said, meant) in
            [("ab", vec!["ab"]), ("a", vec!["ab", "abc"]), ("abc", vec!["abc"]), ("y", vec![])]
        {
            assert_eq!(ids(catalogue.called(&said.parse().unwrap())), meant, "{said}");
        }
    }
}
