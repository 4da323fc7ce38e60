//! A warning before a run if its credentials may expire before the run ends.

use std::time::Duration;

use jiff::Timestamp;

use crate::{
    run::session::Session,
    system::clock::{self, human_duration},
    targets::Target,
    ui::{Ui, longer_credentials},
};

/// The kind of run, which determines how long it usually takes at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Length {
    Deploy,
    Destroy,
}

/// The time that CloudFront needs to deploy a new distribution, to change one, and to disable one.
const FIRST: Duration = Duration::from_mins(15);
const CHANGE: Duration = Duration::from_mins(5);
const DESTROY: Duration = Duration::from_mins(15);
/// The time that ACM needs to issue a certificate once the DNS records exist.
const CERTIFICATE: Duration = Duration::from_mins(30);

pub(crate) fn warn<T: Target>(session: &Session<T>, length: Length, ui: &Ui) {
    let (what, takes) = match length {
        Length::Deploy if session.has_new_domain() => ("a deploy with a new domain", CERTIFICATE),
        Length::Deploy if session.last_release().is_none() => ("a first deploy", FIRST),
        Length::Deploy => ("a deploy", CHANGE),
        Length::Destroy => ("a destroy", DESTROY),
    };
    let warning =
        session.target.credential_expiry().and_then(|ends| sentence(ends, clock::now(), what, takes));
    if let Some(warning) = warning {
        ui.warn(&warning);
    }
}

fn sentence(ends: Timestamp, now: Timestamp, what: &str, takes: Duration) -> Option<String> {
    let left = Duration::try_from(ends.duration_since(now)).unwrap_or_default();
    (left < takes).then(|| {
        let (left, takes, longer) = (human_duration(left), takes.as_secs() / 60, longer_credentials());
        format!(
            "your credentials expire in {left}, and {what} can take {takes} minutes: {longer}. If they expire during the run, it stops, and the next run continues from there"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warns_only_if_credentials_expire_too_soon() {
        let now: Timestamp = "2026-01-01T12:00:00Z".parse().unwrap();
        let warning_at = |ends: &str| sentence(ends.parse().unwrap(), now, "a first deploy", FIRST);
        assert_eq!(warning_at("2026-01-01T12:15:00Z"), None);
        let warning = warning_at("2026-01-01T12:14:59Z").unwrap();
        assert!(
            warning.starts_with(
                "your credentials expire in 14 min 59 s, and a first deploy can take 15 minutes: "
            )
        );
        assert!(
            warning_at("2026-01-01T11:00:00+00:00").unwrap().starts_with("your credentials expire in 0 ms")
        );
    }
}
