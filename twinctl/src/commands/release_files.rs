//! A release as its files describe it: `SHA256SUMS`, and the archive for this platform.

use std::time::Duration;

use http::{Request, Uri, header};

use crate::{
    system::{exchange, hash::sha256},
    ui::{Diagnostic, Exit},
};

/// GitHub redirects from the newest release to its files, and from there to its storage.
const MAX_REDIRECTS: usize = 5;
const MAX_CHECKSUMS: usize = 1 << 20;
const MAX_ARCHIVE: usize = 128 << 20;
/// How long a download may take.
const PATIENCE: Duration = Duration::from_mins(10);

/// The archive of a release for one platform.
#[derive(Debug)]
pub(super) struct ReleaseFiles {
    files: String,
    pub(super) version: String,
    pub(super) archive: String,
    pub(super) checksum: String,
}

impl ReleaseFiles {
    /// Reads the version of the files at this address. `wanted` is the required version.
    pub(super) async fn find(files: &str, target: &str, wanted: Option<&str>) -> Result<Self, Diagnostic> {
        let files = files.trim_end_matches('/').to_owned();
        let checksums = get(&format!("{files}/SHA256SUMS"), MAX_CHECKSUMS).await?;
        let text = String::from_utf8_lossy(&checksums);
        let found = text.lines().find_map(|line| archive(line, target));
        let Some((version, archive, checksum)) = found else {
            let message = format!("the release at {files} has no archive for {target}");
            return Err(Diagnostic::new(Exit::Failed, message));
        };
        if let Some(wanted) = wanted.filter(|wanted| *wanted != version) {
            let message = format!("the files at {files} are those of twinctl {version}, not {wanted}");
            return Err(Diagnostic::new(Exit::Failed, message));
        }
        Ok(Self {
            version: version.to_owned(),
            archive: archive.to_owned(),
            checksum: checksum.to_owned(),
            files,
        })
    }

    /// Returns whether the release is newer than a version. It is newer than its own pre-releases, which are not
    /// compared with each other.
    pub(super) fn is_newer_than(&self, version: &str) -> bool {
        rank(&self.version) > rank(version)
    }

    /// Downloads the archive, and verifies its checksum.
    pub(super) async fn download(&self) -> Result<Vec<u8>, Diagnostic> {
        let archive = get(&format!("{}/{}", self.files, self.archive), MAX_ARCHIVE).await?;
        let found = sha256(&archive);
        if found == self.checksum {
            return Ok(archive);
        }
        let (name, expected) = (&self.archive, &self.checksum);
        let message = format!("{name} has the checksum {found}, but SHA256SUMS lists {expected}");
        Err(Diagnostic::new(Exit::Failed, message).hint("the installed twinctl is unchanged"))
    }

    /// Returns the path of the program in the archive.
    pub(super) fn member(&self) -> String {
        format!("{}/twinctl", self.archive.trim_end_matches(".tar.gz"))
    }
}

/// Reads a line of `SHA256SUMS`. Returns version, name and checksum if it is the archive for this target.
fn archive<'l>(line: &'l str, target: &str) -> Option<(&'l str, &'l str, &'l str)> {
    let (checksum, name) = line.split_once("  ")?;
    let version = name.strip_prefix("twinctl-")?.strip_suffix(&format!("-{target}.tar.gz"))?;
    let is_version =
        !version.is_empty() && version.chars().all(|c| c.is_ascii_alphanumeric() || ".-+".contains(c));
    is_version.then_some((version, name, checksum))
}

/// Returns the numbers of a version, and whether it is more than a pre-release.
fn rank(version: &str) -> (Vec<u64>, bool) {
    let version = version.split('+').next().unwrap_or_default();
    let (numbers, pre_release) = version.split_once('-').unzip();
    let numbers = numbers.unwrap_or(version).split('.').map(|number| number.parse().unwrap_or(0));
    (numbers.collect(), pre_release.is_none())
}

/// Downloads a file, and follows redirects.
async fn get(url: &str, limit: usize) -> Result<Vec<u8>, Diagnostic> {
    let failed = |why: String| {
        Diagnostic::new(Exit::Failed, format!("could not download {url}")).cause(why).hint(
            "check the network; twinctl ignores proxy settings: behind a proxy, run install.sh, which uses curl",
        )
    };
    let following = async {
        let mut address = url.to_owned();
        for _ in 0..=MAX_REDIRECTS {
            let request = Request::builder().uri(&address).header(header::USER_AGENT, "twinctl");
            let response = exchange::send(request, Vec::new()).await.map_err(|error| error.to_string())?;
            match response.status {
                200 => return response.bytes(limit).await.map_err(|error| error.to_string()),
                301 | 302 | 303 | 307 | 308 => address = redirect(&address, response.header("location"))?,
                404 => return Err("there is no such release".to_owned()),
                status => return Err(format!("the server answered with status {status}")),
            }
        }
        Err(format!("it redirects more than {MAX_REDIRECTS} times"))
    };
    let downloaded = tokio::time::timeout(PATIENCE, following).await;
    downloaded.unwrap_or_else(|_| Err("it took too long".to_owned())).map_err(failed)
}

/// Returns the address of a redirect, unless it leads from an encrypted connection to one that is not.
fn redirect(from: &str, to: &str) -> Result<String, String> {
    let uri: Uri = to.parse().map_err(|_| format!("it redirects to `{to}`"))?;
    match uri.scheme_str() {
        Some("https") => Ok(to.to_owned()),
        Some("http") if from.starts_with("http://") => Ok(to.to_owned()),
        _ => Err(format!("it redirects to `{to}`, which is not encrypted")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_checksums_names_the_version() {
        let line = "ab12  twinctl-0.10.0-x86_64-unknown-linux-gnu.tar.gz";
        let name = "twinctl-0.10.0-x86_64-unknown-linux-gnu.tar.gz";
        assert_eq!(archive(line, "x86_64-unknown-linux-gnu"), Some(("0.10.0", name, "ab12")));
        assert_eq!(archive(line, "aarch64-unknown-linux-gnu"), None);
        assert_eq!(archive("ab12  twinctl-../../x-t.tar.gz", "t"), None);
        assert_eq!(archive("ab12  twinctl--t.tar.gz", "t"), None);
    }

    fn newer(version: &str, than: &str) -> bool {
        let release = ReleaseFiles {
            files: String::new(),
            version: version.to_owned(),
            archive: String::new(),
            checksum: String::new(),
        };
        release.is_newer_than(than)
    }

    #[test]
    fn versions_are_compared_by_their_numbers() {
        assert!(newer("0.10.0", "0.9.9") && newer("1.0.0", "0.10.0") && newer("0.2.1", "0.2.0"));
        assert!(!newer("0.2.0", "0.2.0") && !newer("0.1.9", "0.2.0") && !newer("0.2.0-rc.1", "0.2.0"));
    }

    #[test]
    fn a_release_is_newer_than_its_pre_releases() {
        assert!(
            newer("0.2.0", "0.2.0-rc.1") && newer("0.2.0+a", "0.2.0-rc.1") && newer("0.2.1-rc.1", "0.2.0")
        );
        assert!(!newer("0.2.0-rc.1", "0.2.0") && !newer("0.2.0-rc.2", "0.2.0-rc.1"));
        assert!(!newer("0.2.0", "0.2.0+a-b") && !newer("0.1.9", "0.2.0-rc.1"));
    }

    #[test]
    fn a_redirect_stays_encrypted() {
        assert!(redirect("https://a/x", "https://b/x").is_ok());
        assert!(redirect("http://127.0.0.1/x", "http://127.0.0.1/y").is_ok());
        for to in ["http://b/x", "/relative", "ftp://b/x", ""] {
            assert!(redirect("https://a/x", to).is_err(), "{to}");
        }
    }
}
