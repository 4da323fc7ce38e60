//! The key that a command is about.

use clap::ValueEnum;

use crate::{
    spec::{Environment, Model},
    twin::secret::{KeyStore, StoredKey},
    ui::Ui,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SecretName {
    /// The API key of `model.source: openai`
    Openai,
}

/// The state of a stored key, and where to change it.
pub(super) struct KeyContext<'a> {
    pub(super) key_store: &'a dyn KeyStore,
    pub(super) environment: &'a Environment,
    pub(super) stored: Option<&'a StoredKey>,
    /// Another source that a deploy uses if no key is stored.
    pub(super) other_source: Option<String>,
    pub(super) ui: &'a Ui,
}

impl KeyContext<'_> {
    /// Whether the environment file uses the key.
    pub(super) fn is_used(&self) -> bool {
        matches!(self.environment.model, Model::OpenAi { .. })
    }

    /// The stored key, unless it is scheduled for deletion.
    pub(super) fn active(&self) -> Option<&StoredKey> {
        self.stored.filter(|stored| stored.deleted_at.is_none())
    }
}
