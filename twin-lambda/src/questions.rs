//! Questions that the notes did not answer. Each one is stored once, for the owner to read.

use std::sync::Arc;

use contract::key;
use jiff::Timestamp;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::log::redact;
use crate::store::{Counted, Precondition, Store, StoreError};

#[derive(Clone, Debug)]
pub struct Questions(Arc<dyn Store>);

impl Questions {
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self(store)
    }

    /// Stores the question, unless it is already stored.
    pub async fn record(&self, question: &str, asked_at: Timestamp) -> Result<(), StoreError> {
        let body = json!({"question": redact(question), "asked_at": asked_at}).to_string();
        self.0
            .put(&question_key(question), body.into(), Precondition::Absent, Counted::Question)
            .await
            .map(drop)
    }
}

/// Returns the same key for questions that differ only in case, punctuation and spaces.
fn question_key(question: &str) -> String {
    let words: Vec<String> = question
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    key::question(&hex::encode(&Sha256::digest(words.join(" "))[..16]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Expiry;
    use crate::store::Folder;

    #[tokio::test]
    async fn questions_are_stored_once_and_redacted() {
        let root = tempfile::tempdir().unwrap();
        let store = Arc::new(Folder::new(root.path(), Expiry::Off));
        let questions = Questions::new(store.clone());
        let now = Timestamp::UNIX_EPOCH;
        for text in ["Do you ski?", "do you  SKI", "Do you ski at a@b.example?"] {
            questions.record(text, now).await.unwrap();
        }
        let listed = store.list().await.unwrap();
        assert_eq!(listed.len(), 2);
        for entry in listed {
            let object = store.get(&entry.key).await.unwrap().unwrap();
            assert!(!String::from_utf8_lossy(&object.body).contains("b.example"));
        }
    }
}
