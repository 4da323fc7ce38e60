//! Access to AWS: credentials, the HTTP client and errors. A local twin also needs it, if its model is on Bedrock.

mod errors;
mod http;
mod login;

pub use errors::{SdkResult, fault};
pub use http::{gated, http_client};
pub use login::{Caller, Login, LoginError, configuration, identity};
