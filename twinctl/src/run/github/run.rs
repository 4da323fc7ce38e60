//! A run of a workflow, as its address says it.

use crate::system::host::{self, variable};

/// One attempt of a run; the same run can be started again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    /// As in `https://github.com`.
    pub(crate) server: String,
    /// Owner and name.
    pub(crate) repository: String,
    pub(crate) id: u64,
    /// Records of older versions do not say it.
    pub(crate) attempt: Option<u64>,
}

impl Run {
    /// The one that this is part of.
    pub(crate) fn current() -> Option<Self> {
        Self::at(&host::ci_run()?, &variable("GITHUB_SERVER_URL")?)
    }

    /// `address` is `SERVER/OWNER/NAME/actions/runs/ID`, and perhaps `/attempts/N`.
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
    fn an_address_names_a_run_and_its_attempt() {
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
