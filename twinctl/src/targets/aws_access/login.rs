//! The credentials for AWS.

use std::time::Duration;

use aws_config::{
    BehaviorVersion, Region, SdkConfig, profile::ProfileFileCredentialsProvider,
    provider_config::ProviderConfig, retry::RetryConfig, sts::AssumeRoleProvider, timeout::TimeoutConfig,
};
use aws_credential_types::provider::SharedCredentialsProvider;
use jiff::Timestamp;
use reconcile::{Class, Fault};

use super::{SdkResult, credentials::Explained, http_client};
use crate::{
    spec::{Environment, Model, Options, Target},
    system::host::{in_ci, variable},
    ui::{CallLog, Diagnostic},
};

/// The settings with which to authenticate.
#[derive(Debug, Clone, Default)]
pub struct Login {
    pub profile: Option<String>,
    /// Whether to use no other credentials than those of the profile. Otherwise, those in the environment override it.
    pub only_profile: bool,
    pub region: String,
    pub assume_role: Option<String>,
    pub endpoint_url: Option<String>,
}

const ACCESS_KEY: &str = "AWS_ACCESS_KEY_ID";
/// The variables by which credentials come without a profile: keys, a token of CI or Kubernetes, and those of a container, as
/// in `CloudShell`.
const SOURCES: [&str; 4] = [
    ACCESS_KEY,
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];

/// Returns how to authenticate, as specified by the environment and the command line.
pub(crate) fn login(options: &Options, environment: &Environment) -> Login {
    let is_explicit = options.overrides.profile.is_some();
    Login {
        profile: environment.profile.as_ref().map(ToString::to_string),
        only_profile: is_only_source(
            is_explicit,
            SOURCES.iter().any(|name| variable(name).is_some()),
            in_ci(),
        ),
        region: environment.region.to_string(),
        assume_role: environment.assume_role.as_ref().map(ToString::to_string),
        endpoint_url: options.endpoint_url.clone(),
    }
}

/// Whether a profile is the only source of credentials. `--profile` always is, as with the `aws` command. The profile of
/// the environment file is for people: CI has credentials of its own.
fn is_only_source(is_explicit: bool, has_key: bool, in_ci: bool) -> bool {
    is_explicit || !(has_key || in_ci)
}

/// Returns a note if a person's environment variables override the profile of the environment file.
pub(crate) fn profile_note(options: &Options, environment: &Environment) -> Option<String> {
    let uses_aws = environment.target == Target::Aws || matches!(environment.model, Model::Bedrock(_));
    let is_overridden = options.overrides.profile.is_none() && variable(ACCESS_KEY).is_some() && !in_ci();
    let profile = environment.profile.as_ref().filter(|_| uses_aws && is_overridden)?;
    Some(format!(
        "using the credentials in {ACCESS_KEY}, not the profile `{profile}` that the file of `{}` specifies",
        environment.name
    ))
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
        let message = match fault.class {
            Class::Unavailable => "could not reach AWS",
            _ => "could not authenticate with AWS",
        };
        Diagnostic::fault(message, &fault)
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
    let (http, region) = (http_client(calls), Region::new(login.region.clone()));
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http.clone())
        .region(region.clone())
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts.clone());
    if let Some(profile) = &login.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(profile) = login.profile.as_ref().filter(|_| login.only_profile) {
        let context = ProviderConfig::without_region()
            .with_behavior_version(Some(BehaviorVersion::latest()))
            .with_http_client(http)
            .with_region(Some(region))
            .with_retry_config(RetryConfig::disabled())
            .with_timeout_config(timeouts);
        let source = ProfileFileCredentialsProvider::builder().configure(&context).profile_name(profile);
        loader = loader.credentials_provider(source.build());
    }
    if let Some(url) = &login.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    let config = explained(loader.load().await, login);
    let Some(role) = &login.assume_role else {
        return config;
    };
    let assumed = AssumeRoleProvider::builder(role).session_name("twinctl").configure(&config).build().await;
    config.into_builder().credentials_provider(SharedCredentialsProvider::new(assumed)).build()
}

/// Returns the configuration with a source of credentials that explains its errors.
fn explained(config: SdkConfig, login: &Login) -> SdkConfig {
    let Some(source) = config.credentials_provider() else { return config };
    let source = Explained { source, profile: login.profile.clone() };
    config.into_builder().credentials_provider(SharedCredentialsProvider::new(source)).build()
}

/// Returns when session credentials from environment variables expire. Credentials from other sources are refreshed
/// automatically, and those of an assumed role are valid for an hour from now. The SDK does not read the expiry from
/// the environment.
pub fn credential_expiry(login: &Login) -> Option<Timestamp> {
    let session = [ACCESS_KEY, "AWS_SESSION_TOKEN"].into_iter().all(|name| variable(name).is_some());
    let is_other = login.assume_role.is_some() || login.profile.is_some() && login.only_profile;
    if is_other || !session {
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
    fn the_profile_of_the_command_line_overrides_environment_variables_and_that_of_the_file_does_not() {
        for (is_explicit, has_key, in_ci, expected) in [
            (true, true, false, true),
            (true, true, true, true),
            (false, false, false, true),
            (false, true, false, false),
            (false, true, true, false),
            (false, false, true, false),
        ] {
            let case = (is_explicit, has_key, in_ci);
            assert_eq!(is_only_source(is_explicit, has_key, in_ci), expected, "{case:?}");
        }
    }

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
