//! Temporary AWS credentials. The backend gets long-term ones only if AWS does not issue a session.

use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::{Credentials, provider::ProvideCredentials as _};
use jiff::Timestamp;
use serde_json::json;

use crate::{
    system::clock,
    targets::{
        aws_access::{Login, SdkResult as _, configuration},
        local::gateway::{
            logs::{Level, Logs},
            protocol::GatewayError,
        },
    },
};

/// Credentials are renewed this long before they expire, which leaves time for several attempts.
const RENEW_BEFORE_EXPIRY: Duration = Duration::from_mins(10);
const SHORTEST_INTERVAL: Duration = Duration::from_mins(1);

/// Environment variables for the process, and when to renew them.
#[derive(Default)]
pub(in crate::targets::local::gateway) struct Resolved {
    pub(in crate::targets::local::gateway) variables: Vec<(String, String)>,
    pub(in crate::targets::local::gateway) renew_in: Option<Duration>,
}

pub(super) async fn resolve(login: &Login, logs: &Logs) -> Result<Resolved, GatewayError> {
    let config = configuration(login, None).await;
    let found = find(&config).await?;
    let temporary = if found.expiry().is_some() { found } else { session(&config, found, logs).await };
    let mut variables = vec![
        ("AWS_ACCESS_KEY_ID".to_owned(), temporary.access_key_id().to_owned()),
        ("AWS_SECRET_ACCESS_KEY".to_owned(), temporary.secret_access_key().to_owned()),
    ];
    let token = temporary.session_token().map(|token| ("AWS_SESSION_TOKEN".to_owned(), token.to_owned()));
    variables.extend(token);
    let renew_in = temporary.expiry().map(|expiry| renewal(expiry, clock::now()));
    Ok(Resolved { variables, renew_in })
}

async fn find(config: &SdkConfig) -> Result<Credentials, GatewayError> {
    let failed = |why: String| GatewayError {
        log: vec![why],
        ..GatewayError::new("no usable AWS credentials for the model")
    };
    let provider = config.credentials_provider().ok_or_else(|| failed("none are configured".to_owned()))?;
    provider.provide_credentials().await.map_err(|error| {
        let causes = std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source());
        failed(causes.map(ToString::to_string).collect::<Vec<_>>().join(": "))
    })
}

/// Exchanges long-term credentials for a session. If AWS does not issue one, returns them unchanged.
async fn session(config: &SdkConfig, found: Credentials, logs: &Logs) -> Credentials {
    let session = aws_sdk_sts::Client::new(config).get_session_token().send().await;
    let why = match session.fault("sts:GetSessionToken").map(|session| session.credentials) {
        Ok(Some(session)) => {
            let expiry = SystemTime::try_from(session.expiration).ok();
            let (id, secret) = (session.access_key_id, session.secret_access_key);
            return Credentials::new(id, secret, Some(session.session_token), expiry, "session");
        }
        Ok(None) => "AWS returned no session".to_owned(),
        Err(fault) => fault.to_string(),
    };
    logs.event(Level::Warn, "the backend gets long-term AWS credentials", json!(why));
    found
}

/// Returns the time until the credentials are renewed.
fn renewal(expiry: SystemTime, now: Timestamp) -> Duration {
    let left = expiry.duration_since(SystemTime::from(now)).unwrap_or_default();
    left.saturating_sub(RENEW_BEFORE_EXPIRY).max(SHORTEST_INTERVAL)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::aws::script::{Reply, Script, ok, xml_error};

    const SESSION: &str = "<GetSessionTokenResponse><GetSessionTokenResult><Credentials>\
        <AccessKeyId>ASIASHORT</AccessKeyId><SecretAccessKey>short</SecretAccessKey>\
        <SessionToken>token</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration>\
        </Credentials></GetSessionTokenResult></GetSessionTokenResponse>";

    async fn session_after(reply: Reply) -> (Credentials, String) {
        let folder = tempfile::tempdir().unwrap();
        let logs = Logs::open(folder.path().to_owned());
        let config = Script::new().on("GetSessionToken", [reply]).config();
        let found = find(&config).await.unwrap();
        let temporary = session(&config, found, &logs).await;
        logs.flush().await;
        (temporary, std::fs::read_to_string(folder.path().join("twin.log")).unwrap_or_default())
    }

    #[tokio::test]
    async fn long_term_credentials_are_exchanged_for_a_session() {
        let (temporary, log) = session_after(ok(SESSION)).await;
        assert_eq!((temporary.access_key_id(), temporary.session_token()), ("ASIASHORT", Some("token")));
        assert!(temporary.expiry().is_some() && log.is_empty());
    }

    #[tokio::test]
    async fn without_a_session_a_warning_is_logged() {
        let (same, log) = session_after(xml_error(403, "AccessDenied", "no")).await;
        assert_eq!((same.access_key_id(), same.expiry()), ("AKIDTEST", None));
        assert!(log.contains(r#""level":"warn""#) && log.contains("sts:GetSessionToken"), "{log}");
        assert!(!log.contains("secret"));
    }

    #[test]
    fn credentials_are_renewed_before_they_expire() {
        let now = Timestamp::UNIX_EPOCH;
        for (left, wait) in [(60, 50), (12, 2), (5, 1), (0, 1)] {
            let expiry = SystemTime::UNIX_EPOCH + Duration::from_mins(left);
            assert_eq!(renewal(expiry, now), Duration::from_mins(wait), "{left} minutes left");
        }
    }
}
