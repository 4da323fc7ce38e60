//! The key of a model's server: taken in, kept where the twin reads it, and never shown.

mod key;
mod missing;
mod vault;

pub(crate) use key::ApiKey;
pub(crate) use missing::{KEY_FIELD, KEY_NODE, missing};
pub(crate) use vault::{Access, Kept, Parting, Vault};
