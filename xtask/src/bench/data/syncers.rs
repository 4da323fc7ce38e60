//! The tools that bring files to a bucket.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use xtask::workspace;

use super::super::site::Site;
use crate::command::{cargo, is_there, run};

const BUCKET: &str = "benchtwin-files";
/// As it came from `PyPI` when the figures were taken.
const AWSCLI: &str = "awscli==1.46.2";

pub(super) trait Syncer {
    fn name(&self) -> &'static str;

    /// What has to be done before, and is not measured.
    fn prepare(&self, site: &Site) -> Vec<Command>;

    fn sync(&self, site: &Site, files: &Path) -> Command;
}

/// Ours first, and whatever else is there.
pub(super) fn all(twinctl: Option<&Path>) -> Result<Vec<Box<dyn Syncer>>> {
    let twinctl = if let Some(ready) = twinctl {
        ready.canonicalize()?
    } else {
        run(&mut cargo(&["build", "--release", "--package", "twinctl"]))?;
        workspace::target().join("release/twinctl")
    };
    let mut all: Vec<Box<dyn Syncer>> = vec![Box::new(Twinctl(twinctl)), Box::new(AwsCli(install()?))];
    if is_there("rclone", &["version"]) {
        all.push(Box::new(Rclone));
    } else {
        eprintln!("rclone is left out: it is not on the PATH (Debian: `apt install rclone`)");
    }
    Ok(all)
}

/// Into `target/`, once.
fn install() -> Result<PathBuf> {
    let folder = workspace::target().join("bench").join(AWSCLI.replace("==", "-"));
    let aws = folder.join("bin/aws");
    if !aws.is_file() {
        fs::create_dir_all(&folder)?;
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
        let mut pip = Command::new(folder.join("bin/python"));
        run(pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", AWSCLI]))?;
    }
    Ok(aws)
}

struct Twinctl(PathBuf);

impl Syncer for Twinctl {
    fn name(&self) -> &'static str {
        "twinctl"
    }

    /// A twin without files.
    fn prepare(&self, site: &Site) -> Vec<Command> {
        let mut deploy = Command::new(&self.0);
        deploy.args(["deploy", "dev", "--yes", "--lambda-zip"]).arg(site.lambda_zip());
        deploy.arg("--environments").arg(site.environments()).env("PRIVATE_DATA_REPO", "");
        let environment = site.environments().join("dev.yaml");
        let text = fs::read_to_string(&environment).unwrap_or_default();
        let silent = "data: { upload_on_deploy: false }\n";
        if !text.contains(silent) {
            // What cannot be written is told by the deploy.
            let _ = fs::write(&environment, text + silent);
        }
        vec![deploy]
    }

    fn sync(&self, site: &Site, _: &Path) -> Command {
        let mut upload = Command::new(&self.0);
        upload.args(["upload-data", "dev", "--yes", "--environments"]).arg(site.environments());
        upload
    }
}

struct AwsCli(PathBuf);

impl Syncer for AwsCli {
    fn name(&self) -> &'static str {
        "aws s3 sync"
    }

    fn prepare(&self, _: &Site) -> Vec<Command> {
        let mut make = Command::new(&self.0);
        make.args(["s3", "mb", &format!("s3://{BUCKET}")]);
        vec![make]
    }

    fn sync(&self, _: &Site, files: &Path) -> Command {
        let mut sync = Command::new(&self.0);
        sync.args(["s3", "sync", "--delete", "--only-show-errors"]).arg(files).arg(format!("s3://{BUCKET}/"));
        sync
    }
}

struct Rclone;

impl Rclone {
    /// It has a variable of its own for the address; the shell knows both.
    fn command(words: &str) -> Command {
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("RCLONE_S3_ENDPOINT=$AWS_ENDPOINT_URL exec rclone {words}"));
        command.arg("rclone").env("RCLONE_CONFIG", "/dev/null").env_remove("AWS_CA_BUNDLE");
        let settings = [("PROVIDER", "Other"), ("ENV_AUTH", "true"), ("FORCE_PATH_STYLE", "true")];
        command.envs(settings.map(|(name, value)| (format!("RCLONE_S3_{name}"), value)));
        command
    }
}

impl Syncer for Rclone {
    fn name(&self) -> &'static str {
        "rclone"
    }

    fn prepare(&self, _: &Site) -> Vec<Command> {
        vec![Self::command(&format!("mkdir :s3:{BUCKET}"))]
    }

    fn sync(&self, _: &Site, files: &Path) -> Command {
        let mut sync = Self::command(&format!("sync --checksum --fast-list \"$1\" :s3:{BUCKET}"));
        sync.arg(files);
        sync
    }
}
