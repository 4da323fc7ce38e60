//! Short-lived credentials of AWS: the process never holds what is good for ever, if that can be helped.

use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::{Credentials, provider::ProvideCredentials as _};
use jiff::Timestamp;
use serde_json::json;

use super::Resolved;
use crate::{
    system::clock,
    targets::{
        aws::{Answer as _, Login, configuration},
        local::gateway::{
            logs::{Level, Logs},
            protocol::Refusal,
        },
    },
};

/// Early enough for a swap, and for several tries at one.
const BEFORE_THEY_END: Duration = Duration::from_mins(10);
const SOONEST: Duration = Duration::from_mins(1);

pub(super) async fn resolve(login: &Login, logs: &Logs) -> Result<Resolved, Refusal> {
    let config = configuration(login).await;
    let found = find(&config).await?;
    let short = if found.expiry().is_some() { found } else { shorten(&config, found, logs).await };
    let mut variables = vec![
        ("AWS_ACCESS_KEY_ID".to_owned(), short.access_key_id().to_owned()),
        ("AWS_SECRET_ACCESS_KEY".to_owned(), short.secret_access_key().to_owned()),
    ];
    variables.extend(short.session_token().map(|token| ("AWS_SESSION_TOKEN".to_owned(), token.to_owned())));
    let renew_in = short.expiry().map(|end| renewal(end, clock::now()));
    Ok(Resolved { variables, renew_in })
}

async fn find(config: &SdkConfig) -> Result<Credentials, Refusal> {
    let refuse = |why: String| Refusal {
        log: vec![why],
        ..Refusal::new("no credentials of AWS could be used for the model")
    };
    let provider = config.credentials_provider().ok_or_else(|| refuse("none are configured".to_owned()))?;
    provider.provide_credentials().await.map_err(|error| {
        let causes = std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source());
        refuse(causes.map(ToString::to_string).collect::<Vec<_>>().join(": "))
    })
}

/// Where AWS does not give a session for them they are used as they are.
async fn shorten(config: &SdkConfig, found: Credentials, logs: &Logs) -> Credentials {
    let session = aws_sdk_sts::Client::new(config).get_session_token().send().await;
    let why = match session.fault("sts:GetSessionToken").map(|session| session.credentials) {
        Ok(Some(session)) => {
            let end = SystemTime::try_from(session.expiration).ok();
            let (id, secret) = (session.access_key_id, session.secret_access_key);
            return Credentials::new(id, secret, Some(session.session_token), end, "session");
        }
        Ok(None) => "AWS gave no session".to_owned(),
        Err(fault) => fault.to_string(),
    };
    logs.say(Level::Warn, "the backend gets credentials that do not end", json!(why));
    found
}

fn renewal(end: SystemTime, now: Timestamp) -> Duration {
    let left = end.duration_since(SystemTime::from(now)).unwrap_or_default();
    left.saturating_sub(BEFORE_THEY_END).max(SOONEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::aws::script::{Reply, Script, ok, xml_error};

    const SESSION: &str = "<GetSessionTokenResponse><GetSessionTokenResult><Credentials>\
        <AccessKeyId>ASIASHORT</AccessKeyId><SecretAccessKey>short</SecretAccessKey>\
        <SessionToken>token</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration>\
        </Credentials></GetSessionTokenResult></GetSessionTokenResponse>";

    async fn shortened(reply: Reply) -> (Credentials, String) {
        let folder = tempfile::tempdir().unwrap();
        let logs = Logs::open(folder.path().to_owned());
        let config = Script::new().on("GetSessionToken", [reply]).config();
        let found = find(&config).await.unwrap();
        let short = shorten(&config, found, &logs).await;
        logs.flush().await;
        (short, std::fs::read_to_string(folder.path().join("twin.log")).unwrap_or_default())
    }

    #[tokio::test]
    async fn a_session_takes_the_place_of_what_never_ends() {
        let (short, log) = shortened(ok(SESSION)).await;
        assert_eq!((short.access_key_id(), short.session_token()), ("ASIASHORT", Some("token")));
        assert!(short.expiry().is_some() && log.is_empty());
    }

    #[tokio::test]
    async fn without_a_session_the_owner_is_warned() {
        let (same, log) = shortened(xml_error(403, "AccessDenied", "no")).await;
        assert_eq!((same.access_key_id(), same.expiry()), ("AKIDTEST", None));
        assert!(log.contains(r#""level":"warn""#) && log.contains("sts:GetSessionToken"), "{log}");
        assert!(!log.contains("secret"));
    }

    #[test]
    fn renewed_in_good_time_and_never_in_a_hurry() {
        let now = Timestamp::UNIX_EPOCH;
        for (left, wait) in [(60, 50), (12, 2), (5, 1), (0, 1)] {
            let end = SystemTime::UNIX_EPOCH + Duration::from_mins(left);
            assert_eq!(renewal(end, now), Duration::from_mins(wait), "{left} minutes left");
        }
    }
}
