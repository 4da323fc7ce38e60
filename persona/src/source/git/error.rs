//! Errors of git, derived from its messages.

use std::io;

use super::super::address::GitAddress;

#[derive(Debug, thiserror::Error)]
pub enum GitError {
    #[error("`git` is not installed")]
    NoGit,
    #[error("could not run git")]
    NotStarted(#[source] io::Error),
    #[error("could not create a temporary folder for git")]
    NoTemporaryFolder(#[source] io::Error),
    #[error("{url} rejects the token in PRIVATE_DATA_PAT")]
    TokenRefused { url: String },
    #[error("{url} requires credentials, or does not exist")]
    NoCredentials { url: String },
    #[error("{url} is not a repository, or you have no access to it")]
    NoRepository { url: String },
    #[error("{url} has no branch, tag or commit `{reference}`")]
    NoReference { url: String, reference: String },
    #[error("{url} has no commits")]
    Empty { url: String },
    #[error("{url} has no folder `{folder}` with files in commit {commit}")]
    NoSuchFolder { url: String, folder: String, commit: String },
    #[error("could not connect to {url}: {message}")]
    Unreachable { url: String, message: String },
    #[error("{url} did not respond within {seconds} seconds")]
    TimedOut { url: String, seconds: u64 },
    #[error("git failed: {message}")]
    Failed { message: String },
}

/// The repository and reference that a git command fetches.
#[derive(Clone, Copy)]
pub(super) struct Target<'t> {
    pub(super) url: &'t str,
    pub(super) reference: Option<&'t str>,
    pub(super) has_token: bool,
}

const REFUSED: [&str; 7] = [
    "Authentication failed",
    "could not read Username",
    "could not read Password",
    "returned error: 401",
    "returned error: 403",
    "Permission denied (",
    "Invalid username or",
];
const NO_REPOSITORY: [&str; 5] = [
    "not found",
    "returned error: 404",
    "does not appear to be a git repository",
    "does not exist",
    "No such file",
];
const NO_REFERENCE: [&str; 4] =
    ["couldn't find remote ref", "not our ref", "unadvertised object", "no such remote ref"];
const UNREACHABLE: [&str; 9] = [
    "Could not resolve",
    "CONNECT tunnel failed",
    "Failed to connect",
    "Couldn't connect",
    "Connection refused",
    "Connection timed out",
    "Operation timed out",
    "Operation too slow",
    "Network is unreachable",
];

impl GitError {
    /// Derives the error from git's messages, because it has one exit code for all errors. They are in English, because
    /// `LC_ALL` is set.
    pub(super) fn from_output(output: &str, target: Target<'_>) -> Self {
        let contains = |messages: &[&str]| messages.iter().any(|message| output.contains(message));
        let url = target.url.to_owned();
        if contains(&NO_REFERENCE) {
            return match target.reference {
                Some(reference) => Self::NoReference { url, reference: reference.to_owned() },
                None => Self::Empty { url },
            };
        }
        if contains(&UNREACHABLE) {
            return Self::Unreachable { url, message: cause(output) };
        }
        if contains(&REFUSED) {
            return if target.has_token { Self::TokenRefused { url } } else { Self::NoCredentials { url } };
        }
        if contains(&NO_REPOSITORY) {
            return Self::NoRepository { url };
        }
        Self::Failed { message: cause(output) }
    }

    pub(super) fn no_such_folder(address: &GitAddress, folder: &str, commit: String) -> Self {
        Self::NoSuchFolder { url: address.url.clone(), folder: folder.to_owned(), commit }
    }

    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoGit => {
                "install git (`apt install git`, `brew install git`), or specify a folder with `--from`"
            }
            Self::NotStarted(_) => return None,
            Self::Failed { .. } => "run `git ls-remote URL`, with the URL after `git+`, for details",
            Self::NoTemporaryFolder(_) => "free space in the temporary folder, or set TMPDIR to another one",
            Self::TokenRefused { .. } => {
                "create a token with read access to the repository's contents, and set PRIVATE_DATA_PAT to it"
            }
            Self::NoCredentials { .. } => {
                "check the URL, and set PRIVATE_DATA_PAT to a token with read access, or set up git's credentials \
                 (`gh auth setup-git`, an SSH key)"
            }
            Self::NoRepository { .. } => {
                "check the URL, and whether your token or key has read access to this repository"
            }
            Self::NoReference { .. } => {
                "run `git ls-remote URL` to list branches and tags; specify a commit with all 40 characters"
            }
            Self::Empty { .. } => "push your files first",
            Self::NoSuchFolder { .. } => "check the folder in `#REFERENCE:FOLDER`",
            Self::Unreachable { .. } | Self::TimedOut { .. } => {
                "check the host and the network, and run the command again"
            }
        };
        Some(hint.to_owned())
    }
}

/// Messages that git prints after the messages of ssh, and that contain less information.
const UNINFORMATIVE: [&str; 4] = [
    "Could not read from remote repository.",
    "Please make sure you have the correct access rights",
    "and the repository exists.",
    "the remote end hung up unexpectedly",
];

/// Returns the line with the cause.
fn cause(output: &str) -> String {
    let without_prefix =
        |line| ["fatal: ", "error: "].iter().find_map(|prefix| str::strip_prefix(line, prefix));
    let lines = output.lines().map(str::trim).map(|line| without_prefix(line).unwrap_or(line));
    let mut informative = lines.filter(|line| !line.is_empty() && !UNINFORMATIVE.contains(line));
    informative.next_back().unwrap_or("no error message").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_derived_from_messages() {
        let ssh = "fatal: Could not read from remote repository.\n\nPlease make sure you have the correct access \
                   rights\nand the repository exists.\n";
        let all = [
            "remote: Invalid username or token.\nfatal: Authentication failed for 'URL/'\n".to_owned(),
            "remote: Write access not granted.\nfatal: unable to access 'URL/': The requested URL returned error: 403\n"
                .to_owned(),
            "fatal: could not read Username for 'https://host': terminal prompts disabled\n".to_owned(),
            format!("git@host: Permission denied (publickey).\r\n{ssh}"),
            "remote: Repository not found.\nfatal: repository 'URL/' not found\n".to_owned(),
            format!("ERROR: Repository not found.\n{ssh}"),
            "fatal: couldn't find remote ref v2\n".to_owned(),
            "fatal: remote error: upload-pack: not our ref 0123\n".to_owned(),
            "error: Server does not allow request for unadvertised object 0123\n".to_owned(),
            "fatal: unable to access 'URL/': Could not resolve host: host\n".to_owned(),
            format!("ssh: connect to host host port 22: Connection refused\r\n{ssh}"),
            format!("Host key verification failed.\r\n{ssh}"),
            "fatal: unable to access 'URL/': SSL certificate problem: self-signed certificate\n".to_owned(),
            String::new(),
        ];
        let errors = all.map(|output| {
            let [token, none] = [true, false].map(|has_token| {
                let target = Target { url: "URL", reference: Some("v2"), has_token };
                GitError::from_output(&output, target).to_string()
            });
            if token == none { token } else { format!("{token} / {none}") }
        });
        insta::assert_snapshot!(errors.join("\n"));
        let target = Target { url: "URL", reference: None, has_token: false };
        let empty = GitError::from_output("fatal: couldn't find remote ref HEAD\n", target);
        assert!(matches!(empty, GitError::Empty { .. }));
    }
}
