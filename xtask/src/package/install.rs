//! How users install each package, without a network.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use testbed::file_server::FileServer;
use testbed::workspace;

use super::file::{VERSION, files, sha256};
use crate::command::{program, read, run};

/// A package, and how it is installed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Package {
    pub(super) name: &'static str,
    /// Installs it into a folder. Returns the path of `twinctl`.
    pub(super) install: fn(&Path, &Path) -> Result<PathBuf>,
    /// The hint of `twinctl upgrade`, if it does not replace the program.
    pub(super) upgrade_hint: Option<&'static str>,
}

pub(super) const PACKAGES: [Package; 6] = [
    Package { name: "archive", install: archive, upgrade_hint: Some("download the archive") },
    Package { name: "wheel", install: wheel, upgrade_hint: Some("run `pip install --upgrade twinctl`") },
    Package { name: "npm", install: npm, upgrade_hint: Some("run `npm install --global twinctl@latest`") },
    // Recognized only in `/usr/bin`, where no test installs it.
    Package { name: "deb", install: debian, upgrade_hint: None },
    Package { name: "install.sh", install: installer, upgrade_hint: None },
    Package { name: "setup-twinctl", install: action, upgrade_hint: Some("download the archive") },
];

/// Returns the package for this machine whose name starts and ends with these texts.
pub(super) fn find(packages: &Path, start: &str, end: &str) -> Result<PathBuf> {
    let is_it = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_other = ["aarch64", "arm64", "darwin", "windows"].iter().any(|other| name.contains(other));
        name.starts_with(start) && name.ends_with(end) && !is_other
    };
    files(packages)?.into_iter().find(is_it).with_context(|| format!("no package {start}*{end}"))
}

pub(super) fn archive(packages: &Path, folder: &Path) -> Result<PathBuf> {
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
    run(npm.args(npm_packages(packages, VERSION)?).current_dir(folder))?;
    Ok(folder.join("node_modules/.bin/twinctl"))
}

/// Returns the package with the program, and the one that starts it.
fn npm_packages(packages: &Path, version: &str) -> Result<[PathBuf; 2]> {
    let program = find(packages, "twinctl-linux", ".tgz")?;
    Ok([program, find(packages, &format!("twinctl-{version}"), ".tgz")?])
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
    let script = packages.join("install.sh");
    serve(packages, |address| install_from(address, &script, folder))?;
    let twinctl = folder.join("twinctl");
    serve(packages, |address| upgrade(&twinctl, address, folder))?;
    Ok(twinctl)
}

/// Upgrades to the newest release, which is installed already, and installs the same version again.
fn upgrade(twinctl: &Path, address: &str, home: &Path) -> Result<()> {
    for (version, is_replaced) in [(None, false), (Some(VERSION), true)] {
        let mut upgrade = Command::new(twinctl);
        upgrade.args(["upgrade", "--json", "--from", address]).args(version).env("HOME", home);
        let printed = read(upgrade.env_remove("XDG_DATA_HOME"))?;
        ensure!(printed.contains(&format!("\"replaced\":{is_replaced}")), "`upgrade` printed {printed}");
    }
    Ok(())
}

/// Serves the packages on this machine, as GitHub serves the newest release.
pub(super) fn serve(packages: &Path, work: impl FnOnce(&str) -> Result<()>) -> Result<()> {
    let server = FileServer::start(packages);
    work(&server.latest())
}

/// Runs `install.sh`, which downloads from this address.
pub(super) fn install_from(address: &str, script: &Path, folder: &Path) -> Result<()> {
    let mut install = program("sh", &[]);
    install.arg(script).env("TWINCTL_DOWNLOAD", address).env("TWINCTL_INSTALL_DIR", folder);
    run(install.env("HOME", folder).env_remove("XDG_DATA_HOME"))
}

/// Runs the script of the action as a runner of GitHub Actions does.
fn action(packages: &Path, folder: &Path) -> Result<PathBuf> {
    let archive = find(packages, "twinctl-", ".tar.gz")?;
    let script = workspace::root().join("setup-twinctl/install.sh");
    let install = |address: &str, checksum: &str| {
        let mut install = program("bash", &[]);
        install
            .arg(&script)
            .env("TWINCTL_DOWNLOAD", address)
            .env("VERSION", VERSION)
            .env("CHECKSUM", checksum);
        install.env("REPOSITORY", "ada/twin").env("RUNNER_TEMP", folder);
        let [path, output] = ["path", "output"].map(|name| folder.join(name));
        run(install.env("GITHUB_PATH", path).env("GITHUB_OUTPUT", output))
    };
    serve(packages, |address| {
        ensure!(install(address, &"0".repeat(64)).is_err(), "setup-twinctl installed another checksum");
        ensure!(!folder.join("path").exists(), "setup-twinctl changed the path of the job");
        install(address, &sha256(&fs::read(&archive)?))
    })?;
    let path = fs::read_to_string(folder.join("path"))?;
    Ok(Path::new(path.trim()).join("twinctl"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_npm_packages_are_found_at_any_version() {
        for version in ["0.1.0", "1.0.0", "12.3.4"] {
            let folder = tempfile::tempdir().unwrap();
            let names = [format!("twinctl-linux-x64-{version}.tgz"), format!("twinctl-{version}.tgz")];
            let darwin = format!("twinctl-darwin-x64-{version}.tgz");
            for name in names.iter().chain([&darwin]) {
                fs::write(folder.path().join(name), "").unwrap();
            }
            let found = npm_packages(folder.path(), version).unwrap();
            assert_eq!(found, names.map(|name| folder.path().join(name)));
        }
    }
}
