//! The key of a model's server: taken in, kept where the twin reads it, and never shown.

mod cloud;
mod key;
mod missing;
mod vault;

pub(crate) use cloud::CloudVault;
pub(crate) use key::ApiKey;
pub(crate) use missing::missing;
pub(crate) use vault::{Access, Kept, Parting, Vault};
