//! Checks the credentials for AWS and how long they are valid.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_credential_types::provider::ProvideCredentials as _;
use jiff::Timestamp;

use super::{
    Check,
    check::{CREDENTIALS as NAME, NETWORK, PATIENCE, of_diagnostic},
};
use crate::{
    system::clock::{self, human_duration},
    targets::aws_access::{self, Caller, Login, LoginError, credential_expiry},
    ui::{Diagnostic, Exit, longer_credentials},
};

/// The time that a first deploy can take.
const ENOUGH: Duration = Duration::from_mins(15);

/// How long credentials are valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Life {
    /// Access keys.
    Unlimited,
    Until(Timestamp),
    /// Renewed automatically, for example credentials of SSO or of an assumed role.
    Renewed(Timestamp),
    /// A session whose end is not known.
    Unknown,
}

/// Returns the check of the credentials, and whose they are.
pub(super) async fn check(login: &Login, config: &SdkConfig) -> Result<(Check, Caller), Check> {
    let caller = identified(aws_access::identity(config)).await?;
    let life = tokio::time::timeout(PATIENCE, life(login, config)).await.unwrap_or(Life::Unknown);
    Ok((verdict(&caller.arn, life, clock::now()), caller))
}

/// Waits for the identity of the caller, for as long as a check may take.
async fn identified(identity: impl Future<Output = Result<Caller, LoginError>>) -> Result<Caller, Check> {
    match tokio::time::timeout(PATIENCE, identity).await {
        Ok(identity) => identity.map_err(|error| refused(&Diagnostic::from(error))),
        Err(_) => Err(Check::no_answer(NAME, PATIENCE)),
    }
}

/// Returns the problem of credentials that AWS rejects, or that AWS cannot be reached.
fn refused(diagnostic: &Diagnostic) -> Check {
    of_diagnostic(if diagnostic.exit == Exit::Access { NAME } else { NETWORK }, diagnostic)
}

/// Returns the problem of credentials that are about to expire, without a call.
pub(super) async fn check_life(login: &Login, config: &SdkConfig) -> Check {
    verdict("", life(login, config).await, clock::now())
}

async fn life(login: &Login, config: &SdkConfig) -> Life {
    if let Some(expiry) = credential_expiry(login) {
        return Life::Until(expiry);
    }
    let Some(provider) = config.credentials_provider() else { return Life::Unknown };
    let Ok(credentials) = provider.provide_credentials().await else { return Life::Unknown };
    let expiry = credentials.expiry().and_then(|time| Timestamp::try_from(time).ok());
    match (expiry, credentials.session_token()) {
        (Some(expiry), _) => Life::Renewed(expiry),
        (None, Some(_)) => Life::Unknown,
        (None, None) => Life::Unlimited,
    }
}

fn verdict(arn: &str, life: Life, now: Timestamp) -> Check {
    let left = |expiry: Timestamp| Duration::try_from(expiry.duration_since(now)).unwrap_or_default();
    let who = arn.rsplit_once(':').map_or(arn, |(_, name)| name);
    let ok = |text: String| Check::ok(NAME, format!("{who}, {text}"));
    match life {
        Life::Unlimited => ok("without an expiry".to_owned()),
        Life::Unknown => ok("a session whose end is not known".to_owned()),
        Life::Renewed(expiry) if left(expiry) < ENOUGH => ok("renewed automatically".to_owned()),
        Life::Renewed(expiry) => ok(format!("valid for {}, then renewed", human_duration(left(expiry)))),
        Life::Until(expiry) if left(expiry).is_zero() => {
            Check::problem(NAME, "the session has expired", longer_credentials())
        }
        Life::Until(expiry) if left(expiry) < ENOUGH => {
            let finding = format!(
                "the session expires in {}, and a first deploy can take 15 minutes",
                human_duration(left(expiry))
            );
            Check::problem(NAME, finding, longer_credentials())
        }
        Life::Until(expiry) => ok(format!("valid for {}", human_duration(left(expiry)))),
    }
}

#[cfg(test)]
mod tests {
    use reconcile::{Class, Fault};

    use super::*;
    use crate::doctor::Verdict;

    #[tokio::test(start_paused = true)]
    async fn an_identity_that_aws_does_not_return_is_not_waited_for() {
        let check = identified(std::future::pending()).await.unwrap_err();
        assert_eq!((check.state, check.finding.as_str()), (Verdict::NotChecked, "no answer within 30 s"));
    }

    #[test]
    fn an_aws_that_cannot_be_reached_is_no_problem_of_the_credentials() {
        for (class, name, message) in [
            (Class::Credentials, NAME, "could not authenticate with AWS: refused"),
            (Class::Unavailable, NETWORK, "could not reach AWS: refused"),
        ] {
            let check = refused(&Diagnostic::from(LoginError::Refused(Fault::new(class, "refused"))));
            assert_eq!((check.name, check.finding.as_str()), (name, message));
            assert!(check.is_problem());
        }
    }

    #[test]
    fn credentials_are_judged_by_their_remaining_life() {
        let now: Timestamp = "2026-01-01T12:00:00Z".parse().unwrap();
        let at = |text: &str| format!("2026-01-01T{text}Z").parse().unwrap();
        let table = [
            (Life::Unlimited, Verdict::Ok, "user/ada, without an expiry"),
            (Life::Unknown, Verdict::Ok, "user/ada, a session whose end is not known"),
            (Life::Until(at("13:00:00")), Verdict::Ok, "user/ada, valid for 1 h 0 min"),
            (
                Life::Until(at("12:14:59")),
                Verdict::Problem,
                "the session expires in 14 min 59 s, and a first deploy can take 15 minutes",
            ),
            (Life::Until(at("12:00:00")), Verdict::Problem, "the session has expired"),
            (Life::Renewed(at("12:01:00")), Verdict::Ok, "user/ada, renewed automatically"),
            (Life::Renewed(at("13:00:00")), Verdict::Ok, "user/ada, valid for 1 h 0 min, then renewed"),
        ];
        for (life, state, finding) in table {
            let check = verdict("arn:aws:iam::123456789012:user/ada", life, now);
            assert_eq!((check.state, check.finding.as_str()), (state, finding), "{life:?}");
            assert_eq!(check.is_problem(), check.advice.is_some());
        }
    }
}
