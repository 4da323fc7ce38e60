//! The address of files in a git repository.

use std::{fmt, str::FromStr};

use super::error::{SourceError, is_secret};

const FORMAT: &str = "write `git+https://HOST/OWNER/REPOSITORY.git`, optionally followed by `#BRANCH` or \
                      `#BRANCH:FOLDER`";

/// The address of files in a git repository: `git+URL`, `git+URL#REFERENCE` or `git+URL#REFERENCE:FOLDER`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitAddress {
    /// The URL for git. Contains no password.
    pub(super) url: String,
    /// A branch, a tag or a commit.
    pub(super) reference: Option<String>,
    /// A folder, without slashes around it.
    pub(super) folder: Option<String>,
}

impl GitAddress {
    /// Parses the value of `PRIVATE_DATA_REPO`: `owner/name` at GitHub, a URL, or an absolute path.
    pub fn parse_lenient(text: &str) -> Result<Self, SourceError> {
        let text = text.trim();
        if text.starts_with("git+") {
            return text.parse();
        }
        if text.contains("://") || text.starts_with("git@") {
            return as_git_url(text).parse();
        }
        if text.starts_with('/') {
            return format!("git+file://{text}").parse();
        }
        let path = text.strip_prefix("github.com/").unwrap_or(text);
        let name = path.split('#').next().unwrap_or(path);
        if name.split('/').count() != 2 || name.split('/').any(str::is_empty) {
            return Err(SourceError::new(
                text,
                "is not a repository",
                "write `OWNER/NAME`, a URL, or an absolute path",
            ));
        }
        format!("git+https://github.com/{path}").parse()
    }

    /// Returns scheme and host of an HTTP URL. A token is sent to this host only.
    pub(super) fn host(&self) -> Option<String> {
        let (scheme, rest) = self.url.split_once("://")?;
        let host = rest.split('/').next()?;
        let host = host.rsplit('@').next()?;
        matches!(scheme, "http" | "https").then(|| format!("{scheme}://{host}"))
    }

    /// Returns whether the URL contains a user name.
    pub(super) fn has_user(&self) -> bool {
        let rest = self.url.split_once("://").map_or("", |(_, rest)| rest);
        rest.split('/').next().is_some_and(|host| host.contains('@'))
    }
}

impl FromStr for GitAddress {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Self, SourceError> {
        let wrong = |what| SourceError::new(text, what, FORMAT);
        let address = text.strip_prefix("git+").ok_or_else(|| wrong("does not start with `git+`"))?;
        let (url, fragment) = match address.split_once('#') {
            Some((url, fragment)) => (url, Some(fragment)),
            None => (address, None),
        };
        check_url(url).map_err(wrong)?;
        let (reference, folder) = match fragment.map(|text| text.split_once(':').unwrap_or((text, ""))) {
            Some(("", "")) => return Err(wrong("ends with `#`")),
            Some((reference, folder)) => (reference, folder.trim_matches('/')),
            None => ("", ""),
        };
        if !reference.is_empty() && !is_reference(reference) {
            return Err(wrong("contains no valid branch, tag or commit after `#`"));
        }
        if folder.split('/').any(|part| part == ".." || part == ".") {
            return Err(wrong("refers to a folder outside the repository"));
        }
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Ok(Self { url: url.to_owned(), reference: some(reference), folder: some(folder) })
    }
}

impl fmt::Display for GitAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "git+{}", self.url)?;
        match (&self.reference, &self.folder) {
            (None, None) => Ok(()),
            (reference, None) => write!(formatter, "#{}", reference.as_deref().unwrap_or_default()),
            (reference, Some(folder)) => {
                write!(formatter, "#{}:{folder}", reference.as_deref().unwrap_or_default())
            }
        }
    }
}

/// Returns the address for a URL, or for git's short form `git@host:owner/name`.
pub(super) fn as_git_url(text: &str) -> String {
    match text.strip_prefix("git@").and_then(|rest| rest.split_once(':')) {
        Some((host, path)) => format!("git+ssh://git@{host}/{path}"),
        None => format!("git+{text}"),
    }
}

fn check_url(url: &str) -> Result<(), &'static str> {
    let (scheme, rest) = url.split_once("://").ok_or("is not a URL")?;
    if !matches!(scheme, "http" | "https" | "ssh" | "file") {
        return Err("uses an unsupported protocol; https, http, ssh and file are supported");
    }
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    if url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err("contains a space");
    }
    if host.rsplit_once('@').is_some_and(|(user, _)| is_secret(user)) {
        return Err("contains a password; set PRIVATE_DATA_PAT or use git's credentials instead");
    }
    if path.trim_matches('/').is_empty() {
        return Err("contains no repository");
    }
    match (scheme, host) {
        ("file", "") => Ok(()),
        ("file", _) => Err("is not a local path, which has three slashes before it"),
        (_, host) if host.is_empty() || host.starts_with('-') => Err("contains no host"),
        _ => Ok(()),
    }
}

/// Returns whether git accepts the text as a reference (see `git check-ref-format`), and not as an option or refspec.
fn is_reference(text: &str) -> bool {
    let is_odd = |c: char| c.is_whitespace() || c.is_control() || "~^:?*[\\+".contains(c);
    let has_odd_end = text.starts_with(['-', '/', '.']) || text.ends_with(['/', '.']);
    let has_odd_part = ["..", "//", "@{"].iter().any(|part| text.contains(part));
    !(has_odd_end || has_odd_part || text.contains(is_odd))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lenient_formats() {
        for (text, address) in [
            ("ada/private", "git+https://github.com/ada/private"),
            ("ada/private#v1", "git+https://github.com/ada/private#v1"),
            ("github.com/ada/private", "git+https://github.com/ada/private"),
            ("https://github.com/ada/private.git", "git+https://github.com/ada/private.git"),
            (" https://gitlab.example/a/b/c ", "git+https://gitlab.example/a/b/c"),
            ("git@github.com:ada/private.git", "git+ssh://git@github.com/ada/private.git"),
            ("git+https://host/ada/private#:persona", "git+https://host/ada/private#:persona"),
            ("/srv/private.git#v1", "git+file:///srv/private.git#v1"),
        ] {
            assert_eq!(
                GitAddress::parse_lenient(text).map(|address| address.to_string()).as_deref(),
                Ok(address)
            );
        }
        for text in ["", "private", "a/b/c", "ada/", "/"] {
            assert!(GitAddress::parse_lenient(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_host_of_a_token() {
        let host = |text: &str| text.parse::<GitAddress>().unwrap().host();
        assert_eq!(host("git+https://ada@host:8443/x/y").as_deref(), Some("https://host:8443"));
        assert_eq!(host("git+ssh://git@host/x/y"), None);
        assert_eq!(host("git+file:///x/y"), None);
    }
}
