//! When the credentials of a run end, as far as that is known before it starts.

use jiff::Timestamp;

use super::Login;
use crate::system::host::variable;

/// When the session in the environment's variables ends. Every other source renews itself, and a role that we take on
/// lives for an hour from now on. The SDK does not tell: it reads no end from the environment.
pub fn session_end(login: &Login) -> Option<Timestamp> {
    let session = ["AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN"].into_iter().all(|name| variable(name).is_some());
    if login.assume_role.is_some() || !session {
        return None;
    }
    let ends = ["AWS_CREDENTIAL_EXPIRATION", "AWS_SESSION_EXPIRATION"].into_iter().find_map(variable)?;
    moment(&ends)
}

/// The action that takes on a role in GitHub Actions gives it in quotes, as JSON.
fn moment(text: &str) -> Option<Timestamp> {
    text.trim().trim_matches('"').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_read_as_each_tool_writes_it() {
        let end = "2026-01-01T12:00:00Z".parse().ok();
        for text in [
            "2026-01-01T12:00:00Z",
            "2026-01-01T12:00:00+00:00",
            "\"2026-01-01T12:00:00.000Z\"",
            "2026-01-01T14:00:00+02:00",
        ] {
            assert_eq!(moment(text), end, "{text}");
        }
        assert_eq!(moment("in an hour"), None);
    }
}
