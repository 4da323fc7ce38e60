//! Everything that all resources share of AWS: the clients, the table of errors, the tags.

mod cloud;
mod error;
pub mod model;
mod policy;
pub mod rights;
#[cfg(test)]
pub(crate) mod script;
mod session_end;
mod tags;

pub use cloud::{CERTIFICATES_IN, Caller, Cloud, Login, LoginError, configuration, identity};
pub use error::{Answer, ApiError, fault};
pub use policy::Statements;
pub use rights::{Needs, Right};
pub use session_end::session_end;
pub use tags::{ENVIRONMENT_TAG, Labels, PROJECT_TAG};
