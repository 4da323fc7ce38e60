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
            return Self::Unreachable { url, said: cause(said) };
        }
        if says(&REFUSED) {
            return if whereto.has_token { Self::TokenRefused { url } } else { Self::NoCredentials { url } };
        }
        if says(&NO_REPOSITORY) {
            return Self::NoRepository { url };
        }
        Self::Failed { said: cause(said) }
    }

    pub(super) fn no_folder(address: &GitAddress, folder: &str, commit: String) -> Self {
        Self::NoSuchFolder { url: address.url.clone(), folder: folder.to_owned(), commit }
    }

    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoGit => {
                "install git (`apt install git`, `brew install git`), or name a folder with `--from`"
            }
            Self::NotStarted(_) => return None,
            Self::Failed { .. } => "`git ls-remote URL`, with the address behind `git+`, shows more",
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

/// What ssh fails with is followed by git's own words, which say less.
const SAYS_NOTHING: [&str; 4] = [
    "Could not read from remote repository.",
    "Please make sure you have the correct access rights",
    "and the repository exists.",
    "the remote end hung up unexpectedly",
];

/// The line that tells the cause.
fn cause(said: &str) -> String {
    let without_mark = |line| ["fatal: ", "error: "].iter().find_map(|mark| str::strip_prefix(line, mark));
    let lines = said.lines().map(str::trim).map(|line| without_mark(line).unwrap_or(line));
    let mut telling = lines.filter(|line| !line.is_empty() && !SAYS_NOTHING.contains(line));
    telling.next_back().unwrap_or("it did not say why").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_trouble_has_a_sentence_of_its_own() {
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
        let told = all.map(|said| {
            let [token, none] = [true, false].map(|has_token| {
                let whereto = Whereto { url: "URL", reference: Some("v2"), has_token };
                GitError::of(&said, whereto).to_string()
            });
            if token == none { token } else { format!("{token} / {none}") }
        });
        insta::assert_snapshot!(told.join("\n"));
        let whereto = Whereto { url: "URL", reference: None, has_token: false };
        let empty = GitError::of("fatal: couldn't find remote ref HEAD\n", whereto);
        assert!(matches!(empty, GitError::Empty { .. }));
    }
}
