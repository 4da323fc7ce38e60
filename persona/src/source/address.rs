//! The address of a git repository, and what of it is meant.

use std::{fmt, str::FromStr};

use super::{
    BadSource,
    text::{as_git, holds_secret},
};

const SHAPE: &str = "write `git+https://HOST/OWNER/REPOSITORY.git`, then `#BRANCH` where it is not the usual one, \
                     and `#BRANCH:FOLDER` where it is not all of it";

/// `git+URL`, `git+URL#REFERENCE` or `git+URL#REFERENCE:FOLDER`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitAddress {
    /// As git understands it. No password is in it.
    pub(super) url: String,
    /// A branch, a tag or a commit.
    pub(super) reference: Option<String>,
    /// Without slashes around it.
    pub(super) folder: Option<String>,
}

impl GitAddress {
    /// `owner/name` at GitHub, any address, or a path of this machine: what people keep in `PRIVATE_DATA_REPO`.
    pub fn lenient(text: &str) -> Result<Self, BadSource> {
        let text = text.trim();
        if text.starts_with("git+") {
            return text.parse();
        }
        if text.contains("://") || text.starts_with("git@") {
            return as_git(text).parse();
        }
        if text.starts_with('/') {
            return format!("git+file://{text}").parse();
        }
        let path = text.strip_prefix("github.com/").unwrap_or(text);
        let name = path.split('#').next().unwrap_or(path);
        if name.split('/').count() != 2 || name.split('/').any(str::is_empty) {
            return Err(BadSource::new(
                text,
                "is no repository",
                "write `OWNER/NAME`, its whole address, or its whole path on this machine",
            ));
        }
        format!("git+https://github.com/{path}").parse()
    }

    /// Scheme and host, to which alone a token is shown.
    pub(super) fn host(&self) -> Option<String> {
        let (scheme, rest) = self.url.split_once("://")?;
        let host = rest.split('/').next()?;
        let host = host.rsplit('@').next()?;
        matches!(scheme, "http" | "https").then(|| format!("{scheme}://{host}"))
    }

    pub(super) fn names_a_user(&self) -> bool {
        let rest = self.url.split_once("://").map_or("", |(_, rest)| rest);
        rest.split('/').next().is_some_and(|host| host.contains('@'))
    }
}

impl FromStr for GitAddress {
    type Err = BadSource;

    fn from_str(text: &str) -> Result<Self, BadSource> {
        let wrong = |what| BadSource::new(text, what, SHAPE);
        let address = text.strip_prefix("git+").ok_or_else(|| wrong("does not begin with `git+`"))?;
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
            return Err(wrong("names no branch, tag or commit behind `#`"));
        }
        if folder.split('/').any(|part| part == ".." || part == ".") {
            return Err(wrong("names a folder outside of the repository"));
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

fn check_url(url: &str) -> Result<(), &'static str> {
    let (scheme, rest) = url.split_once("://").ok_or("is no address")?;
    if !matches!(scheme, "http" | "https" | "ssh" | "file") {
        return Err("cannot be reached: only https, http, ssh and file can");
    }
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    if url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err("has a space in it");
    }
    if host.rsplit_once('@').is_some_and(|(user, _)| holds_secret(user)) {
        return Err("has a password in it: keep it in PRIVATE_DATA_PAT, or with git's own credentials");
    }
    if path.trim_matches('/').is_empty() {
        return Err("names no repository");
    }
    match (scheme, host) {
        ("file", "") => Ok(()),
        ("file", _) => Err("is no file of this machine: three slashes come before its path"),
        (_, host) if host.is_empty() || host.starts_with('-') => Err("names no host"),
        _ => Ok(()),
    }
}

/// As `git check-ref-format` has it, and nothing that git could take for an option or for two references.
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
    fn repositories_are_written_in_several_ways() {
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
            assert_eq!(GitAddress::lenient(text).map(|address| address.to_string()).as_deref(), Ok(address));
        }
        for text in ["", "private", "a/b/c", "ada/", "/"] {
            assert!(GitAddress::lenient(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_token_is_shown_to_the_host_alone() {
        let host = |text: &str| text.parse::<GitAddress>().unwrap().host();
        assert_eq!(host("git+https://ada@host:8443/x/y").as_deref(), Some("https://host:8443"));
        assert_eq!(host("git+ssh://git@host/x/y"), None);
        assert_eq!(host("git+file:///x/y"), None);
    }
}
