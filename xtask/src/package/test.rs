//! Installs each package without a network, as a user would, and asks a twin in an empty folder.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use super::file::files;
use crate::command::{program, read, run};

pub(super) fn all(packages: &Path) -> Result<()> {
    let folder = TempDir::new()?;
    for (name, install) in [
        ("archive", archive as Install),
        ("wheel", wheel),
        ("npm", npm),
        ("deb", debian),
        ("install.sh", installer),
    ] {
        let (started, own) = (Instant::now(), folder.path().join(name));
        fs::create_dir(&own)?;
        let twinctl = install(packages, &own).with_context(|| format!("{name} cannot be installed"))?;
        ask(&twinctl).with_context(|| format!("the twinctl of {name} does not work"))?;
        println!("{name}: {:.1} s from the package to an answer", started.elapsed().as_secs_f64());
    }
    refuses_another_checksum(packages, folder.path())
}

/// Installs a package into a folder. Returns the path of `twinctl`.
type Install = fn(&Path, &Path) -> Result<PathBuf>;

/// Deploys a local twin, asks it a question, and destroys it.
fn ask(twinctl: &Path) -> Result<()> {
    let folder = TempDir::new()?;
    let run = |arguments: &[&str]| {
        let mut command = Command::new(twinctl);
        command.args(arguments).current_dir(folder.path()).env("HOME", folder.path()).stdin(Stdio::null());
        read(&mut command)
    };
    let answer = run(&["deploy", "local", "--quiet"]).and_then(|_| run(&["chat", "local", "Who are you?"]));
    run(&["destroy", "local", "--quiet", "--confirm", "local"])?;
    let answer = answer?;
    ensure!(answer.contains("Odalys Fennimarsh"), "the answer is `{answer}`");
    Ok(())
}

/// Returns the package for this machine whose name starts and ends with these texts.
fn find(packages: &Path, start: &str, end: &str) -> Result<PathBuf> {
    let is_it = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_other = ["aarch64", "arm64", "darwin", "windows"].iter().any(|other| name.contains(other));
        name.starts_with(start) && name.ends_with(end) && !is_other
    };
    files(packages)?.into_iter().find(is_it).with_context(|| format!("no package {start}*{end}"))
}

fn archive(packages: &Path, folder: &Path) -> Result<PathBuf> {
    run(program("tar", &["-xzf"]).arg(find(packages, "twinctl-", ".tar.gz")?).arg("-C").arg(folder))?;
    let inside = files(folder)?.into_iter().next().context("an empty archive")?;
    for file in ["LICENSE", "share/man/man1/twinctl.1", "share/man/man1/twinctl-deploy.1"] {
        ensure!(inside.join(file).is_file(), "no {file}");
    }
    Ok(inside.join("twinctl"))
}

fn wheel(packages: &Path, folder: &Path) -> Result<PathBuf> {
    run(program("python3", &["-m", "venv"]).arg(folder))?;
    let mut pip = Command::new(folder.join("bin/pip"));
    pip.args(["install", "--quiet", "--no-index", "--disable-pip-version-check"]);
    run(pip.arg(find(packages, "twinctl-", ".whl")?))?;
    Ok(folder.join("bin/twinctl"))
}

fn npm(packages: &Path, folder: &Path) -> Result<PathBuf> {
    fs::write(folder.join("package.json"), "{}")?;
    let mut npm = program("npm", &["install", "--offline", "--no-audit", "--no-fund", "--loglevel=error"]);
    npm.arg(find(packages, "twinctl-linux", ".tgz")?).arg(find(packages, "twinctl-0", ".tgz")?);
    run(npm.current_dir(folder))?;
    Ok(folder.join("node_modules/.bin/twinctl"))
}

fn debian(packages: &Path, folder: &Path) -> Result<PathBuf> {
    let database = folder.join("var/lib/dpkg");
    fs::create_dir_all(database.join("updates"))?;
    fs::create_dir_all(database.join("info"))?;
    fs::write(database.join("status"), "")?;
    // The folder has no C library.
    let mut dpkg = program("dpkg", &["--force-depends", "--force-not-root"]);
    dpkg.arg(format!("--root={}", folder.display())).arg("--install");
    run(dpkg.arg(find(packages, "twinctl_", ".deb")?))?;
    ensure!(folder.join("usr/share/man/man1/twinctl.1").is_file(), "no manual page");
    Ok(folder.join("usr/bin/twinctl"))
}

fn installer(packages: &Path, folder: &Path) -> Result<PathBuf> {
    install_from(packages, &packages.join("install.sh"), folder)?;
    Ok(folder.join("twinctl"))
}

/// Runs `install.sh`, which downloads from a server on this machine.
fn install_from(packages: &Path, script: &Path, folder: &Path) -> Result<()> {
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port().to_string();
    let mut server = program("python3", &["-m", "http.server", &port, "--bind", "127.0.0.1", "--directory"]);
    let mut server = server.arg(packages).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let is_ready = || std::net::TcpStream::connect(format!("127.0.0.1:{port}")).is_ok();
    testbed::wait::until("the server listens", is_ready);
    let mut install = program("sh", &[]);
    install.arg(script).env("TWINCTL_DOWNLOAD", format!("http://127.0.0.1:{port}"));
    let installed = run(install.env("TWINCTL_INSTALL_DIR", folder));
    server.kill()?;
    server.wait()?;
    installed
}

fn refuses_another_checksum(packages: &Path, folder: &Path) -> Result<()> {
    let (changed, target) = (folder.join("changed"), folder.join("refused"));
    fs::create_dir(&changed)?;
    let archive = find(packages, "twinctl-", ".tar.gz")?;
    let mut bytes = fs::read(&archive)?;
    bytes.push(0);
    fs::write(changed.join(archive.file_name().unwrap_or_default()), bytes)?;
    let installed = install_from(&changed, &packages.join("install.sh"), &target);
    ensure!(installed.is_err() && !target.exists(), "install.sh installed an archive with another checksum");
    Ok(())
}
