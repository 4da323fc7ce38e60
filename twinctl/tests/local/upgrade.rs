//! `twinctl upgrade`, from a server of release files on this machine.

use std::{
    env::consts::ARCH,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use testbed::{Folder, Run, file_server::FileServer, self_contained};
use twinctl::system::hash::sha256;

use super::{
    redeploy::Visitors,
    self_contained::files,
    twin::{PAGE, free_port, get},
};

const NEWER: &str = "9.9.9";

fn target() -> String {
    format!("{ARCH}-unknown-linux-gnu")
}

/// A home folder with a twinctl that looks as if `install.sh` had installed it. Its local twin is destroyed at the end.
struct Home {
    folder: Folder,
}

impl Home {
    fn new() -> Self {
        let home = Self { folder: Folder::new() };
        let receipt =
            format!("program={}\ntarget={}\nrepository=ada/twin\n", home.program().display(), target());
        home.folder.write(".local/share/twinctl/receipt", receipt);
        fs::create_dir(home.folder.join("bin")).unwrap();
        home
    }

    /// Installs a build that contains no page and no function.
    fn plain() -> Self {
        let home = Self::new();
        fs::copy(env!("CARGO_BIN_EXE_twinctl"), home.program()).unwrap();
        home
    }

    fn program(&self) -> PathBuf {
        self.folder.join("bin/twinctl")
    }

    fn run(&self, args: &[&str]) -> Run {
        let mut command = Command::new(self.program());
        command.args(args).current_dir(self.folder.path()).env_clear();
        // `tar` runs `gzip`. A test can put another `tar` before that of the system.
        let path = format!("{}:/usr/bin:/bin", self.folder.join("tools").display());
        command.env("HOME", self.folder.path()).env("PATH", path);
        command.output().unwrap().into()
    }

    fn upgrade(&self, release: &Release, more: &[&str]) -> Run {
        self.run(&[&["upgrade", "--from", &release.server.latest()], more].concat())
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        self.run(&["destroy", "local", "--confirm", "local"]);
    }
}

/// The files of a release, and their server.
struct Release {
    files: Folder,
    server: FileServer,
}

impl Release {
    fn new(version: &str, program: &Path) -> Self {
        let files = Folder::new();
        let name = format!("twinctl-{version}-{}", target());
        fs::create_dir(files.join(&name)).unwrap();
        fs::copy(program, files.join(&name).join("twinctl")).unwrap();
        let archive = format!("{name}.tar.gz");
        let mut tar = Command::new("tar");
        tar.args(["--use-compress-program=gzip -1", "-cf", &archive, &name]).current_dir(files.path());
        Run::from(tar.output().unwrap()).exits_with(0);
        let server = FileServer::start(files.path());
        let release = Self { files, server };
        release.list(&archive);
        release
    }

    /// Writes `SHA256SUMS`.
    fn list(&self, archive: &str) {
        let checksum = sha256(fs::read(self.files.join(archive)).unwrap());
        self.files.write("SHA256SUMS", format!("{checksum}  {archive}\n"));
    }

    /// Replaces the archive, and keeps its checksum.
    fn change_archive(&self, content: &str) -> String {
        let archive = format!("twinctl-{NEWER}-{}.tar.gz", target());
        self.files.write(&archive, content);
        archive
    }
}

#[testbed::test]
fn an_upgrade_replaces_the_program_of_a_running_twin_without_a_failed_request() {
    let home = Home::new();
    let [old, new] = [Folder::new(), Folder::new()];
    let plain = Path::new(env!("CARGO_BIN_EXE_twinctl"));
    fs::copy(self_contained::twinctl(plain, &old), home.program()).unwrap();
    new.write("page/index.html", PAGE);
    let newer = self_contained::twinctl_with_page(plain, &new, &new.join("page"));
    let release = Release::new(NEWER, &newer);

    home.folder.write(
        "environments/local.yaml",
        format!(
            "project: ada\nenvironment: local\ntarget: local\nlocal: {{ port: {}, next_free_port: true }}\n\
             api: {{ throttle: {{ burst: 1000, rate: 1000 }} }}\n",
            free_port()
        ),
    );
    let url = home.run(&["deploy", "local"]).exits_with(0).url().to_owned();
    let visitors = Visitors::start(&url, 2);
    visitors.wait_for_answers(5);
    let upgraded = home.upgrade(&release, &[]).exits_with(0);
    assert_eq!(upgraded.stdout, format!("twinctl {NEWER}\n"));
    upgraded.reports("A running local twin changes to it with its next `twinctl deploy`");
    assert!(fs::read(home.program()).unwrap() == fs::read(&newer).unwrap(), "another program");
    assert_eq!(files(&home.folder.join("bin")), ["twinctl"]);
    visitors.wait_for_answers(5);
    assert_ne!(get(&url, "/").body, PAGE, "the old program is still running");
    home.run(&["deploy", "local"]).exits_with(0);
    visitors.wait_for_answers(5);
    visitors.stop();
    assert_eq!(get(&url, "/").body, PAGE);
}

/// A program that only prints its version.
fn small_release() -> Release {
    let program = Folder::new();
    program.write_program("twinctl", format!("#!/bin/sh\necho {NEWER}\n"));
    Release::new(NEWER, &program.join("twinctl"))
}

/// The `tar` of macOS prints the names of unpacked files to stderr.
#[testbed::test]
fn an_upgrade_needs_no_output_of_tar() {
    let home = Home::plain();
    home.folder.write_program("tools/tar", "#!/bin/sh\nexec /usr/bin/tar \"$@\" >&2\n");
    home.upgrade(&small_release(), &[]).exits_with(0);
    assert!(fs::read_to_string(home.program()).unwrap().contains(NEWER), "not replaced");
}

#[testbed::test]
fn a_version_can_be_written_as_its_tag() {
    let home = Home::plain();
    let release = small_release();
    let dry = home.upgrade(&release, &[&format!("v{NEWER}"), "--dry-run"]).exits_with(0);
    assert_eq!(dry.stdout, format!("twinctl {NEWER}\n"));
    home.upgrade(&release, &["v0.5.0"]).exits_with(6).reports("are those of twinctl 9.9.9, not 0.5.0");
}

#[testbed::test]
fn a_release_that_cannot_be_used_leaves_the_program_as_it_is() {
    let home = Home::plain();
    let before = fs::read(home.program()).unwrap();
    let broken = Folder::new();
    broken.write_program("twinctl", "#!/bin/sh\nexit 1\n");
    let release = Release::new(NEWER, &broken.join("twinctl"));
    let refuses = |more: &[&str], reason: &str| {
        let refused = home.upgrade(&release, more).exits_with(6);
        refused.reports(reason);
        assert!(fs::read(home.program()).unwrap() == before, "{reason}: another program");
        assert_eq!(files(&home.folder.join("bin")), ["twinctl"], "{reason}");
    };
    refuses(&[], "twinctl 9.9.9 does not start on this machine");
    refuses(&["0.5.0"], "are those of twinctl 9.9.9, not 0.5.0");
    let archive = release.change_archive("changed on its way");
    refuses(&[], "but SHA256SUMS lists");
    release.list(&archive);
    refuses(&[], "`tar` could not unpack");
    release.files.remove(&archive);
    refuses(&[], "there is no such release");
    release.files.write("SHA256SUMS", format!("00  twinctl-{NEWER}-another-platform.tar.gz\n"));
    refuses(&[], "has no archive for");
}

#[testbed::test]
fn an_upgrade_to_the_same_version_downloads_nothing() {
    let home = Home::plain();
    let own = Release::new(env!("CARGO_PKG_VERSION"), Path::new("/bin/true"));
    home.upgrade(&own, &[]).exits_with(0).reports("and the newest release is");
    let newer = Release::new(NEWER, Path::new("/bin/true"));
    let dry = home.upgrade(&newer, &["--dry-run"]).exits_with(0);
    assert_eq!(dry.stdout, format!("twinctl {NEWER}\n"));
    for release in [own, newer] {
        assert_eq!(release.server.requests(), ["/latest/SHA256SUMS", "/files/SHA256SUMS"]);
    }
}

#[testbed::test]
fn a_program_that_the_script_did_not_install_is_not_replaced() {
    let home = Home::plain();
    let release = Release::new(NEWER, Path::new("/bin/true"));
    home.folder.remove(".local/share/twinctl/receipt");
    home.upgrade(&release, &[]).exits_with(2).reports("neither install.sh nor a package manager");
    home.folder.write("lib/python3.13/site-packages/twinctl-0.1.0.dist-info/RECORD", "");
    let pip = home.upgrade(&release, &[]).exits_with(2);
    pip.reports("run `pip install --upgrade twinctl`");
    let mut built = Command::new(env!("CARGO_BIN_EXE_twinctl"));
    built.args(["upgrade", "--from", &release.server.latest()]);
    Run::from(built.output().unwrap()).exits_with(2).reports("pull the newest commit of this clone");
    assert!(release.server.requests().is_empty());
}
