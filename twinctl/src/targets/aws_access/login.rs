//! The credentials for AWS.

use std::time::Duration;

use aws_config::{
    BehaviorVersion, SdkConfig, retry::RetryConfig, sts::AssumeRoleProvider, timeout::TimeoutConfig,
};
use aws_credential_types::provider::SharedCredentialsProvider;
use jiff::Timestamp;
use reconcile::Fault;

use super::{SdkResult, http_client};
use crate::{
    spec::{Environment, Options},
    system::host::variable,
    ui::{CallLog, Diagnostic},
};

/// The settings with which to authenticate.
#[derive(Debug, Clone, Default)]
pub struct Login {
    pub profile: Option<String>,
    pub region: String,
    pub assume_role: Option<String>,
    pub endpoint_url: Option<String>,
}

/// Returns how to authenticate, as specified by the environment and the command line.
pub(crate) fn login(options: &Options, environment: &Environment) -> Login {
    Login {
        profile: environment.profile.as_ref().map(ToString::to_string),
        region: environment.region.to_string(),
        assume_role: environment.assume_role.as_ref().map(ToString::to_string),
        endpoint_url: options.endpoint_url.clone(),
    }
}

/// An authentication error.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    #[error("the credentials were rejected")]
    Refused(#[source] Fault),
}

impl From<LoginError> for Diagnostic {
    fn from(error: LoginError) -> Self {
        let LoginError::Refused(fault) = error;
        Diagnostic::fault("could not authenticate with AWS", &fault)
    }
}

/// The identity of the credentials.
#[derive(Debug, Clone)]
pub struct Caller {
    pub account: String,
    pub arn: String,
}

/// Returns the identity of the credentials.
pub async fn identity(config: &SdkConfig) -> Result<Caller, LoginError> {
    let response = aws_sdk_sts::Client::new(config).get_caller_identity().send().await;
    let caller = response.fault("sts:GetCallerIdentity").map_err(LoginError::Refused)?;
    Ok(Caller { account: caller.account.unwrap_or_default(), arn: caller.arn.unwrap_or_default() })
}

/// Loads the SDK's configuration. `calls` receives a line for each call. The SDK's own retries are disabled: they
/// would, for example, repeat a `CreateApi` whose response was lost, and create a second API. The engine reads the
/// actual state before it repeats a call.
pub async fn configuration(login: &Login, calls: Option<CallLog>) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(Duration::from_mins(2))
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http_client(calls))
        .region(aws_config::Region::new(login.region.clone()))
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts);
    if let Some(profile) = &login.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(url) = &login.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    let config = loader.load().await;
    let Some(role) = &login.assume_role else {
        return config;
    };
    let assumed = AssumeRoleProvider::builder(role).session_name("twinctl").configure(&config).build().await;
    config.into_builder().credentials_provider(SharedCredentialsProvider::new(assumed)).build()
}

/// Returns when session credentials from environment variables expire. Credentials from other sources are refreshed
/// automatically, and those of an assumed role are valid for an hour from now. The SDK does not read the expiry from
/// the environment.
pub fn credential_expiry(login: &Login) -> Option<Timestamp> {
    let session = ["AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN"].into_iter().all(|name| variable(name).is_some());
    if login.assume_role.is_some() || !session {
        return None;
    }
    let expiry = ["AWS_CREDENTIAL_EXPIRATION", "AWS_SESSION_EXPIRATION"].into_iter().find_map(variable)?;
    parse_timestamp(&expiry)
}

/// The GitHub action that assumes a role writes the timestamp as JSON, in quotes.
fn parse_timestamp(text: &str) -> Option<Timestamp> {
    text.trim().trim_matches('"').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_of_different_tools_are_parsed() {
        let expiry = "2026-01-01T12:00:00Z".parse().ok();
        for text in [
            "2026-01-01T12:00:00Z",
            "2026-01-01T12:00:00+00:00",
            "\"2026-01-01T12:00:00.000Z\"",
            "2026-01-01T14:00:00+02:00",
        ] {
            assert_eq!(parse_timestamp(text), expiry, "{text}");
        }
        assert_eq!(parse_timestamp("in an hour"), None);
    }
}
