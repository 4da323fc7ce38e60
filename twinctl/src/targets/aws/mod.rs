//! The AWS target: deploys a twin to an AWS account.

mod clients;
pub mod dns;
pub(crate) mod eject;
mod former_page;
mod json_calls;
mod json_response;
mod key_store;
pub(crate) mod lock_table;
mod logs;
pub mod model;
pub mod names;
mod pause_mark;
pub(crate) mod pending_records;
pub mod permissions;
mod policy;
pub(crate) mod preflight;
pub mod resources;
#[cfg(test)]
pub(crate) mod script;
pub mod stack;
mod store;
mod tags;
mod target;

pub use clients::{CERTIFICATE_REGION, Cloud};
pub(crate) use key_store::CloudKeyStore;
pub use lock_table::LockTable;
pub use logs::cloud_logs;
pub(crate) use logs::{LogPosition, cloud_turns};
pub(crate) use pause_mark::BucketPauseMark;
pub use permissions::{Permission, RequiredPermissions};
pub use policy::Statements;
pub(crate) use store::BucketStore;
pub use tags::{ENVIRONMENT_TAG, Labels, PROJECT_TAG};
pub(crate) use target::{Aws, assigned_ids, check_account, read_object, required_permissions};

pub(crate) use super::aws_access::login;
pub use super::aws_access::{
    Caller, Login, LoginError, SdkResult, configuration, credential_expiry, fault, gated, http_client,
    identity,
};
