//! The tools that upload files to a bucket.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use testbed::workspace;

use super::super::binaries;
use super::super::site::Site;
use crate::command::{run, succeeds};

const BUCKET: &str = "benchtwin-files";
/// The version that the documented figures were measured with.
const AWSCLI: &str = "awscli==1.46.2";

pub(super) trait UploadTool {
    fn name(&self) -> &'static str;

    /// The commands that prepare the bucket. Not measured.
    fn prepare(&self, site: &Site) -> Vec<Command>;

    fn upload(&self, site: &Site, files: &Path) -> Command;
}

/// twinctl, the AWS CLI, and rclone if it is installed.
pub(super) fn all(twinctl: Option<&Path>) -> Result<Vec<Box<dyn UploadTool>>> {
    let twinctl = binaries::twinctl(twinctl)?;
    let mut tools: Vec<Box<dyn UploadTool>> =
        vec![Box::new(Twinctl(twinctl)), Box::new(AwsCli(install_aws_cli()?))];
    if succeeds("rclone", &["version"]) {
        tools.push(Box::new(Rclone));
    } else {
        eprintln!("rclone is skipped, because it is not on the PATH (Debian: `apt install rclone`)");
    }
    Ok(tools)
}

/// Installs the AWS CLI into `target/`, unless it is installed already.
fn install_aws_cli() -> Result<PathBuf> {
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

impl UploadTool for Twinctl {
    fn name(&self) -> &'static str {
        "twinctl"
    }

    /// Deploys a twin without data files.
    fn prepare(&self, site: &Site) -> Vec<Command> {
        let mut deploy = Command::new(&self.0);
        deploy.args(["deploy", "dev", "--yes", "--lambda-zip"]).arg(site.lambda_zip());
        deploy.arg("--environments").arg(site.environments()).env("PRIVATE_DATA_REPO", "");
        let environment = site.environments().join("dev.yaml");
        let text = fs::read_to_string(&environment).unwrap_or_default();
        let no_upload = "data: { upload_on_deploy: false }\n";
        if !text.contains(no_upload) {
            // If this fails, so does the deploy.
            let _ = fs::write(&environment, text + no_upload);
        }
        vec![deploy]
    }

    fn upload(&self, site: &Site, _: &Path) -> Command {
        let mut upload = Command::new(&self.0);
        upload.args(["upload-data", "dev", "--yes", "--environments"]).arg(site.environments());
        upload
    }
}

struct AwsCli(PathBuf);

impl UploadTool for AwsCli {
    fn name(&self) -> &'static str {
        "aws s3 sync"
    }

    fn prepare(&self, _: &Site) -> Vec<Command> {
        let mut create = Command::new(&self.0);
        create.args(["s3", "mb", &format!("s3://{BUCKET}")]);
        vec![create]
    }

    fn upload(&self, _: &Site, files: &Path) -> Command {
        let mut sync = Command::new(&self.0);
        sync.args(["s3", "sync", "--delete", "--only-show-errors"]).arg(files).arg(format!("s3://{BUCKET}/"));
        sync
    }
}

struct Rclone;

impl Rclone {
    /// rclone has its own variable for the endpoint. The shell copies it from the one that is set later.
    fn command(words: &str) -> Command {
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("RCLONE_S3_ENDPOINT=$AWS_ENDPOINT_URL exec rclone {words}"));
        command.arg("rclone").env("RCLONE_CONFIG", "/dev/null").env_remove("AWS_CA_BUNDLE");
        let settings = [("PROVIDER", "Other"), ("ENV_AUTH", "true"), ("FORCE_PATH_STYLE", "true")];
        command.envs(settings.map(|(name, value)| (format!("RCLONE_S3_{name}"), value)));
        command
    }
}

impl UploadTool for Rclone {
    fn name(&self) -> &'static str {
        "rclone"
    }

    fn prepare(&self, _: &Site) -> Vec<Command> {
        vec![Self::command(&format!("mkdir :s3:{BUCKET}"))]
    }

    fn upload(&self, _: &Site, files: &Path) -> Command {
        let mut sync = Self::command(&format!("sync --checksum --fast-list \"$1\" :s3:{BUCKET}"));
        sync.arg(files);
        sync
    }
}
