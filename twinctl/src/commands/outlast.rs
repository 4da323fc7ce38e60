//! Says before a run starts that its credentials may end before it does.

use std::time::Duration;

use jiff::Timestamp;

use crate::{
    clock::{self, spoken},
    diagnostic::longer_credentials,
    session::Session,
    target::Target,
    ui::Ui,
};

/// What a run is about to do; it decides how long that takes at most, as a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Course {
    Deploy,
    Destroy,
}

/// CloudFront decides: until a new distribution is everywhere, until one is switched off.
const FIRST: Duration = Duration::from_mins(15);
const CHANGE: Duration = Duration::from_mins(5);
const DESTROY: Duration = Duration::from_mins(15);
/// Amazon decides, once DNS is right.
const CERTIFICATE: Duration = Duration::from_mins(30);

pub(super) fn warn<T: Target>(session: &Session<T>, course: Course, ui: &Ui) {
    let (what, takes) = match course {
        Course::Deploy if session.wants_another_domain() => ("a deploy with a new domain", CERTIFICATE),
        Course::Deploy if session.last_release().is_none() => ("a first deploy", FIRST),
        Course::Deploy => ("a deploy", CHANGE),
        Course::Destroy => ("a destroy", DESTROY),
    };
    let warning = session.target.access_ends().and_then(|ends| sentence(ends, clock::now(), what, takes));
    if let Some(warning) = warning {
        ui.warn(&warning);
    }
}

fn sentence(ends: Timestamp, now: Timestamp, what: &str, takes: Duration) -> Option<String> {
    let left = Duration::try_from(ends.duration_since(now)).unwrap_or_default();
    (left < takes).then(|| {
        let (left, takes, longer) = (spoken(left), takes.as_secs() / 60, longer_credentials());
        format!(
            "the credentials end in {left}, and {what} may take {takes} minutes: {longer}. When they end meanwhile, it stops, and the next run goes on from there"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_credentials_that_end_too_soon_are_told() {
        let now: Timestamp = "2026-01-01T12:00:00Z".parse().unwrap();
        let told = |ends: &str| sentence(ends.parse().unwrap(), now, "a first deploy", FIRST);
        assert_eq!(told("2026-01-01T12:15:00Z"), None);
        let warning = told("2026-01-01T12:14:59Z").unwrap();
        assert!(
            warning
                .starts_with("the credentials end in 14 min 59 s, and a first deploy may take 15 minutes: ")
        );
        assert!(told("2026-01-01T11:00:00+00:00").unwrap().starts_with("the credentials end in 0 ms"));
    }
}
