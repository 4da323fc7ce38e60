//! Access to AWS: credentials, the HTTP client and errors. A local twin also needs it, if its model is on Bedrock.

mod credentials;
mod errors;
mod http;
mod login;
mod signed;

pub use errors::{SdkResult, fault};
pub use http::{gated, http_client};
pub use login::{Caller, Login, LoginError, configuration, credential_expiry, identity};
pub(crate) use login::{login, profile_note};
pub(crate) use signed::{encoded, post_json};
