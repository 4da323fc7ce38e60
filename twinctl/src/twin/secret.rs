//! The API key of the model provider.

mod api_key;

use std::fmt;

use async_trait::async_trait;
use contract::{models::Provider, variable};
use jiff::Timestamp;
use reconcile::{Change, Fault, Plan};

pub(crate) use self::api_key::ApiKey;
use crate::{
    spec::{Environment, Model},
    ui::{Diagnostic, Exit, Ui},
};

/// The node of the API key, on both targets.
pub(crate) const KEY_NODE: &str = "openai key";
/// The field of that node that is missing until a key is stored.
pub(crate) const KEY_FIELD: &str = "key";

/// Days for which a deleted secret can be restored and its name stays taken. Secrets Manager allows no less than 7.
pub(crate) const RECOVERY_DAYS: i64 = 7;

/// Metadata of a stored key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredKey {
    /// An ARN or a path.
    pub(crate) location: String,
    pub(crate) stored_at: Option<Timestamp>,
    /// When the key was scheduled for deletion. It can still be restored.
    pub(crate) deleted_at: Option<Timestamp>,
    /// The last characters of the key.
    pub(crate) ending: Option<String>,
    pub(crate) access: Access,
}

/// Whether the twin may read the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Granted,
    /// The next deploy grants it.
    Missing,
    NoTwin,
}

/// The effect of removing a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Removal {
    /// The key is scheduled for deletion and can be restored for some days.
    Scheduled,
    Deleted,
    /// The key is deleted, but the running twin keeps using it, because it cannot start without one.
    StillInUse,
}

/// Where a twin's API key is stored.
#[async_trait(?Send)]
pub(crate) trait KeyStore: fmt::Debug + Send + Sync {
    /// Returns metadata of the stored key, if there is one.
    async fn read(&self) -> Result<Option<StoredKey>, Fault>;

    /// Stores a key. A stored one becomes the previous version.
    async fn put(&self, key: &ApiKey, command: &str, ui: &Ui) -> Result<(), Diagnostic>;

    async fn remove(&self, command: &str, ui: &Ui) -> Result<Removal, Diagnostic>;

    /// Returns another source from which a deploy would take the key, if there is one.
    fn other_source(&self) -> Result<Option<String>, Fault> {
        Ok(None)
    }
}

/// Returns a note about the server that gets the key, if it is not OpenAI's and the plan changes the server or the key.
pub(crate) fn receiver_note(environment: &Environment, plan: &Plan) -> Option<String> {
    let Model::OpenAi { base_url: Some(url), .. } = &environment.model else { return None };
    let url = url.to_string();
    let is_changed = |change: &Change| {
        change.field.ends_with(variable::OPENAI_BASE_URL)
            || [KEY_FIELD, "credentials"].contains(&&*change.field)
    };
    let mut changes = plan.nodes.iter().flat_map(|planned| &planned.changes);
    if Provider::at(&url) == Provider::OpenAi || !changes.any(is_changed) {
        return None;
    }
    let server: http::Uri = url.parse().ok()?;
    let server = server.authority()?;
    Some(format!("the API key, if one is stored or given, is sent to {server} (`model.base_url`)"))
}

/// Returns the change that a plan shows for a missing key.
pub(crate) fn missing_key_change() -> Change {
    Change::new(KEY_FIELD, None, Some("set it with `twinctl secret set`".to_owned()))
}

/// Returns an error if the plan needs an API key that only the user can store.
pub(crate) fn missing_key(plan: &Plan, environment: &str) -> Option<Diagnostic> {
    let planned = plan.nodes.iter().find(|planned| planned.node == KEY_NODE)?;
    let is_missing = planned.changes.iter().any(|change| change.field == KEY_FIELD);
    is_missing.then(|| {
        Diagnostic::new(
            Exit::Failed,
            "nothing was changed, because the API key of the model provider is missing",
        )
        .hint(format!("store it with `twinctl secret set {environment} openai`, then run the command again"))
    })
}
