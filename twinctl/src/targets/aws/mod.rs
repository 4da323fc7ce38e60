//! Everything that all resources share of AWS: the clients, the table of errors, the tags.

mod clients;
pub mod dns;
mod errors;
mod http;
mod key_store;
mod lock_table;
mod logs;
pub mod model;
pub mod names;
pub(crate) mod pending_records;
pub mod permissions;
mod policy;
mod preflight;
pub mod resources;
#[cfg(test)]
pub(crate) mod script;
mod session_end;
pub mod stack;
mod store;
mod tags;
mod target;

pub use clients::{CERTIFICATES_IN, Caller, Cloud, Login, LoginError, configuration, identity};
pub use errors::{Answer, fault};
pub use http::{gated, http_client};
pub(crate) use key_store::CloudKeyStore;
pub use lock_table::LockTable;
pub use logs::cloud_logs;
pub use permissions::{Needs, Right};
pub use policy::Statements;
pub use session_end::session_end;
pub(crate) use store::BucketStore;
pub use tags::{ENVIRONMENT_TAG, Labels, PROJECT_TAG};
pub(crate) use target::{Aws, check_account, login, needs};
