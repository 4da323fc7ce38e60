//! A source of credentials that explains why it has none.

use std::{borrow::Cow, error::Error, io};

use aws_config::profile::{ProfileSet, load};
use aws_credential_types::{
    Credentials,
    provider::{self, ProvideCredentials, SharedCredentialsProvider, error::CredentialsError, future},
};

use super::errors::causes;
use crate::{
    system::host::variable,
    ui::{LOG_IN, LastingError},
};

/// The profile that is used if none is selected.
const DEFAULT: &str = "default";

/// A source of credentials. Its errors name the profile and the next step.
#[derive(Debug)]
pub(super) struct Explained {
    pub(super) source: SharedCredentialsProvider,
    /// The profile to use instead of `AWS_PROFILE`.
    pub(super) profile: Option<String>,
}

impl Explained {
    async fn credentials(&self) -> provider::Result {
        match self.source.provide_credentials().await {
            Ok(credentials) => Ok(credentials),
            Err(error) => Err(self.explain(error).await),
        }
    }

    /// Replaces the error by a more helpful one, if the configuration files explain it.
    async fn explain(&self, error: CredentialsError) -> CredentialsError {
        let selected: Option<Cow<'static, str>> = self.profile.clone().map(Cow::Owned);
        let profiles = load(
            &<_ as Default>::default(),
            &<_ as Default>::default(),
            &<_ as Default>::default(),
            selected,
        )
        .await;
        // The error already describes files that cannot be read.
        let Ok(profiles) = profiles else { return error };
        match explanation(&profiles, &error, &files()) {
            Some(explanation) => CredentialsError::not_loaded(explanation),
            None => error,
        }
    }
}

impl ProvideCredentials for Explained {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }

    fn fallback_on_interrupt(&self) -> Option<Credentials> {
        self.source.fallback_on_interrupt()
    }
}

/// Returns the configuration files, as an error names them.
fn files() -> String {
    let config = variable("AWS_CONFIG_FILE").unwrap_or_else(|| "~/.aws/config".to_owned());
    let credentials =
        variable("AWS_SHARED_CREDENTIALS_FILE").unwrap_or_else(|| "~/.aws/credentials".to_owned());
    format!("{config} or {credentials}")
}

/// Returns why the selected profile has no credentials, if that is known.
fn explanation(profiles: &ProfileSet, error: &CredentialsError, files: &str) -> Option<LastingError> {
    let name = profiles.selected_profile();
    let is_empty = matches!(error, CredentialsError::CredentialsNotLoaded(_));
    let Some(profile) = profiles.get_profile(name) else {
        // The SDK reports that a profile is unknown only once, and later an unhandled error.
        let is_unknown = is_empty || matches!(error, CredentialsError::Unhandled(_));
        return is_unknown.then(|| unknown(profiles, name, files));
    };
    let has = |fields: [&str; 2]| fields.into_iter().any(|field| profile.get(field).is_some());
    if has(["sso_session", "sso_start_url"]) {
        return is_logged_out(error).then(|| LastingError {
            message: format!("the SSO session of the profile `{name}` is not logged in or has expired"),
            hint: format!("run `aws sso login --profile {name}`").into(),
        });
    }
    // The error names the other profile or source that has none.
    let is_own = is_empty && !has(["source_profile", "credential_source"]);
    is_own.then(|| LastingError {
        message: format!("the profile `{name}` in {files} contains no credentials"),
        hint: format!(
            "log in with `aws login --profile {name}` or `aws configure --profile {name}`, or name another profile \
             with `--profile NAME`"
        )
        .into(),
    })
}

fn unknown(profiles: &ProfileSet, name: &str, files: &str) -> LastingError {
    if name == DEFAULT {
        let message = format!(
            "there are no credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set, no profile is \
             selected, and there is no profile `{DEFAULT}` in {files}"
        );
        return LastingError { message, hint: LOG_IN.into() };
    }
    let mut existing: Vec<_> = profiles.profiles().collect();
    existing.sort_unstable();
    let existing = if existing.is_empty() { "none".to_owned() } else { existing.join(", ") };
    LastingError {
        message: format!("there is no profile `{name}` in {files} (existing: {existing})"),
        hint: format!(
            "name an existing profile with `--profile NAME`, or create this one, for example with \
             `aws configure sso --profile {name}`"
        )
        .into(),
    }
}

/// Returns whether an SSO profile has no valid token. The SDK does not export the types of these errors.
fn is_logged_out(error: &(dyn Error + 'static)) -> bool {
    causes(error).any(|cause| {
        let is_missing =
            cause.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::NotFound);
        let text = cause.to_string();
        is_missing
            || ["failed to load the cached SSO token", "has expired", "UnauthorizedException"]
                .iter()
                .any(|phrase| text.contains(phrase))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "\
[profile keys]
aws_access_key_id = AKIDTEST
aws_secret_access_key = secret
[profile empty]
region = eu-central-1
[profile chained]
role_arn = arn:aws:iam::123456789012:role/deployer
source_profile = gone
[profile sso]
sso_start_url = https://example.awsapps.com/start
";

    #[expect(deprecated, reason = "the types have moved to a crate that twinctl does not depend on")]
    async fn profiles(selected: &'static str) -> ProfileSet {
        use aws_config::profile::profile_file::{ProfileFileKind, ProfileFiles};
        let files = ProfileFiles::builder().with_contents(ProfileFileKind::Config, CONFIG).build();
        let selected = Some(Cow::Borrowed(selected));
        load(&<_ as Default>::default(), &<_ as Default>::default(), &files, selected).await.unwrap()
    }

    async fn explained(selected: &'static str, error: &CredentialsError) -> Option<(String, String)> {
        let explanation = explanation(&profiles(selected).await, error, "the files")?;
        Some((explanation.message, explanation.hint.into_owned()))
    }

    #[tokio::test]
    async fn an_unknown_profile_is_named_with_the_existing_ones() {
        for error in [CredentialsError::not_loaded("IMDS is disabled"), CredentialsError::unhandled("taken")]
        {
            let (message, hint) = explained("nope", &error).await.unwrap();
            assert_eq!(
                message,
                "there is no profile `nope` in the files (existing: chained, empty, keys, sso)"
            );
            assert!(hint.contains("--profile NAME"), "{hint}");
        }
        let (message, hint) = explained(DEFAULT, &CredentialsError::not_loaded("IMDS")).await.unwrap();
        assert!(message.starts_with("there are no credentials: AWS_ACCESS_KEY_ID"), "{message}");
        assert_eq!(hint, LOG_IN);
    }

    #[tokio::test]
    async fn an_sso_session_without_a_token_is_named() {
        let missing = || io::Error::from(io::ErrorKind::NotFound);
        for error in [
            CredentialsError::provider_error(missing()),
            CredentialsError::provider_error("failed to load the cached SSO token"),
            CredentialsError::provider_error("the SSO token has expired and cannot be refreshed"),
        ] {
            let (message, hint) = explained("sso", &error).await.unwrap();
            assert_eq!(message, "the SSO session of the profile `sso` is not logged in or has expired");
            assert_eq!(hint, "run `aws sso login --profile sso`");
        }
        let (_, hint) = explained("empty", &CredentialsError::not_loaded("no role")).await.unwrap();
        assert!(hint.contains("aws configure --profile empty"), "{hint}");
    }

    #[tokio::test]
    async fn other_errors_explain_themselves() {
        let refused = || CredentialsError::provider_error("connection refused");
        for selected in ["keys", "empty", "sso", "nope", DEFAULT] {
            assert_eq!(explained(selected, &refused()).await, None, "{selected}");
        }
        let gone = CredentialsError::not_loaded("profile `gone` was not defined");
        assert_eq!(explained("chained", &gone).await, None);
    }
}
