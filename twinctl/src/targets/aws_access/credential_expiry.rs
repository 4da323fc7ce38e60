//! The time at which the credentials of a run expire, if it is known in advance.

use jiff::Timestamp;

use super::Login;
use crate::system::host::variable;

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
