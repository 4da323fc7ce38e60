//! A workflow run, parsed from its address.

use crate::system::host::{self, variable};

/// One attempt of a workflow run. A run can be repeated, which starts a new attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    /// For example `https://github.com`.
    pub(crate) server: String,
    /// Owner and name.
    pub(crate) repository: String,
    pub(crate) id: u64,
    /// `None` in records of older versions.
    pub(crate) attempt: Option<u64>,
}

impl Run {
    /// Returns the run of the current job, if any.
    pub(crate) fn current() -> Option<Self> {
        Self::at(&host::ci_run()?, &variable("GITHUB_SERVER_URL")?)
    }

    /// Parses `SERVER/OWNER/NAME/actions/runs/ID`, optionally followed by `/attempts/N`.
    pub(crate) fn at(address: &str, server: &str) -> Option<Self> {
        let parts: Vec<_> = address.strip_prefix(server)?.strip_prefix('/')?.split('/').collect();
        let (owner, name, id, attempt) = match parts.as_slice() {
            [owner, name, "actions", "runs", id] => (owner, name, id, None),
            [owner, name, "actions", "runs", id, "attempts", attempt] => {
                (owner, name, id, Some(attempt.parse().ok()?))
            }
            _ => return None,
        };
        let (server, repository) = (server.to_owned(), format!("{owner}/{name}"));
        Some(Self { server, repository, id: id.parse().ok()?, attempt })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_and_its_attempt_are_parsed_from_an_address() {
        let server = "https://github.com";
        let run = |attempt| {
            let (server, repository) = (server.to_owned(), "ada/twin".to_owned());
            Some(Run { server, repository, id: 42, attempt })
        };
        let table = [
            ("https://github.com/ada/twin/actions/runs/42", run(None)),
            ("https://github.com/ada/twin/actions/runs/42/attempts/3", run(Some(3))),
            ("https://github.com/ada/twin/actions/runs/42/attempts/last", None),
            ("https://github.com/ada/twin/actions/runs/new", None),
            ("https://github.com.example/ada/twin/actions/runs/42", None),
            ("https://gitlab.com/ada/twin/-/jobs/42", None),
        ];
        for (address, expected) in table {
            assert_eq!(Run::at(address, server), expected, "{address}");
        }
    }
}
