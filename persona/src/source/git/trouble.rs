//! What git says when it fails, in words that lead on.

use std::io;

use crate::source::GitAddress;

#[derive(Debug, thiserror::Error)]
pub enum GitError {
    #[error("there is no `git` on this machine")]
    NoGit,
    #[error("git could not be run")]
    NotStarted(#[source] io::Error),
    #[error("no private folder could be made for what git fetches")]
    NoFolder(#[source] io::Error),
    #[error("{url} does not let us in: PRIVATE_DATA_PAT is refused")]
    TokenRefused { url: String },
    #[error("{url} asks who you are, or is not there at all")]
    NoCredentials { url: String },
    #[error("{url} is no repository, or not one that you may see")]
    NoRepository { url: String },
    #[error("{url} has no branch, tag or commit `{reference}`")]
    NoReference { url: String, reference: String },
    #[error("{url} has no commit yet")]
    Empty { url: String },
    #[error("{url} has no folder `{folder}` with files at {commit}")]
    NoSuchFolder { url: String, folder: String, commit: String },
    #[error("{url} cannot be reached: {said}")]
    Unreachable { url: String, said: String },
    #[error("{url} did not answer within {seconds} seconds")]
    TimedOut { url: String, seconds: u64 },
    #[error("git failed: {said}")]
    Failed { said: String },
}

/// What git was asked for.
#[derive(Clone, Copy)]
pub(super) struct Whereto<'w> {
    pub(super) url: &'w str,
    pub(super) reference: Option<&'w str>,
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
    /// git has one exit code for all of these, so its words (in English: `LC_ALL` is set) have to tell.
    pub(super) fn of(said: &str, whereto: Whereto<'_>) -> Self {
        let says = |words: &[&str]| words.iter().any(|words| said.contains(words));
        let url = whereto.url.to_owned();
        if says(&NO_REFERENCE) {
            return match whereto.reference {
                Some(reference) => Self::NoReference { url, reference: reference.to_owned() },
                None => Self::Empty { url },
            };
        }
        if says(&UNREACHABLE) {
            return Self::Unreachable { url, said: last_line(said) };
        }
        if says(&REFUSED) {
            return if whereto.has_token { Self::TokenRefused { url } } else { Self::NoCredentials { url } };
        }
        if says(&NO_REPOSITORY) {
            return Self::NoRepository { url };
        }
        Self::Failed { said: last_line(said) }
    }

    pub(super) fn no_folder(address: &GitAddress, folder: &str, commit: String) -> Self {
        Self::NoSuchFolder { url: address.url.clone(), folder: folder.to_owned(), commit }
    }

    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoGit => {
                "install git (`apt install git`, `brew install git`), or name a folder with `--from`"
            }
            Self::NotStarted(_) | Self::Failed { .. } => return None,
            Self::NoFolder(_) => "make room in the folder for temporary files, or set TMPDIR to another",
            Self::TokenRefused { .. } => {
                "make a new token that may read the repository's contents, and set PRIVATE_DATA_PAT to it"
            }
            Self::NoCredentials { .. } => {
                "set PRIVATE_DATA_PAT to a token that may read it, or log git in (`gh auth setup-git`, an SSH key); \
                 and look whether the address is right"
            }
            Self::NoRepository { .. } => {
                "look whether the address is right, and whether your token or key may read this repository"
            }
            Self::NoReference { .. } => {
                "`git ls-remote URL` lists what is there; a commit is named by all its 40 characters"
            }
            Self::Empty { .. } => "push your files to it first",
            Self::NoSuchFolder { .. } => "name the folder as the repository has it: `#REFERENCE:FOLDER`",
            Self::Unreachable { .. } | Self::TimedOut { .. } => {
                "look whether the host is right and the network works, and run the command again"
            }
        };
        Some(hint.to_owned())
    }
}

/// Where git tells the cause.
fn last_line(said: &str) -> String {
    let lines = || said.lines().map(str::trim).filter(|line| !line.is_empty());
    let fatal =
        lines().find_map(|line| line.strip_prefix("fatal: ").or_else(|| line.strip_prefix("error: ")));
    fatal.or_else(|| lines().next_back()).unwrap_or("it did not say why").to_owned()
}
