//! The deployed site: an environment, a page of 40 files, and two versions of the function's code.

use std::cell::Cell;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;
use testbed::emulator::PUBLIC_ACCOUNT;
use testbed::http;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const ENVIRONMENT: &str = "\
project: benchtwin
environment: dev
region: us-east-1
model: { source: builtin }
web: { bundle: web }
";

/// The hosted zone of the domain.
pub(super) const ZONE: &str = "bench.example";

/// Number of scripts, in addition to `index.html` and a style sheet.
const SCRIPTS: usize = 38;

/// About the size of a bundler's chunk.
const SCRIPT_BYTES: usize = 8 * 1024;

/// The temporary folder of one series of steps.
#[derive(Debug)]
pub(super) struct Site {
    folder: TempDir,
    changed: Cell<bool>,
}

impl Site {
    pub(super) fn new(lambda_zip: &Path) -> Result<Self> {
        let site = Self { folder: TempDir::with_prefix("twinctl-bench-")?, changed: Cell::new(false) };
        fs::create_dir_all(site.environments())?;
        fs::write(site.environments().join("dev.yaml"), ENVIRONMENT)?;
        site.write_web()?;
        let (before, after) = (site.root().join("before.zip"), site.root().join("after.zip"));
        fs::copy(lambda_zip, before).with_context(|| format!("failed to read {}", lambda_zip.display()))?;
        fs::copy(lambda_zip, &after)?;
        add_file(&after)?;
        Ok(site)
    }

    pub(super) fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Makes the twin stream.
    pub(super) fn add_streaming(&self) -> Result<()> {
        self.add_to_environment("streaming: true\n")
    }

    fn add_to_environment(&self, more: &str) -> Result<()> {
        let file = self.environments().join("dev.yaml");
        let text = fs::read_to_string(&file)?;
        Ok(fs::write(file, text + more)?)
    }

    pub(super) fn environments(&self) -> PathBuf {
        self.root().join("environments")
    }

    pub(super) fn web(&self) -> PathBuf {
        self.root().join("web")
    }

    pub(super) fn lambda_zip(&self) -> PathBuf {
        self.root().join(if self.changed.get() { "after.zip" } else { "before.zip" })
    }

    /// Changes one page, and the code of the function.
    pub(super) fn change(&self) -> Result<()> {
        self.changed.set(true);
        fs::write(self.web().join("index.html"), index("Second"))?;
        Ok(())
    }

    /// Adds a domain in [`ZONE`] to the environment.
    pub(super) fn add_domain(&self) -> Result<()> {
        let domain = format!("domain: {{ name: chat.{ZONE}, www_redirect: true }}\n");
        self.add_to_environment(&domain)
    }

    fn write_web(&self) -> Result<()> {
        let assets = self.web().join("assets");
        fs::create_dir_all(&assets)?;
        fs::write(self.web().join("index.html"), index("First"))?;
        fs::write(assets.join("style-5d41402a.css"), "body { margin: 0 }\n")?;
        for number in 0..SCRIPTS {
            let line = format!("export const part{number} = {number};\n");
            let script = line.repeat(SCRIPT_BYTES / line.len());
            fs::write(assets.join(format!("part-{number:08x}.js")), script)?;
        }
        Ok(())
    }
}

/// Adds a file to the zip, which changes the code of the function for every tool.
fn add_file(zip: &Path) -> Result<()> {
    let file = OpenOptions::new().read(true).write(true).open(zip)?;
    let mut writer = ZipWriter::new_append(file)?;
    writer.start_file("revision.txt", SimpleFileOptions::default().unix_permissions(0o644))?;
    writer.write_all(b"2\n")?;
    writer.finish()?;
    Ok(())
}

fn index(title: &str) -> String {
    format!("<!doctype html>\n<html lang=\"en\">\n<title>{title}</title>\n<p>Hello.</p>\n</html>\n")
}

/// Creates a hosted zone in the emulated AWS. Calls the emulator directly, so that the proxy does not count the call.
pub(super) fn create_zone(port: u16, name: &str) -> Result<()> {
    let body = format!(
        "<CreateHostedZoneRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><Name>{name}</Name>\
         <CallerReference>bench</CallerReference></CreateHostedZoneRequest>"
    );
    let credential = format!("{PUBLIC_ACCOUNT}/20260101/us-east-1/route53/aws4_request");
    let headers = [("Authorization", &*format!("AWS4-HMAC-SHA256 Credential={credential}"))];
    let (host, request) = ("route53.amazonaws.com", "POST /2013-04-01/hostedzone");
    let response = http::send((Ipv4Addr::LOCALHOST, port), host, request, &headers, &body)?;
    ensure!(response.status == 201, "failed to create the zone: {response:?}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;

    fn empty_zip(folder: &Path) -> PathBuf {
        let path = folder.join("empty.zip");
        ZipWriter::new(File::create(&path).unwrap()).finish().unwrap();
        path
    }

    #[test]
    fn has_forty_files_and_changes_code_and_page() {
        let folder = TempDir::new().unwrap();
        let site = Site::new(&empty_zip(folder.path())).unwrap();
        let files = fs::read_dir(site.web().join("assets")).unwrap().count() + 1;
        assert_eq!(files, 40);
        let read =
            || (fs::read(site.lambda_zip()).unwrap(), fs::read(site.web().join("index.html")).unwrap());
        let before = read();
        site.change().unwrap();
        let after = read();
        assert_ne!(before.0, after.0);
        assert_ne!(before.1, after.1);
    }
}
